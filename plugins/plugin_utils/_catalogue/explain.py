# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows of which editions allow a name, or what is nearest where none does."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept, shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import CURRENT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import ADDRESS_FORM, Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.nearest import Help, Nearest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import Selection, is_path
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    Endpoint,
    Origin,
    Request,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    HostPattern,
    normalise_name,
    parse,
    quoted,
)

Plain = dict[str, t.Any]

ALL: t.Final = "all"
"""The edition that stands for every edition."""

_SCHEME_PORTS: t.Final = {"http": 80, "https": 443}
_TERM = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?P<host>\[[^\]/?#]*\]|[^/?#:\[\]@]*)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^?#]*)?(?:[?#].*)?"
)


class Asked(t.NamedTuple):
    """What a term asks for: a host pattern or a network, and for a URL or a host with a port the request."""

    text: str
    host: HostPattern | None = None
    network: str | None = None
    request: Request | None = None


def read_term(text: t.Any) -> Asked:
    """Return what `text` asks for: a name, pattern, address, network, ``host:port`` or URL.

    A path without a scheme is plain HTTP. The query of a URL is ignored.

    Raises:
        CatalogueError: it is none of these.
    """
    written = str(text).strip()
    network = _network(written)
    if network:
        return Asked(written, network=network)
    parts = _TERM.fullmatch(written)
    if parts is None or not parts["host"] or not written.isprintable():
        raise CatalogueError(f"{quoted(written)} is no name, address or URL; ask for one of them.")
    scheme = parts["scheme"].lower() if parts["scheme"] else ("http" if parts["path"] else None)
    if scheme is not None and scheme not in _SCHEME_PORTS:
        raise CatalogueError(f"{quoted(written)} has the scheme {scheme[:20]}; only http and https can be listed.")
    name = normalise_name(parts["host"])
    network = _network(name.strip("[]"))
    if network and parts["path"] and not parts["scheme"]:
        raise CatalogueError(f"{quoted(written)} is no network; begin it with its first address.")
    try:
        host = None if network else parse(name)
    except HostError as error:
        raise CatalogueError(f"{error}. Ask for a name, an address or a URL.") from error
    if scheme is None and parts["port"] is None:
        return Asked(written, host, network)
    if host is not None and "*" in host.text:
        raise CatalogueError(f"{quoted(written)}: ask for a wildcard without scheme, port and path.")
    port = int(parts["port"]) if parts["port"] else _SCHEME_PORTS[str(scheme)]
    if not 1 <= port <= 65535:
        raise CatalogueError(f"{quoted(written)}: {port} is no port.")
    path = parts["path"] or ("/" if scheme else None)
    asked_host = host.text if host else name.strip("[]")
    return Asked(written, host, network, Request("GET" if scheme else "CONNECT", scheme, asked_host, port, path))


def every_edition(
    sources: t.Iterable[t.Any], instance: str | None = None, catalogue_dir: str | None = None
) -> list[t.Any]:
    """Return the sources with each but files replaced by all of its editions, of all clouds or of `instance`.

    Those that updates keep in `catalogue_dir` are among them. A source that names its edition stays as it is.

    Raises:
        CatalogueError: there is no such instance or source, or the directory is damaged.
    """
    wanted = shipped.known_instance(instance) if instance else None
    found: list[t.Any] = []
    for item in sources:
        options = {"source": item} if isinstance(item, str) else item
        name = options.get("source") if hasattr(options, "get") else None
        if not isinstance(name, str) or is_path(name) or options.get("edition") is not None:
            found.append(item)
            continue
        own = options.get("instance") or wanted
        for edition in kept.editions(name, catalogue_dir):
            cloud = kept.load(name, edition, None, catalogue_dir).instance
            if own is None or cloud is None or cloud.casefold() == str(own).casefold():
                found.append({**options, "edition": edition, **({"instance": cloud} if cloud else {})})
    return found


