# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Others on the same device: their changes, locks and commits are neither published nor lost, and they are named."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._api import jobs

from lab.simulators.faults import Fault, FaultScript
from lab.simulators.server import Reply, Request
from tests.integration.simulators.panos.panos_target import LIST, PanosTarget
from tests.integration.simulators.target import Refused

A, B = ("a.example.com",), ("b.example.com",)


def category(target: PanosTarget, name: str = LIST) -> str:
    return f"{target.root}/profiles/custom-url-category/entry[@name='{name}']"


def edit(target: PanosTarget, admin: str, name: str = LIST, entry: str = "added.example/") -> None:
    text = f"<entry name='{name}'><list><member>{entry}</member></list></entry>"
    target.simulator.config.edit(category(target, name), text, admin)


def refused(target: PanosTarget, match: str, *names: str, **more: t.Any) -> None:
    """Both the check and the run refuse, with the same words, and nothing of anybody's changes."""
    before = (target.running(), target.stored(), target.foreign())
    for check in (True, False):
        with pytest.raises(Refused, match=match) as raised:
            target.present(*(names or B), check=check, **more)
        assert str(raised.value).rstrip().endswith("Nothing was changed.")
        assert (target.running(), target.stored(), target.foreign()) == before


def at_request(target: PanosTarget, wanted: t.Callable[[dict[str, str]], bool], act: t.Callable[[], object]) -> None:
    """Do something once, right before the first request of a kind is answered."""
    handle, waiting = target.simulator.handle, [act]

    def watched(request: Request) -> Reply:
        if waiting and wanted(request.form()):
            waiting.pop()()
        return handle(request)

    target.simulator.handle = watched


def asks(text: str) -> t.Callable[[dict[str, str]], bool]:
    return lambda form: text in form.get("cmd", "") or text == form.get("action")


# -- pending changes -----------------------------------------------------------------------------------------------


def test_what_others_changed_elsewhere_stays_pending(firewall: PanosTarget) -> None:
    before = firewall.foreign()
    firewall.present(*A)
    assert firewall.foreign() == before
    assert [one.owner for one in firewall.simulator.config.changes.values()] == ["alice"]


def test_what_others_changed_of_the_list_is_refused_and_kept(firewall: PanosTarget) -> None:
    firewall.present(*A)
    edit(firewall, "alice")
    refused(firewall, f"alice changed objects of this list .* did not commit that: .*{LIST}")
    assert firewall.stored() == {"added.example/"}


def test_what_others_deleted_above_the_list_is_refused(firewall: PanosTarget) -> None:
    firewall.present(*A)
    firewall.simulator.config.delete(f"{firewall.root}/profiles/custom-url-category", "alice")
    refused(firewall, "alice changed objects of this list")


def test_what_our_own_administrator_changed_elsewhere_would_be_published_so_it_is_refused(
    firewall: PanosTarget,
) -> None:
    edit(firewall, "automation", "another")
    refused(
        firewall, "automation has changes pending .* that are not of this list, .*another.*administrator of its own"
    )
    assert category(firewall, "another") in firewall.simulator.config.changes


def test_what_others_changed_elsewhere_after_our_own_administrator_is_refused_as_well(firewall: PanosTarget) -> None:
    edit(firewall, "automation", "another")
    edit(firewall, "alice", "another", "alices.example/")
    refused(firewall, "automation has changes pending .* that are not of this list, .*another.*of its own")
    assert category(firewall, "another") in firewall.simulator.config.changes


def test_an_edit_of_others_between_reading_and_locking_is_refused_and_kept(firewall: PanosTarget) -> None:
    firewall.present(*A)
    at_request(firewall, asks("<config-lock><add>"), lambda: edit(firewall, "alice"))
    with pytest.raises(Refused, match="alice changed objects of this list"):
        firewall.present(*B)
    assert (firewall.running(), firewall.stored()) == (firewall.entries(*A), {"added.example/"})
    assert firewall.leftovers() == []


def test_an_edit_of_others_after_ours_whatever_became_of_the_lock_is_not_committed(firewall: PanosTarget) -> None:
    firewall.present(*A)
    at_request(firewall, asks("<validate>"), lambda: edit(firewall, "alice"))
    with pytest.raises(Refused, match=r"alice changed objects of this list.*could not be removed"):
        firewall.present(*B)
    assert (firewall.running(), firewall.stored()) == (firewall.entries(*A), {"added.example/"})


