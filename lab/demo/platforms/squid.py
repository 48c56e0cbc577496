# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's Squid, by which every desk goes out."""

from __future__ import annotations

from lab import Lab, LabError
from lab.demo.platforms.base import Json, Platform, Stored
from lab.demo.stage import Stage
from lab.topologies import office
from lab.topology import Topology

_LISTS = "/etc/squid/allowlist.d/managed_desktop"


class Squid(Platform):
    """Squid as the distribution installs it."""

    name = "squid"
    title = "Squid"
    surroundings = "an internet, a resolver, a Squid, two test hosts"
    appliance = "proxy"
    before = "denied"

    def topology(self) -> Topology:
        """Return the office."""
        return office()

    def break_list(self, lab: Lab, removed: str, added: str) -> None:
        """Edit the list file, and reload."""
        files = {
            file: file.read_text(encoding="utf-8").splitlines()
            for file in lab.host(self.appliance).path(_LISTS).glob("*/*")
        }
        found = [file for file, lines in files.items() if removed in lines]
        if len(found) != 1:
            raise LabError(f"{removed} should stand in one list file of {_LISTS}, and stands in {len(found)}")
        lines = [line for line in files[found[0]] if line != removed]
        found[0].write_text("\n".join([*lines, added, ""]), encoding="utf-8")
        lab.squid(self.appliance).reconfigure()

    def stored(self, stage: Stage) -> Stored:
        """Ask the module, which asks the running Squid."""
        told: Json = stage.ad_hoc(self.appliance, "squid_allowlist_info", {"include_entries": False})
        running = told["running"]
        return Stored(told["in_step"], running["state"], told["stored"]["entries"], str(running.get("digest")))
