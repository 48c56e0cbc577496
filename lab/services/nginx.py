# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real nginx that serves a site's proxy auto-configuration file.

Option ``proxy``: host and port of the proxy to which the site's own file sends everything.
"""

from __future__ import annotations

from lab.services.base import Service

HOME = "/srv/pac"
PAC_FILE = f"{HOME}/proxy.pac"
PAC_TYPE = "application/x-ns-proxy-autoconfig"
"""What browsers want a PAC file to be served as; nginx has no type for the ending of its own."""

_PORT = 80
_CONFIGURATION = f"""\
user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
  access_log off;
  types {{ {PAC_TYPE} pac; }}
  server {{
    listen {_PORT};
    root {HOME};
  }}
}}
"""


class Nginx(Service):
    """nginx on port 80, with one file."""

    programs = ("nginx",)
    pid_file = "/run/nginx.pid"

    def prepare(self) -> None:
        """Write the configuration, and the file as the site has it before the first list."""
        self.host.run(["install", "-d", "-m", "0755", HOME])
        self.host.path("/etc/nginx/lab.conf").write_text(_CONFIGURATION, encoding="ascii")
        script = f'function FindProxyForURL(url, host) {{ return "PROXY {self.options["proxy"]}"; }}\n'
        self.host.path(PAC_FILE).write_text(script, encoding="ascii")

    def start(self) -> None:
        """Start it, and return when it listens."""
        self.host.daemon(["nginx", "-c", "/etc/nginx/lab.conf", "-g", "daemon off;"], self.log)
        self._await(lambda: self.running and bool(self.host.sockets(_PORT)), "listen")
