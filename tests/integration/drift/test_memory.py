# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights of a schedule that looks for drift, and what can go wrong in them."""

from __future__ import annotations

import datetime
import json
import os
import signal
import time
import xml.etree.ElementTree as ET

from .conftest import SIZE, Fleet

FUTURE = "2099-01-01T00:00:00Z"


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_drift_is_remembered_from_night_to_night_until_it_is_corrected(fleet: Fleet) -> None:
    begun = now()
    status, said = fleet.run("drift")
    assert status == 2, said
    assert "fw0: drifted. Correct it with -e allowlist_drift_correct=true." in said
    first = fleet.status("fw0")["drift"]
    assert begun <= first["first_seen"] <= now()
    assert (first["kind"], first["missing"], first["holds"]) == ("missing", 2, "none")
    assert first["whose"]["kind"] == "nobody"
    time.sleep(1.1)
    assert fleet.run("drift", allowlist_drift_fail=False)[0] == 0
    again = fleet.status("fw0")["drift"]
    assert again["first_seen"] == first["first_seen"] < again["looked_at"]
    status, said = fleet.run("drift", allowlist_drift_correct=True, allowlist_change="FIX-1")
    assert status == 0, said
    assert {name: found["state"] for name, found in fleet.report().items()} == {
        f"fw{number}": "in step" for number in range(SIZE)
    }
    assert fleet.status("fw0")["drift"]["state"] == "in step"
    assert fleet.status("fw0")["agreed"]["change"] == "FIX-1"


def test_reports_are_written_for_people_and_machines_and_none_in_check_mode(fleet: Fleet) -> None:
    status, said = fleet.run("drift", "--check")
    assert status == 2
    assert "fw0, fw1, fw2: 2 missing from the appliance:" in said
    assert not fleet.changes.exists()
    assert not fleet.reports.exists()
    fleet.run("drift")
    assert sorted(path.name for path in fleet.reports.iterdir()) == ["drift.json", "drift.prom", "drift.xml"]
    assert 'allowlist_drift{appliance="fw2"} 1\n' in (fleet.reports / "drift.prom").read_text()
    suite = ET.fromstring((fleet.reports / "drift.xml").read_bytes()).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(SIZE), str(SIZE), "0")


def test_a_damaged_memory_and_a_clock_that_was_ahead_are_told_and_the_others_are_remembered(fleet: Fleet) -> None:
    fleet.run("drift")
    before = fleet.status("fw2")["drift"]["first_seen"]
    damaged = fleet.changes / ".status" / "fw0.json"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    content = damaged.read_bytes()
    ahead = fleet.changes / ".status" / "fw1.json"
    ahead.write_text(ahead.read_text().replace(before, FUTURE))
    status, said = fleet.run("drift", allowlist_drift_fail=False)
    assert status == 2, said
    assert f"{damaged} is damaged" in said
    assert damaged.read_bytes() == content
    assert fleet.report()["fw0"]["state"] == "drifted"
    assert fleet.status("fw1")["drift"]["first_seen"] <= now()
    assert fleet.status("fw2")["drift"]["first_seen"] == before


def test_a_run_that_is_killed_between_appliances_costs_no_memory(fleet: Fleet) -> None:
    fleet.run("drift")
    before = {name: fleet.status(name) for name in ("fw0", "fw2")}
    process = fleet.start("drift")
    deadline = time.monotonic() + 120
    while not fleet.looks() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert {name: fleet.status(name) for name in before} == before
    status, said = fleet.run("drift")
    assert status == 2, said
    for name in before:
        assert fleet.status(name)["drift"]["first_seen"] == before[name]["drift"]["first_seen"]
        assert fleet.status(name)["drift"]["looked_at"] > before[name]["drift"]["looked_at"]


def test_two_runs_at_once_both_tell_the_truth(fleet: Fleet) -> None:
    runs = [fleet.start("drift") for _number in range(2)]
    for process in runs:
        said, _errors = process.communicate(timeout=300)
        assert process.returncode == 2
        assert ": not known." not in said
        assert ": unreachable." not in said
        assert said.count(": drifted. Correct it") >= SIZE
    assert {found["state"] for found in fleet.report().values()} == {"drifted"}
    moments = {fleet.status(f"fw{number}")["drift"]["first_seen"] for number in range(SIZE)}
    assert len(moments) <= 2


def test_appliances_that_are_all_unreachable_or_unknown_are_reported(fleet: Fleet) -> None:
    status, said = fleet.run("drift", ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=1)
    assert status == 2, said
    assert {found["state"] for found in fleet.report().values()} == {"unreachable"}
    assert fleet.status("fw0")["drift"]["unknown_since"] <= now()
    status, said = fleet.run("drift", allowlist_feed={"feed_fromat": "domains"}, allowlist_tennant="x")
    assert status == 2, said
    found = fleet.report()["fw0"]
    assert found["state"] == "not known"
    assert "Did you mean allowlist_tenant?" in found["message"]
    assert "Did you mean feed_format?" in found["message"]


def test_nobody_gets_a_directory_of_changes_who_keeps_none(fleet: Fleet) -> None:
    assert fleet.run("drift", allowlist_change_dir="changes", allowlist_report_dir="")[0] == 2
    assert not fleet.changes.exists()
    fleet.changes.mkdir()
    fleet.run("drift", allowlist_change_dir="changes", allowlist_report_dir="")
    assert fleet.status("fw0")["drift"]["state"] == "drifted"


def test_in_a_play_of_batches_nobody_is_told_of_before_its_turn(fleet: Fleet) -> None:
    play = {
        "hosts": "appliances",
        "gather_facts": False,
        "serial": 2,
        "roles": ["managed_desktop.network.allowlist_drift"],
    }
    (fleet.directory / "serial.json").write_text(json.dumps([play]))
    status, said = fleet.run("serial.json", allowlist_drift_fail=False)
    assert status == 0, said
    assert ": not known" not in said
    assert {name: found["state"] for name, found in fleet.report().items()} == {
        f"fw{number}": "drifted" for number in range(SIZE)
    }
