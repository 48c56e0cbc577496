# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measuring side by side: repetitions that take turns, and figures that are ratios with their spread."""

from __future__ import annotations

import statistics
import time
import typing as t
from dataclasses import dataclass

Work = t.Callable[[], float | None]
"""Something to measure: it returns the seconds it took by its own clock, or None to be timed from outside."""


@dataclass(frozen=True)
class Spread:
    """What repetitions of one thing gave."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The value that a figure is judged by."""
        return statistics.median(self.values)

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data."""
        return {
            "min": round(min(self.values), 4),
            "median": round(self.median, 4),
            "max": round(max(self.values), 4),
            "repetitions": len(self.values),
        }


@dataclass(frozen=True)
class Figure:
    """One line of the table: ours against a peer, as a ratio of each repetition to the peer's beside it.

    `sense` is ``at_most`` (ratio is ours to the peer's) or ``times_faster`` (the peer's to ours, at least `target`).
    `ansible_inside` says whether the start of ansible-playbook is in both times; `note` how a time was come by, where
    not by a clock alone.
    """

    id: str
    title: str
    peer: str
    sense: t.Literal["at_most", "times_faster"]
    target: float
    ours_seconds: Spread
    peer_seconds: Spread
    ansible_inside: bool
    note: str = ""

    @property
    def ratio(self) -> Spread:
        """The ratios; where one side was measured more often, against the other's median."""
        ours, peer = self.ours_seconds, self.peer_seconds
        if len(ours.values) == len(peer.values):
            pairs = list(zip(ours.values, peer.values, strict=True))
        else:
            longer = max(ours, peer, key=lambda spread: len(spread.values))
            pairs = [(v, peer.median) if longer is ours else (ours.median, v) for v in longer.values]
        if self.sense == "times_faster":
            return Spread(tuple(b / a for a, b in pairs))
        return Spread(tuple(a / b for a, b in pairs))

    @property
    def met(self) -> bool:
        """Whether the median keeps the target."""
        median = self.ratio.median
        return median <= self.target if self.sense == "at_most" else median >= self.target

    def to_dict(self) -> dict[str, t.Any]:
        """Return plain data for JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "peer": self.peer,
            "sense": self.sense,
            "target": self.target,
            "ratio": self.ratio.to_dict(),
            "met": self.met,
            "seconds": {"ours": self.ours_seconds.to_dict(), "peer": self.peer_seconds.to_dict()},
            "ansible_start_inside": self.ansible_inside,
            "note": self.note,
        }


def side_by_side(
    works: t.Mapping[str, Work], repetitions: int, before_each: t.Mapping[str, t.Callable[[], None]] | None = None
) -> dict[str, Spread]:
    """Measure all works in turn, `repetitions` rounds, each round beginning with another one.

    `before_each` brings what a work needs into place, outside its time.
    """
    names = list(works)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(repetitions):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            if before_each and name in before_each:
                before_each[name]()
            begun = time.perf_counter()
            told = works[name]()
            seconds[name].append(time.perf_counter() - begun if told is None else told)
    return {name: Spread(tuple(values)) for name, values in seconds.items()}


def on_processor(work: t.Callable[[], object]) -> Work:
    """Return a work in process as one that tells its processor time, which other programs of the machine alter less."""

    def timed() -> float:
        begun = time.process_time()
        work()
        return time.process_time() - begun

    return timed


def scaled(spread: Spread, start: float, measured: int, wanted: int) -> Spread:
    """Return times for `wanted` equal steps, from times of `measured` steps that contain a `start` of their own."""
    return Spread(tuple(start + (value - start) * wanted / measured for value in spread.values))
