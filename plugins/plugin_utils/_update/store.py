# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's directory, written so that no moment leaves it broken: new files first, then one rename of the index.

Beside the editions stands ``.state``, for this controller alone: the client id, when which source was asked, the lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import stat
import typing as t
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept, stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import UpdateError

_STATE: t.Final = ".state"
_TEMPORARY: t.Final = ".new-"
_EDITION_MODE: t.Final = 0o640
_PRIVATE_MODE: t.Final = 0o600
_SEEN = re.compile(r"[0-9]{10}|[0-9a-f]{64}")


@dataclass
class Asked:
    """What one source was asked last: times in seconds since 1970, `not_before` as it wished itself.

    `seen` is the version that it named, or the SHA-256 of its list.
    """

    at: float = 0.0
    not_before: float = 0.0
    seen: str | None = None


@dataclass
class State:
    """What this controller knows of its sources, by their addresses."""

    client_id: str = ""
    asked: dict[str, Asked] = field(default_factory=dict)

    def of(self, address: str) -> Asked:
        """Return what is known of a source."""
        return self.asked.setdefault(address, Asked())


class Store:
    """The directory of one user. Without `writing` it is read and nothing else: no directory, lock or file is made."""

    def __init__(self, directory: str, writing: bool) -> None:
        """Keep editions in `directory`; `locked` has to be entered before anything is written."""
        self.directory = Path(directory)
        self._writing = writing

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[None]:
        """Keep other runs out until the context ends; the kernel lets go of the lock when the process dies.

        Raises:
            UpdateError: another run is under way, or the directory cannot be written.
        """
        if not self._writing:
            yield
            return
        state = self.directory / _STATE
        with _told(state):
            self.directory.mkdir(mode=0o750, parents=True, exist_ok=True)
            state.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, _PRIVATE_MODE)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UpdateError(
                    f"Another update of {self.directory} is under way (it holds {state / 'lock'}); wait for it."
                ) from error
            with _told(self.directory):
                self._tidy()
                # Whoever keeps the editions under version control does not want this controller's own state there.
                ignore = state / ".gitignore"
                if not ignore.exists():
                    self._replace(ignore, b"*\n", _PRIVATE_MODE)
            yield
        finally:
            os.close(descriptor)

    def _tidy(self) -> None:
        """Remove what runs that were killed left half-written."""
        for path in self.directory.glob(f"*/{_TEMPORARY}*"):
            path.unlink()

    # -- editions ------------------------------------------------------------------------------------------------

    def index(self, source: str) -> kept.Index:
        """Return what is kept of a source."""
        return kept.read_index(str(self.directory), source)

    def edition(self, index: kept.Index, source: str, edition: str) -> Edition:
        """Return a kept edition."""
        return kept.read_edition(str(self.directory), source, edition, index.digests[edition])

    @staticmethod
    def digest(edition: Edition) -> str:
        """Return the SHA-256 of the file that an edition has, or would have."""
        return hashlib.sha256(stored.dump(edition).encode("utf-8")).hexdigest()

    def add(self, edition: Edition) -> str:
        """Write an edition's file, if it is not there, and return its SHA-256. It counts once the index names it.

        Raises:
            UpdateError: it cannot be written whole.
        """
        content = stored.dump(edition).encode("utf-8")
        self._put(self.directory / edition.source / f"{edition.id}.json", content, _EDITION_MODE)
        return hashlib.sha256(content).hexdigest()

    def add_page(self, source: str, name: str, text: str) -> Path:
        """Write a page beside the editions, and return its path."""
        path = self.directory / source / f"{name}.md"
        self._put(path, text.encode("utf-8"), _EDITION_MODE)
        return path

    def commit(self, source: str, index: kept.Index) -> None:
        """Put the index in place: from here on, and not before, it is what is in force.

        Raises:
            UpdateError: it cannot be written; the index that was there counts.
        """
        self._put(kept.index_path(str(self.directory), source), index.to_text().encode("utf-8"), _EDITION_MODE)

    # -- state ---------------------------------------------------------------------------------------------------

    def state(self) -> State:
        """Return what this controller knows; a client id of its own, at first.

        One that cannot be read is forgotten: it holds nothing that could not be asked again.
        """
        try:
            data = json.loads(_read_private(self.directory / _STATE / "state.json"))
            asked = {str(key): _asked(value) for key, value in data["asked"].items()}
            return State(str(uuid.UUID(data["client_id"])), asked)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return State(str(uuid.uuid4()))

    def keep(self, state: State) -> None:
        """Write the state.

        Raises:
            UpdateError: it cannot be written.
        """
        text = json.dumps(asdict(state), indent=1) + "\n"
        self._put(self.directory / _STATE / "state.json", text.encode("ascii"), _PRIVATE_MODE)

    # -- files ---------------------------------------------------------------------------------------------------

    def _put(self, path: Path, content: bytes, mode: int) -> None:
        if not self._writing:
            return
        with _told(path):
            if path.is_file() and path.read_bytes() == content:
                return
            path.parent.mkdir(mode=0o750, exist_ok=True)
            self._replace(path, content, mode)

    def _replace(self, path: Path, content: bytes, mode: int) -> None:
        temporary = path.parent / f"{_TEMPORARY}{path.name}"
        try:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
            with os.fdopen(descriptor, "wb") as stream:
                os.fchmod(descriptor, mode)
                stream.write(content)
                stream.flush()
                os.fsync(descriptor)
            os.rename(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _asked(data: t.Mapping[str, t.Any]) -> Asked:
    seen = data["seen"]
    if seen is not None and not _SEEN.fullmatch(seen):
        raise ValueError(f"{seen!a} is no version")
    return Asked(float(data["at"]), float(data["not_before"]), seen)


def _read_private(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, encoding="ascii") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(f"{path} is no regular file")
        return stream.read()


@contextlib.contextmanager
def _told(path: Path) -> t.Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UpdateError(
            f"{error.filename or path} cannot be written: {error.strerror}. What was in force stays in force; mend that"
            " and update again."
        ) from error
