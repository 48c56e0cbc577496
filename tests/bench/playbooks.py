# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of ansible-playbook: against the lab's hosts, the list on the Squid and probes from a test host."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

from measure import Figure, Spread, scaled, side_by_side

from lab.services import Squid

SEED = {"sources": ["managed_desktop"], "edition": "2018-08-29-aad339da", "tenant": "contoso"}
MANY = 10_000
LINES = 200
CONCURRENCY = 32
CA_FILE = "/etc/ssl/lab-ca.pem"
OURS = "managed_desktop.network"
ACCEPTED = [
    {"property": name, "reason": "measured only"}
    for name in ("depth", "other_ports", "other_services", "ports", "nested_wildcards", "star_in_paths")
]
"""What some platform cannot do with the long list."""


def many_names(count: int) -> list[str]:
    """A list as large as they get, with a wildcard for every ten names."""
    return [f"{'*.' if number % 10 == 0 else ''}n{number:05}.s{number % 97}.example" for number in range(count)]


class Playbooks:
    """Playbooks in a directory of their own, run as a user runs them."""

    def __init__(self, directory: Path, environment: t.Mapping[str, str] | None = None) -> None:
        """Write them to `directory`; `environment` says how to reach the hosts of a lab."""
        self.directory = directory
        ansible = shutil.which("ansible-playbook")
        if ansible is None:
            raise RuntimeError("ansible-playbook is not on PATH: run this by ./run bench")
        self._ansible = ansible
        self._environment = {**os.environ, **(environment or {}), "ANSIBLE_NOCOLOR": "1"}

    def write(self, name: str, hosts: str, tasks: list[dict[str, t.Any]], **play: t.Any) -> Path:
        """Write one playbook (JSON is YAML) and return where it is."""
        path = self.directory / f"{name}.yml"
        document = [{"hosts": hosts, "gather_facts": False, "tasks": tasks, **play}]
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def run(self, playbook: Path, changed: int) -> None:
        """Run one to its end; RuntimeError where it fails, or changes more or less than it should."""
        command = [self._ansible, str(playbook)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode or f"changed={changed} " not in done.stdout:
            raise RuntimeError(f"{playbook.name} did not do its work ({changed} changes):\n{done.stdout}{done.stderr}")

    def work(self, playbook: Path, changed: int) -> t.Callable[[], None]:
        """Return a run of it as something to measure."""
        return lambda: self.run(playbook, changed)


class OneProxy:
    """The playbooks that bring a list to the lab's Squid, and the way back to a Squid without any."""

    def __init__(self, playbooks: Playbooks, squid: Squid) -> None:
        """Write the playbooks and their lists."""
        self.playbooks = playbooks
        self.squid = squid
        names = playbooks.directory / "names.txt"
        names.write_text("".join(f"{name}\n" for name in many_names(MANY)), encoding="ascii")
        finished = playbooks.directory / "finished-list"
        finished.write_text("".join(f".{name.removeprefix('*.')}\n" for name in many_names(MANY)), encoding="ascii")
        clients = ["10.77.0.0/24"]
        module = f"{OURS}.squid_allowlist"
        reload = [{"name": "reload", "ansible.builtin.command": "squid -k reconfigure"}]
        self.ping = playbooks.write("ping", "proxy", [{"ansible.builtin.ping": {}}])
        self.seed = playbooks.write("seed", "proxy", [{module: {"name": "seed", "clients": clients, **SEED}}])
        self.many = playbooks.write(
            "many", "proxy", [{module: {"name": "many", "clients": clients, "sources": [str(names)]}}]
        )
        copy = {"src": str(finished), "dest": "/etc/squid/bench-list", "mode": "0644"}
        self.copy = playbooks.write(
            "copy", "proxy", [{"ansible.builtin.copy": copy, "notify": "reload"}], handlers=reload
        )
        line = {"path": "/etc/squid/bench-list", "line": "{{ item }}"}
        lines = [f".{name.removeprefix('*.')}" for name in many_names(LINES)]
        self.lines = playbooks.write(
            "lines",
            "proxy",
            [{"ansible.builtin.lineinfile": line, "loop": lines, "notify": "reload"}],
            handlers=reload,
        )

    def without_lists(self) -> None:
        """Bring the Squid back to as it was installed, but for the rule that the plain way's list hangs on."""
        self.squid.reset()
        self.squid.host.run(
            ["sh", "-c", "rm -rf /etc/squid/allowlist.d; echo .placeholder.example > /etc/squid/bench-list"]
        )
        self.squid.configure(
            "30-bench.conf", 'acl bench dstdomain -n "/etc/squid/bench-list"\nhttp_access allow bench\n'
        )
        self.squid.reconfigure()

    def measure(self) -> tuple[list[Figure], Spread]:
        """Return the figures of the list, and the times of the ping playbook."""
        run = self.playbooks.run
        without = {"ours": self.without_lists, "copy": self.without_lists}
        push = side_by_side(
            {"ours": self.playbooks.work(self.many, 1), "copy": self.playbooks.work(self.copy, 2)}, 7, without
        )
        by_line = side_by_side({"lines": self.playbooks.work(self.lines, 2)}, 2, {"lines": self.without_lists})["lines"]
        self.without_lists()
        run(self.seed, 1)
        run(self.many, 1)
        again = side_by_side(
            {
                "ping": self.playbooks.work(self.ping, 0),
                "seed": self.playbooks.work(self.seed, 0),
                "many": self.playbooks.work(self.many, 0),
            },
            15,
        )
        start = again["ping"]
        figures = [
            Figure(
                "again-seed",
                "a second `squid_allowlist` task, no change, list of 2018",
                "`ansible.builtin.ping` on the same host",
                "at_most",
                1.3,
                again["seed"],
                start,
                ansible_inside=True,
            ),
            Figure(
                "again-10000",
                "a second `squid_allowlist` task, no change, 10,000 endpoints",
                "`ansible.builtin.ping` on the same host",
                "at_most",
                1.5,
                again["many"],
                start,
                ansible_inside=True,
            ),
            Figure(
                "push-copy",
                "the first push of 10,000 endpoints",
                "`ansible.builtin.copy` of the finished list, with a handler that reconfigures",
                "at_most",
                2.0,
                push["ours"],
                push["copy"],
                ansible_inside=True,
                note="ours also checks the configuration, backs up, and waits until the proxy says that the list runs",
            ),
            Figure(
                "push-lines",
                "the first push of 10,000 endpoints",
                "`ansible.builtin.lineinfile`, one entry a time",
                "times_faster",
                300,
                push["ours"],
                scaled(by_line, start.median, LINES, MANY),
                ansible_inside=True,
                note=f"the loop measured over {LINES} entries and scaled to {MANY:,}, the start counted once",
            ),
        ]
        return figures, start


class FromOneDesk:
    """The playbooks that ask for names from a test host, through the proxy."""

    COUNTS = (95, 1000)

    def __init__(self, playbooks: Playbooks, names: t.Sequence[str], via: str) -> None:
        """Write the playbooks; `names` are what to ask for, all of them let through by the proxy."""
        self.playbooks = playbooks
        self.ours = {
            count: playbooks.write(
                f"probes-{count}",
                "desk1",
                [
                    {
                        f"{OURS}.reachability_info": {
                            "probes": [{"host": name} for name in names[:count]],
                            "via": via,
                            "ca_file": CA_FILE,
                            "concurrency": CONCURRENCY,
                        },
                        "register": "found",
                        "failed_when": f"found.counts != {{'ok': {count}}}",
                    }
                ],
            )
            for count in self.COUNTS
        }
        uri = {"url": "https://{{ item }}/", "ca_path": CA_FILE, "return_content": False}
        self.uri = playbooks.write(
            "uri",
            "desk1",
            [{"ansible.builtin.uri": uri, "loop": list(names[: self.COUNTS[0]])}],
            environment={"https_proxy": via},
        )

    def measure(self, start: Spread) -> list[Figure]:
        """Return the figures of probing as a playbook."""
        few, many = self.COUNTS
        self.playbooks.run(self.ours[many], 0)  # the origin makes a certificate for each name, once
        works = {str(count): self.playbooks.work(self.ours[count], 0) for count in self.COUNTS}
        ours = side_by_side({**works, "uri": self.playbooks.work(self.uri, 0)}, 3)
        loop = ours["uri"]
        scaling = f"the loop measured over {few} names and scaled, the start counted once; "
        return [
            Figure(
                f"probes-uri-{count}",
                f"{count:,} probes through the proxy, as a playbook",
                "an `ansible.builtin.uri` loop",
                "times_faster",
                target,
                ours[str(count)],
                peer,
                ansible_inside=True,
                note=("" if count == few else scaling)
                + f"a playbook that only pings would be {peer.median / start.median:.0f} times faster than the loop",
            )
            for count, target, peer in (
                (few, 30, loop),
                (many, 80, scaled(loop, start.median, few, many)),
            )
        ]
