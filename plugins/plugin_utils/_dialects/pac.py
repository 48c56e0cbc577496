# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a proxy auto-configuration file writes and decides an allow-list.

A browser asks ``FindProxyForURL(url, host)`` where to send each request. Listed endpoints go to one target, everything
else to another. What was observed, on pacparser 1.5 and Chromium 156:

- A chain of ``shExpMatch`` costs 200 to 300 ms a decision with 10,000 entries; a look-up of the name and its parents in
  an object costs less than 20 µs. ``shExpMatch`` also lets a star cross dots, and ``dnsDomainIs(host, "x.example")``
  matches ``notx.example``, so neither is used.
- Nothing folds case or strips a trailing dot for the script, so the script does both.
- Chromium strips the path of https from `url`, and gives that of http whole. That other browsers do so too is assumed.
- Chromium drops a script of more than 1 MiB without a word, and goes direct.
- ``isInNet`` looks names up, which a client behind a proxy often cannot; networks here mean addresses that the URL
  itself names.

The script keeps to the third edition of ECMAScript, which every engine has.

Pure functions, no input or output.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact, Loss, breadth
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import (
    Members,
    PortGroup,
    groups_of,
    host_regex,
    minimised,
    services_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import OptionError, list_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.pac_rules import Rules, decide, load
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.pac_script import SCRIPT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Endpoint,
    merge,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import LITERAL, SUFFIX, quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import COVERED_BY_NAME, for_names

__all__ = ["PLATFORM", "OptionError", "Options", "Rules", "compile", "decide", "load"]

PLATFORM: t.Final = "pac"
DIRECT: t.Final = "DIRECT"
LARGEST: t.Final = 1_000_000
"""The largest body in bytes that is taken; Chromium drops one above 1 MiB (1,048,576)."""

_IN_ORDER: t.Final = (BYPASS_INSPECTION, BYPASS_AUTHENTICATION, ALLOW)
"""A request for which several treatments are wanted goes to the target of the first of them that has one."""

_KINDS: t.Final = {"": "PROXY", "http": "PROXY", "https": "HTTPS", "socks4": "SOCKS4", "socks5": "SOCKS5"}
_PROXY = re.compile(r"(?:([a-z0-9]+)://)?([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")


@dataclass(frozen=True)
class Options:
    """Where requests go, each as the engine writes it, such as ``PROXY proxy1.example.net:3128; DIRECT``.

    `others` is for what the list does not name, `targets` for what it does, by treatment; `ALLOW` is always there.
    """

    name: str
    others: str
    targets: tuple[tuple[str, str], ...] = ((ALLOW, DIRECT),)

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Options:
        """Return checked options; None and absent keys take the default.

        Raises:
            OptionError: a value would not be what it claims once it is written into a script.
        """
        others = _target(data.get("proxies") or [], "proxies")
        if not others:
            raise OptionError(
                "proxies: the list is empty; say where everything goes that is not listed, such as DIRECT"
            )
        targets = {ALLOW: _target(data.get("listed") or [DIRECT], "listed")}
        for treatment in (BYPASS_AUTHENTICATION, BYPASS_INSPECTION):
            given = data.get(treatment)
            if given:
                targets[treatment] = _target(given, treatment)
        return cls(list_name(data.get("name")), others, tuple(sorted(targets.items())))


def _target(proxies: t.Any, option: str) -> str:
    if isinstance(proxies, str) or not isinstance(proxies, (list, tuple)):
        raise OptionError(f"{option}: give a list of proxies, each host:port, scheme://host:port or DIRECT")
    return "; ".join(_proxy(str(proxy), option) for proxy in proxies)


def _proxy(text: str, option: str) -> str:
    if text.upper() == DIRECT:
        return DIRECT
    found = _PROXY.fullmatch(text)
    if not found or (found.group(1) or "") not in _KINDS or not 1 <= int(found.group(3)) <= 65535:
        raise OptionError(
            f"{option}: {quoted(text)} is no proxy; write DIRECT, host:port, or scheme://host:port with one of "
            f"{', '.join(scheme for scheme in _KINDS if scheme)}"
        )
    return f"{_KINDS[found.group(1) or '']} {found.group(2)}:{int(found.group(3))}"


class _Entry(t.NamedTuple):
    """One line of the script; `subjects` are the endpoints that it stands for."""

    section: str
    key: str
    group: int
    subjects: tuple[str, ...]


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact that makes a browser send what the endpoints say to their targets.

    The content is ``{"body": text}``.

    Raises:
        OptionError: the script is larger than browsers take.
    """
    merged, by_name = for_names(merge(endpoints))
    usable = [endpoint for endpoint in merged if endpoint.tcp_ports]
    covered_by: dict[str, str] = {endpoint.subject: COVERED_BY_NAME for endpoint in by_name}
    ranks = {treatment: rank for rank, (treatment, _target) in enumerate(_ranked(options))}
    groups = _united(minimised(groups_of(_as_seen(usable, ranks)), covered_by))
    services = services_of(usable, covered_by)
    numbers = {group: number for number, group in enumerate(groups)}
    entries = [entry for group, members in groups.items() for entry in _entries(members, numbers[group])]
    titles = {number: group.title for group, number in numbers.items()}
    body = _body(groups, entries, options, ranks)
    size = len(body.encode("ascii"))
    if size > LARGEST:
        raise OptionError(
            f"endpoints: the script would have {size:,} bytes, and browsers drop one of more than 1 MiB and go direct; "
            f"at most {LARGEST:,} are written. Choose fewer services, or leave out what is not required"
        )
    told = {
        line: [", ".join(sorted({services.get(s, "") for s in entry.subjects} - {""})), _shown(entry, titles)]
        for entry, line in ((entry, _line(entry)) for entry in entries)
    }
    return Artefact(
        platform=PLATFORM,
        content={"body": body},
        provenance={"entries": told},
        needs={"entries": len(entries)},
        entries=len(entries),
        losses=tuple(sorted(_losses(merged, options), key=lambda loss: (loss.subject, loss.result, loss.detail))),
        covered_by=covered_by,
    )


def _ranked(options: Options) -> list[tuple[str, str]]:
    targets = dict(options.targets)
    return [(treatment, targets[treatment]) for treatment in _IN_ORDER if treatment in targets]


def _as_seen(endpoints: t.Iterable[Endpoint], ranks: t.Mapping[str, int]) -> t.Iterator[Endpoint]:
    """Yield the endpoints with the one treatment that decides their target: all that a script can tell apart."""
    for endpoint in endpoints:
        deciding = next((treatment for treatment in ranks if treatment in endpoint.treatments), ALLOW)
        yield dataclasses.replace(endpoint, treatments=frozenset({ALLOW, deciding}))


def _united(groups: t.Mapping[PortGroup, Members]) -> dict[PortGroup, Members]:
    """Return the groups that have entries, in an order that rests on nothing but what they are."""
    kept = {group: members for group, members in groups.items() if any(members)}
    return dict(sorted(kept.items(), key=lambda item: (item[0].ports, sorted(item[0].treatments))))


def _entries(members: Members, group: int) -> t.Iterator[_Entry]:
    for name in members.names:
        if name.kind == LITERAL:
            yield _Entry("names", json.dumps(name.text), group, (name.text,))
        elif name.kind == SUFFIX:
            yield _Entry("below", json.dumps(f".{name.tail}"), group, (name.text,))
        else:
            yield _Entry("globs", f'"{name.tail}",/^{host_regex(name)}$/', group, (name.text,))
    for network in members.networks:
        yield _Entry("networks", json.dumps(network), group, (network,))
    for endpoint in members.paths:
        if endpoint.host is not None and endpoint.path is not None:
            key = f'"{endpoint.host.tail}",/^{host_regex(endpoint.host)}$/,{json.dumps(endpoint.path)}'
            yield _Entry("paths", key, group, (endpoint.subject,))


_SECTIONS: t.Final = ("names", "below", "globs", "paths", "networks")


def _line(entry: _Entry) -> str:
    return f"[{entry.key},{entry.group}]"


def _shown(entry: _Entry, titles: t.Mapping[int, str]) -> str:
    return f"{', '.join(entry.subjects)}  {titles[entry.group]}"


def _body(
    groups: t.Mapping[PortGroup, Members], entries: t.Sequence[_Entry], options: Options, ranks: t.Mapping[str, int]
) -> str:
    lines = [
        f"// Allow-list {options.name}, written by the Ansible collection managed_desktop.network.",
        "// Not to be edited: the next run finds a change and undoes it.",
        f"var OTHERS = {json.dumps(options.others)};",
        f"// The targets are for: {', '.join(treatment for treatment, _target in _ranked(options))}",
        f"var TARGETS = {json.dumps([target for _treatment, target in _ranked(options)])};",
        "var GROUPS = [",
        ",\n".join(
            json.dumps([min(ranks[treatment] for treatment in group.treatments if treatment in ranks), *group.ports])
            for group in groups
        ),
        "];",
    ]
    by_section: dict[str, list[str]] = {section: [] for section in _SECTIONS}
    for entry in entries:
        by_section[entry.section].append(_line(entry))
    for section, written in by_section.items():
        lines += [f"var {section.upper()} = [", ",\n".join(written), "];"]
    return "\n".join([*lines, SCRIPT])


def _losses(endpoints: t.Iterable[Endpoint], options: Options) -> t.Iterator[Loss]:
    targets = dict(options.targets)
    lacking = set()
    for endpoint in endpoints:
        wide = breadth(endpoint)
        if wide is not None:
            yield wide
        if endpoint.udp_ports:
            yield Loss(
                endpoint.subject, "out_of_scope", "a browser asks the script about its own requests only, not UDP"
            )
        lacking |= {treatment for treatment in endpoint.treatments if treatment not in targets}
    if targets[ALLOW] == DIRECT:
        return  # around the proxy there is neither inspection nor a login
    for treatment in sorted(lacking):
        detail = (
            f"{treatment} has no target of its own, so these endpoints go to {targets[ALLOW]}, and what that does with"
            " them nobody here knows"
        )
        yield Loss("", "unsupported", detail, prop=treatment)
