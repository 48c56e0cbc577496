# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two states of a list, and what that means for the names that devices can reach.

An endpoint is known by its subject: host with path, or network. Several of one subject, with other ports, are compared
together. Pure, no input or output.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    CATEGORIES,
    TREATMENTS,
    Endpoint,
    Ports,
    parse_ports,
    ports_include,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import intersects

Plain = dict[str, t.Any]

STILL_COVERED: t.Final = "still_covered"
NARROWED: t.Final = "narrowed"
LOST: t.Final = "lost"
COVERED_ALREADY: t.Final = "covered_already"
WIDENED: t.Final = "widened"
NEW: t.Final = "new"
"""Effects. A removed endpoint is still covered, narrowed (a part of it is covered) or lost; an added one was covered
already, widened the list (a part was covered) or is new."""


@dataclass(frozen=True)
class Item:
    """All endpoints of one subject, as one."""

    subject: str
    endpoints: tuple[Endpoint, ...]

    @property
    def services(self) -> tuple[str, ...]:
        """The services that ask for it, sorted."""
        return tuple(sorted({service for endpoint in self.endpoints for service in endpoint.services}))

    def ports(self, treatment: str = ALLOW) -> tuple[Ports, Ports]:
        """Return the TCP and the UDP ports on which it has the treatment."""
        return ports_with(self.endpoints, treatment)

    def facts(self) -> Plain:
        """Return what can change of it, as plain data."""
        tcp, udp = self.ports()
        categories = {endpoint.category for endpoint in self.endpoints}
        return {
            "tcp_ports": show_ports(tcp),
            "udp_ports": show_ports(udp),
            "treatments": [self._treatment(name) for name in TREATMENTS if any(self.ports(name))],
            "category": next((category for category in CATEGORIES if category in categories), None),
            "required": any(endpoint.required for endpoint in self.endpoints),
            "pinned": any(endpoint.pinned for endpoint in self.endpoints),
            "services": list(self.services),
        }

    def _treatment(self, name: str) -> str:
        here, everywhere = self.ports(name), self.ports()
        if here == everywhere:
            return name
        shown = [
            f"{transport} {', '.join(map(str, show_ports(ports)))}"
            for transport, ports in zip(("TCP", "UDP"), here, strict=True)
            if ports
        ]
        return f"{name} ({', '.join(shown)})"


@dataclass(frozen=True)
class Change:
    """One item that stands on one side only, and what that means.

    `by` are the subjects on the other side that cover it; where none does, those that share some names with it.
    `stands_for` are those that it covers in turn: the names that a new wildcard replaces, or those that are left of an
    old one.
    """

    item: Item
    effect: str
    by: tuple[str, ...] = ()
    stands_for: tuple[str, ...] = ()

    def to_dict(self) -> Plain:
        """Return the change as plain data; ``covered_by`` and ``covers`` are subjects of the other side."""
        return {
            "subject": self.item.subject,
            "effect": self.effect,
            "covered_by": list(self.by),
            "covers": list(self.stands_for),
            **self.item.facts(),
        }


@dataclass(frozen=True)
class Alteration:
    """One item that stands on both sides with other facts: `fields` gives each as (before, after).

    `effect` is that on what devices can reach: ``none``, ``widened``, ``narrowed``, or ``both``.
    """

    before: Item
    after: Item
    fields: t.Mapping[str, tuple[t.Any, t.Any]]
    effect: str

    @property
    def services(self) -> tuple[str, ...]:
        """The services that asked for it before or ask for it after, sorted."""
        return tuple(sorted({*self.before.services, *self.after.services}))

    def to_dict(self) -> Plain:
        """Return the alteration as plain data."""
        return {
            "subject": self.after.subject,
            "effect": self.effect,
            "fields": {name: {"before": old, "after": new} for name, (old, new) in self.fields.items()},
            "services": list(self.services),
        }


