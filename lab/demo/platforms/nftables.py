# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Linux firewall that follows names, with rules of its own that let nobody out but what the list has marked."""

from __future__ import annotations

import re

from lab import Lab
from lab.demo.platforms.base import Json, Platform, Stored, exchange
from lab.demo.stage import Stage
from lab.services.gateway import FRAGMENTS
from lab.topologies import branch
from lab.topology import Topology

_FRAGMENT = f"{FRAGMENTS}/allowlist-managed_desktop.conf"
_TABLE = "mdn_managed_desktop"


class Nftables(Platform):
    """nftables with dnsmasq."""

    name = "nftables"
    title = "firewall"
    surroundings = "an internet, a Linux firewall that is the resolver too, two test hosts"
    appliance = "gateway"
    before = "denied"

    def topology(self) -> Topology:
        """Return the branch office."""
        return branch(denies=True)

    def break_list(self, lab: Lab, removed: str, added: str) -> None:
        """Let a line of dnsmasq's fragment name another domain, restart, and forget what was learnt."""
        fragment = lab.host("gateway").path(_FRAGMENT)
        exchange(fragment, f"nftset=/{removed}/", f"nftset=/{added}/")
        for learnt in sorted(set(re.findall(rf"#{_TABLE}#(\w+)", fragment.read_text(encoding="ascii")))):
            lab.run("gateway", ["nft", "flush", "set", "inet", _TABLE, learnt])
        lab.gateway().restart()

    def stored(self, stage: Stage) -> Stored:
        """Ask the module, which asks the kernel and dnsmasq."""
        arguments = {"include_entries": False}
        told: Json = stage.ad_hoc(self.appliance, "nftables_allowlist_info", arguments)
        running = told["running"]
        return Stored(told["in_step"], running["state"], told["stored"]["entries"], str(running.get("digest")))
