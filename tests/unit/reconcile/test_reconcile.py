# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The one flow: the order of its steps, every order in which they can fail, and what is never written."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    STOPPED,
    UNKNOWN,
    ApplianceError,
    ReconcileError,
    Wanted,
    reconcile,
)

from tests.unit.reconcile.scripted import READING, WRITING, Scripted, Stored

OLD = Stored("a" * 64, "generation 0", ("a.example", "b.example"))
WANTED = Wanted("b" * 64, {"entries": ["b.example", "c.example"]}, {})
ANNOUNCED_ONLY = Wanted(WANTED.digest)
NOTHING = Wanted(None)
ERRORS = (ApplianceError("It broke."), OSError(28, "No space left on device"))
STARTS: dict[str, t.Callable[[], Scripted]] = {
    "no list": Scripted,
    "another list": lambda: Scripted(OLD, OLD),
    "another list, not running": lambda: Scripted(OLD, None),
    "the list, not running": lambda: Scripted(OLD._replace(digest=str(WANTED.digest)), OLD),
    "a stopped daemon": lambda: Scripted(OLD, None, STOPPED),
    "a silent daemon": lambda: Scripted(OLD, None, UNKNOWN),
}
each_start = pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
each_error = pytest.mark.parametrize("error", ERRORS, ids=["said by the appliance", "said by the system"])


# -- what a call does ------------------------------------------------------------------------------------------------


@each_start
def test_a_list_that_differs_is_brought_in_force_in_this_order_and_a_second_call_writes_nothing(
    start: t.Callable[[], Scripted],
) -> None:
    device = start()
    before = device.stored
    outcome = reconcile(device, WANTED)
    assert (outcome.changed, outcome.artefact_needed) == (True, False)
    steps = ["read", "describe", "lock", "read", "stage", "validate", "save", "activate", "read", "tidy"]
    assert device.steps == steps
    assert device.stored is not None
    assert device.stored.digest == WANTED.digest
    assert [state.native for state in device.backups] == [before]
    assert outcome.facts["backup"] == "/backups/1"
    assert outcome.facts["before"]["digest"] == (before.digest if before else None)
    assert outcome.facts["after"] == {"digest": WANTED.digest, "entries": 2}
    assert not device.locked

    device.steps.clear()
    again = reconcile(device, ANNOUNCED_ONLY)
    assert (again.changed, again.artefact_needed, device.steps) == (False, False, ["read"])
    assert again.facts["backup"] is None
    assert again.facts["difference"]["missing"]["count"] == again.facts["difference"]["foreign"]["count"] == 0


def test_a_list_that_runs_and_is_stored_is_left_alone() -> None:
    device = Scripted(OLD, OLD)
    outcome = reconcile(device, Wanted(OLD.digest))
    assert (outcome.changed, device.written) == (False, [])
    assert outcome.facts["running"] == {"state": "running", "digest": OLD.digest}


@pytest.mark.parametrize("daemon", [STOPPED, UNKNOWN])
def test_a_daemon_that_cannot_be_asked_does_not_count_against_what_is_stored_and_is_told(daemon: str) -> None:
    device = Scripted(OLD, None, daemon)
    outcome = reconcile(device, Wanted(OLD.digest))
    assert (outcome.changed, device.written) == (False, [])
    assert outcome.facts["running"] == {"state": daemon, "digest": None}


@pytest.mark.parametrize(
    "loaded", [None, OLD._replace(generation="an earlier one")], ids=["nothing", "an earlier load"]
)
def test_a_list_that_is_stored_but_does_not_run_is_put_in_force(loaded: Stored | None) -> None:
    device = Scripted(OLD, loaded)
    outcome = reconcile(device, Wanted(OLD.digest, {"entries": list(OLD.entries)}, {}))
    assert outcome.changed
    assert outcome.facts["difference"]["not_running"]
    assert device.loaded == device.stored


