# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a firewall's allow-list: which domain of dnsmasq stands for each, with which ports, and what it widens.

Pure functions, no input or output. The facts about dnsmasq are told in `nftables`.
"""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass, field

from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.fragment import (
    BELOW,
    EXACT,
    STATE_MARK,
    state_name,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import table_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    OTHER_OWNER,
    SAME_OWNER,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    Endpoint,
    Ports,
    ports_include,
    show_ports,
    united,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    LITERAL,
    SUFFIX,
    HostError,
    HostPattern,
    covers,
    minimise,
    parse,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import customer_suffix


class Group(t.NamedTuple):
    """Ports that share a pair of sets."""

    tcp: Ports
    udp: Ports

    @property
    def id(self) -> str:
        """A name for sets that tells the ports, and stays when other groups come and go."""
        parts = [f"{mark}{_written(ports)}" for mark, ports in (("t", self.tcp), ("u", self.udp)) if ports]
        written = "_".join(parts)
        return written if len(written) <= 24 else "x" + hashlib.sha256(written.encode()).hexdigest()[:12]

    def includes(self, other: Group) -> bool:
        """Whether every port of the other is one of these."""
        return ports_include(self.tcp, other.tcp) and ports_include(self.udp, other.udp)

    def with_(self, other: Group) -> Group:
        """The ports of both."""
        return Group(united(self.tcp + other.tcp), united(self.udp + other.udp))


def _written(ports: Ports) -> str:
    return "_".join(str(port) for port in show_ports(ports)).replace("-", "to")


@dataclass
class Domains:
    """What dnsmasq is told: `groups` has the ports of each domain, `exact` those that are names of their own.

    `filters` are the resolver's lines (domain, and whether an upstream answers), `entry_of` the domain of each
    endpoint's subject.
    """

    groups: dict[str, Group] = field(default_factory=dict)
    exact: set[str] = field(default_factory=set)
    filters: list[tuple[str, bool]] = field(default_factory=list)
    entry_of: dict[str, str] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)


def domains_of(endpoints: t.Sequence[Endpoint], filter_dns: bool, covered_by: dict[str, str]) -> Domains:
    """Return the domains that stand for the endpoints; `covered_by` is filled with those that need none."""
    found = Domains()
    kept = _needed([e for e in endpoints if e.host is not None and not _is_hopeless(e, found.losses)], covered_by)
    own: dict[str, list[Endpoint]] = {}
    for endpoint in kept:
        domain = _host(endpoint).tail
        own.setdefault(domain, []).append(endpoint)
        found.entry_of[endpoint.subject] = domain
        if _host(endpoint).kind == LITERAL:
            found.exact.add(domain)
    # Names below these are admitted by an endpoint that means them, at least in part.
    wide = {domain: _ports_of([e for e in es if _host(e).kind != LITERAL]) for domain, es in own.items()}
    for domain, members in own.items():
        group = _ports_of(members)
        for parent in _parents(domain):
            group = group.with_(wide.get(parent, _NOTHING))
        found.groups[domain] = group
    admitted = {domain for domain, group in wide.items() if group != _NOTHING}
    for domain in sorted(own):
        apex, below = _reach(domain, own[domain], admitted)
        if filter_dns:
            found.filters.extend(_filter_lines(domain, apex, below))
        for endpoint in own[domain]:
            found.losses.extend(_losses(endpoint, own[domain], apex, below, filter_dns))
    return found


_NOTHING: t.Final = Group((), ())


def _host(endpoint: Endpoint) -> HostPattern:
    return t.cast(HostPattern, endpoint.host)


def _group(endpoint: Endpoint) -> Group:
    return Group(endpoint.tcp_ports, endpoint.udp_ports)


def _ports_of(endpoints: t.Iterable[Endpoint]) -> Group:
    group = _NOTHING
    for endpoint in endpoints:
        group = group.with_(_group(endpoint))
    return group


def _parents(domain: str) -> t.Iterator[str]:
    dot = domain.find(".")
    while dot >= 0:
        yield domain[dot + 1 :]
        dot = domain.find(".", dot + 1)


def _needed(endpoints: t.Sequence[Endpoint], covered_by: dict[str, str]) -> list[Endpoint]:
    """Return the endpoints that no other one includes with host, path and ports."""
    by_group: dict[Group, list[Endpoint]] = {}
    for endpoint in endpoints:
        by_group.setdefault(_group(endpoint), []).append(endpoint)
    whole = {group: [_host(e) for e in members if e.path is None] for group, members in by_group.items()}
    kept: list[Endpoint] = []
    for group, members in by_group.items():
        wider = [host for other, hosts in whole.items() if other != group and other.includes(group) for host in hosts]
        covered: dict[HostPattern, HostPattern] = {}
        staying = minimise([*whole[group], *wider], covered)
        known = set(staying) - set(wider)
        for endpoint in members:
            host = _host(endpoint)
            if endpoint.path is None and host in known:
                kept.append(endpoint)
                continue
            coverer = covered.get(host) if endpoint.path is None else None
            if coverer is None:
                coverer = next((h for h in staying if covers(h, host)), None)
            if coverer is None:
                kept.append(endpoint)
            else:
                covered_by[endpoint.subject] = coverer.text
    return kept


def _is_hopeless(endpoint: Endpoint, losses: list[Loss]) -> bool:
    """Whether only a whole public suffix could stand for the endpoint; it is declared then, and left out."""
    host = _host(endpoint)
    if host.kind in (LITERAL, SUFFIX):
        return False
    wide = _everything_below(host.tail)
    if wide is not None and (breadth(wide) is None or customer_suffix(_host(wide)) is not None):
        return False  # other customers of one service are a widening, to be accepted by name
    detail = "dnsmasq matches whole domains only, and all names of a public suffix would be admitted"
    losses.append(Loss(endpoint.subject, "unsupported", detail))
    return True


def _everything_below(domain: str) -> Endpoint | None:
    try:
        return Endpoint(host=parse(f"*.{domain}"), tcp_ports=((443, 443),))
    except HostError:
        return None


def _owner(domain: str) -> str:
    """Whose names lie below a domain: its owner's own, or those of anybody who registers one there."""
    wide = _everything_below(domain)
    return SAME_OWNER if wide is not None and breadth(wide) is None else OTHER_OWNER


