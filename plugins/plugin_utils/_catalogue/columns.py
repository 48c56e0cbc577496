# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the columns of a table say of its endpoints beyond their names, in Markdown and in CSV."""

from __future__ import annotations

import re
import typing as t
from datetime import date
from functools import lru_cache

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import Name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    CATEGORIES,
    TREATMENTS,
    Endpoint,
    EndpointError,
    Origin,
    Ports,
    parse_ports,
    ports_include,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted

HEADERS: t.Final[dict[str, tuple[str, ...]]] = {
    "names": (
        *("host", "hosts", "hostname", "hostnames", "name", "names", "url", "urls", "fqdn", "fqdns", "domain"),
        *("domains", "endpoint", "endpoints", "address", "addresses", "destination", "destinations"),
    ),
    "networks": ("network", "networks", "ip", "ips", "subnet", "subnets", "cidr"),
    "service": ("service", "servicearea", "product", "application"),
    "title": ("title", "serviceareadisplayname"),
    "set": ("set", "id", "setid"),
    "path": ("path",),
    "tcp_ports": ("port", "ports", "tcp", "tcpport", "tcpports"),
    "udp_ports": ("udp", "udpport", "udpports"),
    "protocol": ("protocol", "protocols"),
    "category": ("category",),
    "required": ("required", "type"),
    "treatments": ("treatment", "treatments"),
    "pinned": ("pinned",),
    "express_route": ("expressroute", "er"),
    "effective": ("effective", "effectivedate"),
    "remark": ("note", "notes", "comment", "comments", "remark", "description", "documentation", "hidden"),
}
"""The columns by what they mean. Case, spaces and punctuation of a header do not matter."""

_MEANINGS: t.Final = {header: meaning for meaning, headers in HEADERS.items() for header in headers}
_FACTS: t.Final = (
    *("set", "tcp_ports", "udp_ports", "protocol", "category", "required", "treatments", "pinned"),
    *("express_route", "effective"),
)
_MARKUP = re.compile(r"<br\s*/?>|[*`\\]", re.IGNORECASE)
_SUFFIXED = re.compile(r"([0-9]+(?:\s*-\s*[0-9]+)?)\s*/\s*(tcp|udp)")
_PORT_WORD = re.compile(r"[0-9]+\s*[-\u2013]\s*[0-9]+|[^\s,;:/()&+]+")
_YES: t.Final = ("yes", "true", "required", "1")
_NO: t.Final = ("no", "false", "optional", "0")
_SPOKEN_PORTS: t.Final = {"http": "80", "https": "443"}


class Facts(t.NamedTuple):
    """What a row says of each of its endpoints. Without ports those that the name says, or that are assumed."""

    set: str | None = None
    tcp_ports: Ports = ()
    udp_ports: Ports = ()
    category: str | None = None
    required: bool = True
    treatments: frozenset[str] = frozenset({ALLOW})
    pinned: bool = False
    express_route: bool | None = None
    effective: str | None = None

    def endpoint(self, name: Name, service: str | None, origin: Origin) -> Endpoint:
        """Return the endpoint of `name` in a row with these facts.

        Raises:
            EndpointError: the scheme of the name says another port than the row does.
        """
        tcp, assumed = name.tcp_ports, name.ports_assumed
        if self.tcp_ports or self.udp_ports:
            if not assumed and not ports_include(self.tcp_ports, tcp):
                raise EndpointError("its scheme says another port than its row")
            tcp, assumed = self.tcp_ports, False
        return Endpoint(
            name.host,
            name.network,
            name.path,
            tcp,
            self.udp_ports,
            assumed,
            service,
            self.set,
            self.category,
            self.required,
            self.treatments,
            self.pinned,
            (origin,),
        )


_NO_FACTS: t.Final = Facts()


def meaning(header: str) -> str | None:
    """Return what a column with this header means, a key of `HEADERS`; None where nobody knows."""
    return _MEANINGS.get("".join(filter(str.isalnum, header.casefold())))