def test_where_the_list_is_needed_and_not_at_hand_it_is_asked_for_and_nothing_is_written() -> None:
    device = Scripted(OLD, OLD)
    assert reconcile(device, ANNOUNCED_ONLY) == (False, True, {})
    assert device.steps == ["read"]


def test_a_list_that_shall_be_gone_goes_and_then_is_gone() -> None:
    device = Scripted(OLD, OLD)
    assert reconcile(device, NOTHING).changed
    assert (device.stored, device.loaded) == (None, None)
    assert not reconcile(device, NOTHING).changed


def test_what_is_missing_and_what_is_foreign_is_told_by_service() -> None:
    difference = reconcile(Scripted(OLD, OLD), WANTED).facts["difference"]
    assert difference["missing"] == {"count": 1, "by_service": {"Store": ["c.example"]}, "truncated": False}
    assert difference["foreign"] == {"count": 1, "by_service": {"Store": ["a.example"]}, "truncated": False}


def test_a_difference_is_shown_only_where_it_is_asked_for() -> None:
    assert "diff" not in reconcile(Scripted(OLD, OLD), WANTED).facts
    shown = reconcile(Scripted(OLD, OLD), WANTED, diff_mode=True).facts["diff"]
    assert shown[0]["before"] == "[Store]\na.example\n"
    assert shown[0]["after"] == "[Store]\nc.example\n"
    assert shown[1]["before"] != shown[1]["after"]


# -- check mode ------------------------------------------------------------------------------------------------------


@each_start
@pytest.mark.parametrize("wanted", [WANTED, ANNOUNCED_ONLY, NOTHING], ids=["list", "digest only", "no list"])
@pytest.mark.parametrize("diff_mode", [False, True])
def test_check_mode_calls_no_step_that_writes(start: t.Callable[[], Scripted], wanted: Wanted, diff_mode: bool) -> None:
    device = start()
    kept = (device.stored, device.loaded)
    reconcile(device, wanted, check_mode=True, diff_mode=diff_mode)
    assert set(device.steps) <= READING
    assert (device.stored, device.loaded) == kept


@each_start
@pytest.mark.parametrize("step", sorted(READING - {"describe"}))
@each_error
def test_check_mode_writes_nothing_where_it_fails_either(
    start: t.Callable[[], Scripted], step: str, error: Exception
) -> None:
    device = start()
    device.fails = {step: [error]}
    with pytest.raises(ReconcileError, match=r"Nothing was changed\.$"):
        reconcile(device, WANTED, check_mode=True)
    assert device.written == []


@each_start
@pytest.mark.parametrize("wanted", [WANTED, NOTHING], ids=["list", "no list"])
def test_check_mode_predicts_what_the_real_run_then_does(start: t.Callable[[], Scripted], wanted: Wanted) -> None:
    predicted = reconcile(start(), wanted, check_mode=True, diff_mode=True)
    done = reconcile(start(), wanted, diff_mode=True)
    assert predicted.changed == done.changed
    assert {**predicted.facts, "backup": None} == {**done.facts, "backup": None}


# -- failures --------------------------------------------------------------------------------------------------------

BEFORE_THE_FIRST_WRITE = [("read", 0), ("lock", 0), ("read", 1), ("stage", 0), ("validate", 0), ("save", 0)]
AFTER_THE_FIRST_WRITE = [("activate", 0), ("read", 2)]


def failing(step: str, call: int, error: Exception) -> dict[str, list[Exception | None]]:
    return {step: [None] * call + [error]}


@each_start
@pytest.mark.parametrize(("step", "call"), BEFORE_THE_FIRST_WRITE)
@each_error
def test_a_failure_before_anything_is_in_force_leaves_everything_as_it_was(
    start: t.Callable[[], Scripted], step: str, call: int, error: Exception
) -> None:
    device = start()
    kept = (device.stored, device.loaded)
    device.fails = failing(step, call, error)
    with pytest.raises(ReconcileError) as raised:
        reconcile(device, WANTED)
    assert str(raised.value).endswith("Nothing was changed.")
    assert str(error).rstrip(".") in str(raised.value)
    assert (device.stored, device.loaded, device.staged, device.locked) == (*kept, [], False)
    assert not {"activate", "restore"} & set(device.steps)


