# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The three servers that read response policy zones: each one's own control, and the lines that the site has to add."""

from __future__ import annotations

import abc
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

MEASURED = {"bind": "9.18", "unbound": "1.17", "pdns_recursor": "4.8"}
"""The versions on which the conformance test of this collection ran."""

Run = t.Callable[..., tuple[int, str, str]]
"""``run_command`` of the module: arguments and keywords in; status and both outputs out; OSError if it cannot run."""


class Server(abc.ABC):
    """One server, spoken to through its own control program; `zone_dir` is where it may read zones by default."""

    kind: t.ClassVar[str]
    control: t.ClassVar[tuple[str, ...]]
    zone_dir: t.ClassVar[str]

    def __init__(self, run: Run, control: t.Sequence[str] | None) -> None:
        self._run = run
        self._control = list(control or self.control)

    def _call(self, *arguments: str) -> tuple[int, str]:
        try:
            status, out, err = self._run(
                [*self._control, *arguments], environ_update={"LC_ALL": "C"}, handle_exceptions=False
            )
        except OSError as error:
            raise ApplianceError(
                f"The program '{self._control[0]}' cannot be run: {error.strerror}. Install it, or set control to how "
                "this server is controlled."
            ) from error
        return status, out + err

    @abc.abstractmethod
    def version(self) -> str | None:
        """Return the version of the running server; None where it does not run, or cannot be controlled."""

    @abc.abstractmethod
    def knows(self, zone: str, path: str) -> bool:
        """Return whether the running server has the zone, from that file."""

    @abc.abstractmethod
    def reload(self, zones: t.Sequence[str]) -> None:
        """Make the server read the zones' files again.

        Raises:
            ApplianceError: it refuses.
        """

    @abc.abstractmethod
    def lines(self, zones: t.Mapping[str, str]) -> str:
        """Return what the site's configuration needs for the zones (name to file), the first that counts first."""

    def _refused(self, what: str, said: str) -> ApplianceError:
        shown = " ".join(said.split())[:400] or "it says nothing"
        return ApplianceError(f"'{' '.join([*self._control, what])}' failed: {shown}.")


class Bind(Server):
    """BIND 9: it answers "queued" whatever the zone file holds, so what runs has to be asked for."""

    kind = "bind"
    control = ("rndc",)
    zone_dir = "/var/lib/bind"

    def version(self) -> str | None:
        status, said = self._call("status")
        found = re.search(r"^version: BIND (\S+)", said, re.M)
        return found.group(1) if status == 0 and found else None

    def knows(self, zone: str, path: str) -> bool:
        return self._call("zonestatus", zone)[0] == 0

    def reload(self, zones: t.Sequence[str]) -> None:
        for zone in zones:
            status, said = self._call("reload", zone)
            if status:
                raise self._refused(f"reload {zone}", said)

    def lines(self, zones: t.Mapping[str, str]) -> str:
        names = " ".join(f'zone "{zone}";' for zone in zones)
        declared = "\n".join(f'zone "{zone}" {{ type primary; file "{path}"; }};' for zone, path in zones.items())
        return f"options {{ response-policy {{ {names} }} qname-wait-recurse no min-update-interval 0; }};\n{declared}"


class Unbound(Server):
    """Unbound, whose module respip reads the zones."""

    kind = "unbound"
    control = ("unbound-control",)
    zone_dir = "/var/lib/unbound"

    def version(self) -> str | None:
        status, said = self._call("status")
        found = re.search(r"^version: (\S+)", said, re.M)
        return found.group(1) if status == 0 and found else None

    def knows(self, zone: str, path: str) -> bool:
        return re.search(rf"^{re.escape(zone)}\.\s", self._call("list_auth_zones")[1], re.M) is not None

    def reload(self, zones: t.Sequence[str]) -> None:
        for zone in zones:
            status, said = self._call("auth_zone_reload", zone)
            if status or "error" in said:
                raise self._refused(f"auth_zone_reload {zone}", said)

    def lines(self, zones: t.Mapping[str, str]) -> str:
        declared = "\n".join(f'rpz:\n    name: {zone}\n    zonefile: "{path}"' for zone, path in zones.items())
        return f'server:\n    module-config: "respip validator iterator"\n{declared}'


class PdnsRecursor(Server):
    """PowerDNS Recursor, which is told of zones by its Lua configuration."""

    kind = "pdns_recursor"
    control = ("rec_control",)
    zone_dir = "/etc/powerdns"

    def version(self) -> str | None:
        status, said = self._call("version")
        found = re.search(r"^(\d\S*)", said, re.M)
        return found.group(1) if status == 0 and found else None

    def knows(self, zone: str, path: str) -> bool:
        _status, said = self._call("get-parameter", "lua-config-file")
        file = said.partition("=")[2].strip().strip("'\"")
        try:
            return f'"{path}"' in read_text(file) if file.startswith("/") else False
        except OSError:
            return False

    def reload(self, zones: t.Sequence[str]) -> None:
        status, said = self._call("reload-lua-config")
        if status or "Reloaded" not in said:
            raise self._refused("reload-lua-config", said)

    def lines(self, zones: t.Mapping[str, str]) -> str:
        # The last zone denies: 15 is "Blocked" of RFC 8914. In another it would go out with what that one lets pass.
        codes = [""] * (len(zones) - 1) + [", extendedErrorCode=15"]
        declared = "\n".join(
            f'rpzFile("{path}", {{policyName="{zone}"{code}}})' for (zone, path), code in zip(zones.items(), codes)
        )
        return f"-- in the file that lua-config-file names\n{declared}"


SERVERS: dict[str, type[Server]] = {server.kind: server for server in (Bind, Unbound, PdnsRecursor)}
