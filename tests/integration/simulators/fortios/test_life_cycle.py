# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list on a FortiGate from its making to its removal, both ways of keeping it."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from fortigate_api import FortiGate, FortiGateAPI

from lab.simulators.fortios.fields import Field
from tests.integration.simulators.fortios.target import TOKEN, FilterTarget, FortiTarget
from tests.integration.simulators.target import Refused

BOTH = pytest.mark.parametrize("target", ["fortios_push_feed", "fortios_url_filter"], indirect=True)
FEED = pytest.mark.parametrize("target", ["fortios_push_feed"], indirect=True)
FILTER = pytest.mark.parametrize("target", ["fortios_url_filter"], indirect=True)


def device(target: FortiTarget) -> object:
    """Everything on the device, to be compared."""
    vdom = target.vdom
    return copy.deepcopy((vdom.tables, vdom.feeds, {n: tx.changes for n, tx in vdom.transactions.items()}))


def files(target: FortiTarget) -> list[str]:
    return sorted(str(path) for path in target.directory.rglob("*"))


@BOTH
def test_a_list_is_made_changed_put_back_and_removed(target: FortiTarget) -> None:
    made = target.present("a.example", "*.b.example")
    assert (made["changed"], made["before"]["digest"], made["after"]["entries"]) == (True, None, 2)
    assert target.running() == target.entries("a.example", "*.b.example")
    again = target.present("a.example", "*.b.example")
    assert (again["changed"], again["backup"]) == (False, None)
    changed = target.present("c.example")
    assert changed["difference"]["missing"]["count"] == 1
    assert changed["difference"]["foreign"]["count"] == 2
    assert target.restored()["after"]["digest"] == made["after"]["digest"]
    assert target.running() == target.entries("a.example", "*.b.example")
    assert target.absent()["changed"] is True
    assert target.running() == frozenset()
    assert target.absent()["changed"] is False
    assert target.leftovers() == []


@BOTH
def test_check_mode_predicts_what_is_done_and_writes_nothing(target: FortiTarget) -> None:
    for names in (("a.example",), ("b.example",), ("b.example",)):
        before, there = device(target), files(target)
        target.simulator.requests.clear()
        told = target.present(*names, check=True, diff=True)
        assert {request.partition(" ")[0] for request in target.simulator.requests} == {"GET"}
        assert (device(target), files(target)) == (before, there)
        done = target.present(*names, diff=True)
        for key in ("changed", "before", "after", "running", "difference", "diff"):
            assert told.get(key) == done.get(key), key


@BOTH
def test_where_nothing_changes_two_requests_are_enough(target: FortiTarget) -> None:
    target.present("a.example")
    target.simulator.requests.clear()
    target.present("a.example")
    assert len(target.simulator.requests) == 2


@BOTH
def test_a_change_by_hand_is_drift_and_is_corrected(target: FortiTarget) -> None:
    target.present("a.example", "b.example")
    for change in (spoil_entry, add_entry, remove_entry):
        change(target)
        assert (
            target.info()["stored"]["digest"] != target.present("a.example", "b.example", check=True)["after"]["digest"]
        )
        assert target.present("a.example", "b.example")["changed"] is True
        assert target.running() == target.entries("a.example", "b.example")


def spoil_entry(target: FortiTarget) -> None:
    if isinstance(target, FilterTarget):
        target.vdom.tables["webfilter/urlfilter"]["7"]["entries"][0]["referrer-host"] = "only.example"
    else:
        target.vdom.tables["system/external-resource"]["managed_desktop"]["status"] = "disable"


def add_entry(target: FortiTarget) -> None:
    if isinstance(target, FilterTarget):
        entries = target.vdom.tables["webfilter/urlfilter"]["7"]["entries"]
        entries.append({**entries[0], "id": 50, "url": "foreign.example"})
    else:
        target.vdom.feeds["managed_desktop"].append("foreign.example")


def remove_entry(target: FortiTarget) -> None:
    if isinstance(target, FilterTarget):
        target.vdom.tables["webfilter/urlfilter"]["7"]["entries"].pop()
    else:
        target.vdom.feeds["managed_desktop"].pop()


@BOTH
def test_another_order_is_no_drift(target: FortiTarget) -> None:
    target.present("a.example", "b.example", "*.c.example")
    target.vdom.reversed = True
    target.vdom.feeds.get("managed_desktop", []).reverse()
    assert target.present("a.example", "b.example", "*.c.example")["changed"] is False


@BOTH
def test_info_tells_what_is_there_and_what_nobody_knows(target: FortiTarget) -> None:
    nothing = target.info()
    assert nothing["stored"] == {"digest": None, "entries": 0}
    target.present("a.example")
    found = target.info(include_entries=True)
    assert (found["stored"]["entries"], found["entries"]) == (1, {"Test": ["a.example"]})
    assert found["tls"]["protocol_detection_of_list"] == "unknown"
    assert found["fortios"]["version"] == "7.6.4"
    feed = target.method == "push_feed"
    assert found["running"]["state"] == ("unknown" if feed else "running")
    assert found["in_step"] is (None if feed else True)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # the client verifies none