@each_start
@pytest.mark.parametrize(("step", "call"), AFTER_THE_FIRST_WRITE)
@each_error
def test_a_failure_after_that_puts_back_what_was_there_and_says_both(
    start: t.Callable[[], Scripted], step: str, call: int, error: Exception
) -> None:
    device = start()
    before = device.stored
    device.fails = failing(step, call, error)
    with pytest.raises(ReconcileError) as raised:
        reconcile(device, WANTED)
    assert str(error).rstrip(".") in str(raised.value)
    assert str(raised.value).endswith("The list that was there has been put back.")
    assert raised.value.facts["backup"] == "/backups/1"
    assert device.stored == before
    assert device.loaded == (before if device.daemon == "running" else None)
    assert device.steps[-3:] == ["restore", "read", "tidy"]
    assert not device.locked


def test_a_daemon_that_goes_on_with_the_old_list_is_a_failure() -> None:
    device = Scripted(OLD, OLD)
    device.loads_nothing = True
    with pytest.raises(ReconcileError) as raised:
        reconcile(device, WANTED)
    assert str(raised.value) == (
        f"After activation the appliance holds {'b' * 12} and runs {'a' * 12} (running), not {'b' * 12}. "
        "The list that was there has been put back."
    )
    assert device.stored == device.loaded == OLD


@each_error
def test_where_putting_back_fails_as_well_both_failures_are_told(error: Exception) -> None:
    for step, call in (("restore", 0), ("read", 3)):
        device = Scripted(OLD, OLD)
        device.fails = {**failing("activate", 0, ApplianceError("Squid refused it.")), **failing(step, call, error)}
        if step == "read":
            device.fails["read"] = [None, None, error]
        with pytest.raises(ReconcileError) as raised:
            reconcile(device, WANTED)
        assert str(raised.value).startswith(
            "Squid refused it. Putting back the list that was there failed as well: " + str(error).rstrip(".")
        )
        assert not device.locked


def test_where_something_else_is_stored_after_putting_back_that_is_told() -> None:
    device = Scripted(OLD, OLD)
    device.fails = failing("activate", 0, ApplianceError("Squid refused it."))
    device.restore = lambda state: None  # type: ignore[method-assign]
    with pytest.raises(ReconcileError, match=f"there failed: {'b' * 12} is stored now"):
        reconcile(device, WANTED)


def test_where_the_daemon_runs_something_else_after_putting_back_that_is_told() -> None:
    device = Scripted(OLD, OLD)
    device.fails = failing("read", 2, ApplianceError("No answer."))

    def stuck() -> None:
        device.loads_nothing = True

    device.meanwhile = {"restore": stuck}
    with pytest.raises(ReconcileError, match=f"is stored again, but {'b' * 12} is running"):
        reconcile(device, WANTED)


@pytest.mark.parametrize("first", ["stage", "validate", "save"])
@each_error
def test_the_first_failure_is_told_even_where_clearing_up_after_it_fails(first: str, error: Exception) -> None:
    device = Scripted(OLD, OLD)
    device.fails = {first: [ApplianceError("The first.")], "discard": [error]}
    with pytest.raises(ReconcileError) as raised:
        reconcile(device, WANTED)
    assert str(raised.value).startswith(
        f"The first. Nothing in force was changed, but what was prepared could not be removed: {error}"
    )


@pytest.mark.parametrize(("step", "cleared"), [("stage", "discard"), ("validate", "discard"), ("activate", "restore")])
def test_a_fault_of_ours_is_told_as_such_and_cleared_up_after_all_the_same(step: str, cleared: str) -> None:
    device = Scripted(OLD, OLD)
    device.fails = {step: [ZeroDivisionError()]}
    with pytest.raises(ZeroDivisionError):
        reconcile(device, WANTED)
    assert (device.stored, device.loaded, device.locked) == (OLD, OLD, False)
    assert cleared in device.steps


