# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A FortiGate that inspects as a proxy, with a web filter profile of the site's that uses the list's table."""

from __future__ import annotations

import typing as t
from pathlib import Path

from lab.demo.simulated.base import Json, Simulated, exchanged
from lab.simulators.fortios import FortiGate

_TABLE: t.Final = 7
_TOKEN: t.Final = "token-of-the-lab"


class FortiOs(Simulated):
    """One table of the URL filter."""

    platform = "fortios"
    product = "FortiOS"
    environment: t.ClassVar[t.Mapping[str, str]] = {"FORTIOS_ACCESS_TOKEN": _TOKEN}
    device: FortiGate

    def made(self, directory: Path) -> FortiGate:
        """Return a FortiGate."""
        device = FortiGate(directory)
        vdom = device.vdoms["root"]
        profile = {"name": "clients", "feature-set": "proxy", "web": {"urlfilter-table": _TABLE}}
        vdom.tables["webfilter/profile"]["clients"] = vdom.merged("webfilter/profile", device.version, None, profile)
        return device

    def options(self) -> Json:
        """Return which table it is."""
        return {"method": "url_filter", "table_id": _TABLE}

    def _entries(self) -> list[Json]:
        table = self.device.vdoms["root"].tables["webfilter/urlfilter"].get(str(_TABLE), {"entries": []})
        return [entry for entry in table["entries"] if entry["status"] == "enable"]

    def running(self) -> list[str]:
        """Read the table; a table runs as it is."""
        return [str(entry["url"]) for entry in self._entries()]

    def break_list(self, removed: str, added: str) -> None:
        """Edit one entry."""
        with self.device.lock:
            wanted = exchanged(self.running(), removed, added)
            for entry, url in zip(self._entries(), wanted, strict=True):
                entry["url"] = url
