# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Linux firewall between two networks: real nftables and dnsmasq, run the way a distribution runs them."""

from __future__ import annotations

from lab.services.base import Service

NFTABLES = "/etc/nftables.conf"
DNSMASQ = "/etc/dnsmasq.conf"
FRAGMENTS = "/etc/dnsmasq.d"
RULES = "/etc/nftables.d"
RESTART = "/usr/local/sbin/restart-dnsmasq"
"""What an administrator would call ``systemctl restart dnsmasq``; no host of the lab has systemd."""

_LOG = "/var/log/dnsmasq.log"
_RULESET = f'#!/usr/sbin/nft -f\nflush ruleset\n%sinclude "{RULES}/*.nft"\n'
_OWN_RULES = """table inet site {
    chain forward {
        type filter hook forward priority filter; policy accept;
        ct state established,related accept
        meta mark %d accept
        iifname "eth0" reject with icmpx admin-prohibited
    }
}
"""
_RESTART = """#!/bin/sh
pid=$(cat {pid} 2>/dev/null)
if [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null; then
    while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
fi
exec dnsmasq --pid-file={pid} --conf-file={conf} --conf-dir={dir},.dpkg-dist,.dpkg-old,.dpkg-new --log-facility={log}
"""


class Gateway(Service):
    """Forwards between its networks, filters with nft, resolves with dnsmasq. Option ``upstream``: whom it asks.

    With the option ``mark`` it has rules of its own, which let pass only what has this mark.
    """

    programs = ("nft", "dnsmasq")
    pid_file = "/run/dnsmasq/dnsmasq.pid"

    def prepare(self) -> None:
        """Let the host forward, and write what a freshly installed firewall has."""
        # A kernel says "prohibited" once a second to each client, which is not enough for a test that asks often.
        for setting in ("ipv4/ip_forward=1", "ipv6/conf/all/forwarding=1", "ipv4/icmp_ratelimit=0"):
            self.host.run(["sysctl", "-qw", f"net/{setting}"])
        for setting in ("icmp_msgs_per_sec", "icmp_msgs_burst"):  # of the whole machine where the kernel is older
            self.host.run(["sysctl", "-qw", f"net/ipv4/{setting}=100000"], check=False)
        self.host.run(["mkdir", "-p", "/run/dnsmasq", FRAGMENTS, RULES, "/usr/local/sbin", "/var/log"])
        script = _RESTART.format(pid=self.pid_file, conf=DNSMASQ, dir=FRAGMENTS, log=_LOG)
        self.host.path(RESTART).write_text(script, encoding="ascii")
        self.host.path(RESTART).chmod(0o755)
        self.configure_as_shipped()

    def configure_as_shipped(self) -> None:
        """Write the site's own configuration of both programs."""
        mark = self.options.get("mark")
        self.host.path(NFTABLES).write_text(_RULESET % (_OWN_RULES % mark if mark else ""), encoding="ascii")
        lines = [
            "no-resolv",
            "no-hosts",
            f"server={self.options['upstream']}",
            "bind-interfaces",
            f"listen-address=127.0.0.1,{self.address}",
            "dns-forward-max=1000",
        ]
        self.host.path(DNSMASQ).write_text("\n".join(lines) + "\n", encoding="ascii")

    def start(self) -> None:
        """As at boot: the ruleset first, then dnsmasq."""
        self.reload_rules()
        self.restart()

    def reload_rules(self) -> None:
        """As ``systemctl reload nftables`` does: everything is flushed, and loaded again from the files."""
        self.host.run(["nft", "-f", NFTABLES])

    def restart(self) -> None:
        """Restart dnsmasq, and return when it listens."""
        self.host.run([RESTART])
        self._await(lambda: self.running and bool(self.host.sockets(53, "udp")), "listen")

    def reset(self) -> None:
        """Bring the host back to what `prepare` made, and start what a boot starts."""
        places = (RULES, FRAGMENTS, "/run/managed_desktop.network", "/var/backups/managed_desktop.network")
        self.host.run(["sh", "-c", 'rm -rf "$@"', "sh", *places])
        self.host.run(["mkdir", "-p", RULES, FRAGMENTS])
        self.configure_as_shipped()
        self.start()

    def log_end(self) -> str:
        """The last lines of dnsmasq's own log."""
        log = self.host.path(_LOG)
        return log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else "(nothing written)"
