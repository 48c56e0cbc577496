# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift that is matched to the change that brought the list, on the real proxy."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from lab.services import Squid

from .conftest import Play, report
from .test_apply_and_drift import break_by_hand

MORE = {"allowlist_endpoints": ["www.microsoft.com", "login.microsoftonline.com"]}


def test_whose_list_a_proxy_holds_is_told_from_its_digest(proxy: Squid, play: Play, tmp_path: Path) -> None:
    def seen(**variables: t.Any) -> dict[str, t.Any]:
        play("drift", variables={"allowlist_report_dir": str(tmp_path), **variables})
        found: dict[str, t.Any] = report(tmp_path, "drift.json")["appliances"]["proxy"]
        return found

    assert play("plan", variables={"allowlist_change": "CHG-1"}).status == 0
    assert (seen()["state"], seen()["whose"]["text"]) == ("drifted", "CHG-1, not there yet")
    assert play("apply", variables={"allowlist_change": "CHG-1"}).status == 0
    held = seen()
    assert (held["state"], held["agreed"]["change"]) == ("in step", "CHG-1")
    wanted = seen(**MORE)
    assert (wanted["kind"], wanted["whose"]["kind"], wanted["whose"]["change"]) == ("missing", "older", "CHG-1")
    break_by_hand(proxy)
    broken = seen(**MORE)
    assert (broken["kind"], broken["whose"]["kind"]) == ("both", "nobody")
    assert broken["first_seen"] == wanted["first_seen"]
    assert broken["agreed"]["change"] == "CHG-1"
    status = json.loads((tmp_path / "changes" / ".status" / "proxy.json").read_text())
    assert status["change"]["id"] == "CHG-1"
    assert status["drift"]["whose"]["kind"] == "nobody"
