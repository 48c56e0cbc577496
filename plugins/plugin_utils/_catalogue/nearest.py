# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands nearest to a name that no endpoint covers: why it is not allowed, and what was perhaps meant."""

from __future__ import annotations

import typing as t
from bisect import bisect_left

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import TENANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import LeftOut, Narrowed
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    HostPattern,
    covers,
    parse,
)

SHOWN: t.Final = 5
"""How many listed hosts one piece of help names."""

_LETTERS: t.Final = "abcdefghijklmnopqrstuvwxyz0123456789-."
_LONGEST: t.Final = 80  # of a longer name, mistyped forms are not tried: they are too many
_REASONS: t.Final = {
    "tenant_unset": "is left out, because no tenant was given",
    "hidden": "stands in a row that its document hides; include_hidden takes it",
}


class Help(t.NamedTuple):
    """One piece of help: its `kind` for programs, the listed `hosts` that it speaks of, and a sentence for people."""

    kind: str
    hosts: tuple[str, ...]
    text: str


class Nearest:
    """Finds help in an index. The first search sorts all hosts; each further one looks them up."""

    def __init__(self, index: Index, left_out: t.Iterable[LeftOut] = (), narrowed: t.Iterable[Narrowed] = ()) -> None:
        self._index = index
        self._sorted: list[str] | None = None
        self._left_out = [
            (pattern, Help(item.reason, (item.name,), f"{item.name} {_REASONS.get(item.reason, item.reason)}."))
            for item in left_out
            for pattern in _patterns(item.name)
        ]
        self._left_out += [
            (pattern, Help("other_tenant", item.names, f"{item.name} is taken for your tenant only: {said}."))
            for item in narrowed
            for pattern in _patterns(item.name)
            if (said := ", ".join(item.names))
        ]

    def help(self, host: HostPattern) -> list[Help]:
        """Return what is near to `host`, which nothing covers; the likeliest reason first."""
        found = [*self._left_out_help(host), *self._apex(host), *self._mistyped(host)]
        return [*found, *self._above(host), *self._below(host)]

    def _left_out_help(self, host: HostPattern) -> list[Help]:
        return list(dict.fromkeys(piece for pattern, piece in self._left_out if covers(pattern, host)))

    def _apex(self, host: HostPattern) -> t.Iterator[Help]:
        if self._index.below(host.text):
            text = f"*.{host} is listed, which has only the names below {host} and not {host} itself."
            yield Help("apex", (f"*.{host}",), text)

    def _mistyped(self, host: HostPattern) -> t.Iterator[Help]:
        if "*" in host.text or len(host.text) > _LONGEST:
            return
        labels = host.text.split(".")
        meant = {edit for edit in _one_away(host.text) if self._index.named(edit)}
        for place in range(1, min(len(labels) - 1, SHOWN)):
            domain = ".".join(labels[place:])
            meant |= {f"*.{edit}" for edit in _one_away(domain) if self._index.below(edit)}
        if meant:
            hosts = tuple(sorted(meant))[:SHOWN]
            yield Help("typo", hosts, f"One character away from it is {_listing(hosts, len(meant))}; is it mistyped?")

    def _above(self, host: HostPattern) -> t.Iterator[Help]:
        labels = host.text.split(".")
        for place in range(1, len(labels)):
            parent = ".".join(labels[place:])
            if self._index.named(parent):
                yield Help("parent", (parent,), f"{parent} is listed, which does not include the names below it.")
                return

    def _below(self, host: HostPattern) -> t.Iterator[Help]:
        domain = host.tail
        hosts = tuple(listed for listed in self._listed_below(domain) if listed != f"*.{host}")
        if hosts:
            text = f"Below {domain} is listed only {_listing(hosts[:SHOWN], len(hosts))}."
            yield Help("child", hosts[:SHOWN], text)

    def _listed_below(self, domain: str) -> t.Iterator[str]:
        if self._sorted is None:
            self._sorted = sorted(_reversed(host) for host in self._index.hosts())
        prefix = _reversed(domain) + "."
        place = bisect_left(self._sorted, prefix)
        while place < len(self._sorted) and self._sorted[place].startswith(prefix):
            yield _reversed(self._sorted[place])
            place += 1


def _patterns(name: str) -> list[HostPattern]:
    """Return the pattern of an entry by its name, any tenant's in place of a placeholder; none for a network."""
    try:
        return [parse(name.partition("/")[0].replace(TENANT, "*"))]
    except HostError:
        return []


def _reversed(host: str) -> str:
    return ".".join(reversed(host.split(".")))


def _one_away(name: str) -> t.Iterator[str]:
    """Yield the texts that one slip makes of `name`: a character lost, too many or wrong, or two exchanged."""
    for place in range(len(name) + 1):
        head, tail = name[:place], name[place:]
        yield from (head + letter + tail for letter in _LETTERS)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _LETTERS if letter != tail[0])
        if len(tail) > 1 and tail[0] != tail[1]:
            yield head + tail[1] + tail[0] + tail[2:]


def _listing(hosts: t.Sequence[str], count: int) -> str:
    more = f" and {count - len(hosts)} more" if count > len(hosts) else ""
    return ", ".join(hosts) + more
