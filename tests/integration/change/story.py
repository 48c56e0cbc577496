# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running the playbooks of a change as a user does, and reading what they leave."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

from lab import Lab
from lab.topology import CA_FILE

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
BASICS: t.Final = {
    "allowlist_ca_file": CA_FILE,
    "allowlist_sources": [],
    "allowlist_endpoints": ["www.microsoft.com", "login.microsoftonline.com"],
    "allowlist_batches": ["1"],
    "allowlist_rollout_confirm_within": 600,
}


class Played(t.NamedTuple):
    """What a run left: exit status, and everything it said with its white space folded."""

    status: int
    said: str


class Story:
    """One directory of changes, and the playbooks that are run over a lab."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.changes = folder / "changes"

    def command(self, name: str, *arguments: str, **variables: t.Any) -> tuple[list[str], dict[str, str]]:
        """Return the command line of a playbook, and its environment."""
        beside = self.folder / f"beside-{name}.yml"
        beside.write_text(yaml.safe_dump({"all": {"vars": {**BASICS, **variables}}}))
        environment = {**os.environ, **self.lab.ansible_environment(), "ANSIBLE_NOCOLOR": "1", "PWD": str(self.folder)}
        environment.pop("ANSIBLE_INVENTORY")
        playbook = [str(ANSIBLE_PLAYBOOK), f"managed_desktop.network.{name}"]
        return [*playbook, "-i", str(self.lab.inventory_file), "-i", str(beside), *arguments], environment

    def play(self, name: str, *arguments: str, **variables: t.Any) -> Played:
        """Run one playbook to its end."""
        command, environment = self.command(name, *arguments, **variables)
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, env=environment, timeout=300, check=False
        )
        return Played(done.returncode, " ".join((done.stdout + done.stderr).split()))

    def approve(self, change: str, **facts: t.Any) -> None:
        """Approve the plan of a change for the next hour."""
        now = datetime.datetime.now(datetime.timezone.utc)
        approval = {
            "change": change,
            "plan": hashlib.sha256((self.changes / change / "plan.json").read_bytes()).hexdigest(),
            "approver": "bob",
            "ticket": change,
            "not_before": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "not_after": (now + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **facts,
        }
        (self.changes / change / "approval.yml").write_text(yaml.safe_dump(approval))

    def stages(self, change: str) -> dict[str, str]:
        """Return the stage of each appliance that has one."""
        found = sorted((self.changes / change / "results").glob("*.json"))
        return {path.stem: json.loads(path.read_text()).get("stage", "waiting") for path in found}

    def allows(self, number: int, *names: str) -> list[bool]:
        """Ask from the test host behind a proxy whether it lets names pass."""
        return [self._allows(number, name) for name in names]

    def _allows(self, number: int, name: str) -> bool:
        proxy = self.lab.host(f"proxy{number}")
        address = self.lab.topology.host(proxy.name).address
        ask = f"printf 'CONNECT {name}:443 HTTP/1.1\\r\\nHost: {name}:443\\r\\n\\r\\n' >&3; head -c 12 <&3"
        # A Squid that reads its configuration anew closes its port for a moment, and so it may where a run was killed.
        script = f"until exec 3<>/dev/tcp/{address}/3128; do sleep 0.1; done 2>/dev/null; {ask}"
        answer = self.lab.run(f"desk{number}", ["timeout", "10", "bash", "-c", script]).stdout
        assert answer.startswith("HTTP/1.1 "), answer
        return answer.endswith("200")
