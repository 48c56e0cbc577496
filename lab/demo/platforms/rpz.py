# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's DNS firewall, whom every desk asks; what has an address is reached directly.

A response policy answers that a denied name does not exist, which proves nothing by itself. Of the three servers in
Debian 12, PowerDNS Recursor alone can add that it blocked the name (RFC 8914, its option extendedErrorCode), so the
demo has that one: measured on 4.8.8; BIND 9.18.49 and Unbound 1.17.1, with its option ede, add nothing.
"""

from __future__ import annotations

from lab import Lab, LabError
from lab.demo.platforms.base import Json, Platform, Stored, exchange
from lab.demo.stage import Stage
from lab.services import PdnsRecursor
from lab.services.dns_firewalls import HOME, ZONES
from lab.topologies import dns_firewalls
from lab.topology import Topology


class Rpz(Platform):
    """PowerDNS Recursor, configured by the site to read both zones."""

    name = "rpz"
    title = "DNS firewall"
    surroundings = "an internet, a PowerDNS Recursor with response policy zones, two test hosts"
    appliance = "pdns-recursor"
    before = "allowed"

    def topology(self) -> Topology:
        """Return an office with the one server."""
        return dns_firewalls(("pdns_recursor",), desks=2)

    def variables(self) -> Json:
        """Return how the module finds the server, and that stars a zone does not know are widened, not refused."""
        return {"allowlist_rpz": {**self._found_at(), "widen_globs": True}}

    def _found_at(self) -> Json:
        return PdnsRecursor.options_at(self.topology().host(self.appliance).address)

    def break_list(self, lab: Lab, removed: str, added: str) -> None:
        """Edit the zone file, and reload."""
        zone = lab.host(self.appliance).path(f"{HOME}/{ZONES[0]}")
        exchange(zone, f"\n{removed} CNAME rpz-passthru.\n", f"\n{added} CNAME rpz-passthru.\n")
        server = lab.services[self.appliance]
        if not isinstance(server, PdnsRecursor):
            raise LabError(f"host {self.appliance} runs no PowerDNS Recursor")
        server.reload()

    def stored(self, stage: Stage) -> Stored:
        """Ask the module, which asks the running server."""
        told: Json = stage.ad_hoc(self.appliance, "rpz_allowlist_info", self._found_at())
        running = told["running"]
        return Stored(told["in_step"], running["state"], told["stored"]["entries"], str(running.get("digest")))
