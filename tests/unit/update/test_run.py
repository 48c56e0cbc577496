# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole updates from a server over HTTPS, each line of what is promised."""

from __future__ import annotations

import hashlib
import json
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError

from lab.servers import endpoint_lists as play
from tests.unit.update.conftest import DAY, FIRST, HOUR, NEXT, Updates, real_sets

ADDED = "new.example.com"


def with_name(name: str = ADDED) -> list[dict[str, t.Any]]:
    sets = real_sets()
    sets[0]["urls"].append(name)
    return sets


def without(*names: str) -> list[dict[str, t.Any]]:
    sets = real_sets()
    for item in sets:
        for key in ("urls", "ips"):
            if key in item:
                item[key] = [name for name in item[key] if name not in names]
    return [item for item in sets if item.get("urls") or item.get("ips")]


def change(version: str, number: int, **said: t.Any) -> dict[str, t.Any]:
    return {"id": 1, "endpointSetId": number, "disposition": "change", "version": version, **said}


# -- what is asked, and when -------------------------------------------------------------------------------------


def test_the_first_update_keeps_the_answer_as_a_dated_edition_with_its_digest(updates: Updates) -> None:
    done = updates()
    assert done.changed
    assert done.in_force and done.in_force.id.startswith("2025-12-01-worldwide-")
    content = updates.files()[f"microsoft365/{done.in_force.id}.json"]
    assert hashlib.sha256(content).hexdigest() == done.digest
    assert updates.server.verbs() == ["version", "endpoints", "changes"]
    assert len(updates.in_force()) == 444


def test_the_second_update_changes_nothing_and_within_the_hour_asks_nothing(updates: Updates) -> None:
    updates()
    before = updates.files()
    updates.server.verbs()
    done = updates()
    assert (done.changed, done.news.outcome, updates.server.verbs()) == (False, "not_due", [])
    assert updates.files() == before


def test_a_version_that_somebody_else_saw_is_asked_for_at_once_and_only_if_it_is_newer(updates: Updates) -> None:
    first = updates()
    updates.server.verbs()
    seen = updates.server.clouds["Worldwide"].version
    updates(seen_version=seen)
    assert updates.server.verbs() == []
    updates(seen_version=str(int(seen) + 1))
    assert updates.server.verbs() == ["version"]
    assert first.changed


def test_after_an_hour_only_the_version_is_asked_for(updates: Updates) -> None:
    first = updates()
    updates.server.verbs()
    updates.later()
    done = updates()
    assert (done.changed, done.news.outcome, updates.server.verbs()) == (False, "answered", ["version"])
    assert done.in_force and first.in_force and done.in_force.id == first.in_force.id


def test_a_clock_that_was_set_back_does_not_keep_from_asking(updates: Updates) -> None:
    updates()
    updates.server.verbs()
    updates.later(-30 * DAY)
    updates()
    assert updates.server.verbs() == ["version"]


def test_a_version_that_moved_is_fetched_and_replaces_the_one_before(updates: Updates) -> None:
    updates()
    updates.publish(NEXT, with_name())
    updates.later()
    done = updates()
    assert done.changed and done.in_force and done.in_force.id.startswith("2026-11-27-worldwide-")
    assert ADDED in updates.in_force()
    assert [asked.path for asked in updates.server.asked][-1] == f"/changes/Worldwide/{FIRST}"
    assert done.difference and [found.item.subject for found in done.difference.added] == [ADDED]


def test_one_client_id_is_sent_each_time_and_another_directory_has_another(updates: Updates) -> None:
    updates()
    updates.later()
    updates()
    ids = {asked.query["ClientRequestId"] for asked in updates.server.asked}
    updates.directory = updates.directory.parent / "other"
    updates()
    assert len(ids) == 1
    assert updates.server.asked[-1].query["ClientRequestId"] not in ids


def test_what_the_options_say_is_asked_for(updates: Updates) -> None:
    updates(service_areas=["MEM"], tenant="contoso", ipv6=False, instance="Worldwide")
    asked = next(asked for asked in updates.server.asked if asked.verb == "endpoints")
    assert asked.query["ServiceAreas"] == "Common,MEM"
    assert (asked.query["TenantName"], asked.query["NoIPv6"]) == ("contoso", "true")
    assert not [name for name in updates.in_force() if ":" in name]


def test_all_areas_are_asked_for_where_none_are_given(updates: Updates) -> None:
    updates()
    asked = next(asked for asked in updates.server.asked if asked.verb == "endpoints")
    assert asked.query["ServiceAreas"] == "Common,Exchange,MEM,SharePoint,Skype"


