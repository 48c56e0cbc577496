# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which run is at work on an appliance: a file that a run of the same machine gives up when it dies, others in time.

It keeps changes apart. What keeps two writers of one device apart is the device's own lock, which each module takes.
"""

from __future__ import annotations

import contextlib
import datetime
import multiprocessing
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
    """One run of ansible-playbook: the machine, its process, and when that began, which names it for good.

    `place` is where the process is one: containers may share the name of a machine, and not its processes. It is empty
    where the system does not tell.
    """

    machine: str
    pid: int
    began: str
    place: str


def this_run() -> Run:
    """Return the run that this worker process belongs to.

    Raises:
        ChangeError: the run has died, and this worker not yet: its new parent is another process, which never ends.
    """
    pid, parent = os.getppid(), multiprocessing.parent_process()
    if parent is not None and parent.pid != pid:
        raise ChangeError("The run that this task belongs to has died. Nothing more is done on its behalf.")
    return Run(socket.gethostname(), pid, _began(pid) or "", _place())


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
            _write(directory, name, run, now)


def refuse_taken(directory: ChangeDirectory, appliances: t.Iterable[str], run: Run, now: datetime.datetime) -> None:
    """Refuse appliances that another run is at work on, and take none of them.

    Raises:
        ChangeError: it is named, with its change.
    """
    for name in appliances:
        _refuse_taken(directory, name, run, now)


def renew(directory: ChangeDirectory, appliance: str, run: Run, now: datetime.datetime) -> None:
    """Say that the run is still at work: on this appliance, whose task begins, and on all others that it holds.

    Raises:
        ChangeError: it said nothing for so long that another run has taken the appliance.
    """
    with one_at_a_time(directory.lock("x").parent):
        _refuse_taken(directory, appliance, run, now)
        if _is_half_spent(_read(directory.lock(appliance)), run, now):
            _renew_all(directory.root, run, now)
        _write(directory, appliance, run, now)


def renew_held(directory: ChangeDirectory, appliance: str, run: Run, now: datetime.datetime) -> None:
    """Say the same where the run holds this appliance, and take nothing: in check mode it holds none."""
    if _is_half_spent(_read(directory.lock(appliance)), run, now):
        renew_all(directory, run, now)


def renew_all(directory: ChangeDirectory, run: Run, now: datetime.datetime) -> None:
    """Say that the run is still at work on all that it holds; what is fresh stays as it is."""
    with one_at_a_time(directory.lock("x").parent):
        _renew_all(directory.root, run, now)


def _renew_all(root: Path, run: Run, now: datetime.datetime) -> None:
    # Those of a run were taken at once and are renewed at once, so that this is done twice in the time that one lasts.
    for path, found in _all_below(root):
        if _is_half_spent(found, run, now):
            write_json(path, {**found, "until": written(now + LASTS)}, private=True)


def _is_half_spent(found: Plain | None, run: Run, now: datetime.datetime) -> bool:
    """Tell whether a lease is this run's, and lasts for less than half of its time."""
    return found is not None and found["run"] == list(run) and bool(found["until"] < written(now + LASTS / 2))


def _write(directory: ChangeDirectory, appliance: str, run: Run, now: datetime.datetime) -> None:
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
    machine, pid, _start, _where = found["run"]
    raise ChangeError(
        f"Change {found['change']} is under way on {appliance}: process {pid} of {machine} is at work. Wait for it. If "
        f"it cannot be, it counts as dead at {found['until']}, or at once where {directory.lock(appliance)} is removed."
    )


def _lives(found: Plain, here: Run, now: datetime.datetime) -> bool:
    """Tell, where a run is, whether another is still at work: of those here that is seen, others are believed."""
    machine, pid, began, place = found["run"]
    if here.place and (machine, place) == (here.machine, here.place):
        return bool(_began(int(pid)) == began)
    return bool(found["until"] >= written(now))


def at_work(root: Path, now: datetime.datetime) -> list[tuple[str, str, Run]]:
    """Return the changes below a directory that runs are at work on: each with the appliance's file name and the run.

    Runs that have died, and those of other machines that have not been heard of in time, are not among them.
    """
    here = this_run()
    return [
        (str(held.get("change")), path.stem, Run(*held["run"]))
        for path, held in _all_below(root)
        if _lives(held, here, now)
    ]


def _all_below(root: Path) -> t.Iterator[tuple[Path, Plain]]:
    for path in sorted((root / ".locks").glob("[!.]*.json")):
        found = _read(path)
        if found is not None:
            yield path, found


def _read(path: Path) -> Plain | None:
    """Return who holds an appliance; what is damaged holds nothing."""
    try:
        found = read_json(path)
    except (FileNotFoundError, ChangeError):
        return None
    held = found.get("run")
    usable = (
        isinstance(held, list)
        and len(held) == len(Run._fields)
        and isinstance(held[1], int)
        and isinstance(found.get("until"), str)
    )
    return found if usable else None


def _place() -> str:
    """Return which processes there are here: those since this machine began, in this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _began(pid: int) -> str | None:
    """Return when a process of this machine began, in ticks since the machine did; None where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
