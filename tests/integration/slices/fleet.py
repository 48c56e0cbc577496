# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of simulated tenants in three rings, and changes over it by processes of ansible-runner, one or several."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

from lab.simulators.zia import KEY, PASSWORD, USER, Zia

RUNNER: t.Final = Path(sys.executable).with_name("ansible-runner")
PROJECT: t.Final = Path(__file__).resolve().parents[3] / "extensions" / "controller" / "project"
CHANGE: t.Final = "CHG-1"
LISTED: t.Final = ["login.microsoftonline.com", "www.microsoft.com"]
RINGS: t.Final = {"0": ["zia0"], "1": [f"zia{n}" for n in range(1, 5)], "2": [f"zia{n}" for n in range(5, 9)]}
SLICES: t.Final = 4
FLEET: t.Final = [name for names in RINGS.values() for name in names]
ACCEPTED: t.Final = [
    {"property": "depth", "reason": "No name of ours is that deep"},
    {"property": "other_ports", "reason": "The cloud sees the web alone"},
]


class Job(t.NamedTuple):
    """What one process of ansible-runner left: exit status, and what it said with its white space folded."""

    status: int
    said: str


class Fleet:
    """Nine tenants in this process, and a directory of changes over them."""

    def __init__(self, directory: Path, ports: t.Mapping[str, int] | None = None) -> None:
        """Start them; none has a list. A plan names where each list is: with the same `ports` it can be the same."""
        self.directory = directory
        self.changes = directory / "changes"
        self.tenants = {name: Zia(directory, port=(ports or {}).get(name, 0)) for name in FLEET}
        self._jobs = 0
        hosts = {name: self._variables(name, ring) for ring, names in RINGS.items() for name in names}
        groups = {f"ring_{ring}": {"hosts": {name: {} for name in names}} for ring, names in RINGS.items()}
        together = {
            "ansible_connection": "local",
            "allowlist_sources": [],
            "allowlist_endpoints": LISTED,
            "allowlist_accept_loss": ACCEPTED,
            "allowlist_platform": "zia",
            "allowlist_planned_by": "alice",
            "allowlist_change": CHANGE,
            "allowlist_change_dir": str(self.changes),
        }
        inventory = {"all": {"vars": together, "children": {"appliances": {"hosts": hosts}, **groups}}}
        self._inventory = json.dumps(inventory)

    def _variables(self, name: str, ring: str) -> dict[str, t.Any]:
        tenant = self.tenants[name]
        login = {"username": USER, "password": PASSWORD, "api_key": KEY}
        place = {"host": tenant.address, "port": tenant.port, "ca_path": str(tenant.ca_path)}
        zia = {**place, **login, "backup_dir": str(self.directory / "backups" / name)}
        return {"allowlist_ring": ring, "allowlist_zia": zia}

    @property
    def ports(self) -> dict[str, int]:
        """Where each tenant listens."""
        return {name: tenant.port for name, tenant in self.tenants.items()}

    def close(self) -> None:
        """End all tenants."""
        for tenant in self.tenants.values():
            tenant.close()

    def run(self, playbook: str, *limits: str, **variables: t.Any) -> list[Job]:
        """Run a playbook of the controller's project once for each limit, all at the same time; "" is no limit."""
        begun = [self._start(playbook, limit, variables) for limit in limits]
        done = []
        for process in begun:
            said, _errors = process.communicate(timeout=300)
            done.append(Job(process.returncode, " ".join(said.split())))
        return done

    def _start(self, playbook: str, limit: str, variables: dict[str, t.Any]) -> subprocess.Popen[str]:
        self._jobs += 1
        place = self.directory / f"job{self._jobs}"
        shutil.copytree(PROJECT, place / "project")
        for name in ("inventory", "env"):
            (place / name).mkdir()
        (place / "inventory" / "hosts.json").write_text(self._inventory)
        (place / "env" / "extravars").write_text(json.dumps(variables))
        limited = ["--limit", limit] if limit else []
        path = f"{RUNNER.parent}{os.pathsep}{os.environ['PATH']}"  # it looks for ansible-playbook there
        environment = {**os.environ, "PATH": path, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(place / "tmp")}
        return subprocess.Popen(
            [str(RUNNER), "run", str(place), "--playbook", f"{playbook}.yml", *limited],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )

    # -- what there is -------------------------------------------------------------------------------------------

    def plan(self) -> bytes:
        """The plan, as it was kept."""
        return (self.changes / CHANGE / "plan.json").read_bytes()

    def told(self, place: str) -> dict[str, t.Any]:
        """What stands in the files of all appliances in a directory, without what differs from run to run: its times.

        A back-up is named by when it was made.
        """
        found = sorted((self.changes / place).glob("*.json"))
        return {path.stem: _without_times(json.loads(path.read_text())) for path in found}

    def evidence(self) -> dict[str, t.Any]:
        """The account of the change, without what differs from run to run."""
        found: dict[str, t.Any] = _without_times(json.loads((self.changes / CHANGE / "evidence.json").read_text()))
        return found

    def stages(self) -> dict[str, str]:
        """The stage of each appliance that has one."""
        return {name: found["stage"] for name, found in self.told(f"{CHANGE}/results").items()}

    def holds(self, name: str) -> bool:
        """Whether a tenant has the list."""
        tenant = self.tenants[name]
        with tenant.lock:
            urls = (tenant.named("managed_desktop") or {}).get("urls", [])
        assert sorted(urls) in ([], LISTED), urls
        return bool(urls)


def _without_times(found: t.Any) -> t.Any:
    if isinstance(found, dict):
        return {
            key: _without_times(value) for key, value in found.items() if key not in ("at", "began", "ended", "backup")
        }
    if isinstance(found, list):
        return [_without_times(item) for item in found]
    return found
