# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of DNS firewalls share: calling the appliance on the host of each server, and asking the server."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils._manage import MANAGE_OPTIONS
from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.appliance import VARIANT
from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.options import (
    DEVICE_OPTIONS,
    DIALECT_OPTIONS,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import rpz as dialect

from lab import Lab
from lab.services import DnsFirewall
from tests.integration.appliance.called import CODE, CalledDevice, Json, endpoint

HOSTS = {"bind": "bind", "unbound": "unbound", "pdns_recursor": "pdns-recursor"}
BACKUPS = "/var/backups/managed_desktop.network/rpz/managed_desktop"
ASKER = Path(__file__).with_name("asker.py")


def ask(lab: Lab, server: DnsFirewall, names: t.Sequence[str]) -> list[t.Any]:
    """Ask a server for names from desk1: true where it resolves one, false where there is none, else a text."""
    document = json.dumps({"server": server.address, "names": list(names)})
    done = lab.run("desk1", ["/usr/bin/python3", "-B", f"{CODE}/asker.py"], input=document)
    return t.cast("list[t.Any]", json.loads(done.stdout))


class Device(CalledDevice):
    """One server of the lab as the collection sees it."""

    maker = "_rpz.options:zones_from"
    owners: t.ClassVar[dict[str, str]] = {
        "zones": "_rpz.appliance:Zones",
        "module": "_rpz.appliance",
        "manage": "_manage",
        "os": "_rpz.appliance:os",
    }
    options: t.ClassVar[Json] = {**MANAGE_OPTIONS, **DEVICE_OPTIONS, **DIALECT_OPTIONS}

    def __init__(self, lab: Lab, kind: str) -> None:
        self.where = HOSTS[kind]
        super().__init__(lab)
        service = lab.services[self.where]
        assert isinstance(service, DnsFirewall)
        self.server = service

    def params_with_defaults(self, params: Json) -> Json:
        return super().params_with_defaults({**self.server.options_of_module, **params})

    def compile(self, endpoints: t.Iterable[str | Json], params: Json) -> dict[str, Artefact]:
        options = dialect.Options(params["name"], params["widen_globs"])
        return {VARIANT: dialect.compile([endpoint(item) for item in endpoints], options)}

    def resolves(self, *names: str) -> list[t.Any]:
        """Whether the server resolves each name."""
        return ask(self.lab, self.server, names)

    def zone_files(self) -> dict[str, str]:
        """The names and texts of all files beside the zones that begin like ours."""
        home = self.path("/srv/dns")
        return {path.name: path.read_text() for path in sorted(home.iterdir()) if "managed_desktop" in path.name}
