# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the Squid appliance share: calling it on the lab's proxy, asking the proxy, seeing its files."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.options import MANAGE_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid as dialect

from lab import Lab
from lab.services import Squid
from tests.integration.appliance.called import (
    CODE,
    CalledDevice,
    Json,
    Killed,
    Refused,
    answer_of,
    endpoint,
)

__all__ = ["BACKUPS", "BOTH_WAYS", "CODE", "HOME", "LISTS", "SNIPPET", "Device", "Killed", "Refused", "answer_of"]

SNIPPET = "/etc/squid/conf.d/20-allowlist-managed_desktop.conf"
LISTS = "/etc/squid/allowlist.d"
HOME = f"{LISTS}/managed_desktop"
BOTH_WAYS = pytest.mark.parametrize("device", ["reconfigure", "helper"], indirect=True)
"""Does a test once with either way of activation."""

BACKUPS = "/var/backups/managed_desktop.network/squid/managed_desktop"


class Device(CalledDevice):
    """The lab's proxy as squid_allowlist and squid_allowlist_info see it."""

    where = "proxy"
    maker = "_squid.options:squid_from"
    owners: t.ClassVar = {
        "squid": "_squid.appliance:Squid",
        "program": "_squid.control:Program",
        "module": "_squid.staging",
        "manage": "_manage",
    }
    options = MANAGE_OPTIONS
    own = r"/run/squid|/dev/shm/squid"

    def __init__(self, lab: Lab, proxy: Squid, activation: str = "reconfigure") -> None:
        super().__init__(lab)
        self.proxy = proxy
        self.activation = activation

    def params_with_defaults(self, params: Json) -> Json:
        """All parameters of the module, with this device's way of activation where the call names none."""
        filled = super().params_with_defaults(params)
        return {**filled, "activation": self.activation, **params} if "activation" in filled else filled

    def compile(self, endpoints: t.Iterable[str | Json], params: Json) -> dict[str, Artefact]:
        """Compile as the action plugin does."""
        names = {field.name for field in dataclasses.fields(dialect.Options)}
        options = dialect.Options.from_dict({key: value for key, value in params.items() if key in names})
        artefact = dialect.compile([endpoint(item) for item in endpoints], options)
        return {"tls": artefact, "plain": dialect.without_tls(artefact)}

    # -- what is there -------------------------------------------------------------------------------------------

    def directory(self) -> Path:
        """The directory of the stored list."""
        found = re.search(rf'"({LISTS}/[^/"]+/[^/"]+)/', self.path(SNIPPET).read_text())
        assert found, "no list is stored"
        return self.path(found.group(1))

    def files(self, kind: str = "names") -> list[Path]:
        """The list files of one kind."""
        return sorted(self.directory().glob(f"*-{kind}"))

    def helpers(self) -> list[tuple[int, str]]:
        """The number and the user of each helper that this proxy runs."""
        told = self.lab.run("proxy", ["ps", "-eo", "pid=,ppid=,user=,args="]).stdout
        rows = [line.split(None, 3) for line in told.splitlines()]
        workers = {row[0] for row in rows if row[1] == str(self.proxy.pid)}
        return [(int(row[0]), row[2]) for row in rows if row[1] in workers and "helper.py" in row[3]]

    # -- what the proxy does -------------------------------------------------------------------------------------

    def ask(self, *questions: Json, client: str = "desk1", port: int = 3128) -> list[Json]:
        """Ask the proxy from a test host: see client.py."""
        asked = [{"via": [self.proxy.address, port], **question} for question in questions]
        done = self.lab.run(client, ["/usr/bin/python3", "-B", f"{CODE}/client.py"], input=json.dumps(asked))
        return t.cast(list[Json], json.loads(done.stdout))

    def status(self, *targets: str, login: str | None = None, port: int = 3128) -> list[int]:
        """The status for each target, a URL or host:port."""
        questions: list[Json] = [{"url" if "://" in target else "to": target} for target in targets]
        for question in questions:
            question.update({"login": login} if login else {})
        return [answer["status"] for answer in self.ask(*questions, port=port)]

    def allows(self, *names: str) -> list[bool]:
        """Whether the proxy tunnels to port 443 of each name."""
        return [status == 200 for status in self.status(*(f"{name}:443" for name in names))]
