# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small disks over directories of a lab's host, to be filled up or made read-only."""

from __future__ import annotations

import contextlib
import shutil
import typing as t
from pathlib import Path

from tests.integration.appliance.called import CODE, CalledDevice


@contextlib.contextmanager
def small_disk(device: CalledDevice, inside: str, options: str = "size=64k") -> t.Iterator[Path]:
    """Put a tmpfs over a directory of the host, with the files that were in it; taken away in the end."""
    directory, kept = device.path(inside), device.path(f"{CODE}/kept")
    directory.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(directory, kept, ignore=_sockets)
    device.lab.run(device.where, ["mount", "-t", "tmpfs", "-o", options, "tmpfs", inside])
    try:
        shutil.copytree(kept, directory, dirs_exist_ok=True)
        yield directory
    finally:
        device.lab.run(device.where, ["umount", "-l", inside])


def _sockets(directory: str, names: t.Iterable[str]) -> list[str]:
    return [name for name in names if Path(directory, name).is_socket()]


def fill(directory: Path) -> Path:
    """Leave no room for another byte; removing the file that is returned makes room again."""
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return filler
