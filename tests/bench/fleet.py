# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of simulated tenants, planned and looked at by the playbooks as a user runs them, against as many pings."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from measure import Figure, side_by_side

from lab.simulators.zia import KEY, PASSWORD, USER, Zia
from playbooks import Playbooks, many_names

SIZES: t.Final = (50, 200)
SIZE: t.Final = 200
ENDPOINTS: t.Final = 1000
FORKS: t.Final = 10
TENANTS: t.Final = 8
REPETITIONS: t.Final = 3
ACCEPTED: t.Final = [
    {"property": name, "reason": "measured only"} for name in ("depth", "other_ports", "shared_addresses")
]


class Ended(t.NamedTuple):
    """What a run was found to be: the tasks on each host but those done once for all, and the most memory it had."""

    tasks: int
    kilobytes: int


class Fleet:
    """Appliances that a few simulated tenants stand for: what is measured only reads, so that they can share."""

    def __init__(self, directory: Path) -> None:
        """Start the tenants, which have no list."""
        self.directory = directory
        directory.mkdir()
        self.tenants = [Zia(directory) for _number in range(TENANTS)]
        self.playbooks = Playbooks(directory)
        self._names = directory / "names.txt"
        self._names.write_text("".join(f"{name}\n" for name in many_names(ENDPOINTS)), encoding="ascii")
        self._peers = {
            tasks: self.playbooks.write(f"ping-{tasks}", "appliances", [{"ansible.builtin.ping": {}}] * tasks)
            for tasks in (1, 2)
        }

    def close(self) -> None:
        """End the tenants."""
        for tenant in self.tenants:
            tenant.close()

    def _inventory(self, size: int) -> Path:
        path = self.directory / f"fleet-{size}.json"
        together = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "allowlist_platform": "zia",
            "allowlist_sources": [str(self._names)],
            "allowlist_accept_loss": ACCEPTED,
            "allowlist_change_dir": str(self.directory / f"changes-{size}"),
        }
        hosts = {f"zia{number:04}": self._variables(number) for number in range(size)}
        path.write_text(json.dumps({"all": {"vars": together, "children": {"appliances": {"hosts": hosts}}}}))
        return path

    def _variables(self, number: int) -> dict[str, t.Any]:
        tenant = self.tenants[number % TENANTS]
        login = {"username": USER, "password": PASSWORD, "api_key": KEY}
        place = {"host": tenant.address, "port": tenant.port, "ca_path": str(tenant.ca_path)}
        return {"allowlist_zia": {**place, **login, "backup_dir": str(self.directory / "backups")}}

    def run(self, playbook: str, size: int, *arguments: str) -> Ended:
        """Run a playbook over so many appliances.

        Raises:
            RuntimeError: it failed.
        """
        command = [str(Path(sys.executable).with_name("ansible-playbook")), playbook, "-i", str(self._inventory(size))]
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORKS": str(FORKS)}
        said = self.directory / "said.txt"
        with said.open("wb") as output:
            process = subprocess.Popen([*command, *arguments], stdout=output, stderr=output, env=environment)
            _pid, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        text = said.read_text(encoding="utf-8", errors="replace")
        recap = re.findall(r"^zia\d+ .*ok=(\d+) .*unreachable=0 .*failed=0 .*skipped=(\d+)", text, re.M)
        if process.returncode or len(recap) != size:
            raise RuntimeError(f"{playbook} over {size} appliances did not do its work:\n{text[-4000:]}")
        return Ended(sum(map(int, recap[-1])), used.ru_maxrss)

    def plan(self, size: int) -> Ended:
        """Plan a change."""
        return self.run("managed_desktop.network.plan", size, "-e", "allowlist_change=CHG-1")

    def drift(self, size: int) -> Ended:
        """Look for drift."""
        return self.run("managed_desktop.network.drift", size)

    def ping(self, size: int, tasks: int) -> Ended:
        """Ping, by so many tasks."""
        return self.run(str(self._peers[tasks]), size)

    def bring_into_step(self) -> None:
        """Let every tenant have the list, as apply would leave it."""
        self.run("managed_desktop.network.apply", 1)
        first = self.tenants[0]
        made = {key: category for key, category in first.categories.by_id.items() if category["customCategory"]}
        for tenant in self.tenants[1:]:
            tenant.edit(lambda config: config.categories.update(copy.deepcopy(made)), activate=True)


def measure(directory: Path) -> tuple[list[Figure], dict[str, t.Any]]:
    """Return the figures of a plan and of a look for drift, and what a host costs by the size of the fleet."""
    fleet = Fleet(directory / "fleet")
    try:
        figures = [_figure(fleet, "plan", "a plan of a change", fleet.plan, 2.0)]
        growth = [_cost("plan", size, fleet.plan) for size in SIZES]
        fleet.bring_into_step()
        figures.append(_figure(fleet, "drift", "a look for drift, nothing found", fleet.drift, 1.5))
        growth += [_cost("drift", size, fleet.drift) for size in SIZES]
        growth += [_cost("ping", size, lambda size: fleet.ping(size, 1)) for size in SIZES]
    finally:
        fleet.close()
    return figures, {"fleet_growth": growth}


def _figure(fleet: Fleet, verb: str, title: str, run: t.Callable[[int], Ended], target: float) -> Figure:
    tasks: list[int] = []

    def ours() -> None:
        tasks.append(run(SIZE).tasks)

    def ping() -> None:
        fleet.ping(SIZE, 1)

    taken = side_by_side({"ours": ours, "ping": ping}, REPETITIONS)
    return Figure(
        f"fleet-{verb}",
        f"{title}, {SIZE} simulated appliances, {ENDPOINTS:,} endpoints",
        "a play of one `ansible.builtin.ping` on each, with the same forks",
        "at_most",
        target,
        taken["ours"],
        taken["ping"],
        ansible_inside=True,
        note=f"{tasks[-1]} tasks on each appliance, one of which only finds the platform's file; {FORKS} forks; "
        f"{TENANTS} simulated tenants stand for all, since nothing is written",
    )


def _cost(verb: str, size: int, run: t.Callable[[int], Ended]) -> dict[str, t.Any]:
    begun = time.perf_counter()
    ended = run(size)
    return {
        "run": verb,
        "appliances": size,
        "seconds": round(time.perf_counter() - begun, 1),
        "megabytes": round(ended.kilobytes / 1024, 1),
    }
