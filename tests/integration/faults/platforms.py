# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platforms that the faults are tried on."""

from __future__ import annotations

import contextlib
import re
import sys
import typing as t
from pathlib import Path

import pacparser
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import MANAGE_OPTIONS
from ansible_collections.managed_desktop.network.plugins.module_utils._pac.appliance import DEVICE_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed, pac

from lab import Lab
from lab.process import wait_until
from tests.integration.appliance.called import CODE, CalledDevice, Json, endpoint, install_ansible
from tests.integration.faults.target import Target
from tests.integration.rpz import rpz_lab

sys.path.insert(0, str(Path(__file__).parent.parent / "squid"))

import squid_lab

_KEPT = r"[0-9T.]+-[0-9a-z]+\.json|\.lock|\.provenance"


def _strange(device: CalledDevice, directory: str, known: str) -> list[str]:
    names = (path.name for path in device.path(directory).iterdir())
    return [f"{directory}/{name}" for name in names if not re.fullmatch(known, name)]


def _wrapper(device: CalledDevice, script: str) -> str:
    """Put a program onto the host and return its path."""
    path = f"{CODE}/wrapper"
    device.path(path).write_text(f"#!/bin/sh\n{script}\n")
    device.path(path).chmod(0o755)
    return path


class SquidTarget(Target):
    """The lab's proxy."""

    platform = "squid"
    closes = True
    reload = ("program", "reconfigure", "before", 1)
    steps: t.ClassVar = {
        "nothing is written": ("squid", "stage", "before", 1),
        "half the list is written": ("module", "write_durably", "after", 2),
        "all is written": ("squid", "stage", "after", 1),
        "it is checked": ("squid", "validate", "after", 1),
        "the back-up is about to be written": ("manage", "write_backup", "before", 1),
        "the back-up is written": ("squid", "save", "after", 1),
        "it is in place": reload,
        "the program is told to reload": ("program", "reconfigure", "after", 1),
        "it is in force": ("squid", "activate", "after", 1),
        "old lists are about to go": ("squid", "tidy", "before", 1),
        "old lists are half gone": ("squid", "_tidy_lists", "before", 1),
    }

    def __init__(self, lab: Lab) -> None:
        self.proxy = lab.squid()
        self.device: squid_lab.Device = squid_lab.Device(lab, self.proxy)
        self.places = ("/etc/squid/conf.d", squid_lab.LISTS)
        self.backups = squid_lab.BACKUPS

    @property
    def version(self) -> str:
        return f"Squid {self.device.info()['squid']['version']}"

    def fresh(self) -> None:
        self.proxy.reset()
        for place in (squid_lab.LISTS, "/var/backups/managed_desktop.network"):
            self.device.lab.run("proxy", ["rm", "-rf", place])

    def stop(self) -> None:
        self.proxy.kill()
        self.device.path(self.proxy.pid_file).unlink(missing_ok=True)

    def start(self) -> None:
        self.proxy.start()

    def allows(self, names: t.Sequence[str]) -> list[bool]:
        return self.device.allows(*names)

    def leftovers(self) -> list[str]:
        current = self.device.directory().name
        snippets = rf"{re.escape(Path(squid_lab.SNIPPET).name)}|debian\.conf"
        return [
            *_strange(self.device, "/etc/squid/conf.d", snippets),
            *_strange(self.device, squid_lab.HOME, re.escape(current)),
            *_strange(self.device, self.backups, _KEPT),
        ]

    def refusing(self) -> Json:
        deaf = 'case "$*" in *reconfigure*) echo refused; exit 1;; esac\nexec squid "$@"'
        return {"executable": _wrapper(self.device, deaf)}

    @contextlib.contextmanager
    def without_checker(self) -> t.Iterator[Json]:
        yield {"executable": "/opt/none/squid"}

    def load(self) -> Json:
        return {"kind": "tunnel", "server": [self.proxy.address, 3128]}