def test_other_options_ask_for_the_endpoints_again_and_what_they_leave_out_is_no_loss(updates: Updates) -> None:
    updates()
    updates.server.verbs()
    done = updates(service_areas=["MEM"])
    assert updates.server.verbs() == ["endpoints", "changes"]  # the version is known for this hour
    assert done.changed and done.waiting is None and done.held == ()
    assert done.in_force and {row.service for row in done.in_force.rows} == {"Common", "MEM"}


def test_clouds_have_editions_beside_each_other(updates: Updates) -> None:
    updates()
    done = updates(instance="China")
    assert done.in_force and done.in_force.instance == "China"
    assert "*.partner.outlook.cn" in updates.in_force(instance="China")
    assert "outlook.office365.com" in updates.in_force()


def test_an_edition_of_the_directory_stands_beside_the_shipped_ones(updates: Updates) -> None:
    done = updates()
    assert done.in_force
    directory = str(updates.directory)
    assert kept.load("microsoft365", done.in_force.id, None, directory).id == done.in_force.id
    assert kept.load("microsoft365", "2025-12-01", None, directory).id == "2025-12-01-worldwide"
    assert kept.load("intune", "latest", None, directory).id == "2025-08-21"
    with pytest.raises(CatalogueError, match="no edition of microsoft365 '2026-01-01'"):
        kept.load("microsoft365", "2026-01-01", None, directory)


# -- whatever happens, the last good one stays in force ----------------------------------------------------------

