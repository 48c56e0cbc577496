# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules checkpoint_allowlist and checkpoint_allowlist_info, and the role, in real plays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from tests.integration.simulators.checkpoint.target import KEY, PASSWORD, CheckPointTarget

WRONG = "a-wrong-1-of-mine"

LIST, INFO = "managed_desktop.network.checkpoint_allowlist", "managed_desktop.network.checkpoint_allowlist_info"
NAMES = {"endpoints": ["a.example", "*.b.example"]}
KEPT = ["predicted", "first", "second", "told", "refused", "restored", "unknown"]


def play(where: dict[str, t.Any], results: Path) -> str:
    """Return a play of both modules and the role."""
    tasks = [
        {LIST: {**where, **NAMES}, "check_mode": True, "register": "predicted"},
        {LIST: {**where, **NAMES}, "register": "first"},
        {LIST: {**where, **NAMES}, "register": "second"},
        {INFO: {**where, "include_entries": True}, "register": "told"},
        {LIST: {**where, **NAMES, "password": WRONG}, "register": "refused", "ignore_errors": True},
        {LIST: {**where, "restore": "latest"}, "register": "restored"},
        {LIST: {**where, **NAMES, "nonsense": 1}, "register": "unknown", "ignore_errors": True},
        {"ansible.builtin.include_role": {"name": "managed_desktop.network.allowlist_apply"}},
        {
            "ansible.builtin.copy": {
                "content": f"{{{{ dict({KEPT} | zip({KEPT} | map('extract', vars))) | to_json }}}}",
                "dest": str(results),
            },
            "delegate_to": "localhost",
        },
    ]
    return json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}])


def test_each_module_does_as_a_task_what_it_says(site: CheckPointTarget, tmp_path: Path) -> None:
    playbook, results = tmp_path / "play.yml", tmp_path / "results.json"
    device = {
        "host": site.simulator.address,
        "port": site.simulator.port,
        "ca_path": str(site.simulator.ca_path),
        "backup_dir": str(tmp_path / "kept"),
        "policy_package": "Standard",
    }
    given: dict[str, t.Any] = {
        "allowlist_platform": "checkpoint",
        "allowlist_name": "by_the_role",
        "allowlist_sources": [],
        "allowlist_endpoints": ["c.example"],
        "allowlist_checkpoint": {**device, "api_key": KEY},
        "ansible_python_interpreter": sys.executable,
    }
    playbook.write_text(play({**device, "username": "robot"}, results), encoding="utf-8")
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"management.example": given}}}), encoding="utf-8")
    command = [sys.executable, "-m", "ansible.cli.playbook", "-vvv", "-i", str(inventory), str(playbook)]
    environment = {**os.environ, "ANSIBLE_HOME": str(tmp_path / "home"), "CHECKPOINT_PASSWORD": PASSWORD}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    found = json.loads(results.read_text(encoding="utf-8"))
    assert found["predicted"]["after"] == found["first"]["after"]
    assert [found[name]["changed"] for name in ("predicted", "first", "second", "restored")] == [
        True,
        True,
        False,
        True,
    ]
    assert found["first"]["losses"][0]["property"] == "ports"
    assert found["told"]["entries"] == {"(no service)": ["*.b.example", "a.example"]}
    assert found["told"]["in_step"] is True and found["told"]["stored"] == found["first"]["after"]
    assert "Authentication to server failed" in found["refused"]["msg"]
    assert "nonsense" in found["unknown"]["msg"]
    assert site.simulator.published_urls("managed_desktop") is None
    assert len(site.simulator.published_urls("by_the_role") or ()) == 1
    assert site.leftovers() == []
    for secret in (PASSWORD, WRONG):
        assert secret not in json.dumps(found)
    assert PASSWORD not in shown and '"sid"' not in shown
