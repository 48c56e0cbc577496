# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the firewall share: calling the appliance on the lab's gateway, asking as a client, its sets."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.kernel import NOTES
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.options import MANAGE_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import nftables as dialect

from lab import Lab
from lab.services import Gateway
from lab.services.gateway import FRAGMENTS, RESTART, RULES
from tests.integration.appliance.called import CODE, CalledDevice, Json, Killed, Refused, answer_of, endpoint

__all__ = [
    "BACKUPS",
    "CODE",
    "FRAGMENT",
    "FRAGMENTS",
    "NOTES",
    "RULES",
    "RULESET",
    "TABLE",
    "Device",
    "Killed",
    "Refused",
    "answer_of",
]

TABLE = "mdn_managed_desktop"
RULESET = f"{RULES}/allowlist-managed_desktop.nft"
FRAGMENT = f"{FRAGMENTS}/allowlist-managed_desktop.conf"
BACKUPS = "/var/backups/managed_desktop.network/nftables/managed_desktop"


class Device(CalledDevice):
    """The lab's gateway as the collection sees it."""

    where = "gateway"
    maker = "_nftables.options:nftables_from"
    owners: t.ClassVar = {
        "nftables": "_nftables.appliance:Nftables",
        "module": "_nftables.appliance",
        "kernel": "_nftables.kernel:Kernel",
        "resolver": "_nftables.resolver:Resolver",
        "manage": "_manage",
    }
    options: t.ClassVar = {**MANAGE_OPTIONS, "dnsmasq_restart": {"default": [RESTART]}}
    own = r"/run/dnsmasq"

    def __init__(self, lab: Lab, gateway: Gateway) -> None:
        super().__init__(lab)
        self.gateway = gateway

    def compile(self, endpoints: t.Iterable[str | Json], params: Json) -> dict[str, Artefact]:
        """Compile as the action plugin does."""
        names = {field.name for field in dataclasses.fields(dialect.Options)}
        options = dialect.Options.from_dict({key: value for key, value in params.items() if key in names})
        return {"ruleset": dialect.compile([endpoint(item) for item in endpoints], options)}

    # -- what a client sees --------------------------------------------------------------------------------------

    def ask(self, *requests: tuple[str, int] | tuple[str, int, str], client: str = "desk1") -> list[bool | str]:
        """Resolve and connect from a test host: see client.py."""
        asked = [list(request) if len(request) == 3 else [*request, "tcp"] for request in requests]
        document = json.dumps({"server": self.gateway.address, "requests": asked})
        done = self.lab.run(client, ["/usr/bin/python3", "-B", f"{CODE}/client.py"], input=document)
        return t.cast("list[bool | str]", json.loads(done.stdout))

    def allows(self, *names: str, client: str = "desk1") -> list[bool | str]:
        """Whether the client gets through to port 443 of each name or address."""
        return self.ask(*((name, 443) for name in names), client=client)

    # -- what the kernel holds -----------------------------------------------------------------------------------

    def nft(self, *words: str, check: bool = True) -> str:
        """Run nft on the gateway."""
        return str(self.lab.run("gateway", ["nft", *words], check=check).stdout)

    def rules(self) -> str:
        """All rules and sets of the kernel with their handles, but for how long elements still have."""
        return re.sub(r" expires [0-9a-z]+", "", self.nft("-a", "list", "ruleset"))

    def members(self, name: str) -> dict[str, int]:
        """The elements of a set, and the seconds that each has left."""
        listed = json.loads(self.nft("-j", "list", "set", "inet", TABLE, name))["nftables"]
        elements = next(item["set"] for item in listed if "set" in item).get("elem", [])
        return {json.dumps(e["elem"]["val"]).strip('"'): e["elem"].get("expires", 0) for e in elements}

    def process(self) -> int | None:
        """The pid of the running dnsmasq: another one after each restart."""
        return self.gateway.pid
