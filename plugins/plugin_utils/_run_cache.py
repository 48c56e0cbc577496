# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run of ansible-playbook has compiled already, shared by its worker processes.

The worker of the first host compiles and the others read. It lives in the run's own temporary directory, which
Ansible makes for one user alone and removes at the end.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import hashlib
import json
import os
import typing as t

from ansible import constants as C


def key_of(intent: t.Any, files: t.Iterable[str]) -> str:
    """Return the cache key of plain data and of the files that it names; a file that changed is another key."""
    stamps = []
    for path in files:
        with contextlib.suppress(OSError):
            found = os.stat(path)
            stamps.append([path, found.st_mtime_ns, found.st_size, found.st_ino])
    text = json.dumps([intent, stamps], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def remembered(key: str, make: t.Callable[[], dict[str, str]], part: str) -> str:
    """Return one part of what `make` made for `key`; it is called once in a run, however many hosts ask.

    `make` returns texts by the name of their part. What it raises is not remembered.
    """
    directory = str(C.DEFAULT_LOCAL_TMP)
    stem = os.path.join(directory, f"allowlist-{key}")
    with open(os.open(f"{stem}.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(f"{stem}.done"):
            with _no_collection():
                made = make()
            for name, text in made.items():
                _write(f"{stem}.{name}", text)
            _write(f"{stem}.done", "")
    with open(f"{stem}.{part}", encoding="utf-8") as file:
        return file.read()


@contextlib.contextmanager
def _no_collection() -> t.Iterator[None]:
    """Spare what compiles a long list the garbage collector.

    Its many values are no garbage, but their number alone sets off collections that walk over all of Ansible's own
    memory: a third of the whole time with 10,000 endpoints.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write(path: str, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