def test_an_edit_that_was_committed_before_the_lock_is_seen(firewall: PanosTarget) -> None:
    firewall.present(*A)
    digest = firewall.info()["stored"]["digest"]

    def change() -> None:
        edit(firewall, "alice")
        assert firewall.simulator.commit_as("alice") == []

    at_request(firewall, asks("<config-lock><add>"), change)
    with pytest.raises(Refused, match="The appliance has moved"):
        firewall.present(*B, expect_before=digest)
    assert firewall.running() == {"added.example/"}


# -- locks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "scope"), [("config", "vsys1"), ("config", "shared"), ("commit", "vsys1")])
def test_a_lock_of_others_is_refused_with_owner_and_comment(firewall: PanosTarget, kind: str, scope: str) -> None:
    firewall.simulator.locks.add(kind, scope, "alice", "moving the mail servers")
    refused(firewall, rf"alice holds a {kind} lock on .*, for {scope} \(moving the mail servers\)")
    assert firewall.leftovers() == []


def test_a_config_lock_on_another_vsys_is_in_nobodys_way(firewall: PanosTarget) -> None:
    firewall.simulator.names.append("vsys2")
    firewall.simulator.locks.add("config", "vsys2", "alice", None)
    firewall.present(*A)
    assert [lock.admin for lock in firewall.simulator.locks.held] == ["alice"]


def test_a_person_who_uses_our_account_keeps_the_lock(firewall: PanosTarget) -> None:
    firewall.simulator.locks.add("config", "vsys1", "automation", "by hand")
    with pytest.raises(Refused, match=r"automation holds a config lock .*\(by hand\)"):
        firewall.present(*A)
    assert [lock.comment for lock in firewall.simulator.locks.held] == ["by hand"]


@pytest.mark.parametrize("last", ["<config-lock><add>", "edit", "<validate>", "<commit>", "<show><jobs>"])
def test_what_a_crashed_run_left_is_recognised_and_cleaned(firewall: PanosTarget, last: str) -> None:
    firewall.present(*A)
    crash(firewall, asks(last))
    assert firewall.leftovers() != []
    firewall.present(*B, check=True)
    firewall.present(*B)
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*B), [])


def test_a_commit_of_a_crashed_run_is_waited_for_because_it_is_what_runs_then(firewall: PanosTarget) -> None:
    firewall.present(*A)
    firewall.simulator.jobs.steps = 30
    crash(firewall, asks("<commit>"))
    assert firewall.running() == firewall.entries(*A)
    firewall.simulator.jobs.steps = 1
    firewall.present("c.example.com")
    assert firewall.running() == firewall.entries("c.example.com")
    firewall.restored()
    assert firewall.running() == firewall.entries(*B)


def crash(target: PanosTarget, wanted: t.Callable[[dict[str, str]], bool]) -> None:
    """Break a run off right after a request of a kind was done, so that nothing is tidied."""

    class Killed(BaseException):
        pass

    others = target.make
    killed: list[bool] = []

    def make(given: t.Any, progress: t.Any) -> t.Any:
        made = others(given, progress)
        ask = made.panos.ask

        def until(repeatable: bool, **fields: str) -> t.Any:
            if killed:
                raise Killed
            answer = ask(repeatable, **fields)
            killed.extend([True] if wanted(fields) else [])
            if killed:
                raise Killed
            return answer

        made.panos.ask = until
        return made

    target.make = make
    with pytest.raises(Killed):
        target.present(*B)
    target.make = others


def test_a_crash_of_another_controller_is_told_and_not_guessed(firewall: PanosTarget, tmp_path: Path) -> None:
    firewall.present(*A, backup_dir=str(tmp_path / "other"))
    comment = f"managed_desktop.network {LIST} run 00000000 of 0123456789abcdef"
    firewall.simulator.locks.add("config", "vsys1", "automation", comment)
    with pytest.raises(Refused, match=r"automation holds a config lock .*0123456789abcdef.*have it removed"):
        firewall.present(*B)
    assert len(firewall.simulator.locks.held) == 1


def test_of_two_controllers_at_once_one_works_and_the_other_is_told(firewall: PanosTarget, tmp_path: Path) -> None:
    told: list[str] = []

    def other() -> None:
        firewall.simulator.handle = handle
        with pytest.raises(Refused) as raised:
            firewall.present(*B, backup_dir=str(tmp_path / "other"))
        told.append(str(raised.value))

    handle = firewall.simulator.handle
    edits = iter([True])

    def watched(request: Request) -> Reply:
        reply = handle(request)
        if request.form().get("action") == "edit" and next(edits, False):
            firewall.simulator.lock.release()
            try:
                other()
            finally:
                firewall.simulator.lock.acquire()
        return reply

    firewall.simulator.handle = watched
    firewall.present(*A)
    assert "automation holds a config lock" in told[0] and told[0].endswith("Nothing was changed.")
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*A), [])