class RpzTarget(Target):
    """One of the DNS firewalls."""

    open_without = True
    reload = ("zones", "_reload", "before", 1)
    steps: t.ClassVar = {
        "nothing is written": ("zones", "stage", "before", 1),
        "half the list is written": ("module", "write_durably", "after", 1),
        "all is written": ("zones", "stage", "after", 1),
        "it is checked": ("zones", "validate", "after", 1),
        "the back-up is about to be written": ("manage", "write_backup", "before", 1),
        "the back-up is written": ("zones", "save", "after", 1),
        "one of two zones is in place": ("os", "rename", "after", 3),
        "it is in place": reload,
        "it is in force": ("zones", "activate", "after", 1),
        "old files are about to go": ("zones", "tidy", "before", 1),
    }

    def __init__(self, lab: Lab, kind: str) -> None:
        self.device: rpz_lab.Device = rpz_lab.Device(lab, kind)
        self.platform = f"rpz ({kind})"
        self.places = ("/srv/dns",)
        self.backups = rpz_lab.BACKUPS

    @property
    def version(self) -> str:
        told = self.device.info()["rpz"]
        return f"{told['server']} {told['version']}"

    def fresh(self) -> None:
        self.device.server.reset()

    def stop(self) -> None:
        self.device.server.kill()
        self.device.path(self.device.server.pid_file).unlink(missing_ok=True)

    def start(self) -> None:
        self.device.server.start()

    def allows(self, names: t.Sequence[str]) -> list[t.Any]:
        return self.device.resolves(*names)

    def leftovers(self) -> list[str]:
        ours = {"managed_desktop.allow.rpz", "managed_desktop.deny.rpz"}
        left = [name for name in self.device.zone_files() if name not in ours]
        return [*left, *_strange(self.device, self.backups, _KEPT)]

    def refusing(self) -> Json:
        real = " ".join(self.device.server.control)
        deaf = f'case "$*" in *reload*) echo error; exit 1;; esac\nexec {real} "$@"'
        return {"control": [_wrapper(self.device, deaf)]}

    @contextlib.contextmanager
    def without_checker(self) -> t.Iterator[Json]:
        """The zones are made of checked parts, so that the run does without named-checkzone."""
        found = self.device.lab.run(self.device.where, ["sh", "-c", "command -v named-checkzone"]).stdout.strip()
        self.device.lab.run(self.device.where, ["mount", "--bind", "/dev/null", found])
        try:
            yield {}
        finally:
            self.device.lab.run(self.device.where, ["umount", found])

    def load(self) -> Json:
        return {"kind": "resolve", "server": [self.device.server.address, 53]}


class FileDevice(CalledDevice):
    """One file on a host that serves it."""

    where = "desk2"
    options: t.ClassVar[Json] = {**MANAGE_OPTIONS, **DEVICE_OPTIONS}

    def __init__(self, lab: Lab, kind: str) -> None:
        super().__init__(lab)
        install_ansible(lab, self.where)
        self.kind = kind
        # A class attribute elsewhere; here two modules share one appliance.
        self.maker = f"_{kind}.appliance:{kind}_from"  # type: ignore[misc]

    owners: t.ClassVar[dict[str, str]] = {
        "file": "_one_file.appliance:OneFile",
        "module": "_one_file.appliance",
        "manage": "_manage",
    }

    def compile(self, endpoints: t.Iterable[str | Json], params: Json) -> dict[str, Artefact]:
        listed = [endpoint(item) for item in endpoints]
        if self.kind == "pac":
            options = pac.Options.from_dict({"name": params["name"], "proxies": ["proxy.example:3128"]})
            return {"file": pac.compile(listed, options)}
        given = {"name": params["name"], "feed_format": "domains", "plain_matches": "exact"}
        return {"file": feed.compile(listed, feed.Options.from_dict(given))}


