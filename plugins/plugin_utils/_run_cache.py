# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run of ansible-playbook has compiled already, shared by its worker processes.

The worker of the first host compiles and the others read. It lives in the run's own temporary directory, which
Ansible makes for one user alone and removes at the end.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import typing as t
from pathlib import Path

from ansible import constants as C
from ansible_collections.managed_desktop.network.plugins.plugin_utils._garbage import no_garbage_collection


def key_of(intent: t.Any, files: t.Iterable[str]) -> str:
    """Return the cache key of plain data and of the files that it names; a file that changed is another key."""
    stamps = []
    for path in files:
        with contextlib.suppress(OSError):
            found = Path(path).stat()
            stamps.append([path, found.st_mtime_ns, found.st_size, found.st_ino])
    text = json.dumps([intent, stamps], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def run_file(name: str) -> Path:
    """Return the path of a file of this run alone, which every host's task and the one that sums up can find."""
    return Path(C.DEFAULT_LOCAL_TMP) / f"allowlist-{name}"


def remembered(key: str, make: t.Callable[[], dict[str, str]], part: str) -> str:
    """Return one part of what `make` made for `key`; it is called once in a run, however many hosts ask.

    `make` returns texts by the name of their part. What it raises is not remembered.
    """
    directory = Path(C.DEFAULT_LOCAL_TMP)
    done = directory / f"allowlist-{key}.done"
    with open(directory / f"allowlist-{key}.lock", "a", encoding="ascii", opener=_for_us_alone) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            with no_garbage_collection():
                made = make()
            for name, text in made.items():
                _write(directory / f"allowlist-{key}.{name}", text)
            _write(done, "")
    return (directory / f"allowlist-{key}.{part}").read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8", opener=_for_us_alone) as file:
        file.write(text)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
