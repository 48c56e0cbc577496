# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Zscaler Internet Access writes an allow-list: custom URL categories, and URLs exempted from the login.

What its entries match, and by which page of the vendor's, is in `zia_rules`. What may be written (the same pages, and
zia/ranges-limitations): lower case, ASCII, no scheme, at most 1,024 characters, no top-level domain alone, no star; an
underscore neither in the last two labels, unless the name has no more, nor as a whole label. That no label begins or
ends with a hyphen is the worse case of "a standard URI format". One entry that does not fit has the whole request
rejected, so each is checked here. A tenant has 25,000 custom URLs unless it bought more. All
categories and the exempted URLs share them, and each URL counts once.

Since a name that stands in one category is taken from the wildcard of another, what is not to be inspected stands in
its own category *instead of* in the other, and the site's rule that allows has to name both. What a wildcard with that
treatment covers stands beside it.

A category sees names and URLs, not ports. TCP ports other than 80 and 443 are the firewall's policy's to decide
(zia/understanding-policy-enforcement).

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.module_utils._zia.lists import url_order
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
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.zia_rules import (
    LEVELS,
    Rules,
    decide,
    load,
    within_reach,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Endpoint,
    merge,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    GLOB,
    LITERAL,
    HostPattern,
    covers,
    parse,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import registrable
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import COVERED_BY_NAME, for_names

__all__ = ["PLATFORM", "OptionError", "Options", "Rules", "compile", "decide", "load"]

PLATFORM: t.Final = "zia"
MOST: t.Final = 25_000
"""How many custom URLs a tenant has that bought no more."""
LONGEST: t.Final = 1024
_WEB_PORTS: t.Final = ((80, 80), (443, 443))
_NAMED: t.Final = 8


@dataclass(frozen=True)
class Options:
    """`bypass_inspection` says whether there is a category for it, `bypass_authentication` whether URLs are exempted.

    `widen_globs` says whether a star inside a label widens, `most` how many custom URLs the tenant may have.
    """

    name: str
    bypass_inspection: bool = False
    bypass_authentication: bool = False
    widen_globs: bool = False
    most: int = MOST

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Options:
        """Return checked options from a module's arguments; None and absent keys take the default.

        Raises:
            OptionError: a value does not fit.
        """
        most = data.get("max_urls")
        if most is not None and most < 1:
            raise OptionError(f"max_urls: {most} is no number of URLs")
        return cls(
            list_name(data.get("name")),
            bool(data.get("inspection_category")),
            checked_flag("exempt_authentication", data.get("exempt_authentication")),
            checked_flag("widen_globs", data.get("widen_globs")),
            most or MOST,
        )


class _Asked(t.NamedTuple):
    """One pattern, with or without a path, and all that is asked for it. `host` is as the service can have it."""

    subject: str
    pattern: HostPattern
    host: HostPattern
    path: str | None
    treatments: frozenset[str]

    @property
    def url(self) -> str:
        name = self.host.text if self.host.kind == LITERAL else f".{self.host.tail}"
        return name + (self.path or "")


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact: content ``{"allow": [url, ...]}``, with ``bypass_inspection`` and ``bypass_authentication``
    where the options have them.

    Raises:
        OptionError: the tenant takes fewer custom URLs.
    """
    merged, by_name = for_names(merge(endpoints))
    covered_by: dict[str, str] = {endpoint.subject: COVERED_BY_NAME for endpoint in by_name}
    losses: list[Loss] = []
    asked = _united(_asked(merged, options, losses))
    lists = {key: _kept(chosen, covered_by) for key, chosen in _divided(asked, options).items()}
    losses += _losses(merged, asked, lists, options)
    services = services_of(merged, covered_by)
    told = {
        f"{key} {url}": [services.get(a.subject, ""), _shown(a, key)] for key in lists for url, a in lists[key].items()
    }
    urls = {url for chosen in lists.values() for url in chosen}
    if len(urls) > options.most:
        raise OptionError(
            f"endpoints: the list has {len(urls):,} custom URLs, and the tenant takes {options.most:,} (max_urls), "
            "those of all its categories together. Choose fewer services, or say how many your tenant has"
        )
    return Artefact(
        platform=PLATFORM,
        content={key: sorted(chosen, key=url_order) for key, chosen in lists.items()},
        provenance={"entries": told},
        needs={"entries": len(urls), "exempted": list(lists.get(BYPASS_AUTHENTICATION, ()))},
        entries=sum(map(len, lists.values())),
        losses=tuple(sorted(set(losses), key=lambda loss: (loss.subject, loss.result, loss.detail))),
        covered_by={subject: by for subject, by in covered_by.items() if subject != by},
    )


def _shown(asked: _Asked, key: str) -> str:
    return asked.subject if key == ALLOW else f"{asked.subject}  {key}"


# -- what can be written -----------------------------------------------------------------------------------------


def _asked(endpoints: t.Iterable[Endpoint], options: Options, losses: list[Loss]) -> t.Iterator[_Asked]:
    for endpoint in endpoints:
        if not endpoint.tcp_ports:
            continue
        if endpoint.host is None:
            why = "a URL category takes ranges of addresses only where Zscaler enabled that, and those of IPv4 alone"
            losses.append(Loss(endpoint.subject, "unsupported", why))
            continue
        host = endpoint.host
        if host.kind == GLOB:
            if not options.widen_globs:
                why = f"an entry has no star but a first label's (widen_globs lets *.{host.tail} pass instead)"
                losses.append(Loss(endpoint.subject, "unsupported", why))
                continue
            host = parse(f"*.{host.tail}")
        path = _written_path(endpoint, host)
        asked = _Asked(endpoint.subject, endpoint.host, host, path, endpoint.treatments)
        why_not = _refused(asked)
        if why_not:
            losses.append(Loss(endpoint.subject, "unsupported", why_not))
        else:
            yield asked


def _written_path(endpoint: Endpoint, host: HostPattern) -> str | None:
    """Return the path as an entry has it: whole, or a directory with its slash; None where only the host can stand.

    A directory stands for what begins with it and goes on with what no entry may have: a star, upper case, or what
    reads like a scheme.
    """
    path = endpoint.path
    if path is None or host.kind != LITERAL:
        return None
    writable = re.split(r"[*A-Z]|://", path, maxsplit=1)[0]
    if writable != path:
        path = writable[: writable.rindex("/") + 1]
    elif path.endswith("/"):
        return path if path != "/" else None  # what lies under it passes as well
    return None if path == "/" else path


def _refused(asked: _Asked) -> str | None:
    """Return why the service would reject an entry, and with it the whole list; None where it fits."""
    labels = (asked.host.text if asked.host.kind == LITERAL else asked.host.tail).split(".")
    if len(labels) < 2:
        return "an entry cannot be a top-level domain alone"
    if "_" in labels[-1] or ("_" in labels[-2] and (len(labels) > 2 or asked.host.kind != LITERAL)):
        return "an entry may have no underscore in its last two labels, unless it has no more"
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        return "no label of an entry may begin or end with a hyphen"
    if "_" in labels:
        return "an underscore may not be a whole label of an entry"
    if len(asked.url) > LONGEST:
        return f"the entry has {len(asked.url):,} characters, and at most {LONGEST:,} are taken"
    return None


def _united(asked: t.Iterable[_Asked]) -> list[_Asked]:
    """Return each pattern and path once, with what every pattern that covers it asks for: so the list means it."""
    found: dict[str, _Asked] = {}
    for one in asked:
        known = found.get(one.subject)
        found[one.subject] = one if known is None else known._replace(treatments=known.treatments | one.treatments)
    more = _Covering(one for one in found.values() if one.path is None and one.treatments != {ALLOW})
    return [one._replace(treatments=one.treatments | more.of(one.pattern)) for one in found.values()]


class _Covering:
    """Finds what the patterns that cover another one ask for, without comparing each with each."""

    def __init__(self, special: t.Iterable[_Asked]) -> None:
        self._names: dict[str, frozenset[str]] = {}
        self._below: dict[str, frozenset[str]] = {}
        self._globs: list[_Asked] = []
        for one in special:
            if one.pattern.kind == GLOB:
                self._globs.append(one)
            else:
                (self._names if one.pattern.kind == LITERAL else self._below)[one.pattern.tail] = one.treatments

    def of(self, pattern: HostPattern) -> frozenset[str]:
        """Return the treatments of all patterns that cover this one."""
        labels = pattern.text.split(".")
        found = [self._below.get(".".join(labels[above:])) for above in range(1, len(labels))]
        if pattern.kind == LITERAL:
            found.append(self._names.get(pattern.text))
        found += [one.treatments for one in self._globs if covers(one.pattern, pattern)]
        return frozenset().union(*(treatments for treatments in found if treatments))


# -- the lists ---------------------------------------------------------------------------------------------------

_Lists = dict[str, dict[str, _Asked]]


def _divided(asked: t.Sequence[_Asked], options: Options) -> dict[str, list[_Asked]]:
    """Return what stands in each list. A category of its own takes from the other what is not to be inspected."""
    apart = {a.url for a in asked if options.bypass_inspection and BYPASS_INSPECTION in a.treatments}
    lists = {ALLOW: [a for a in asked if a.url not in apart]}
    if options.bypass_inspection:
        lists[BYPASS_INSPECTION] = [a for a in asked if a.url in apart]
    if options.bypass_authentication:
        lists[BYPASS_AUTHENTICATION] = [a for a in asked if BYPASS_AUTHENTICATION in a.treatments]
    return lists


def _kept(asked: t.Sequence[_Asked], covered_by: dict[str, str]) -> dict[str, _Asked]:
    """Return by its text each entry that no other one of the same list stands for.

    A wildcard below another reaches deeper, and so does a name more than five levels below: these stay.
    """
    by_url: dict[str, _Asked] = {}
    for one in sorted(asked, key=lambda one: (one.pattern.kind == GLOB, one.subject)):
        known = by_url.setdefault(one.url, one)
        if known is not one:
            covered_by[one.subject] = known.subject
    kept = {}
    for url, one in by_url.items():
        coverer = _coverer(one, by_url)
        if coverer is None:
            kept[url] = one
        else:
            covered_by[one.subject] = coverer.subject
    return kept


def _coverer(one: _Asked, by_url: t.Mapping[str, _Asked]) -> _Asked | None:
    if one.host.kind != LITERAL:
        return None
    if one.path is not None and one.host.text in by_url:
        return by_url[one.host.text]
    for parent in within_reach(one.host.text):
        if f".{parent}" in by_url:
            return by_url[f".{parent}"]
    if one.path is None:
        return None
    whole = f"{one.host.text}{one.path}"
    return next((by_url[url] for url in _directories(whole) if url != whole and url in by_url), None)


def _directories(url: str) -> t.Iterator[str]:
    for place, character in enumerate(url):
        if character == "/":
            yield url[: place + 1]


# -- losses ------------------------------------------------------------------------------------------------------


def _losses(
    endpoints: t.Sequence[Endpoint], asked: t.Sequence[_Asked], lists: _Lists, options: Options
) -> t.Iterator[Loss]:
    for endpoint in endpoints:
        wide = breadth(endpoint)
        if wide is not None:
            yield wide
        if endpoint.udp_ports:
            yield Loss(endpoint.subject, "out_of_scope", "a URL category is for web traffic, not for UDP")
    by_subject = {endpoint.subject: endpoint for endpoint in endpoints}
    names = {one.host.text: one.treatments for one in asked if one.host.kind == LITERAL and one.path is None}
    for one in asked:
        yield from _widened(one, by_subject[one.subject], names)
    yield from _properties(endpoints, asked, lists, options)


def _widened(one: _Asked, endpoint: Endpoint, names: t.Mapping[str, frozenset[str]]) -> t.Iterator[Loss]:
    owner = SAME_OWNER if registrable(one.host) is not None else OTHER_OWNER
    if one.pattern != one.host:
        detail = f"an entry has no star inside a label, so {one.host.text} and {one.host.tail} pass"
        yield Loss(one.subject, "widened", detail, owner)
    elif one.host.kind != LITERAL and not _has_apex(one, names):
        yield Loss(one.subject, "widened", f"the entry {one.url} also means {one.host.tail} itself", owner)
    if endpoint.path is None:
        return
    if one.path is None:
        yield Loss(one.subject, "widened", f"no entry says this path, so {one.url} passes whole", SAME_OWNER)
    elif one.path.endswith("/"):
        detail = f"what lies under {one.url} passes, with any query, and where HTTPS is inspected by HTTPS too"
        yield Loss(one.subject, "widened", detail, SAME_OWNER)
    else:
        detail = f"where HTTPS is inspected, {one.url} passes by HTTPS too"
        yield Loss(one.subject, "widened", detail, SAME_OWNER)


def _has_apex(one: _Asked, names: t.Mapping[str, frozenset[str]]) -> bool:
    """Tell whether a wildcard's own name is listed: in its category, or in the other one, where it goes first.

    In the list of exempted URLs nothing goes first.
    """
    apex = names.get(one.host.tail)
    return apex is not None and (BYPASS_AUTHENTICATION not in one.treatments or BYPASS_AUTHENTICATION in apex)


def _properties(
    endpoints: t.Sequence[Endpoint], asked: t.Sequence[_Asked], lists: _Lists, options: Options
) -> t.Iterator[Loss]:
    if any(lists.values()):
        detail = "URL categories have no ports; the rules that name them say which are open"
        yield Loss("", "widened", detail, SAME_OWNER, prop="ports")
    deep = [one.subject for one in asked if one.host.kind != LITERAL]
    if deep:
        detail = f"names more than {LEVELS} levels below a wildcard's are not matched ({_some(deep)})"
        yield Loss("", "narrowed", detail, prop="depth")
    other = [
        f"{e.subject} tcp/{','.join(map(str, show_ports(e.tcp_ports)))}"
        for e in endpoints
        if e.host is not None and any(ports not in _WEB_PORTS for ports in e.tcp_ports)
    ]
    if other:
        detail = f"TCP ports other than 80 and 443 need a rule of the firewall's policy as well ({_some(other)})"
        yield Loss("", "narrowed", detail, prop="other_ports")
    nested = list(_nested(lists.get(BYPASS_INSPECTION, {}), lists[ALLOW]))
    if nested:
        detail = (
            "which of two wildcards in different categories goes first is not documented, so these may be inspected: "
            f"{_some(nested)}"
        )
        yield Loss("", "narrowed", detail, prop="nested_wildcards")
    lacking = {
        BYPASS_INSPECTION: (options.bypass_inspection, "inspection_category"),
        BYPASS_AUTHENTICATION: (options.bypass_authentication, "exempt_authentication"),
    }
    for treatment, (given, option) in lacking.items():
        wanting = [one.subject for one in asked if treatment in one.treatments]
        if wanting and not given:
            yield Loss(
                "", "unsupported", f"{option} is not set, which would do this ({_some(wanting)})", prop=treatment
            )


def _nested(apart: t.Mapping[str, _Asked], others: t.Collection[str]) -> t.Iterator[str]:
    """Yield what stands in a category of its own below or above a wildcard of the other one."""
    for url, one in apart.items():
        if any(above in others for above in _above(url)):
            yield one.subject
    for url in others:
        yield from (apart[above].subject for above in _above(url) if above in apart)


def _above(url: str) -> t.Iterator[str]:
    """Yield the wildcards above a wildcard."""
    if url.startswith("."):
        labels = url[1:].split(".")
        for above in range(1, len(labels)):
            yield "." + ".".join(labels[above:])


def _some(subjects: t.Sequence[str]) -> str:
    named = sorted(set(subjects))
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
