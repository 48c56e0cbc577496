# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as a user runs them, against the lab."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import Lab
from lab.topology import CA_FILE

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
BASICS = {"allowlist_ca_file": CA_FILE, "allowlist_sources": [], "allowlist_endpoints": ["www.microsoft.com"]}
"""A list of one name, which is the reference for TLS too: small, so that a test takes as long as Ansible does."""


class Played(t.NamedTuple):
    """What a run left: exit status, everything it said with its white space folded, and the changes by host."""

    status: int
    said: str
    changed: dict[str, int]


class Play(t.Protocol):
    """Run ``managed_desktop.network.<name>``; `variables` hold for all hosts."""

    def __call__(
        self,
        name: str,
        *arguments: str,
        variables: t.Mapping[str, t.Any] | None = None,
        inventory: t.Mapping[str, t.Any] | None = None,
    ) -> Played:
        """Return what became of it."""


@pytest.fixture()
def play(lab: Lab, tmp_path: Path) -> Play:
    """Return a function that runs a playbook on the lab; `inventory` is put beside the lab's own."""

    def run(
        name: str,
        *arguments: str,
        variables: t.Mapping[str, t.Any] | None = None,
        inventory: t.Mapping[str, t.Any] | None = None,
    ) -> Played:
        beside = tmp_path / "beside.yml"
        beside.write_text(yaml.safe_dump({**(inventory or {}), "all": {"vars": {**BASICS, **(variables or {})}}}))
        return playbook(name, *arguments, "-i", str(lab.inventory_file), "-i", str(beside), lab=lab, cwd=tmp_path)

    return run


def playbook(name: str, *arguments: str, lab: Lab, cwd: Path) -> Played:
    """Run one playbook of the collection to its end."""
    environment = {**os.environ, **lab.ansible_environment(), "ANSIBLE_NOCOLOR": "1", "PWD": str(cwd)}
    environment.pop("ANSIBLE_INVENTORY")
    done = subprocess.run(
        [str(ANSIBLE_PLAYBOOK), f"managed_desktop.network.{name}", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        timeout=120,
        check=False,
    )
    recap = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", done.stdout, re.M)
    said = " ".join((done.stdout + done.stderr).split())
    return Played(done.returncode, said, {host: int(count) for host, count in recap})


def report(folder: Path, name: str) -> dict[str, t.Any]:
    """Return a report that a playbook has written."""
    content: dict[str, t.Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return content
