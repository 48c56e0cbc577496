# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file system of a host: the machine's own, seen through a layer that keeps the host's writes to itself.

Runs inside the host's fresh mount namespace, so every mount here is invisible to the machine and goes with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

_KERNEL = ("proc", "sys", "dev")
_EMPTY = ("run", "tmp")
_VAR_PARTS = ("var", "var/cache", "var/lib", "var/log", "var/spool", "var/tmp")
_TREES_ONLY = ("var/log", "var/spool", "var/tmp")


def enter_new_root(base: Path, kind: str, files: t.Mapping[str, str]) -> str:
    """Make the new root under the empty directory ``base``, write ``files`` into it (absolute path to text), move in.

    ``kind`` is ``auto``, ``overlay`` or ``copies``. Returns what was made: ``overlay``, or ``copies`` and why.
    """
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(base))
    root = base / "root"
    root.mkdir()
    made = _layer(base, root, kind)
    _mount_kernel_views(root)
    for name in _EMPTY:
        mount("-t", "tmpfs", "-o", "mode=1777" if name == "tmp" else "mode=0755", "tmpfs", str(root / name))
    for path, text in files.items():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # resolv.conf is often a link out of /etc
        target.write_text(text, encoding="utf-8")
    _move_in(root)
    return made


def mount(*arguments: str) -> None:
    """mount(8); RuntimeError with its own words when it refuses."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"mount {' '.join(arguments)}: {done.stderr.strip()}")


def _layer(base: Path, root: Path, kind: str) -> str:
    if kind == "copies":
        _copies(root)
        return "copies (asked for)"
    try:
        _overlay(Path("/"), root, base / "layer")
    except RuntimeError as error:
        if kind == "overlay":
            raise
        _copies(root)
        print(f"no overlay, so copies instead: {error}", file=sys.stderr)
        return "copies (the kernel refused an overlay)"
    _add_other_file_systems(base, root)
    return "overlay"


def _overlay(lower: Path, target: Path, store: Path) -> None:
    upper, work = store / "upper", store / "work"
    upper.mkdir(parents=True)
    work.mkdir()
    shutil.copystat(lower, upper)
    mount("-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", str(target))


def _add_other_file_systems(base: Path, root: Path) -> None:
    """An overlay of / does not show what is mounted below it: machines may keep /usr, /home or /var apart."""
    for directory in sorted(Path("/").iterdir()):
        if directory.name not in (*_KERNEL, *_EMPTY, "etc", "var") and directory.is_mount():
            mount("--rbind", str(directory), str(root / directory.name))
    for part in _VAR_PARTS:
        if Path("/", part).is_mount():
            _overlay(Path("/", part), root / part, base / part.replace("/", "-"))


def _copies(root: Path) -> None:
    """Without overlays: the machine's files, but /etc, logs and spools as copies in memory."""
    mount("--rbind", "/", str(root))
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(root / "etc"))
    subprocess.run(["cp", "-a", "/etc/.", str(root / "etc")], check=True)
    for part in _TREES_ONLY:
        # Directories with their owners (daemons want them), without what the machine has written there.
        mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(root / part))
        subprocess.run(
            f"cd /{part} && find . -xdev -type d -print0 | tar --null --no-recursion -T - -cf - "
            f"| tar -xpf - -C {root / part}",
            shell=True,
            check=True,
        )


def _mount_kernel_views(root: Path) -> None:
    """/proc and /sys of the host's own namespaces, the machine's devices, shared memory apart."""
    mount("-t", "proc", "proc", str(root / "proc"))
    mount("-t", "sysfs", "sysfs", str(root / "sys"))
    mount("--rbind", "/dev", str(root / "dev"))
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(root / "dev/shm"))


def _move_in(root: Path) -> None:
    old = root / "run" / "old-root"
    old.mkdir()
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "run/old-root"], check=True)
    os.chdir("/")
    subprocess.run(["umount", "-l", "/run/old-root"], check=True)
    Path("/run/old-root").rmdir()
