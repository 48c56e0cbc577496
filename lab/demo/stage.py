# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a story of the demo is told: the lab, the steps that were done, and Ansible."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import typing as t
from pathlib import Path

import yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _verification_text

from lab import Lab

_NAMESPACE = "managed_desktop.network"
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)
_WIDTH = 110
_CREDENTIALS = ("CHECKPOINT_", "FORTIOS_", "PANOS_", "ZIA_", "ZSCALER_")
"""What the variables begin with by which somebody may log in to devices of his own, which are none of the lab's."""


class DemoError(Exception):
    """A step did not show what it should."""


class Step(t.NamedTuple):
    """A step that was done, as the summary tells it."""

    title: str
    seconds: float
    seen: str


class Play(t.NamedTuple):
    """What a run of ansible-playbook left: its status, its changes by host, its warnings."""

    status: int
    changed: dict[str, int]
    warnings: list[str]


def expect(seen: bool, what: str) -> None:
    """Go on only where the step showed what it should."""
    if not seen:
        raise DemoError(f"not seen: {what}")


def indented(text: str) -> str:
    """Return what a program said, set off from what the demo says."""
    return "\n".join(f"   | {line}".rstrip() for line in text.rstrip("\n").split("\n"))


class Stage:
    """One lab, and what is done in it; `results` is the directory for reports and logs."""

    def __init__(self, lab: Lab, results: Path, environment: t.Mapping[str, str] | None = None) -> None:
        """Only note what is wanted; ``begin`` writes. Ansible gets `environment` besides the demo's own."""
        self.lab = lab
        self.environment = dict(environment or {})
        self.results = results
        self.log = results / "ansible.log"
        self.settings = results / "inventory.yml"
        self.steps: list[Step] = []

    def begin(
        self,
        settings: t.Mapping[str, t.Any],
        reports: t.Iterable[str],
        appliances: t.Mapping[str, t.Mapping[str, t.Any]] | None = None,
    ) -> None:
        """Write what the inventory adds to the lab's own, and forget `reports` of a demo that was cut short.

        `settings` are variables of all hosts, `appliances` those of further appliances, or of some of the lab's.
        """
        self.results.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")
        for name in reports:
            (self.results / name).unlink(missing_ok=True)
        inventory: dict[str, t.Any] = {"all": {"vars": dict(settings)}}
        if appliances:
            inventory["appliances"] = {"hosts": {name: dict(given) for name, given in appliances.items()}}
        self.settings.write_text(yaml.safe_dump(inventory, width=_WIDTH), encoding="utf-8")

    def forget(self, directory: Path) -> None:
        """Remove what an earlier demo has left in a directory of its own below `results`."""
        expect(self.results in directory.parents, f"{directory} below {self.results}")
        shutil.rmtree(directory, ignore_errors=True)

    def said(self, words: str) -> str:
        """Return the sentence with these words that Ansible said last.

        Raises:
            DemoError: it did not say them.
        """
        lines = [line for line in self.log.read_text(encoding="utf-8").splitlines() if words in line]
        expect(bool(lines), f"Ansible to say: {words}; see {self.log}")
        mark = r"(?:[^\".]|\.(?=[\w/]))*"  # a point within a path or a name ends no sentence
        sentence = re.search(rf"{mark}{re.escape(words)}{mark}", lines[-1])
        return sentence[0].strip() if sentence else words

    def step(self, title: str, action: t.Callable[[], str]) -> None:
        """Do one step, and keep what it saw for the summary."""
        print(f"\n== {len(self.steps) + 1}. {title}", flush=True)
        begun = time.monotonic()
        seen = action()
        self.steps.append(Step(title, time.monotonic() - begun, seen))
        print(f"   -> {seen} ({self.steps[-1].seconds:.1f} s)", flush=True)

    def bring_up(self) -> str:
        """Start everything."""
        self.lab.up()
        names = sorted(name for name, host in self.lab.hosts.items() if host.alive)
        expect(len(names) == len(self.lab.topology.hosts), "every host of the lab up")
        print("   what the inventory adds to the lab's own:")
        print(indented(self.settings.read_text(encoding="utf-8")))
        return f"{len(names)} hosts up: {', '.join(names)}"

    def take_down(self) -> str:
        """End everything."""
        hosts = dict(self.lab.hosts)
        self.lab.down()
        left = sorted(name for name, host in hosts.items() if host.alive)
        expect(not left, f"every host gone, found {left}")
        return f"{len(hosts) - len(left)} of {len(hosts)} hosts gone"

    # -- Ansible -------------------------------------------------------------------------------------------------

    def ad_hoc(self, host: str, module: str, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Run one module of the collection on one host and return its result."""
        done = self.run("ansible", host, "-m", f"{_NAMESPACE}.{module}", "-a", json.dumps(arguments))
        _head, brace, body = done.stdout.partition("{")
        expect(done.returncode == 0 and bool(brace), f"an answer of {module}; see {self.log}")
        result: dict[str, t.Any] = json.loads(brace + body)
        return result

    def playbook(self, name: str, *arguments: str) -> Play:
        """Run one playbook of the collection."""
        print(f"   $ ansible-playbook {_NAMESPACE}.{name} {' '.join(arguments)}".rstrip(), flush=True)
        done = self.run("ansible-playbook", f"{_NAMESPACE}.{name}", *arguments)
        changed = {host: int(count) for host, count, _unreachable, _failed in _RECAP.findall(done.stdout)}
        warnings = re.findall(r"^\[WARNING\]: (.*)", done.stderr, re.M)
        for warning in warnings:
            print(f"   warning: {warning}")
        return Play(done.returncode, changed, warnings)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of Ansible on the lab; what it says goes into the log too."""
        command = [program, *arguments, "-i", str(self.lab.inventory_file), "-i", str(self.settings)]
        own = {name: value for name, value in os.environ.items() if not name.startswith(_CREDENTIALS)}
        environment = {**own, **self.lab.ansible_environment(), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "1000"}
        environment.pop("ANSIBLE_FORCE_COLOR", None)
        environment.update(self.environment)
        done = subprocess.run(
            command, text=True, capture_output=True, stdin=subprocess.DEVNULL, env=environment, check=False
        )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}\n")
        return done

    def show_reachability(self, report: t.Mapping[str, t.Any]) -> None:
        """Print a report on what the test hosts reach, as the verify playbook does."""
        print(indented(_verification_text.to_text(report)), flush=True)

    def report(self, name: str) -> dict[str, t.Any]:
        """Return a report that the last playbook has written, and rename it, so that none is read twice."""
        file = self.results / name
        expect(file.exists(), f"{file} written; see {self.log}")
        report: dict[str, t.Any] = json.loads(file.read_text(encoding="utf-8"))
        file.replace(file.with_name(f"{len(self.steps) + 1:02}-{name}"))
        return report
