# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, told in the lab: apply, verify, apply again, break, find, correct, verify.

Every line of the summary is read from what the programs answered, and a step that does not show what it should ends
the demo with exit status 1. The collection is the one that Ansible finds; `./run demo` builds and installs it first.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _drift, _verification_text

from lab import Lab, LabError
from lab.host import REPOSITORY
from lab.topology import CA_FILE

EDITION = "2018-08-29-aad339da"
REMOVED, ADDED = "amp.azure.net", "files.stranger.example"
LISTS = "/etc/squid/allowlist.d/managed_desktop"
SETTINGS = {"allowlist_edition": EDITION, "allowlist_tenant": "contoso", "allowlist_ca_file": CA_FILE}

_NAMESPACE = "managed_desktop.network"
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)
_LOG_LINES = 40


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


class Demo:
    """One lab, and what is done in it; `results` is the directory for reports and logs."""

    def __init__(self, lab: Lab, results: Path) -> None:
        """Only note what is wanted; ``tell`` does it."""
        self.lab = lab
        self.results = results
        self.log = results / "ansible.log"
        self.settings = results / "inventory.yml"
        self.steps: list[Step] = []

    def tell(self) -> None:
        """Do every step in order, and take the lab down whatever happens."""
        self.results.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")
        for name in ("drift.json", "reachability.json"):
            (self.results / name).unlink(missing_ok=True)  # of an earlier demo that was cut short
        self.settings.write_text(yaml.safe_dump({"all": {"vars": SETTINGS}}), encoding="utf-8")
        try:
            self.step("Bring up the lab: an internet, a resolver, a Squid, two test hosts", self.bring_up)
            self.step("Ask the Squid as it was installed", self.ask_before)
            self.step(f"Apply the list of {EDITION}", self.apply)
            self.step("Verify from the test hosts", self.verify)
            self.step("Apply again: nothing is to be done", self.apply_again)
            self.step("Break the list by hand: one line removed, one foreign line added", self.break_list)
            self.step("Find the drift", self.find_drift)
            self.step("Correct it", self.correct_drift)
            self.step("Verify again", self.verify)
        finally:
            self.step("Take the lab down", self.take_down)

    def step(self, title: str, action: t.Callable[[], str]) -> None:
        """Do one step, and keep what it saw for the summary."""
        print(f"\n== {len(self.steps) + 1}. {title}", flush=True)
        begun = time.monotonic()
        seen = action()
        self.steps.append(Step(title, time.monotonic() - begun, seen))
        print(f"   -> {seen} ({self.steps[-1].seconds:.1f} s)", flush=True)

    # -- the steps -----------------------------------------------------------------------------------------------

    def bring_up(self) -> str:
        """Start everything."""
        self.lab.up()
        names = sorted(name for name, host in self.lab.hosts.items() if host.alive)
        expect(len(names) == len(self.lab.topology.hosts), "every host of the lab up")
        print("   what the inventory adds to the lab's own:")
        print(_indented(self.settings.read_text(encoding="utf-8")))
        return f"{len(names)} hosts up: {', '.join(names)}"

    def ask_before(self) -> str:
        """The distribution's own configuration lets nobody out."""
        asked = self.ask(REMOVED)
        expect(asked == {REMOVED: "denied"}, f"{REMOVED} refused, found {asked}")
        return f"desk1 asks for {REMOVED}: {asked[REMOVED]}"

    def apply(self) -> str:
        """Set the list, and ask the appliance for it."""
        play = self.playbook("apply")
        expect(play.status == 0, "exit status 0")
        expect(play.changed.get("proxy") == 1, f"one change on proxy, found {play.changed}")
        expect(any(EDITION in warning and "draft" in warning for warning in play.warnings), "a warning of the draft")
        stored = self.appliance()
        expect(stored["in_step"] and stored["running"]["state"] == "running", f"the list running, found {stored}")
        return f"changed; {stored['stored']['entries']} entries, digest {stored['running']['digest'][:12]} is running"

    def verify(self) -> str:
        """Probe from every test host."""
        play = self.playbook("verify", "-e", f"allowlist_report_dir={self.results}")
        report = self.report("reachability.json")
        print(_indented(_verification_text.to_text(report)))
        expect(play.status == 0, "exit status 0")
        expect(report["passed"] is True, f"everything as it should be, found {report['passed']}")
        desks = sorted(name for name in self.lab.hosts if name.startswith("desk"))
        expect(report["hosts"] == desks, f"results of {desks}, found {report['hosts']}")
        expect(sorted(report["tls_floor"]) == desks, "TLS 1.2 tested from each")
        sides = {
            side: [s["passed"] for s in report["subjects"] if s["expect"] == side] for side in ("allowed", "denied")
        }
        expect(all(sides.values()), f"both sides tested, found {sides}")
        told = [f"{passed.count(True)} of {len(passed)} {side}" for side, passed in sides.items()]
        floors = [floor["tls_1_2"] for floor in report["tls_floor"].values()]
        return f"{', '.join(told)} as they should be; TLS 1.2 {', '.join(floors)}"

    def apply_again(self) -> str:
        """The same intent changes nothing."""
        play = self.playbook("apply")
        expect(play.status == 0, "exit status 0")
        expect(sum(play.changed.values()) == 0, f"0 changed, found {play.changed}")
        return f"{sum(play.changed.values())} changed"

    def break_list(self) -> str:
        """Do what a hurried person does on a Friday."""
        found = [
            file
            for file in self.lab.host("proxy").path(LISTS).glob("*/*")
            if REMOVED in file.read_text(encoding="utf-8").splitlines()
        ]
        expect(len(found) == 1, f"{REMOVED} in one list file, found it in {len(found)}")
        lines = [line for line in found[0].read_text(encoding="utf-8").splitlines() if line != REMOVED]
        found[0].write_text("\n".join([*lines, ADDED, ""]), encoding="utf-8")
        self.lab.squid().reconfigure()
        asked = self.ask(REMOVED, ADDED)
        expect(asked == {REMOVED: "denied", ADDED: "allowed"}, f"the list broken, found {asked}")
        return f"desk1 asks for {REMOVED}: {asked[REMOVED]}, for {ADDED}: {asked[ADDED]}"

    def find_drift(self) -> str:
        """See both, by service, and an exit status that a scheduler notices."""
        play, drift = self.drift()
        expect(play.status != 0, "an exit status that is not 0")
        expect(drift["state"] == "drifted", f"drift, found {drift['state']}")
        sides = {side: drift[side]["by_service"] for side in ("missing", "foreign")}
        expect(_only_entry(sides["missing"]).startswith(REMOVED), f"{REMOVED} alone missing, found {sides['missing']}")
        expect(_only_entry(sides["foreign"]).startswith(ADDED), f"{ADDED} alone foreign, found {sides['foreign']}")
        told = [f"{side}: {_only_entry(found).split()[0]} of {next(iter(found))}" for side, found in sides.items()]
        return f"{'; '.join(told)}; exit status {play.status}"

    def correct_drift(self) -> str:
        """Put it right, and ask again."""
        play, drift = self.drift("-e", "allowlist_drift_correct=true")
        expect(play.status == 0, "exit status 0")
        expect(drift["state"] == "corrected", f"a correction, found {drift['state']}")
        asked = self.ask(REMOVED, ADDED)
        expect(asked == {REMOVED: "allowed", ADDED: "denied"}, f"the list mended, found {asked}")
        return f"{drift['state']}; desk1 asks for {REMOVED}: {asked[REMOVED]}, for {ADDED}: {asked[ADDED]}"

    def take_down(self) -> str:
        """End everything."""
        hosts = dict(self.lab.hosts)
        self.lab.down()
        left = sorted(name for name, host in hosts.items() if host.alive)
        expect(not left, f"every host gone, found {left}")
        return f"{len(hosts) - len(left)} of {len(hosts)} hosts gone"

    # -- asking --------------------------------------------------------------------------------------------------

    def drift(self, *arguments: str) -> tuple[Play, dict[str, t.Any]]:
        """Run the drift playbook; return its play and what it reports of the proxy."""
        play = self.playbook("drift", "-e", f"allowlist_report_dir={self.results}", *arguments)
        report = self.report("drift.json")
        print(_indented(_drift.to_text(report)))
        found: dict[str, t.Any] = report["appliances"]["proxy"]
        return play, found

    def ask(self, *names: str) -> dict[str, str]:
        """Return what the network says of names when desk1 asks for them."""
        via = next(host.variables["allowlist_via"] for host in self.lab.topology.hosts if host.name == "desk1")
        probes = [{"host": name} for name in names]
        found = self.ad_hoc("desk1", "reachability_info", {"via": via, "ca_file": CA_FILE, "probes": probes})
        return {result["host"]: result["policy"] for result in found["results"]}

    def appliance(self) -> dict[str, t.Any]:
        """Return what the appliance says of itself."""
        return self.ad_hoc("proxy", "squid_allowlist_info", {"include_entries": False})

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
        environment = {**os.environ, **self.lab.ansible_environment(), "ANSIBLE_NOCOLOR": "1", "COLUMNS": "1000"}
        environment.pop("ANSIBLE_FORCE_COLOR", None)
        done = subprocess.run(
            command, text=True, capture_output=True, stdin=subprocess.DEVNULL, env=environment, check=False
        )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}\n")
        return done

    def report(self, name: str) -> dict[str, t.Any]:
        """Return a report that the last playbook has written, and rename it, so that none is read twice."""
        file = self.results / name
        expect(file.exists(), f"{file} written; see {self.log}")
        report: dict[str, t.Any] = json.loads(file.read_text(encoding="utf-8"))
        file.replace(file.with_name(f"{len(self.steps) + 1:02}-{name}"))
        return report


