# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault at one request of a run that changes the list, and what has to hold afterwards on any platform.

The promises: what runs is the old list or the new one; nobody else's work was published, altered or lost; no lock and
no session stays once the device can be reached again; the message says what happened; the next plain run converges.
"""

from __future__ import annotations

import random
import typing as t
from collections import Counter

from lab.simulators.faults import Fault, FaultScript
from tests.integration.simulators.target import NEW, OLD, ApiTarget, Refused

SEED: t.Final = 20261127
SHORT: t.Final = 0.3
"""How many seconds the module waits for an answer."""
LATE: t.Final = 0.5
"""How many seconds a delayed answer takes."""

Tally = Counter[str]


class Case(t.NamedTuple):
    """A fault at the request of this number, counted from 1; `forever`: at all later ones too, until the run ends."""

    kind: Fault
    at: int
    forever: bool


def cases(target: ApiTarget, most: int | None) -> list[Case]:
    """Return every case of a platform, or for each kind of fault `most` of them, chosen by a fixed seed."""
    target.fresh()
    target.present(*OLD)
    target.simulator.requests.clear()
    target.present(*NEW)
    last = len(target.simulator.requests)
    assert last > 0
    chosen = random.Random(SEED)
    found = []
    for kind in Fault:
        of_kind = [Case(kind, at, forever) for at in range(1, last + 1) for forever in (False, True)]
        found += of_kind if most is None else chosen.sample(of_kind, min(most, len(of_kind)))
    return found


def disturbed(target: ApiTarget, case: Case) -> str:
    """Change the list while the fault lasts, and return which list ran afterwards, ``old`` or ``new``."""
    target.fresh()
    others = target.foreign()  # before the first change of ours, which may not touch it either
    target.present(*OLD)
    target.simulator.script = FaultScript(case.kind, case.at, case.forever, LATE)
    message = None
    try:
        target.present(*NEW, timeout=SHORT)
    except Refused as refusal:
        message = str(refusal)
    finally:
        target.simulator.script = FaultScript()
    with target.simulator.lock:  # whatever was still under way has ended
        running = target.running()
    lists = {target.entries(*OLD): "old", target.entries(*NEW): "new"}
    assert running in lists, f"{case}: neither list runs: {sorted(running)} ({message})"
    if message is None:
        assert lists[running] == "new", f"{case}: the run said that it was done"
    else:
        _fit_for_people(target, case, message, lists[running])
    assert target.foreign() == others, f"{case}: something of others changed ({message})"
    if not case.forever:
        assert target.leftovers() == [], f"{case}: left behind ({message})"
    _converges(target, case, others)
    return lists[running]


def _fit_for_people(target: ApiTarget, case: Case, message: str, running: str) -> None:
    assert message.rstrip().endswith("."), f"{case}: {message}"
    assert target.leaked(message) == [], f"{case}: a secret in {message}"
    assert "Traceback" not in message
    if message.endswith(("Nothing was changed.", "has been put back.")):
        assert running == "old", f"{case}: the new list runs, but {message}"


def _converges(target: ApiTarget, case: Case, others: object) -> None:
    """One plain run puts the new list in force, leaves nothing behind, and another finds nothing to do."""
    target.present(*NEW)
    assert target.running() == target.entries(*NEW), f"{case}: the next run does not converge"
    assert target.foreign() == others, f"{case}: the next run changed something of others"
    assert target.leftovers() == [], f"{case}: the next run leaves something behind"
    assert target.present(*NEW)["changed"] is False, f"{case}: and the one after it changes again"
