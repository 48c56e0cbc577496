# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far each appliance of a change is: one file for each, with every stage it went through and when.

waiting ─► applying ─► applied ─► confirmed
              │           │
              ▼           ▼
           failed ──► restoring ─► restored | not restored        skipped: it had moved, and that is accepted
              └────────► restoring ─► left out                     its batch stands without it
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    read_json,
    write_json,
)

WAITING: t.Final = "waiting"
APPLYING: t.Final = "applying"
APPLIED: t.Final = "applied"
FAILED: t.Final = "failed"
CONFIRMED: t.Final = "confirmed"
RESTORING: t.Final = "restoring"
RESTORED: t.Final = "restored"
NOT_RESTORED: t.Final = "not restored"
SKIPPED: t.Final = "skipped"
LEFT_OUT: t.Final = "left out"

STAGES: t.Final = (WAITING, APPLYING, APPLIED, FAILED, CONFIRMED, RESTORING, RESTORED, NOT_RESTORED, SKIPPED, LEFT_OUT)
DONE: t.Final = (CONFIRMED, SKIPPED, LEFT_OUT)
"""The stages in which an appliance needs nothing more of its change."""
TOUCHED: t.Final = (APPLYING, APPLIED, FAILED, CONFIRMED, RESTORING, NOT_RESTORED)
"""The stages in which it may hold something else than before."""
UNFINISHED: t.Final = tuple(stage for stage in TOUCHED if stage != CONFIRMED)
"""The stages in which it still needs something of its change."""
TAKEN_BACK: t.Final = (RESTORING, RESTORED, NOT_RESTORED)
"""The stages of an appliance whose change was given up."""

_FACTS: t.Final = ("changed", "before", "after", "running", "backup", "confirm_until", "losses")


def read(directory: ChangeDirectory, appliance: str) -> Plain:
    """Return the file of an appliance; where there is none yet it waits.

    Raises:
        ChangeError: it is damaged.
    """
    try:
        found = read_json(directory.result(appliance))
    except FileNotFoundError:
        return {"appliance": appliance, "change": directory.id, "stage": WAITING, "history": []}
    if found.get("stage") not in STAGES or not isinstance(found.get("history"), list):
        raise ChangeError(
            f"{directory.result(appliance)} is damaged: it says nothing of a stage. Look what {appliance} holds, and "
            "restore the file from where you keep your changes."
        )
    return found


def advance(
    directory: ChangeDirectory,
    appliance: str,
    stage: str,
    now: datetime.datetime,
    message: str = "",
    **facts: t.Any,
) -> Plain:
    """Write that an appliance has come to a stage, and return its file.

    Raises:
        ChangeError: it cannot be written.
    """
    found = read(directory, appliance)
    step = {"stage": stage, "at": written(now), **({"message": message} if message else {})}
    after = {**found, **facts, "stage": stage, "message": message, "history": [*found["history"], step]}
    write_json(directory.result(appliance), after)
    return after


def note(directory: ChangeDirectory, appliance: str, **facts: t.Any) -> None:
    """Write facts of an appliance whose stage stays what it is."""
    write_json(directory.result(appliance), {**read(directory, appliance), **facts})


def facts_of(result: t.Mapping[str, t.Any]) -> Plain:
    """Return what of a task's result is kept."""
    return {key: result[key] for key in _FACTS if key in result}


def stage_in_batch(found: t.Mapping[str, t.Any]) -> str:
    """Return the stage by which an appliance counts for its batch: one that is left out takes no other with it."""
    return LEFT_OUT if found.get("left_out") and found["stage"] in TAKEN_BACK else str(found["stage"])


def is_over(found: t.Mapping[str, t.Any]) -> bool:
    """Whether later batches need not wait for an appliance.

    One that is left out and could not be asked to put back what it held is no reason to wait, as it was none to stop.
    """
    return found["stage"] in DONE or (found["stage"] == NOT_RESTORED and bool(found.get("left_out")))


def stages_of(directory: ChangeDirectory, appliances: t.Iterable[str]) -> dict[str, str]:
    """Return the stage of each appliance."""
    return {name: str(read(directory, name)["stage"]) for name in appliances}
