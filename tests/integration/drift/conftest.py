# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small fleet on this machine: appliances that are files, looked at by the playbook as a user runs it. No lab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
SIZE = 3


class Fleet:
    """Appliances fw0, fw1 … below one directory."""

    def __init__(self, directory: Path) -> None:
        """Write their inventory; none has a list yet."""
        self.directory = directory
        self.changes = directory / "changes"
        self.reports = directory / "reports"
        self.temporary = directory / "tmp"
        hosts = {f"fw{number}": self._appliance(number) for number in range(SIZE)}
        inventory = {
            "all": {
                "vars": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": "/usr/bin/python3",
                    "allowlist_sources": [],
                    "allowlist_endpoints": ["www.microsoft.com", "login.microsoftonline.com"],
                },
                "children": {"appliances": {"hosts": hosts}},
            }
        }
        (directory / "inventory.json").write_text(json.dumps(inventory))

    def _appliance(self, number: int) -> dict[str, t.Any]:
        place = self.directory / f"fw{number}"
        place.mkdir()
        feed = {"path": str(place / "list.txt"), "backup_dir": str(place / "backups"), "feed_format": "domains"}
        return {"allowlist_platform": "feed", "allowlist_feed": {**feed, "plain_matches": "exact"}}

    def start(self, name: str, *arguments: str, **variables: t.Any) -> subprocess.Popen[str]:
        """Begin a run of a playbook, of the collection or in the fleet's directory, in a process group of its own."""
        given = {"allowlist_change_dir": str(self.changes), "allowlist_report_dir": str(self.reports), **variables}
        playbook = name if name.endswith(".json") else f"managed_desktop.network.{name}"
        command = [str(PLAYBOOK), playbook, "-i", str(self.directory / "inventory.json")]
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(self.temporary)}
        return subprocess.Popen(
            [*command, "-e", json.dumps(given), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.directory,
            env={**environment, "PWD": str(self.directory), "ANSIBLE_FORKS": "2"},
            start_new_session=True,
        )

    def run(self, name: str, *arguments: str, **variables: t.Any) -> tuple[int, str]:
        """Return the exit status of a run, and what it said with its white space folded."""
        process = self.start(name, *arguments, **variables)
        said, _errors = process.communicate(timeout=300)
        return process.returncode, " ".join(said.split())

    def looks(self) -> list[Path]:
        """What the tasks of runs have told so far."""
        return sorted(self.temporary.glob("*/allowlist-look-*.json"))

    def status(self, name: str) -> dict[str, t.Any]:
        """What is remembered of an appliance."""
        content: dict[str, t.Any] = json.loads((self.changes / ".status" / f"{name}.json").read_text())
        return content

    def report(self) -> dict[str, t.Any]:
        """The last report, by appliance."""
        content: dict[str, t.Any] = json.loads((self.reports / "drift.json").read_text())["appliances"]
        return content


@pytest.fixture()
def fleet(tmp_path: Path) -> Fleet:
    """Three appliances without a list."""
    return Fleet(tmp_path)
