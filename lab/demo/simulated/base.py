# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the story of the fleet asks of a simulated appliance."""

from __future__ import annotations

import abc
import typing as t
from pathlib import Path

from lab.errors import LabError
from lab.simulators.server import Simulator

Json = dict[str, t.Any]
LIST: t.Final = "managed_desktop"


class Simulated(abc.ABC):
    """One simulated device, which listens on loopback in the demo's own process from its making until `close`.

    The controller reaches it by `variables`, and logs in by `environment`, so that no credential is written down.
    """

    platform: t.ClassVar[str]
    """As the variable allowlist_platform has it, and the appliance's name in the inventory."""

    product: t.ClassVar[str]
    """As its vendor calls it."""

    environment: t.ClassVar[t.Mapping[str, str]]
    """The environment variables by which the controller logs in."""

    device: Simulator

    def __init__(self, directory: Path) -> None:
        """Make the device; `directory` is for its certificate, and for back-ups."""
        self.directory = directory
        self.device = self.made(directory)

    @abc.abstractmethod
    def made(self, directory: Path) -> t.Any:
        """Return the device, with what a site has on it before the first list."""

    @abc.abstractmethod
    def options(self) -> Json:
        """Return what the inventory says of the list's place on the device."""

    @abc.abstractmethod
    def running(self) -> list[str]:
        """Return the entries of the list that run, read from the device's memory; empty without a list."""

    @abc.abstractmethod
    def break_list(self, removed: str, added: str) -> None:
        """Let an administrator put one name in the place of another, and put that in force.

        Raises:
            LabError: the name that shall go has not exactly one entry.
        """

    def variables(self) -> Json:
        """Return the host's variables in the inventory."""
        reached = {"host": self.device.address, "port": self.device.port, "ca_path": str(self.device.ca_path)}
        own = {**reached, "backup_dir": str(self.directory / "backups"), **self.options()}
        return {"ansible_connection": "local", "allowlist_platform": self.platform, f"allowlist_{self.platform}": own}

    def holds(self, name: str) -> bool:
        """Return whether an entry that runs is of this name; some spell it as an expression."""
        return any(name in entry.replace("\\", "") for entry in self.running())

    def close(self) -> None:
        """End the device."""
        self.device.close()


def exchanged(entries: t.Sequence[str], old: str, new: str) -> list[str]:
    """Return entries with one text in the place of another.

    Raises:
        LabError: the old one is not there exactly once.
    """
    if entries.count(old) != 1:
        raise LabError(f"{old} should be one entry of the device, and is {entries.count(old)}")
    return [new if entry == old else entry for entry in entries]
