# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real resolvers that read response policy zones, each with a site's configuration: BIND, Unbound, PowerDNS Recursor.

Option ``upstream``: the address of the name server that they ask. The zones of the list ``managed_desktop`` are named
in the configuration, and begin without a policy.
"""

from __future__ import annotations

import abc
import typing as t

from lab.services.base import Service

ZONES = ("managed_desktop.allow.rpz", "managed_desktop.deny.rpz")
HOME = "/srv/dns"
_EMPTY = "$TTL 60\n@ SOA localhost. hostmaster.localhost. 1 3600 600 86400 60\n@ NS localhost.\n"


class DnsFirewall(Service, abc.ABC):
    """What the three have in common. `kind` is what the module's option server calls it."""

    kind: t.ClassVar[str]
    control: t.ClassVar[tuple[str, ...]]

    @property
    def options_of_module(self) -> dict[str, t.Any]:
        """How the module finds this server."""
        return self.options_at(self.address)

    @classmethod
    def options_at(cls, address: str) -> dict[str, t.Any]:
        """How the module finds such a server at an address."""
        return {
            "server": cls.kind,
            "zone_dir": HOME,
            "control": list(cls.control),
            "resolver_address": address,
            "activation_timeout": 20.0,
        }

    @abc.abstractmethod
    def files(self) -> dict[str, str]:
        """The configuration, by the names of its files in `HOME`."""

    def prepare(self) -> None:
        """Write the configuration, and zones without a policy."""
        self.host.run(["install", "-d", "-m", "0777", HOME])
        self.configure()

    def configure(self) -> None:
        """Bring everything back to how a site has it before the first list."""
        for name, text in {**dict.fromkeys(ZONES, _EMPTY), **self.files()}.items():
            file = self.host.path(f"{HOME}/{name}")
            file.unlink(missing_ok=True)
            file.write_text(text, encoding="ascii")
            file.chmod(0o644)

    def reset(self) -> None:
        """As if freshly installed: no list, running."""
        self.kill()
        self.host.path(self.pid_file).unlink(missing_ok=True)
        self.host.run(["find", HOME, "-mindepth", "1", "-delete"])
        self.host.run(["rm", "-rf", "/var/backups/managed_desktop.network"])
        self.configure()
        self.start()

    def _listens(self) -> bool:
        return self.running and bool(self.host.sockets(53, "udp"))


class Bind(DnsFirewall):
    """BIND 9 on port 53, controlled with a key of the lab's own."""

    programs = ("named", "rndc")
    pid_file = f"{HOME}/named.pid"
    kind = "bind"
    control = ("rndc", "-c", f"{HOME}/rndc.conf")

    def files(self) -> dict[str, str]:
        """named.conf and rndc.conf."""
        key = 'key lab { algorithm hmac-sha256; secret "bGFiLWxhYi1sYWItbGFi"; };\n'
        policy = " ".join(f'zone "{zone}";' for zone in ZONES)
        zones = "".join(f'zone "{zone}" {{ type primary; file "{HOME}/{zone}"; }};\n' for zone in ZONES)
        return {
            "named.conf": (
                f'{key}options {{ directory "{HOME}"; pid-file "{self.pid_file}";\n'
                f'  session-keyfile "{HOME}/session.key";\n'
                f"  listen-on {{ {self.address}; }}; listen-on-v6 {{ none; }}; allow-query {{ any; }};\n"
                "  recursion yes; allow-recursion { any; }; forward only;\n"
                f"  forwarders {{ {self.options['upstream']}; }};\n"
                "  dnssec-validation no; qname-minimization off;\n"
                f"  response-policy {{ {policy} }} qname-wait-recurse no break-dnssec yes min-update-interval 0; }};\n"
                f"controls {{ inet 127.0.0.1 allow {{ 127.0.0.1; }} keys {{ lab; }}; }};\n{zones}"
            ),
            "rndc.conf": f"{key}options {{ default-key lab; default-server 127.0.0.1; }};\n",
        }

    def start(self) -> None:
        """Start named, and return when it listens."""
        self.host.daemon(["named", "-f", "-c", f"{HOME}/named.conf"], self.log)
        self._await(self._listens, "listen")


class Unbound(DnsFirewall):
    """Unbound on port 53, controlled over a socket in its own directory."""

    programs = ("unbound", "unbound-control")
    pid_file = f"{HOME}/unbound.pid"
    kind = "unbound"
    control = ("unbound-control", "-c", f"{HOME}/unbound.conf")

    def files(self) -> dict[str, str]:
        """unbound.conf."""
        zones = "".join(f'rpz:\n  name: {zone}\n  zonefile: "{HOME}/{zone}"\n' for zone in ZONES)
        return {
            "unbound.conf": (
                f'server:\n  interface: {self.address}\n  do-daemonize: no\n  chroot: ""\n  username: ""\n'
                f'  directory: "{HOME}"\n  pidfile: "{self.pid_file}"\n  use-syslog: no\n  logfile: ""\n'
                '  module-config: "respip iterator"\n  access-control: 0.0.0.0/0 allow\n  cache-max-ttl: 0\n'
                # Unbound answers for .test by itself, before any policy, and the questions are about such names.
                '  local-zone: "test." nodefault\n'
                f"remote-control:\n  control-enable: yes\n  control-interface: {HOME}/control\n  control-use-cert: no\n"
                f'{zones}forward-zone:\n  name: "."\n  forward-addr: {self.options["upstream"]}\n'
            )
        }

    def start(self) -> None:
        """Start unbound, and return when it listens."""
        self.host.daemon(["unbound", "-d", "-c", f"{HOME}/unbound.conf"], self.log)
        self._await(self._listens, "listen")


class PdnsRecursor(DnsFirewall):
    """PowerDNS Recursor on port 53; its zones stand in its Lua configuration."""

    programs = ("pdns_recursor", "rec_control")
    pid_file = f"{HOME}/pdns_recursor.pid"
    kind = "pdns_recursor"
    control = ("rec_control", f"--config-dir={HOME}", f"--socket-dir={HOME}")

    def files(self) -> dict[str, str]:
        """recursor.conf and its Lua file."""
        return {
            "recursor.conf": (
                f"local-address={self.address}\nforward-zones-recurse=.={self.options['upstream']}\ndnssec=off\n"
                f"lua-config-file={HOME}/rpz.lua\nsocket-dir={HOME}\ndont-query=\nallow-from=0.0.0.0/0\n"
                "disable-packetcache=yes\nmax-cache-ttl=15\n"
            ),
            # The zone that denies says so in its answers: 15 is "Blocked" of RFC 8914. The other one must not.
            "rpz.lua": "".join(
                f'rpzFile("{HOME}/{zone}", {{policyName="{zone}"{ede}}})\n'
                for zone, ede in zip(ZONES, ("", ", extendedErrorCode=15"), strict=True)
            ),
        }

    def start(self) -> None:
        """Start the recursor, and return when it listens."""
        self.host.daemon(["pdns_recursor", f"--config-dir={HOME}", "--daemon=no", "--write-pid=yes"], self.log)
        self._await(self._listens, "listen")

    def reload(self) -> None:
        """Have it read its zones again, as who has edited one by hand does."""
        self.host.run([*self.control, "reload-lua-config"])
