# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flat lists that appliances fetch and read: how each format writes a name, and what its reader makes of it.

What a reader matches rests on its vendor's documentation, since none of them runs here; where that says nothing, the
worse case counts. A line means one or more host patterns, so whether it is exact is decided, not judged.

``panos_url``
    External dynamic list of type URL (PAN-OS), written as `panos_urls` says. 50,000 entries (palo alto networks, limits
    of external dynamic lists in the administrator's guide, PAN-OS 7.1 to 11.1).
``fortigate_domain``
    Threat feed of type domain (FortiOS), as in `fortigate_names`. 131,072 entries and lines of 4 KiB before FortiOS
    7.4.4.
``domains``
    One name a line, for readers of any kind. What they make of a name has to be said (`plain_matches`).
``networks``
    One network a line (CIDR). Names are what their networks stand for; those without networks cannot be covered.

None of them has ports: who may use what on which port is up to the rule that uses the list.

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    SAME_OWNER,
    Artefact,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import fortigate_names, panos_urls
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import (
    merged_networks,
    services_of,
    widened,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import OptionError, list_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import ALLOW, Endpoint, Request, merge
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    LITERAL,
    SUFFIX,
    HostPattern,
    matches,
    minimise,
    normalise_name,
    parse,
    quoted,
    reversed_labels,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import (
    COVERED_BY_NAME,
    for_names,
    for_networks,
)

__all__ = ["FORMATS", "PLATFORM", "OptionError", "Options", "Rules", "compile", "decide", "load"]

PLATFORM: t.Final = "feed"
EXACT: t.Final = "exact"
BELOW: t.Final = "subdomains"


@dataclass(frozen=True)
class _Format:
    """One format: the most entries, and characters in an entry, that its reader takes."""

    most: int
    longest: int


FORMATS: t.Final[t.Mapping[str, _Format]] = {
    "panos_url": _Format(50_000, panos_urls.LONGEST),
    "fortigate_domain": _Format(fortigate_names.MOST_ENTRIES, fortigate_names.LONGEST_LINE),
    "domains": _Format(1_000_000, 253),
    "networks": _Format(1_000_000, 64),
}


@dataclass(frozen=True)
class Options:
    """`format` is one of `FORMATS`, `most` how many entries its reader takes, `plain_matches` what a name means."""

    name: str
    format: str
    most: int
    plain_matches: str = EXACT

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Options:
        """Return checked options; None and absent keys take the default.

        Raises:
            OptionError: a value does not fit.
        """
        format = data.get("feed_format")
        if format not in FORMATS:
            raise OptionError(f"feed_format: {quoted(str(format))} is none of {', '.join(FORMATS)}")
        plain = data.get("plain_matches") or EXACT
        if plain not in (EXACT, BELOW):
            raise OptionError(f"plain_matches: {quoted(str(plain))} is none of {EXACT}, {BELOW}")
        most = data.get("max_entries")
        if most is not None and most < 1:
            raise OptionError(f"max_entries: {most} is no number of entries")
        return cls(list_name(data.get("name")), str(format), most or FORMATS[str(format)].most, str(plain))


class Rules(t.NamedTuple):
    """What the reader holds: the patterns that the lines mean, and the networks."""

    patterns: tuple[HostPattern, ...]
    networks: tuple[t.Any, ...]
    in_path: t.Callable[[HostPattern, str | None], bool] | None = None
    """Tells whether a pattern may match by a path, where the reader is one of which nobody knows that it does not."""


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact: content ``{"body": text}``, an entry a line.

    Raises:
        OptionError: the reader takes fewer entries.
    """
    merged = merge(endpoints)
    covered_by: dict[str, str] = {}
    written = _networks(merged, covered_by) if options.format == "networks" else _names(merged, options, covered_by)
    if len(written.lines) > options.most:
        raise OptionError(
            f"endpoints: the list has {len(written.lines):,} entries, and {options.format} takes {options.most:,} "
            "(max_entries); readers leave out the rest without a word. Choose fewer services, or split the list"
        )
    services = services_of(merged, covered_by)
    losses = [*written.losses, *_common(merged, written.lines)]
    if options.format == "panos_url":
        losses += panos_urls.star_in_paths(written.lines)
    return Artefact(
        platform=PLATFORM,
        content={"body": "".join(f"{line}\n" for line in written.lines)},
        provenance={"entries": {line: [services.get(subject, ""), subject] for line, subject in written.lines.items()}},
        needs={"entries": len(written.lines)},
        entries=len(written.lines),
        losses=tuple(sorted(losses, key=lambda loss: (loss.subject, loss.result, loss.detail))),
        covered_by=covered_by,
    )


class _Written(t.NamedTuple):
    """The lines in their order, each with the endpoint that it stands for, and the losses of single endpoints."""

    lines: dict[str, str]
    losses: list[Loss]


def _names(merged: t.Sequence[Endpoint], options: Options, covered_by: dict[str, str]) -> _Written:
    usable, by_name = for_names(merged)
    covered_by.update((endpoint.subject, COVERED_BY_NAME) for endpoint in by_name)
    losses: list[Loss] = []
    by_pattern: dict[HostPattern, Endpoint] = {}
    for endpoint in usable:
        if endpoint.host is None:
            losses.append(Loss(endpoint.subject, "unsupported", f"{options.format} has names only; use networks"))
        else:
            by_pattern.setdefault(endpoint.host, endpoint)
    dropped: dict[HostPattern, HostPattern] = {}
    lines: dict[str, str] = {}
    kept = set(minimise(by_pattern, dropped))
    for host in sorted(by_pattern, key=reversed_labels):
        line = _line(host, options)
        if line is None:
            losses.append(Loss(by_pattern[host].subject, "unsupported", _cannot(host, options)))
            continue
        if len(line) > FORMATS[options.format].longest:
            losses.append(Loss(by_pattern[host].subject, "unsupported", f"the entry has {len(line)} characters"))
            continue
        if host in kept:
            lines.setdefault(line, host.text)
            losses.extend(widened(host, _meaning(line, options)))
    covered_by.update((host.text, by.text) for host, by in dropped.items())
    losses += [
        Loss(e.subject, "widened", "the list has no paths, so the whole host is on it", SAME_OWNER)
        for e in usable
        if e.path is not None
    ]
    return _Written(lines, losses)


def _line(host: HostPattern, options: Options) -> str | None:
    """Return how the format writes a pattern; None where it cannot."""
    if options.format == "panos_url":
        return panos_urls.entry_of(host)
    if options.format == "fortigate_domain":
        return fortigate_names.line_of(host)
    if host.kind == LITERAL:
        return host.text
    return host.tail if options.plain_matches == BELOW else None


def _cannot(host: HostPattern, options: Options) -> str:
    if host.kind == SUFFIX:
        return "a plain list of names has no wildcards (plain_matches: subdomains, if its reader takes a name that way)"
    return f"{options.format} has no such wildcard"


def _meaning(line: str, options: Options) -> tuple[HostPattern, ...]:
    """Return what the reader makes of a line."""
    if options.format == "panos_url":
        return (panos_urls.meaning_of(line),)
    if options.format == "fortigate_domain":
        return fortigate_names.meaning_of(line)
    plain = parse(line)
    return (plain, parse(f"*.{line}")) if options.plain_matches == BELOW else (plain,)


def _networks(merged: t.Sequence[Endpoint], covered_by: dict[str, str]) -> _Written:
    usable, by_network, without = for_networks(merged)
    covered_by.update((endpoint.subject, "covered_by_network") for endpoint in by_network)
    losses = [
        Loss(endpoint.subject, "unsupported", "its source gives no networks, and a list of networks has no names")
        for endpoint in without
    ]
    networks = merged_networks({str(endpoint.network) for endpoint in usable}, covered_by)
    lines = {network: network for network in sorted(networks)}
    return _Written(lines, losses)


def _common(merged: t.Iterable[Endpoint], lines: t.Mapping[str, str]) -> t.Iterator[Loss]:
    for endpoint in merged:
        wide = breadth(endpoint)
        if wide is not None:
            yield wide
    if lines:
        detail = "the list has no ports; the rule that uses it says which are open"
        yield Loss("", "widened", detail, SAME_OWNER, prop="ports")


# -- the reference -----------------------------------------------------------------------------------------------


def load(content: t.Mapping[str, t.Any], options: Options) -> Rules:
    """Read a list as its reader does."""
    lines = [line for line in re.split(r"\r?\n", content["body"]) if line]
    if options.format == "networks":
        import ipaddress

        return Rules((), tuple(ipaddress.ip_network(line) for line in lines))
    patterns = tuple(pattern for line in lines for pattern in _meaning(line, options))
    return Rules(patterns, (), panos_urls.in_path if options.format == "panos_url" else None)


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return ``allow`` where the list has the request's host, or may have its path, whatever its port."""
    name = normalise_name(request.host)
    if any(matches(pattern, name) for pattern in rules.patterns):
        return frozenset({ALLOW})
    if rules.in_path is not None and any(rules.in_path(pattern, request.path) for pattern in rules.patterns):
        return frozenset({ALLOW})
    if rules.networks:
        import ipaddress

        try:
            address = ipaddress.ip_address((request.resolved or request.host).strip("[]"))
        except ValueError:
            return frozenset()
        if any(address in network for network in rules.networks):
            return frozenset({ALLOW})
    return frozenset()
