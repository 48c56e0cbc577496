# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

from lab.services import Squid

from .conftest import Play, report


def files(squid: Squid) -> dict[str, bytes]:
    """Everything that Squid is configured with."""
    root = squid.host.path("/etc/squid")
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def appliances(folder: Path) -> dict[str, t.Any]:
    found: dict[str, t.Any] = report(folder, "plan.json")["appliances"]
    return found


def test_a_plan_shows_what_apply_then_does_and_changes_nothing(proxy: Squid, play: Play, tmp_path: Path) -> None:
    before = files(proxy)
    wanted = {"allowlist_report_dir": str(tmp_path / "reports")}
    planned = play("plan", variables=wanted)
    assert planned.status == 0, planned.said
    assert files(proxy) == before
    assert "proxy would change 1 0" in planned.said
    assert "proxy: 1 would be added:" in planned.said
    found = appliances(tmp_path / "reports")["proxy"]
    assert found["missing"]["by_service"] == {"(no service)": ["www.microsoft.com  tcp/80,443"]}
    applied = play("apply")
    assert (applied.status, applied.changed["proxy"]) == (0, 1)
    assert play("plan", variables=wanted).status == 0
    again = appliances(tmp_path / "reports")["proxy"]
    assert (again["state"], again["digest"]) == ("in step", found["digest"])


def test_check_mode_writes_no_report(proxy: Squid, play: Play, tmp_path: Path) -> None:
    planned = play("plan", "--check", variables={"allowlist_report_dir": str(tmp_path / "reports")})
    assert planned.status == 0, planned.said
    assert not (tmp_path / "reports").exists()


def test_a_loss_that_nobody_accepted_fails_and_shows_the_lines_that_would_accept_it(proxy: Squid, play: Play) -> None:
    planned = play("plan", variables={"allowlist_endpoints": ["*.blob.core.windows.net"]})
    assert planned.status == 2
    assert "proxy not known" in planned.said
    assert "reason:" in planned.said


def test_an_accepted_loss_is_shown(proxy: Squid, play: Play, tmp_path: Path) -> None:
    accepted = [{"host": "*.blob.core.windows.net", "result": "broad", "reason": "ours"}]
    variables = {
        "allowlist_endpoints": ["*.blob.core.windows.net"],
        "allowlist_accept_loss": accepted,
        "allowlist_report_dir": str(tmp_path),
    }
    planned = play("plan", variables=variables)
    assert planned.status == 0, planned.said
    assert "customers register their own names under blob.core.windows.net (proxy)" in planned.said
    assert [loss["result"] for loss in appliances(tmp_path)["proxy"]["losses"]] == ["broad"]


def test_an_appliance_that_is_not_reached_fails_and_the_others_are_told_of(
    proxy: Squid, play: Play, tmp_path: Path
) -> None:
    gone = {"appliances": {"hosts": {"gone": {"allowlist_platform": "squid"}}}}
    planned = play("plan", variables={"allowlist_report_dir": str(tmp_path)}, inventory=gone)
    assert planned.status == 4, planned.said
    found = appliances(tmp_path)
    assert (found["proxy"]["state"], found["gone"]["state"]) == ("would change", "not known")
