# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every service can do, whatever it is."""

from __future__ import annotations

import abc
import typing as t
from pathlib import Path

from lab.errors import LabError
from lab.host import Host
from lab.process import wait_until

_READY_SECONDS = 20.0
_LOG_LINES = 20


class Service(abc.ABC):
    """A program on a host. ``state`` is the lab's directory, ``options`` are the host's own from the topology."""

    programs: t.ClassVar[tuple[str, ...]] = ()
    """What must be installed on the machine."""

    pid_file: t.ClassVar[str]
    """Where the service's pid, as the host sees it, is kept on the host."""

    def __init__(self, host: Host, address: str, state: Path, options: t.Mapping[str, t.Any]) -> None:
        """A handle on the service of a host that is up; starts nothing."""
        self.host = host
        self.address = address
        self.state = state
        self.options = options
        self.log = state / "logs" / f"{host.name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """What is done once on a fresh host, before the first start: nothing, unless a service says otherwise."""
        return

    @abc.abstractmethod
    def start(self) -> None:
        """Start, and return when it answers."""

    def kill(self) -> None:
        """End it at once, as a crash would (SIGKILL); what a crash leaves behind stays."""
        pid = self.pid
        if pid is not None:
            self.host.run(["sh", "-c", 'kill -KILL "$1"', "sh", str(pid)], check=False)
        self._await(lambda: not self.running, "end")

    @property
    def pid(self) -> int | None:
        """The pid that the pid file tells, as the host sees it."""
        try:
            return int(self.host.path(self.pid_file).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    @property
    def running(self) -> bool:
        """Whether the process of the pid file runs."""
        pid = self.pid
        return pid is not None and self.host.path(f"/proc/{pid}").exists()

    def _await(self, condition: t.Callable[[], bool], what: str) -> None:
        if not wait_until(condition, _READY_SECONDS):
            raise LabError(
                f"{type(self).__name__.lower()} on {self.host.name} did not {what} "
                f"within {_READY_SECONDS:.0f} s; its log ends:\n{self.log_end()}"
            )

    def log_end(self) -> str:
        """The last lines that the service wrote."""
        if not self.log.exists():
            return "(nothing written)"
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:])
