# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    approval,
    lease,
    results,
    status,
    steps,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    write_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.evidence import assemble
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.lease import Run
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.record import record_of, seen_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.rollout import Batch, outcome

from .changes import ANY, NOW, PLATFORM, RUN, WISH, applied, approve, begin, digest, minutes, planned, scene, step

FLEET = ["fw1", "fw2", "fw3", "fw4"]
REFUSED: t.Final = {"failed": True, "msg": "It refuses. Nothing was changed."}
MOVED: t.Final = {"failed": True, "moved": True, "msg": "The appliance has moved.", "before": {"digest": "c" * 64}}


@pytest.fixture()
def directory(tmp_path: Path) -> ChangeDirectory:
    return planned(tmp_path, FLEET)


def judged(directory: ChangeDirectory, number: int, *names: str, most: int = 0, **behind: list[str]) -> t.Any:
    return steps.judge(directory, Batch(number, names), scene(FLEET, **behind), most, fail_on_unknown=False)


def canary_seen(directory: ChangeDirectory, before: dict[str, bool], after: dict[str, bool]) -> None:
    """Apply the first batch, and have a test host see this before and after it."""
    begin(directory, FLEET)
    step(directory, "fw1", "apply", applied())
    seen(directory, 1, "before", "desk", **before)
    seen(directory, 1, "after", "desk", **after)


def seen(directory: ChangeDirectory, batch: int, when: str, host: str, **names: bool | None) -> None:
    """Write what a test host saw of names: whether each passed."""
    found = [
        {
            "host": name.replace("_", "."),
            "port": 443,
            "expect": "denied" if name.startswith("deny") else "allowed",
            "passed": passed,
            "policy": "allowed",
            "service": "ok",
            "cause": "proxy_denied",
            "evidence": {"layer": "proxy", "said": "403"},
            "services": ["Store"],
            "group": name,
        }
        for name, passed in names.items()
    ]
    write_json(directory.probes(batch, when, host), {"results": found})


def stages(directory: ChangeDirectory) -> list[str]:
    return list(results.stages_of(directory, FLEET).values())


# -- the way through -------------------------------------------------------------------------------------------------


def test_a_change_goes_from_batch_to_batch_and_is_over(directory: ChangeDirectory) -> None:
    begun = begin(directory, FLEET)
    assert (begun["hosts"], begun["sizes"], begun["of"]) == (FLEET, [1, 2, 1], 3)
    for batch in begun["batches"]:
        for name in batch["appliances"]:
            given = step(directory, name, "apply", applied(confirm_until="2026-11-27T20:15:00Z"))
            assert given["expect_before"] == ["none"]
            assert given["expect_after"] == digest()
        assert judged(directory, batch["number"], *batch["appliances"]).stands
        for name in batch["appliances"]:
            assert step(directory, name, "confirm", {"changed": True}) == {"state": "confirmed"}
    assert stages(directory) == ["confirmed"] * 4
    assert steps.end(directory, scene(FLEET))["outcome"] == "applied"
    assert status.read(directory, "fw1")["agreed"]["digest"] == digest()
    with pytest.raises(ChangeError, match="was already applied on 4 appliances"):
        begin(directory, FLEET)


