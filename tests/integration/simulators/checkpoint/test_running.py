# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to run: what the server knows for certain, and unknown where it does not."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.integration.simulators.checkpoint.target import LIST, CheckPointTarget
from tests.integration.simulators.checkpoint.test_others import Elsewhere
from tests.integration.simulators.target import NEW, OLD, Refused


def said(target: CheckPointTarget, **more: t.Any) -> tuple[str, t.Any]:
    found = target.info(**more)
    return found["running"]["state"], found["in_step"]


def test_what_is_published_and_not_installed_is_not_in_step(site: CheckPointTarget) -> None:
    site.present(*OLD)
    published = site.present(*NEW, policy_package=None)
    assert published["running"] == {"state": "unknown", "digest": None}
    assert "is published on" in published["site_warnings"][0]
    found = site.info()
    assert found["in_step"] is False and found["stored"]["digest"] == published["after"]["digest"]
    assert {one["state"] for one in found["checkpoint"]["targets"]} == {"older"}
    assert found["running"]["digest"] == site.compiled(*OLD)["list"].digest, "which one runs is known from before"
    again = site.present(*NEW)
    assert again["changed"] and again["difference"]["not_running"]
    assert said(site) == ("running", True)


def test_what_was_removed_and_still_runs_is_not_in_step(site: CheckPointTarget) -> None:
    site.present(*OLD)
    assert site.absent(policy_package=None)["changed"]
    assert site.info()["in_step"] is False and site.running() == site.entries(*OLD)
    gone = site.absent()
    assert gone["changed"] and gone["running"] == {"state": "none", "digest": None}
    assert site.running() == frozenset() and not site.absent()["changed"]
    assert site.leftovers() == []


def test_without_a_package_nothing_is_known_and_nothing_is_claimed(site: CheckPointTarget) -> None:
    site.present(*OLD, policy_package=None)
    assert said(site, policy_package=None) == ("unknown", None)
    assert site.present(*OLD, policy_package=None)["changed"] is False


def test_what_alice_edits_by_hand_is_seen_before_and_after_it_is_installed(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.simulator.foreign_change(site.alice, LIST, ["alices.example/"])
    assert said(site) == ("running", True), "what is pending is hers alone"
    revision = site.simulator.foreign_publish(site.alice)
    assert said(site) == ("running", False)
    for gateway in site.gateways:
        gateway.revision = revision
    assert said(site) == ("running", True)
    assert site.present(*OLD)["changed"]
    assert site.running() == site.entries(*OLD)


def test_an_edit_that_was_published_late_is_not_taken_to_run(site: CheckPointTarget, tmp_path: Path) -> None:
    """Alice edits; Bob publishes and installs; Alice publishes: Bob's revision is younger than her edit."""
    site.present(*OLD)
    site.simulator.foreign_change(site.alice, LIST, ["alices.example/"])
    bob = site.simulator.foreign_session(site.alice.administrator)
    bobs = site.simulator.foreign_publish(bob)
    for gateway in site.gateways:
        gateway.revision = bobs
    site.simulator.foreign_publish(site.alice)
    assert site.running() == site.entries(*OLD)
    for controller in (site, Elsewhere(site, tmp_path)):
        assert said(controller) == ("unknown", None)


def test_another_controller_knows_while_nothing_else_was_published(site: CheckPointTarget, tmp_path: Path) -> None:
    site.present(*OLD)
    other = Elsewhere(site, tmp_path)
    assert said(other) == ("running", True)
    site.simulator.foreign_publish(site.alice)
    assert said(other) == ("unknown", None)
    assert said(site) == ("running", True), "who installed it knows"
    assert other.present(*OLD)["changed"] is False


def test_a_target_that_lags_behind_is_named(site: CheckPointTarget) -> None:
    before = site.gateways[1].revision
    site.present(*OLD)
    site.gateways[1].revision = before
    found = site.info()
    assert found["in_step"] is False and found["running"] == {"state": "running", "digest": None}
    assert [(one["name"], one["state"]) for one in found["checkpoint"]["targets"]] == [
        ("gw-1", "installed"),
        ("gw-2", "older"),
    ]
    assert site.present(*OLD)["changed"]
    assert site.running() == site.entries(*OLD)


def test_a_gateway_that_never_had_a_policy_gets_one(site: CheckPointTarget) -> None:
    for gateway in site.gateways:
        gateway.revision = None
    assert site.info()["running"]["state"] == "none"
    site.present(*OLD)
    assert said(site) == ("running", True)


def test_a_server_that_does_not_tell_revisions_is_believed_nothing(site: CheckPointTarget) -> None:
    site.simulator.shows_revisions = False
    with pytest.raises(Refused, match="does not tell which revision"):
        site.present(*OLD)
    predicted = site.present(*OLD, check=True, install_others=True)
    done = site.present(*OLD, install_others=True)
    assert predicted["running"] == done["running"] == {"state": "unknown", "digest": None}
    assert site.running() == site.entries(*OLD)
    assert said(site) == ("unknown", None)


def test_what_the_controller_knows_is_only_what_is_whole(site: CheckPointTarget) -> None:
    site.present(*OLD)
    site.simulator.foreign_publish(site.alice)
    (known,) = (site.directory / "backups").rglob(".installed")
    for damaged in ("", "{", '{"facts": 7}', '{"facts": [{"digest": 1}]}', '{"facts": [[]]}', '{"facts": [{"x": 1}]}'):
        known.write_text(damaged, encoding="utf-8")
        assert said(site) == ("unknown", None), damaged


def test_what_stands_for_protocol_detection_is_told_with_its_source(site: CheckPointTarget) -> None:
    tls = site.info()["tls"]
    assert tls["stands_for"].startswith("HTTPS inspection") and tls["source"].startswith("https://sc1.checkpoint.com/")
    assert (tls["protocol_detection"], tls["lowest"]) == ("unknown", "unknown")
