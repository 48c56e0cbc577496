# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dialects have in common before anything is written: endpoints by ports and treatments, each group minimised.

Pure functions, no input or output.
"""

from __future__ import annotations

import bisect
import ipaddress
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import OTHER_OWNER, SAME_OWNER, Loss
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
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import registrable


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

    A name is covered by one of its group, or of a group with the same treatments whose ports include its own; the
    networks of a group are merged.
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
            networks=sorted(merged_networks({e.network for e in members if e.network is not None}, covered_by)),
            paths=list(_uncovered_paths(members, kept, covered_by)),
        )
    return found


def merged_networks(written: t.Collection[str], covered_by: dict[str, str]) -> t.Iterator[str]:
    """Yield the fewest networks that are all of them together; one that is part of another is covered by it."""
    if not written:
        return
    import netaddr  # here, because most lists have no networks

    fewest = [str(network) for network in netaddr.cidr_merge(list(written))]
    yield from fewest
    ordered = sorted(map(ipaddress.ip_network, fewest), key=_first_address)
    starts = [_first_address(network) for network in ordered]
    for text in written:
        if text not in fewest:
            place = bisect.bisect_right(starts, _first_address(ipaddress.ip_network(text))) - 1
            covered_by[text] = str(ordered[place])


def _first_address(network: t.Any) -> tuple[int, int]:
    return network.version, int(network.network_address)


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


def services_of(endpoints: t.Iterable[Endpoint], covered_by: t.Mapping[str, str]) -> dict[str, str]:
    """Return by the subject of each endpoint the services that ask for it, in one text.

    A network that was made by merging is asked for by the services of its parts.
    """
    named: dict[str, tuple[str, ...]] = {}
    for endpoint in endpoints:
        services = endpoint.services
        known = named.setdefault(endpoint.subject, services)
        if known != services:
            named[endpoint.subject] = tuple(sorted({*known, *services}))
    made: dict[str, set[str]] = {}
    for subject, by in covered_by.items():
        if by not in named and subject in named:
            made.setdefault(by, set()).update(named[subject])
    named.update((subject, tuple(sorted(services))) for subject, services in made.items())
    return {subject: ", ".join(services) for subject, services in named.items()}


def widened(host: HostPattern, meaning: t.Sequence[HostPattern]) -> t.Iterator[Loss]:
    """Yield the loss where an entry written for `host` may mean more than that: the patterns of `meaning`."""
    wider = [pattern for pattern in meaning if not covers(host, pattern)]
    if not wider:
        return
    domain = registrable(host)
    same = domain is not None and all(registrable(pattern) == domain for pattern in wider)
    text = f"its reader also takes {' and '.join(pattern.text for pattern in wider)}, or may"
    yield Loss(host.text, "widened", text, SAME_OWNER if same else OTHER_OWNER)


LABEL: t.Final = "[a-z0-9_-]"
"""One character of a name, as a regular expression."""


def host_regex(host: HostPattern) -> str:
    """Return the pattern as an expression without anchors, in what POSIX extended, Python and JavaScript share."""
    lead = rf"({LABEL}+\.){{{host.free},}}" if host.free else ""
    labels = []
    for label in reversed(host.fixed):
        labels.append(f"{LABEL}+" if label == "*" else f"{LABEL}*".join(label.split("*")))
    return lead + r"\.".join(labels)
