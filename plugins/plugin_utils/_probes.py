# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From endpoints to the probes that show whether they can be reached, and that nothing else can. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Acceptance
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    Endpoint,
    Ports,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    LITERAL,
    SUFFIX,
    HostError,
    HostPattern,
    matches,
    normalise_name,
    parse,
    quoted,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._probe_names import Names

# Kept by IANA for documentation (RFC 2606), with a web server on both ports: the only names of others that are asked
# for unbidden, and never on a list of endpoints.
ALWAYS_DENIED: t.Final = ("example.com", "example.net")

MOST_LOOK_ALIKES: t.Final = 20

_SCHEMES = {80: "http", 443: "https"}


class PlanError(ValueError):
    """What was asked for cannot be planned; the message says which name, and why."""


@dataclass(frozen=True)
class Options:
    """`denied_names` must be refused, besides the two that always are; `lab` asks for look-alikes of strangers too.

    `accepted` is what the appliances on the way were allowed not to do.
    """

    denied_names: tuple[str, ...] = ()
    lab: bool = False
    accepted: tuple[Acceptance, ...] = ()


class Plan(t.NamedTuple):
    """Probes, and the endpoints, or ports of them, that none stands for: `endpoint` and `reason` each."""

    probes: list[Probe]
    unprobed: list[dict[str, str]]


def plan(endpoints: t.Sequence[Endpoint], options: Options = Options()) -> Plan:
    """Return what to ask for so that every endpoint, and what must be refused, is seen.

    A name, port, scheme and path are asked for once, whichever endpoints need them. Ports that the documents did not
    give are alternatives: one that works suffices. Of a range of ports the lowest is asked for. What was accepted as
    not working proves nothing either way, and is not asked for.

    Raises:
        PlanError: a denied name is no name, or is on the list.
    """
    unprobed = [item for endpoint in endpoints for item in _left_out(endpoint, options.accepted)]
    asked = [(endpoint, _ports_to_ask(endpoint, options.accepted)) for endpoint in endpoints]
    names = Names(endpoint.host for endpoint, ports in asked if endpoint.host is not None and ports)
    gathered: dict[tuple[str, int, str, str], Probe] = {}
    for endpoint, ports in asked:
        for probe in _probes_of(endpoint, ports, names):
            key = (probe.host, probe.port, probe.scheme, probe.path)
            gathered[key] = _united(gathered[key], probe) if key in gathered else probe
    denied = _denied_names(options, [endpoint.host for endpoint in endpoints if endpoint.host is not None])
    return Plan([*_without_idle_alternatives(gathered.values()), *_denied_probes(denied)], unprobed)


def _left_out(endpoint: Endpoint, accepted: t.Sequence[Acceptance]) -> t.Iterator[dict[str, str]]:
    """Yield what of an endpoint no probe stands for, and why."""
    subject = endpoint.subject
    whole = _accepted_as_lost(endpoint, accepted)
    if endpoint.host is None:
        yield {"endpoint": subject, "reason": "a network has no name to ask for"}
    elif whole is not None:
        yield {"endpoint": subject, "reason": f"accepted as {whole.result}: {whole.reason}"}
    else:
        for item in accepted:
            ports = _common(endpoint.tcp_ports, item.ports)
            if ports:
                reason = f"accepted as blocked by the site: {item.reason}"
                yield {"endpoint": f"{subject} tcp/{_listed_ports(ports)}", "reason": reason}
        if endpoint.udp_ports:
            part = f"{subject} udp/{_listed_ports(endpoint.udp_ports)}" if endpoint.tcp_ports else subject
            yield {"endpoint": part, "reason": "UDP answers only to those who speak the service's own protocol"}


def _ports_to_ask(endpoint: Endpoint, accepted: t.Sequence[Acceptance]) -> list[int]:
    """Return the lowest port of each range of the endpoint that is not accepted as blocked."""
    if endpoint.host is None or _accepted_as_lost(endpoint, accepted) is not None:
        return []
    blocked = [span for item in accepted for span in item.ports]
    lowest = (_lowest_beside(low, high, blocked) for low, high in endpoint.tcp_ports)
    return [port for port in lowest if port is not None]


def _accepted_as_lost(endpoint: Endpoint, accepted: t.Iterable[Acceptance]) -> Acceptance | None:
    """Return the acceptance by which the endpoint need not work, at all or in part; a wider one works."""
    lost = (item for item in accepted if item.subject == endpoint.subject and not item.is_property)
    return next((item for item in lost if item.result in ("narrowed", "unsupported")), None)