@each_error
def test_a_list_that_is_in_force_is_no_failure_because_of_what_could_not_be_tidied(error: Exception) -> None:
    device = Scripted(OLD, OLD)
    device.fails = {"tidy": [error]}
    assert reconcile(device, WANTED).changed


STEPS = ["read", "lock", "stage", "validate", "save", "activate", "discard", "restore", "tidy"]


@each_start
def test_whatever_two_steps_fail_the_device_is_as_before_or_as_wanted_or_the_message_says_that_it_is_not(
    start: t.Callable[[], Scripted],
) -> None:
    ends = set()
    for (first, second), (call, other) in itertools.product(
        itertools.product(STEPS, repeat=2), itertools.product(range(4), repeat=2)
    ):
        device = start()
        before = device.stored
        error, another = ApplianceError("One."), OSError("Two")
        device.fails = {first: [None] * call + [error]}
        device.fails[second] = [*device.fails.get(second, []), *[None] * other, another]
        try:
            changed = reconcile(device, WANTED).changed
        except ReconcileError as failure:
            message = str(failure)
            assert "One." in message or "Two" in message
            if "failed as well" in message:
                ends.add("not put back")
            else:
                assert device.stored == before, device.steps
                cleared = "what was prepared could not be removed" not in message
                assert message.endswith(("Nothing was changed.", "has been put back.")) or not cleared
                ends.add("as before")
                assert ("activate" in device.steps) is message.endswith("put back.")
        else:
            assert changed
            assert device.stored is not None
            assert device.stored.digest == WANTED.digest
            ends.add("as wanted")
        assert not device.locked
        assert set(device.steps) <= READING | WRITING | {"validate"}
    assert ends == {"not put back", "as before", "as wanted"}


# -- others ----------------------------------------------------------------------------------------------------------


def test_what_another_run_did_while_this_one_waited_for_the_lock_is_seen() -> None:
    device = Scripted(OLD, OLD)

    def other_run() -> None:
        device.stored = device.loaded = Stored(str(WANTED.digest), "theirs", ("b.example", "c.example"))

    device.meanwhile = {"lock": other_run}
    outcome = reconcile(device, WANTED)
    assert (outcome.changed, device.written, device.backups) == (False, ["lock"], [])


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("stored", "found"), [(OLD, OLD.digest), (None, "none")])
def test_a_plan_that_was_made_of_another_state_is_refused(stored: Stored | None, found: str, check_mode: bool) -> None:
    device = Scripted(stored, stored)
    with pytest.raises(ReconcileError) as raised:
        reconcile(device, WANTED, check_mode, expect_before=["c" * 64])
    assert str(raised.value) == (
        f"The appliance has moved: it holds {found}, and expect_before is {'c' * 64}. Nothing was changed. "
        "Make a new plan from what is there now."
    )
    assert raised.value.facts["before"]["digest"] == (stored.digest if stored else None)
    assert device.written == []


def test_a_plan_is_refused_too_where_the_device_moves_before_it_is_locked() -> None:
    device = Scripted(OLD, OLD)

    def other_run() -> None:
        device.stored = device.loaded = Stored("c" * 64, "theirs", ())

    device.meanwhile = {"lock": other_run}
    with pytest.raises(ReconcileError, match="The appliance has moved"):
        reconcile(device, WANTED, expect_before=[str(OLD.digest)])
    assert device.written == ["lock"]
    assert not device.locked


def test_a_plan_that_fits_is_carried_out() -> None:
    assert reconcile(Scripted(OLD, OLD), WANTED, expect_before=[str(OLD.digest)]).changed
    assert reconcile(Scripted(), WANTED, expect_before=["none"]).changed
