# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An approved list is set where it was planned for, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.drift.conftest import Fleet


def test_an_inventory_that_names_another_place_by_now_gets_nothing(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    assert fleet.run("plan", allowlist_change="CHG-1")[0] == 0
    inventory = json.loads((tmp_path / "inventory.json").read_text())
    elsewhere = str(tmp_path / "fw0" / "other.txt")
    inventory["all"]["children"]["appliances"]["hosts"]["fw0"]["allowlist_feed"]["path"] = elsewhere
    (tmp_path / "inventory.json").write_text(json.dumps(inventory))
    status, said = fleet.run("apply", allowlist_change="CHG-1")
    assert status == 2, said
    assert f"path is '{elsewhere}', and was '{tmp_path / 'fw0' / 'list.txt'}'" in said
    assert not any(tmp_path.glob("fw?/*.txt"))
    assert fleet.status("fw0")["change"]["stage"] in ("failed", "restored")
