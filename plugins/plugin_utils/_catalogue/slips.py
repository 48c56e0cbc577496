# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listed domains that one slip makes of another name: a character lost, too many or wrong, or two exchanged.

Pure, no input or output.
"""

from __future__ import annotations

import typing as t
from bisect import bisect_left

_FEW: t.Final = 16
"""So many labels are compared one by one; among more, slips are made and looked up."""

_AFTER: t.Final = "\x7f"  # sorts after every character of a label


class Tree:
    """Domains as a tree of their labels.

    A slip is in one label, or in the dot beside it. So the labels to the right of it are walked as they are, and only
    labels directly below the domain that is reached are tried: the cost depends on the length of a name and not on the
    number of domains. The first question that reaches a domain sorts the labels below it.
    """

    def __init__(self, domains: t.Iterable[str]) -> None:
        self._below: dict[str, list[str]] = {}
        self._labels: dict[str, _Labels] = {}
        for domain in domains:
            self._add(domain)

    def __contains__(self, domain: str) -> bool:
        """Tell whether anything lies below the domain."""
        return domain in self._below

    def one_away(self, name: str) -> t.Iterator[tuple[str, str]]:
        """Yield what one slip makes of `name`, in two pieces: what stands left of the slip, and a domain of the tree.

        The left piece is empty or ends in a dot, and need not be in the tree below that domain.
        """
        right, end = "", len(name)
        while end >= 0:
            below = self._below_of(right)
            if below is None:
                return
            start = name.rfind(".", 0, end) + 1
            label, left = name[start:end], name[:start]
            ending = f".{right}" if right else ""
            for slip in below.one_away(label):
                yield left, slip + ending
            for head, tail in below.split(label):
                yield f"{left}{head}.", tail + ending
            if start:
                before = name.rfind(".", 0, start - 1) + 1
                for head, tail in below.joined(name[before : start - 1], label):
                    yield name[:before] + (f"{head}." if head else ""), tail + ending
            right, end = label + ending, start - 1

    def _add(self, domain: str) -> None:
        known = False
        while domain and not known:
            label, _dot, domain = domain.partition(".")
            below = self._below.get(domain)
            known = below is not None
            if below is None:
                self._below[domain] = [label]
            else:
                below.append(label)

    def _below_of(self, domain: str) -> _Labels | None:
        labels = self._labels.get(domain)
        if labels is None and domain in self._below:
            labels = self._labels[domain] = _Labels(self._below[domain])
        return labels


class _Labels:
    """The labels directly below one domain."""

    def __init__(self, labels: t.Iterable[str]) -> None:
        self._all = frozenset(labels)
        self._sorted = sorted(self._all)
        self._letters = sorted(frozenset("".join(self._sorted)))

    def one_away(self, label: str) -> t.Iterable[str]:
        """Return the labels that one slip inside it makes of `label`."""
        if len(self._sorted) <= _FEW:
            return [other for other in self._sorted if _is_one_slip(label, other)]
        found = set()
        for place in range(len(label)):
            found.add(label[:place] + label[place + 1 :])
            if place:
                found.add(label[: place - 1] + label[place] + label[place - 1] + label[place + 1 :])
        found &= self._all
        found |= self._added_or_wrong(label)
        found.discard(label)
        return found

    def split(self, label: str) -> t.Iterator[tuple[str, str]]:
        """Yield what a dot makes of `label` that was left out or mistyped: the label before it, and one of these."""
        if len(self._sorted) <= _FEW:
            endings = [other for other in self._sorted if label.endswith(other)]
        else:
            endings = [ending for place in range(1, len(label)) if (ending := label[place:]) in self._all]
        for ending in endings:
            before = label[: len(label) - len(ending)]
            if before:
                yield before, ending
            if before[:-1]:
                yield before[:-1], ending

    def joined(self, before: str, label: str) -> t.Iterator[tuple[str, str]]:
        """Yield what is meant by two labels where the dot between them is too many, mistyped or misplaced."""
        place = bisect_left(self._sorted, before)
        if place < len(self._sorted) and self._sorted[place].startswith(before):
            for letter in ("", *self._letters):
                if f"{before}{letter}{label}" in self._all:
                    yield "", f"{before}{letter}{label}"
        if before[-1] + label in self._all and before[:-1]:
            yield before[:-1], before[-1] + label
        if label[1:] in self._all:
            yield before + label[0], label[1:]

    def _added_or_wrong(self, label: str) -> set[str]:
        """Return the labels that have one character more, or another one in its place.

        All that agree up to a place stand together, so that fewer and fewer come into question.
        """
        found: set[str] = set()
        low, high = 0, len(self._sorted)
        for place in range(len(label) + 1):
            head = label[:place]
            low = bisect_left(self._sorted, head, low, high)
            high = bisect_left(self._sorted, head + _AFTER, low, high)
            if high - low <= _FEW:
                found.update(other for other in self._sorted[low:high] if _is_one_slip(label, other))
                break
            more, other = label[place:], label[place + 1 :]
            for letter in self._letters:
                found.add(head + letter + more)
                if place < len(label):
                    found.add(head + letter + other)
        return found & self._all


def _is_one_slip(label: str, other: str) -> bool:
    """Tell whether one slip makes `other` of `label`."""
    longer = len(other) - len(label)
    if not -1 <= longer <= 1 or label == other:
        return False
    place = 0
    for a, b in zip(label, other, strict=False):
        if a != b:
            break
        place += 1
    if longer:
        return other[place + 1 :] == label[place:] if longer > 0 else other[place:] == label[place + 1 :]
    exchanged = label[place : place + 2][::-1] + label[place + 2 :]
    return other[place + 1 :] == label[place + 1 :] or other[place:] == exchanged
