# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import random
import time
import typing as t
from collections import Counter
from pathlib import Path

import pytest

from lab import Lab

from .killed import MOMENTS, Rollout

FULL: t.Final = os.environ.get("ALLOWLIST_FAULTS") == "full"
RESULTS: t.Final = Path(os.environ.get("ALLOWLIST_FAULTS_RESULTS") or ".cache/faults")
SEED: t.Final = 20261127
RANDOM: t.Final = 50 if FULL else 1


@pytest.mark.parametrize("when", MOMENTS)
def test_a_rollout_whose_controller_dies_is_ended_or_taken_back_by_the_next_run(
    campus_lab: Lab, tmp_path: Path, when: str
) -> None:
    rollout = Rollout(campus_lab, tmp_path / "changes-of-it")
    try:
        assert rollout.killed(MOMENTS[when]), "the run ended before it could be killed"
        rollout.holds(when)
    finally:
        rollout.close()


def seconds_of_one(three: Lab, folder: Path) -> float:
    """How long a rollout takes that nobody kills: later there is nothing to be killed."""
    for name in ("proxy1", "proxy2"):
        three.squid(name).reset()
    rollout = Rollout(three, folder)
    try:
        begun = time.monotonic()
        assert not rollout.killed(lambda _stages: False)
        return time.monotonic() - begun
    finally:
        rollout.close()


def test_a_rollout_is_killed_at_random_moments(three: Lab, tmp_path: Path) -> None:
    chosen = random.Random(SEED)
    tally: Counter[str] = Counter()
    number = 0
    longest = seconds_of_one(three, tmp_path / "whole")
    while sum(tally.values()) < RANDOM:
        number += 1
        for name in ("proxy1", "proxy2"):
            three.squid(name).reset()
        rollout = Rollout(three, tmp_path / str(number))
        try:
            at = time.monotonic() + chosen.uniform(1, longest)
            if rollout.killed(lambda _stages, at=at: time.monotonic() >= at):
                tally[rollout.holds(f"moment {number}")] += 1
        finally:
            rollout.close()
    RESULTS.mkdir(parents=True, exist_ok=True)
    about = {"platform": "rollout", "version": "two Squids and a tenant", "section": "rollout", "size": 2, "order": 200}
    found = {**about, "kind": "killed at random moments", "found": tally}
    (RESULTS / "rollout.json").write_text(json.dumps(found), encoding="utf-8")
