# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device group of a Panorama: committed there, pushed to its firewalls, and which of them has what."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError

from tests.integration.simulators.panos.panos_target import PanoramaTarget, PanosTarget, members_of
from tests.integration.simulators.target import Refused

A, B = ("a.example.com",), ("b.example.com",)


def hers(panorama: PanoramaTarget, name: str = "more") -> None:
    """Alice commits a category on Panorama and does not push it."""
    xpath = f"{panorama.root}/profiles/custom-url-category/entry[@name='{name}']"
    panorama.simulator.config.edit(xpath, f"<entry name='{name}'><list/></entry>", "alice")
    chosen = dict(panorama.simulator.config.changes)
    panorama.simulator.config.changes = {xpath: chosen.pop(xpath)}
    assert panorama.simulator.commit_as("alice") == []
    panorama.simulator.config.changes = chosen


def has_hers(panorama: PanoramaTarget) -> list[bool]:
    return [one.has is not None and one.has.find(".//entry[@name='more']") is not None for one in panorama.firewalls]


def test_a_list_is_committed_pushed_and_found_in_step(panorama: PanoramaTarget) -> None:
    others = panorama.foreign()
    assert panorama.present(*A)["changed"] is True
    assert panorama.running() == panorama.entries(*A)
    panorama.simulator.requests.clear()
    key = panorama.simulator.key_for("automation")
    assert panorama.present(*A, password=None, api_key=key)["changed"] is False
    assert len(panorama.simulator.requests) == 3
    assert panorama.info()["not_pushed_to"] == []
    panorama.absent()
    assert (panorama.running(), panorama.leftovers(), panorama.foreign()) == (frozenset(), [], others)


def test_rules_are_pre_rules(panorama: PanoramaTarget) -> None:
    panorama.present(*A, access_rules="managed")
    assert all(
        one.has is not None and one.has.findall("pre-rulebase/security/rules/entry") for one in panorama.firewalls
    )
    assert panorama.present(*A, access_rules="managed")["changed"] is False


def test_a_firewall_that_fails_is_named_and_the_old_list_is_everywhere_again(panorama: PanoramaTarget) -> None:
    panorama.present(*A)
    panorama.firewalls[1].fails = "the URL database is missing"
    with pytest.raises(Refused) as raised:
        panorama.present(*B)
    assert "push to branch failed" in str(raised.value)
    assert "fw-b (0002): the URL database is missing" in str(raised.value)
    assert str(raised.value).endswith("The list that was there has been put back.")
    assert "fw-a" not in str(raised.value)
    assert (panorama.running(), panorama.leftovers()) == (panorama.entries(*A), [])


def test_what_was_committed_and_not_pushed_is_pushed_by_the_next_run(panorama: PanoramaTarget) -> None:
    panorama.present(*A)
    panorama.present(*B, push="none")
    assert (panorama.running(), panorama.stored()) == (panorama.entries(*A), panorama.entries(*B))
    assert panorama.present(*B, push="none")["changed"] is False
    found = panorama.info()
    assert (found["in_step"], found["not_pushed_to"]) == (False, ["fw-a", "fw-b"])
    again = panorama.present(*B, diff=True)
    assert again["changed"] is True and "stored, but not running" in str(again["diff"])
    assert panorama.running() == panorama.entries(*B)


def test_what_others_committed_is_not_pushed_unless_that_is_wanted(panorama: PanoramaTarget) -> None:
    hers(panorama)
    panorama.present(*A)
    assert (panorama.running(), has_hers(panorama)) == (panorama.entries(*A), [False, False])
    assert panorama.present(*A)["changed"] is False
    panorama.present(*B, push="all")
    assert (panorama.running(), has_hers(panorama)) == (panorama.entries(*B), [True, True])


def test_a_panorama_that_cannot_keep_others_apart_is_refused(panorama: PanoramaTarget) -> None:
    panorama.simulator.version = "10.1.14"
    panorama.present(*A)
    hers(panorama)
    for check in (True, False):
        with pytest.raises(
            Refused, match=r"fw-a, fw-b .* lacks changes .* before 10\.2 .*push: all.*Nothing was changed"
        ):
            panorama.present(*B, check=check)
    assert (panorama.running(), has_hers(panorama)) == (panorama.entries(*A), [False, False])
    panorama.present(*B, push="all")
    assert (panorama.running(), has_hers(panorama)) == (panorama.entries(*B), [True, True])


