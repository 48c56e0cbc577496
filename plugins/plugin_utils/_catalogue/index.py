# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints by what they cover: which of a million allow one name, without asking each.

Pure, no input or output.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    GLOB,
    LITERAL,
    HostError,
    HostPattern,
    covers,
    normalise_name,
    parse,
)

ADDRESS_FORM: t.Final = re.compile(r"\[?(?:[0-9./]+|[0-9A-Fa-f.]*:[0-9A-Fa-f:./]*)\]?")
"""What an address or a network looks like, and a name or an address with a port does not."""

_Networks = dict[int, dict[int, list[Endpoint]]]


class Index:
    """Endpoints, found by a host pattern or a network that they cover.

    A look-up walks over the parents of a name: its cost depends on the number of its labels and not on that of the
    endpoints. Globs are found by the literal labels at their end and the literal beginning of the label before these;
    only globs that share both are tried one by one.
    """

    def __init__(self, endpoints: t.Iterable[Endpoint]) -> None:
        self._names: dict[str, list[Endpoint]] = {}
        self._domains: dict[str, list[Endpoint]] = {}
        self._globs: dict[str, dict[str, list[Endpoint]]] = {}
        self._networks: dict[int, _Networks] = {}
        for endpoint in endpoints:
            host = endpoint.host
            if host is None:
                self._add_network(endpoint)
            elif host.kind == LITERAL:
                self._names.setdefault(host.text, []).append(endpoint)
            elif host.kind == GLOB:
                self._globs.setdefault(host.tail, {}).setdefault(_beginning(host), []).append(endpoint)
            else:
                self._domains.setdefault(host.tail, []).append(endpoint)

    def named(self, name: str) -> list[Endpoint]:
        """Return the endpoints whose host is exactly this name."""
        return self._names.get(name, [])

    def below(self, domain: str) -> list[Endpoint]:
        """Return the endpoints whose host is ``*.domain``."""
        return self._domains.get(domain, [])

    def hosts(self) -> t.Iterator[str]:
        """Yield the text of each host, once."""
        yield from self._names
        yield from (f"*.{domain}" for domain in self._domains)
        for by_beginning in self._globs.values():
            for endpoints in by_beginning.values():
                yield from dict.fromkeys(str(endpoint.host) for endpoint in endpoints)

    def covering(self, host: HostPattern) -> list[Endpoint]:
        """Return the endpoints whose host covers `host`, whatever their paths and ports; the nearest domain first."""
        text = host.text
        found = list(self._names.get(text, ()))
        dot = text.find(".")
        start = 0
        while dot >= 0:
            domain = text[dot + 1 :]
            if domain in self._domains:
                found += self._domains[domain]
            by_beginning = self._globs.get(domain)
            if by_beginning is not None:
                label = text[start:dot]
                for length in range(len(label) + 1):
                    for endpoint in by_beginning.get(label[:length], ()):
                        if endpoint.host is not None and covers(endpoint.host, host):
                            found.append(endpoint)
            start, dot = dot + 1, text.find(".", dot + 1)
        return found

    def containing(self, network: str) -> list[Endpoint]:
        """Return the endpoints whose network contains `network` or address, the smallest first; none for a name."""
        if not self._networks or not ADDRESS_FORM.fullmatch(network):
            return []
        import ipaddress  # here, because most lists have no networks

        try:
            wanted = ipaddress.ip_network(network.strip("[]"))
        except ValueError:
            return []
        number, bits = int(wanted.network_address), wanted.max_prefixlen
        found: list[Endpoint] = []
        networks = self._networks.get(wanted.version, {})
        for length in sorted(networks, reverse=True):
            if length <= wanted.prefixlen:
                found += networks[length].get(number >> (bits - length), ())
        return found

    def allowing(self, request: Request) -> list[Endpoint]:
        """Return the endpoints that cover the request with their host or network, port and path."""
        return [endpoint for endpoint in self._candidates(request) if grants((endpoint,), request)]

    def grants(self, request: Request) -> frozenset[str]:
        """Return the union of the treatments of all endpoints that cover the request."""
        return grants(self._candidates(request), request)

    def _candidates(self, request: Request) -> list[Endpoint]:
        found = self.containing(request.resolved or request.host)
        try:
            return found + self.covering(parse(normalise_name(request.host)))
        except HostError:
            return found

    def _add_network(self, endpoint: Endpoint) -> None:
        import ipaddress

        network = ipaddress.ip_network(str(endpoint.network))
        number = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        lengths = self._networks.setdefault(network.version, {})
        lengths.setdefault(network.prefixlen, {}).setdefault(number, []).append(endpoint)


def _beginning(glob: HostPattern) -> str:
    """Return what stands before the first star of the label next to the literal tail."""
    label = glob.text[: -len(glob.tail) - 1].rpartition(".")[2]
    return label.partition("*")[0]
