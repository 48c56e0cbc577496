# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that are one file which others fetch, under faults."""

from __future__ import annotations

import contextlib
import typing as t

import pacparser
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import MANAGE_OPTIONS
from ansible_collections.managed_desktop.network.plugins.module_utils._pac.appliance import DEVICE_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed, pac

from lab import Lab
from lab.process import wait_until
from tests.integration.appliance.called import CalledDevice, Json, endpoint, install_ansible
from tests.integration.faults.platforms.common import KEPT, strange
from tests.integration.faults.target import Target


class FileDevice(CalledDevice):
    """One file on a host that serves it."""

    where = "desk2"
    options: t.ClassVar[Json] = {**MANAGE_OPTIONS, **DEVICE_OPTIONS}

    def __init__(self, lab: Lab, kind: str) -> None:
        super().__init__(lab)
        install_ansible(lab, self.where)
        self.kind = kind
        # A class attribute elsewhere; here two modules share one appliance.
        self.maker = f"_{kind}.appliance:{kind}_from"

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
            *strange(self.device, self._FOLDER, "list|other"),
            *strange(self.device, self.backups, KEPT),
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
