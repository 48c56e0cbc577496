# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from lab import Lab

from .killed import MOMENTS, Rollout


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
