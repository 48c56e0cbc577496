# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the controller notes of a list, because the service does not tell it: what was seen active, what a run that may
have crashed was about to write, and which of the exempted URLs are ours.

A note that is damaged counts as none; then nothing of others is touched, and what is pending is not taken for ours.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text, write_durably

_FILE = ".zia.json"
_LEFTOVER = re.compile(rf"{re.escape(_FILE)}\.[0-9a-f]{{8}}")
_NONE = "none"
_STALE = 10 * 3600.0
"""After how many seconds a change that was saved has long been activated by the service itself, which does that once
an administrator was idle for at most 600 minutes (zia/configuring-advanced-settings)."""


class Staged(t.NamedTuple):
    """What a run was about to write: the digest of each category before and after, and when it began."""

    before: dict[str, str]
    after: dict[str, str]
    began: float

    def covers(self, parts: t.Mapping[str, str]) -> bool:
        """Tell whether each category is as the run found it or as it was about to make it."""
        if time.time() - self.began > _STALE or set(parts) != set(self.after):
            return False
        return all(digest in (self.before.get(key), self.after[key]) for key, digest in parts.items())


class Note(t.NamedTuple):
    """`active` is the digest of the list that was last seen active, ``none`` for no list. `added` are the exempted URLs
    that we put there, `found` those that we wanted and that stood there already: these are never removed."""

    active: str | None = None
    added: frozenset[str] = frozenset()
    found: frozenset[str] = frozenset()
    staged: Staged | None = None

    def seen_active(self, digest: str | None) -> Note:
        """Return the note of a list that is in force whole."""
        return self._replace(active=digest or _NONE, staged=None)

    def was_active(self, digest: str | None) -> bool:
        """Tell whether this list was the last that was seen active, and nothing was begun since."""
        return self.staged is None and self.active == (digest or _NONE)


def read_note(directory: str) -> Note:
    """Return what is noted in a directory."""
    try:
        found = json.loads(read_text(os.path.join(directory, _FILE)))
        staged = found["staged"]
        return Note(
            _text(found["active"]),
            frozenset(map(str, found["added"])),
            frozenset(map(str, found["found"])),
            None if staged is None else Staged(_map(staged["before"]), _map(staged["after"]), float(staged["began"])),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Note()


def write_note(directory: str, note: Note) -> None:
    """Write it down durably.

    Raises:
        OSError: it cannot be written.
    """
    os.makedirs(directory, mode=0o700, exist_ok=True)
    kept = {
        "active": note.active,
        "added": sorted(note.added),
        "found": sorted(note.found),
        "staged": None if note.staged is None else note.staged._asdict(),
    }
    temporary = os.path.join(directory, f"{_FILE}.{secrets.token_hex(4)}")
    write_durably(temporary, json.dumps(kept), 0o600)
    os.rename(temporary, os.path.join(directory, _FILE))


def tidy_note(directory: str) -> None:
    """Remove what crashed runs left half-written.

    Raises:
        OSError: something of it cannot be removed.
    """
    for name in os.listdir(directory):
        if _LEFTOVER.fullmatch(name):
            os.unlink(os.path.join(directory, name))


def _text(value: t.Any) -> str | None:
    return None if value is None else str(value)


def _map(value: t.Any) -> dict[str, str]:
    return {str(key): str(item) for key, item in value.items()}
