# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook as a user runs it: it needs no host but the controller."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.evidence.conftest import CONFIRMED, RESTORED


@pytest.fixture()
def audit(changes: Path, tmp_path: Path):
    """Run the playbook, or the module alone, over the directory of changes; return its status and what it said."""

    def run(*arguments: str, program: str = "playbook", **variables: str) -> tuple[int, str]:
        given = ["-e", json.dumps({"allowlist_change_dir": str(changes), **variables})]
        done = subprocess.run(
            [sys.executable, "-m", f"ansible.cli.{program}", "-i", "localhost,", "-c", "local", *given, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "ANSIBLE_HOME": str(tmp_path / "home"), "ANSIBLE_NOCOLOR": "1", "PWD": str(tmp_path)},
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


PLAYBOOK = "managed_desktop.network.audit"


def test_the_playbook_passes_over_whole_changes_and_names_what_was_altered(audit, change):
    status, said = audit(PLAYBOOK)
    assert status == 0, said
    assert f"{CONFIRMED}: intact" in said
    assert "the chain is whole" in said
    assert "changed=0" in said
    change(CONFIRMED).plan.write_bytes(change(CONFIRMED).plan.read_bytes() + b" ")
    status, said = audit(PLAYBOOK, "--check")
    assert status == 2
    assert "altered: plan.json" in said
    assert "Not every change is as it was" in said


def test_a_directory_of_the_user_s_own_is_found_below_where_the_playbook_was_called(audit, changes, tmp_path):
    status, said = audit(PLAYBOOK, allowlist_change_dir=changes.name)
    assert status == 0, said
    status, said = audit(PLAYBOOK, allowlist_change_dir="elsewhere")
    assert status == 2
    assert "elsewhere cannot be read: No such file or directory. Check allowlist_change_dir" in " ".join(said.split())


def test_the_module_returns_what_it_documents_and_refuses_what_it_does_not_know(audit, changes, change):
    (change(RESTORED).path / "note.txt").write_text("added later", encoding="utf-8")
    module = ("localhost", "-m", "managed_desktop.network.change_audit_info", "-a")
    status, said = audit(*module, f"change_dir={changes}", program="adhoc")
    assert status == 0, said
    found = json.loads(said[said.index("{") :])
    assert found["passed"] is False
    assert found["changes"][RESTORED]["added"] == ["note.txt"]
    assert [item["change"] for item in found["chain"]] == [RESTORED, CONFIRMED]
    assert found["changed"] is False
    status, said = audit(*module, f"change_dir={changes} changes=all", program="adhoc")
    assert status != 0
    assert "Unsupported parameters" in said
