# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Linux firewall that follows names, with rules of its own that let nobody out but what the list has marked."""

from __future__ import annotations

import re
import typing as t

from lab import Lab, LabError
from lab.demo.platforms.base import AdHoc, Platform, Stored
from lab.services.gateway import FRAGMENTS
from lab.topology import Topology, branch

_FRAGMENT = f"{FRAGMENTS}/allowlist-managed_desktop.conf"
_TABLE = "mdn_managed_desktop"


class Nftables(Platform):
    """nftables with dnsmasq."""

    name = "nftables"
    title = "firewall"
    surroundings = "an internet, a Linux firewall that is the resolver too, two test hosts"
    appliance = "gateway"

    def topology(self) -> Topology:
        """Return the branch office."""
        return branch(denies=True)

    def break_list(self, lab: Lab, removed: str, added: str) -> None:
        """Let a line of dnsmasq's fragment name another domain, restart, and forget what was learnt."""
        fragment = lab.host("gateway").path(_FRAGMENT)
        text = fragment.read_text(encoding="ascii")
        line = f"nftset=/{removed}/"
        if text.count(line) != 1:
            raise LabError(f"{removed} should stand in one line of {_FRAGMENT}, and stands in {text.count(line)}")
        fragment.write_text(text.replace(line, f"nftset=/{added}/"), encoding="ascii")
        for learnt in sorted(set(re.findall(rf"#{_TABLE}#(\w+)", text))):
            lab.run("gateway", ["nft", "flush", "set", "inet", _TABLE, learnt])
        lab.gateway().restart()

    def stored(self, ad_hoc: AdHoc) -> Stored:
        """Ask the module, which asks the kernel and dnsmasq."""
        arguments = {"include_entries": False}
        told: dict[str, t.Any] = ad_hoc(self.appliance, "nftables_allowlist_info", arguments)
        running = told["running"]
        return Stored(told["in_step"], running["state"], told["stored"]["entries"], str(running.get("digest")))
