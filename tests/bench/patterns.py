# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Minimising a million patterns, against the least that any program must do: walk each name's parents in a set."""

from __future__ import annotations

import gc
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostPattern, minimise, parse
from measure import Figure, Spread, side_by_side

SIZES = (10_000, 100_000, 1_000_000)
REPETITIONS = 5


def texts(count: int) -> list[str]:
    """Literals of three to five labels, every tenth pattern a wildcard, a third of the literals below one."""
    made = []
    for number in range(count):
        domain = f"s{number % (count // 20)}.d{number % 11}.example"
        if number % 10 == 0:
            made.append(f"*.w{number}.{domain}")
        elif number % 3 == 0:
            made.append(
                f"n{number}.w{number // 10 * 10}.s{number // 10 * 10 % (count // 20)}.d{number // 10 * 10 % 11}.example"
            )
        else:
            made.append(f"n{number}.{domain}")
    return made


def parent_walk(written: t.Sequence[str]) -> list[str]:
    """Return the names that lie below no wildcard: the bare work, with neither duplicates, globs nor a report."""
    domains = {text[2:] for text in written if text.startswith("*.")}
    kept = []
    for text in written:
        dot = text.find(".", 2)
        while dot >= 0:
            if text[dot + 1 :] in domains:
                break
            dot = text.find(".", dot + 1)
        else:
            kept.append(text)
    return kept


def measure() -> tuple[list[Figure], dict[str, t.Any]]:
    """Return the figure for a million patterns, and how time grows with their number."""
    growth: list[dict[str, t.Any]] = []
    figures: list[Figure] = []
    for count in SIZES:
        written = texts(count)
        begun = time.perf_counter()
        patterns = [parse(text) for text in written]
        parsing = time.perf_counter() - begun
        both = in_turn(patterns, written)
        growth.append(
            {
                "patterns": count,
                "minimise_microseconds_each": round(both["ours"].median / count * 1e6, 3),
                "parent_walk_microseconds_each": round(both["peer"].median / count * 1e6, 3),
                "parse_microseconds_each": round(parsing / count * 1e6, 3),
            }
        )
        if count == SIZES[-1]:
            figures.append(
                Figure(
                    "minimise",
                    "`minimise` of 1,000,000 parsed names",
                    "a bare parent-walk over a `set`",
                    "at_most",
                    3.0,
                    both["ours"],
                    both["peer"],
                    ansible_inside=False,
                    note=f"parsing them, timed apart, takes {parsing:.1f} s",
                )
            )
    return figures, {"minimise_growth": growth}


def in_turn(patterns: t.Sequence[HostPattern], written: t.Sequence[str]) -> dict[str, Spread]:
    """Return the times of both, after a look whether they agree."""
    if len(minimise(patterns)) != len(parent_walk(written)):
        raise RuntimeError(f"minimising {len(written)} patterns and walking their parents do not agree")
    gc.collect()

    def ours() -> None:
        minimise(patterns)

    def peer() -> None:
        parent_walk(written)

    return side_by_side({"ours": ours, "peer": peer}, REPETITIONS)
