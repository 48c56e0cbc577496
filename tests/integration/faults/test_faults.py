# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on every platform, and what is in force then: all of it in `./run faults`, a sample in `./run test`.

What is found is kept by platform under ``.cache/faults``, from where `tools/faults.py` makes the page in docs/.
"""

from __future__ import annotations

import json
import os
import random
import typing as t
from pathlib import Path

import pytest

from tests.integration.faults import faults
from tests.integration.faults.platforms import FOLLOWING_NAMES, MAKERS, OPEN_WITHOUT
from tests.integration.faults.target import NEW, Target

FULL: t.Final = os.environ.get("ALLOWLIST_FAULTS") == "full"
RESULTS: t.Final = Path(os.environ.get("ALLOWLIST_FAULTS_RESULTS") or ".cache/faults")
STEPS, KILLS, CHANGES, REMOVALS = (100, 100, 100, 20) if FULL else (1, 2, 3, 2)

CHANGES_UNDER_LOAD: t.Final = "list changes under load"
REMOVALS_UNDER_LOAD: t.Final = "removals under load"
TO_KNOWN: t.Final = "list changes under load, address known"
OF_NETWORKS: t.Final = "changes of networks alone under load"
ONLY_ON: t.Final[dict[str, tuple[str, ...]]] = {
    REMOVALS_UNDER_LOAD: OPEN_WITHOUT,
    TO_KNOWN: FOLLOWING_NAMES,
    OF_NETWORKS: FOLLOWING_NAMES,
}

KINDS: t.Final[dict[str, t.Callable[[Target], t.Mapping[str, t.Any]]]] = {
    "killed at each step": lambda target: faults.killed_at_each_step(target, STEPS),
    "killed at random moments": lambda target: faults.killed_at_random(target, KILLS),
    **faults.FAULTS,
    CHANGES_UNDER_LOAD: lambda target: faults.changes_under_load(target, CHANGES),
    TO_KNOWN: lambda target: faults.changes_to_known_under_load(target, CHANGES),
    OF_NETWORKS: lambda target: faults.changes_of_networks_under_load(target, CHANGES),
    REMOVALS_UNDER_LOAD: lambda target: faults.removals_under_load(target, REMOVALS),
}


def pairs() -> list[tuple[str, str]]:
    """Return platform and fault: all, or one platform for each fault in turn, and what was added for its own sake."""
    fitting = {kind: ONLY_ON.get(kind, tuple(MAKERS)) for kind in KINDS}
    if FULL:
        return [(platform, kind) for platform in MAKERS for kind in KINDS if platform in fitting[kind]]
    order = random.Random(faults.SEED).sample(list(MAKERS), len(MAKERS))
    turns = [[platform for platform in order if platform in fitting[kind]] for kind in KINDS]
    sample = [(turn[number % len(turn)], kind) for number, (kind, turn) in enumerate(zip(KINDS, turns, strict=True))]
    return list(dict.fromkeys([*sample, ("squid (helper)", CHANGES_UNDER_LOAD)]))


def record(target: Target, kind: str, found: t.Mapping[str, t.Any]) -> None:
    """Keep what came of a fault."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{''.join(filter(str.isalnum, target.platform + kind))}.json"
    about = {
        "platform": target.platform,
        "kind": kind,
        "found": found,
        "order": list(KINDS).index(kind),
        "size": len(NEW),
    }
    path.write_text(json.dumps({**about, "version": target.version}), encoding="utf-8")


@pytest.mark.parametrize(("target", "kind"), pairs(), indirect=["target"])
def test_what_is_in_force_is_the_old_list_or_the_new_one(target: Target, kind: str) -> None:
    record(target, kind, KINDS[kind](target))
