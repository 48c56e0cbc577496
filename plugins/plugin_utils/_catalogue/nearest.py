# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands nearest to a name that no endpoint covers: why it is not allowed, and what was perhaps meant."""

from __future__ import annotations

import typing as t
from bisect import bisect_left

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import TENANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import LeftOut, Narrowed
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.slips import Tree
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    HostPattern,
    covers,
    parse,
)

SHOWN: t.Final = 5
"""How many listed hosts one piece of help names."""

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
    """Finds help in an index. The first search puts all hosts into a tree; each further one looks them up."""

    def __init__(self, index: Index, left_out: t.Iterable[LeftOut] = (), narrowed: t.Iterable[Narrowed] = ()) -> None:
        self._index = index
        self._tree: Tree | None = None
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
        if "*" in host.text:
            return
        meant = sorted(set(self._meant(host.text)))
        if meant:
            hosts = tuple(meant[:SHOWN])
            yield Help("typo", hosts, f"One character away from it is {_listing(hosts, len(meant))}; is it mistyped?")

    def _meant(self, name: str) -> t.Iterator[str]:
        """Yield the listed names that one slip makes of `name`, and the wildcards of domains above it."""
        for left, domain in self._hosts().one_away(name):
            rest = left
            while rest:
                # A dot too little inside a label (evilexample.org) is no slip in a domain above the name.
                if name.startswith(rest) and "." in domain and self._index.below(domain):
                    yield f"*.{domain}"
                start = rest.rfind(".", 0, -1) + 1
                rest, domain = rest[:start], rest[start:] + domain
            if self._index.named(domain):
                yield domain

    def _above(self, host: HostPattern) -> t.Iterator[Help]:
        labels = host.text.split(".")
        for place in range(1, len(labels)):
            parent = ".".join(labels[place:])
            if self._index.named(parent):
                yield Help("parent", (parent,), f"{parent} is listed, which does not include the names below it.")
                return

    def _below(self, host: HostPattern) -> t.Iterator[Help]:
        domain = host.tail
        if domain not in self._hosts():
            return
        low, high = self._listed_below(domain)
        own = f"*.{host}" if self._index.below(host.text) else ""
        count = high - low - bool(own)
        if count:
            near = map(_reversed, self._sorted_hosts()[low : min(high, low + SHOWN + 1)])
            shown = tuple([listed for listed in near if listed != own][:SHOWN])
            yield Help("child", shown, f"Below {domain} is listed only {_listing(shown, count)}.")

    def _hosts(self) -> Tree:
        if self._tree is None:
            self._tree = Tree(host.removeprefix("*.") for host in self._index.hosts())
        return self._tree

    def _sorted_hosts(self) -> list[str]:
        if self._sorted is None:
            self._sorted = sorted(_reversed(host) for host in self._index.hosts())
        return self._sorted

    def _listed_below(self, domain: str) -> tuple[int, int]:
        """Return where the hosts below `domain` begin and end among the sorted ones."""
        prefix = _reversed(domain)
        # "/" is the character after the dot.
        return bisect_left(self._sorted_hosts(), f"{prefix}."), bisect_left(self._sorted_hosts(), f"{prefix}/")


def _patterns(name: str) -> list[HostPattern]:
    """Return the pattern of an entry by its name, any tenant's in place of a placeholder; none for a network."""
    try:
        return [parse(name.partition("/")[0].replace(TENANT, "*"))]
    except HostError:
        return []


def _reversed(host: str) -> str:
    return ".".join(reversed(host.split(".")))


def _listing(hosts: t.Sequence[str], count: int) -> str:
    more = f" and {count - len(hosts)} more" if count > len(hosts) else ""
    return ", ".join(hosts) + more
