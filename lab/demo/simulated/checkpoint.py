# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A management server of Check Point with a gateway and a cluster, and a colleague who has a site of her own."""

from __future__ import annotations

import typing as t
from pathlib import Path

from lab.demo.simulated.base import LIST, Json, Simulated, exchanged
from lab.simulators.checkpoint import Administrator, Gateway, ManagementServer, Package

_PACKAGE: t.Final = "Standard"
_ROBOT: t.Final = Administrator("robot", password="a-Secret-that-nobody-1-guesses")
_COLLEAGUE: t.Final = Administrator("alice", password="alices own")


class CheckPoint(Simulated):
    """One application-site, installed with a policy package."""

    platform = "checkpoint"
    product = "Check Point"
    environment: t.ClassVar[t.Mapping[str, str]] = {
        "CHECKPOINT_USERNAME": _ROBOT.name,
        "CHECKPOINT_PASSWORD": _ROBOT.password,
    }
    device: ManagementServer

    def made(self, directory: Path) -> ManagementServer:
        """Return a management server."""
        self._gateways = [Gateway("gw-1"), Gateway("gw-2", members=2)]
        device = ManagementServer(directory, [_ROBOT, _COLLEAGUE])
        device.domain.packages[_PACKAGE] = Package(_PACKAGE, self._gateways)
        session = device.foreign_session(_COLLEAGUE)
        device.foreign_add(session, "hers", ["hers.example/"])
        self._publish(device, session)
        return device

    def _publish(self, device: ManagementServer, session: t.Any) -> None:
        revision = device.foreign_publish(session)
        for gateway in self._gateways:
            gateway.revision = revision

    def options(self) -> Json:
        """Return what carries the list to the gateways."""
        return {"policy_package": _PACKAGE}

    def running(self) -> list[str]:
        """Read what the gateways run; nothing where they differ."""
        self.device.settle()
        found = [self.device.running_urls(gateway, LIST) or () for gateway in self._gateways]
        return list(found[0]) if len(set(found)) == 1 else []

    def break_list(self, removed: str, added: str) -> None:
        """Edit the application-site, publish, and install."""
        urls = exchanged(self.running(), _entry(removed), _entry(added))
        session = self.device.foreign_session(_COLLEAGUE)
        self.device.foreign_change(session, LIST, urls)
        self._publish(self.device, session)


def _entry(name: str) -> str:
    """Return how the list spells a name; as text it would match others as well."""
    escaped = name.replace(".", r"\.")
    return rf"^(https?:\/\/)?{escaped}\.?(:[0-9]{{1,5}})?(\/|$)"
