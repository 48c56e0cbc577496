# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which endpoints of a new edition are wider than anything before them. Pure, no input or output."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import LITERAL, HostPattern, covers
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import customer_suffix, registrable


def wider(before: t.Sequence[Endpoint], after: t.Iterable[Endpoint]) -> list[Endpoint]:
    """Return the endpoints of `after` that nothing of `before` covers and that are wider than all of it.

    A wildcard is, where strangers can register names that match it, where it takes in narrower wildcards, or where it
    stands nearer to its registrable domain than every wildcard there so far. The first wildcard of a domain that was
    not listed at all is measured against all that there are. A network is, where its prefix is shorter than every one
    so far of its kind.
    """
    covered = Index(before)
    wildcards = _Wildcards([endpoint.host for endpoint in before if endpoint.host is not None])
    shortest: dict[int, int] = {}
    for endpoint in before:
        if endpoint.network is not None:
            kind, length = _shape(endpoint.network)
            shortest[kind] = min(length, shortest.get(kind, length))
    found = []
    for endpoint in after:
        # One that was there, with other ports or treatments, is no wider than itself.
        if endpoint.host is not None:
            new = endpoint.host.kind != LITERAL and not covered.covering(endpoint.host)
            if new and wildcards.are_narrower_than(endpoint.host):
                found.append(endpoint)
        elif endpoint.network is not None and not covered.containing(endpoint.network):
            kind, length = _shape(endpoint.network)
            if kind not in shortest or length < shortest[kind]:
                found.append(endpoint)
    return found


class _Wildcards:
    """How wide the wildcards of an edition are, by registrable domain."""

    def __init__(self, hosts: t.Sequence[HostPattern]) -> None:
        self._listed = {registrable(host) for host in hosts}
        self._by_domain: dict[str | None, list[HostPattern]] = {}
        for host in dict.fromkeys(hosts):
            if host.kind != LITERAL:
                self._by_domain.setdefault(registrable(host), []).append(host)
        depths = [_depth(host) for hosts in self._by_domain.values() for host in hosts]
        self._least = min(depths, default=None)

    def are_narrower_than(self, new: HostPattern) -> bool:
        """Tell whether all of them are narrower than `new`, which none of them covers."""
        domain = registrable(new)
        if domain is None or customer_suffix(new) is not None:
            return True
        near = self._by_domain.get(domain, [])
        if any(covers(new, host) for host in near):
            return True
        if domain in self._listed:
            return all(_depth(new) < _depth(host) for host in near)
        return self._least is None or _depth(new) < self._least


def _depth(host: HostPattern) -> int:
    """How many labels stand between the registrable domain and the first wildcard; the fewer, the wider."""
    domain = registrable(host)
    return -1 if domain is None else host.tail.count(".") - domain.count(".")


def _shape(network: str) -> tuple[int, int]:
    parsed = ipaddress.ip_network(network)
    return parsed.version, parsed.prefixlen
