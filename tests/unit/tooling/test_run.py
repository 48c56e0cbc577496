# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`./run` on machines that lack something, played by stand-ins for the programs it asks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NEEDED = ["bash", "cat", "dirname", "env", "mkdir", "rm", "sed", "tail"]
TABLE = {
    package: verbs.split()
    for line in (ROOT / "tools" / "debian-packages.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
    for package, verbs in [line.split(maxsplit=1)]
}


class Machine:
    """A copy of `run` with a PATH on which only the named programs exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        (folder / "tools").mkdir()
        shutil.copy(ROOT / "run", folder)
        shutil.copy(ROOT / "tools" / "debian-packages.txt", folder / "tools")
        for name in NEEDED:
            (self.programs / name).symlink_to(shutil.which(name))
        self.add("python3", f'exec {sys.executable} "$@"')
        self.add("id", "echo 1000")
        self.have_installed()

    def add(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def have_installed(self, *packages: str) -> None:
        cases = "".join(f" {package}) printf installed;;" for package in packages)
        self.add("dpkg-query", f'for last; do :; done; case "$last" in{cases} *) exit 1;; esac')

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / "run"), *arguments]
        environment = {"PATH": str(self.programs)}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.mark.parametrize("arguments", [[], ["tset"], ["--help"], ["demotest"], ["demo|test"]])
def test_anything_but_a_verb_is_answered_with_the_usage(machine, arguments):
    result = machine.run(*arguments)
    assert result.returncode == 2
    assert "usage: ./run VERB" in result.stderr
    assert not (machine.folder / ".cache").exists()


@pytest.mark.parametrize("verb", ["demo", "test", "bench"])
def test_without_root_the_packages_missing_for_the_verb_are_named_and_nothing_is_installed(machine, verb):
    result = machine.run(verb)
    assert result.returncode == 2
    named = result.stderr.partition("apt-get install ")[2].split()
    assert named == [package for package, verbs in TABLE.items() if verb in verbs]


def test_a_package_that_is_there_is_not_asked_for(machine):
    machine.have_installed(*(set(TABLE) - {"curl"}))
    assert machine.run("test").stderr.split()[-2:] == ["install", "curl"]


def test_a_squid_without_tls_is_not_replaced(machine):
    machine.have_installed(*(set(TABLE) - {"squid-openssl"}), "squid")
    machine.add("id", "echo 0")
    machine.add("apt-get", f"touch {machine.folder}/called")
    result = machine.run("demo")
    assert result.returncode == 2
    assert "squid is installed, but without TLS" in result.stderr
    assert not (machine.folder / "called").exists()


def test_a_python_without_the_venv_module_asks_for_the_package_that_has_it(machine):
    machine.have_installed(*TABLE)
    machine.add("python3", 'case "$2" in *ensurepip*) exit 1;; *) echo "$0";; esac')
    assert machine.run("demo").stderr.split()[-2:] == ["install", "python3-venv"]


def test_a_machine_without_a_fitting_python_is_told_which_one_is_needed(machine):
    machine.add("python3", "exit 127")
    result = machine.run("demo")
    assert result.returncode == 2
    assert "no Python 3.10 or later" in result.stderr


def test_a_machine_that_is_not_debian_is_told_where_the_programs_are_named(machine):
    (machine.programs / "dpkg-query").unlink()
    result = machine.run("demo")
    assert result.returncode == 2
    assert "tools/debian-packages.txt" in result.stderr


def test_the_shim_of_a_missing_python_is_passed_over(machine):
    machine.have_installed(*(set(TABLE) - {"curl"}))
    machine.add("python3", "echo 'pyenv: version not installed' >&2; exit 127")
    machine.add("python3.11", f'exec {sys.executable} "$@"')
    assert machine.run("test").stderr.split()[-2:] == ["install", "curl"]
