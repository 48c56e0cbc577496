# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How FortiOS writes an allow-list: one push feed, or one table of the URL filter.

``push_feed``
    Content ``{"type": …, "status": "enable", "entries": [line, …]}``; the lines are those of the feed format
    ``fortigate_domain``, whether the feed is of type `domain` or `category` (FortiGuard category: one URL a line, where
    a bare name stands for the whole host, "Configuring a custom external threat feed URL", ta-p/251864).
``url_filter``
    Content ``{"entries": [{"url", "type", "action", "exempt", "status"}, …]}``, and ``"include_subdomains":
    "disable"`` where the version has it. The ids of entries are no part of it.

A device is one of four `VARIANTS` for the URL filter, by the mode of inspection and by whether it has
``include-subdomains``; for a feed they are all the same.

The filter sees URLs and not ports, and it judges after TLS was intercepted and the client has logged in: that these
treatments are wanting is told once, as a property.

Pure functions, no input or output.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    SAME_OWNER,
    Artefact,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.fortios_entries import (
    FLOW,
    LONGEST_URL,
    PROXY,
    SIMPLE,
    Rule,
    Written,
    beside,
    for_host,
    for_path,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import (
    Members,
    PortGroup,
    minimised,
    services_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import (
    OptionError,
    checked_choice,
    list_name,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Endpoint,
    Request,
    merge,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import normalise_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import COVERED_BY_NAME, for_names

__all__ = ["PLATFORM", "VARIANTS", "OptionError", "Options", "Rules", "compile", "decide", "load", "variants"]

PLATFORM: t.Final = "fortios"
PUSH_FEED: t.Final = "push_feed"
URL_FILTER: t.Final = "url_filter"
EXEMPT: t.Final = "exempt"
ACTIONS: t.Final = (EXEMPT, "allow", "monitor")
SKIPPED: t.Final = (
    "activex-java-cookie",
    "all",
    "antiphish",
    "av",
    "dlp",
    "fortiguard",
    "pass",
    "range-block",
    "web-content",
)
"""What an exempted URL may skip, by the device's own schema."""

VARIANTS: t.Final[t.Mapping[str, tuple[str, bool]]] = {
    "flow": (FLOW, False),
    "proxy": (PROXY, False),
    "flow_7_6_3": (FLOW, True),
    "proxy_7_6_3": (PROXY, True),
}
"""The kinds of device: the mode of inspection, and whether simple entries can be told to match their name alone."""

MOST: t.Final = 5_000_000
"""The most entries that any model takes (Fortinet, "External resource entry limit enhancements", FortiOS 7.4.4)."""


@dataclass(frozen=True)
class Options:
    """`method` is push_feed or url_filter; of the rest, a feed has its type and a filter its action and variant.

    `most` is how many entries the site says that the device takes.
    """

    name: str
    method: str
    feed_type: str = "domain"
    action: str = EXEMPT
    exempt: tuple[str, ...] = ("fortiguard",)
    mode: str = FLOW
    include_subdomains: bool = False
    most: int | None = None

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any], variant: str = "flow") -> Options:
        """Return checked options; None and absent keys take the default.

        Raises:
            OptionError: a value does not fit.
        """
        method = checked_choice("method", data.get("method"), (PUSH_FEED, URL_FILTER))
        action = checked_choice("entry_action", data.get("entry_action") or EXEMPT, ACTIONS)
        given = data.get("exempt") or ("fortiguard",)
        skipped = given.split(",") if isinstance(given, str) else given
        exempt = tuple(sorted({checked_choice("exempt", item, SKIPPED) for item in skipped}))
        mode, include_subdomains = VARIANTS[variant]
        most = data.get("max_entries")
        if most is not None and most < 1:
            raise OptionError(f"max_entries: {most} is no number of entries")
        return cls(
            name=list_name(data.get("name")),
            method=method,
            feed_type=checked_choice("feed_type", data.get("feed_type") or "domain", ("domain", "category")),
            action=action,
            exempt=exempt if action == EXEMPT else (),
            mode=mode,
            include_subdomains=include_subdomains,
            most=most,
        )


@dataclass(frozen=True)
class Rules:
    """What the device makes of the list: the patterns of a feed, or the entries of a filter."""

    feed: feed.Rules | None
    entries: tuple[Rule, ...] = ()


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact for a feed or for a filter.

    Raises:
        OptionError: no device takes that many entries, or this one does not.
    """
    return _feed(endpoints, options) if options.method == PUSH_FEED else _filter(endpoints, options)


def variants(endpoints: t.Sequence[Endpoint], data: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
    """Return the artefact for each kind of device that a task's options leave open, the one with most losses first.

    Raises:
        OptionError: a value does not fit.
    """
    if data.get("method") == PUSH_FEED:
        return {PUSH_FEED: compile(endpoints, Options.from_dict(data))}
    modes = (FLOW,) if data.get("inspection_mode") == FLOW else (PROXY, FLOW)
    names = [name for mode in modes for name, (own, _alone) in VARIANTS.items() if own == mode]
    return {name: compile(endpoints, Options.from_dict(data, name)) for name in names}


def load(content: t.Mapping[str, t.Any], options: Options) -> Rules:
    """Read a list as a device of the options' variant does."""
    if options.method == PUSH_FEED:
        return Rules(feed.load({"body": "\n".join(content["entries"])}, _feed_options(options)))
    alone = content.get("include_subdomains") == "disable"
    return Rules(None, tuple(Rule(entry["type"], entry["url"], options.mode, alone) for entry in content["entries"]))


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return ``allow`` where the list has the request's URL, whatever its port; a filter sees TCP alone."""
    if rules.feed is not None:
        return feed.decide(rules.feed, request)
    name = normalise_name(request.host)
    if request.transport == "tcp" and any(rule.matches(name, request.path or "") for rule in rules.entries):
        return frozenset({ALLOW})
    return frozenset()


# -- the feed ----------------------------------------------------------------------------------------------------


def _feed_options(options: Options) -> feed.Options:
    return feed.Options(options.name, "fortigate_domain", min(options.most or MOST, MOST))


def _feed(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    made = feed.compile(endpoints, _feed_options(options))
    lines = sorted(made.content["body"].split(), key=lambda line: tuple(reversed(line.split("."))))
    return Artefact(
        platform=PLATFORM,
        content={"type": options.feed_type, "status": "enable", "entries": lines},
        provenance=made.provenance,
        needs={"entries": len(lines), "bytes": sum(len(line) + 1 for line in lines)},
        entries=len(lines),
        losses=made.losses,
        covered_by=made.covered_by,
    )


# -- the filter --------------------------------------------------------------------------------------------------

_ONE_GROUP: t.Final = PortGroup((), frozenset())


def _filter(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    merged, by_name = for_names(merge(endpoints))
    covered_by = {endpoint.subject: COVERED_BY_NAME for endpoint in by_name}
    usable = [endpoint for endpoint in merged if endpoint.host is not None and endpoint.tcp_ports]
    members = minimised({_ONE_GROUP: usable}, covered_by)[_ONE_GROUP]
    losses = [*_losses_of_endpoints(merged), *_losses_of_platform(merged, options)]
    entries = dict(sorted(_entries(members, options, losses)))
    if options.most is not None and len(entries) > options.most:
        raise OptionError(
            f"endpoints: the table would have {len(entries):,} entries, and the device takes {options.most:,} "
            "(max_entries). Choose fewer services"
        )
    services = services_of(usable, covered_by)
    content: dict[str, t.Any] = {"entries": [_native(written, options) for written in entries]}
    if options.include_subdomains:
        content["include_subdomains"] = "disable"
    return Artefact(
        platform=PLATFORM,
        content=content,
        provenance={"entries": {written.url: [services.get(s, ""), s] for written, s in entries.items()}},
        needs={"entries": len(entries), "simple": sum(written.type == SIMPLE for written in entries)},
        entries=len(entries),
        losses=tuple(sorted(losses, key=lambda loss: (loss.subject, loss.result, loss.detail))),
        covered_by=covered_by,
    )


def _entries(members: Members, options: Options, losses: list[Loss]) -> t.Iterator[tuple[Written, str]]:
    """Yield each entry with the endpoint that it stands for."""
    for host in members.names:
        written = for_host(host, options.mode, options.include_subdomains)
        if written.type == SIMPLE:
            losses += beside(host, options.include_subdomains)
        if _fits(written, host.text, losses):
            yield written, host.text
    for endpoint in members.paths:
        written = for_path(endpoint)
        if _fits(written, endpoint.subject, losses):
            yield written, endpoint.subject
            detail = "the filter may not tell upper from lower case, nor http from an https that is inspected"
            losses.append(Loss(endpoint.subject, "widened", detail, SAME_OWNER))


def _fits(written: Written, subject: str, losses: list[Loss]) -> bool:
    if len(written.url) <= LONGEST_URL:
        return True
    detail = f"its expression has {len(written.url)} characters, and an entry at most {LONGEST_URL}"
    losses.append(Loss(subject, "unsupported", detail))
    return False


def _native(written: Written, options: Options) -> dict[str, t.Any]:
    return {
        "url": written.url,
        "type": written.type,
        "action": options.action,
        "exempt": list(options.exempt),
        "status": "enable",
    }


def _losses_of_endpoints(merged: t.Iterable[Endpoint]) -> t.Iterator[Loss]:
    for endpoint in merged:
        wide = breadth(endpoint)
        if wide is not None:
            yield wide
        if endpoint.udp_ports:
            yield Loss(endpoint.subject, "out_of_scope", "a URL filter sees HTTP and TLS over TCP, not UDP")
        if endpoint.host is None and endpoint.tcp_ports:
            yield Loss(
                endpoint.subject, "unsupported", "a URL filter has names only; the policy's addresses judge networks"
            )


def _losses_of_platform(merged: t.Sequence[Endpoint], options: Options) -> t.Iterator[Loss]:
    if merged:
        detail = "the filter has no ports; the policy that uses it says which are open"
        yield Loss("", "widened", detail, SAME_OWNER, prop="ports")
    if options.action != EXEMPT:
        detail = (
            f"{options.action} leaves what FortiGuard's category says of a listed site in force, which may block it "
            "(Fortinet, ta-p/231334); entry_action: exempt does not"
        )
        yield Loss("", "narrowed", detail, prop="categories")
    lacking = {treatment for endpoint in merged for treatment in endpoint.treatments}
    for treatment, instead in _INSTEAD.items():
        if treatment in lacking:
            yield Loss("", "unsupported", f"the filter judges after that; {instead}", prop=treatment)


_INSTEAD: t.Final[t.Mapping[str, str]] = {
    BYPASS_AUTHENTICATION: "let a policy of the site's own without a login come first for these endpoints",
    BYPASS_INSPECTION: (
        "push these endpoints as a feed (method: push_feed, feed_type: category, treatments: [bypass_inspection]) and "
        "exempt its category in the SSL inspection profile"
    ),
}
