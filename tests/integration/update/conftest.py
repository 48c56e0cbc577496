# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real playbook on this machine as its own controller, against a server on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from lab.servers.endpoint_lists import Cloud, EndpointLists

FIXTURES = Path(__file__).parents[2] / "unit" / "catalogue" / "fixtures"
FIRST = "2025120100"


def real_sets() -> list[dict[str, t.Any]]:
    """Return the real sets of Worldwide of 2025-12-01."""
    path = FIXTURES / "microsoft365" / "2025-12-01-worldwide.json"
    sets: list[dict[str, t.Any]] = json.loads(path.read_text(encoding="utf-8-sig"))
    return sets


@pytest.fixture()
def server(tmp_path: Path) -> t.Iterator[EndpointLists]:
    """The server, with the real answer of 2025-12-01."""
    running = EndpointLists(tmp_path / "lists")
    running.clouds["Worldwide"] = Cloud(FIRST, real_sets())
    yield running
    running.close()


class Played(t.NamedTuple):
    """What a run left: exit status, everything it said with its white space folded, and how many tasks changed."""

    status: int
    said: str
    changed: int


class Play:
    """Runs ansible-playbook in a directory of its own."""

    def __init__(self, folder: Path, server: EndpointLists) -> None:
        self.folder, self.server = folder, server
        self.directory = folder / "kept"

    def command(self, name: str, *arguments: str, variables: t.Mapping[str, t.Any] | None = None) -> list[str]:
        """Return the command for a playbook of the collection, or one at a path."""
        given = {
            "allowlist_catalogue_dir": str(self.directory),
            "allowlist_update_ca_file": str(self.server.ca_path),
            "allowlist_update_feeds": [{"base_url": self.server.url}],
            **(variables or {}),
        }
        playbook = name if "/" in name else f"managed_desktop.network.{name}"
        program = [sys.executable, "-m", "ansible.cli.playbook"]
        return [*program, playbook, "-i", "localhost,", "-c", "local", "-e", json.dumps(given), *arguments]

    def environment(self, **given: str) -> dict[str, str]:
        """Return the environment of a controller, whose proxy settings are those that are given."""
        kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        home = {"ANSIBLE_HOME": str(self.folder / "home"), "ANSIBLE_NOCOLOR": "1", "PWD": str(self.folder)}
        return {**kept, **home, **given}

    def __call__(
        self,
        name: str,
        *arguments: str,
        variables: t.Mapping[str, t.Any] | None = None,
        environment: t.Mapping[str, str] | None = None,
    ) -> Played:
        """Run it to its end."""
        done = subprocess.run(
            self.command(name, *arguments, variables=variables),
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment(**(environment or {})),
            timeout=120,
            check=False,
        )
        recap = re.search(r"^localhost\s+: ok=\d+\s+changed=(\d+)", done.stdout, re.M)
        said = " ".join((done.stdout + done.stderr).split())
        return Played(done.returncode, said, int(recap[1]) if recap else 0)

    def files(self) -> dict[str, bytes]:
        """Return every file of the directory of editions."""
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in sorted(self.directory.rglob("*"))
            if path.is_file()
        }


@pytest.fixture()
def play(tmp_path: Path, server: EndpointLists) -> Play:
    """Return a function that runs a playbook."""
    return Play(tmp_path, server)
