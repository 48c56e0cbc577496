# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One name as a document or a user writes it: a host pattern, a placeholder or a network, perhaps with a path."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import mends
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Ports
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    HostPattern,
    parse,
    quoted,
)

WEB_PORTS: t.Final[Ports] = ((80, 80), (443, 443))
"""What is assumed where a document gives no port."""

TENANT: t.Final = "<tenant>"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCHEME_PORTS: t.Final[dict[str, Ports]] = {"http": ((80, 80),), "https": ((443, 443),)}
NETWORK: t.Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?:\.[0-9]+){0,3})(?:/[0-9]+)?")
_PORT = re.compile(r"[^:]*:[0-9]+")
_SAMPLE = parse("tenant.example")


class Name(t.NamedTuple):
    """What was read: exactly one of `host`, `network` and `template`, and how it was repaired."""

    host: HostPattern | None = None
    network: str | None = None
    template: str | None = None
    path: str | None = None
    tcp_ports: Ports = WEB_PORTS
    ports_assumed: bool = True
    repairs: tuple[str, ...] = ()


def read_name(text: str) -> Name:
    """Return what `text` names, without white space around it.

    Raises:
        HostError, EndpointError: it names nothing that could be allowed; the message quotes what was wrong.
    """
    try:
        host = parse(text)
    except HostError:
        return _read_carefully(text)
    return Name(host) if host.text == text else Name(host, repairs=_folding(text))


def _folding(text: str) -> tuple[str, ...]:
    return (mends.LOWER_CASE,) if text.isascii() else (mends.A_LABELS,)


def _read_carefully(text: str) -> Name:
    if NETWORK.fullmatch(text):
        return Name(network=Endpoint.from_dict({"network": text}, "network").network)
    repairs: list[str] = []
    rest, ports = text, None
    scheme = _SCHEME.match(text)
    if scheme:
        ports = _SCHEME_PORTS.get(scheme[1].lower())
        if ports is None:
            raise HostError(f"{quoted(text)} has the scheme {scheme[1][:20]!r}; only http and https can be listed")
        rest = text[scheme.end() :]
        repairs.append(mends.SCHEME)
    written, slash, path = rest.partition("/")
    if slash and not path:
        repairs.append(mends.TRAILING_SLASH)
    if _PORT.fullmatch(written):
        raise HostError(f"{quoted(text)} has a port; write ports in a YAML list, as tcp_ports")
    host, template = None, None
    if "<" in written or ">" in written:
        template = _template(written, text)
    elif written.startswith("."):
        raise HostError(f"{quoted(text)} begins with a dot; a placeholder before it may have been lost")
    else:
        host = parse(written)
        if host.text != written:
            repairs += _folding(written)
    # The value class checks the path, and knows that one without a scheme is plain HTTP.
    checked = Endpoint.from_dict(
        {"host": host or _SAMPLE, "path": f"/{path}" if path else None, "tcp_ports": _shown(ports)}, "name"
    )
    return Name(host, None, template, checked.path, checked.tcp_ports, ports is None, tuple(repairs))


def _shown(ports: Ports | None) -> list[int] | None:
    return None if ports is None else [low for low, _high in ports]


def _template(written: str, text: str) -> str:
    """Return a host with placeholders in canonical form, after a try with a sample."""
    template = written.lower()
    unknown = [found for found in re.findall(r"<[^<>]*>", template) if found != TENANT]
    if unknown:
        raise HostError(f"{quoted(text)} has the placeholder {quoted(unknown[0])}; only {TENANT} can be filled")
    parse(template.replace(TENANT, "tenant"))
    return template
