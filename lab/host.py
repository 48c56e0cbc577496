# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One running host: how to start it, run programs in it, see its files and sockets, and end it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from lab import requirements
from lab.errors import LabError
from lab.process import Process, wait_until

ENVIRONMENT = {"PATH": requirements.PATH, "HOME": "/root", "USER": "root", "LOGNAME": "root", "LANG": "C.UTF-8"}
"""The whole environment of a program in a host: nothing of the controller's (its venv, its proxy) leaks in."""

REPOSITORY = Path(__file__).resolve().parent.parent

_START_SECONDS = 20.0
_END_SECONDS = 10.0
_TCP_LISTEN = "0A"  # include/net/tcp_states.h


class Started(subprocess.Popen[t.Any]):
    """A program in a host, behind the nsenter that waits for it: signals go to the program itself.

    Killing nsenter instead would leave the program to the machine's process 1, which in a container may reap nobody;
    and a host with an unreaped process in it cannot end.
    """

    def send_signal(self, signal: int) -> None:
        """Send a signal to the program."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        inside = children.read_text(encoding="ascii").split() if self.poll() is None else []
        for pid in inside:
            with contextlib.suppress(ProcessLookupError):  # it may end by itself between the two lines
                os.kill(int(pid), signal)
        if not inside:
            super().send_signal(signal)


@dataclass(frozen=True)
class Host:
    """A host by the process that holds its namespaces, and by unshare(1), which waits for that one."""

    name: str
    holder: Process
    keeper: Process | None
    root_kind: str

    @property
    def alive(self) -> bool:
        """Whether the host still stands."""
        return self.holder.alive

    @property
    def root(self) -> Path:
        """The host's files as the controller can open them. Absolute links in there point out of the host."""
        return Path(f"/proc/{self.holder.pid}/root")

    def path(self, inside: str) -> Path:
        """An absolute path of the host, as the controller can open it."""
        return self.root / inside.lstrip("/")

    def enter(self, machine_files: bool = False) -> list[str]:
        """The words before a command that make it run in the host. With ``machine_files``, on the machine's files.

        Should nsenter be killed while the command runs, the command is killed too (daemons that it made are not).
        """
        spaces = ["-u", "-i", "-n", "-p"] if machine_files else ["-m", "-u", "-i", "-n", "-p"]
        return [
            requirements.program("nsenter"),
            "-t",
            str(self.holder.pid),
            *spaces,
            "--",
            "setpriv",
            "--pdeathsig",
            "KILL",
            "--",
        ]

    def run(
        self,
        argv: t.Sequence[str],
        *,
        input: str | None = None,
        env: t.Mapping[str, str] | None = None,
        timeout: float = 60,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end, with what it said captured as text. LabError (with both streams) when ``check`` fails."""
        pipe = subprocess.PIPE
        text = {"encoding": "utf-8", "errors": "replace"}
        with self.popen(argv, env=env, stdin=pipe, stdout=pipe, stderr=pipe, **text) as started:
            try:
                out, err = started.communicate(input or "", timeout)
            except BaseException:
                started.kill()
                raise
        if check and started.returncode:
            raise LabError(f"on {self.name}: {' '.join(argv)}: return code {started.returncode}\n{out}{err}".rstrip())
        return subprocess.CompletedProcess(list(argv), started.returncode, out, err)

    def popen(self, argv: t.Sequence[str], *, env: t.Mapping[str, str] | None = None, **options: t.Any) -> Started:
        """Start a program in the host; ``options`` are subprocess.Popen's."""
        return Started([*self.enter(), *argv], env={**ENVIRONMENT, **(env or {})}, **options)

    def daemon(
        self, argv: t.Sequence[str], log: Path, *, machine_files: bool = False, env: t.Mapping[str, str] | None = None
    ) -> None:
        """Start a program that runs until the host ends or someone ends it; what it says goes to ``log``."""
        with log.open("ab") as output:
            subprocess.run(
                [*self.enter(machine_files), "setsid", "--fork", *argv],
                check=True,
                env={**ENVIRONMENT, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def sockets(self, port: int, kind: t.Literal["tcp", "udp"] = "tcp") -> set[int]:
        """The sockets (by inode) that are bound to a port and, for TCP, listening. A reopened port has another."""
        found = set()
        for table in (kind, kind + "6"):
            lines = Path(f"/proc/{self.holder.pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]
            for fields in map(str.split, lines):
                bound = int(fields[1].rpartition(":")[2], 16) == port
                if bound and (kind == "udp" or fields[3] == _TCP_LISTEN):
                    found.add(int(fields[9]))
        return found

    def end(self) -> None:
        """End the host and everything in it. Safe to repeat; returns when it is gone."""
        self.holder.kill()
        left = [process for process in (self.holder, self.keeper) if process is not None]
        if not wait_until(lambda: not any(process.alive for process in left), _END_SECONDS):
            raise LabError(f"host {self.name} (process {self.holder.pid}) was killed and has not ended")


def start(name: str, base: Path, root: str, files: t.Mapping[str, str], record: t.Callable[[Host], None]) -> Host:
    """Make a host. ``record`` is called before the host is allowed to stay: what it writes down is what cleans up.

    ``base`` is a directory for this host (its log, its mount point); ``root`` as in ``lab.rootfs.enter_new_root``, or
    ``machine`` to leave the files as they are; ``files`` are written into the new root.
    """
    mount_point = base / "root"
    mount_point.mkdir(parents=True)
    spec = json.dumps({"name": name, "base": str(mount_point), "root": root, "files": dict(files)})
    command = [
        requirements.program("setsid"),
        "--fork",
        "--",
        requirements.program("unshare"),
        "--mount",
        "--uts",
        "--ipc",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--propagation",
        "private",
        "--",
        sys.executable,
        "-m",
        "lab.holder",
        spec,
    ]
    with (base / "holder.log").open("wb") as log:
        asked = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=REPOSITORY,
            env={**os.environ, "PATH": requirements.PATH},
        )
    with asked:
        answer = asked.stdout.readline() if asked.stdout else ""
        report: dict[str, t.Any] = (
            json.loads(answer) if answer else {"error": (base / "holder.log").read_text().strip()}
        )
        if "error" in report:
            raise LabError(f"host {name} could not be made: {report['error'] or 'its first process said nothing'}")
        holder = Process.of(report["pid"])
        host = Host(name, holder, holder.parent, report["root"])
        record(host)
        if asked.stdin:
            asked.stdin.write("keep\n")
    if not wait_until(lambda: _keeps(holder), _START_SECONDS):
        raise LabError(f"host {name}: its first process did not settle; see {base / 'holder.log'}")
    return host


def _keeps(holder: Process) -> bool:
    """Whether the first process has turned into sleep(1)."""
    return holder.alive and Path(f"/proc/{holder.pid}/comm").read_text(encoding="ascii").strip() == "sleep"
