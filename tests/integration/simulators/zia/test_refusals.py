# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops a run, before anything is changed and with what to do."""

from __future__ import annotations

import json
import threading
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.lists import marker

from lab.simulators.server import Reply
from lab.simulators.zia import CLIENT, KEY, PASSWORD, READER, SECRET
from tests.integration.simulators.target import NEW, OLD, Refused
from tests.integration.simulators.zia.target import APART, LIST, ZiaTarget

# -- whose category it is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [True, False])
def test_a_category_of_that_name_that_is_not_ours_is_refused(zia: ZiaTarget, check: bool) -> None:
    zia.simulator.add(configuredName=LIST, urls=["theirs.example.com"], keywords=["minecraft"])
    others = zia.simulator.named(LIST)
    with pytest.raises(Refused, match=r"belongs to somebody else.*adopt: true.*Nothing was changed\.$"):
        zia.present(*OLD, check=check)
    with pytest.raises(Refused, match="so it is not removed"):
        zia.absent(check=check, adopt=True)
    assert zia.simulator.named(LIST) == others


def test_a_category_that_is_taken_over_is_ours_from_then_on_and_can_be_put_back(zia: ZiaTarget) -> None:
    zia.simulator.add(configuredName=LIST, urls=["theirs.example.com"], keywords=["minecraft"])
    found = zia.present(*OLD, adopt=True, diff=True)
    assert found["changed"] and "minecraft" in found["diff"][0]["before"]
    category = zia.simulator.named(LIST)
    assert category and category["description"] == marker("managed_desktop", "allow") and "keywords" not in category
    assert zia.running() == zia.entries(*OLD) and not zia.present(*OLD)["changed"]
    zia.restored()
    category = zia.simulator.named(LIST)
    assert category and category["urls"] == ["theirs.example.com"] and category["keywords"] == ["minecraft"]


def test_a_foreign_category_with_the_same_urls_is_not_in_step(zia: ZiaTarget) -> None:
    zia.simulator.add(configuredName=LIST, urls=["old.example.com", ".old.example.net", "both.example.org"])
    with pytest.raises(Refused, match="belongs to somebody else"):
        zia.present(*OLD)


