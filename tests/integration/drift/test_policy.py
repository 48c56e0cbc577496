# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done once for a run goes by one policy: the first appliance's does not stand for the others'."""

from __future__ import annotations

import hashlib
import json
import typing as t

import pytest

from .conftest import SIZE, Fleet

ALL = [f"fw{number}" for number in range(SIZE)]


def set_for(fleet: Fleet, name: str, **variables: t.Any) -> None:
    """Give an appliance variables of its own."""
    path = fleet.directory / "inventory.json"
    inventory = json.loads(path.read_text())
    inventory["all"]["children"]["appliances"]["hosts"][name].update(variables)
    path.write_text(json.dumps(inventory))


def untouched(fleet: Fleet) -> bool:
    return not any((fleet.directory / name / "list.txt").exists() for name in ALL)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"allowlist_require_approval": "signed"}, "allowlist_require_approval is false for fw0 and signed for fw2"),
        ({"allowlist_max_failed": 2}, "allowlist_max_failed is 0 for fw0 and 2 for fw2"),
        ({"allowlist_rollout_four_eyes": True}, "allowlist_rollout_four_eyes is not set for fw0 and true for fw2"),
    ],
)
def test_apply_refuses_appliances_of_different_policies(fleet: Fleet, policy: dict[str, t.Any], said: str) -> None:
    set_for(fleet, "fw2", **policy)
    status, told = fleet.run("apply")
    assert status == 2, told
    assert said in told, told
    assert "with --limit" in told
    assert untouched(fleet)


def test_a_change_does_not_begin_under_different_policies_nor_is_drift_corrected(fleet: Fleet) -> None:
    assert fleet.run("plan", allowlist_change="CHG-1")[0] == 0
    set_for(fleet, "fw1", allowlist_require_approval="true")
    said = "allowlist_require_approval is false for fw0 and true for fw1"
    for playbook, variables in (
        ("apply", {"allowlist_change": "CHG-1"}),
        ("drift", {"allowlist_drift_correct": True}),
        ("drift", {"allowlist_drift_correct": True, "allowlist_change_dir": "changes"}),
    ):
        status, told = fleet.run(playbook, **variables)
        assert status == 2, told
        assert said in told, playbook
    assert untouched(fleet)
    # A look changes nothing, whatever the policies; and each policy has a run of its own.
    assert fleet.run("drift", allowlist_drift_fail=False)[0] == 0
    assert fleet.run("plan", "--limit", "fw0,fw2", allowlist_change="CHG-2")[0] == 0
    assert fleet.run("apply", "--limit", "fw0,fw2", allowlist_change="CHG-2")[0] == 0


def test_what_all_set_in_their_own_words_is_one_policy(fleet: Fleet) -> None:
    for name, word in zip(ALL, (False, "false", "False"), strict=True):
        set_for(fleet, name, allowlist_require_approval=word)
    status, told = fleet.run("apply")
    assert status == 0, told


def test_a_plan_has_one_ticket_and_one_order_of_batches(fleet: Fleet) -> None:
    set_for(fleet, "fw1", allowlist_batches=["2"])
    status, told = fleet.run("plan", allowlist_change="CHG-1")
    assert status == 2, told
    assert "allowlist_batches is ['1', '10%', '100%'] for fw0 and ['2'] for fw1" in told
    assert not (fleet.changes / "CHG-1" / "plan.json").exists()


def test_four_eyes_alone_want_a_change_as_well(fleet: Fleet) -> None:
    status, told = fleet.run("apply", allowlist_four_eyes=True)
    assert status == 2, told
    assert "allowlist_four_eyes is set, so that nothing is applied outside a change." in told
    play = {"hosts": "appliances", "gather_facts": False, "roles": ["managed_desktop.network.allowlist_drift"]}
    (fleet.directory / "alone.json").write_text(json.dumps([play]))
    status, told = fleet.run("alone.json", allowlist_drift_correct=True, allowlist_four_eyes=True)
    assert status == 2, told
    assert "allowlist_four_eyes is set, so that nothing is corrected outside a change." in told
    assert untouched(fleet)


@pytest.mark.parametrize(
    ("variables", "planner"),
    [
        ({"awx_user_name": "alice"}, "alice"),
        ({"allowlist_planned_by": "bob", "awx_user_name": "alice"}, "bob"),
        ({}, ""),
    ],
)
def test_whoever_launched_the_job_of_a_controller_plans(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], planner: str
) -> None:
    monkeypatch.delenv("USER", raising=False)
    assert fleet.run("plan", allowlist_change="CHG-1", **variables)[0] == 0
    plan = json.loads((fleet.changes / "CHG-1" / "plan.json").read_text())
    assert plan["planned_by"] == (planner or "nobody named")


def approval(fleet: Fleet, not_after: str) -> str:
    """An approval of CHG-1 as it is planned, until a time."""
    digest = hashlib.sha256((fleet.changes / "CHG-1" / "plan.json").read_bytes()).hexdigest()
    about = {"change": "CHG-1", "plan": digest, "approver": "bob", "ticket": "CHG-1"}
    return json.dumps({**about, "not_before": "2026-01-01T00:00:00Z", "not_after": not_after})


def test_a_window_that_ends_between_batches_stops_the_run_there_and_another_one_lets_it_go_on(fleet: Fleet) -> None:
    assert fleet.run("plan", allowlist_change="CHG-1", allowlist_batches=["1"])[0] == 0
    written = fleet.changes / "CHG-1" / "approval.yml"
    written.write_text(approval(fleet, "2199-01-01T00:00:00Z"))
    over = fleet.directory / "over.yml"
    over.write_text(approval(fleet, "2026-01-02T00:00:00Z"))
    wanted = {"allowlist_change": "CHG-1", "allowlist_require_approval": "true"}
    # It ends while the first batch is set: that is when its time to confirm is asked for.
    ends = f"{{{{ lookup('ansible.builtin.pipe', 'cp {over} {written}; echo 600') }}}}"
    status, told = fleet.run("apply", **wanted, allowlist_rollout_confirm_within=ends)
    assert status == 2, told
    assert "Change CHG-1 stops before batch 2 of 3. The approval of change CHG-1 expired at 2026-01-02" in told
    assert fleet.status("fw0")["change"]["stage"] == "confirmed"
    assert [(fleet.directory / name / "list.txt").exists() for name in ALL] == [True, False, False]
    assert not list((fleet.changes / ".locks").glob("fw[12].json"))
    # It left fw0 finished, so that nothing keeps anybody from it; what is not finished does.
    assert fleet.run("apply", "--limit", "fw0")[0] == 0
    mark = fleet.changes / "CHG-1" / "results" / "fw0.json"
    whole = mark.read_bytes()
    mark.write_bytes(whole.replace(b'"confirmed"', b'"applied"'))
    status, told = fleet.run("apply", "--limit", "fw0")
    assert status == 2, told
    assert "Another change is not finished on 1 appliances of this run: fw0 (CHG-1: applied)." in told
    mark.write_bytes(whole)
    written.write_text(approval(fleet, "2199-01-01T00:00:00Z"))
    status, told = fleet.run("apply", **wanted)
    assert status == 0, told
    assert all((fleet.directory / name / "list.txt").exists() for name in ALL)
