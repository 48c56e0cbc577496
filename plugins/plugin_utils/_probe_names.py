# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Through which concrete name a wildcard is probed."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import LITERAL, HostPattern, matches

_TABLE = Path(__file__).parent / "data" / "probe_names.yml"
_LABEL: t.Final = "allowlist-probe"
_WITHIN_LABEL: t.Final = "probe"


class Chosen(t.NamedTuple):
    """A name to ask for; `made_up` where nobody is known to have it."""

    name: str
    made_up: bool


class Names:
    """The names of a list, by the domains above them, so that each wildcard finds those below it at once."""

    def __init__(self, patterns: t.Iterable[HostPattern]) -> None:
        distinct = dict.fromkeys(patterns)
        self._wildcards: dict[str, list[HostPattern]] = {}
        for pattern in distinct:
            if pattern.kind != LITERAL:
                self._wildcards.setdefault(pattern.tail, []).append(pattern)
        self._best: dict[HostPattern, tuple[int, int, str]] = {}
        for pattern in distinct:
            if pattern.kind == LITERAL:
                self._offer(pattern.text)

    def _offer(self, name: str) -> None:
        """Let every wildcard that matches `name` have it, if it is better than what the wildcard has.

        A name that fewer wildcards match says more about each of them; then the shorter one is likely the better known.
        """
        matching = [w for tail in _tails(name) for w in self._wildcards.get(tail, ()) if matches(w, name)]
        rank = (len(matching), len(name), name)
        for wildcard in matching:
            if wildcard not in self._best or rank < self._best[wildcard]:
                self._best[wildcard] = rank

    def choose(self, pattern: HostPattern) -> Chosen:
        """Return the name to probe `pattern` through: its own, one of the list, a known one, or one made up."""
        if pattern.kind == LITERAL:
            return Chosen(pattern.text, False)
        if pattern in self._best:
            return Chosen(self._best[pattern][2], False)
        for name in known_names():
            if matches(pattern, name):
                return Chosen(name, False)
        return Chosen(made_up(pattern), True)


@functools.lru_cache(maxsize=1)
def known_names() -> tuple[str, ...]:
    """Return the names that documents of Microsoft's name, from the shipped table."""
    table: dict[str, list[str]] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return tuple(name for names in table.values() for name in names)


def made_up(pattern: HostPattern) -> str:
    """Return a name that matches `pattern`, with labels that say what they are for where there is room."""
    for whole, within in ((_LABEL, _WITHIN_LABEL), ("x", "x"), ("x", "")):
        labels = [whole if label == "*" else label.replace("*", within) for label in pattern.text.split(".")]
        name = ".".join(labels)
        if matches(pattern, name):
            return name
    return pattern.text.replace("*", "0")


def _tails(name: str) -> t.Iterator[str]:
    """Yield the name's domains from the nearest up, and last the empty one of a pattern without literal labels."""
    labels = name.split(".")
    for place in range(1, len(labels)):
        yield ".".join(labels[place:])
    yield ""
