# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift is corrected by a change of its own where changes are kept, and at once where none are."""

from __future__ import annotations

import json

from .conftest import SIZE, Fleet

ALL = [f"fw{number}" for number in range(SIZE)]


def outcome(fleet: Fleet, change: str) -> str:
    """What became of a change, by its evidence."""
    found: str = json.loads((fleet.changes / change / "evidence.json").read_text())["outcome"]
    return found


def changes(fleet: Fleet) -> list[str]:
    """The ids of all changes, the latest last."""
    return sorted(path.name for path in fleet.changes.iterdir() if not path.name.startswith("."))


def test_a_correction_is_a_change_of_those_alone_that_have_drifted(fleet: Fleet) -> None:
    assert fleet.run("plan", allowlist_change="CHG-1")[0] == 0
    assert fleet.run("apply", allowlist_change="CHG-1")[0] == 0
    lost = fleet.directory / "fw1" / "list.txt"
    lost.write_text(lost.read_text().replace("www.microsoft.com\n", ""))
    status, said = fleet.run("drift", allowlist_drift_correct=True)
    assert status == 0, said
    assert "www.microsoft.com" in lost.read_text()
    made = [name for name in changes(fleet) if name != "CHG-1"]
    assert len(made) == 1 and made[0].startswith("drift-20"), made
    plan = json.loads((fleet.changes / made[0] / "plan.json").read_text())
    assert plan["batches"] == [["fw1"]]
    assert outcome(fleet, made[0]) == "applied"
    assert (fleet.changes / made[0] / "report.html").exists()
    assert fleet.status("fw1")["agreed"]["change"] == made[0]
    assert fleet.status("fw0")["agreed"]["change"] == "CHG-1"
    assert {found["state"] for found in fleet.report().values()} == {"in step"}


def test_with_nothing_to_correct_no_change_is_made(fleet: Fleet) -> None:
    assert fleet.run("drift", allowlist_drift_correct=True, allowlist_change="FIX-1")[0] == 0
    status, said = fleet.run("drift", allowlist_drift_correct=True, allowlist_change="FIX-2")
    assert status == 0, said
    assert changes(fleet) == ["FIX-1"]


def test_what_cannot_be_asked_stops_no_correction_and_fails_the_run(fleet: Fleet) -> None:
    inventory = json.loads((fleet.directory / "inventory.json").read_text())
    inventory["all"]["children"]["appliances"]["hosts"]["fw2"].update(
        ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=1
    )
    (fleet.directory / "inventory.json").write_text(json.dumps(inventory))
    status, said = fleet.run("drift", allowlist_drift_correct=True, allowlist_change="FIX-1")
    assert status == 2, said
    assert "fw2: unreachable. The report above tells why." in said
    assert {name: found["state"] for name, found in fleet.report().items()} == {
        "fw0": "in step",
        "fw1": "in step",
        "fw2": "unreachable",
    }
    assert outcome(fleet, "FIX-1") == "applied"


def test_a_correction_waits_for_the_approval_that_a_site_wants(fleet: Fleet) -> None:
    wanted = {"allowlist_require_approval": "true", "allowlist_change": "FIX-1"}
    status, said = fleet.run("drift", allowlist_drift_correct=True, **wanted)
    assert status == 2, said
    assert "approval.yml" in said
    assert not any((fleet.directory / name / "list.txt").exists() for name in ALL)
    assert changes(fleet) == ["FIX-1"]


def test_the_role_alone_corrects_nothing_where_an_approval_is_wanted(fleet: Fleet) -> None:
    play = {"hosts": "appliances", "gather_facts": False, "roles": ["managed_desktop.network.allowlist_drift"]}
    (fleet.directory / "alone.json").write_text(json.dumps([play]))
    status, said = fleet.run("alone.json", allowlist_drift_correct=True, allowlist_require_approval="true")
    assert status == 2, said
    assert "nothing is corrected outside a change" in said
    assert not any((fleet.directory / name / "list.txt").exists() for name in ALL)


def test_where_no_changes_are_kept_it_is_corrected_at_once(fleet: Fleet) -> None:
    status, said = fleet.run("drift", allowlist_drift_correct=True, allowlist_change_dir="changes")
    assert status == 0, said
    assert {found["state"] for found in fleet.report().values()} == {"corrected"}
    assert not fleet.changes.exists()


def test_check_mode_corrects_nothing(fleet: Fleet) -> None:
    status, said = fleet.run("drift", "--check", allowlist_drift_correct=True, allowlist_change="FIX-1")
    assert status == 2, said
    assert not fleet.changes.exists()
    assert not any((fleet.directory / name / "list.txt").exists() for name in ALL)
