# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dialects have in common before anything is written: endpoints by ports and treatments, each group minimised.

Pure functions, no input or output.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    Endpoint,
    Ports,
    ports_include,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostPattern,
    covers,
    minimise,
    reversed_labels,
)


@dataclass(frozen=True)
class PortGroup:
    """Endpoints with the same TCP ports and treatments."""

    ports: Ports
    treatments: frozenset[str]

    @property
    def title(self) -> str:
        """Ports and treatments as people read them."""
        extra = sorted(self.treatments - {"allow"})
        return f"tcp/{','.join(map(str, show_ports(self.ports)))}" + "".join(f" {treatment}" for treatment in extra)


class Members(t.NamedTuple):
    """What is left of one group: `names` and `networks` that need an entry, and the endpoints with `paths` that do.

    Names are sorted by their reversed labels, networks as text, paths by host and path.
    """

    names: list[HostPattern]
    networks: list[str]
    paths: list[Endpoint]


def groups_of(endpoints: t.Iterable[Endpoint]) -> dict[PortGroup, list[Endpoint]]:
    """Return the endpoints by their TCP ports and treatments."""
    groups: dict[tuple[Ports, frozenset[str]], list[Endpoint]] = {}
    for endpoint in endpoints:
        groups.setdefault((endpoint.tcp_ports, endpoint.treatments), []).append(endpoint)
    return {PortGroup(*key): members for key, members in groups.items()}


def minimised(
    groups: t.Mapping[PortGroup, t.Sequence[Endpoint]], covered_by: dict[str, str]
) -> dict[PortGroup, Members]:
    """Return what of each group needs an entry of its own; `covered_by` is filled with every endpoint that needs none.

    A name is covered by one of its group, or of a group with the same treatments whose ports include its own; a network
    by one of its group.
    """
    hosts = {
        group: [e.host for e in members if e.host is not None and e.path is None] for group, members in groups.items()
    }
    found = {}
    for group, members in groups.items():
        wider = [
            host
            for other, others in hosts.items()
            if other != group and other.treatments == group.treatments and ports_include(other.ports, group.ports)
            for host in others
        ]
        covered: dict[HostPattern, HostPattern] = {}
        kept = minimise([*hosts[group], *wider], covered)
        own = set(hosts[group]) - set(wider)
        covered_by.update({dropped.text: by.text for dropped, by in covered.items()})
        found[group] = Members(
            names=sorted((host for host in kept if host in own), key=reversed_labels),
            networks=sorted(_widest({e.network for e in members if e.network is not None}, covered_by)),
            paths=list(_uncovered_paths(members, kept, covered_by)),
        )
    return found


def _widest(written: t.Collection[str], covered_by: dict[str, str]) -> t.Iterator[str]:
    """Yield the networks that lie in no other of them; those that do are covered by it."""
    networks = [(ipaddress.ip_network(text), text) for text in written]
    last: tuple[int, int, str] | None = None  # version, last address and text of the widest before
    for network, text in sorted(networks, key=lambda item: (item[0].version, int(item[0][0]), item[0].prefixlen)):
        end = int(network[-1])
        if last is not None and last[0] == network.version and end <= last[1]:
            covered_by[text] = last[2]
        else:
            last = (network.version, end, text)
            yield text


def _uncovered_paths(
    members: t.Iterable[Endpoint], kept: t.Sequence[HostPattern], covered_by: dict[str, str]
) -> t.Iterator[Endpoint]:
    for endpoint in sorted((e for e in members if e.path is not None), key=_path_order):
        host = t.cast(HostPattern, endpoint.host)
        coverer = next((pattern for pattern in kept if covers(pattern, host)), None)
        if coverer is None:
            yield endpoint
        else:
            covered_by[endpoint.subject] = coverer.text


def _path_order(endpoint: Endpoint) -> tuple[t.Any, ...]:
    return reversed_labels(t.cast(HostPattern, endpoint.host)), endpoint.path


def services_of(endpoints: t.Iterable[Endpoint]) -> dict[str, str]:
    """Return by the subject of each endpoint the services that ask for it, in one text."""
    named: dict[str, tuple[str, ...]] = {}
    for endpoint in endpoints:
        services = endpoint.services
        known = named.setdefault(endpoint.subject, services)
        if known != services:
            named[endpoint.subject] = tuple(sorted({*known, *services}))
    return {subject: ", ".join(services) for subject, services in named.items()}


LABEL: t.Final = "[a-z0-9_-]"
"""One character of a name, as a regular expression."""


def host_regex(host: HostPattern) -> str:
    """Return the pattern as an expression without anchors, in what POSIX extended, Python and JavaScript share."""
    lead = rf"({LABEL}+\.){{{host.free},}}" if host.free else ""
    labels = []
    for label in reversed(host.fixed):
        labels.append(f"{LABEL}+" if label == "*" else f"{LABEL}*".join(label.split("*")))
    return lead + r"\.".join(labels)
