# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work of others, locks, and sessions that were left behind: what is not ours stays as it is, what is ours goes."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import pytest

from lab.simulators.checkpoint import Session
from tests.integration.simulators.checkpoint.events import Died, after, at, before, dying, some
from tests.integration.simulators.checkpoint.target import ALICE, LIST, PENDING, ROBOT, CheckPointTarget
from tests.integration.simulators.target import NEW, OLD, Refused


class Elsewhere(CheckPointTarget):
    """The same server, managed from another controller."""

    def __init__(self, first: CheckPointTarget, directory: Path) -> None:
        super().__init__(directory)
        self.simulator, self.gateways = first.simulator, first.gateways

    def params(self, **more: t.Any) -> dict[str, t.Any]:
        return super().params(backup_dir=str(self.directory / "elsewhere"), **more)


OUR_NAME: t.Final = f"managed_desktop.network {LIST} 0123abcd"
"""What a run of ours might call its session, and anybody else his."""

PUBLISHING: t.Final = 9
"""The number of the request of a change that publishes it."""


def locked_by_alice(site: CheckPointTarget) -> Session:
    session = site.simulator.foreign_session(ALICE, name="tidying up")
    site.simulator.foreign_change(session, LIST, ["alices.example/"])
    return session


@pytest.mark.parametrize("check", [False, True], ids=["for real", "in check mode"])
def test_an_object_that_somebody_else_has_locked_is_refused_and_he_is_named(
    site: CheckPointTarget, check: bool
) -> None:
    site.present(*OLD)
    session = locked_by_alice(site)
    others = site.foreign()
    with pytest.raises(Refused) as refused:
        site.present(*NEW, check=check)
    assert f"is locked by alice, in the session 'tidying up' ({session.uid})" in str(refused.value)
    assert str(refused.value).endswith("Nothing was changed.")
    assert (site.foreign(), site.leftovers()) == (others, [])
    assert site.info()["locked_by"] == "alice"
    assert not site.present(*OLD)["changed"], "what is in step needs no lock"
    site.simulator.domain.sessions.remove(session)
    assert site.present(*NEW)["changed"]


def test_one_who_locks_it_while_we_look_is_named_as_well(site: CheckPointTarget) -> None:
    site.present(*OLD)
    with at(site.simulator, "set-application-site", lambda: locked_by_alice(site)), pytest.raises(Refused) as refused:
        site.present(*NEW)
    assert "is locked by alice" in str(refused.value) and site.leftovers() == []
    assert site.running() == site.entries(*OLD)


def test_one_who_publishes_the_object_while_we_look_is_not_overwritten(site: CheckPointTarget) -> None:
    site.present(*OLD)

    def publish() -> None:
        site.simulator.foreign_change(site.alice, LIST, ["alices.example/"])
        site.simulator.foreign_publish(site.alice)

    with at(site.simulator, "set-application-site", publish), pytest.raises(Refused) as refused:
        site.present(*NEW)
    assert "was changed by somebody while this run looked at it" in str(refused.value)
    assert site.simulator.published_urls(LIST) == ("alices.example/",)
    assert site.leftovers() == []


def test_a_plan_is_refused_where_the_object_has_moved_since(site: CheckPointTarget) -> None:
    planned = site.present(*OLD, check=True)["before"]["digest"] or "none"
    site.present(*OLD)
    with pytest.raises(Refused, match="The appliance has moved"):
        site.present(*NEW, expect_before=planned)
    assert site.running() == site.entries(*OLD) and site.leftovers() == []


@pytest.mark.parametrize("check", [False, True], ids=["for real", "in check mode"])
def test_what_others_have_published_is_not_installed_unasked(site: CheckPointTarget, check: bool) -> None:
    site.present(*OLD)
    site.simulator.foreign_publish(site.alice)
    running = [gateway.revision for gateway in site.gateways]
    with pytest.raises(Refused) as refused:
        site.present(*NEW, check=check)
    assert "1 change(s) of others" in str(refused.value) and "(by alice)" in str(refused.value)
    assert str(refused.value).endswith("Nothing was changed.") and site.leftovers() == []
    assert [gateway.revision for gateway in site.gateways] == running
    assert site.present(*NEW, check=check, install_others=True)["changed"]


