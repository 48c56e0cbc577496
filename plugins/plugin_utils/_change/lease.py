# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which run is at work on an appliance: a file that a run of the same machine gives up when it dies, others in time.

It keeps changes apart. What keeps two writers of one device apart is the device's own lock, which each module takes.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    one_at_a_time,
    read_json,
    write_json,
)

LASTS: t.Final = datetime.timedelta(minutes=30)
"""How long a run of another machine is believed to be at work after it last said so."""


class Run(t.NamedTuple):
    """One run of ansible-playbook: the machine, its process, and when that began, which names it for good."""

    machine: str
    pid: int
    began: str


def this_run() -> Run:
    """Return the run that this worker process belongs to."""
    pid = os.getppid()
    return Run(socket.gethostname(), pid, _began(pid) or "")


def take(directory: ChangeDirectory, appliances: t.Iterable[str], run: Run, now: datetime.datetime) -> None:
    """Say that a run is at work on these appliances, or on none of them.

    Raises:
        ChangeError: another run is; it is named, with its change.
    """
    with one_at_a_time(directory.lock("x").parent):
        wanted = list(appliances)
        for name in wanted:
            _refuse_taken(directory, name, run, now)
        for name in wanted:
            renew(directory, name, run, now)


def renew(directory: ChangeDirectory, appliance: str, run: Run, now: datetime.datetime) -> None:
    """Say that the run is still at work."""
    until = written(now + LASTS)
    write_json(directory.lock(appliance), {"change": directory.id, "run": list(run), "until": until}, private=True)


def give_up(directory: ChangeDirectory, appliances: t.Iterable[str], run: Run) -> None:
    """Say that a run has ended its work on these appliances; what others hold stays theirs."""
    with one_at_a_time(directory.lock("x").parent):
        for name in appliances:
            found = _read(directory.lock(name))
            if found is not None and found["run"] == list(run):
                with contextlib.suppress(FileNotFoundError):
                    directory.lock(name).unlink()


def _refuse_taken(directory: ChangeDirectory, appliance: str, run: Run, now: datetime.datetime) -> None:
    found = _read(directory.lock(appliance))
    if found is None or found["run"] == list(run):
        return
    if not _lives(found, run, now):
        return
    machine, pid, _start = found["run"]
    raise ChangeError(
        f"Change {found['change']} is under way on {appliance}: process {pid} of {machine} is at work. Wait for it. If "
        f"it cannot be, it counts as dead at {found['until']}, or at once where {directory.lock(appliance)} is removed."
    )


def _lives(found: Plain, here: Run, now: datetime.datetime) -> bool:
    """Tell, where a run is, whether another is still at work: of those here that is seen, others are believed."""
    machine, pid, began = found["run"]
    return bool(_began(int(pid)) == began if machine == here.machine else found["until"] >= written(now))


def at_work(root: Path, now: datetime.datetime) -> list[tuple[str, str, Run]]:
    """Return the changes below a directory that runs are at work on: each with the appliance's file name and the run.

    Runs that have died, and those of other machines that have not been heard of in time, are not among them.
    """
    here = this_run()
    found = ((path.stem, _read(path)) for path in sorted((root / ".locks").glob("[!.]*.json")))
    return [
        (str(held.get("change")), name, Run(*held["run"]))
        for name, held in found
        if held is not None and _lives(held, here, now)
    ]


def _read(path: Path) -> Plain | None:
    """Return who holds an appliance; what is damaged holds nothing."""
    try:
        found = read_json(path)
    except (FileNotFoundError, ChangeError):
        return None
    held = found.get("run")
    usable = (
        isinstance(held, list) and len(held) == 3 and isinstance(held[1], int) and isinstance(found.get("until"), str)
    )
    return found if usable else None


def _began(pid: int) -> str | None:
    """Return when a process of this machine began, in ticks since the machine did; None where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
