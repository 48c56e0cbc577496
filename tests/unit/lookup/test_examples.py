# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the lookups' documentation, run as one play."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from ansible_collections.managed_desktop.network.plugins.lookup import (
    breadth,
    catalogue_diff,
    endpoints,
    explain,
    services,
)

ANSWERS = Path(__file__).parents[1] / "catalogue" / "fixtures" / "microsoft365"
KEPT = "/srv/allowlist/catalogue"
OWN = """
services:
  - name: Our own
    endpoints:
      - portal.example
      - {host: api.example, tcp_ports: [8443]}
      - {host: api.corp.example, tcp_ports: [443, 8443], treatments: [bypass_inspection]}
"""
TABLE = 'host,tcp_ports,service,required\napi.corp.example,"443,8443",Our own,yes\n'


def test_every_example_runs_and_shows_something(tmp_path):
    """Their files are beside the play, and the directory of kept editions is one that can be made here."""
    tasks = [
        task
        for lookup in (endpoints, services, explain, catalogue_diff, breadth)
        for task in yaml.safe_load(lookup.EXAMPLES)
    ]
    (tmp_path / "our-endpoints.yml").write_text(OWN)
    (tmp_path / "our-table.csv").write_text(TABLE)
    (tmp_path / "last-month.yml").write_text("- a.x.example\n")
    (tmp_path / "this-month.yml").write_text("- '*.x.example'\n")
    shutil.copy(ANSWERS / "2025-12-01-worldwide.json", tmp_path / "worldwide.json")
    (tmp_path / "kept").mkdir()
    play = json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert KEPT in play
    (tmp_path / "play.yml").write_text(play.replace(KEPT, str(tmp_path / "kept")))
    run = subprocess.run(
        [sys.executable, "-m", "ansible.cli.playbook", "-i", "localhost,", "-c", "local", "play.yml",
         "-e", f"ansible_python_interpreter={sys.executable}"],
        env={**os.environ, "ANSIBLE_HOME": str(tmp_path), "ANSIBLE_NOCOLOR": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert re.search(rf"ok={len(tasks)} +changed=2 ", run.stdout)  # the two that write a page
    assert "newly admitted" in (tmp_path / "change.md").read_text() or "widens" in (tmp_path / "change.md").read_text()
    assert run.stdout.count('"msg": []') == 1 and '"msg": ""' not in run.stdout  # that of the file which is not there
    assert "perhaps.txt" in run.stderr
