# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes by an identity that outlives them: a pid alone may be somebody else's by the time it is used."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on (proc(5), field 3), or None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


@dataclass(frozen=True)
class Process:
    """A pid and the clock tick at which the process started (proc(5), field 22)."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        """The running process with this pid; LabError when there is none."""
        fields = _stat(pid)
        if fields is None:
            raise LabError(f"process {pid} is gone; it was expected to run")
        return cls(pid, int(fields[19]))

    @property
    def parent(self) -> Process | None:
        """The process that waits for this one, while this one lives."""
        fields = _stat(self.pid)
        return Process.of(int(fields[1])) if fields and int(fields[1]) else None

    @property
    def alive(self) -> bool:
        """Whether it still runs: neither gone, nor a zombie, nor replaced by another with its pid."""
        fields = _stat(self.pid)
        return fields is not None and int(fields[19]) == self.started and fields[0] not in "ZX"

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):  # it may end by itself between the two lines
                os.kill(self.pid, signal.SIGKILL)


def wait_until(condition: t.Callable[[], bool], seconds: float, pause: float = 0.005) -> bool:
    """Ask again and again until the condition holds; False when it does not within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
