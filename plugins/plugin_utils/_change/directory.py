# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the files of a change are, and how they are written: whole, in one step, readable by people and by git."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted

Plain = dict[str, t.Any]

LARGEST: t.Final = 256 * 1024 * 1024
"""The largest file that is read: a thousand times a list of 10,000 entries."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PUBLIC, _PRIVATE, _REPORT = 0o640, 0o600, 0o644


class ChangeError(Exception):
    """Something of a change is not as it should be; the message says what was found, and what to do."""


@dataclass(frozen=True)
class ChangeDirectory:
    """The directory of one change, `root` / `id`. Making one writes nothing."""

    root: Path
    id: str

    @classmethod
    def of(cls, root: str, id: str) -> ChangeDirectory:
        """Return the directory of a change.

        Raises:
            ChangeError: the id is none that stays one word in a path, a ticket and a command.
        """
        if not _ID.fullmatch(id):
            raise ChangeError(
                f"allowlist_change: {quoted(id)} is no id of a change. It has 1 to 64 letters, digits, dots, hyphens"
                " and underscores and begins with a letter or digit, such as CHG-1234."
            )
        return cls(Path(root), id)

    @property
    def path(self) -> Path:
        """The directory itself."""
        return self.root / self.id

    @property
    def plan(self) -> Path:
        """The plan."""
        return self.path / "plan.json"

    @property
    def approval(self) -> Path:
        """The approval; its signature stands beside it."""
        return self.path / "approval.yml"

    @property
    def evidence(self) -> Path:
        """What was asked, planned, approved, done and seen, for machines."""
        return self.path / "evidence.json"

    @property
    def report(self) -> Path:
        """The same as a page for people."""
        return self.path / "report.html"

    @property
    def manifest(self) -> Path:
        """The digest of every file of the change."""
        return self.path / "manifest.json"

    @property
    def lists(self) -> Path:
        """The directory of the compiled lists."""
        return self.path / "lists"

    def planned(self, appliance: str) -> Path:
        """What an appliance said when it was planned."""
        return self.path / "planned" / f"{file_name(appliance)}.json"

    def result(self, appliance: str) -> Path:
        """How far an appliance is."""
        return self.path / "results" / f"{file_name(appliance)}.json"

    def backup(self, appliance: str) -> Path:
        """What an appliance held before."""
        return self.path / "backups" / f"{file_name(appliance)}.json"

    def probes(self, batch: int, when: str, test_host: str) -> Path:
        """What a test host saw, `when` is ``before`` or ``after`` a batch."""
        return self.path / "probes" / f"{batch}-{when}" / f"{file_name(test_host)}.json"

    def status(self, appliance: str) -> Path:
        """What is known of an appliance, whatever the change."""
        return status_file(self.root, appliance)

    def lock(self, appliance: str) -> Path:
        """Which run is at work on an appliance."""
        return self.root / ".locks" / f"{file_name(appliance)}.json"

    @property
    def ending(self) -> Path:
        """The directory that a run has `one_at_a_time` while it ends the change."""
        return self.root / ".locks" / ".ending" / self.id


def status_file(root: Path, appliance: str) -> Path:
    """Return where it is kept what is known of an appliance, below the directory of all changes."""
    return root / ".status" / f"{file_name(appliance)}.json"


def changes_in(root: Path) -> list[ChangeDirectory]:
    """Return the changes that have a plan, by their ids; none where there is no such directory."""
    found = (ChangeDirectory(root, path.name) for path in root.glob("*") if _ID.fullmatch(path.name))
    return sorted((change for change in found if change.plan.is_file()), key=lambda change: change.id)


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> t.Iterator[None]:
    """Keep others from the files of a directory while the context lasts; who dies in it lets them in.

    Raises:
        ChangeError: the directory cannot be written.
    """
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ChangeError(f"{folder} cannot be written: {error.strerror}. Check allowlist_change_dir.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def file_name(host: str) -> str:
    """Return the name of a host as a file name that no other host has."""
    return re.sub(r"[^A-Za-z0-9.-]|^\.", lambda found: f"_{ord(found[0]):x}_", host)


def host_of(file_name: str) -> str:
    """Return the host whose `file_name` this is, without the ending."""
    return re.sub(r"_([0-9a-f]{1,6})_", _character, file_name)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code <= sys.maxunicode else found[0]


def canonical(data: t.Any) -> bytes:
    """Return plain data as JSON: the same data always the same bytes, and lines that git can compare."""
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_json(path: Path) -> Plain:
    """Return the mapping that a file holds.

    Raises:
        FileNotFoundError: it is not there.
        ChangeError: it cannot be read, or holds no mapping.
    """
    try:
        found = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise ChangeError(f"{path} is damaged: {error}. Restore it from where you keep your changes.") from error
    if not isinstance(found, dict):
        raise ChangeError(f"{path} is damaged: it holds no mapping. Restore it from where you keep your changes.")
    return found


def read_bytes(path: Path) -> bytes:
    """Return what a regular file holds.

    Raises:
        FileNotFoundError: it is not there.
        ChangeError: it cannot be read.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ChangeError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST:
        raise ChangeError(f"{path} has over {LARGEST} bytes; that is no file of a change.")
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def write_json(path: Path, data: t.Any, private: bool = False) -> None:
    """Write plain data as `canonical` JSON, as `write_bytes` does."""
    write_bytes(path, canonical(data), private)


def write_bytes(path: Path, content: bytes, private: bool = False) -> None:
    """Put a file in place in one step, and its directories; the same bytes are not written again.

    Raises:
        ChangeError: it cannot be written; what was there stays.
    """
    _write(path, content, _PRIVATE if private else _PUBLIC, 0o750)


def write_report(path: Path, text: str) -> None:
    """Put a report in place as `write_bytes` does, for everybody to read: who collects it is another user.

    Raises:
        ChangeError: it cannot be written; what was there stays.
    """
    _write(path, text.encode("utf-8"), _REPORT, 0o755)


def _write(path: Path, content: bytes, mode: int, folder_mode: int) -> None:
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=folder_mode, parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                if mode == _REPORT:
                    os.fchmod(handle, mode)  # whatever the umask is
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise ChangeError(
            f"{path} cannot be written: {error.strerror}. Check its directory, who owns that, and its disk."
        ) from error
