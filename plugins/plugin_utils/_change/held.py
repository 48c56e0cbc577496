# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose list it is that an appliance holds: told by digests, which every plan has for each of its appliances."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    changes_in,
    read_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.plan import NO_LIST

UNFINISHED: t.Final = "unfinished"
"""A change is under way on the appliance, stopped there, or planned and not there yet."""
OLDER: t.Final = "older"
"""It holds the list of a plan, and another one is wanted by now."""
WANTED: t.Final = "wanted"
"""It holds the very list that is wanted, and runs another."""
NOBODY: t.Final = "nobody"
"""No plan knows what it holds."""

_OPEN: t.Final = (results.APPLYING, results.APPLIED, results.FAILED, results.RESTORING, results.NOT_RESTORED)
_AFTER, _BEFORE = "after", "before"


class Held(t.NamedTuple):
    """Whose list an appliance holds.

    `change` is None where nobody's. `side` is ``after`` for the list that the change brings, ``before`` for what it
    found. `stage` is how far the change is on this appliance.
    """

    kind: str
    change: str | None = None
    stage: str | None = None
    side: str = _AFTER

    @property
    def agrees(self) -> bool:
        """Whether the appliance holds the list of a change that was confirmed on it."""
        return self.side == _AFTER and self.stage == results.CONFIRMED

    @property
    def text(self) -> str:
        """In a few words, for a table."""
        if self.change is None:
            return "nobody's"
        if self.kind == UNFINISHED:
            return f"{self.change}, {'not there yet' if self.stage == results.WAITING else self.stage}"
        if self.side == _BEFORE:
            return f"as before {self.change}"
        return self.change if self.stage == results.CONFIRMED else f"{self.change}, {self.stage} here"

    def to_dict(self) -> Plain:
        """Return it as plain data."""
        return {**self._asdict(), "text": self.text}


class _Found(t.NamedTuple):
    """One plan that knows a digest; the greatest counts: the likelier reason, then the later."""

    rank: int
    at: str
    held: Held


class Plans:
    """The plans of all changes below a directory, read when it is first asked, and then once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._digests: list[tuple[ChangeDirectory, dict[str, tuple[str, str]]]] | None = None
        self.damaged: list[str] = []
        """What could not be read, each with what to do; nothing is matched to it."""

    def holder(self, appliance: str, held: str, wanted: str) -> Held:
        """Return whose list an appliance holds that holds the list `held` and should hold `wanted`."""
        found = [item for item in self._known(appliance, held, wanted) if item is not None]
        best = max(found, key=lambda item: item[:2], default=None)
        if best is None:
            return Held(WANTED if held == wanted else NOBODY)
        return best.held._replace(kind=WANTED) if held == wanted and best.held.kind == OLDER else best.held

    def _known(self, appliance: str, held: str, wanted: str) -> t.Iterator[_Found | None]:
        for change, appliances in self._read():
            before, after = appliances.get(appliance, ("", ""))
            if held not in (before, after):
                continue
            try:
                result = results.read(change, appliance)
            except ChangeError as error:
                self.damaged.append(str(error))
                continue
            at = result["history"][-1]["at"] if result["history"] else ""
            yield _judged(change.id, result["stage"], at, held == after, held, wanted == after)

    def _read(self) -> list[tuple[ChangeDirectory, dict[str, tuple[str, str]]]]:
        if self._digests is None:
            self._digests = []
            for change in changes_in(self._root):
                try:
                    appliances = read_json(change.plan)["appliances"]
                    digests = {name: (str(item["before"]), str(item["after"])) for name, item in appliances.items()}
                except FileNotFoundError:
                    continue
                except ChangeError as error:
                    self.damaged.append(str(error))
                except (KeyError, TypeError, AttributeError):
                    self.damaged.append(
                        f"{change.plan} is no plan, so that nothing is matched to it. Restore it from where you keep "
                        "your changes."
                    )
                else:
                    self._digests.append((change, digests))
        return self._digests


def _judged(change: str, stage: str, at: str, is_after: bool, held: str, is_wanted: bool) -> _Found | None:
    """Judge one plan that knows what an appliance holds; None where that explains nothing."""
    side = _AFTER if is_after else _BEFORE
    if stage in _OPEN:
        return _Found(3, at, Held(UNFINISHED, change, stage, side))
    if stage == results.WAITING and not is_after:
        # An abandoned plan says nothing of a list that it would not bring any more.
        return _Found(2, at, Held(UNFINISHED, change, stage, side)) if is_wanted else None
    if stage == results.SKIPPED or (not is_after and stage == results.CONFIRMED and held == NO_LIST):
        return None  # that there was no list before the first change makes nobody of who removed it
    settled = is_after if stage == results.CONFIRMED else stage in (results.RESTORED, results.LEFT_OUT) and not is_after
    return _Found(1 if settled else 0, at, Held(OLDER, change, stage, side))
