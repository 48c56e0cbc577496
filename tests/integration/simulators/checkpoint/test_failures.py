# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fails on the server, who may not, what is over in mid-run, and a server that is none: the message says it, and
the gateways run the old list or the new one."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._api import http

from lab.simulators.server import Reply, Request
from tests.integration.simulators.checkpoint.events import answering, at, some
from tests.integration.simulators.checkpoint.target import KEY, LIST, PASSWORD, CheckPointTarget
from tests.integration.simulators.target import NEW, OLD, Refused


def refusal(target: CheckPointTarget, *names: str, **more: t.Any) -> str:
    with pytest.raises(Refused) as refused:
        target.present(*names, **more)
    message = str(refused.value)
    assert PASSWORD not in message
    return message


# -- what the server does not do ---------------------------------------------------------------------------------


def test_a_publication_that_fails_changes_nothing(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.simulator.domain.publish_error = "Two objects have the same name."
    message = refusal(site, *NEW)
    assert "does not publish the list: Two objects have the same name." in message
    assert message.endswith("The list that was there has been put back.")
    assert (site.running(), site.leftovers()) == (site.entries(*OLD), [])
    assert frozenset(site.simulator.published_urls(LIST) or ()) == site.entries(*OLD)
    assert "install-policy" not in {request.rpartition("/")[2] for request in site.simulator.requests[-12:]}


def test_an_installation_that_fails_on_one_target_is_taken_back_on_all(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.gateways[1].fails = "The gateway cannot be reached"
    message = refusal(site, *NEW)
    assert "Standard was not installed on all targets: it failed on gw-2 (The gateway cannot be reached)" in message
    assert "and succeeded on 1" in message
    assert (site.running(), site.leftovers()) == (site.entries(*OLD), [])
    assert frozenset(site.simulator.published_urls(LIST) or ()) == site.entries(*OLD)


def test_an_installation_that_fails_everywhere_leaves_what_ran(site: CheckPointTarget) -> None:
    """Such as for somebody else's mistake in the rules: what runs was never touched, and nothing is installed again."""
    site.present(*OLD)
    for gateway in site.gateways:
        gateway.fails = "Rule 3: the service is not valid"
    site.simulator.requests.clear()
    message = refusal(site, *NEW)
    assert message.count("Rule 3: the service is not valid") == 2
    assert message.endswith("The list that was there has been put back.")
    assert [request.rpartition("/")[2] for request in site.simulator.requests].count("install-policy") == 1
    for gateway in site.gateways:
        gateway.fails = None
    assert not site.present(*OLD)["changed"], "the gateways run the list that is published again"
    assert site.present(*NEW)["changed"]


def test_where_even_the_way_back_fails_both_is_said(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.gateways[1].fails = "The gateway cannot be reached"
    site.simulator.foreign_publish(site.alice)  # so that this controller cannot tell that gw-2 still runs the old list
    for known in (site.directory / "backups").rglob(".installed"):
        known.unlink()
    message = refusal(site, *NEW, install_others=True)
    assert message.count("gw-2 (The gateway cannot be reached)") == 2
    assert "Putting back the list that was there failed as well" in message
    assert site.leftovers() == []


def test_what_somebody_publishes_before_the_way_back_is_left(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.gateways[1].fails = "The gateway cannot be reached"

    def publish() -> None:
        site.simulator.foreign_change(site.alice, LIST, ["alices.example/"])
        site.simulator.foreign_publish(site.alice)

    with at(site.simulator, "install-policy", publish):
        message = refusal(site, *NEW)
    assert "was changed by somebody after this run had published it" in message
    assert site.simulator.published_urls(LIST) == ("alices.example/",)
    assert site.leftovers() == []


def test_an_installation_that_does_not_end_is_told(site: CheckPointTarget) -> None:
    site.simulator.task_seconds = 1.0
    message = refusal(site, *NEW, activation_timeout=0.2)
    assert "Publishing on" in message and "has not ended after 0.2 seconds" in message
    site.simulator.settle()
    site.simulator.task_seconds = 0.0
    site.present(*NEW)
    assert (site.running(), site.leftovers()) == (site.entries(*NEW), [])


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("most_urls", 2, "at most 2 are allowed"),
        ("longest_url", 30, "longer than 30 characters"),
        ("largest_request", 300, "more than 300 bytes"),
    ],
)
def test_what_is_more_than_the_server_takes_is_passed_on(
    site: CheckPointTarget, limit: str, value: int, said: str
) -> None:
    site.present("old.ex")
    setattr(site.simulator, limit, value)
    message = refusal(site, *NEW)
    assert said in message and message.endswith("Nothing was changed.")
    assert (site.running(), site.leftovers()) == (site.entries("old.ex"), [])


# -- who may not -------------------------------------------------------------------------------------------------


def test_wrong_credentials_are_told_and_not_shown(site: CheckPointTarget) -> None:
    message = refusal(site, *NEW, password="a-wrong-1-of-mine")
    assert "Authentication to server failed" in message and "Check the credentials" in message
    assert "a-wrong-1-of-mine" not in message and message.endswith("Nothing was changed.")
    assert "that they may log in to the domain North" in refusal(site, *NEW, domain="North")


@pytest.mark.parametrize(
    "given",
    [
        {"username": None},
        {"password": None},
        {"username": None, "password": None},
        {"api_key": "one too many"},
    ],
)
def test_half_a_login_is_none(site: CheckPointTarget, given: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USERNAME", "PASSWORD", "API_KEY"):
        monkeypatch.delenv(f"CHECKPOINT_{name}", raising=False)
    assert "Give either api_key, or username and password" in refusal(site, *NEW, **given)
    assert site.simulator.requests == []


def test_half_of_another_login_in_the_environment_does_not_matter(
    site: CheckPointTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKPOINT_PASSWORD", "somebody else's")
    assert site.present(*NEW, username=None, password=None, api_key=KEY)["changed"]


def test_an_administrator_who_may_only_read_is_told_before_anything_is_done(site: CheckPointTarget) -> None:
    message = refusal(site, *NEW, username="reader")
    assert "may only read" in message and message.endswith("Nothing was changed.")
    assert site.leftovers() == [] and site.info(username="reader")["stored"]["entries"] == 0


def test_the_standby_server_is_told_and_can_be_read(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.simulator.standby = True
    assert "is the standby server" in refusal(site, *NEW)
    assert site.info()["in_step"] is True and site.leftovers() == []


def test_where_there_were_too_many_logins_it_is_waited(site: CheckPointTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        site.simulator.ahead += seconds

    site.simulator.logins_per_minute = 3
    for names in (OLD, OLD, OLD):
        site.present(*names)
    monkeypatch.setattr(http, "sleep", wait)
    site.present(*NEW)
    assert 55 < sum(waited) < 90
    monkeypatch.setattr(http, "sleep", lambda _seconds: None)
    for _try in range(2):
        site.present(*NEW)
    assert "takes no more requests now" in refusal(site, *OLD)


def test_where_a_server_asks_to_wait_for_an_hour_it_is_asked_once(site: CheckPointTarget) -> None:
    genuine = site.simulator.handle

    def handle(request: Request) -> Reply:
        return Reply(b"", 429, {"Retry-After": "3600"}) if request.path.endswith("/login") else genuine(request)

    site.simulator.handle = handle
    assert "asks to wait 3,600 seconds" in refusal(site, *NEW)
    assert site.simulator.requests == ["POST /web_api/login"]


# -- over in mid-run ---------------------------------------------------------------------------------------------


def commands_of_a_change(site: CheckPointTarget) -> list[str]:
    site.present(*OLD)
    site.simulator.requests.clear()
    site.present(*NEW)
    return list(dict.fromkeys(request.rpartition("/")[2] for request in site.simulator.requests))


def test_a_session_that_is_over_is_renewed_where_nothing_is_lost_and_else_told(site: CheckPointTarget) -> None:
    outcomes = {}
    for command in commands_of_a_change(site):
        if command == "login":
            continue
        site.fresh()
        site.present(*OLD)
        others = site.foreign()
        site.simulator.expires_at = {command}
        try:
            site.present(*NEW)
        except Refused as refused:
            outcomes[command] = "told"
            assert "Session may be expired" in str(refused), command
            assert "Wrong session id [********]" in str(refused), "the session's identifier is a secret"
        else:
            outcomes[command] = "renewed"
        assert site.simulator.expires_at == set(), command
        expected = NEW if outcomes[command] == "renewed" else OLD
        assert site.running() == site.entries(*expected), command
        assert (site.leftovers(), site.foreign()) == ([], others), command
        site.present(*NEW)
    told = {command for command, outcome in outcomes.items() if outcome == "told"}
    # The first three are asked before anything is pending, show-task and install-policy after it was published.
    assert told == {"set-application-site", "show-tasks", "show-last-published-session", "publish"}


def test_a_session_that_is_over_twice_is_told(site: CheckPointTarget) -> None:
    site.simulator.expires_at = {"show-application-site", "show-package"}
    message = refusal(site, *NEW)
    assert "Session may be expired" in message and message.endswith("Nothing was changed.")
    assert site.leftovers() == []


# -- names and answers that are none -----------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["application_site", "policy_package", "domain", "targets"])
@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, "\u202ex", "\x00"])
def test_a_name_that_is_none_is_refused(site: CheckPointTarget, option: str, name: str) -> None:
    if option == "application_site" and not name:
        return  # not set
    message = refusal(site, *NEW, **{option: [name] if option == "targets" else name})
    assert message.startswith(f"{option}: ") and "\n" not in message and site.simulator.requests == []


@pytest.mark.parametrize("name", ["a' or 'b", 'a"},{"x":"y', "{{ 7 * 7 }}", "../../etc", "<b>", "%s%n", "a/b?c#d"])
def test_a_name_that_means_something_elsewhere_is_a_name(site: CheckPointTarget, name: str) -> None:
    site.present(*OLD, application_site=name)
    assert frozenset(site.simulator.published_urls(name) or ()) == site.entries(*OLD)
    assert not site.present(*OLD, application_site=name)["changed"]
    assert "there is none of the name" in refusal(site, *OLD, policy_package=name)
    assert "is no installation target of Standard" in refusal(site, *OLD, targets=[name])


@pytest.mark.parametrize("cloud", ["a/b", "..", "a b", "a?b", "x" * 65])
def test_an_identifier_that_would_lead_elsewhere_is_refused(site: CheckPointTarget, cloud: str) -> None:
    assert refusal(site, *NEW, cloud_mgmt_id=cloud).startswith("cloud_mgmt_id: ")


def test_targets_without_a_package_are_refused(site: CheckPointTarget) -> None:
    assert refusal(site, *NEW, policy_package=None, targets=["gw-1"]).startswith("targets: they need policy_package")


LIES: t.Final = [
    b"",
    b"[]",
    b"7",
    b"null",
    b'"' + b"x" * 100_000 + b'"',
    b"[" * 100_000,
    b"\xff\xfe",
    b"{}",
    json.dumps({"sid": 7, "uid": [], "objects": 7, "tasks": {}, "task-id": {}, "meta-info": []}).encode(),
    json.dumps({"sid": "", "url-list": [7], "meta-info": {}, "objects": [7], "tasks": [7], "total": "x"}).encode(),
    json.dumps({"installation-targets-revision": [{"target-name": 7}], "tasks": [{}], "publish-time": 7}).encode(),
    json.dumps({"objects": [{"uid": "x"}], "to": 1, "total": 10**9, "tasks": []}).encode(),
    json.dumps({"code": 7, "message": {"a": 1}, "errors": "x"}).encode(),
]


def test_a_server_that_lies_is_told_and_nothing_is_lost(site: CheckPointTarget) -> None:
    commands = commands_of_a_change(site)
    assert len(commands) == 11
    site.present(*OLD)
    others = site.foreign()
    lies = [(command, status, lie) for command in commands for status in (200, 400, 404) for lie in LIES]
    for command, status, lie in some(lies, 40):
        told = f"{command} answered with {status} and {lie[:40]!r}"
        with answering(site.simulator, command, lie, status):
            try:
                site.present(*NEW)
            except Refused as refused:
                message = str(refused)
                assert message.rstrip().endswith("."), (told, message)
                assert len(message) < 3000 and "Traceback" not in message and PASSWORD not in message, told
        assert site.running() in (site.entries(*OLD), site.entries(*NEW)), told
        assert site.foreign() == others, told
        if site.running() != site.entries(*OLD) or site.leftovers():
            site.present(*OLD)
        assert [left for left in site.leftovers() if "(0 changes)" not in left] == [], told
        site.simulator.domain.sessions[:] = [site.alice]


def test_an_answer_without_an_end_is_cut(site: CheckPointTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.Way, "__new__", lambda cls, *args: tuple.__new__(cls, (*args, 100_000)))
    site.present(*OLD)
    with answering(site.simulator, "show-application-site", b'{"url-list": ["' + b"x" * 200_000 + b'"]}'):
        message = refusal(site, *NEW)
    assert "over 100000 bytes" in message and message.endswith("Nothing was changed.")


def test_a_list_of_sessions_without_an_end_is_left(site: CheckPointTarget) -> None:
    site.present(*OLD)
    one = {"uid": "x", "name": "y", "user-name": "z", "type": "session"}
    body = json.dumps({"from": 1, "to": 1, "total": 10**9, "objects": [one]}).encode()
    with answering(site.simulator, "show-sessions", body):
        assert "lists sessions without an end" in refusal(site, *NEW)
    assert site.leftovers() == [] and site.running() == site.entries(*OLD)