def _common(ports: Ports, others: Ports) -> Ports:
    shared = ((max(low, a), min(high, b)) for low, high in ports for a, b in others)
    return tuple((low, high) for low, high in shared if low <= high)


def _lowest_beside(low: int, high: int, blocked: t.Iterable[tuple[int, int]]) -> int | None:
    for first, last in sorted(blocked):
        if first <= low <= last:
            low = last + 1
    return low if low <= high else None


def _listed_ports(ports: Ports) -> str:
    return ",".join(map(str, show_ports(ports)))


def _probes_of(endpoint: Endpoint, ports: t.Sequence[int], names: Names) -> t.Iterator[Probe]:
    if endpoint.host is None or not ports:
        return
    chosen = names.choose(endpoint.host)
    path = (endpoint.path or "/").rstrip("*")
    alternatives = endpoint.ports_assumed and len(ports) > 1
    for port in ports:
        yield Probe(
            host=chosen.name,
            port=port,
            scheme=_SCHEMES.get(port, "tcp"),
            path=path,
            made_up=chosen.made_up,
            services=endpoint.services,
            pattern=endpoint.host.text,
            group=f"{chosen.name}{path}" if alternatives else None,
            any_of=alternatives,
            treatments=tuple(sorted(endpoint.treatments)),
        )


def _united(known: Probe, other: Probe) -> Probe:
    patterns = dict.fromkeys([*(known.pattern or "").split(", "), other.pattern or ""])
    alternatives = known.any_of and other.any_of
    return dataclasses.replace(
        known,
        services=tuple(sorted({*known.services, *other.services})),
        pattern=", ".join(patterns),
        treatments=tuple(sorted({*known.treatments, *other.treatments})),
        group=known.group if alternatives else None,
        any_of=alternatives,
    )


def _without_idle_alternatives(probes: t.Iterable[Probe]) -> list[Probe]:
    """Leave out an assumed port where another document names the port of the same host.

    One port suffices where ports are assumed, and the named one must work anyway.
    """
    kept = list(probes)
    named = {f"{probe.host}{probe.path}" for probe in kept if not probe.any_of}
    return [probe for probe in kept if probe.group not in named or not probe.any_of]


# -- what must be refused ----------------------------------------------------------------------------------------


def _denied_names(options: Options, patterns: t.Sequence[HostPattern]) -> list[str]:
    denied = [name for name in ALWAYS_DENIED if not _listed(name, patterns)]
    for place, text in enumerate(options.denied_names):
        name = _literal(text, f"denied_names[{place}]")
        covering = _listed(name, patterns)
        if covering is not None:
            raise PlanError(f"denied_names[{place}]: {quoted(name)} is on the list, by {covering}; take it out of one")
        denied.append(name)
    if options.lab:
        denied += look_alikes(patterns)
    return list(dict.fromkeys(denied))


def look_alikes(patterns: t.Sequence[HostPattern], most: int = MOST_LOOK_ALIKES) -> list[str]:
    """Return names that a careless list would let through: a suffix without its dot, a name as a prefix, an apex."""
    found: list[str] = []
    for pattern in dict.fromkeys(patterns):
        if pattern.kind not in (LITERAL, SUFFIX) or len(pattern.tail) > 200:
            continue
        candidates = [f"evil{pattern.tail}", f"{pattern.tail}.evil.test"]
        if pattern.kind == SUFFIX:
            candidates.append(pattern.tail)
        found += [name for name in candidates if name not in found and not _listed(name, patterns)]
        if len(found) >= most:
            break
    return found[:most]


def _denied_probes(names: t.Iterable[str]) -> list[Probe]:
    return [
        Probe(
            host=name,
            port=port,
            scheme=scheme,
            expect="denied",
            kind="denied",
            known_open=name in ALWAYS_DENIED,
        )
        for name in names
        for port, scheme in _SCHEMES.items()
    ]


def _listed(name: str, patterns: t.Iterable[HostPattern]) -> HostPattern | None:
    return next((pattern for pattern in patterns if matches(pattern, name)), None)


def _literal(text: str, where: str) -> str:
    try:
        pattern = parse(normalise_name(str(text)))
    except HostError as error:
        raise PlanError(f"{where}: {error}") from error
    if pattern.kind != LITERAL:
        raise PlanError(f"{where}: {quoted(text)} is a wildcard; name one host that must be refused")
    return pattern.text