def test_a_run_that_was_cut_off_goes_on_where_it_was(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", applied())
    step(directory, "fw1", "confirm", {"changed": False})
    step(directory, "fw2", "apply", applied())
    results.advance(directory, "fw3", results.APPLYING, NOW)
    begun = begin(directory, FLEET)
    assert [batch["appliances"] for batch in begun["batches"]] == [["fw2", "fw3"], ["fw4"]]
    # fw2 has the list, fw3 may have it: either is fine. What fw2's first run said stays known.
    given = step(directory, "fw2", "apply", {"changed": False, "running": {"state": "running"}, "backup": None})
    assert given["expect_before"] == ["none", digest()]
    assert results.read(directory, "fw2")["backup"] == "/backups/1"


@pytest.mark.parametrize("first", [None, applied(), applied(confirm_until="2099-11-27T20:15:00Z")])
def test_what_a_run_that_died_has_left_waiting_is_confirmed_by_the_next(
    directory: ChangeDirectory, first: dict[str, t.Any] | None
) -> None:
    begin(directory, FLEET)
    if first is not None:
        step(directory, "fw1", "apply", first)
    results.advance(directory, "fw1", results.APPLYING, NOW)  # the module set the list, and nobody heard of it
    begin(directory, FLEET)
    step(directory, "fw1", "apply", {"changed": False, "backup": None, "confirm_until": "2099-11-27T20:45:00Z"})
    options = {"change": "CHG-1", "change_dir": str(directory.root), "step": "confirm", "force": False}
    record = record_of(options, "fw1", PLATFORM)
    assert record is not None
    assert not record.has_nothing_to_do()
    assert results.read(directory, "fw1")["confirm_until"] == "2099-11-27T20:45:00Z"


def test_a_run_that_was_killed_after_its_last_batch_gets_its_evidence_from_the_next(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    for name in FLEET:
        step(directory, name, "apply", applied())
        step(directory, name, "confirm", {"changed": False})
    assert not directory.evidence.exists()
    with pytest.raises(ChangeError, match="was already applied"):
        begin(directory, FLEET)
    assert json.loads(directory.evidence.read_bytes())["outcome"] == "applied"
    first = (directory.path / "manifest.json").read_bytes()
    with pytest.raises(ChangeError, match="was already applied"):
        begin(directory, FLEET, now=minutes(5))
    assert (directory.path / "manifest.json").read_bytes() == first


def test_an_appliance_that_moved_fails_or_is_skipped(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", MOVED)
    assert results.read(directory, "fw1")["stage"] == "failed"
    assert judged(directory, 1, "fw1").reasons == ["fw1: The appliance has moved."]
    results.note(directory, "fw2", skip_moved=True)
    step(directory, "fw2", "apply", MOVED)
    step(directory, "fw3", "apply", applied())
    assert judged(directory, 2, "fw2", "fw3").stands
    assert results.read(directory, "fw2")["stage"] == "skipped"


@pytest.mark.parametrize("failure", [REFUSED, MOVED])
def test_what_failed_or_was_skipped_is_not_confirmed_with_its_batch(
    directory: ChangeDirectory, failure: dict[str, t.Any]
) -> None:
    begin(directory, FLEET)
    results.note(directory, "fw2", skip_moved=True)
    step(directory, "fw2", "apply", failure)
    step(directory, "fw3", "apply", applied(confirm_until="2099-01-01T00:00:00Z"))
    assert judged(directory, 2, "fw2", "fw3", most=1).stands
    for name in ("fw2", "fw3"):
        step(directory, name, "confirm", {"changed": True})
    assert stages(directory)[1:3] == ["skipped" if failure is MOVED else "failed", "confirmed"]
    assert "agreed" not in status.read(directory, "fw2")


def test_check_mode_is_told_what_the_plan_says_and_leaves_every_stage(directory: ChangeDirectory) -> None:
    options = {"change": "CHG-1", "change_dir": str(directory.root), "step": "apply", "force": False}
    record = record_of(options, "fw1", PLATFORM, writing=False)
    assert record is not None
    record.begin()
    assert record.arguments()["expect_after"] == digest()
    record.tell(applied())
    assert not directory.result("fw1").exists()
    assert not directory.lock("fw1").exists()
    with pytest.raises(ChangeError, match="fw9 is not in the plan of change CHG-1"):
        record_of(options, "fw9", PLATFORM, writing=False)


# -- a batch that is confirmed ---------------------------------------------------------------------------------------

UNTIL: t.Final = {"confirm_until": "2099-11-27T20:15:00Z"}


def confirmed(directory: ChangeDirectory, number: int, *names: str, most: int = 0) -> t.Any:
    return steps.judge_confirmed(directory, Batch(number, names), scene(FLEET), most)


def unreached(directory: ChangeDirectory, name: str, kind: str) -> None:
    options = {"change": "CHG-1", "change_dir": str(directory.root), "step": kind, "force": False}
    record = record_of(options, name, PLATFORM)
    assert record is not None
    record.begin()
    record.not_reached("No route to host")


def test_a_batch_of_which_one_could_not_be_confirmed_is_taken_back_whole(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    for name in ("fw2", "fw3"):
        step(directory, name, "apply", applied(**UNTIL))
    assert judged(directory, 2, "fw2", "fw3").stands
    step(directory, "fw2", "confirm", {"changed": True})
    unreached(directory, "fw3", "confirm")
    verdict = confirmed(directory, 2, "fw2", "fw3")
    assert (verdict.stands, verdict.reasons) == (False, ["fw3: No route to host"])
    assert steps.to_take_back(directory, ["fw2", "fw3"]) == ["fw2", "fw3"]


def test_a_confirmation_that_nobody_heard_of_is_none(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", applied(**UNTIL))
    assert confirmed(directory, 1, "fw1").reasons == [
        "fw1: it did not come further than applied; it could not be reached, or the run was cut off"
    ]


def test_one_that_failed_and_is_allowed_for_is_left_out_and_keeps_no_later_batch_waiting(
    directory: ChangeDirectory,
) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", REFUSED)
    assert judged(directory, 1, "fw1", most=1).stands
    assert confirmed(directory, 1, "fw1", most=1).stands
    assert steps.to_leave_out(directory, ["fw1"]) == []  # it said itself that nothing was changed
    assert steps.end(directory, scene(FLEET))["outcome"] == "under way"
    assert begin(directory, FLEET[1:])["hosts"] == FLEET[1:]
    for name in FLEET[1:]:
        step(directory, name, "apply", applied())
        step(directory, name, "confirm", {"changed": True})
    ended = steps.end(directory, scene(FLEET))
    assert (ended["outcome"], stages(directory)) == ("applied in part", ["left out", *["confirmed"] * 3])
    evidence = json.loads(directory.evidence.read_bytes())
    assert [item["text"] for item in evidence["failures"]] == ["It refuses. Nothing was changed."]
    assert ["fw1"] in [item["concerns"] for item in evidence["warnings"] if item["kind"] == "left out"]
    assert "Applied in part" in directory.report.read_text()
    with pytest.raises(ChangeError, match=r"was already applied on 3 appliances, and left out fw1\."):
        begin(directory, FLEET)
    assert steps.undo(directory, scene(FLEET), force=False) == FLEET[1:]


def test_one_that_is_left_out_and_may_have_changed_is_put_back_first(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    for name in ("fw2", "fw3"):
        step(directory, name, "apply", applied(**UNTIL))
    step(directory, "fw2", "confirm", {"changed": True})
    unreached(directory, "fw3", "confirm")
    assert confirmed(directory, 2, "fw2", "fw3", most=1).stands
    assert steps.to_leave_out(directory, ["fw2", "fw3"]) == ["fw3"]
    # Cut off here, a later run would try it again.
    assert [batch["appliances"] for batch in begin(directory, FLEET)["batches"]] == [["fw1"], ["fw3"], ["fw4"]]
    step(directory, "fw3", "restore", {"changed": True})
    assert stages(directory)[1:3] == ["confirmed", "left out"]
    assert steps.end(directory, scene(FLEET))["outcome"] == "under way"


def test_one_that_is_left_out_and_cannot_be_asked_stops_no_batch_and_is_for_a_person_to_look_at(
    directory: ChangeDirectory,
) -> None:
    begin(directory, FLEET)
    unreached(directory, "fw1", "apply")
    assert judged(directory, 1, "fw1", most=1).stands
    assert confirmed(directory, 1, "fw1", most=1).stands
    assert steps.to_leave_out(directory, ["fw1"]) == ["fw1"]
    unreached(directory, "fw1", "restore")
    assert begin(directory, FLEET[1:])["hosts"] == FLEET[1:]
    assert steps.end(directory, scene(FLEET))["outcome"] == "stopped"
    assert steps.undo(directory, scene(FLEET), force=False) == ["fw1"]
    step(directory, "fw1", "restore", {**MOVED, "before": {"digest": None}})
    assert stages(directory)[0] == "left out"


def test_a_batch_that_another_run_leaves_one_out_of_is_not_taken_back_with_it(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw2", "apply", REFUSED)
    confirmed(directory, 2, "fw2", most=1)
    step(directory, "fw3", "apply", applied())
    assert judged(directory, 2, "fw3", most=1).stands
    assert judged(directory, 2, "fw3", most=0).reasons == ["fw2: it failed in another run over this batch"]
    results.note(directory, "fw2", left_out=True)
    results.advance(directory, "fw2", results.RESTORING, NOW)
    assert judged(directory, 2, "fw3", most=1).stands


def test_what_is_set_by_a_later_run_is_not_left_out_any_more(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    unreached(directory, "fw1", "apply")
    confirmed(directory, 1, "fw1", most=1)
    step(directory, "fw1", "apply", applied())
    step(directory, "fw1", "confirm", {"changed": True})
    step(directory, "fw1", "restore", {"changed": True})
    assert stages(directory)[0] == "restored"


# -- a batch that does not stand -------------------------------------------------------------------------------------


def test_a_batch_with_a_failure_is_taken_back_where_something_was_changed(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw2", "apply", applied())
    step(directory, "fw3", "apply", REFUSED)
    verdict = judged(directory, 2, "fw2", "fw3")
    assert (verdict.stands, verdict.reasons) == (False, ["fw3: It refuses. Nothing was changed."])
    assert steps.to_take_back(directory, ["fw2", "fw3"]) == ["fw2"]
    given = step(directory, "fw2", "restore", {"changed": True})
    assert given == {"restore": "/backups/1", "expect_after": "none", "expect_before": [digest()]}
    assert stages(directory) == ["waiting", "restored", "restored", "waiting"]
    assert steps.end(directory, scene(FLEET))["outcome"] == "restored"
    with pytest.raises(ChangeError, match=r"was taken back on fw2, fw3\. .*an id of its own"):
        begin(directory, FLEET)


def test_some_failures_may_be_allowed_for(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw2", "apply", applied())
    step(directory, "fw3", "apply", REFUSED)
    assert judged(directory, 2, "fw2", "fw3", most=1).stands


def test_one_that_was_not_heard_of_is_a_failure_and_is_asked_to_put_back(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    results.advance(directory, "fw1", results.APPLYING, NOW)
    verdict = judged(directory, 1, "fw1")
    assert verdict.reasons[0].startswith("fw1: it did not come further than applying")
    assert steps.to_take_back(directory, ["fw1"]) == ["fw1"]
    given = step(directory, "fw1", "restore", {**MOVED, "before": {"digest": None}})
    assert given["restore"] == "latest"
    assert results.read(directory, "fw1")["stage"] == "restored"  # it held what it held before


def test_one_that_a_run_that_died_has_set_is_put_back_though_no_back_up_is_known(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    results.advance(directory, "fw2", results.APPLYING, NOW)  # and the run died before it heard of it
    begin(directory, ["fw1"])
    step(directory, "fw2", "apply", {"changed": False, "backup": None})
    step(directory, "fw3", "apply", REFUSED)
    assert not judged(directory, 2, "fw2", "fw3").stands
    assert steps.to_take_back(directory, ["fw2", "fw3"]) == ["fw2"]
    given = step(directory, "fw2", "restore", {"changed": True})
    assert given == {"restore": "latest", "expect_after": "none", "expect_before": [digest()]}


@pytest.mark.parametrize("heard", [True, False])
def test_one_that_failed_is_asked_unless_it_said_itself_that_nothing_was_changed(
    directory: ChangeDirectory, heard: bool
) -> None:
    begin(directory, FLEET)
    record = record_of(
        {"change": "CHG-1", "change_dir": str(directory.root), "step": "apply", "force": False}, "fw1", PLATFORM
    )
    assert record is not None
    record.begin()
    record.tell({"failed": True, "msg": "MODULE FAILURE"}, heard=heard)
    assert not judged(directory, 1, "fw1").stands
    assert steps.to_take_back(directory, ["fw1"]) == ([] if heard else ["fw1"])


def test_one_that_could_not_be_confirmed_is_asked_to_put_back(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", {"changed": False, "confirm_until": "2099-11-27T20:15:00Z"})
    step(directory, "fw1", "confirm", REFUSED)
    assert not judged(directory, 1, "fw1").stands
    assert steps.to_take_back(directory, ["fw1"]) == ["fw1"]


def test_one_that_cannot_be_put_back_is_never_told_as_restored(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", applied())
    step(directory, "fw1", "restore", MOVED)
    assert results.read(directory, "fw1")["stage"] == "not restored"
    assert steps.end(directory, scene(FLEET))["outcome"] == "stopped"


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        ({"a_x": True}, {"a_x": True}, []),
        ({"a_x": False}, {"a_x": True}, []),
        ({"a_x": True}, {"a_x": False}, ["desk: a.x:443 was not let through (proxy_denied)"]),
        ({"a_x": True}, {"deny_x": False}, ["desk: deny.x:443 was let through (proxy_denied)"]),
        ({"a_x": True}, {"a_x": None, "b_x": True}, ["desk: a.x:443 worked before, and is unknown now"]),
        ({"a_x": None}, {"a_x": None}, ["desk: nothing could be proved from there"]),
        ({}, {"a_x": None, "b_x": True}, []),
    ],
)
def test_a_batch_stands_where_the_test_hosts_see_what_they_should(
    directory: ChangeDirectory, before: dict[str, bool], after: dict[str, bool], reasons: list[str]
) -> None:
    canary_seen(directory, before, after)
    verdict = judged(directory, 1, "fw1", desk=["fw1"])
    assert verdict.reasons == reasons
    assert verdict.stands is not bool(reasons)


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        ({"a_x": False, "deny_x": True}, {"a_x": False, "deny_x": True}, []),
        ({"a_x": True}, {"a_x": False}, ["desk: a.x:443 was not let through (proxy_denied)"]),
        ({"deny_x": True}, {"deny_x": False}, ["desk: deny.x:443 was let through (proxy_denied)"]),
    ],
)
def test_behind_an_appliance_of_a_later_batch_nothing_may_be_lost_and_not_all_works_yet(
    directory: ChangeDirectory, before: dict[str, bool], after: dict[str, bool], reasons: list[str]
) -> None:
    canary_seen(directory, before, after)
    verdict = judged(directory, 1, "fw1", desk=["fw1", "fw4"])
    assert (verdict.reasons, verdict.probed["waiting"]) == (reasons, int(not reasons))
    step(directory, "fw1", "confirm", {"changed": False})
    found = assemble(directory)
    waiting = [item["text"] for item in found["warnings"] if item["kind"] == "waiting"]
    assert len(waiting) == 1
    assert not [item for item in found["failures"] if item["kind"] == "probe"]
    assert not judged(directory, 1, "fw1", desk=["fw1"]).stands


def test_a_test_host_that_saw_nothing_is_no_proof(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", applied())
    assert judged(directory, 1, "fw1", desk=["fw1"]).reasons == [
        "desk: the probes did not run: the module did not run there"
    ]


def test_a_test_host_behind_several_appliances_is_asked_once_a_batch() -> None:
    found = scene(FLEET, desk=["fw3", "fw2"], phone=["fw4"]).test_hosts(Batch(2, ("fw2", "fw3")))
    assert found == {"fw2": ["desk"], "fw3": []}


# -- rings and slices ------------------------------------------------------------------------------------------------


def test_a_ring_begins_when_the_one_before_is_confirmed(directory: ChangeDirectory) -> None:
    with pytest.raises(ChangeError, match="Batch 1 of change CHG-1 has appliances that are not confirmed: fw1"):
        begin(directory, ["fw2"])
    begin(directory, ["fw1"])
    step(directory, "fw1", "apply", applied())
    step(directory, "fw1", "confirm", {"changed": False})
    assert begin(directory, ["fw2"])["hosts"] == ["fw2"]
    assert begin(directory, ["fw3"], run=RUN._replace(began="2"))["hosts"] == ["fw3"]


# -- who is at work --------------------------------------------------------------------------------------------------


def other(machine: str = "elsewhere", pid: int = 2**30, began: str = "9", place: str = RUN.place) -> Run:
    return Run(machine, pid, began, place)


def test_another_run_at_work_is_named_and_nothing_is_taken(directory: ChangeDirectory) -> None:
    begin(directory, FLEET, run=other())
    with pytest.raises(ChangeError, match=r"Change CHG-1 is under way on fw1: process \d+ of elsewhere is at work"):
        begin(directory, FLEET)
    lease.give_up(directory, FLEET, RUN)  # what others hold stays theirs
    assert directory.lock("fw1").exists()


def test_a_run_that_died_here_holds_nothing(directory: ChangeDirectory) -> None:
    begin(directory, FLEET, run=other(machine=RUN.machine))
    assert begin(directory, FLEET)["hosts"] == FLEET


def test_a_run_that_lives_here_holds_what_it_has_for_ever(directory: ChangeDirectory) -> None:
    began = lease._began(os.getppid())
    begin(directory, FLEET, run=other(RUN.machine, os.getppid(), str(began)))
    with pytest.raises(ChangeError, match="is under way"):
        begin(directory, FLEET, now=minutes(600))


def test_a_run_elsewhere_that_says_nothing_any_more_counts_as_dead_in_time(directory: ChangeDirectory) -> None:
    begin(directory, FLEET, run=other())
    with pytest.raises(ChangeError, match="it counts as dead at 2099-11-27T20:30:00Z"):
        begin(directory, FLEET, now=minutes(29))
    assert begin(directory, FLEET, now=minutes(31))["hosts"] == FLEET


@pytest.mark.parametrize("place", ["there", ""])
def test_a_process_of_another_container_of_the_same_name_is_not_looked_for_here(
    directory: ChangeDirectory, place: str
) -> None:
    begin(directory, FLEET, run=other(machine=RUN.machine, place=place))
    with pytest.raises(ChangeError, match="it counts as dead at 2099-11-27T20:30:00Z"):
        begin(directory, FLEET, now=minutes(29))
    assert begin(directory, FLEET, now=minutes(31))["hosts"] == FLEET


def test_where_the_system_tells_of_no_processes_nobody_counts_as_dead_at_once(directory: ChangeDirectory) -> None:
    begin(directory, FLEET, run=other(machine=RUN.machine, place=""))
    with pytest.raises(ChangeError, match="is under way"):
        begin(directory, FLEET, run=RUN._replace(pid=2, place=""))


def test_a_run_is_of_this_machine_since_it_began_and_of_this_container() -> None:
    boot, _space, processes = lease._place().partition(" ")
    assert boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert processes == os.readlink("/proc/self/ns/pid")


def test_what_a_run_is_at_work_on_is_not_set_outside_its_change(directory: ChangeDirectory) -> None:
    begin(directory, ["fw1"], run=other())
    with pytest.raises(ChangeError, match="Change CHG-1 is under way on fw1"):
        steps.refuse_beside(directory.root, scene(FLEET))
    steps.refuse_beside(directory.root, scene(FLEET[1:]))
    steps.refuse_beside(directory.root / "none", scene(FLEET))
    assert not (directory.root / "none").exists()


def test_a_lease_that_ran_out_is_not_taken_back_from_who_has_it_now(directory: ChangeDirectory) -> None:
    begin(directory, FLEET, run=other())
    begin(directory, FLEET, now=minutes(31))
    held = directory.lock("fw1").read_bytes()
    with pytest.raises(ChangeError, match="process 1 of controller is at work"):
        lease.renew(directory, "fw1", other("third"), minutes(32))
    lease.renew_all(directory, other(), minutes(50))
    assert directory.lock("fw1").read_bytes() == held
    lease.renew(directory, "fw1", RUN, minutes(32))
    assert json.loads(directory.lock("fw1").read_bytes())["until"] == "2099-11-27T21:02:00Z"
    directory.lock("fw1").unlink()
    lease.renew(directory, "fw1", RUN, minutes(33))
    assert json.loads(directory.lock("fw1").read_bytes())["until"] == "2099-11-27T21:03:00Z"


def until(directory: ChangeDirectory, name: str) -> str:
    return str(json.loads(directory.lock(name).read_bytes())["until"])


def test_who_is_at_work_on_one_appliance_keeps_all_that_it_has_taken(directory: ChangeDirectory) -> None:
    lease.take(directory, FLEET[:3], other(), NOW)
    lease.take(directory, FLEET[3:], RUN, NOW)
    taken, others = until(directory, FLEET[2]), until(directory, FLEET[3])
    lease.renew(directory, FLEET[0], other(), minutes(14))
    assert until(directory, FLEET[2]) == taken, "what is fresh was written again"
    lease.renew(directory, FLEET[1], other(), minutes(29))
    assert until(directory, FLEET[2]) == until(directory, FLEET[1]) > taken
    assert until(directory, FLEET[3]) == others
    with pytest.raises(ChangeError, match="is under way"):
        lease.take(directory, FLEET[2:3], RUN, minutes(58))
    lease.take(directory, FLEET[2:3], RUN, minutes(60))


def test_a_look_keeps_what_the_run_has_taken_and_takes_nothing(directory: ChangeDirectory) -> None:
    begin(directory, FLEET[:2], run=other())
    lease.renew_held(directory, FLEET[0], other(), minutes(29))
    for name in FLEET[:2]:
        assert until(directory, name) == "2099-11-27T20:59:00Z"
    held = directory.lock(FLEET[0]).read_bytes()
    lease.renew_held(directory, FLEET[0], other("third"), minutes(50))
    lease.renew_held(directory, FLEET[2], other(), minutes(50))
    assert directory.lock(FLEET[0]).read_bytes() == held
    assert not directory.lock(FLEET[2]).exists()


@pytest.mark.parametrize("task", ["compares", "probes"])
def test_a_task_that_sets_nothing_says_that_its_run_is_at_work(directory: ChangeDirectory, task: str) -> None:
    run, now = lease.this_run(), datetime.datetime.now(datetime.timezone.utc)
    begin(directory, FLEET[:2], run=run, now=now - lease.LASTS * 2 / 3)
    nearly_over = until(directory, FLEET[1])
    about = {"change": "CHG-1", "change_dir": str(directory.root)}
    if task == "compares":
        record = record_of({**about, "step": "compare", "force": False}, FLEET[0], PLATFORM, writing=False)
    else:
        record = seen_of({**about, "appliance": FLEET[0], "when": "before", "test_host": "desk1"})
    assert record is not None
    record.begin()
    assert until(directory, FLEET[0]) == until(directory, FLEET[1]) > nearly_over


@pytest.mark.parametrize(
    "content",
    [
        *("", "{}", "[]", '{"run": 1}'),
        *('{"run": ["a", 1, "c"], "until": "2199-01-01T00:00:00Z"}', '{"run": ["a", "b", "c", "d"], "until": "x"}'),
    ],
)
def test_a_damaged_lease_holds_nothing(directory: ChangeDirectory, content: str) -> None:
    begin(directory, FLEET)
    directory.lock("fw1").write_text(content)
    assert begin(directory, FLEET)["hosts"] == FLEET


# -- what another change has left -------------------------------------------------------------------------------------


def other_change(directory: ChangeDirectory, *names: str) -> ChangeDirectory:
    """CHG-2, planned for these appliances beside CHG-1."""
    return planned(directory.root, names or FLEET, dataclasses.replace(WISH, ticket="CHG-2"))


UNFINISHED: t.Final = ["applying", "applied", "failed", "restoring", "not restored"]


@pytest.mark.parametrize("stage", UNFINISHED)
def test_a_change_waits_until_another_is_finished_on_its_appliances(directory: ChangeDirectory, stage: str) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", applied())
    results.advance(directory, "fw1", stage, NOW)
    status.note_stage(directory, "fw1", stage, NOW)
    steps.end(directory, scene(FLEET))  # the run is over, and holds nothing
    second = other_change(directory)
    with pytest.raises(ChangeError) as raised:
        begin(second, FLEET)
    assert f"not finished on 1 appliances of this run: fw1 (CHG-1: {stage}). Finish it with apply" in str(raised.value)
    assert "-e allowlist_change=CHG-1 --limit" in str(raised.value)
    assert not second.lock("fw1").exists()
    assert begin(other_change(directory, "fw4"), ["fw4"])["hosts"] == ["fw4"]  # the others need not wait
    with pytest.raises(ChangeError, match=rf"fw1 \(CHG-1: {stage}\)"):
        steps.refuse_beside(directory.root, scene(FLEET))
    steps.refuse_beside(directory.root, scene(FLEET[1:]))
    # The way out is to take the other one back.
    assert steps.undo(directory, scene(["fw1"]), force=False) == ["fw1"]
    step(directory, "fw1", "restore", {"changed": True})
    steps.end(directory, scene(["fw1"]))
    assert begin(other_change(directory, "fw1"), ["fw1"])["hosts"] == ["fw1"]


def test_a_change_that_is_finished_by_its_own_files_or_kept_no_more_keeps_nobody_waiting(
    directory: ChangeDirectory,
) -> None:
    begin(directory, FLEET)
    step(directory, "fw1", "apply", applied())
    results.advance(directory, "fw1", results.CONFIRMED, NOW)  # and killed before it was noted elsewhere
    second = other_change(directory)
    assert status.read(directory, "fw1")["change"]["stage"] == "applied"
    assert begin(second, FLEET)["hosts"] == FLEET
    shutil.rmtree(directory.path)
    assert begin(second, FLEET)["hosts"] == FLEET


def test_a_later_change_that_left_nothing_is_no_reason_to_stay(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    for name in FLEET:
        step(directory, name, "apply", applied())
        step(directory, name, "confirm", {"changed": False})
    later = other_change(directory)
    for name, stage in zip(FLEET, (results.RESTORED, results.SKIPPED, results.WAITING, results.CONFIRMED), strict=True):
        results.advance(later, name, stage, NOW)
        status.note_stage(later, name, stage, NOW)
    with pytest.raises(ChangeError, match=r"would be undone with CHG-1: fw4 \(CHG-2\)\. Restore"):
        steps.undo(directory, scene(FLEET), force=False)
    assert steps.undo(directory, scene(FLEET[:3]), force=False) == FLEET[:3]
    # What the appliance holds decides still: another list than that of CHG-1 is not put away without force.
    assert step(directory, "fw1", "restore", {"changed": True})["expect_before"] == [digest()]


# -- from batch to batch ----------------------------------------------------------------------------------------------


def test_a_window_that_is_over_stops_the_run_before_its_next_batch(directory: ChangeDirectory) -> None:
    wanted = approval.Policy("true")
    approve(directory)
    begin(directory, FLEET, policy=wanted)
    steps.proceed(directory, 1, wanted, scene(FLEET))
    step(directory, "fw1", "apply", applied())
    step(directory, "fw1", "confirm", {"changed": False})
    with pytest.raises(ChangeError) as raised:
        steps.proceed(directory, 2, wanted, scene(FLEET, now=minutes(31)))
    said = str(raised.value)
    assert said.startswith("Change CHG-1 stops before batch 2 of 3. The approval of change CHG-1 expired at 2099-")
    assert "What is confirmed stays as it is" in said
    assert stages(directory) == ["confirmed", "waiting", "waiting", "waiting"]
    assert not any(directory.lock(name).exists() for name in FLEET[1:])
    approve(directory, not_after=written(minutes(90)))
    assert begin(directory, FLEET, policy=wanted, now=minutes(60))["hosts"] == FLEET[1:]


def test_what_is_left_stays_taken_while_the_batches_before_it_last(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    steps.proceed(directory, 1, ANY, scene(FLEET, now=minutes(10)))
    fresh = {until(directory, name) for name in FLEET}
    assert fresh == {"2099-11-27T20:30:00Z"}, "nothing is written that is good for long enough"
    steps.proceed(directory, 2, ANY, scene(FLEET, now=minutes(20)))
    assert {until(directory, name) for name in FLEET} == {"2099-11-27T20:50:00Z"}


def test_comparing_an_appliance_with_its_plan_leaves_its_stage_and_is_never_done_in_earnest(
    directory: ChangeDirectory,
) -> None:
    begin(directory, FLEET)
    options = {"change": "CHG-1", "change_dir": str(directory.root), "step": "compare", "force": False}
    record = record_of(options, "fw1", PLATFORM, writing=False)
    assert record is not None and not record.foresees()
    applying = record_of({**options, "step": "apply"}, "fw1", PLATFORM, writing=False)
    assert applying is not None and applying.foresees()
    assert record.arguments() == applying.arguments()
    record.begin()
    record.tell(MOVED)
    assert results.read(directory, "fw1")["stage"] == results.WAITING
    with pytest.raises(ChangeError, match="compare is for a task in check mode"):
        record_of(options, "fw1", PLATFORM)


def test_check_mode_takes_nothing(directory: ChangeDirectory) -> None:
    watching = steps.Scene(tuple(FLEET), {}, RUN, NOW, writing=False)
    from .changes import ANY

    assert steps.begin(directory, ANY, watching, skip_moved=False)["hosts"] == FLEET
    assert not directory.lock("fw1").exists()
    assert not directory.result("fw1").exists()


# -- taking a change back --------------------------------------------------------------------------------------------


def test_a_change_is_taken_back_unless_a_later_one_would_be_undone(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    for name in FLEET:
        step(directory, name, "apply", applied())
        step(directory, name, "confirm", {"changed": False})
    later = ChangeDirectory.of(str(directory.root), "CHG-2")
    status.note_stage(later, "fw3", "confirmed", NOW)
    with pytest.raises(ChangeError, match=r"Later changes would be undone with CHG-1: fw3 \(CHG-2\)"):
        steps.undo(directory, scene(FLEET), force=False)
    assert steps.undo(directory, scene(FLEET), force=True) == FLEET
    assert steps.undo(directory, scene(["fw1", "fw2"]), force=False) == ["fw1", "fw2"]
    assert "expect_before" not in step(directory, "fw3", "restore", {"changed": True}, force=True)


def test_what_a_run_does_not_have_of_a_change_is_named(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    for name in FLEET[:3]:
        step(directory, name, "apply", applied())
    assert steps.undo(directory, scene(["fw1"]), force=False) == ["fw1"]
    assert steps.not_in_run(directory, scene(["fw1", "fw4"])) == ["fw2", "fw3"]
    with pytest.raises(ChangeError, match=r"of this inventory\. It has on fw1, fw2, fw3, which this run does not have"):
        steps.undo(directory, scene(["fw4"]), force=False)


@pytest.mark.parametrize(("kind", "stage"), [("apply", "failed"), ("confirm", "failed"), ("restore", "not restored")])
def test_one_that_cannot_be_reached_says_so_in_each_step_and_may_hold_anything(
    directory: ChangeDirectory, kind: str, stage: str
) -> None:
    begin(directory, FLEET)
    if kind != "apply":
        step(directory, "fw1", "apply", applied(confirm_until="2099-11-27T20:15:00Z"))
    options = {"change": "CHG-1", "change_dir": str(directory.root), "step": kind, "force": False}
    record = record_of(options, "fw1", PLATFORM)
    assert record is not None
    record.begin()
    record.not_reached("No route to host")
    found = results.read(directory, "fw1")
    assert (found["stage"], found["message"]) == (stage, "No route to host")
    judged(directory, 1, "fw1")
    assert steps.to_take_back(directory, ["fw1"]) == ["fw1"]
    assert steps.end(directory, scene(FLEET))["outcome"] == "stopped"
    told = json.loads(directory.evidence.read_bytes())["failures"]
    assert [(item["text"], item["concerns"]) for item in told] == [("No route to host", ["fw1"])]


def test_nothing_is_taken_back_twice(directory: ChangeDirectory) -> None:
    with pytest.raises(ChangeError, match="has changed nothing that is still in force"):
        steps.undo(directory, scene(FLEET), force=False)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["waiting", "waiting"], "planned"),
        (["confirmed", "waiting"], "under way"),
        (["confirmed", "skipped"], "applied"),
        (["confirmed", "left out"], "applied in part"),
        (["skipped", "left out"], "restored"),
        (["left out", "waiting"], "under way"),
        (["left out", "restored"], "restored"),
        ([], "applied"),
        (["confirmed", "restored"], "restored"),
        (["restored", "waiting"], "restored"),
        (["restored", "applying"], "stopped"),
        (["not restored", "restored"], "stopped"),
        (["failed", "confirmed"], "stopped"),
    ],
)
def test_what_became_of_a_change(found: list[str], expected: str) -> None:
    assert outcome({str(place): stage for place, stage in enumerate(found)}) == expected


@pytest.mark.parametrize("content", ["", "{}", '{"stage": "x", "history": []}', '{"stage": "applied"}'])
def test_a_damaged_result_stops_the_change(directory: ChangeDirectory, content: str) -> None:
    begin(directory, FLEET)
    directory.result("fw2").write_text(content)
    with pytest.raises(ChangeError, match="is damaged"):
        begin(directory, FLEET)


def test_the_progress_is_told(directory: ChangeDirectory) -> None:
    begin(directory, FLEET)
    results.advance(directory, "fw1", results.APPLYING, NOW)
    results.advance(directory, "fw1", results.APPLIED, minutes(1))
    assert steps.progress(directory, minutes(2)) == "1 of 4 appliances have it, after 2:00 min, about 6:00 min left."


# -- one batch in several runs ---------------------------------------------------------------------------------------


def test_what_another_run_over_the_same_batch_takes_back_is_taken_back_here(
    directory: ChangeDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fw2 and fw3 are one batch, and each has a run of its own."""
    begin(directory, ["fw1"])
    step(directory, "fw1", "apply", applied())
    step(directory, "fw1", "confirm", {})
    other = Run("another", 1, "1", "there")
    begin(directory, ["fw2"])
    begin(directory, ["fw3"], run=other)
    step(directory, "fw2", "apply", applied())
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(lease, "this_run", lambda: other)
        step(directory, "fw3", "apply", REFUSED)
    assert judged(directory, 2, "fw2").reasons == ["fw3: it failed in another run over this batch"]
    assert judged(directory, 2, "fw2", most=1).stands
    judged(directory, 2, "fw3")
    assert stages(directory) == ["confirmed", "applied", "restored", "waiting"]
    assert judged(directory, 2, "fw2", most=1).reasons == ["fw3: another run over this batch takes it back"]
    with pytest.raises(ChangeError, match="was taken back on fw3"):
        begin(directory, ["fw4"])


def test_a_run_that_has_some_of_what_a_test_host_is_behind_is_refused(directory: ChangeDirectory) -> None:
    def begun(*names: str) -> t.Any:
        behind = {"desk": ["fw1", "fw2", "fw3"]}
        return steps.begin(directory, ANY, steps.Scene(names, behind, RUN, NOW), skip_moved=False)

    begun("fw1")
    step(directory, "fw1", "apply", applied())
    step(directory, "fw1", "confirm", {})
    with pytest.raises(ChangeError, match=r"Test host desk is behind fw2, fw3, all in batch 2 .* has not all of them"):
        begun("fw2")
    assert begun("fw2", "fw3")["hosts"] == ["fw2", "fw3"]