def published_by_alice_just_before(site: CheckPointTarget, command: str) -> t.Any:
    return at(site.simulator, command, lambda: site.simulator.foreign_publish(site.alice))


@pytest.mark.parametrize("command", ["publish", "show-last-published-session"])
def test_what_others_publish_after_the_check_is_not_installed_unasked_either(
    site: CheckPointTarget, command: str
) -> None:
    site.present(*OLD)
    running = [gateway.revision for gateway in site.gateways]
    with published_by_alice_just_before(site, command), pytest.raises(Refused) as refused:
        site.present(*NEW)
    assert "1 change(s) of others" in str(refused.value) and "(by alice)" in str(refused.value)
    expected = "has been put back." if command == "publish" else "Nothing was changed."
    assert str(refused.value).endswith(expected) and site.leftovers() == []
    assert [gateway.revision for gateway in site.gateways] == running
    assert frozenset(site.simulator.published_urls(LIST) or ()) == site.entries(*OLD)


def test_what_others_publish_after_the_check_is_installed_where_that_was_asked_for(site: CheckPointTarget) -> None:
    site.present(*OLD)
    with published_by_alice_just_before(site, "publish"):
        assert site.present(*NEW, install_others=True)["changed"]
    assert site.running() == site.entries(*NEW)


def test_the_way_back_installs_nothing_of_others_unasked_either(site: CheckPointTarget) -> None:
    site.present(*OLD)
    theirs = site.simulator.running_urls(site.gateways[0], PENDING)
    site.gateways[1].fails = "The gateway cannot be reached"
    alice = functools.partial(site.simulator.foreign_publish, site.alice)
    with after(site.simulator, "install-policy", alice), pytest.raises(Refused) as refused:
        site.present(*NEW)
    assert "failed on gw-2" in str(refused.value)
    assert "Putting back the list that was there failed as well: 1 change(s) of others" in str(refused.value)
    assert site.simulator.running_urls(site.gateways[0], PENDING) == theirs
    assert site.leftovers() == []


