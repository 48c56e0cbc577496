# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Check Point management server for the harness of faults, and for the tests of this platform."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.appliance import (
    CheckPoint,
    checkpoint_from,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.options import INFO_OPTIONS, OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import checkpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

from lab.simulators.checkpoint import Administrator, Gateway, ManagementServer, Package
from tests.integration.simulators.target import ApiTarget, Json

PASSWORD = "a-Secret-that-nobody-1-guesses"
KEY = "c2VjcmV0IGtleSBvZiBhIHJvYm90"
ROBOT = Administrator("robot", password=PASSWORD, api_key=KEY)
READER = Administrator("reader", password=PASSWORD, read_only=True)
ALICE = Administrator("alice", password="alices own")

LIST = "managed_desktop"
THEIRS = "their-site"
PENDING = "their-other-site"


class CheckPointTarget(ApiTarget):
    """Two gateways under one policy package, a site of somebody else's, and another one that he is changing."""

    platform = "checkpoint"
    options = OPTIONS
    info_options = INFO_OPTIONS
    secrets = (PASSWORD, KEY)
    simulator: ManagementServer

    def fresh(self) -> None:
        """A server whose gateways run all that is published, while Alice is at work."""
        if hasattr(self, "simulator"):
            self.simulator.close()
        self.directory.mkdir(parents=True, exist_ok=True)
        server = ManagementServer(self.directory, [ROBOT, READER, ALICE])
        self.gateways = [Gateway("gw-1"), Gateway("gw-2", members=2)]
        server.domain.packages["Standard"] = Package("Standard", self.gateways)
        server.domain.packages["Other"] = Package("Other", [Gateway("gw-3")])
        alice = server.foreign_session(ALICE)
        for name in (THEIRS, PENDING):
            server.foreign_add(alice, name, [f"{name}.example/"])
        revision = server.foreign_publish(alice)
        for package in server.domain.packages.values():
            for gateway in package.gateways:
                gateway.revision = revision
        server.foreign_change(alice, PENDING, ["pending.example/"])
        server.keeps_order = False
        self.simulator = server
        self.alice = alice
        self._forget()

    def _forget(self) -> None:
        """What the controller knew of another server is not known of this one, whose port may be the same."""
        for path in sorted((self.directory / "backups").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()

    def make(self, params: t.Mapping[str, t.Any], progress: Progress) -> CheckPoint:
        """Make the appliance, as the action plugin does."""
        return checkpoint_from(params, progress)

    def compile(self, endpoints: t.Sequence[Endpoint], params: Json) -> dict[str, Artefact]:
        """Compile, as the action plugin does."""
        return {"list": checkpoint.compile(endpoints, checkpoint.Options.from_dict(params))}

    def credentials(self) -> Json:
        """Return the options by which the simulator lets us in, and where the list is installed."""
        return {"username": "robot", "password": PASSWORD, "policy_package": "Standard"}

    def running(self) -> frozenset[str]:
        """Return what both gateways run; a list of its own kind where they differ."""
        self.simulator.settle()
        found = {self.simulator.running_urls(gateway, LIST) or () for gateway in self.gateways}
        return frozenset(found.pop()) if len({frozenset(urls) for urls in found}) == 1 else frozenset({"they differ"})

    def foreign(self) -> object:
        """Return the sites of others, as published, as each gateway runs them, and as they are pending."""
        self.simulator.settle()
        ran = {
            gateway.name: {name: self.simulator.running_urls(gateway, name) for name in (THEIRS, PENDING)}
            for package in self.simulator.domain.packages.values()
            for gateway in package.gateways
        }
        published = {name: site for name, site in self.simulator.domain.published.items() if name != LIST}
        pending = [(one.uid, dict(one.changes)) for one in self.simulator.all_sessions() if one.administrator == ALICE]
        return ran, published, pending

    def leftovers(self) -> list[str]:
        """Return sessions of ours."""
        return [
            f"{one.name} ({len(one.changes)} changes)"
            for one in self.simulator.all_sessions()
            if one.administrator != ALICE
        ]
