# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of drift, and whose list an appliance is found to hold."""

from __future__ import annotations

import datetime
import json
import multiprocessing
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line, compare
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results, status
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    status_file,
    write_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.drift import failing, kind_of, look
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.held import Plans

Plain = dict[str, t.Any]

NONE, OLD, NEW, OTHER = "none", "a" * 64, "b" * 64, "c" * 64
A, B = Line("a.example  tcp/443", "Service A"), Line("b.example  tcp/443", "")
MONDAY = datetime.datetime(2026, 11, 23, 2, tzinfo=datetime.timezone.utc)


def day(number: int) -> datetime.datetime:
    """The night of a day; 0 is Monday's."""
    return MONDAY + datetime.timedelta(days=number)


def at(number: int) -> str:
    return f"2026-11-{23 + number}T02:00:00Z"


def told(holds: str = NEW, wanted: str = NEW, **more: t.Any) -> Plain:
    """What a task tells that found one list and compared it with another."""
    stored, should = ([A], [A]) if holds == wanted else ([A], [A, B])
    return {
        "changed": holds != wanted,
        "before": {"digest": None if holds == NONE else holds},
        "after": {"digest": wanted},
        "running": {"state": "running"},
        "difference": {**compare(stored, should), "not_running": False},
        "corrected": False,
        "fail": True,
        **more,
    }


def unreachable() -> Plain:
    return {"message": "no route", "unreachable": True}


def seen(root: Path, number: int, what: Plain, **options: t.Any) -> Plain:
    """What the report says of the one appliance after a look in the night of a day."""
    found: Plain = look({"fw1": what}, root, day(number), **options)["appliances"]["fw1"]
    return found


def kept(root: Path) -> Plain:
    content: Plain = json.loads(status_file(root, "fw1").read_text())
    return content


def planned(root: Path, id: str, before: str, after: str, stage: str = results.WAITING, number: int = 0) -> None:
    """A change with a plan for the one appliance, and how far it is there."""
    change = ChangeDirectory.of(str(root), id)
    write_json(change.plan, {"format": 1, "change": id, "appliances": {"fw1": {"before": before, "after": after}}})
    if stage != results.WAITING:
        results.advance(change, "fw1", stage, day(number))


# -- since when --------------------------------------------------------------------------------------------------


def test_drift_is_known_since_it_was_first_seen(tmp_path: Path) -> None:
    assert "first_seen" not in seen(tmp_path, 0, told())
    assert seen(tmp_path, 1, told(OLD))["first_seen"] == at(1)
    again = seen(tmp_path, 2, told(OLD))
    assert (again["first_seen"], again["holds_since"]) == (at(1), at(1))


def test_another_list_is_no_new_drift_and_it_is_known_since_when_it_is_there(tmp_path: Path) -> None:
    seen(tmp_path, 0, told(OLD))
    found = seen(tmp_path, 1, told(OTHER))
    assert (found["first_seen"], found["holds_since"]) == (at(0), at(1))


def test_an_appliance_in_step_again_is_forgotten_to_have_drifted(tmp_path: Path) -> None:
    seen(tmp_path, 0, told(OLD))
    assert "first_seen" not in seen(tmp_path, 1, told())
    assert "first_seen" not in kept(tmp_path)["drift"]
    assert seen(tmp_path, 2, told(OLD))["first_seen"] == at(2)


def test_what_was_put_right_is_told_since_when_it_was_not_and_is_in_step_now(tmp_path: Path) -> None:
    seen(tmp_path, 0, told(OLD))
    found = seen(tmp_path, 1, told(OLD, corrected=True))
    assert (found["state"], found["first_seen"]) == ("corrected", at(0))
    assert (kept(tmp_path)["drift"]["state"], kept(tmp_path)["drift"]["holds"]) == ("in step", NEW)


