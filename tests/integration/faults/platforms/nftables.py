# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Linux firewall that follows names, under faults: nftables, and dnsmasq as the daemon that is disturbed."""

from __future__ import annotations

import contextlib
import typing as t

from lab import Lab
from lab.zone import address_of
from tests.integration.appliance.called import Json
from tests.integration.faults.platforms.common import KEPT, strange
from tests.integration.faults.target import BOTH, NEITHER, Target
from tests.integration.nftables import nft_lab


class NftablesTarget(Target):
    """The lab's gateway, asked as a client does: resolve through its dnsmasq, connect through its rules."""

    platform = "nftables"
    closes = True
    may_serve_both = True
    reload = ("resolver", "restart", "before", 1)
    steps: t.ClassVar = {
        "nothing is written": ("nftables", "stage", "before", 1),
        "half the list is written": ("module", "write_durably", "after", 2),
        "all is written": ("nftables", "stage", "after", 1),
        "it is checked": ("nftables", "validate", "after", 1),
        "the back-up is about to be written": ("manage", "write_backup", "before", 1),
        "the back-up is written": ("nftables", "save", "after", 1),
        "it is in place": reload,
        "dnsmasq was restarted": ("resolver", "restart", "after", 1),
        "the kernel is about to forget the old list": ("kernel", "load", "before", 1),
        "the kernel has the list": ("kernel", "load", "after", 1),
        "it is in force": ("nftables", "activate", "after", 1),
        "old files are about to go": ("nftables", "tidy", "before", 1),
    }

    def __init__(self, lab: Lab) -> None:
        self.device: nft_lab.Device = nft_lab.Device(lab, lab.gateway())
        self.places = (nft_lab.RULES, nft_lab.FRAGMENTS, nft_lab.NOTES)
        self.backups = nft_lab.BACKUPS

    @property
    def version(self) -> str:
        told = self.device.info()["nftables"]
        return f"nftables {told['version']} with dnsmasq {told['dnsmasq']}"

    def fresh(self) -> None:
        self.device.gateway.reset()
        self.device.lab.zone.reset()

    def stop(self) -> None:
        self.device.gateway.kill()
        self.device.path(self.device.gateway.pid_file).unlink(missing_ok=True)

    def start(self) -> None:
        self.device.gateway.restart()

    def restart(self) -> None:
        """As a restart of the host: the rules are loaded again as well, and nothing that was learnt is left."""
        self.stop()
        self.device.gateway.start()

    def allows(self, names: t.Sequence[str]) -> list[t.Any]:
        return self.device.allows(*names)

    def leftovers(self) -> list[str]:
        return [
            *strange(self.device, nft_lab.RULES, r"\.allowlist\.lock|allowlist-managed_desktop\.nft"),
            *strange(self.device, nft_lab.FRAGMENTS, r"allowlist-managed_desktop\.conf"),
            *strange(self.device, nft_lab.NOTES, nft_lab.TABLE),
            *strange(self.device, self.backups, KEPT),
        ]

    def refusing(self) -> Json:
        return {"dnsmasq_restart": ["/bin/false"]}

    @contextlib.contextmanager
    def without_checker(self) -> t.Iterator[Json]:
        yield {"dnsmasq_executable": "/opt/none/dnsmasq"}

    def load(self) -> Json:
        return {"kind": "through", "server": [self.device.gateway.address, 53]}

    def load_of_known(self) -> Json:
        """Return the load of a client that knows the addresses and asks dnsmasq for nothing."""
        return {"kind": "connect", "server": [], "allowed": address_of(BOTH), "denied": address_of(NEITHER)}