BROKEN: dict[str, tuple[str, play.Fault, str]] = {
    "reset": ("endpoints", play.resets, "could not be asked"),
    "cut_off": ("endpoints", play.cuts_off, "was cut off"),
    "cut_off_chunks": ("endpoints", play.cuts_off_chunks, "was cut off"),
    "cut_off_packed": ("endpoints", play.cuts_off_packed, "cut off inside"),
    "no_length": ("endpoints", play.sends_no_length, "does not say how long"),
    "cut_off_by_a_proxy": ("endpoints", play.alters(lambda body: body[: len(body) // 2]), "no JSON"),
    "html": ("endpoints", play.sends(b"<html><body>Log in, please</body></html>"), "no JSON; it begins with '<html>"),
    "html_for_the_version": ("version", play.sends(b"<html>"), "is no JSON"),
    "html_for_changes": ("changes", play.sends(b"<html>"), "is no JSON"),
    "nothing": ("endpoints", play.sends(b""), "no JSON"),
    "empty_list": ("endpoints", play.sends(b"[]"), "has no sets"),
    "empty_sets": ("endpoints", play.sends(b"[{}]"), "names nothing"),
    "an_error_as_json": ("endpoints", play.sends(b'{"error": "x"}'), "has no sets"),
    "deep_json": ("endpoints", play.sends(b"[" * 200_000), "no JSON"),
    "no_utf8": ("endpoints", play.sends(b"[\xff\xfe]"), "no JSON"),
    "server_error": ("endpoints", play.sends(b"sorry", 500), "answers 500"),
    "gone": ("version", play.sends(b"", 404), "answers 404"),
    "elsewhere_unsafe": ("endpoints", play.redirects("http://127.0.0.1:1/"), "which is not https"),
    "to_a_file": ("endpoints", play.redirects("file:///etc/passwd"), "which is not https"),
    "in_circles": ("endpoints", play.redirects("/endpoints/Worldwide"), "names nothing|redirects more than"),
    "wrong_instance": ("version", play.sends(b'{"instance": "China", "latest": "2026112700"}'), "answers for 'China'"),
    "backwards": ("version", play.sends(b'{"instance": "Worldwide", "latest": "2024010100"}'), "older than 2025120100"),
    "no_version": ("version", play.sends(b'{"instance": "Worldwide", "latest": "20261341"}'), "is no YYYYMMDDNN"),
    "of_a_day_to_come": (
        "version",
        play.sends(b'{"instance": "Worldwide", "latest": "2099010100"}'),
        "is of a day to come",
    ),
    "changes_no_list": ("changes", play.sends(b'{"a": 1}'), "list of changes is no list"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_last_good_edition_stays_in_force(updates: Updates, name: str) -> None:
    verb, fault, said = BROKEN[name]
    first = updates()
    before = {path: content for path, content in updates.files().items() if not path.startswith(".state")}
    updates.publish(NEXT, with_name())
    updates.server.faults[verb].extend([fault] * 5)
    updates.later()
    done = updates()
    assert done.news.outcome == "failed"
    assert done.news.message is not None
    assert any(part in done.news.message for part in said.split("|")), done.news.message
    assert not done.changed and done.in_force == first.in_force
    assert {path: content for path, content in updates.files().items() if not path.startswith(".state")} == before
    updates.server.faults.clear()
    updates.later()
    assert updates().changed and ADDED in updates.in_force()


def test_no_answer_at_all_leaves_the_shipped_edition_in_force(updates: Updates) -> None:
    updates.server.faults["version"].append(play.resets)
    done = updates()
    assert (done.changed, done.news.outcome) == (False, "failed")
    assert done.in_force and done.in_force.id == "2025-12-01-worldwide"
    assert len(updates.in_force()) == 444


def test_who_is_busy_is_not_asked_before_the_time_it_named(updates: Updates) -> None:
    updates()
    updates.publish(NEXT, with_name())
    updates.server.faults["endpoints"].append(play.busy("7200"))
    updates.later()
    assert updates().news.outcome == "busy"
    updates.server.verbs()
    updates.later(7100)
    done = updates()
    assert (done.news.outcome, updates.server.verbs()) == ("busy", [])
    updates.later(200)
    assert updates().changed
    assert updates.server.verbs() == ["version", "endpoints", "changes"]


def test_who_is_busy_and_names_no_time_is_left_alone_for_an_hour(updates: Updates) -> None:
    updates.server.faults["version"].append(play.busy(None, 503))
    assert updates().news.outcome == "busy"
    updates.server.verbs()
    updates.later(HOUR - 10)
    assert updates().news.outcome == "busy"
    assert updates.server.verbs() == []
    updates.later(20)
    assert updates().changed


def test_a_certificate_that_is_not_trusted_is_refused(updates: Updates) -> None:
    done = updates(ca_path=None)
    assert done.news.outcome == "failed" and "no certificate that this controller trusts" in str(done.news.message)
    assert updates.server.asked == []


def test_a_certificate_of_another_name_is_refused(updates: Updates) -> None:
    done = updates(base_url=updates.server.url.replace("127.0.0.1", "localhost"))
    assert done.news.outcome == "failed" and "no certificate that this controller trusts" in str(done.news.message)


def test_an_answer_that_never_ends_is_given_up(updates: Updates) -> None:
    updates.server.faults["version"].append(play.trickles)
    done = updates(timeout=0.5)
    assert done.news.outcome == "failed" and "did not answer whole within 0.5 seconds" in str(done.news.message)


def test_an_answer_that_is_packed_unasked_is_read(updates: Updates) -> None:
    updates.server.faults["endpoints"].append(play.packs)
    assert updates().changed and len(updates.in_force()) == 444


def test_unknown_attributes_and_unsorted_ports_are_taken_and_told(updates: Updates) -> None:
    sets = with_name()
    sets[0]["surprise"] = {"deep": [1]}
    sets[0]["tcpPorts"] = "443, 80,25"
    updates.publish(NEXT, sets)
    done = updates()
    assert done.changed and done.waiting is None
    assert done.in_force and any("surprise" in notice for notice in done.in_force.notices)
    (entry,) = (entry for entry in done.in_force.entries if entry.name == ADDED)
    assert entry.endpoint.to_dict()["tcp_ports"] == [25, 80, 443]


@pytest.mark.parametrize("bad", ["a.example\nhttp_access allow all", "*", "10.0.0.1/33", 'x";y', "a..b", "x" * 300])
def test_names_that_cannot_be_read_wait_with_the_rest(updates: Updates, bad: str) -> None:
    updates()
    updates.publish(NEXT, with_name(bad))
    updates.later()
    done = updates()
    assert done.waiting is not None
    assert "unreadable" in {reason.rule for reason in done.reasons} or "wider" in {r.rule for r in done.reasons}
    assert bad not in updates.in_force() and "\nhttp_access" not in str(done.ticket)


# -- the safety valve --------------------------------------------------------------------------------------------


def test_an_update_that_removes_too_much_waits_until_its_digest_is_acknowledged(updates: Updates) -> None:
    first = updates()
    updates.publish(NEXT, real_sets()[:40])
    updates.later()
    done = updates()
    assert done.changed and done.in_force == first.in_force
    assert [reason.rule for reason in done.reasons] == ["too_many_removed"]
    assert done.waiting and done.waiting_digest
    assert done.waiting_digest in str(done.ticket)
    assert kept.load("microsoft365", done.waiting.id, None, str(updates.directory)).status == "draft"
    before = updates.files()
    again = updates()
    assert not again.changed and again.waiting_digest == done.waiting_digest
    assert [reason.rule for reason in again.reasons] == ["too_many_removed"]
    assert updates.files() == before
    assert not updates(acknowledge=["0" * 64]).changed
    accepted = updates(acknowledge=[done.waiting_digest[:12]])
    assert accepted.changed and accepted.waiting is None
    assert accepted.in_force and accepted.in_force.id.startswith(done.waiting.id)
    assert accepted.held  # what it removes stays for the grace period all the same
    assert not updates(acknowledge=[done.waiting_digest]).changed


def test_a_wider_limit_lets_what_waits_through(updates: Updates) -> None:
    updates()
    updates.publish(NEXT, real_sets()[:40])
    updates.later()
    assert updates().waiting
    assert updates(max_removed=100.0).waiting is None


def test_what_waits_is_dropped_when_the_source_has_something_better(updates: Updates) -> None:
    updates()
    updates.publish(NEXT, real_sets()[:40])
    updates.later()
    assert updates().waiting
    updates.publish("2026112701", with_name())
    updates.later()
    done = updates()
    assert done.waiting is None and ADDED in updates.in_force()


def test_the_first_answer_is_judged_against_the_shipped_edition(updates: Updates) -> None:
    updates.publish(NEXT, real_sets()[:40])
    done = updates()
    assert done.waiting and done.in_force and done.in_force.id == "2025-12-01-worldwide"
    assert len(updates.in_force()) == 444
    assert not updates().changed


def test_what_waits_is_not_measured_by_other_options_than_it_was_asked_with(updates: Updates) -> None:
    sets = [item for item in real_sets() if item["serviceArea"] != "Exchange"]
    updates()
    updates.publish(NEXT, sets)
    updates.later()
    assert updates(pinned=["outlook.office365.com"]).waiting
    updates.server.faults["endpoints"].append(play.resets)
    done = updates(service_areas=["MEM"])  # by this alone nothing of Exchange would be missed
    assert not done.changed and done.waiting and "outlook.office365.com" in updates.in_force()


def test_an_answer_of_another_cloud_waits(updates: Updates) -> None:
    updates()
    updates.publish(NEXT, real_sets("China"))
    updates.later()
    assert "too_many_removed" in [reason.rule for reason in updates().reasons]


def test_a_pinned_endpoint_is_not_removed_unasked(updates: Updates) -> None:
    updates()
    updates.publish(NEXT, without("outlook.office365.com"))
    updates.later()
    done = updates(pinned=["outlook.office365.com"])
    assert [(reason.rule, reason.names) for reason in done.reasons] == [("pinned_removed", ("outlook.office365.com",))]
    assert "outlook.office365.com" in updates.in_force()


@pytest.mark.parametrize("name", ["*.azure.com", "*.live.com", "*.blob.core.windows.net", "*.com"])
def test_a_wildcard_wider_than_anything_before_waits(updates: Updates, name: str) -> None:
    updates()
    updates.publish(NEXT, with_name(name))
    updates.later()
    done = updates()
    assert {"wider", "unreadable"} & {reason.rule for reason in done.reasons}
    assert name not in updates.in_force()


def test_removals_are_held_for_the_grace_period_and_then_go(updates: Updates) -> None:
    gone = "aka.ms"
    updates()
    assert gone in updates.in_force()
    updates.publish(NEXT, without(gone))
    updates.later()
    done = updates()
    assert done.waiting is None and [item.entry.name for item in done.held] == [gone]
    assert {item.until for item in done.held} == {"2026-12-27"}
    assert gone in updates.in_force() and "2026-12-27" in str(done.ticket)
    before = updates.files()
    updates.later(20 * DAY)
    assert not updates().changed
    assert {path for path, content in updates.files().items() if content != before[path]} == {".state/state.json"}
    updates.later(10 * DAY)
    done = updates()
    assert done.changed and [item.entry.name for item in done.released] == [gone]
    assert gone not in updates.in_force()
    assert not updates().changed


def test_what_is_held_goes_on_time_also_while_the_source_is_down(updates: Updates) -> None:
    gone = "aka.ms"
    updates()
    updates.publish(NEXT, without(gone))
    updates.later()
    updates()
    updates.server.faults["version"].append(play.resets)
    updates.later(31 * DAY)
    done = updates()
    assert done.news.outcome == "failed" and done.changed
    assert gone not in updates.in_force()


def test_without_grace_removals_go_at_once_also_those_that_are_held(updates: Updates) -> None:
    updates()
    updates.publish(NEXT, without("aka.ms"))
    updates.later()
    assert updates().held
    done = updates(grace=0)
    assert done.changed and done.held == () and "aka.ms" not in updates.in_force()


def test_what_is_held_and_listed_again_is_held_no_longer(updates: Updates) -> None:
    updates()
    updates.publish(NEXT, without("aka.ms"))
    updates.later()
    updates()
    updates.publish("2026112701", real_sets())
    updates.later()
    done = updates()
    assert done.held == () and "aka.ms" in updates.in_force()


def test_an_endpoint_that_was_marked_pinned_stays_pinned_while_held(updates: Updates) -> None:
    updates.server.pages["/list.yml"] = b"[a.example, {host: b.example, pinned: true}, c.example]"
    assert updates(source="own", url=f"{updates.server.url}/list.yml").changed
    updates.server.pages["/list.yml"] = b"[a.example, c.example]"
    done = updates(source="own", url=f"{updates.server.url}/list.yml", max_removed=100.0)
    assert [reason.rule for reason in done.reasons] == ["pinned_removed"]


# -- what is announced -------------------------------------------------------------------------------------------


def test_an_addition_of_a_day_to_come_is_taken_at_once(updates: Updates) -> None:
    updates()
    said = change(NEXT, 1, impact="AddedUrl", add={"effectiveDate": "20270115", "urls": [ADDED]})
    updates.publish(NEXT, real_sets(), [said])
    updates.later()
    done = updates()
    assert ADDED in updates.in_force()
    assert "| `new.example.com` | Exchange | 2027-01-15 |" in str(done.ticket)
    assert "AddedUrl" in str(done.ticket)
    (entry,) = (entry for entry in done.in_force.entries if entry.name == ADDED) if done.in_force else ()
    assert entry.endpoint.sources[0].effective == "2027-01-15"


# -- check mode --------------------------------------------------------------------------------------------------


def test_check_mode_asks_and_predicts_and_writes_nothing(updates: Updates) -> None:
    predicted = updates(check=True)
    assert predicted.changed and not updates.directory.exists()
    assert updates.server.verbs() == ["version", "endpoints", "changes"]
    assert updates() == predicted


@pytest.mark.parametrize("sets", [with_name, lambda: real_sets()[:40]], ids=["accepted", "waiting"])
def test_check_mode_predicts_what_then_happens(updates: Updates, sets: t.Callable[[], t.Any]) -> None:
    updates()
    updates.publish(NEXT, sets())
    updates.later()
    before = updates.files()
    predicted = updates(check=True)
    assert updates.files() == before
    assert updates() == predicted


# -- other formats -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.txt", b"a.example\n*.b.example\n"),
        ("list.yml", b"- a.example\n- '*.b.example'\n"),
        ("list.csv", b"host,tcp_ports\na.example,443\n*.b.example,443\n"),
        ("list.md", b"| Service | URL |\n|---|---|\n| One | a.example <br> *.b.example |\n"),
        ("list.json", json.dumps([{"id": 1, "serviceArea": "X", "urls": ["a.example", "*.b.example"]}]).encode()),
    ],
)
@pytest.mark.parametrize("scheme", ["https", "file"])
def test_lists_of_every_format_come_from_https_and_from_files(
    updates: Updates, scheme: str, name: str, content: bytes
) -> None:
    file = updates.directory.parent / name
    file.write_bytes(content)
    updates.server.pages[f"/{name}"] = content
    url = f"file://{file}" if scheme == "file" else f"{updates.server.url}/{name}"
    assert updates(source="own", url=url).changed
    assert updates.in_force("own") == {"a.example", "*.b.example"}
    updates.later(DAY)
    assert not updates(source="own", url=url).changed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "names nothing"),
        (b"<html><p>Log in</p></html>", "fault"),
        (b"a.example\na..b\n", "1 fault"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_list_that_went_bad_leaves_the_last_good_one(updates: Updates, content: bytes, said: str) -> None:
    url = f"{updates.server.url}/list.txt"
    updates.server.pages["/list.txt"] = b"a.example\n"
    updates(source="own", url=url)
    updates.server.pages["/list.txt"] = content
    done = updates(source="own", url=url)
    assert done.news.outcome == "failed" and said in str(done.news.message)
    assert updates.in_force("own") == {"a.example"}


def test_a_list_that_is_no_regular_file_is_refused(updates: Updates) -> None:
    done = updates(source="own", url="file:///dev/zero")
    assert done.news.outcome == "failed" and "no regular file" in str(done.news.message)
    assert done.in_force is None and not done.changed
