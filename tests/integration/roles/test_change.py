# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change from its plan to its restore, on the real proxy."""

from __future__ import annotations

import json
from pathlib import Path

from lab.services import Squid

from .conftest import Play

CHANGE = {"allowlist_change": "CHG-1"}


def stage(folder: Path) -> str:
    """Return the stage of the proxy in the change."""
    found: str = json.loads((folder / "changes/CHG-1/results/proxy.json").read_text())["stage"]
    return found


def test_a_change_is_planned_applied_and_restored(play: Play, proxy: Squid, tmp_path: Path) -> None:
    planned = play("plan", variables=CHANGE)
    assert planned.status == 0, planned.said
    first = (tmp_path / "changes/CHG-1/plan.json").read_bytes()
    assert json.loads(first)["batches"] == [["proxy"]]
    assert play("plan", variables=CHANGE).status == 0
    assert (tmp_path / "changes/CHG-1/plan.json").read_bytes() == first
    outside = play("apply", variables={"allowlist_require_approval": "true"})
    assert outside.status != 0
    assert "nothing is applied outside a change" in outside.said
    foreseen = play("apply", "--check", variables=CHANGE)
    assert foreseen.status == 0, foreseen.said
    assert foreseen.changed["proxy"] == 1
    assert not (tmp_path / "changes/CHG-1/results").exists()
    # The catalogue moves meanwhile: what was planned is set, and that is said.
    moved = {**CHANGE, "allowlist_sources": [{"source": "managed_desktop", "edition": "2023-10-19"}]}
    done = play("apply", variables={**moved, "allowlist_tenant": "contoso"})
    assert done.status == 0, done.said
    assert "The catalogue has moved since the plan was made" in done.said
    assert stage(tmp_path) == "confirmed"
    again = play("apply", variables=CHANGE)
    assert again.status != 0
    assert "already applied" in again.said
    foreseen = play("restore", "--check", variables=CHANGE)
    assert foreseen.status == 0, foreseen.said
    assert foreseen.changed["proxy"] == 1
    assert stage(tmp_path) == "confirmed"
    back = play("restore", variables=CHANGE)
    assert back.status == 0, back.said
    assert stage(tmp_path) == "restored"