class FileTarget(Target):
    """A file and the web server that it is fetched from."""

    reload = ("file", "_wait_until_served", "before", 1)
    steps: t.ClassVar = {
        "nothing is written": ("file", "stage", "before", 1),
        "all is written": ("module", "write_durably", "after", 1),
        "the back-up is about to be written": ("manage", "write_backup", "before", 1),
        "the back-up is written": ("file", "save", "after", 1),
        "it is in place": reload,
        "it is in force": ("file", "activate", "after", 1),
        "old files are about to go": ("file", "tidy", "before", 1),
    }
    _PORT = 8080
    _FOLDER = "/srv/www"

    def __init__(self, lab: Lab, kind: str) -> None:
        self.device: FileDevice = FileDevice(lab, kind)
        self.platform = kind
        self.address = lab.topology.host(self.device.where).address
        home = f"/var/backups/managed_desktop.network/{kind}"
        self.backups = f"{home}/managed_desktop"
        self.places = (self._FOLDER,)
        self.options = {"path": f"{self._FOLDER}/list", "backup_dir": home, "url": self._url("list")}
        self._server: t.Any = None

    def _url(self, name: str) -> str:
        return f"http://{self.address}:{self._PORT}/{name}"

    @property
    def version(self) -> str:
        return "pacparser " + pacparser.version() if self.platform == "pac" else "a file, as its lines"

    def fresh(self) -> None:
        self.stop()
        self.device.lab.run(self.device.where, ["rm", "-rf", self._FOLDER, "/var/backups/managed_desktop.network"])
        self.device.lab.run(self.device.where, ["install", "-d", self._FOLDER])
        self.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def start(self) -> None:
        command = ["/usr/bin/python3", "-m", "http.server", "--directory", self._FOLDER, str(self._PORT)]
        with (self.device.lab.state / "logs" / f"{self.platform}.log").open("ab") as log:
            self._server = self.device.lab.popen(self.device.where, command, stdout=log, stderr=log)
        assert wait_until(lambda: bool(self.device.host.sockets(self._PORT)), 20), "the web server does not listen"

    def allows(self, names: t.Sequence[str]) -> list[bool]:
        body = self.device.lab.run(
            "desk1",
            [
                "/usr/bin/python3",
                "-c",
                f"import urllib.request as u; print(u.urlopen('{self._url('list')}').read().decode())",
            ],
        ).stdout
        if self.platform == "feed":
            lines = set(body.splitlines())
            return [name in lines for name in names]
        pacparser.init()
        try:
            pacparser.parse_pac_string(body)
            return [pacparser.find_proxy(f"https://{name}/", name) == "DIRECT" for name in names]
        finally:
            pacparser.cleanup()

    def leftovers(self) -> list[str]:
        return [
            *_strange(self.device, self._FOLDER, "list|other"),
            *_strange(self.device, self.backups, _KEPT),
        ]

    def refusing(self) -> Json:
        """Something else is served than what was written, as by a cache that stands before it."""
        self.device.path(f"{self._FOLDER}/other").write_text("something else")
        return {"url": self._url("other"), "activation_timeout": 0.5}

    @contextlib.contextmanager
    def without_checker(self) -> t.Iterator[Json]:
        """There is none: the form was made sure of where the file was compiled."""
        yield {}

    def load(self) -> Json:
        return {"kind": "fetch", "server": [self.address, self._PORT]}


MAKERS: dict[str, tuple[str, t.Callable[[Lab], Target]]] = {
    "squid": ("lab", SquidTarget),
    "bind": ("dns_lab", lambda lab: RpzTarget(lab, "bind")),
    "unbound": ("dns_lab", lambda lab: RpzTarget(lab, "unbound")),
    "pdns_recursor": ("dns_lab", lambda lab: RpzTarget(lab, "pdns_recursor")),
    "pac": ("lab", lambda lab: FileTarget(lab, "pac")),
    "feed": ("lab", lambda lab: FileTarget(lab, "feed")),
}
"""Of each platform: the fixture of the lab that it is in, and what makes the target."""

OPEN_WITHOUT = ("bind", "unbound", "pdns_recursor")
"""The platforms on which everything passes where there is no list."""