@pytest.mark.parametrize("silence", [unreachable(), {"message": "no such file"}])
def test_silence_ends_no_drift(tmp_path: Path, silence: Plain) -> None:
    seen(tmp_path, 0, told(OLD))
    assert seen(tmp_path, 1, silence)["unknown_since"] == at(1)
    found = seen(tmp_path, 2, silence)
    assert (found["unknown_since"], found["first_seen"], found["holds"]) == (at(1), at(0), OLD)
    assert kept(tmp_path)["drift"]["answered_at"] == at(0)
    found = seen(tmp_path, 3, told(OLD))
    assert found["first_seen"] == at(0)
    assert "unknown_since" not in found


def test_an_appliance_that_was_never_reached_is_not_in_step_nor_drifted(tmp_path: Path) -> None:
    found = seen(tmp_path, 0, unreachable())
    assert (found["state"], found["unknown_since"]) == ("unreachable", at(0))
    assert "first_seen" not in found
    assert seen(tmp_path, 1, {"message": "no such file"})["state"] == "not known"


def test_a_clock_that_goes_backwards_leaves_nothing_in_the_future(tmp_path: Path) -> None:
    seen(tmp_path, 5, told(OLD))
    found = seen(tmp_path, 2, told(OLD))
    assert (found["first_seen"], found["holds_since"]) == (at(2), at(2))
    assert seen(tmp_path, 6, told(OLD))["first_seen"] == at(2)
    seen(tmp_path, 1, unreachable())
    assert {value for value in kept(tmp_path)["drift"].values() if str(value).endswith("Z")} == {at(1)}


@pytest.mark.parametrize("nonsense", [7, "yesterday", None, ["x"], "2026-11-23T02:00:00Z; rm"])
def test_what_is_no_time_counts_from_now(tmp_path: Path, nonsense: t.Any) -> None:
    write_json(status_file(tmp_path, "fw1"), {"drift": {"first_seen": nonsense, "holds_since": nonsense}})
    assert seen(tmp_path, 1, told(OLD))["first_seen"] == at(1)


def test_check_mode_tells_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    seen(tmp_path, 0, told(OLD))
    before = kept(tmp_path)
    assert seen(tmp_path, 1, told(OLD), writing=False)["first_seen"] == at(0)
    assert kept(tmp_path) == before
    seen(tmp_path / "none", 1, told(OLD), writing=False)
    assert not (tmp_path / "none").exists()


def test_without_a_directory_there_is_no_memory() -> None:
    report = look({"fw1": told(OLD)}, None, day(0))
    assert not report["remembered"]
    assert "first_seen" not in report["appliances"]["fw1"]


@pytest.mark.parametrize(
    ("missing", "foreign", "not_running", "kind"),
    [
        (1, 1, False, "both"),
        (1, 0, True, "missing"),
        (0, 1, False, "foreign"),
        (0, 0, True, "running"),
        (0, 0, False, "rules"),
    ],
)
def test_drift_is_of_one_kind(missing: int, foreign: int, not_running: bool, kind: str) -> None:
    sides = {"missing": {"count": missing}, "foreign": {"count": foreign}}
    assert kind_of({**sides, "not_running": not_running}) == kind


# -- the file ----------------------------------------------------------------------------------------------------


def test_what_others_noted_of_an_appliance_stays(tmp_path: Path) -> None:
    change = ChangeDirectory.of(str(tmp_path), "CHG-1")
    status.note_stage(change, "fw1", results.CONFIRMED, day(0))
    seen(tmp_path, 1, told(OLD))
    status.note_agreement(change, "fw1", NEW, day(2))
    assert kept(tmp_path)["change"]["id"] == "CHG-1"
    assert kept(tmp_path)["drift"]["first_seen"] == at(1)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"drift": {\xff}}'])
