# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down of a running lab, so that another process can use it, and clean it up whatever happened."""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab.errors import LabError
from lab.host import ENVIRONMENT, REPOSITORY, Host
from lab.process import Process
from lab.topology import Topology

DEFAULT = REPOSITORY / ".cache" / "lab" / "default"


@dataclass
class State:
    """The file ``lab.json`` in the lab's directory.

    Besides what the lab itself needs, each host has the words ``enter`` that make a command run in it, and the
    ``environment`` to run it with: that is all that ``connection_plugins/lab_host.py`` reads.
    """

    directory: Path
    topology: Topology
    hosts: dict[str, Host] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return self.directory / "lab.json"

    def claim(self) -> None:
        """Make the directory this lab's own: it is removed with the lab, so it has to be empty or new."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.file.exists() and any(self.directory.iterdir()):
            raise LabError(f"{self.directory} holds other things: give the lab an empty directory, or a new one")
        try:
            self.file.touch(mode=0o600, exist_ok=False)
        except FileExistsError as error:
            raise LabError(
                f"there is a lab in {self.directory} already: end it first "
                f"(python -m lab --state {self.directory} down)"
            ) from error
        self.save()

    def add(self, host: Host) -> None:
        """Write a host down."""
        self.hosts[host.name] = host
        self.save()

    def save(self) -> None:
        """Put the file in place in one step."""
        hosts = {
            name: {
                "holder": asdict(host.holder),
                "keeper": asdict(host.keeper) if host.keeper else None,
                "root": host.root_kind,
                "enter": host.enter(),
            }
            for name, host in self.hosts.items()
        }
        content = {"environment": ENVIRONMENT, "hosts": hosts, "topology": self.topology.to_dict()}
        draft = self.file.with_suffix(".new")
        draft.write_text(json.dumps(content, indent=1), encoding="utf-8")
        draft.replace(self.file)

    @classmethod
    def load(cls, directory: Path) -> State:
        """What is written down in a directory; LabError where there is no lab."""
        try:
            content = json.loads((directory / "lab.json").read_text(encoding="utf-8"))
            hosts = {name: _host(name, data) for name, data in content["hosts"].items()}
            return cls(directory, Topology.from_dict(content["topology"]), hosts)
        except FileNotFoundError as error:
            raise LabError(
                f"there is no lab in {directory}: start one (python -m lab --state {directory} up)"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(f"{directory / 'lab.json'} cannot be read: {error!r}") from error


def _host(name: str, data: t.Mapping[str, t.Any]) -> Host:
    keeper = Process(**data["keeper"]) if data["keeper"] else None
    return Host(name, Process(**data["holder"]), keeper, data["root"])
