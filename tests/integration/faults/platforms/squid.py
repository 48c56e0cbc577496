# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Squid, under faults."""

from __future__ import annotations

import contextlib
import re
import sys
import typing as t
from pathlib import Path

from lab import Lab
from tests.integration.appliance.called import Json
from tests.integration.faults.platforms.common import KEPT, strange, wrapper
from tests.integration.faults.target import Target

sys.path.insert(0, str(Path(__file__).parents[2] / "squid"))

import squid_lab


class SquidTarget(Target):
    """The lab's proxy."""

    platform = "squid"
    closes = True
    reload = ("program", "reconfigure", "before", 1)
    steps: t.ClassVar = {
        "nothing is written": ("squid", "stage", "before", 1),
        "half the list is written": ("module", "write_durably", "after", 2),
        "all is written": ("squid", "stage", "after", 1),
        "it is checked": ("squid", "validate", "after", 1),
        "the back-up is about to be written": ("manage", "write_backup", "before", 1),
        "the back-up is written": ("squid", "save", "after", 1),
        "it is in place": reload,
        "the program is told to reload": ("program", "reconfigure", "after", 1),
        "it is in force": ("squid", "activate", "after", 1),
        "old lists are about to go": ("squid", "tidy", "before", 1),
        "old lists are half gone": ("module", "tidy_lists", "before", 1),
    }

    activation = "reconfigure"

    def __init__(self, lab: Lab) -> None:
        self.proxy = lab.squid()
        self.device: squid_lab.Device = squid_lab.Device(lab, self.proxy, self.activation)
        self.places = ("/etc/squid/conf.d", squid_lab.LISTS)
        self.backups = squid_lab.BACKUPS

    @property
    def version(self) -> str:
        return f"Squid {self.device.info()['squid']['version']}"

    def fresh(self) -> None:
        self.proxy.reset()
        for place in (squid_lab.LISTS, "/var/backups/managed_desktop.network"):
            self.device.lab.run("proxy", ["rm", "-rf", place])

    def stop(self) -> None:
        self.proxy.kill()
        self.device.path(self.proxy.pid_file).unlink(missing_ok=True)

    def start(self) -> None:
        self.proxy.start()

    def allows(self, names: t.Sequence[str]) -> list[bool]:
        return self.device.allows(*names)

    def leftovers(self) -> list[str]:
        current = self.device.directory().name
        snippets = rf"{re.escape(Path(squid_lab.SNIPPET).name)}|debian\.conf"
        return [
            *strange(self.device, "/etc/squid/conf.d", snippets),
            *strange(self.device, squid_lab.HOME, re.escape(current)),
            *strange(self.device, self.backups, KEPT),
        ]

    def refusing(self) -> Json:
        deaf = 'case "$*" in *reconfigure*) echo refused; exit 1;; esac\nexec squid "$@"'
        return {"executable": wrapper(self.device, deaf)}

    @contextlib.contextmanager
    def without_checker(self) -> t.Iterator[Json]:
        yield {"executable": "/opt/none/squid"}

    def load(self) -> Json:
        return {"kind": "tunnel", "server": [self.proxy.address, 3128]}


class FollowedSquidTarget(SquidTarget):
    """The lab's proxy with a helper that follows the list: only the first list makes it reload."""

    platform = "squid (helper)"
    closes = False
    activation = "helper"
    reload = ("squid", "_take_up", "before", 1)
    steps: t.ClassVar = {
        "nothing is written": ("squid", "stage", "before", 1),
        "half the list is written": ("module", "write_durably", "after", 1),
        "all is written": ("squid", "stage", "after", 1),
        "it is checked": ("squid", "validate", "after", 1),
        "the back-up is about to be written": ("manage", "write_backup", "before", 1),
        "the back-up is written": ("squid", "save", "after", 1),
        "it is in place": reload,
        "it is in force": ("squid", "activate", "after", 1),
        "old lists are about to go": ("squid", "tidy", "before", 1),
        "old lists are half gone": ("module", "tidy_lists", "before", 1),
    }

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self.places = (squid_lab.LISTS,)

    def leftovers(self) -> list[str]:
        known = r"list|helper\.py|provenance-[0-9a-f]{8}\.json"
        directory = str(Path("/") / self.device.directory().relative_to(self.device.host.root))
        inside = strange(self.device, directory, known)
        provenances = list(self.device.directory().glob("provenance-*"))
        return [*super().leftovers(), *inside, *(str(found) for found in provenances[1:])]

    def refusing(self) -> Json:
        """The helper does not start, which only a list with another snippet can come by."""
        works = 'case "$*" in *--check*) exec /usr/bin/python3 "$@";; esac\nexit 1'
        return {"helper_python": wrapper(self.device, works), "activation_timeout": 2.0}