def test_a_firewall_that_is_not_connected_stops_the_run_or_is_left_out(panorama: PanoramaTarget) -> None:
    panorama.present(*A)
    panorama.firewalls[1].connected = False
    for check in (True, False):
        with pytest.raises(Refused, match=r"fw-b of the device group branch is not connected .*Nothing was changed\."):
            panorama.present(*B, check=check)
    skip: dict[str, t.Any] = {"offline_devices": "skip"}
    panorama.present(*B, **skip)
    assert [members_of(one.has) for one in panorama.firewalls] == [panorama.entries(*B), panorama.entries(*A)]
    assert panorama.present(*B, **skip)["changed"] is False
    panorama.firewalls[1].connected = True
    assert panorama.present(*B, **skip)["changed"] is True
    assert panorama.running() == panorama.entries(*B)


def test_a_push_that_does_not_bring_all_of_the_list_is_no_success(panorama: PanoramaTarget) -> None:
    panorama.present(*A, push="none")
    panorama.simulator.unpushed.clear()  # as though that had been pushed once, and to nobody
    with pytest.raises(Refused, match=r"fw-a, fw-b has another list all the same.* push: all\."):
        panorama.present(*A)
    panorama.present(*A, push="all")
    assert panorama.running() == panorama.entries(*A)


def test_the_active_panorama_is_told_by_its_own_words(panorama: PanoramaTarget) -> None:
    panorama.simulator.ha = "primary-active"
    panorama.present(*A)
    panorama.simulator.ha = "secondary-passive"
    with pytest.raises(Refused, match="it says secondary-passive"):
        panorama.present(*B)


def test_a_device_group_that_is_not_there_is_told(panorama: PanoramaTarget) -> None:
    with pytest.raises(Refused, match=r"has no device group elsewhere\..*Nothing was changed\."):
        panorama.present(*A, device_group="elsewhere")


def devices(first: str, second: str) -> list[dict[str, str]]:
    return [
        {"name": "fw-a", "serial": "0001", "result": first},
        {"name": "fw-b", "serial": "0002", "result": second},
    ]


def test_the_result_says_what_the_push_did_on_each_firewall(panorama: PanoramaTarget) -> None:
    assert panorama.present(*A)["panos"]["devices"] == devices("pushed", "pushed")
    assert "devices" not in panorama.present(*A)["panos"]
    assert "devices" not in panorama.present(*B, check=True)["panos"]
    assert "devices" not in panorama.present(*B, push="none")["panos"]
    panorama.firewalls[1].connected = False
    assert panorama.present(*A, offline_devices="skip")["panos"]["devices"] == devices("pushed", "skipped")
    panorama.firewalls[0].connected = False
    assert panorama.present(*B, offline_devices="skip")["panos"]["devices"] == devices("skipped", "skipped")


def test_a_failure_says_what_the_push_did_on_each_firewall_before_it_was_taken_back(panorama: PanoramaTarget) -> None:
    panorama.present(*A)
    panorama.firewalls[1].fails = "the URL database is missing"
    with pytest.raises(Refused) as raised:
        panorama.present(*B)
    assert isinstance(raised.value.__cause__, ReconcileError)
    assert raised.value.__cause__.facts["panos"]["devices"] == devices("pushed", "failed")
    panorama.simulator.commit_fails = ["the URL database is missing"]
    with pytest.raises(Refused) as raised:
        panorama.present(*B)
    assert isinstance(raised.value.__cause__, ReconcileError)
    assert "panos" not in raised.value.__cause__.facts


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("vsys", ["shared", "vsys1"])
def test_a_panorama_without_a_device_group_is_refused(panorama: PanoramaTarget, vsys: str, check: bool) -> None:
    before = ET.tostring(panorama.simulator.config.candidate)
    with pytest.raises(Refused, match=r"is a Panorama .*Name it in device_group\. Nothing was changed\."):
        panorama.present(*A, check=check, device_group=None, vsys=vsys)
    assert ET.tostring(panorama.simulator.config.candidate) == before
    assert panorama.leftovers() == []


@pytest.mark.parametrize("push", ["own", "none"])
@pytest.mark.parametrize("check", [True, False])
def test_a_firewall_with_a_device_group_is_refused(firewall: PanosTarget, check: bool, push: str) -> None:
    before = ET.tostring(firewall.simulator.config.candidate)
    with pytest.raises(Refused, match=r"is a firewall .* vsys instead of device_group\. Nothing was changed\."):
        firewall.present(*A, check=check, device_group="branch", push=push)
    assert ET.tostring(firewall.simulator.config.candidate) == before
    assert firewall.leftovers() == []


def test_a_lock_on_another_device_group_is_in_nobodys_way(panorama: PanoramaTarget) -> None:
    panorama.simulator.names.append("other")
    panorama.simulator.locks.add("config", "other", "alice", None)
    panorama.present(*A)
    panorama.simulator.locks.add("config", "branch", "alice", "mine")
    with pytest.raises(Refused, match=r"alice holds a config lock .*for branch \(mine\)"):
        panorama.present(*B)
