# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs that want the same appliances: one of them works, and the other says so and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.drift.conftest import SIZE, Fleet

ALL = [f"fw{number}" for number in range(SIZE)]


@pytest.mark.parametrize("other", ["CHG-1", "CHG-2"])
def test_of_two_applies_at_once_one_runs(tmp_path: Path, other: str) -> None:
    fleet = Fleet(tmp_path)
    for change in dict.fromkeys(["CHG-1", other]):
        assert fleet.run("plan", allowlist_change=change, allowlist_batches=["100%"])[0] == 0
    runs = [fleet.start("apply", allowlist_change=change) for change in ("CHG-1", other)]
    said = [" ".join(process.communicate(timeout=300)[0].split()) for process in runs]
    assert sorted(process.returncode for process in runs) == [0, 2], said
    worked = [process.returncode for process in runs].index(0)
    assert f"is under way on {ALL[0]}" in said[1 - worked]
    done = ("CHG-1", other)[worked]
    results = [json.loads((fleet.changes / done / "results" / f"{name}.json").read_text()) for name in ALL]
    assert {result["stage"] for result in results} == {"confirmed"}
    if other == "CHG-2":
        stopped = ("CHG-1", other)[1 - worked]
        assert not (fleet.changes / stopped / "evidence.json").exists()
    assert {fleet.status(name)["change"]["id"] for name in ALL} == {done}
