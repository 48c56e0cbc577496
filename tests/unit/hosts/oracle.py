# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host patterns by brute force: every pattern as the set of all names that match it, in a universe small enough.

The universe has every name of one to four labels over ``a``, ``b`` and ``o``, up to three characters a label, below
``t``. Patterns write only ``a`` and ``b``, so that ``o`` is whatever else a name may hold. A set of names is a Python
integer with a bit for each name. Nothing here is shared with what it judges: labels are matched by `fnmatch`.
"""

from __future__ import annotations

import itertools
import re
from fnmatch import fnmatchcase
from functools import cache, lru_cache

CHARACTERS = "abo"
WORDS = ["".join(letters) for n in (1, 2, 3) for letters in itertools.product(CHARACTERS, repeat=n)]
DEPTHS = range(1, 5)  # labels below the top-level domain: patterns have up to three, so one more tells "or more"
TOP = "t"

Language = dict[int, int]
"""The names of a pattern: for each number of labels below the top-level domain, a bit for each name."""


def label_patterns(longest: int) -> list[str]:
    """Every label pattern over ``a``, ``b`` and ``*`` of up to `longest` characters."""
    written = ("".join(letters) for n in range(1, longest + 1) for letters in itertools.product("ab*", repeat=n))
    return [label for label in written if "**" not in label]


def small_label_patterns() -> list[str]:
    """Those that this universe's words suffice to tell apart: up to three characters, globs with lone letters."""
    return [label for label in label_patterns(3) if "*" not in label or not re.search("[ab]{2}", label)]


@cache
def names_with(depth: int, place: int, label: str) -> int:
    """The names of `depth` labels whose label at `place` (0 is the rightmost) matches the label pattern."""
    size = len(WORDS)
    fitting = sum(1 << number for number, word in enumerate(WORDS) if fnmatchcase(word, label))
    run = size**place  # a name's number is its labels read as digits, the rightmost label the lowest
    stretched = 0
    for number in range(size):
        if fitting >> number & 1:
            stretched |= ((1 << run) - 1) << (number * run)
    period = size ** (place + 1)
    whole = size**depth
    while period < whole:
        stretched |= sum(stretched << (period * copy) for copy in range(1, size))
        period *= size
    return stretched


@lru_cache(maxsize=4096)
def language(pattern: str) -> tuple[tuple[int, int], ...]:
    """The names of `pattern`, whose last label is the top-level domain, as (labels, set) pairs."""
    labels = pattern.split(".")
    assert labels.pop() == TOP
    stars = len(list(itertools.takewhile(lambda label: label == "*", labels)))
    sets = []
    for depth in DEPTHS:
        fits = depth >= len(labels) if stars else depth == len(labels)
        names = 0
        if fits:
            names = (1 << len(WORDS) ** depth) - 1
            for place, label in enumerate(reversed(labels[stars:])):
                names &= names_with(depth, place, label)
        sets.append((depth, names))
    return tuple(sets)


def includes(p: str, q: str) -> bool:
    """Whether every name of `q` is one of `p`."""
    return all(mine & yours == yours for (dummy, mine), (dummy, yours) in zip(language(p), language(q), strict=True))


def meet(p: str, q: str) -> bool:
    """Whether some name is one of both."""
    return any(mine & yours for (dummy, mine), (dummy, yours) in zip(language(p), language(q), strict=True))


def union(patterns: list[str]) -> list[int]:
    """The names of all `patterns` together, by number of labels."""
    names = [0] * len(DEPTHS)
    for pattern in patterns:
        names = [known | more for known, (dummy, more) in zip(names, language(pattern), strict=True)]
    return names


def contains(pattern: str, name: str) -> bool:
    """Whether the name, of this universe, is one of the pattern's."""
    words = name.removesuffix(f".{TOP}").split(".")
    number = 0
    for word in words:
        number = number * len(WORDS) + WORDS.index(word)
    return bool(dict(language(pattern))[len(words)] >> number & 1)
