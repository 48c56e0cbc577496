# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change from its plan to its restore, on the real proxy."""

from __future__ import annotations

import json
from pathlib import Path

from lab.services import Squid

from .conftest import Play

CHANGE = {"allowlist_change": "CHG-1"}


def test_a_change_is_planned_applied_and_restored(play: Play, proxy: Squid, tmp_path: Path) -> None:
    done = play("plan", variables=CHANGE)
    assert done.status == 0, done.said
    plan = json.loads((tmp_path / "changes/CHG-1/plan.json").read_text())
    assert plan["batches"] == [["proxy"]]
    first = (tmp_path / "changes/CHG-1/plan.json").read_bytes()
    assert play("plan", variables=CHANGE).status == 0
    assert (tmp_path / "changes/CHG-1/plan.json").read_bytes() == first
    done = play("apply", variables=CHANGE)
    print(done.said)
    assert done.status == 0, done.said
    result = json.loads((tmp_path / "changes/CHG-1/results/proxy.json").read_text())
    print(json.dumps(result, indent=1))
    assert result["stage"] == "confirmed"
    again = play("apply", variables=CHANGE)
    assert again.status != 0
    assert "already applied" in again.said
    back = play("restore", variables=CHANGE)
    print(back.said)
    assert back.status == 0, back.said
    assert json.loads((tmp_path / "changes/CHG-1/results/proxy.json").read_text())["stage"] == "restored"
