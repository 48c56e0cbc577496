# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet: web servers and name servers, on the origin host."""

from __future__ import annotations

import json
import os
import sys
import typing as t

from lab.host import REPOSITORY
from lab.services.base import Service
from lab.zone import Zone

HTTP_PORTS = (80, 8080)
MAIL_PORTS = (25, 143, 587, 993, 995)
"""On which Microsoft 365 has services; that they take a connection is all that a probe of them wants to know."""

TLS_PORTS = {
    "443": ("1.2", "1.3"),
    "8443": ("1.2", "1.3"),
    "12443": ("1.2", "1.2"),
    "4443": ("1.3", "1.3"),
    "10443": ("1.0", "1.1"),
}
"""Port to lowest and highest TLS version."""

_DNS = 53


class Origin(Service):
    """``lab.servers.origin`` and ``lab.servers.dns``. Options ``http`` and ``tls`` replace the ports.

    Both run on the machine's files, with the controller's Python: the repository need not be visible in the host.
    """

    pid_file = "/run/origin.pid"

    def start(self) -> None:
        """Start both, and return when all ports are open."""
        http = list(self.options.get("http", (*HTTP_PORTS, *MAIL_PORTS)))
        tls = dict(self.options.get("tls", TLS_PORTS))
        ports = {"http": http, "tls": tls}
        self._serve("/run/dns.pid", "lab.servers.dns", str(Zone(self.state / "zone.json").file), self.address)
        self._serve(self.pid_file, "lab.servers.origin", str(self.state / "ca"), json.dumps(ports))
        expected = [_DNS, *http, *(int(port) for port in tls)]
        self._await(
            lambda: all(map(self.host.sockets, expected)) and bool(self.host.sockets(_DNS, "udp")),
            "listen",
        )

    def _serve(self, pid_file: str, module: str, *arguments: str) -> None:
        # $$ is the pid as the host sees it; the file goes where the host's own programs look.
        script = 'echo $$ > "$1"; shift; exec "$@"'
        environment: t.Mapping[str, str] = {
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1",
            # The system's OpenSSL configuration may forbid the old versions that one port is there to speak.
            "OPENSSL_CONF": os.devnull,
            "PYTHONWARNINGS": "ignore:ssl.TLSVersion",
        }
        self.host.daemon(
            ["sh", "-c", script, "sh", str(self.host.path(pid_file)), sys.executable, "-m", module, *arguments],
            self.log,
            machine_files=True,
            env=environment,
        )