def test_what_we_published_and_did_not_install_is_not_of_others(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.present(*NEW, policy_package=None)
    assert site.info()["in_step"] is False
    assert site.present(*NEW)["changed"]
    assert site.running() == site.entries(*NEW)


def test_while_somebody_installs_nothing_is_begun(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.simulator.task_seconds = 60.0
    site.simulator.foreign_install(site.alice, "Standard")
    for check in (True, False):
        with pytest.raises(Refused, match="Standard is being installed on"):
            site.present(*NEW, check=check)
    assert site.leftovers() == []


def test_of_two_controllers_one_works_and_the_other_is_refused(site: CheckPointTarget, tmp_path: Path) -> None:
    site.present(*OLD)
    other = Elsewhere(site, tmp_path)
    messages: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(Refused) as refused:
            other.present("third.example.com")
        messages.append(str(refused.value))

    with before("publish", meanwhile):
        assert site.present(*NEW)["changed"]
    assert "Another controller is changing managed_desktop" in messages[0]
    assert site.running() == site.entries(*NEW) and site.leftovers() == []
    assert other.present("third.example.com")["changed"]


def test_two_runs_of_one_controller_do_not_meet(site: CheckPointTarget) -> None:
    site.present(*OLD)
    messages: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(Refused) as refused:
            site.present("third.example.com")
        messages.append(str(refused.value))

    with before("publish", meanwhile):
        site.present(*NEW)
    assert "Another run is changing this list" in messages[0]
    assert site.running() == site.entries(*NEW) and site.leftovers() == []


def requests_of_a_change(site: CheckPointTarget) -> int:
    site.present(*OLD)
    site.simulator.requests.clear()
    site.present(*NEW)
    return len(site.simulator.requests)


def test_wherever_a_run_dies_the_next_one_clears_up_and_goes_on(site: CheckPointTarget) -> None:
    last = requests_of_a_change(site)
    assert [request.rpartition("/")[2] for request in site.simulator.requests][PUBLISHING - 1] == "publish"
    for number in some(range(2, last + 1), 7):
        site.fresh()
        site.present(*OLD)
        others = site.foreign()
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, number)
            with pytest.raises(Died):
                site.present(*NEW)
        assert site.running() in (site.entries(*OLD), site.entries(*NEW)), number
        assert site.leftovers(), "its session is still open"
        site.present(*NEW)
        assert site.running() == site.entries(*NEW), number
        assert site.foreign() == others, number
        # A run that died before it set about to change anything has locked nothing, and its session ends by itself.
        assert [left for left in site.leftovers() if "(0 changes)" not in left] == [], number
        assert not site.present(*NEW)["changed"], number


def test_a_run_that_died_keeps_check_mode_from_nothing(site: CheckPointTarget) -> None:
    site.present(*OLD)
    with pytest.MonkeyPatch.context() as patch:
        dying(patch, PUBLISHING)
        with pytest.raises(Died):
            site.present(*NEW)
    assert [len(one.changes) for one in site.simulator.all_sessions() if one.administrator == ROBOT] == [1]
    assert site.present(*NEW, check=True)["changed"]
    assert site.info()["locked_by"] == "robot"


def test_what_another_controller_left_goes_when_its_session_is_over(site: CheckPointTarget, tmp_path: Path) -> None:
    site.present(*OLD)
    other = Elsewhere(site, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        dying(patch, PUBLISHING)
        with pytest.raises(Died):
            other.present("third.example.com")
    with pytest.raises(Refused, match="Another controller is changing"):
        site.present(*NEW)
    site.simulator.ahead += 601
    assert site.present(*NEW)["changed"]
    assert site.leftovers() == [] and site.running() == site.entries(*NEW)


@pytest.mark.parametrize("check", [False, True], ids=["for real", "in check mode"])
def test_a_session_of_ours_that_somebody_else_opened_is_not_ours(site: CheckPointTarget, check: bool) -> None:
    site.present(*OLD)
    session = site.simulator.foreign_session(ALICE, name=OUR_NAME)
    site.simulator.foreign_change(session, LIST, ["alices.example/"])
    session.expired = True
    with pytest.raises(Refused, match="is locked by alice"):
        site.present(*NEW, check=check)
    assert set(session.changes) == {LIST}


@pytest.mark.parametrize("check", [False, True], ids=["for real", "in check mode"])
def test_what_others_publish_under_a_name_of_ours_is_of_others(site: CheckPointTarget, check: bool) -> None:
    site.present(*OLD)
    site.simulator.foreign_publish(site.simulator.foreign_session(ALICE, name=OUR_NAME))
    with pytest.raises(Refused, match=r"1 change\(s\) of others are published .* \(by alice\)"):
        site.present(*NEW, check=check)
    assert site.running() == site.entries(*OLD) and site.leftovers() == []


def test_lists_beside_one_another_touch_nothing_of_each_other(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.present("second.example.com", name="second", install_others=True)
    assert site.present(*NEW, install_others=True)["changed"]
    assert not site.present("second.example.com", name="second")["changed"]
    assert site.absent(name="second", install_others=True)["changed"]
    assert site.running() == site.entries(*NEW)


def test_an_object_that_a_rule_uses_is_not_removed(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.simulator.domain.packages["Standard"].uses.add(LIST)
    with pytest.raises(Refused) as refused:
        site.absent()
    assert "is used in policy Standard" in str(refused.value)
    assert str(refused.value).endswith("Nothing was changed.")
    assert site.running() == site.entries(*OLD) and site.leftovers() == []


def test_what_alice_is_at_is_never_touched(site: CheckPointTarget) -> None:
    others = site.foreign()
    for names in (OLD, NEW):
        site.present(*names)
    site.restored()
    site.absent()
    assert site.foreign() == others
    assert site.alice.changes[PENDING] is not None
