# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift with memory: what a look at the appliances found, and since when it has been so.

Kept for each appliance under ``drift`` of its status file:

state          in step, drifted, not known or unreachable, at the last look
looked_at      when that was
answered_at    when it last told what it holds
unknown_since  since when it has not, if so
first_seen     when the drift that lasts was first seen, if any. It stays whatever the appliance holds meanwhile, and
               while it cannot be asked: nobody saw it in step. A look that finds it in step forgets it.
kind           missing, foreign, both, running (what is stored does not run) or rules (around the same entries)
missing        how many entries are
foreign        how many are
holds          the digest of the list that it holds, or none, and since when: holds_since
wanted         the digest of the list that it should hold
whose          see `held`

No time there is ever later than the look that writes it: where the clock went backwards, it counts from then on.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils import _drift
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import status
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError, Plain
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.held import Held, Plans
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.plan import NO_LIST
from ansible_collections.managed_desktop.network.plugins.plugin_utils._drift import (
    CORRECTED,
    DRIFTED,
    FAILED,
    IN_STEP,
    SILENT,
    UNREACHABLE,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import editions_in

_LAST_KNOWN: t.Final = (
    "answered_at",
    "first_seen",
    "kind",
    "missing",
    "foreign",
    "holds",
    "holds_since",
    "wanted",
    "whose",
)
_MEMORY: t.Final = ("first_seen", "unknown_since", "holds", "holds_since", "kind", "whose")
_TIMES: t.Final = ("answered_at", "first_seen", "holds_since")
_TIME: t.Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def look(told: t.Mapping[str, t.Any], root: Path | None, now: datetime.datetime, writing: bool = True) -> Plain:
    """Return the report on what the tasks of a run told, and remember it below `root`, where that is not None.

    Args:
        told: by appliance, what its task told; a mapping with a `message` where there is nothing else.
        writing: False in check mode: the report is the same, and nothing is kept.

    Returns:
        `appliances`, by name, as `_drift.report` has them, and with a memory `first_seen`, `unknown_since`, `holds`,
        `holds_since`, `kind`, `whose` and `agreed`; `counts` of states; `editions`; `looked_at`; `remembered`, whether
        there is a memory; `damaged`, what of it could not be read, with what to do.
    """
    found: Plain = {}
    memory = _Memory(root, now, writing) if root is not None else None
    for name in sorted(told):
        found[name] = _seen(told[name])
        if memory is not None:
            found[name].update(memory.of(name, found[name], _agreeable(told[name])))
    states = [item["state"] for item in found.values()]
    return {
        "appliances": found,
        "counts": {state: states.count(state) for state in (IN_STEP, DRIFTED, CORRECTED, FAILED, UNREACHABLE)},
        "editions": editions_in(told.values()),
        "looked_at": written(now),
        "remembered": memory is not None,
        "damaged": memory.damaged() if memory is not None else [],
    }


def failing(report: Plain, told: t.Mapping[str, t.Any]) -> list[str]:
    """Return a sentence for each appliance for which the run is to fail, and for what of the memory is damaged."""
    sentences = []
    for name, found in report["appliances"].items():
        if found["state"] in SILENT:
            sentences.append(f"{name}: {found['state']}. The report above tells why.")
        elif found["state"] == DRIFTED and told[name].get("fail", True):
            sentences.append(f"{name}: drifted. Correct it with -e allowlist_drift_correct=true.")
    return [*sentences, *report["damaged"]]


def _seen(told: Plain) -> Plain:
    message = told.get("message")
    seen = _drift.appliance(told, {"msg": message} if message else None, bool(told.get("corrected")))
    if told.get("unreachable"):
        seen["state"] = UNREACHABLE
    if seen["state"] not in SILENT:
        seen["holds"] = _digest(told["before"])
    return seen


def _digest(side: t.Any) -> str:
    return str(side.get("digest") or NO_LIST) if isinstance(side, dict) else NO_LIST


def _agreeable(told: Plain) -> str:
    """Return the digest of the list that an appliance holds when the look is over; empty where that is not known."""
    if told.get("message") or "before" not in told:
        return ""
    return _digest(told["after"] if told.get("corrected") else told["before"])


class _Memory:
    """What is remembered of the appliances below one directory."""

    def __init__(self, root: Path, now: datetime.datetime, writing: bool) -> None:
        self._root = root
        self._now = now
        self._writing = writing
        self._plans = Plans(root)
        self._damaged: list[str] = []

    def of(self, name: str, seen: Plain, holds_now: str) -> Plain:
        """Return what the memory adds to what was seen of an appliance, and keep what was seen.

        Args:
            name: the appliance.
            seen: what the report says of it.
            holds_now: the digest of what it holds now that the task has ended; empty where that is not known.
        """
        drifted = seen["state"] == DRIFTED
        whose = self._plans.holder(name, seen["holds"], _wanted(seen)) if drifted else None
        added: Plain = {}

        def facts(known: Plain) -> Plain:
            entry = remember(known.get("drift"), seen, whose, self._now)
            agreed = self._agreed(known.get("agreed"), holds_now, settled)
            added.update({key: entry[key] for key in _MEMORY if key in entry}, agreed=agreed)
            if seen["state"] == CORRECTED:
                added["first_seen"] = first_seen(known.get("drift"), self._now)
            return {"drift": entry, **({"agreed": agreed} if agreed else {})}

        settled = whose
        try:
            known = status.read_in(self._root, name)
            if settled is None and holds_now and _digest(known.get("agreed")) != holds_now:
                settled = self._plans.holder(name, holds_now, holds_now)
            if self._writing:
                status.note(self._root, name, facts)
            else:
                facts(known)
        except ChangeError as error:
            self._damaged.append(str(error))
            facts({})
        return added

    def _agreed(self, known: t.Any, holds: str, settled: Held | None) -> Plain | None:
        """Return the change with which the appliance agrees, or last did; `settled` is whose list it holds."""
        before = known if _is_agreement(known) else None
        if not holds:
            return before
        if before is not None and before["digest"] == holds:
            return status.agreement(before["change"], holds, self._now)
        if settled is not None and settled.change and settled.agrees:
            return status.agreement(settled.change, holds, self._now)
        return before

    def damaged(self) -> list[str]:
        """Return what could not be read, each once."""
        return list(dict.fromkeys([*self._damaged, *self._plans.damaged]))


def _is_agreement(known: t.Any) -> bool:
    return isinstance(known, dict) and all(isinstance(known.get(key), str) for key in ("change", "digest", "at"))


def _wanted(seen: Plain) -> str:
    return str(seen["digest"] or NO_LIST)


def remember(known: t.Any, seen: Plain, whose: Held | None, now: datetime.datetime) -> Plain:
    """Return what is kept of an appliance after a look, by what was kept before it. Pure.

    Args:
        known: what was kept; None or anything else that is no mapping where nothing was.
        seen: what the look found, as the report tells it.
        whose: whose list a drifted appliance holds.
        now: when it looked.
    """
    before = known if isinstance(known, dict) else {}
    moment = written(now)
    if seen["state"] in SILENT:
        kept = {key: before[key] for key in _LAST_KNOWN if key in before}
        kept.update({key: _earlier(kept[key], moment) for key in _TIMES if key in kept})
        since = _earlier(before.get("unknown_since"), moment)
        return {**kept, "state": seen["state"], "looked_at": moment, "unknown_since": since}
    entry: Plain = {"state": IN_STEP, "looked_at": moment, "answered_at": moment, "wanted": _wanted(seen)}
    if seen["state"] != DRIFTED:
        return {**entry, "holds": _wanted(seen)}
    same = before.get("holds") == seen["holds"]
    return {
        **entry,
        "state": DRIFTED,
        "kind": kind_of(seen),
        "missing": seen["missing"]["count"],
        "foreign": seen["foreign"]["count"],
        "holds": seen["holds"],
        "holds_since": _earlier(before.get("holds_since") if same else None, moment),
        "first_seen": first_seen(before, now),
        "whose": whose.to_dict() if whose is not None else None,
    }


def first_seen(known: t.Any, now: datetime.datetime) -> str:
    """Return since when an appliance that has drifted is known to have, by what was kept of it."""
    return _earlier(known.get("first_seen") if isinstance(known, dict) else None, written(now))


def kind_of(seen: Plain) -> str:
    """Return in one word how an appliance has drifted."""
    missing, foreign = seen["missing"]["count"], seen["foreign"]["count"]
    if missing and foreign:
        return "both"
    if missing or foreign:
        return "missing" if missing else "foreign"
    return "running" if seen["not_running"] else "rules"


def _earlier(known: t.Any, now: str) -> str:
    """Return a time that was kept, if it is one and not later than now."""
    return min(known, now) if isinstance(known, str) and _TIME.fullmatch(known) else now
