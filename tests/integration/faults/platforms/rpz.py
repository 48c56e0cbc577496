# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS firewalls, under faults."""

from __future__ import annotations

import contextlib
import typing as t

from lab import Lab
from tests.integration.appliance.called import Json
from tests.integration.faults.platforms.common import KEPT, strange, wrapper
from tests.integration.faults.target import Target
from tests.integration.rpz import rpz_lab


class RpzTarget(Target):
    """One of the DNS firewalls."""

    open_without = True
    reload = ("zones", "_reload", "before", 1)
    steps: t.ClassVar = {
        "nothing is written": ("zones", "stage", "before", 1),
        "half the list is written": ("module", "write_durably", "after", 1),
        "all is written": ("zones", "stage", "after", 1),
        "it is checked": ("zones", "validate", "after", 1),
        "the back-up is about to be written": ("manage", "write_backup", "before", 1),
        "the back-up is written": ("zones", "save", "after", 1),
        "one of two zones is in place": ("os", "rename", "after", 3),
        "it is in place": reload,
        "it is in force": ("zones", "activate", "after", 1),
        "old files are about to go": ("zones", "tidy", "before", 1),
    }

    def __init__(self, lab: Lab, kind: str) -> None:
        self.device: rpz_lab.Device = rpz_lab.Device(lab, kind)
        self.platform = f"rpz ({kind})"
        self.places = ("/srv/dns",)
        self.backups = rpz_lab.BACKUPS

    @property
    def version(self) -> str:
        told = self.device.info()["rpz"]
        return f"{told['server']} {told['version']}"

    def fresh(self) -> None:
        self.device.server.reset()

    def stop(self) -> None:
        self.device.server.kill()
        self.device.path(self.device.server.pid_file).unlink(missing_ok=True)

    def start(self) -> None:
        self.device.server.start()

    def allows(self, names: t.Sequence[str]) -> list[t.Any]:
        return self.device.resolves(*names)

    def leftovers(self) -> list[str]:
        ours = {"managed_desktop.allow.rpz", "managed_desktop.deny.rpz"}
        left = [name for name in self.device.zone_files() if name not in ours]
        return [*left, *strange(self.device, self.backups, KEPT)]

    def refusing(self) -> Json:
        real = " ".join(self.device.server.control)
        deaf = f'case "$*" in *reload*) echo error; exit 1;; esac\nexec {real} "$@"'
        return {"control": [wrapper(self.device, deaf)]}

    @contextlib.contextmanager
    def without_checker(self) -> t.Iterator[Json]:
        """The zones are made of checked parts, so that the run does without named-checkzone."""
        found = self.device.lab.run(self.device.where, ["sh", "-c", "command -v named-checkzone"]).stdout.strip()
        self.device.lab.run(self.device.where, ["mount", "--bind", "/dev/null", found])
        try:
            yield {}
        finally:
            self.device.lab.run(self.device.where, ["umount", found])

    def load(self) -> Json:
        return {"kind": "resolve", "server": [self.device.server.address, 53]}