@dataclass(frozen=True)
class Difference:
    """What was added, removed and changed, each sorted by domain, and how many items stayed as they were."""

    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    changed: tuple[Alteration, ...]
    unchanged: int
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def lost(self) -> tuple[Change, ...]:
        """The removed endpoints of which something can no longer be reached."""
        return tuple(change for change in self.removed if change.effect != STILL_COVERED)

    @property
    def widening(self) -> tuple[Change, ...]:
        """The added endpoints that admit what was not admitted before."""
        return tuple(change for change in self.added if change.effect != COVERED_ALREADY)

    def current(self, services: t.Iterable[str]) -> list[str]:
        """Return the names that services have now, sorted; of one that was renamed the new name."""
        renamed = dict(self.renamed)
        return sorted({renamed.get(service, service) for service in services})

    def by_service(self) -> dict[str, dict[str, list[str]]]:
        """Return the subjects added, removed and changed for each service that has any, sorted by service."""
        found: dict[str, dict[str, list[str]]] = {}
        for kind, items in (
            ("added", [(change.item.subject, change.item.services) for change in self.added]),
            ("removed", [(change.item.subject, change.item.services) for change in self.removed]),
            ("changed", [(altered.after.subject, altered.services) for altered in self.changed]),
        ):
            for subject, services in items:
                for service in self.current(services) or [""]:
                    found.setdefault(service, {"added": [], "removed": [], "changed": []})[kind].append(subject)
        return dict(sorted(found.items()))

    def to_dict(self) -> Plain:
        """Return the difference as plain data."""
        return {
            "counts": {
                "added": len(self.added),
                "removed": len(self.removed),
                "changed": len(self.changed),
                "unchanged": self.unchanged,
                "widening": len(self.widening),
                "lost": len(self.lost),
            },
            "added": [change.to_dict() for change in self.added],
            "removed": [change.to_dict() for change in self.removed],
            "changed": [altered.to_dict() for altered in self.changed],
            "renamed_services": [{"before": old, "after": new} for old, new in self.renamed],
            "by_service": self.by_service(),
        }


def difference(before: t.Iterable[Endpoint], after: t.Iterable[Endpoint]) -> Difference:
    """Return what changed from one list to the other.

    A service is renamed where one name is gone, another is new, and more than half of all that they ask for is the
    same; that alone is no change of an endpoint.
    """
    old, new = _items(before), _items(after)
    renamed = _renamed(old.values(), new.values())
    added = [subject for subject in new if subject not in old]
    removed = [subject for subject in old if subject not in new]
    of_old, of_new = Side(old.values()), Side(new.values())
    changed = [
        altered
        for subject in old.keys() & new.keys()
        if (altered := _alteration(old[subject], new[subject], dict(renamed), of_old, of_new)) is not None
    ]
    return Difference(
        added=tuple(of_old.change(new[subject], COVERED_ALREADY, WIDENED, NEW) for subject in _sorted(added)),
        removed=tuple(of_new.change(old[subject], STILL_COVERED, NARROWED, LOST) for subject in _sorted(removed)),
        changed=tuple(sorted(changed, key=lambda altered: _order(altered.after.subject))),
        unchanged=len(old.keys() & new.keys()) - len(changed),
        renamed=renamed,
    )


def ports_with(endpoints: t.Iterable[Endpoint], treatment: str = ALLOW) -> tuple[Ports, Ports]:
    """Return the TCP and the UDP ports on which some of the endpoints have the treatment."""
    having = [endpoint for endpoint in endpoints if treatment in endpoint.treatments]
    return (
        parse_ports([port for endpoint in having for port in show_ports(endpoint.tcp_ports)]),
        parse_ports([port for endpoint in having for port in show_ports(endpoint.udp_ports)]),
    )


class Side:
    """One side of a comparison, asked what it covers of an item of the other side."""

    def __init__(self, items: t.Iterable[Item]) -> None:
        endpoints = [endpoint for item in items for endpoint in item.endpoints]
        self._index = Index(endpoints)
        self._near = _Near(endpoints)

    def covering(self, item: Item) -> list[Endpoint]:
        """Return the endpoints of this side whose host and path, or network, include those of `item`."""
        sample = item.endpoints[0]
        if sample.host is None:
            return self._index.containing(str(sample.network))
        return [found for found in self._index.covering(sample.host) if path_within(sample.path, found.path)]

    def change(self, item: Item, whole: str, part: str, none: str) -> Change:
        """Return the change that `item`, of the other side, is: covered here as a whole, in part, or not at all."""
        covering = self.covering(item)
        inside = Side([item])
        overlapping = [endpoint for endpoint in self._near.to(item) if _overlaps(endpoint, item)]
        within = [endpoint for endpoint in overlapping if inside.covering(Item("", (endpoint,)))]
        complete = includes(covering, item.endpoints) or _add_up(within, item)
        effect = whole if complete else part if overlapping else none
        by = covering or [endpoint for endpoint in overlapping if endpoint not in within]
        return Change(item, effect, _subjects(by), _subjects(within))


class _Near:
    """Endpoints by where they stand in the tree of names, so that not each is asked whether it overlaps an item."""

    def __init__(self, endpoints: t.Iterable[Endpoint]) -> None:
        self._at: dict[str, list[Endpoint]] = {}
        self._below: dict[str, list[Endpoint]] = {}
        self._networks: list[Endpoint] = []
        for endpoint in endpoints:
            if endpoint.host is None:
                self._networks.append(endpoint)
                continue
            self._at.setdefault(endpoint.host.tail, []).append(endpoint)
            for domain in _parents(endpoint.host.tail):
                self._below.setdefault(domain, []).append(endpoint)

    def to(self, item: Item) -> list[Endpoint]:
        """Return the endpoints at, above and below the domain of `item`, or all networks; no other can overlap it."""
        host = item.endpoints[0].host
        if host is None:
            return self._networks
        found = [*self._at.get(host.tail, ()), *self._below.get(host.tail, ())]
        for domain in _parents(host.tail):
            found += self._at.get(domain, ())
        return found


