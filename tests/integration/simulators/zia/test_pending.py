# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that are saved and not active: of others, of a run of ours that was killed, and of another controller."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.api import Api
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.note import read_note, write_note

from lab.simulators.server import Reply, Request
from lab.simulators.zia import USER
from lab.simulators.zia.device import COLLEAGUE
from tests.integration.simulators.target import NEW, OLD, Refused
from tests.integration.simulators.zia.target import ZiaTarget


class Killed(BaseException):
    """Ends a run as a signal does: nothing of it goes on."""


@pytest.fixture()
def killed(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., None]:
    """Change the list, and end the run where it calls this method of the API for the n-th time."""

    def run(target: ZiaTarget, method: str, at: int = 1, **more: t.Any) -> None:
        calls = [0]
        genuine = getattr(Api, method)

        def counted(self: Api, *given: t.Any) -> t.Any:
            calls[0] += 1
            if calls[0] == at:
                raise Killed
            return genuine(self, *given)

        with monkeypatch.context() as patch:
            patch.setattr(Api, method, counted)
            with pytest.raises(Killed):
                target.present(*NEW, **more)

    return run


def colleague_edits(target: ZiaTarget) -> None:
    """Something that has nothing to do with us, saved and not activated."""
    target.simulator.edit(lambda config: config.categories["CUSTOM_02"]["urls"].append("later.example.org"))


def colleague_activates(target: ZiaTarget) -> None:
    target.simulator.activation.activate(COLLEAGUE)
    while target.simulator.activation.status()["status"] == "INPROGRESS":
        pass


@pytest.mark.parametrize("check", [True, False])
def test_pending_changes_of_others_stop_a_change_and_stay_pending(zia: ZiaTarget, check: bool) -> None:
    zia.present(*OLD)
    colleague_edits(zia)
    others = zia.foreign()
    with pytest.raises(Refused, match=r"status PENDING.*Whose they are, its API does not tell.*Nothing was changed\.$"):
        zia.present(*NEW, check=check)
    assert zia.running() == zia.entries(*OLD) and zia.foreign() == others
    assert zia.simulator.activation.status() == {"status": "PENDING"}
    colleague_activates(zia)
    assert zia.present(*NEW)["changed"] and zia.running() == zia.entries(*NEW)


