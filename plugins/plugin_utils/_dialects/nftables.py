# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a Linux firewall, nftables with dnsmasq, writes and decides an allow-list.

What is said of matching was observed on nftables 1.0.6 and dnsmasq 2.90 (Debian 12, kernel 6.18) by the conformance
test of this collection; for other versions the same is assumed, and the module says so. The facts it rests on:

- ``nftset=/x/`` puts the addresses of x and of all names below it into its sets, whatever the case; the longest domain
  that fits counts, and no other. A star in it matches nothing, and an empty label matches every name; neither is
  refused.
- ``server=/x/up`` and ``local=/x/`` mean x and all names below it, ``/*.x/`` the names below it alone; the longest
  counts, whatever other servers there are.
- Only an answer from upstream fills a set, not one from the cache, and an address that is added again does not last
  longer. So each new connection renews its address, and the cache keeps nothing for longer than the sets do.
- An accept in one table does not overrule a drop in another, so the list judges all that its clients send.
- Elements of a concatenated set must not overlap, ``auto-merge`` or not.

A packet filter neither looks into TLS nor asks for a login: what passes has every treatment.

Pure functions, no input or output.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import (
    Span,
    disjoint,
    span_text,
    table_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    OTHER_OWNER,
    Artefact,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.nftables_names import (
    Domains,
    Group,
    domains_of,
    fragment_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.nftables_rules import (
    Rules,
    decide,
    load,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import (
    PRIVATE_CLIENTS,
    OptionError,
    checked_choice,
    checked_clients,
    checked_flag,
    checked_networks,
    list_name,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Ports, merge
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import (
    COVERED_BY_NAME,
    for_names,
    for_networks,
)

__all__ = ["PLATFORM", "OptionError", "Options", "Rules", "compile", "decide", "load"]

PLATFORM: t.Final = "nftables"
COVERED_BY_NETWORK: t.Final = "covered_by_network"
HOOKS: t.Final = ("forward", "output")
_LONGEST_TIMEOUT: t.Final = 30 * 86400
_SHARED: t.Final = Loss(
    "",
    "widened",
    "a packet filter sees addresses, so other sites at an address that a listed name has are admitted as well",
    OTHER_OWNER,
    "shared_addresses",
)


@dataclass(frozen=True)
class Options:
    """What the site decides about the list.

    `clients` are the networks that it judges, and `untouched_networks` the destinations that it says nothing about.
    `everything_else` is what becomes of what is not on the list; with ``leave`` the list only sets `mark`. `names` is
    ``dnsmasq`` or ``none``, where only networks count. With `filter_dns` dnsmasq resolves listed names alone, by
    `upstreams`. `timeout` is how many seconds an address is kept after its last use; with `limit_cache` dnsmasq caches
    no longer.
    """

    name: str
    clients: tuple[str, ...] = PRIVATE_CLIENTS
    untouched_networks: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ("forward",)
    everything_else: str = "reject"
    mark: int | None = None
    names: str = "dnsmasq"
    filter_dns: bool = False
    upstreams: tuple[str, ...] = ()
    timeout: int = 86400
    limit_cache: bool = True

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Options:
        """Return checked options; None and absent keys take the default.

        Raises:
            OptionError: a value would not be what it claims once it is written into a ruleset, or two do not fit.
        """
        given = {field.name: data[field.name] for field in dataclasses.fields(cls) if data.get(field.name) is not None}
        given["name"] = list_name(given.get("name"))
        for key, choices in (("everything_else", ("reject", "drop", "leave")), ("names", ("dnsmasq", "none"))):
            if key in given:
                checked_choice(key, given[key], choices)
        if "clients" in given:
            given["clients"] = checked_clients(given["clients"])
        if "untouched_networks" in given:
            given["untouched_networks"] = checked_networks("untouched_networks", given["untouched_networks"])
        if "hooks" in given:
            given["hooks"] = tuple(sorted({checked_choice("hooks", hook, HOOKS) for hook in given["hooks"]}))
        if "upstreams" in given:
            given["upstreams"] = tuple(_upstream(upstream) for upstream in given["upstreams"])
        for key, low, high in (("timeout", 60, _LONGEST_TIMEOUT), ("mark", 1, 2**32 - 1)):
            if key in given:
                given[key] = _number(key, given[key], low, high)
        for key in ("filter_dns", "limit_cache"):
            if key in given:
                given[key] = checked_flag(key, given[key])
        options = cls(**given)
        _refuse_misfits(options)
        return options


def _refuse_misfits(options: Options) -> None:
    if not options.hooks:
        raise OptionError("hooks: the list is empty, so nothing would be judged")
    if (options.everything_else == "leave") != (options.mark is not None):
        raise OptionError(
            "mark: give one with 'everything_else: leave', for the site's rules to look at, and only then"
        )
    if options.filter_dns and (options.names == "none" or not options.upstreams):
        raise OptionError(
            "filter_dns: needs 'names: dnsmasq', and upstreams: the servers that resolve the listed names"
        )
    if options.upstreams and not options.filter_dns:
        raise OptionError("upstreams: dnsmasq is told of them with filter_dns only")


def _number(key: str, value: t.Any, low: int, high: int) -> int:
    """Return a number, which a template may have made a text."""
    if not re.fullmatch(r"[0-9]{1,12}", str(value)) or not low <= int(value) <= high:
        raise OptionError(f"{key}: {quoted(str(value))[1:-1]} is not between {low} and {high}")
    return int(value)


def _upstream(text: t.Any) -> str:
    import ipaddress

    address, _hash, port = str(text).partition("#")
    try:
        shown = str(ipaddress.ip_address(address))
    except ValueError as error:
        raise OptionError(f"upstreams: {quoted(str(text))} is no address ({error})") from error
    if _hash and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise OptionError(f"upstreams: {quoted(str(text))} has no port after its #")
    return f"{shown}#{int(port)}" if _hash else shown


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact that makes the firewall let pass what the endpoints say.

    The content is ``{"ruleset": text, "fragment": text or None}``; the fragment holds ``@FRAGMENT@`` and
    ``@GENERATION@`` where the device fills in its own.
    """
    merged = merge(endpoints)
    covered_by: dict[str, str] = {}
    losses = [loss for loss in map(breadth, merged) if loss is not None]
    domains = Domains()
    if options.names == "none":
        usable, by_network, without = for_networks(merged)
        covered_by.update((endpoint.subject, COVERED_BY_NETWORK) for endpoint in by_network)
        named = {endpoint.subject for endpoint in (*by_network, *without)}
        losses = [loss for loss in losses if loss.subject not in named]
        losses.extend(_without_networks(without))
    else:
        usable, by_name = for_names(merged)
        covered_by.update((endpoint.subject, COVERED_BY_NAME) for endpoint in by_name)
        domains = domains_of([e for e in usable if e.host is not None], options.filter_dns, covered_by)
        losses.extend(domains.losses)
        losses.extend([_SHARED] if domains.groups else [])
    spans = disjoint(span for endpoint in usable if endpoint.network is not None for span in _spans(endpoint))
    fragment = None
    if options.names == "dnsmasq":
        limit = options.timeout if options.limit_cache else None
        fragment = fragment_of(options.name, domains, options.upstreams if options.filter_dns else None, limit)
    return Artefact(
        platform=PLATFORM,
        content={"ruleset": _ruleset(domains, spans, options), "fragment": fragment},
        provenance=_provenance(domains, usable),
        needs={
            "clients": list(options.clients),
            "hooks": list(options.hooks),
            "names": options.names == "dnsmasq",
            "limits_cache": options.limit_cache,
            "timeout": options.timeout,
        },
        entries=len(domains.groups) + len({span.network for span in spans}),
        losses=tuple(sorted(set(losses), key=lambda loss: (loss.prop or "", loss.subject, loss.result, loss.detail))),
        covered_by=covered_by,
    )


def _without_networks(endpoints: t.Sequence[Endpoint]) -> t.Iterator[Loss]:
    if not endpoints:
        return
    sets = sorted({f"{o.source} {o.set}" if o.set else o.source for e in endpoints for o in e.sources})
    subjects = sorted({endpoint.subject for endpoint in endpoints})
    shown = ", ".join(subjects[:5]) + (f" and {len(subjects) - 5} more" if len(subjects) > 5 else "")
    where = f" in {len(sets)} set(s) ({', '.join(sets[:8])}{', ...' if len(sets) > 8 else ''})" if sets else ""
    detail = f"{len(subjects)} name(s){where} have no networks, and stay closed: {shown}"
    yield Loss("", "unsupported", detail, prop="names_without_networks")


def _spans(endpoint: Endpoint) -> t.Iterator[Span]:
    for transport, ports in (("tcp", endpoint.tcp_ports), ("udp", endpoint.udp_ports)):
        for low, high in ports:
            yield Span(str(endpoint.network), transport, low, high)


def _provenance(domains: Domains, usable: t.Sequence[Endpoint]) -> dict[str, t.Any]:
    """Return the services and the subjects of each entry: a domain of the fragment, or a network."""
    services: dict[str, set[str]] = {}
    subjects: dict[str, set[str]] = {}
    for endpoint in usable:
        entry = endpoint.network if endpoint.host is None else domains.entry_of.get(endpoint.subject)
        if entry is not None:
            services.setdefault(entry, set()).update(endpoint.services)
            subjects.setdefault(entry, set()).add(endpoint.subject)
    return {
        "entries": {
            entry: [", ".join(sorted(services[entry])), ", ".join(sorted(subjects[entry]))] for entry in services
        }
    }


# -- the ruleset -------------------------------------------------------------------------------------------------


def _ruleset(domains: Domains, spans: t.Sequence[Span], options: Options) -> str:
    table = table_of(options.name)
    groups = sorted(set(domains.groups.values()), key=lambda group: group.id)
    lines = [
        f"# Allow-list {options.name}, written by the Ansible collection managed_desktop.network.",
        "# Not to be edited: the next run finds a change and undoes it.",
        f"table inet {table}",
        f"delete table inet {table}",
        f"table inet {table} {{",
        *_address_sets("clients", options.clients),
        *_address_sets("untouched", options.untouched_networks),
        *_span_sets("networks", spans),
    ]
    if options.names == "dnsmasq":
        for family in "46":
            lines += _set(f"kept{family}", _concatenated(family), "interval,timeout", timeout=options.timeout)
        for group in groups:
            for family in "46":
                kind = f"ipv{family}_addr"
                lines += _set(f"{group.id}_{family}", kind, "dynamic,timeout", timeout=options.timeout)
    for hook in options.hooks:
        lines += _hook_chain(hook, options)
    lines += ["\tchain decide {", *(f"\t\t{rule}" for rule in _decisions(groups, options)), "\t}", "}"]
    return "\n".join(lines) + "\n"


def _concatenated(family: str) -> str:
    return f"ipv{family}_addr . inet_proto . inet_service"


def _set(
    name: str, kind: str, flags: str, elements: t.Sequence[str] = (), merge: bool = False, timeout: int = 0
) -> list[str]:
    return [
        f"\tset {name} {{",
        f"\t\ttype {kind}",
        f"\t\tflags {flags}",
        *(["\t\tauto-merge"] if merge else []),
        *([f"\t\ttimeout {timeout}s"] if timeout else []),
        *(["\t\telements = { " + ",\n\t\t\t".join(elements) + " }"] if elements else []),
        "\t}",
    ]


def _address_sets(stem: str, networks: t.Sequence[str]) -> t.Iterator[str]:
    for family in "46":
        members = [network for network in networks if (":" in network) == (family == "6")]
        yield from _set(f"{stem}{family}", f"ipv{family}_addr", "interval", members, merge=True)


def _span_sets(stem: str, spans: t.Sequence[Span]) -> t.Iterator[str]:
    for family in "46":
        members = [span.text for span in spans if (":" in span.network) == (family == "6")]
        yield from _set(f"{stem}{family}", _concatenated(family), "interval", members, merge=True)


def _hook_chain(hook: str, options: Options) -> t.Iterator[str]:
    yield f"\tchain {hook} {{"
    yield f"\t\ttype filter hook {hook} priority -1; policy accept;"
    yield "\t\tct state established,related accept"
    if hook == "output":
        yield '\t\toifname "lo" accept'
        yield "\t\ticmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept"
    for protocol, family in (("ip", "4"), ("ip6", "6")):
        yield f"\t\t{protocol} daddr @untouched{family} accept"
    for protocol, family in (("ip", "4"), ("ip6", "6")):
        yield f"\t\t{protocol} saddr @clients{family} goto decide"
    yield "\t}"


def _decisions(groups: t.Sequence[Group], options: Options) -> t.Iterator[str]:
    verdict = "accept" if options.mark is None else f"meta mark set {options.mark} accept"
    families = (("ip", "4"), ("ip6", "6"))
    for stem in ("networks", "kept") if options.names == "dnsmasq" else ("networks",):
        for protocol, family in families:
            yield f"{protocol} daddr . meta l4proto . th dport @{stem}{family} {verdict}"
    for group in groups:
        for transport, ports in (("tcp", group.tcp), ("udp", group.udp)):
            if not ports:
                continue
            for protocol, family in families:
                name = f"{group.id}_{family}"
                renew = f"update @{name} {{ {protocol} daddr timeout {options.timeout}s }}"
                yield f"{protocol} daddr @{name} {transport} dport {_ports(ports)} ct state new {renew} {verdict}"
    if options.everything_else == "reject":
        yield "reject with icmpx admin-prohibited"
    elif options.everything_else == "drop":
        yield "drop"


def _ports(ports: Ports) -> str:
    written = [span_text(low, high) for low, high in ports]
    return written[0] if len(written) == 1 else "{ " + ", ".join(written) + " }"
