# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a DNS firewall's response policy zones write and decide an allow-list.

Observed on BIND 9.18.49, Unbound 1.17.1 and PowerDNS Recursor 4.8.8, which the conformance test asks all three:

- One zone that lists what passes and denies the rest leaks: ``*`` does not apply below a name that exists, and ``com``
  exists as soon as one name below it is listed. So there are two zones, and the first that matches counts.
- ``h CNAME rpz-passthru.`` is that name alone, ``*.d`` every name below d and not d itself.
- The same holds for the zone that denies: any other record in it would let names beside that record through.
- A name below a wildcard cuts the wildcard off for what lies around it, on BIND and Unbound. The list is minimised, so
  that there is none; where one has to stand there, what it cuts off is written out.
- A star inside a label, or as an inner label, is taken for a literal label: accepted, and never matched.
- Data of other types is answered as it stands. A TXT record of a name of ours tells which list runs. ``.invalid`` and
  ``.test`` do not do for that: Unbound answers for them by itself, before any policy.
- A zone file with a fault leaves the old zone in force on BIND and PowerDNS; Unbound takes what stands before it.

A resolver sees names, neither ports nor paths nor addresses that nobody looked up.

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    OTHER_OWNER,
    SAME_OWNER,
    Artefact,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import services_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import (
    OptionError,
    checked_flag,
    list_name,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import ALLOW, Endpoint, Request, merge
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    GLOB,
    LITERAL,
    MAX_NAME,
    HostPattern,
    covers,
    minimise,
    normalise_name,
    parse,
    reversed_labels,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import registrable
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import COVERED_BY_NAME, for_names

__all__ = ["PLATFORM", "OptionError", "Options", "Rules", "compile", "decide", "load", "state_host"]

PLATFORM: t.Final = "rpz"
_RECORD = re.compile(r"^(\S+) CNAME rpz-passthru\.$", re.M)
_HEAD: t.Final = "$TTL 60\n@ SOA localhost. hostmaster.localhost. {serial} 3600 600 86400 60\n@ NS localhost.\n"


@dataclass(frozen=True)
class Options:
    """`name` is the list's, from which those of the zones follow. `widen_globs` says whether stars in labels widen."""

    name: str
    widen_globs: bool = False

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Options:
        """Return checked options; None and absent keys take the default.

        Raises:
            OptionError: a value does not fit.
        """
        return cls(list_name(data.get("name")), checked_flag("widen_globs", data.get("widen_globs")))


def state_host(name: str) -> str:
    """Return the name of ours whose TXT record tells which list runs (RFC 2606 keeps .example free)."""
    return f"{name.replace('_', '-')}.allowlist.example"


class _Chosen(t.NamedTuple):
    """Patterns to be written, each with the subject of the endpoint that it stands for, and what is lost."""

    patterns: dict[HostPattern, str]
    losses: list[Loss]


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact: ``{"allow": text, "deny": text}``, the files of the two zones.

    ``@SERIAL@`` and ``@DIGEST@`` stand where the device fills in its own.
    """
    merged, by_name = for_names(merge(endpoints))
    covered_by: dict[str, str] = {endpoint.subject: COVERED_BY_NAME for endpoint in by_name}
    chosen = _choose(merged, options)
    dropped: dict[HostPattern, HostPattern] = {}
    kept = sorted(minimise(chosen.patterns, dropped), key=reversed_labels)
    covered_by.update((chosen.patterns[host], by.text) for host, by in dropped.items())
    owners = [host.text for host in kept] + _cut_off(kept, state_host(options.name))
    services = services_of(merged, covered_by)
    losses = [*chosen.losses, *_common(merged)]
    allow = [
        f"; Allow-list {options.name}, written by the Ansible collection managed_desktop.network.",
        "; Not to be edited: the next run finds a change and undoes it.",
        _HEAD.format(serial="@SERIAL@") + f'{state_host(options.name)} TXT "@DIGEST@ @SERIAL@"',
        *(f"{owner} CNAME rpz-passthru." for owner in owners),
        "",
    ]
    deny = [
        "; Denies what no zone before it lets through.",
        f"{_HEAD.format(serial=1)}* CNAME .",
        "",
    ]
    told = {host.text: [services.get(chosen.patterns[host], ""), chosen.patterns[host]] for host in kept}
    return Artefact(
        platform=PLATFORM,
        content={"allow": "\n".join(allow), "deny": "\n".join(deny)},
        provenance={"entries": told},
        needs={"entries": len(kept)},
        entries=len(kept),
        losses=tuple(sorted(set(losses), key=lambda loss: (loss.subject, loss.result, loss.detail))),
        covered_by=covered_by,
    )


def _choose(endpoints: t.Iterable[Endpoint], options: Options) -> _Chosen:
    patterns: dict[HostPattern, str] = {}
    losses: list[Loss] = []
    pathless = [e.host for e in endpoints if e.host is not None and e.path is None]
    for endpoint in endpoints:
        if endpoint.host is None:
            losses.append(Loss(endpoint.subject, "out_of_scope", "nobody asks a resolver for an address written out"))
            continue
        host, why = _as_owner(endpoint.host, options)
        if host is None:
            losses.append(Loss(endpoint.subject, "unsupported", why))
            continue
        patterns.setdefault(host, endpoint.subject)
        if endpoint.path is not None and not any(covers(pattern, endpoint.host) for pattern in pathless):
            losses.append(
                Loss(endpoint.subject, "widened", "a resolver sees no paths, so the whole host passes", SAME_OWNER)
            )
        elif host != endpoint.host:
            same = registrable(host) is not None
            text = f"a zone has no star inside a label, so {host.text} passes"
            losses.append(Loss(endpoint.subject, "widened", text, SAME_OWNER if same else OTHER_OWNER))
    return _Chosen(patterns, losses)


def _as_owner(host: HostPattern, options: Options) -> tuple[HostPattern | None, str]:
    """Return the pattern as a zone can have it, or None and why it cannot."""
    if host.kind == GLOB:
        if not options.widen_globs:
            return None, f"a zone has no star but the first label's (widen_globs lets *.{host.tail} pass instead)"
        host = parse(f"*.{host.tail}")
    zone = len(f".{options.name}.allow.rpz")
    if len(host.text) + zone > MAX_NAME:
        return None, f"with its zone's name it has {len(host.text) + zone} octets, and a name has at most {MAX_NAME}"
    if host.text.rpartition(".")[2].startswith("rpz-"):
        return None, "names that end in rpz-... are triggers of another kind to a zone"
    return host, ""


def _cut_off(kept: t.Iterable[HostPattern], state: str) -> list[str]:
    """Return what the name of ours cuts off from a wildcard above it: the names between them, and what lies below."""
    above = {host.tail for host in kept if host.kind != LITERAL}
    parents = [state.split(".", cut)[-1] for cut in range(state.count(".") + 1)]
    owners: list[str] = []
    for place, name in enumerate(parents):
        if any(tail in above for tail in parents[place + 1 :]):
            owners += [f"*.{name}", *([name] if name != state else [])]
    return [owner for owner in owners if owner not in {host.text for host in kept}]


def _common(endpoints: t.Sequence[Endpoint]) -> t.Iterator[Loss]:
    for endpoint in endpoints:
        wide = breadth(endpoint)
        if wide is not None:
            yield wide
    if any(endpoint.host is not None for endpoint in endpoints):
        detail = "a resolver sees no ports: who looks a name up may use any, as far as the resolver is concerned"
        yield Loss("", "widened", detail, SAME_OWNER, prop="ports")


# -- the reference -----------------------------------------------------------------------------------------------


class Rules(t.NamedTuple):
    """What a server holds: owners without and with a star."""

    names: frozenset[str]
    below: frozenset[str]


def load(content: t.Mapping[str, t.Any]) -> Rules:
    """Read the first zone as a server does; the second denies everything else."""
    owners = _RECORD.findall(content["allow"])
    return Rules(
        frozenset(owner for owner in owners if not owner.startswith("*.")),
        frozenset(owner[2:] for owner in owners if owner.startswith("*.")),
    )


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return ``allow`` where the servers resolve the request's host."""
    name = normalise_name(request.host)
    if name in rules.names:
        return frozenset({ALLOW})
    labels = name.split(".")
    parents = (".".join(labels[place:]) for place in range(1, len(labels)))
    return frozenset({ALLOW}) if any(parent in rules.below for parent in parents) else frozenset()