# -- what the resolver answers -----------------------------------------------------------------------------------


def _reach(domain: str, members: t.Sequence[Endpoint], admitted: t.Container[str]) -> tuple[bool, bool]:
    """Return whether the domain itself, and whether the names below it, belong to some endpoint's domain."""
    above = any(parent in admitted for parent in _parents(domain))
    kinds = {_host(endpoint).kind for endpoint in members}
    return above or kinds != {SUFFIX}, above or kinds != {LITERAL}


def _filter_lines(domain: str, apex: bool, below: bool) -> list[tuple[str, bool]]:
    if apex and below:
        return [(domain, True)]
    if apex:
        return [(domain, True), (f"*.{domain}", False)]
    return [(domain, False), (f"*.{domain}", True)]


def _losses(
    endpoint: Endpoint, members: t.Sequence[Endpoint], apex: bool, below: bool, filter_dns: bool
) -> t.Iterator[Loss]:
    host, wanted = _host(endpoint), _group(endpoint)
    if endpoint.path is not None:
        detail = "a packet filter sees no path, so all of the host is admitted"
        yield Loss(endpoint.subject, "widened", detail, SAME_OWNER)
    if host.kind == LITERAL:
        if (below or not filter_dns) and not _is_meant(f"*.{host.tail}", wanted, members):
            yield Loss(endpoint.subject, "widened", "all names below it are admitted as well", _owner(host.tail))
    elif host.kind == SUFFIX:
        if (apex or not filter_dns) and not _is_meant(host.tail, wanted, members):
            yield Loss(endpoint.subject, "widened", "the name above it is admitted as well", SAME_OWNER)
    else:
        detail = "the whole domain after its last star is admitted"
        yield Loss(endpoint.subject, "widened", detail, _owner(host.tail))


def _is_meant(text: str, wanted: Group, members: t.Iterable[Endpoint]) -> bool:
    """Whether another endpoint of the same domain asks for this pattern on all of these ports."""
    return any(e.path is None and _host(e).text == text and _group(e).includes(wanted) for e in members)


# -- the fragment ------------------------------------------------------------------------------------------------


def fragment_of(name: str, domains: Domains, upstreams: t.Sequence[str] | None, limit: int | None) -> str:
    """Return the fragment; `upstreams` None leaves resolving to the site, and `limit` None the cache."""
    lines = [
        f"# Allow-list {name}, written by the Ansible collection managed_desktop.network.",
        "# Not to be edited: the next run finds a change and undoes it.",
        f'txt-record={state_name(name)},"{STATE_MARK}"',
        *([f"max-cache-ttl={limit}", f"max-ttl={limit}"] if limit is not None else []),
    ]
    ordered = sorted(domains.groups, key=lambda domain: tuple(reversed(domain.split("."))))
    lines.append(EXACT)
    lines += [_sets(name, domain, domains.groups[domain]) for domain in ordered if domain in domains.exact]
    lines.append(BELOW)
    lines += [_sets(name, domain, domains.groups[domain]) for domain in ordered if domain not in domains.exact]
    if upstreams is not None:
        for domain, answered in domains.filters:
            lines += [f"server=/{domain}/{up}" for up in upstreams] if answered else [f"local=/{domain}/"]
    return "\n".join(lines) + "\n"


def _sets(name: str, domain: str, group: Group) -> str:
    table = table_of(name)
    return f"nftset=/{domain}/4#inet#{table}#{group.id}_4,6#inet#{table}#{group.id}_6"