def test_a_category_that_this_account_may_not_edit_is_refused(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    zia.simulator.named(LIST, saved=True)["editable"] = False
    with pytest.raises(Refused, match="not one that this account may edit"):
        zia.present(*NEW)


# -- who else changes it -----------------------------------------------------------------------------------------


def test_a_foreign_edit_between_read_and_write_is_refused_and_stays(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    identity = zia.simulator.named(LIST)["id"]
    done = []

    def meanwhile(request: t.Any) -> None:
        if request.method == "GET" and request.path.endswith(f"/urlCategories/{identity}") and not done:
            done.append(1)
            zia.simulator.edit(lambda config: config.categories[identity]["urls"].append("theirs.example.org"))

    zia.simulator.before = meanwhile
    with pytest.raises(Refused, match=r"Somebody changed the category.*after it was read.*Nothing was changed\.$"):
        zia.present(*NEW)
    saved = zia.simulator.named(LIST, saved=True)
    assert saved and "theirs.example.org" in saved["urls"] and "old.example.com" in saved["urls"]


def test_what_was_written_before_a_foreign_edit_was_seen_is_put_back(whole: ZiaTarget) -> None:
    whole.present(*OLD)
    identity = whole.simulator.named(APART)["id"]

    def meanwhile(request: t.Any) -> None:
        if request.method == "GET" and request.path.endswith(f"/urlCategories/{identity}"):
            whole.simulator.before = None
            edit = whole.simulator.edit
            edit(lambda config: config.categories[identity]["urls"].append("theirs.example.org"), activate=True)

    whole.simulator.before = meanwhile
    with pytest.raises(Refused, match=r"Somebody changed the category.*Nothing was changed\.$"):
        whole.present(*NEW)
    assert whole.running() == whole.entries(*OLD) | {"bypass_inspection theirs.example.org"}
    assert whole.leftovers() == []


@pytest.mark.parametrize("trial", range(4))
def test_two_controllers_at_once_one_works_and_the_other_is_refused(zia: ZiaTarget, trial: int) -> None:
    zia.present(*OLD)
    results: dict[tuple[str, ...], str] = {}
    together = threading.Barrier(2)

    def run(names: tuple[str, ...]) -> None:
        together.wait(30)
        try:
            results[names] = str(zia.present(*names, backup_dir=str(zia.directory / names[0]))["changed"])
        except Refused as refusal:
            results[names] = str(refusal)

    threads = [threading.Thread(target=run, args=(names,)) for names in (NEW, ("third.example.com",))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    done = [names for names, said in results.items() if said == "True"]
    assert zia.running() in [zia.entries(*names) for names in done], results
    assert zia.present(*OLD)["changed"] and zia.running() == zia.entries(*OLD)


@pytest.mark.parametrize("moment", ["/status/activate", "/status"])
def test_what_somebody_writes_after_us_is_left_as_it_stands(zia: ZiaTarget, moment: str) -> None:
    zia.present(*OLD)
    identity = zia.simulator.named(LIST)["id"]
    wrote = []

    def meanwhile(request: t.Any) -> None:
        wrote.extend([1] if request.method == "PUT" else [])
        if wrote and request.path.endswith(moment):
            zia.simulator.before = None
            edit = zia.simulator.edit
            edit(lambda config: config.categories[identity].update(urls=["theirs.example.org"]), activate=True)

    zia.simulator.before = meanwhile
    with pytest.raises(Refused, match=r"after this run wrote it, so it is left as it stands"):
        zia.present(*NEW)
    saved = zia.simulator.named(LIST, saved=True)
    assert saved and saved["urls"] == ["theirs.example.org"]


def test_a_second_run_of_the_same_controller_is_refused(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    said: list[str] = []

    def meanwhile(request: t.Any) -> None:
        if request.method == "PUT" and not said:
            with pytest.raises(Refused) as refusal:
                zia.present("third.example.com", timeout=0.2)
            said.append(str(refusal.value))

    zia.simulator.before = meanwhile
    zia.simulator.lock = _NoLock()  # so that the second run is answered within the first
    assert zia.present(*NEW)["changed"]
    assert "Another run is changing this list" in said[0]


class _NoLock:
    def __enter__(self) -> None:
        """Hold nothing."""

    def __exit__(self, *_raised: object) -> None:
        """Release nothing."""


def test_the_edit_lock_of_somebody_who_saves_is_waited_for(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    zia.simulator.busy = 3
    assert zia.present(*NEW)["changed"]
    zia.simulator.busy = 6
    with pytest.raises(Refused, match=r"while another administrator was saving \(EDIT_LOCK_NOT_AVAILABLE\)"):
        zia.present(*OLD)
    assert zia.running() == zia.entries(*NEW)


# -- who we are --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"password": "wrong-and-long"}, "does not let robot@corp.example in .*INVALID_USERNAME_OR_PASSWORD"),
        ({"api_key": "zzzzzzzzzzzz"}, "does not let robot@corp.example in .*AUTHENTICATION_FAILED"),
        ({"api_key": "short"}, "api_key: an API key of the cloud service has 12 characters"),
        ({"username": None}, "Give either username, password and api_key, or .* there are now: password, api_key"),
        ({"client_id": "x", "client_secret": "y", "vanity_domain": "z"}, "Give either"),
    ],
)
def test_a_login_that_does_not_do_is_refused(zia: ZiaTarget, more: dict[str, t.Any], said: str) -> None:
    with pytest.raises(Refused, match=said) as refusal:
        zia.present(*OLD, **more)
    assert not any(secret in str(refusal.value) for secret in (PASSWORD, KEY, SECRET, "wrong-and-long"))
    assert not zia.simulator.logins.sessions


def test_a_client_that_gets_no_token_is_told(whole: ZiaTarget) -> None:
    with pytest.raises(Refused, match=r"gives the client client-of-the-robot no token .status 401: .*invalid_client"):
        whole.present(*OLD, client_secret="wrong-and-long")


def test_an_account_that_may_only_read_can_check_and_not_change(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    assert not zia.present(*OLD, username=READER)["changed"]
    assert zia.present(*NEW, username=READER, check=True)["changed"]
    with pytest.raises(Refused, match=r"does not let this account do PUT .*SCOPE_LIMITED.*Nothing was changed\.$"):
        zia.present(*NEW, username=READER)
    assert zia.running() == zia.entries(*OLD)


@pytest.mark.parametrize("kind", ["zia", "whole"])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_login_that_expires_at_any_moment_is_renewed_once(kind: str, at: int, request: pytest.FixtureRequest) -> None:
    target: ZiaTarget = request.getfixturevalue(kind)
    target.present(*OLD)
    made, asked = target.simulator.logins.made, [0]

    def expire(_request: t.Any) -> None:
        asked[0] += 1
        if asked[0] == at:
            target.simulator.logins.expire()

    target.simulator.before = expire
    assert target.present(*NEW)["changed"] and target.running() == target.entries(*NEW)
    assert target.simulator.logins.made == made + 2


def test_a_login_that_expires_again_and_again_ends_the_run(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    zia.simulator.before = lambda _request: zia.simulator.logins.expire()
    with pytest.raises(Refused, match="does not know our login any more"):
        zia.present(*NEW)
    assert zia.running() == zia.entries(*OLD)


# -- what the service takes --------------------------------------------------------------------------------------


def test_a_service_that_is_being_upgraded_takes_no_change(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    zia.simulator.maintenance = True
    assert not zia.present(*OLD)["changed"]
    with pytest.raises(Refused, match=r"is being upgraded and takes no changes.*Nothing was changed\.$"):
        zia.present(*NEW)


@pytest.mark.parametrize("check", [True, False])
def test_a_list_that_would_exceed_the_tenants_quota_is_refused(zia: ZiaTarget, check: bool) -> None:
    zia.present(*OLD)
    zia.simulator.categories.most_urls = 10
    many = [f"n{number}.example.com" for number in range(9)]
    with pytest.raises(Refused, match=r"needs 6 custom URLs more .* has 5 left.*Nothing was changed\.$"):
        zia.present(*many, check=check)
    assert zia.present(*many[:8])["changed"]  # its own three make room


def test_urls_that_stand_elsewhere_already_need_no_room(zia: ZiaTarget) -> None:
    zia.simulator.add(configuredName="Also theirs", urls=["old.example.com", ".old.example.net", "both.example.org"])
    zia.simulator.categories.most_urls = len({"theirs.example.org", "portal.example.org", *range(3)})
    assert zia.present(*OLD)["changed"]


@pytest.mark.parametrize("check", [True, False])
def test_more_categories_than_a_tenant_may_have_are_refused_before_anything_is_written(
    whole: ZiaTarget, check: bool
) -> None:
    for number in range(62):
        whole.simulator.add(configuredName=f"Theirs {number}")
    whole.simulator.requests.clear()
    with pytest.raises(
        Refused, match=r"needs 2 custom URL categories more .* has 63 of at most 64 \(max_categories\).*changed\.$"
    ):
        whole.present(*OLD, check=check)
    assert not [request for request in whole.simulator.requests if request.startswith(("PUT", "POST /zia"))]
    assert whole.present("both.example.org", check=check)["changed"]  # which needs one
    whole.simulator.categories.most = 65
    assert whole.present(*OLD, check=check, max_categories=65)["changed"]


def test_a_list_that_has_its_categories_already_needs_no_more(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    assert zia.present(*NEW, max_categories=1)["changed"]
    assert zia.absent(max_categories=1)["changed"]


def test_the_services_own_limit_of_categories_is_told(zia: ZiaTarget) -> None:
    zia.simulator.categories.most = 1
    with pytest.raises(Refused, match=r"maximum of 1 custom categories.*Nothing was changed\.$"):
        zia.present(*OLD)
    assert zia.leftovers() == []


def test_the_limits_of_requests_are_waited_out(zia: ZiaTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.managed_desktop.network.plugins.module_utils._api import http, jobs

    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(http, "sleep", wait)
    monkeypatch.setattr(jobs, "sleep", wait)
    zia.simulator.counted = True
    zia.simulator.clock = lambda: now[0]
    for names in (OLD, NEW):
        assert zia.present(*names)["changed"] and zia.running() == zia.entries(*names)
    assert 0 < now[0] < 60


# -- options and hostile answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"category": "a/b"}, "category: 'a/b' is no name of a category"),
        ({"category": "x" * 256}, "is no name of a category"),
        ({"inspection_category": LIST}, "inspection_category is the same as category"),
        ({"super_category": "A&B"}, "super_category: 'A&B' is no super category"),
        ({"cloud": "zscaler.net"}, "cloud: 'zscaler.net' is no name of a cloud"),
        ({"host": "a/b"}, "host: 'a/b' is neither a name nor an address"),
        ({"host": None}, "Give cloud, such as zscalertwo, or host"),
        ({"max_categories": 0}, "max_categories: 0 is no number of categories"),
        ({"activation_timeout": 0.0}, "activation_timeout: 0.0 is no number of seconds"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(zia: ZiaTarget, more: dict[str, t.Any], said: str) -> None:
    with pytest.raises(Refused) as refusal:
        zia.present(*OLD, **more)
    assert said in str(refusal.value) and str(refusal.value).endswith("Nothing was changed.")
    assert not zia.simulator.requests or zia.simulator.logins.made == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"login_host": "x y"}, "login_host: 'x y' is neither a host nor host:port"),
        ({"vanity_domain": "corp.zslogin.net"}, "give it without zslogin.net"),
    ],
)
def test_a_place_of_tokens_that_does_not_fit_is_refused(whole: ZiaTarget, more: dict[str, t.Any], said: str) -> None:
    with pytest.raises(Refused) as refusal:
        whole.present(*OLD, **more)
    assert said in str(refusal.value)


LIES: t.Final[dict[str, tuple[str, t.Any]]] = {
    "a status that is none": ("/status", {"state": "ACTIVE"}),
    "a status in a list": ("/status", ["ACTIVE"]),
    "a status that is a number": ("/status", {"status": 1}),
    "an unknown status": ("/status", {"status": "PERHAPS"}),
    "categories that are none": ("/urlCategories", {"categories": []}),
    "a category without an id": ("/urlCategories", [{"configuredName": LIST}]),
    "an id that is a path": ("/urlCategories", [{"id": "../status", "configuredName": LIST, "urls": []}]),
    "URLs that are numbers": ("/urlCategories", [{"id": "CUSTOM_09", "configuredName": LIST, "urls": [1]}]),
    "URLs that are a text": ("/urlCategories", [{"id": "CUSTOM_09", "configuredName": LIST, "urls": "x"}]),
    "a name that is a list": ("/urlCategories", [{"id": "CUSTOM_09", "configuredName": [LIST]}]),
    "two categories of one name": ("/urlCategories", [{"id": f"C{n}", "configuredName": LIST} for n in "12"]),
    "exempted URLs that are none": ("/authSettings/exemptedUrls", {"url": []}),
    "deeply nested nonsense": ("/urlCategories", json.loads("[" * 90 + "]" * 90)),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_is_told_and_loses_nothing(whole: ZiaTarget, lie: str) -> None:
    whole.present(*OLD)
    place, answer = LIES[lie]
    genuine = whole.simulator.handle

    def handle(request: t.Any) -> Reply:
        reply = genuine(request)
        if request.method == "GET" and request.path.endswith(place) and reply.status == 200:
            return Reply.of_json(answer)
        return reply

    whole.simulator.handle = handle
    with pytest.raises(Refused) as refusal:
        whole.present(*NEW)
    said = str(refusal.value)
    assert said.endswith("Nothing was changed.") and not any(secret in said for secret in (SECRET, CLIENT[:6] + "x"))
    assert whole.running() == whole.entries(*OLD)


def test_what_the_service_says_comes_into_messages_as_one_clean_line(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    genuine = zia.simulator.handle

    def handle(request: t.Any) -> Reply:
        if request.method == "PUT":
            return Reply.of_json({"code": "X", "message": f"bad\n\x1b[31m{PASSWORD} {KEY}" + "y" * 5000}, 400)
        return genuine(request)

    zia.simulator.handle = handle
    with pytest.raises(Refused) as refusal:
        zia.present(*NEW)
    said = str(refusal.value)
    assert "\n" not in said and "\x1b" not in said and PASSWORD not in said and KEY not in said and len(said) < 1000
    assert zia.running() == zia.entries(*OLD)


@pytest.mark.parametrize("name", ['a"b.example.com', "a\nb.example.com", "a;b.example.com", "a/../b.example.com"])
def test_a_hostile_name_never_gets_that_far(zia: ZiaTarget, name: str) -> None:
    with pytest.raises(ValueError, match="host"):
        zia.present(name)
    assert not zia.simulator.requests


def test_a_list_saved_with_something_else_than_was_given_is_put_back(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    genuine = zia.simulator.categories.replace
    calls = [0]

    def replace(identity: str, given: t.Any, exempted: t.Iterable[str]) -> t.Any:
        calls[0] += 1
        return genuine(identity, {**given, "urls": given["urls"][1:]} if calls[0] == 1 else given, exempted)

    zia.simulator.categories.replace = replace
    with pytest.raises(Refused, match=r"saved the category .* with 2 URLs instead of 3.*Nothing was changed\.$"):
        zia.present(*NEW)
    assert zia.running() == zia.entries(*OLD) and zia.leftovers() == []