def _only_entry(by_service: t.Mapping[str, t.Sequence[str]]) -> str:
    entries = [entry for entries in by_service.values() for entry in entries]
    return entries[0] if len(entries) == 1 else ""


def _indented(text: str) -> str:
    return "\n".join(f"   | {line}".rstrip() for line in text.rstrip("\n").split("\n"))


def summarise(demo: Demo, seconds: float) -> None:
    """Print what was seen, step by step."""
    print("\n== What was seen")
    for number, step in enumerate(demo.steps, 1):
        print(f"   {number:2}. {step.seconds:5.1f} s  {step.title}\n                {step.seen}")
    print(f"\n   Reports, and all that Ansible said: {demo.results}")
    print(f"   {len(demo.steps)} steps, each as it should be, in {seconds:.1f} s.")


def _interrupted(number: int, _frame: t.Any) -> t.NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main(arguments: t.Sequence[str]) -> int:
    """Tell the story; return the exit status."""
    parser = argparse.ArgumentParser(prog="./run demo", description="The main job, told in the lab.")
    default = REPOSITORY / ".cache" / "demo"
    parser.add_argument("--results", type=Path, default=default, help="where reports and logs go (%(default)s)")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    begun = time.monotonic()
    state = Path(tempfile.mkdtemp(prefix="allowlist-demo-"))
    demo = Demo(Lab(state=state / "lab"), options.results.resolve())
    try:
        demo.tell()
    except (DemoError, LabError, OSError, ValueError) as error:
        print(f"\nThe demo ends here: {error}", file=sys.stderr)
        if demo.log.exists():
            tail = demo.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
            print("\n".join(["What Ansible said last:", *tail]), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the lab is down.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(state, ignore_errors=True)
    summarise(demo, time.monotonic() - begun)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
