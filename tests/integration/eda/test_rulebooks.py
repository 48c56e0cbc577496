# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks of the collection under the real `ansible-rulebook`, with the real event source."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept

from lab import Lab
from lab.services import Squid

from .version_service import FAULTS, VersionService

ANSIBLE_RULEBOOK = Path(sys.executable).with_name("ansible-rulebook")
JAVA = 17
FIRST, SECOND, THIRD, FOURTH = "2025120100", "2026010500", "2026020100", "2026030100"


def why_no_java() -> str:
    """What is missing for the rule engine, if anything."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if program is None:
        return f"no java is found{f' in JAVA_HOME={home}' if home else ' on PATH'}"
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return "" if found and int(found[1]) >= JAVA else f"{program} says: {said.strip()[:80]}"


pytestmark = pytest.mark.skipif(
    bool(why_no_java()),
    reason=f"ansible-rulebook needs Java {JAVA} (Debian: openjdk-17-jre-headless), and {why_no_java()}",
)


class Rulebook:
    """One `ansible-rulebook` after the other, with a log that goes on."""

    def __init__(self, folder: Path, name: str, variables: dict[str, t.Any], inventory: dict[str, t.Any]) -> None:
        self.log = folder / "rulebook.log"
        vars_file, inventory_file = folder / "vars.yml", folder / "inventory.yml"
        vars_file.write_text(yaml.safe_dump({"eda_state_dir": str(folder / "state"), **variables}))
        inventory_file.write_text(yaml.safe_dump(inventory))
        self.command = [str(ANSIBLE_RULEBOOK), "-v", "-r", f"managed_desktop.network.{name}"]
        self.command += ["-e", str(vars_file), "-i", str(inventory_file)]
        self.environment = {**os.environ, "PATH": f"{ANSIBLE_RULEBOOK.parent}:{os.environ['PATH']}"}
        self.environment["ANSIBLE_NOCOLOR"] = "1"
        self.folder = folder

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @contextlib.contextmanager
    def running(self, end: signal.Signals = signal.SIGTERM) -> t.Iterator[subprocess.Popen[bytes]]:
        """Run it in a session of its own; whatever of that is left at the end is killed."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self.environment,
                cwd=self.folder,
                start_new_session=True,
            )
            try:
                yield process
                process.send_signal(end)
                process.wait(15)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(15)

    def wait(self, process: subprocess.Popen[bytes], done: t.Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not done():
            assert process.poll() is None, f"ansible-rulebook ended: {self.said()[-2000:]}"
            assert time.monotonic() < end, f"nothing came of it: {self.said()[-2000:]}"
            time.sleep(0.05)


def playbook_that_writes(folder: Path, verb: str) -> str:
    """A playbook in the place of one of the collection's, which notes that it ran, and for which version.

    An update to the last version fails; the plan must come all the same.
    """
    task: dict[str, t.Any] = {
        "name": "Note it",
        "ansible.builtin.shell": f"echo {verb} {{{{ ansible_eda.event.catalogue.version }}}} >> {folder}/ran",
    }
    if verb == "update":
        task["failed_when"] = f"ansible_eda.event.catalogue.version == '{FOURTH}'"
    path = folder / "playbooks" / f"{verb}.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    return str(path)


def test_each_move_of_the_version_is_fetched_and_planned_once(service: VersionService, tmp_path: Path) -> None:
    variables = {
        "eda_base_url": service.url,
        "eda_ca_file": service.ca_file,
        "eda_interval": 1,
        "eda_update_playbook": playbook_that_writes(tmp_path, "update"),
        "eda_plan_playbook": playbook_that_writes(tmp_path, "plan"),
    }
    faults = ["a reset", "429", "HTML", "backwards"]
    without_localhost = {"all": {"children": {"appliances": {"hosts": {"fw1.example.net": {}}}}}}
    rulebook = Rulebook(tmp_path, "new_version", variables, without_localhost)

    def ran() -> list[str]:
        file = tmp_path / "ran"
        return file.read_text().splitlines() if file.exists() else []

    def wait_for(process: subprocess.Popen[bytes], *versions: str) -> None:
        wanted = [f"{verb} {version}" for version in versions for verb in ("update", "plan")]
        rulebook.wait(process, lambda: len(ran()) >= len(wanted))
        wait_for_questions(process, 2)
        assert ran() == wanted

    def wait_for_questions(process: subprocess.Popen[bytes], more: int) -> None:
        wanted = len(service.asked) + more
        rulebook.wait(process, lambda: len(service.asked) >= wanted and not service.script)

    with rulebook.running() as process:  # the first start only remembers
        wait_for_questions(process, 2)
        assert ran() == []
        service.version = SECOND
        wait_for(process, SECOND)
        service.script = [FAULTS[name] for name in faults]
        wait_for_questions(process, len(faults) + 1)
        assert ran() == [f"update {SECOND}", f"plan {SECOND}"]
        service.version = THIRD
        wait_for(process, SECOND, THIRD)
    with rulebook.running(end=signal.SIGKILL) as process:  # a restart tells nothing again
        wait_for_questions(process, 2)
        assert ran()[4:] == []
    service.version = FOURTH
    with rulebook.running() as process:  # what moved while it was down is told
        wait_for(process, SECOND, THIRD, FOURTH)
    said = rulebook.said()
    assert said.count("told no version") == len(faults) - 1
    assert said.count("went back from") == 1
    assert len({question.partition("ClientRequestId=")[2] for question in service.asked}) == 1


def keep(directory: Path, edition: str) -> None:
    index = kept.Index({edition: "0" * 64}, {"worldwide": kept.Track(edition, edition)})
    path = kept.index_path(str(directory), "microsoft365")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".new").write_text(index.to_text(), encoding="utf-8")
    path.with_suffix(".new").rename(path)


def test_another_edition_in_force_runs_the_real_plan_which_changes_nothing(
    proxy: Squid, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lab.ansible_environment().items():
        monkeypatch.setenv(name, value)
    inventory = yaml.safe_load(lab.inventory_file.read_text(encoding="utf-8"))
    inventory["all"]["vars"].update(allowlist_sources=[], allowlist_endpoints=["www.microsoft.com"])
    variables = {"eda_catalogue_dir": str(tmp_path / "kept"), "eda_catalogue_interval": 1}
    rulebook = Rulebook(tmp_path, "edition_in_force", variables, inventory)
    keep(tmp_path / "kept", "2025-12-01-worldwide")

    def files() -> list[tuple[str, bytes]]:
        root = proxy.host.path("/etc/squid")
        return sorted((str(file), file.read_bytes()) for file in root.rglob("*") if file.is_file())

    before = files()
    with rulebook.running() as process:
        rulebook.wait(process, (tmp_path / "state" / "edition_in_force.json").exists)
        keep(tmp_path / "kept", "2026-01-05-worldwide")
        rulebook.wait(process, lambda: "PLAY RECAP" in rulebook.said())
        time.sleep(2)  # in which it looks twice more
    said = " ".join(rulebook.said().split())
    assert "proxy would change 1 0" in said
    assert said.count("PLAY RECAP") == 1
    assert "no hosts matched" not in said
    assert "failed=0" in said.partition("PLAY RECAP")[2]
    assert files() == before