@BOTH
def test_the_vendors_client_reads_what_was_written(target: FortiTarget) -> None:
    target.present("a.example", "*.b.example")
    place = {"host": target.simulator.address, "port": target.simulator.port, "token": TOKEN}
    with FortiGateAPI(**place) as api, FortiGate(**place) as plain:
        if isinstance(target, FilterTarget):
            (table,) = api.cmdb.webfilter.urlfilter.get(id=7)
            assert frozenset(entry["url"] for entry in table["entries"]) == target.entries("a.example", "*.b.example")
            assert "managed_desktop.network list managed_desktop" in table["comment"]
        else:
            (feed,) = api.cmdb.system.external_resource.get(name="managed_desktop")
            assert (feed["type"], feed["update-method"]) == ("domain", "push")
            shown = plain.get_result("api/v2/monitor/system/external-resource/entry-list?mkey=managed_desktop")
            assert [entry["entry"] for entry in shown["entries"]] == ["a.example", "*.b.example"]


@FILTER
def test_numbers_and_fields_that_nobody_here_knows_stay(target: FilterTarget) -> None:
    target.vdom.extra["quality"] = Field("plain", values=("plain", "fine"))
    target.present("a.example", "b.example")
    table = target.vdom.tables["webfilter/urlfilter"]["7"]
    table["ip-addr-block"] = "enable"
    kept = next(entry for entry in table["entries"] if entry["url"] == "b.example")
    kept.update({"id": 77, "quality": "fine", "dns-address-family": "both"})
    assert target.present("b.example", "c.example")["changed"] is True
    after = target.vdom.tables["webfilter/urlfilter"]["7"]
    assert after["ip-addr-block"] == "enable"
    by_url = {entry["url"]: entry for entry in after["entries"]}
    assert by_url["b.example"] == kept
    assert by_url["c.example"]["id"] == 1
    target.restored()
    assert target.vdom.tables["webfilter/urlfilter"]["7"]["ip-addr-block"] == "enable"


@FILTER
@pytest.mark.parametrize(
    ("version", "feature_set", "types", "alone"),
    [
        ((7, 6, 4), "proxy", {"simple"}, "disable"),
        ((7, 6, 4), "flow", {"regex"}, "disable"),
        ((7, 6, 2), "proxy", {"simple"}, None),
        ((7, 6, 2), "flow", {"regex"}, None),
    ],
)
def test_entries_are_written_for_the_mode_and_the_version(
    target: FilterTarget, version: t.Any, feature_set: str, types: set[str], alone: str | None
) -> None:
    target.simulator.version = version
    target.vdom.tables["webfilter/profile"]["strict"]["feature-set"] = feature_set
    target.vdom.tables["webfilter/urlfilter"]["1"].pop("include-subdomains")
    target.present("a.example")
    table = target.vdom.tables["webfilter/urlfilter"]["7"]
    assert {entry["type"] for entry in table["entries"]} == types
    assert table.get("include-subdomains") == alone


@FILTER
def test_a_profile_that_turns_to_flow_mode_makes_entries_expressions(target: FilterTarget) -> None:
    target.present("a.example")
    target.vdom.tables["webfilter/profile"]["strict"]["feature-set"] = "flow"
    assert target.present("a.example")["changed"] is True
    assert target.running() == {r"^(https?://)?a\.example\.?(:[0-9]+)?([/?#].*)?$"}
    with pytest.raises(Refused, match="used in flow mode"):
        target.restored()


@FILTER
def test_a_table_that_nobody_uses_is_told(target: FilterTarget) -> None:
    target.vdom.tables["webfilter/profile"].clear()
    told = target.present("a.example", check=True)
    assert "No web filter profile" in told["site_warnings"][0]


@FEED
def test_what_was_pushed_counts_as_stored_where_the_device_does_not_show_it(target: FortiTarget) -> None:
    target.simulator.entry_list_answers = False
    made = target.present("a.example")
    assert (made["changed"], target.running()) == (True, {"a.example"})
    again = target.present("a.example")
    assert again["changed"] is False
    assert "counts as stored" in again["site_warnings"][0]
    target.present("b.example")
    target.restored()
    assert target.running() == {"a.example"}
    target.vdom.tables["system/external-resource"]["managed_desktop"]["uuid"] = "of another object"
    assert target.present("a.example")["changed"] is True


@FEED
def test_a_device_that_is_slow_to_show_a_push_is_waited_for(target: FortiTarget) -> None:
    target.present("a.example")
    target.simulator.stale_reads = 3 + 2  # two before the push
    assert target.present("b.example")["changed"] is True
    assert target.running() == {"b.example"}


@BOTH
def test_however_many_entries_they_are_one_request(target: FortiTarget) -> None:
    names = [f"n{number}.example" for number in range(2_000)]
    target.simulator.requests.clear()
    assert target.present(*names)["after"]["entries"] == 2_000
    writes = [request for request in target.simulator.requests if not request.startswith("GET")]
    assert len(writes) == (2 if target.method == "push_feed" else 3)
    assert json.dumps(target.present(*names)["difference"]).count("n1.example") == 0