def read_facts(cells: t.Mapping[str, str]) -> Facts:
    """Return the facts of a row from its cells by their meaning. An empty cell says nothing.

    Raises:
        EndpointError: a cell holds something else than its column is for.
    """
    return _facts(tuple(_MARKUP.sub(" ", cells.get(key, "")).strip() for key in _FACTS)) if cells else _NO_FACTS


@lru_cache(maxsize=1024)
def _facts(cells: tuple[str, ...]) -> Facts:
    said = dict(zip(_FACTS, cells, strict=True))
    category, required = _category(said["category"])
    by_protocol = said["protocol"].lower().replace("/", " ").split()
    tcp, udp = _ports(said["tcp_ports"], by_protocol)
    tcp_too, only_udp = _ports(said["udp_ports"], ["udp"])
    return Facts(
        set=_text(said["set"], "set"),
        tcp_ports=parse_ports([*tcp, *tcp_too], "ports"),
        udp_ports=parse_ports([*udp, *only_udp], "ports"),
        category=category,
        required=_truth(said["required"], "required", required),
        treatments=_treatments(said["treatments"]),
        pinned=bool(_truth(said["pinned"], "pinned", False)),
        express_route=_truth(said["express_route"], "expressRoute", None),
        effective=_date(said["effective"]),
    )


def _ports(text: str, protocols: list[str]) -> tuple[list[str], list[str]]:
    """Return the TCP and UDP ports that a cell such as ``443``, ``TCP: 80, 443`` or ``3478-3481/udp`` says."""
    for protocol in protocols:
        if protocol not in ("tcp", "udp", *_SPOKEN_PORTS):
            raise EndpointError(f"protocol: {quoted(protocol)} is none of TCP, UDP, HTTP and HTTPS")
    found: dict[str, list[str]] = {"tcp": [], "udp": []}
    current = ["udp" if protocol == "udp" else "tcp" for protocol in protocols] or ["tcp"]
    for word in _PORT_WORD.findall(_SUFFIXED.sub(r" \2 \1 ", text.lower())):
        if word in found:
            current = [word]
        elif word in _SPOKEN_PORTS:
            found["tcp"].append(_SPOKEN_PORTS[word])
        elif word not in ("and", "or"):
            for protocol in current:
                found[protocol].append("".join(word.replace("\u2013", "-").split()))
    if not any(found.values()):
        found["tcp"] = [_SPOKEN_PORTS[protocol] for protocol in protocols if protocol in _SPOKEN_PORTS]
    return found["tcp"], found["udp"]


def _category(text: str) -> tuple[str | None, bool]:
    """Return the category and whether it is required: one page says both in one cell, before its remarks."""
    words = re.split(r"notes?:", text, maxsplit=1, flags=re.IGNORECASE)[0].split()
    required = True
    category = None
    for word in words:
        folded = word.casefold()
        known = next((name for name in CATEGORIES if name.casefold() == folded), None)
        if known is not None and category is None:
            category = known
        elif folded in ("required", "optional"):
            required = folded == "required"
        else:
            raise EndpointError(f"category: {quoted(text)} is none of {', '.join(CATEGORIES)}")
    return category, required


def _truth(text: str, column: str, default: bool | None) -> t.Any:
    if not text:
        return default
    if text.casefold() in (*_YES, *_NO):
        return text.casefold() in _YES
    raise EndpointError(f"{column}: {quoted(text)} is neither yes nor no")


def _treatments(text: str) -> frozenset[str]:
    words = re.split(r"[\s,;]+", text.lower()) if text else []
    for word in words:
        if word not in TREATMENTS:
            raise EndpointError(f"treatments: {quoted(word)} is none of {', '.join(TREATMENTS)}")
    return frozenset({ALLOW, *words})


def _date(text: str) -> str | None:
    if not text:
        return None
    shown = f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text
    try:
        return date.fromisoformat(shown).isoformat()
    except ValueError as error:
        raise EndpointError(f"effective: {quoted(text)} is no date such as 2026-01-31") from error


def _text(text: str, column: str) -> str | None:
    if len(text) > 200 or not text.isprintable():
        raise EndpointError(f"{column}: {quoted(text)} has control characters or over 200 characters")
    return text or None
