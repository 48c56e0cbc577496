# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was planned is set where what it was planned from is still there, on all appliances or on none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.drift.conftest import Fleet

OURS, ANOTHERS = ["www.microsoft.com"], ["another.example"]
BATCHES = [1, 1, 1]


@pytest.fixture()
def fleet(tmp_path: Path) -> Fleet:
    """A fleet with a planned change, on whose last appliance somebody else has set a list since."""
    fleet = Fleet(tmp_path)
    assert fleet.run("plan", allowlist_change="CHG-1", allowlist_batches=BATCHES, allowlist_endpoints=OURS)[0] == 0
    assert fleet.run("apply", "--limit", "fw2", allowlist_change_dir="none", allowlist_endpoints=ANOTHERS)[0] == 0
    return fleet


def lists(fleet: Fleet) -> dict[str, str]:
    return {path.parent.name: path.read_text() for path in fleet.directory.glob("fw?/list.txt")}


@pytest.mark.parametrize("check", [["--check"], []], ids=["in check mode", "really"])
def test_an_appliance_of_the_last_batch_that_has_moved_keeps_the_first_from_being_set(
    fleet: Fleet, check: list[str]
) -> None:
    before = lists(fleet)
    status, said = fleet.run("apply", *check, allowlist_change="CHG-1")
    assert status == 2, said
    assert "Change CHG-1: no longer what was planned from is on fw2. Nothing was set in this run." in said
    assert "batch 1 of 3" not in said
    assert lists(fleet) == before
    assert not list(fleet.changes.glob(".locks/*.json")), "an appliance is still taken"
    assert not (fleet.changes / "CHG-1" / "manifest.json").exists()
    assert "changed=1" not in said, "what was not set is told as a change"
    # What was refused is not begun, so that the same change can be planned again, and then be applied.
    assert fleet.run("plan", allowlist_change="CHG-1", allowlist_batches=BATCHES, allowlist_endpoints=OURS)[0] == 0
    status, said = fleet.run("apply", allowlist_change="CHG-1")
    assert status == 0, said
    assert len(set(lists(fleet).values())) == 1


def test_it_is_skipped_where_that_is_wanted(fleet: Fleet) -> None:
    anothers = lists(fleet)["fw2"]
    status, said = fleet.run("apply", allowlist_change="CHG-1", allowlist_moved="skip")
    assert status == 0, said
    assert sorted(lists(fleet)) == ["fw0", "fw1", "fw2"]
    assert lists(fleet)["fw2"] == anothers
    evidence = json.loads((fleet.changes / "CHG-1" / "evidence.json").read_text())
    stages = [evidence["appliances"][name]["stage"] for name in ("fw0", "fw1", "fw2")]
    assert stages == ["confirmed", "confirmed", "skipped"]


def test_a_change_that_has_begun_goes_no_further_where_a_later_appliance_has_moved(fleet: Fleet) -> None:
    assert fleet.run("apply", "--limit", "fw0", allowlist_change="CHG-1")[0] == 0
    before = lists(fleet)
    assert sorted(before) == ["fw0", "fw2"]
    status, said = fleet.run("apply", allowlist_change="CHG-1")
    assert status == 2, said
    assert "is on fw2. Nothing was set in this run. Plan again, as a new change where this one has begun" in said
    assert lists(fleet) == before
    assert not list(fleet.changes.glob(".locks/*.json")), "an appliance is still taken"
    status, said = fleet.run("restore", allowlist_change="CHG-1")
    assert status == 0, said
    assert sorted(lists(fleet)) == ["fw2"]