class Explainer:
    """Explains terms by one selection, which it indexes once."""

    def __init__(self, selection: Selection) -> None:
        self._index = Index(selection.endpoints)
        self._nearest = Nearest(self._index, selection.left_out, selection.narrowed)
        self._statuses = {(edition.source, edition.id): edition.status for edition in selection.editions}

    def explain(self, term: t.Any) -> Plain:
        """Return which endpoints allow what `term` asks for, and where none does, what is nearest.

        Returns:
            ``asked``, ``host`` or ``network``, ``port`` and ``path`` as understood; ``allowed``; ``treatments``, the
            union of those of ``allowed_by``, the endpoints that cover it, each with its ``rows``; ``help``, with the
            ``kind``, ``hosts`` and ``text`` of each; and ``text``, the whole in one sentence.
        """
        asked = read_term(term)
        covering = self._covering(asked)
        allowing = covering if asked.request is None else self._index.allowing(asked.request)
        granted: set[str] = set().union(*(endpoint.treatments for endpoint in allowing))
        help_found = [] if allowing else self._help(asked, covering)
        return {
            "asked": asked.text,
            "host": asked.host.text if asked.host else None,
            "network": asked.network,
            "port": asked.request.port if asked.request else None,
            "path": asked.request.path if asked.request else None,
            "allowed": bool(allowing),
            "treatments": sorted(granted),
            "allowed_by": [self._shown(endpoint) for endpoint in allowing],
            "help": [{**piece._asdict(), "hosts": list(piece.hosts)} for piece in help_found],
            "text": self._sentence(asked, allowing, help_found),
        }

    def _covering(self, asked: Asked) -> list[Endpoint]:
        if asked.host is not None:
            return self._index.covering(asked.host)
        return self._index.containing(str(asked.network))

    def _help(self, asked: Asked, covering: t.Sequence[Endpoint]) -> list[Help]:
        if covering:
            return [_unfitting(endpoint) for endpoint in covering]
        return self._nearest.help(asked.host) if asked.host is not None else []

    def _shown(self, endpoint: Endpoint) -> Plain:
        shown = endpoint.to_dict()
        shown["rows"] = [
            {**origin, "status": self._statuses.get((origin["source"], origin["edition"]))}
            for origin in shown.pop("sources")
        ]
        return shown

    def _sentence(self, asked: Asked, allowing: t.Sequence[Endpoint], pieces: t.Sequence[Help]) -> str:
        if not allowing:
            return " ".join([f"{asked.text} is not allowed by any endpoint.", *(piece.text for piece in pieces)])
        said = "; ".join(dict.fromkeys(self._said(endpoint) for endpoint in allowing))
        return f"{asked.text} is allowed by {said}."

    def _said(self, endpoint: Endpoint) -> str:
        rows = dict.fromkeys(map(self._row, endpoint.sources))
        return f"{endpoint.subject} on {_ports(endpoint)} ({', '.join(rows) or 'no source'})"

    def _row(self, origin: Origin) -> str:
        row = f" row {origin.row}" if origin.row is not None else ""
        status = self._statuses.get((origin.source, origin.edition), CURRENT)
        return f"{origin.source} {origin.edition}{row}{'' if status == CURRENT else f' ({status})'}"


def _network(text: str) -> str | None:
    if not ADDRESS_FORM.fullmatch(text):
        return None
    import ipaddress  # here, because most terms are names

    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        return None


def _ports(endpoint: Endpoint) -> str:
    shown = [
        f"{transport} {', '.join(map(str, show_ports(ports)))}"
        for transport, ports in (("TCP", endpoint.tcp_ports), ("UDP", endpoint.udp_ports))
        if ports
    ]
    return " and ".join(shown)


def _unfitting(endpoint: Endpoint) -> Help:
    kind = "path" if endpoint.path is not None else "port"
    over = ", by plain HTTP, where the path can be seen" if endpoint.path is not None else ""
    text = f"{endpoint.subject} is listed for {_ports(endpoint)} only{over}."
    return Help(kind, (str(endpoint.host or endpoint.network),), text)