def test_a_damaged_file_is_told_and_kept_and_the_others_are_remembered(tmp_path: Path, damage: bytes) -> None:
    path = status_file(tmp_path, "fw1")
    path.parent.mkdir(parents=True)
    path.write_bytes(damage)
    what = {"fw1": told(OLD), "fw2": told(OLD)}
    report = look(what, tmp_path, day(1))
    assert report["appliances"]["fw1"]["state"] == "drifted"
    assert [text for text in failing(report, what) if str(path) in text] == report["damaged"]
    assert path.read_bytes() == damage
    assert look(what, tmp_path, day(2))["appliances"]["fw2"]["first_seen"] == at(1)


def test_only_what_is_to_fail_the_run_does(tmp_path: Path) -> None:
    what = {"fw1": told(OLD, fail=False), "fw2": told(OLD), "fw3": unreachable(), "fw4": told()}
    said = failing(look(what, tmp_path, day(0)), what)
    assert [text.split(".")[0] for text in said] == ["fw2: drifted", "fw3: unreachable"]


def note_often(root: str, id: str) -> None:
    for number in range(40):
        if id == "drift":
            look({"fw1": told(OLD)}, Path(root), day(number % 5))
        else:
            status.note_stage(ChangeDirectory.of(root, id), "fw1", results.APPLIED, day(0))


def test_a_rollout_and_looks_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    run = multiprocessing.get_context("spawn").Process
    runs = [run(target=note_often, args=(str(tmp_path), id)) for id in ("drift", "drift", "CHG-1")]
    for process in runs:
        process.start()
    for process in runs:
        process.join(60)
        assert process.exitcode == 0
    assert {"drift", "change", "appliance"} <= kept(tmp_path).keys()
    assert kept(tmp_path)["drift"]["first_seen"] == at(0)
    assert [path.name for path in status_file(tmp_path, "fw1").parent.iterdir()] in (
        [".lock", "fw1.json"],
        ["fw1.json", ".lock"],
    )


# -- whose list --------------------------------------------------------------------------------------------------


def whose(root: Path, holds: str, wanted: str = NEW) -> tuple[str, str | None]:
    found = Plans(root).holder("fw1", holds, wanted)
    return found.kind, found.change


@pytest.mark.parametrize("stage", ["applying", "applied", "failed", "restoring", "not restored"])
@pytest.mark.parametrize("holds", [OLD, NEW])
def test_both_lists_of_a_change_that_is_not_finished_are_its(tmp_path: Path, stage: str, holds: str) -> None:
    planned(tmp_path, "CHG-1", OTHER, OLD, results.CONFIRMED, 1)
    planned(tmp_path, "CHG-2", OLD, NEW, stage)
    assert whose(tmp_path, holds, OTHER) == ("unfinished", "CHG-2")
    assert stage in Plans(tmp_path).holder("fw1", holds, OTHER).text


