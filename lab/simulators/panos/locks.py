# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Config locks and commit locks, by scope: a virtual system, a device group, or ``shared`` for all of them."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from lab.simulators.panos.answers import DENIED, Refused, element

SHARED: t.Final = "shared"
CONFIG: t.Final = "config"
COMMIT: t.Final = "commit"


@dataclass(frozen=True)
class Lock:
    """One lock that an administrator holds."""

    kind: str
    scope: str
    admin: str
    comment: str | None = None

    def shown(self) -> ET.Element:
        """Return the lock as ``show config-locks`` has it."""
        entry = element("entry", name=self.admin)
        for tag, text in (
            ("name", self.scope),
            ("type", "shared" if self.scope == SHARED else "vsys"),
            ("created", "2026/11/27 10:00:00"),
            ("last-activity", "2026/11/27 10:00:00"),
            ("loggedin", "yes"),
            ("comment", self.comment if self.comment is not None else "(null)"),
        ):
            entry.append(element(tag, text))
        return entry


class Locks:
    """The locks of a device."""

    def __init__(self) -> None:
        """Begin without any."""
        self.held: list[Lock] = []

    def add(self, kind: str, scope: str, admin: str, comment: str | None) -> str:
        """Take a lock."""
        for lock in self._touching(kind, scope):
            if lock.admin == admin and lock.scope == scope:
                if kind == CONFIG:
                    raise Refused(DENIED, f"You already own a config lock for scope {scope}")
                raise Refused(DENIED, f"Commit lock is already held by {admin}")
            if kind == CONFIG:
                raise Refused(DENIED, f"Config for scope {scope} is currently locked by {lock.admin}")
        self.held.append(Lock(kind, scope, admin, comment))
        if kind == CONFIG:
            return f"Successfully acquired lock. Other administrators cannot modify the configuration of scope {scope}"
        return f"Successfully acquired commit lock for scope {scope}"

    def remove(self, kind: str, scope: str, admin: str) -> str:
        """Give a lock back."""
        mine = [lock for lock in self.held if (lock.kind, lock.scope, lock.admin) == (kind, scope, admin)]
        if not mine:
            if kind == CONFIG:
                raise Refused(DENIED, f"Config is not currently locked for scope {scope}")
            raise Refused(DENIED, f"Commit lock is not currently held by {admin}")
        self.held.remove(mine[0])
        return f"{kind.capitalize()} lock released for scope {scope}"

    def refuse_edit(self, scope: str, admin: str) -> None:
        """Refuse a change of the configuration where another holds its lock."""
        for lock in self._touching(CONFIG, scope):
            if lock.admin != admin:
                raise Refused(DENIED, f"Configuration is locked by {lock.admin}")

    def refuse_commit(self, admin: str) -> None:
        """Refuse a commit where another holds a lock on it."""
        for lock in self.held:
            if lock.kind == COMMIT and lock.admin != admin:
                raise Refused(DENIED, f"A commit lock is held by {lock.admin}. Cannot commit")

    def release(self, admin: str) -> None:
        """A commit of an administrator gives all locks of theirs back."""
        self.held = [lock for lock in self.held if lock.admin != admin]

    def _touching(self, kind: str, scope: str) -> list[Lock]:
        return [
            lock for lock in self.held if lock.kind == kind and (SHARED in (scope, lock.scope) or lock.scope == scope)
        ]
