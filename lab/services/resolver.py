# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The office's resolver: a real dnsmasq that forwards everything to the lab's name servers."""

from __future__ import annotations

from lab.services.base import Service


class Resolver(Service):
    """dnsmasq on port 53. Option ``upstream``: the address of the name server that it asks."""

    programs = ("dnsmasq",)
    pid_file = "/run/dnsmasq.pid"

    def start(self) -> None:
        """Start dnsmasq, and return when it listens."""
        self.host.daemon(
            [
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                f"--pid-file={self.pid_file}",
                "--user=nobody",
                "--group=nogroup",
                "--log-facility=-",
                "--bind-interfaces",
                f"--listen-address={self.address}",
                "--no-resolv",
                "--no-hosts",
                f"--server={self.options['upstream']}",
                # What a test sets holds at once, and a burst of questions is not refused.
                "--cache-size=0",
                "--dns-forward-max=5000",
            ],
            self.log,
        )
        self._await(lambda: self.running and bool(self.host.sockets(53, "udp")), "listen")
