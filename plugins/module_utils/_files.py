# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Files as every appliance that keeps its list in files needs them: durable writes, back-ups, a lock."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

KEPT_BACKUPS = 10

_LOCK_PATIENCE = 1.0
_LOCK_POLL = 0.05


def write_durably(path: str, text: str, mode: int) -> None:
    """Create `path`, which must not exist, with `text` (latin-1), and bring it to disk.

    Raises:
        OSError: it exists, or cannot be written whole; then nothing of it is left.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(handle, "w", encoding="latin-1", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def read_text(path: str) -> str:
    """Return the bytes of a regular file as text (latin-1), so that every byte is kept.

    Raises:
        OSError: it cannot be read, or is something else, such as a pipe that would never end.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "Not a regular file", path)
    with os.fdopen(handle, encoding="latin-1", newline="") as file:
        return file.read()


def refuse_unwritable(directory: str) -> None:
    """Tell in check mode what the real run would fail of.

    Raises:
        ApplianceError: the directory cannot be written, or cannot be made.
    """
    while not os.path.lexists(directory):
        directory = os.path.dirname(directory)
    if not os.path.isdir(directory):
        raise ApplianceError(f"{directory} is not a directory.")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise ApplianceError(f"{directory} cannot be written.")


def sync_directory(path: str) -> None:
    """Bring a directory's own entries to disk, so that a rename survives a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def file_lock(path: str, what: str) -> t.Iterator[None]:
    """Hold `path` exclusively while the context lasts; the kernel lets go of it when the process dies.

    A run that is about to end, such as a guard that has just put a list back, is waited for: for a second.

    Raises:
        ApplianceError: another run holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    try:
        ends = time.monotonic() + _LOCK_PATIENCE
        while not _locked(handle):
            if time.monotonic() > ends:
                holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
                raise ApplianceError(
                    f"Another run is changing {what} at this moment (process {holder or 'unknown'} holds {path}). "
                    "Wait for it and run again."
                )
            time.sleep(_LOCK_POLL)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        return False
    return True


def write_backup(directory: str, digest: str | None, content: t.Mapping[str, t.Any]) -> str:
    """Write a back-up (0600) and return its path; of those that are there the newest ten are kept.

    Raises:
        OSError: it cannot be written whole.
    """
    os.makedirs(directory, mode=0o700, exist_ok=True)
    seconds, fraction = divmod(time.time_ns(), 1_000_000_000)
    stamp = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(seconds))}.{fraction:09d}"
    path = os.path.join(directory, f"{stamp}-{(digest or 'none')[:12]}.json")
    temporary = os.path.join(directory, f".{os.path.basename(path)}.{os.getpid()}")
    write_durably(temporary, json.dumps({"digest": digest, **content}, ensure_ascii=True), 0o600)
    os.rename(temporary, path)
    sync_directory(directory)
    for old in list_backups(directory)[:-KEPT_BACKUPS]:
        os.unlink(old)
    return path


def tidy_backups(directory: str) -> None:
    """Remove what crashed runs left half-written beside the back-ups; call it with the appliance locked.

    Raises:
        OSError: something of it cannot be removed.
    """
    for name in os.listdir(directory):
        if name.startswith(".") and ".json." in name:
            os.unlink(os.path.join(directory, name))


def list_backups(directory: str) -> list[str]:
    """Return the paths of the back-ups, oldest first."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return [os.path.join(directory, name) for name in sorted(names) if name.endswith(".json") and name[0] != "."]


def read_backup(directory: str, which: str) -> dict[str, t.Any]:
    """Return the back-up `which`: a path, a file name in `directory`, or ``latest``.

    Raises:
        ApplianceError: there is none, it is damaged, or others than its owner and root may have written it.
    """
    if which == "latest":
        found = list_backups(directory)
        if not found:
            raise ApplianceError(f"There is no back-up in {directory}.")
        path = found[-1]
    else:
        path = which if os.path.isabs(which) else os.path.join(directory, os.path.basename(which))
    try:
        text = read_text(path)
        _refuse_writable(path)
        backup = json.loads(text)
    except OSError as error:
        raise ApplianceError(f"The back-up {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ApplianceError(f"The back-up {path} is damaged: {error}.") from error
    if not isinstance(backup, dict) or "digest" not in backup:
        raise ApplianceError(f"{path} is no back-up of an allow-list.")
    return backup


def _refuse_writable(path: str) -> None:
    """A back-up becomes the appliance's configuration: nobody else may be able to slip one in."""
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode) or found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022:
        raise ApplianceError(
            f"The back-up {path} is a link, or others may write it, so it proves nothing. If you trust it, make it a "
            "file of your own with mode 0600."
        )