def test_two_runs_of_one_controller_at_once_do_not_meet(firewall: PanosTarget) -> None:
    told: list[str] = []

    def second() -> None:
        firewall.simulator.lock.release()
        try:
            with pytest.raises(Refused) as raised:
                firewall.present(*B)
            told.append(str(raised.value))
        finally:
            firewall.simulator.lock.acquire()

    at_request(firewall, asks("edit"), second)
    firewall.present(*A)
    assert "Another run is changing this list" in told[0]
    assert firewall.running() == firewall.entries(*A)


@pytest.mark.parametrize("fails", [False, True])
def test_locks_that_could_not_be_given_back_are_told_whatever_else_there_is_to_tell(
    firewall: PanosTarget, fails: bool
) -> None:
    handle, committed = firewall.simulator.handle, []
    firewall.simulator.locks.release = lambda admin: None
    firewall.simulator.commit_fails = ["the URL database is missing"] if fails else []

    def watched(request: Request) -> Reply:
        form = request.form()
        committed.extend([True] if form.get("type") == "commit" else [])
        if committed and "<show><config-locks>" in form.get("cmd", ""):
            return Reply(b"gone", 503)
        return handle(request)

    firewall.simulator.handle = watched
    if fails:
        with pytest.raises(
            Refused, match=r"The commit failed .* It still runs, .*\. The locks on .* may still be held"
        ):
            firewall.present(*A)
    else:
        assert "may still be held" in firewall.present(*A)["panos"]["locks_left"]
    assert len(firewall.simulator.locks.held) == 2
    firewall.simulator.handle = handle
    firewall.present(*B)
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*B), [])


# -- commits -------------------------------------------------------------------------------------------------------


def test_a_commit_of_others_that_is_under_way_is_waited_for(
    firewall: PanosTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(jobs, "sleep", waited.append)
    at_request(
        firewall,
        asks("<validate>"),
        lambda: firewall.simulator.jobs.begin("Commit", "alice", "", lambda: ([], [])),
    )
    firewall.present(*A)
    assert waited and firewall.running() == firewall.entries(*A)


def test_a_commit_that_others_never_end_is_given_up(firewall: PanosTarget) -> None:
    def begin() -> None:
        job = firewall.simulator.jobs.begin("Commit", "alice", "", lambda: ([], []))
        job.steps = 10**9

    at_request(firewall, asks("<validate>"), begin)
    with pytest.raises(Refused, match=r"Another commit/validate is in progress.*Nothing was changed\."):
        firewall.present(*A, activation_timeout=0.5)
    assert firewall.leftovers() == []


@pytest.mark.parametrize(
    ("attribute", "match"),
    [
        ("validation_fails", r"The validation failed on .*: the URL database is missing\..*Nothing was changed\."),
        (
            "commit_fails",
            r"The commit failed on .*: the URL database is missing\. The list that was there has been put",
        ),
    ],
)
def test_what_the_device_finds_wrong_is_told_and_the_old_list_stays(
    firewall: PanosTarget, attribute: str, match: str
) -> None:
    firewall.present(*A)
    setattr(firewall.simulator, attribute, ["the URL database is missing"])
    with pytest.raises(Refused, match=match):
        firewall.present(*B)
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*A), [])
    assert firewall.stored() == firewall.running()


@pytest.mark.parametrize("limit", ["entries", "total"])
def test_a_list_over_the_limits_of_the_firewall_is_refused_by_it(firewall: PanosTarget, limit: str) -> None:
    firewall.present(*A)
    firewall.simulator.limits[limit] = 4
    with pytest.raises(Refused, match=r"5 URLs exceed the limit of 4|6 URLs exceed the limit of 4"):
        firewall.present(*[f"name-{number}.example.com" for number in range(5)])
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*A), [])


def test_a_commit_whose_answer_was_lost_is_found_and_not_made_twice(firewall: PanosTarget) -> None:
    script = firewall.simulator.script
    at_request(firewall, asks("<commit>"), lambda: None)
    handle = firewall.simulator.handle

    def lost(request: Request) -> Reply:
        if request.form().get("type") == "commit":
            firewall.simulator.script = FaultScript(Fault.LOST, 1)
            handle(request)
            return Reply(b"", 500)
        return handle(request)

    firewall.simulator.handle = lost
    firewall.present(*A)
    firewall.simulator.script = script
    commits = [job for job in firewall.simulator.jobs.known if job.kind == "Commit"]
    assert len(commits) == 1 and firewall.running() == firewall.entries(*A)
    assert commits[0].description.startswith(f"managed_desktop.network {LIST} ")