def test_the_list_of_an_older_plan_is_named_by_its_change(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", NONE, OLD, results.CONFIRMED)
    planned(tmp_path, "CHG-2", OLD, OTHER, results.CONFIRMED, 1)
    assert whose(tmp_path, OLD) == ("older", "CHG-1")
    assert whose(tmp_path, OTHER) == ("older", "CHG-2")


def test_of_several_changes_with_the_same_list_the_last_is_named(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-2", NONE, OLD, results.CONFIRMED, 1)
    planned(tmp_path, "CHG-1", NONE, OLD, results.CONFIRMED, 2)
    assert whose(tmp_path, OLD) == ("older", "CHG-1")


def test_an_appliance_whose_turn_has_not_come_waits_for_its_change(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", OLD, NEW)
    assert whose(tmp_path, OLD) == ("unfinished", "CHG-1")
    assert Plans(tmp_path).holder("fw1", OLD, NEW).text == "CHG-1, not there yet"


def test_a_plan_that_would_not_bring_what_is_wanted_explains_nothing(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", OLD, OTHER)
    assert whose(tmp_path, OLD) == ("nobody", None)


def test_what_was_there_before_a_change_is_told_as_that(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", OTHER, OLD, results.CONFIRMED)
    assert Plans(tmp_path).holder("fw1", OTHER, NEW).text == "as before CHG-1"


def test_what_a_restored_change_left_is_told_as_before_it(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", NONE, OLD, results.RESTORED)
    assert Plans(tmp_path).holder("fw1", NONE, NEW).text == "as before CHG-1"
    assert Plans(tmp_path).holder("fw1", OLD, NEW).text == "CHG-1, restored here"


def test_who_took_a_list_away_is_not_known_from_there_having_been_none(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", NONE, OLD, results.CONFIRMED)
    assert whose(tmp_path, NONE) == ("nobody", None)


def test_the_right_list_that_does_not_run_is_nobody_elses(tmp_path: Path) -> None:
    assert whose(tmp_path, NEW) == ("wanted", None)
    planned(tmp_path, "CHG-1", OLD, NEW, results.CONFIRMED)
    assert whose(tmp_path, NEW) == ("wanted", "CHG-1")


def test_what_no_plan_knows_is_nobodys(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", NONE, OLD, results.CONFIRMED)
    assert Plans(tmp_path).holder("fw1", OTHER, NEW).text == "nobody's"
    assert whose(tmp_path / "nowhere", OTHER) == ("nobody", None)


def test_a_damaged_plan_or_result_is_told_and_the_others_are_matched(tmp_path: Path) -> None:
    for id, damage in (("CHG-0", "{"), ("CHG-1", '{"appliances": {"fw1": 3}}'), ("CHG-2", "{}")):
        plan = ChangeDirectory.of(str(tmp_path), id).plan
        plan.parent.mkdir()
        plan.write_text(damage)
    planned(tmp_path, "CHG-3", NONE, OLD, results.CONFIRMED)
    ChangeDirectory.of(str(tmp_path), "CHG-3").result("fw1").write_text("{}")
    planned(tmp_path, "CHG-4", NONE, OLD, results.CONFIRMED)
    plans = Plans(tmp_path)
    assert plans.holder("fw1", OLD, NEW).change == "CHG-4"
    assert [next(id for id in ("CHG-0", "CHG-1", "CHG-2", "CHG-3") if id in text) for text in plans.damaged] == [
        "CHG-0",
        "CHG-1",
        "CHG-2",
        "CHG-3",
    ]


# -- agreement ---------------------------------------------------------------------------------------------------


def test_the_change_that_an_appliance_agrees_with_is_found_by_its_list_and_stays(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", NONE, NEW, results.CONFIRMED)
    assert seen(tmp_path, 1, told())["agreed"] == {"change": "CHG-1", "digest": NEW, "at": at(1)}
    assert seen(tmp_path, 2, told())["agreed"]["at"] == at(2)
    assert seen(tmp_path, 3, told(OTHER))["agreed"] == {"change": "CHG-1", "digest": NEW, "at": at(2)}
    assert seen(tmp_path, 4, unreachable())["agreed"]["at"] == at(2)


def test_an_appliance_agrees_with_a_change_while_another_list_is_wanted(tmp_path: Path) -> None:
    planned(tmp_path, "CHG-1", NONE, OLD, results.CONFIRMED)
    found = seen(tmp_path, 1, told(OLD))
    assert (found["whose"]["text"], found["agreed"]["change"]) == ("CHG-1", "CHG-1")


def test_an_agreement_that_is_no_such_thing_is_not_believed(tmp_path: Path) -> None:
    write_json(status_file(tmp_path, "fw1"), {"agreed": {"change": 7, "digest": NEW, "at": None}})
    assert seen(tmp_path, 1, told())["agreed"] is None


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChangeError, match="cannot be written"):
        status.note_stage(ChangeDirectory.of(str(tmp_path / "file"), "CHG-1"), "fw1", results.APPLIED, day(0))
    report = look({"fw1": told(OLD)}, tmp_path / "file", day(0))
    assert len(report["damaged"]) == 1
