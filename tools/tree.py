# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clean copy of the working tree, under the path by which Ansible resolves the collection's names."""

from __future__ import annotations

import fcntl
import filecmp
import functools
import os
import re
import shutil
import subprocess
import typing as t
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CACHE = PROJECT / ".cache"
HOME = CACHE / "home"  # what Ansible's tools would leave in the user's home directory goes here
COLLECTIONS = CACHE / "tree"
TREE = COLLECTIONS / "ansible_collections" / "managed_desktop" / "network"
_LEFT_ALONE = {".git", ".cache"}  # in the copy; a lab that runs from it keeps its state in .cache
_SHELL = re.compile(rb"#!\S*(/| )(ba)?sh\b")


@functools.cache
def lock_tree() -> t.TextIO:
    """Keep other runs of this clone away from TREE until this process ends; wait for one that is under way.

    Returns the open lock file. The cache keeps it open: closing it would give the lock up.
    """
    TREE.mkdir(parents=True, exist_ok=True)
    lock = (CACHE / "lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting for another run in this clone to end", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def sync_tree() -> None:
    """Make TREE equal to what git knows of the working tree, tracked or new, and touch no file that is equal.

    TREE is an empty git repository, because ansible-test, ansible-lint and reuse ask git for the files to look at:
    the project's own repository ignores `.cache`, and they would pass by checking nothing.
    """
    subprocess.run(["git", "init", "--quiet", str(TREE)], check=True)
    wanted = {path for path in _listed_by_git() if os.path.lexists(PROJECT / path)}
    for path in _files_of(TREE) - wanted:
        (TREE / path).unlink()
    _remove_empty_directories()  # before copying: what was a directory may now be a file
    for path in sorted(wanted):
        source, target = PROJECT / path, TREE / path
        if source.is_symlink() or target.is_symlink():
            target.unlink(missing_ok=True)
        elif target.is_file() and filecmp.cmp(source, target, shallow=False) and _mode(source) == _mode(target):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


def shell_scripts() -> list[Path]:
    """Return the files of TREE whose first line names a shell, relative to it."""
    return [path for path in sorted(_files_of(TREE)) if _SHELL.match((TREE / path).read_bytes()[:40])]


def _listed_by_git() -> set[Path]:
    command = ["git", "-C", str(PROJECT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split(b"\0")
    return {Path(os.fsdecode(name)) for name in names if name}


def _files_of(root: Path) -> set[Path]:
    found: set[Path] = set()
    for directory, subdirectories, files in os.walk(root):
        here = Path(directory).relative_to(root)
        links = [name for name in subdirectories if (root / here / name).is_symlink()]
        subdirectories[:] = [name for name in subdirectories if name not in _LEFT_ALONE and name not in links]
        found.update(here / name for name in [*files, *links])
    return found


def _remove_empty_directories() -> None:
    for directory, _subdirectories, _files in os.walk(TREE, topdown=False):
        folder = Path(directory)
        if _LEFT_ALONE.isdisjoint(folder.relative_to(TREE).parts) and not any(folder.iterdir()):
            folder.rmdir()


def _mode(path: Path) -> int:
    return path.stat().st_mode
