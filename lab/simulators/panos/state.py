# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device holds: configuration, locks, jobs, logins, and what tests set to be refused."""

from __future__ import annotations

import copy
import secrets
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

from lab.simulators.panos.answers import UNAUTHORISED, Refused
from lab.simulators.panos.configuration import Configuration, Step
from lab.simulators.panos.jobs import Jobs
from lab.simulators.panos.locks import SHARED, Locks
from lab.simulators.panos.managed import Managed
from lab.simulators.server import Simulator

_LOCAL: t.Final = "<entry name='localhost.localdomain'>{}</entry>"

GROUP: t.Final = 5
"""How many steps of an XPath lead to a virtual system or device group."""


class State(Simulator):
    """A firewall with the virtual systems `vsys`, or, with device `groups`, a Panorama.

    `admins` are passwords and roles (``superuser`` or ``superreader``) by name, `keys` the API keys that are good now.
    What tests set to be refused: `limits` (``entries`` of a category, ``total``), `commit_fails`, `validation_fails`.
    """

    def __init__(
        self,
        directory: Path,
        vsys: t.Sequence[str] = ("vsys1",),
        groups: t.Mapping[str, t.Sequence[Managed]] | None = None,
        ha: str | None = None,
        version: str = "11.1.4",
        latency: float = 0.0,
    ) -> None:
        """Begin with an empty configuration; `ha` is this member's state, such as ``active``."""
        self.hostname, self.serial, self.version, self.ha = "sim", "007000000000001", version, ha
        self.peer: State | None = None
        self.groups = {name: list(members) for name, members in (groups or {}).items()}
        tag, names = ("device-group", list(self.groups)) if groups is not None else ("vsys", list(vsys))
        inner = "".join(f"<entry name='{name}'/>" for name in names)
        self.is_panorama = groups is not None
        self.names = names
        self.config = Configuration(
            f"<config><mgt-config/><shared/><devices>{_LOCAL.format(f'<{tag}>{inner}</{tag}>')}</devices></config>"
        )
        self.locks, self.jobs = Locks(), Jobs()
        self.admins = {"automation": ("s3cret-Pa55", "superuser"), "alice": ("alice-pw", "superuser")}
        self.keys: dict[str, str] = {}
        self.limits: dict[str, int] = {}
        self.commit_fails: list[str] = []
        self.validation_fails: list[str] = []
        self.unpushed: dict[str, list[tuple[tuple[Step, ...], str]]] = {}
        self.keys_in_urls = 0
        for name, members in self.groups.items():
            for member in members:
                member.has = copy.deepcopy(self.group_config(name))
        super().__init__(directory, latency=latency)

    def key_for(self, admin: str) -> str:
        """Return an API key of an administrator."""
        key = f"LUFRPT{secrets.token_hex(16)}=="
        self.keys[key] = admin
        self.issued.add(key)
        return key

    def refuse_reader(self, admin: str) -> None:
        """Refuse what a role that reads may not do."""
        if self.admins[admin][1] != "superuser":
            raise Refused(UNAUTHORISED, "Unauthorized request")

    def places(self, tree: ET.Element) -> t.Iterator[tuple[str, ET.Element]]:
        """Yield every virtual system or device group of a configuration, with its name."""
        for entry in tree.findall("devices/entry/*/entry"):
            yield str(entry.get("name")), entry

    def group_config(self, name: str) -> ET.Element | None:
        """Return a device group as Panorama runs it."""
        return next((place for known, place in self.places(self.config.running) if known == name), None)

    def scopes(self) -> set[str]:
        """Return what can be locked."""
        return {SHARED, *self.names}
