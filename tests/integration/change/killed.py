# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller dies in the middle of a rollout over two real proxies and a simulated tenant, and is started again.

The promises: every appliance has its old list or its new one, the status says which, and one more run ends the change
or takes it back.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import typing as t
from pathlib import Path

from lab import Lab
from lab.simulators.zia import KEY, PASSWORD, USER, Zia
from tests.integration.change.story import Story

LISTED: t.Final = ("www.microsoft.com", "login.microsoftonline.com")
APPLIANCES: t.Final = ("proxy1", "proxy2", "zia1")
ACCEPTED: t.Final = [
    {"property": "depth", "reason": "No name of ours is that deep"},
    {"property": "other_ports", "reason": "The cloud sees the web alone"},
]

Moment = t.Callable[[dict[str, str]], bool]
"""Tells of the stages whether it is time to kill."""

MOMENTS: t.Final[dict[str, Moment]] = {
    "the canary is being set": lambda stages: stages.get("proxy1") == "applying",
    "the canary is set and not confirmed": lambda stages: stages.get("proxy1") == "applied",
    "the second batch is being set": lambda stages: stages.get("proxy2") == "applying",
    "the tenant is being set": lambda stages: stages.get("zia1") == "applying",
    "the tenant is set and not confirmed": lambda stages: stages.get("zia1") == "applied",
}


class Rollout:
    """A change over two proxies and a tenant, planned and not begun."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.story = Story(lab, folder)
        self.tenant = Zia(folder)
        self.tenant.activation.takes = 1
        variables = {
            "ansible_connection": "local",
            "allowlist_platform": "zia",
            "allowlist_zia": {
                "host": self.tenant.address,
                "port": self.tenant.port,
                "ca_path": str(self.tenant.ca_path),
                "backup_dir": str(folder / "backups"),
                "username": USER,
                "password": PASSWORD,
                "api_key": KEY,
            },
            "allowlist_accept_loss": ACCEPTED,
        }
        beside = folder / "tenant.json"
        beside.write_text(json.dumps({"appliances": {"hosts": {"zia1": variables}}}))
        self._arguments = ("-i", str(beside), "--limit", ",".join(APPLIANCES))
        planned = self.play("plan")
        assert planned.status == 0, planned.said

    def play(self, name: str) -> t.Any:
        """Run a playbook of the change to its end."""
        return self.story.play(name, *self._arguments, allowlist_change="CHG-1")

    def killed(self, moment: Moment, longest: float = 120.0) -> bool:
        """Begin to apply, and kill all of it at a moment; return whether it came before the end."""
        command, environment = self.story.command("apply", *self._arguments, allowlist_change="CHG-1")
        with subprocess.Popen(
            command,
            cwd=self.story.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            deadline = time.monotonic() + longest
            while process.poll() is None and time.monotonic() < deadline:
                if moment(self._stages()):
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    return True
                time.sleep(0.02)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        return False

    def _stages(self) -> dict[str, str]:
        try:
            return self.story.stages("CHG-1")
        except (OSError, ValueError):
            return {}

    def lists(self) -> dict[str, str]:
        """Return which list each appliance is found with, ``old`` or ``new``.

        Raises:
            AssertionError: it is neither.
        """
        found = {f"proxy{number}": self.story.allows(number, *LISTED) for number in (1, 2)}
        with self.tenant.lock:
            active = (self.tenant.named("managed_desktop") or {}).get("urls", [])
        found["zia1"] = [name in active for name in LISTED]
        told = {(False, False): "old", (True, True): "new"}
        for name, seen in found.items():
            assert tuple(seen) in told, f"{name} has neither list: {seen}"
        return {name: told[tuple(seen)] for name, seen in found.items()}

    def holds(self, when: str) -> str:
        """Check every promise after the controller has died; return whether the next run ``ended`` it or not."""
        lists, stages = self.lists(), self._stages()
        for name, found in lists.items():
            expected = {"waiting": "old", "applied": "new", "confirmed": "new"}.get(stages.get(name, "waiting"))
            assert expected in (None, found), f"{when}: {name} has the {found} list, and is told as {stages.get(name)}"
        again = self.play("apply")
        lists, stages = self.lists(), self._stages()
        # Killed after its last confirmation it is refused as applied, and gets the evidence that was not written yet.
        if again.status == 0 or "was already applied on 3 appliances" in again.said:
            assert stages == dict.fromkeys(APPLIANCES, "confirmed"), f"{when}: {stages}"
            assert lists == dict.fromkeys(APPLIANCES, "new"), f"{when}: {lists}"
            evidence = json.loads((self.story.changes / "CHG-1" / "evidence.json").read_text())
            assert evidence["outcome"] == "applied", when
            return "ended"
        assert "restored" in stages.values(), f"{when}: {stages}: {again.said}"
        for name, stage in stages.items():
            assert lists[name] == ("new" if stage == "confirmed" else "old"), f"{when}: {name} is {stage}"
        return "taken back"

    def close(self) -> None:
        """End the simulated tenant."""
        self.tenant.close()
