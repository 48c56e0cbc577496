# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest

from lab import Lab
from lab.services import Squid

from .conftest import Play, report

LISTS = "/etc/squid/allowlist.d"
SNIPPETS = "/etc/squid/conf.d"


@pytest.fixture()
def applied(proxy: Squid, play: Play) -> Squid:
    """The lab's Squid with the list on it."""
    played = play("apply")
    assert played.status == 0, played.said
    return proxy


def files(squid: Squid) -> dict[str, bytes]:
    """Everything below the two directories that the list lives in."""
    found = {}
    for folder in (LISTS, SNIPPETS):
        root = squid.host.path(folder)
        found.update({str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()})
    return found


def break_by_hand(squid: Squid) -> None:
    (file,) = (f for f in squid.host.path(LISTS).glob("*/*/*") if f.read_text().splitlines() == ["www.microsoft.com"])
    file.write_text("files.stranger.example\n")
    squid.reconfigure()


def drift(folder: Path) -> dict[str, t.Any]:
    found: dict[str, t.Any] = report(folder, "drift.json")["appliances"]["proxy"]
    return found


def test_apply_changes_once_and_then_nothing(applied: Squid, play: Play) -> None:
    before = files(applied)
    again = play("apply")
    assert (again.status, again.changed["proxy"]) == (0, 0)
    assert files(applied) == before


def test_a_list_that_a_helper_follows_is_changed_without_a_reload(proxy: Squid, play: Play) -> None:
    variables = {"allowlist_squid": {"activation": "helper"}}
    first = play("apply", variables=variables)
    assert (first.status, first.changed["proxy"]) == (0, 1), first.said
    sockets = proxy.host.sockets(3128)
    more = ["www.microsoft.com", "www.office.com"]
    second = play("apply", variables={**variables, "allowlist_endpoints": more})
    assert (second.status, second.changed["proxy"]) == (0, 1), second.said
    assert proxy.host.sockets(3128) == sockets, "Squid was reloaded"


def test_apply_in_check_mode_shows_what_would_change_and_writes_nothing(proxy: Squid, play: Play) -> None:
    before = files(proxy)
    played = play("apply", "--check", "--diff")
    assert (played.status, played.changed["proxy"]) == (0, 1)
    assert "+www.microsoft.com" in played.said
    assert files(proxy) == before


def test_device_options_reach_the_module(proxy: Squid, play: Play) -> None:
    played = play("apply", variables={"allowlist_squid": {"snippet_prefix": "15"}, "allowlist_name": "office"})
    assert played.status == 0, played.said
    assert "15-allowlist-office.conf" in files(proxy)


def test_a_name_in_unicode_becomes_its_a_label(proxy: Squid, play: Play) -> None:
    played = play("apply", variables={"allowlist_endpoints": ["bücher.example"]})
    assert played.status == 0, played.said
    assert any(b"xn--bcher-kva.example\n" in content for content in files(proxy).values())


def test_an_appliance_in_step_has_not_drifted(applied: Squid, play: Play, tmp_path: Path) -> None:
    played = play("drift", variables={"allowlist_report_dir": str(tmp_path)})
    assert played.status == 0
    assert drift(tmp_path)["state"] == "in step"


def test_drift_is_told_by_service_fails_the_run_and_is_not_touched(applied: Squid, play: Play, tmp_path: Path) -> None:
    break_by_hand(applied)
    before = files(applied)
    played = play("drift", variables={"allowlist_report_dir": str(tmp_path)})
    assert played.status == 2
    assert "proxy: drifted. Correct it with" in played.said
    found = drift(tmp_path)
    assert found["missing"]["by_service"] == {"(no service)": ["www.microsoft.com tcp/80,443".replace(" t", "  t")]}
    assert "files.stranger.example" in str(found["foreign"]["by_service"])
    assert files(applied) == before


def test_drift_can_be_reported_without_failing(applied: Squid, play: Play) -> None:
    break_by_hand(applied)
    played = play("drift", variables={"allowlist_drift_fail": False})
    assert played.status == 0
    assert "files.stranger.example" in played.said


def test_drift_is_corrected_where_asked_for(applied: Squid, play: Play, tmp_path: Path) -> None:
    break_by_hand(applied)
    wanted = {"allowlist_drift_correct": True, "allowlist_report_dir": str(tmp_path)}
    played = play("drift", variables=wanted)
    assert played.status == 0, played.said
    assert drift(tmp_path)["state"] == "corrected"
    assert drift(tmp_path)["foreign"]["count"] == 1
    again = play("drift", variables=wanted)
    assert again.status == 0
    assert drift(tmp_path)["state"] == "in step"


def test_check_mode_wins_over_correction(applied: Squid, play: Play, tmp_path: Path) -> None:
    break_by_hand(applied)
    before = files(applied)
    reports = tmp_path / "reports"
    wanted = {"allowlist_drift_correct": True, "allowlist_report_dir": str(reports)}
    played = play("drift", "--check", variables=wanted)
    assert played.status == 2
    assert "proxy drifted 1 1" in " ".join(played.said.split())
    assert files(applied) == before
    assert not reports.exists()


def test_a_stored_list_that_does_not_run_is_drift(applied: Squid, play: Play, tmp_path: Path) -> None:
    kept = {folder: tmp_path / Path(folder).name for folder in (LISTS, SNIPPETS)}
    for folder, copy in kept.items():
        shutil.copytree(applied.host.path(folder), copy)
    applied.reset()
    for folder, copy in kept.items():
        applied.host.run(["mkdir", "-p", folder])
        shutil.copytree(copy, applied.host.path(folder), dirs_exist_ok=True)
    applied.host.run(["chown", "-R", "root:proxy", LISTS, SNIPPETS])
    played = play("drift", variables={"allowlist_report_dir": str(tmp_path)})
    assert played.status == 2, played.said
    assert drift(tmp_path)["not_running"]
    assert "the stored list is not the running one" in played.said
    corrected = play("drift", variables={"allowlist_report_dir": str(tmp_path), "allowlist_drift_correct": True})
    assert corrected.status == 0, corrected.said
    assert drift(tmp_path)["state"] == "corrected"


def test_a_stopped_proxy_with_the_list_has_not_drifted_and_is_shown(applied: Squid, play: Play, tmp_path: Path) -> None:
    applied.kill()
    played = play("drift", variables={"allowlist_report_dir": str(tmp_path)})
    assert played.status == 0, played.said
    assert (drift(tmp_path)["state"], drift(tmp_path)["running"]) == ("in step", "stopped")
    applied.host.path(applied.pid_file).unlink(missing_ok=True)
    applied.start()


def test_an_appliance_that_is_not_reached_is_shown_and_the_others_are_told_of(
    applied: Squid, play: Play, tmp_path: Path
) -> None:
    gone = {"appliances": {"hosts": {"gone": {"allowlist_platform": "squid"}}}}
    played = play("drift", variables={"allowlist_report_dir": str(tmp_path)}, inventory=gone)
    assert played.status == 2, played.said
    assert "gone: unreachable." in played.said
    appliances = report(tmp_path, "drift.json")["appliances"]
    assert appliances["proxy"]["state"] == "in step"
    assert appliances["gone"]["state"] == "unreachable"


def test_an_appliance_whose_module_fails_is_shown_with_the_reason(applied: Squid, play: Play, lab: Lab) -> None:
    played = play("drift", variables={"allowlist_squid": {"config_file": "/nowhere/squid.conf"}})
    assert played.status == 2
    assert "proxy not known" in played.said
    assert "/nowhere/squid.conf" in played.said