def _parents(domain: str) -> t.Iterator[str]:
    """Yield the domains that `domain` lies in, the nearest first."""
    while domain := domain.partition(".")[2]:
        yield domain


def includes(outer: t.Sequence[Endpoint], inner: t.Sequence[Endpoint]) -> bool:
    """Tell whether `outer`, which cover the subject of `inner`, have all of its ports, with all treatments."""
    for treatment in TREATMENTS:
        for has, needs in zip(ports_with(outer, treatment), ports_with(inner, treatment), strict=True):
            if not ports_include(has, needs):
                return False
    return True


def ports_meet(outer: t.Iterable[Endpoint], inner: t.Iterable[Endpoint]) -> bool:
    """Tell whether both have a port in common."""
    pairs = zip(ports_with(outer), ports_with(inner), strict=True)
    return any(a <= high and low <= b for mine, yours in pairs for low, high in mine for a, b in yours)


def _items(endpoints: t.Iterable[Endpoint]) -> dict[str, Item]:
    by_subject: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        by_subject.setdefault(endpoint.subject, []).append(endpoint)
    return {subject: Item(subject, tuple(own)) for subject, own in by_subject.items()}


def _alteration(old: Item, new: Item, renamed: t.Mapping[str, str], of_old: Side, of_new: Side) -> Alteration | None:
    was, now = old.facts(), new.facts()
    was_renamed = {**was, "services": sorted(renamed.get(service, service) for service in was["services"])}
    fields = {name: (was[name], now[name]) for name in was if was_renamed[name] != now[name]}
    if not fields:
        return None
    narrower = not includes(of_new.covering(old), old.endpoints)
    wider = not includes(of_old.covering(new), new.endpoints)
    effect = {(False, False): "none", (True, False): NARROWED, (False, True): WIDENED}.get((narrower, wider), "both")
    return Alteration(old, new, fields, effect)


def _renamed(old: t.Iterable[Item], new: t.Iterable[Item]) -> tuple[tuple[str, str], ...]:
    was, now = _by_service(old), _by_service(new)
    come = {service: subjects for service, subjects in now.items() if service not in was}
    pairs = []
    for service in sorted(was.keys() - now.keys()):
        own = was[service]
        shared = {other: len(own & subjects) / len(own | subjects) for other, subjects in come.items()}
        nearest = max(sorted(shared), key=shared.__getitem__, default=None)
        if nearest is not None and shared[nearest] > 0.5:
            pairs.append((service, nearest))
            del come[nearest]
    return tuple(pairs)


def _by_service(items: t.Iterable[Item]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in items:
        for service in item.services:
            found.setdefault(service, set()).add(item.subject)
    return found


def _overlaps(endpoint: Endpoint, item: Item) -> bool:
    """Tell whether some request is for both."""
    sample = item.endpoints[0]
    if endpoint.host is not None and sample.host is not None:
        if not intersects(endpoint.host, sample.host):
            return False
        if not (path_within(endpoint.path, sample.path) or path_within(sample.path, endpoint.path)):
            return False
    elif endpoint.network is not None and sample.network is not None:
        if not _networks_overlap(endpoint.network, sample.network):
            return False
    else:
        return False
    return ports_meet((endpoint,), item.endpoints)


def _networks_overlap(one: str, other: str) -> bool:
    import ipaddress  # here, because most lists have no networks

    a, b = ipaddress.ip_network(one), ipaddress.ip_network(other)
    return a.version == b.version and a.overlaps(b)


def _add_up(parts: t.Sequence[Endpoint], item: Item) -> bool:
    """Tell whether networks, each with all the ports of `item`, together are its network."""
    if item.endpoints[0].network is None:
        return False
    import ipaddress  # here, because most lists have no networks

    networks = [ipaddress.ip_network(str(part.network)) for part in parts if includes((part,), item.endpoints)]
    collapsed = [str(network) for network in ipaddress.collapse_addresses(t.cast("t.Any", networks))]
    return collapsed == [item.subject]


def path_within(inner: str | None, outer: str | None) -> bool:
    """Tell whether `outer`, a path or None for all, includes `inner`."""
    if outer is None or inner == outer:
        return True
    return inner is not None and outer.endswith("*") and inner.removesuffix("*").startswith(outer[:-1])


def _subjects(endpoints: t.Iterable[Endpoint]) -> tuple[str, ...]:
    return tuple(_sorted(dict.fromkeys(endpoint.subject for endpoint in endpoints)))


def _sorted(subjects: t.Iterable[str]) -> list[str]:
    return sorted(subjects, key=_order)


def _order(subject: str) -> tuple[t.Any, ...]:
    host, slash, path = subject.partition("/")
    return (host.split(".")[::-1], slash + path)
