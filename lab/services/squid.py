# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Squid with the distribution's own configuration, run the way the distribution runs it."""

from __future__ import annotations

import hashlib
import shutil
import typing as t
from pathlib import Path

from lab.errors import LabError
from lab.services.base import Service

CONFIGURATION = "/etc/squid/squid.conf"
PORT = 3128

_AS_SHIPPED = "/run/lab/squid-as-shipped"
_LOGS = ("/var/log/squid/access.log", "/var/log/squid/cache.log")
_PACKAGES = ("squid-openssl", "squid", "squid-common")


class Squid(Service):
    """Squid on port 3128. Tests put further files into the host's own /etc/squid/conf.d."""

    programs = ("squid",)
    pid_file = "/run/squid.pid"

    def prepare(self) -> None:
        """Bring the host's /etc/squid back to what the package shipped, and keep a copy of that."""
        conffiles = self._conffiles()
        configuration = self.host.path("/etc/squid")
        for file in sorted(configuration.rglob("*")):
            inside = "/etc/squid/" + str(file.relative_to(configuration))
            if not file.is_dir() and conffiles and inside not in conffiles:
                file.unlink()
        for inside, digest in conffiles.items():
            file = self.host.path(inside)
            if not file.exists() or hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() != digest:
                raise LabError(
                    f"{inside} of this machine is not as the Squid package shipped it, and the lab is about "
                    "the shipped one: apt-get install --reinstall -o Dpkg::Options::=--force-confnew,confmiss "
                    "squid-openssl"
                )
        self.host.run(["sh", "-c", f"mkdir -p {_AS_SHIPPED} && cp -a /etc/squid/. {_AS_SHIPPED}"])
        self.host.run(["install", "-d", "-o", "proxy", "-g", "proxy", "/run/squid"])

    def _conffiles(self) -> dict[str, str]:
        """The files of /etc/squid that the package shipped, with their MD5 sums; empty without dpkg."""
        if shutil.which("dpkg-query") is None:
            return {}
        told = self.host.run(["dpkg-query", "-W", "-f", "${Conffiles}\n", *_PACKAGES], check=False).stdout
        lines = (line.split() for line in told.splitlines())
        return {words[0]: words[1] for words in lines if len(words) == 2 and words[0].startswith("/etc/squid/")}

    def start(self) -> None:
        """As Debian's init script does: a daemon that drops to user proxy. LabError says what Squid said."""
        started = self.host.run(
            ["sh", "-c", f"umask 027; ulimit -n 65535; cd /run/squid && exec squid -YC -f {CONFIGURATION}"], check=False
        )
        if started.returncode:
            raise LabError(f"squid on {self.host.name} did not start: {started.stderr.strip()}")
        self._await(lambda: self.running and bool(self.host.sockets(PORT)), "listen")

    def stop(self) -> None:
        """End it in order (without waiting for its clients); returns when it is gone."""
        if self.running:
            self.host.run(["squid", "-f", CONFIGURATION, "-k", "interrupt"])
        self._await(lambda: not self.running, "stop")

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """End master and worker at once; the stale pid file stays, as after a crash."""
        pid = self.pid
        if pid is not None:
            self.host.run(
                ["sh", "-c", 'kill -KILL "$1" $(cat "/proc/$1/task/$1/children")', "sh", str(pid)], check=False
            )
        self._await(lambda: not self.running and not self.host.sockets(PORT), "end")

    def reset(self) -> None:
        """As if freshly installed: the shipped /etc/squid and nothing else in it, empty logs, running."""
        self.kill()  # an orderly stop takes two seconds
        self.host.path(self.pid_file).unlink(missing_ok=True)
        self.host.run(["sh", "-c", f"find /etc/squid -mindepth 1 -delete && cp -a {_AS_SHIPPED}/. /etc/squid"])
        for log in _LOGS:
            self.host.path(log).unlink(missing_ok=True)
        self.start()

    def configure(self, name: str, text: str) -> Path:
        """Put a file into the host's conf.d (effective from the next start or reconfigure); returns where it is."""
        file = self.host.path(f"/etc/squid/conf.d/{name}")
        file.write_text(text, encoding="utf-8")
        return file

    def reconfigure(self) -> None:
        """squid -k reconfigure, and wait until the port has been closed and opened again."""
        before = self.host.sockets(PORT)
        self.host.run(["squid", "-f", CONFIGURATION, "-k", "reconfigure"])
        self._await(lambda: bool(self.host.sockets(PORT) - before), "listen again")

    def log_end(self) -> str:
        """The last lines of cache.log."""
        log = self.host.path("/var/log/squid/cache.log")
        lines: t.Sequence[str] = log.read_text(errors="replace").splitlines()[-20:] if log.exists() else ()
        return "\n".join(lines)