def test_a_list_that_was_seen_active_is_in_step_whatever_others_have_pending(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    colleague_edits(zia)
    found = zia.present(*OLD)
    assert not found["changed"] and found["running"]["state"] == "running"
    # Another controller has not seen it, so it cannot know that what is pending is not this list.
    with pytest.raises(Refused, match="saved and not active"):
        zia.present(*OLD, backup_dir=str(zia.directory / "elsewhere"))


@pytest.mark.parametrize("often", [1, 1000], ids=["once", "always"])
@pytest.mark.parametrize("body", [b'{"code":"SCOPE_LIMITED"}', b"<html>"])
@pytest.mark.parametrize("state", ["pending", "active"])
def test_where_the_status_cannot_be_read_nothing_becomes_active(
    zia: ZiaTarget, state: str, body: bytes, often: int
) -> None:
    """Not even what was saved with our own account, which the end of a session of its would activate."""
    zia.present(*OLD)
    admin = USER if state == "pending" else COLLEAGUE
    zia.simulator.edit(lambda c: c.categories["CUSTOM_02"]["urls"].append("half.example.org"), admin, admin != USER)
    active = zia.foreign()
    genuine, asked = zia.simulator.handle, [0]

    def handle(request: Request) -> Reply:
        if (request.method, request.path) != ("GET", "/api/v1/status"):
            return genuine(request)
        asked[0] += 1
        return Reply(body, 403 if body[:1] == b"{" else 200) if asked[0] <= often else genuine(request)

    zia.simulator.handle = handle
    for check in (True, False):
        asked[0] = 0
        with pytest.raises(Refused, match=r"Nothing was changed\.$"):
            zia.present(*NEW, check=check)
        asked[0] = 0
        with pytest.raises(Refused):
            zia.info()
    zia.simulator.handle = genuine
    assert zia.foreign() == active
    assert ("half.example.org" in zia.simulator.active.categories["CUSTOM_02"]["urls"]) == (state == "active")
    # Where it was told at last that all is active, the session was ended; otherwise it ends by itself.
    assert (zia.simulator.logins.sessions == {}) == (state == "active" and often == 1)


def test_an_activation_under_way_is_waited_for(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    zia.simulator.activation.takes = 3
    zia.simulator.activation.saved_by(COLLEAGUE)
    zia.simulator.activation.activate(COLLEAGUE)
    assert zia.simulator.activation.under_way
    assert zia.present(*NEW)["changed"] and zia.running() == zia.entries(*NEW)


def test_who_edits_meanwhile_holds_ours_back_and_the_old_list_is_put_back(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    edits = [colleague_edits]

    def meanwhile(request: t.Any) -> None:
        if request.path.endswith("/status/activate") and edits:
            edits.pop()(zia)

    zia.simulator.before = meanwhile
    with pytest.raises(Refused, match="other administrators have saved changes that they did not activate"):
        zia.present(*NEW, activation_timeout=0.001)
    zia.simulator.before = None
    assert zia.running() == zia.entries(*OLD)
    assert sorted(zia.simulator.named("managed_desktop", saved=True)["urls"]) == sorted(
        entry.partition(" ")[2] for entry in zia.entries(*OLD)
    )
    assert "later.example.org" not in zia.simulator.active.categories["CUSTOM_02"]["urls"]
    colleague_activates(zia)
    assert zia.running() == zia.entries(*OLD)
    assert zia.present(*NEW)["changed"] and zia.running() == zia.entries(*NEW)


@pytest.mark.parametrize("check", [True, False])
def test_what_a_killed_run_saved_is_known_and_carried_on(
    zia: ZiaTarget, killed: t.Callable[..., None], check: bool
) -> None:
    zia.present(*OLD)
    killed(zia, "activate")
    assert zia.running() == zia.entries(*OLD) and zia.simulator.activation.status() == {"status": "PENDING"}
    found = zia.present(*NEW, check=check)
    assert found["changed"]
    if check:  # not even its logout activates anything
        assert zia.running() == zia.entries(*OLD) and zia.simulator.activation.status() == {"status": "PENDING"}
        zia.info()
        assert zia.running() == zia.entries(*OLD)
    else:
        assert zia.running() == zia.entries(*NEW) and zia.leftovers() == []


@pytest.mark.parametrize(("method", "at"), [("replace", 1), ("replace", 2), ("exempt", 1), ("require_login", 1)])
def test_a_run_killed_between_the_parts_is_carried_on_whatever_is_wanted_now(
    whole: ZiaTarget, killed: t.Callable[..., None], method: str, at: int
) -> None:
    whole.present(*OLD)
    killed(whole, method, at)
    assert whole.running() == whole.entries(*OLD)
    whole.present("both.example.org", "third.example.com", "*.third.example.net")
    assert whole.running() == whole.entries("both.example.org", "third.example.com", "*.third.example.net")
    assert whole.leftovers() == []
    whole.present(*OLD)
    assert whole.running() == whole.entries(*OLD)


def test_what_a_killed_run_saved_is_not_known_to_another_controller(
    zia: ZiaTarget, killed: t.Callable[..., None]
) -> None:
    zia.present(*OLD)
    killed(zia, "activate")
    with pytest.raises(Refused, match="not those of a run of this controller"):
        zia.present(*OLD, backup_dir=str(zia.directory / "elsewhere"))
    # Its session is left to expire: to end it would have activated what it refused to touch.
    assert zia.running() == zia.entries(*OLD) and zia.simulator.activation.status() == {"status": "PENDING"}


def test_what_a_killed_run_saved_and_somebody_changed_since_is_not_ours(
    zia: ZiaTarget, killed: t.Callable[..., None]
) -> None:
    zia.present(*OLD)
    killed(zia, "activate")
    own = zia.simulator.named("managed_desktop", saved=True)
    assert own
    zia.simulator.edit(lambda config: config.categories[own["id"]]["urls"].append("more.example.org"))
    with pytest.raises(Refused, match="not those of a run of this controller"):
        zia.present(*NEW)


def test_a_note_of_yesterday_claims_nothing(zia: ZiaTarget, killed: t.Callable[..., None]) -> None:
    zia.present(*OLD)
    killed(zia, "activate")
    directory = str(next(zia.place.rglob(".zia.json")).parent)
    note = read_note(directory)
    assert note.staged
    write_note(directory, note._replace(staged=note.staged._replace(began=note.staged.began - 11 * 3600)))
    with pytest.raises(Refused, match="not those of a run of this controller"):
        zia.present(*NEW)


def test_where_the_service_activated_it_by_itself_there_is_nothing_to_do(
    zia: ZiaTarget, killed: t.Callable[..., None]
) -> None:
    zia.present(*OLD)
    killed(zia, "activate")
    zia.simulator.activation.takes = 0
    zia.simulator.activation.activate(USER)
    assert not zia.present(*NEW)["changed"] and zia.running() == zia.entries(*NEW)


def test_a_carried_on_run_that_fails_leaves_what_is_saved_to_the_next(
    zia: ZiaTarget, killed: t.Callable[..., None]
) -> None:
    zia.present(*OLD)
    killed(zia, "activate")
    zia.simulator.busy = 100
    with pytest.raises(Refused, match="An earlier run of this controller had saved its list and not activated it"):
        zia.present(*NEW)
    zia.simulator.busy = 0
    assert zia.running() == zia.entries(*OLD)
    assert zia.present(*NEW)["changed"] and zia.running() == zia.entries(*NEW) and zia.leftovers() == []


def test_a_damaged_note_claims_nothing(whole: ZiaTarget) -> None:
    whole.present(*OLD)
    next(whole.place.rglob(".zia.json")).write_text("{", encoding="utf-8")
    whole.present("both.example.org")
    # What we exempted is not known any more, so it counts as somebody else's and stays.
    assert sorted(whole.simulator.exempted) == [".old.example.net", "portal.example.org"]
