# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated FortiGate for the harness of faults, with a list of ours in a feed or in a URL filter."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.appliance import fortios_from
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.device import FortiAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.options import INFO_OPTIONS, OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import fortios
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

from lab.simulators.fortios import Admin, FortiGate
from lab.simulators.fortios.store import Transaction, Vdom
from tests.integration.simulators.target import ApiTarget, Json

TOKEN = "token-of-the-lab"


class FortiTarget(ApiTarget):
    """What both methods have in common. Others have a table, a feed and a pending transaction of their own."""

    options = OPTIONS
    info_options = INFO_OPTIONS
    secrets = (TOKEN,)
    method: t.ClassVar[str]
    simulator: FortiGate

    def fresh(self) -> None:
        if hasattr(self, "simulator"):
            self.simulator.close()
        self.simulator = FortiGate(self.directory)
        self.simulator.admins["of-another"] = Admin("another")
        others = {"id": 1, "name": "others", "entries": [{"id": 1, "url": "others.example"}]}
        self.put("webfilter/urlfilter", others)
        self.put("webfilter/profile", {"name": "strict", "feature-set": "proxy", "web": {"urlfilter-table": 7}})
        self.put("system/external-resource", {"name": "others", "category": 200, "update-method": "push"})
        self.vdom.feeds["others"] = ["others.example"]
        pending = {"name": "others", "comment": "pending"}
        self.vdom.transactions[999] = Transaction("another", 3600, 1e12, {("webfilter/profile", "others"): pending})
        for path in self.directory.glob("backups/**/*"):
            if path.is_file():
                path.unlink()

    @property
    def vdom(self) -> Vdom:
        """The virtual domain that the list is in."""
        return self.simulator.vdoms["root"]

    def put(self, table: str, fields: Json) -> None:
        """Put an object on the device by other hands than ours."""
        made = self.vdom.merged(table, self.simulator.version, None, fields)
        self.vdom.tables[table][str(fields["id"] if "id" in fields else fields["name"])] = made

    def make(self, params: t.Mapping[str, t.Any], progress: Progress) -> FortiAppliance:
        return fortios_from(params, progress)

    def compile(self, endpoints: t.Sequence[Endpoint], params: Json) -> dict[str, Artefact]:
        return fortios.variants(endpoints, params)

    def credentials(self) -> Json:
        return {"access_token": TOKEN, "method": self.method, "table_id": 7, "category": 192}

    def foreign(self) -> object:
        tables = {
            place: row
            for table, rows in self.vdom.tables.items()
            for key, row in rows.items()
            if (place := (table, key))
            not in (("webfilter/urlfilter", "7"), ("system/external-resource", "managed_desktop"))
        }
        feeds = {name: lines for name, lines in self.vdom.feeds.items() if name != "managed_desktop"}
        pending = [tx.changes for tx in self.vdom.transactions.values() if tx.owner == "another"]
        return copy.deepcopy((tables, feeds, pending))

    def leftovers(self) -> list[str]:
        """Locked objects; a transaction of which nobody knows the number holds none, and ends by itself."""
        return [
            f"{n}: {tx.changes}" for n, tx in self.vdom.transactions.items() if tx.owner != "another" and tx.changes
        ]


class FeedTarget(FortiTarget):
    """The list in a feed."""

    platform = "fortios_push_feed"
    method = "push_feed"

    def running(self) -> frozenset[str]:
        return frozenset(self.vdom.feeds.get("managed_desktop", ()))


class FilterTarget(FortiTarget):
    """The list in a URL filter."""

    platform = "fortios_url_filter"
    method = "url_filter"

    def running(self) -> frozenset[str]:
        table = self.vdom.tables["webfilter/urlfilter"].get("7", {"entries": []})
        return frozenset(entry["url"] for entry in table["entries"] if entry["status"] == "enable")
