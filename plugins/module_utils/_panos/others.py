# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Others on the same device: who holds locks, who has changes pending, which member of a pair is the active one.

Their work is neither published nor reverted: what a partial commit could not keep apart stops the run, and names them.
"""

from __future__ import annotations

import typing as t
from xml.sax.saxutils import escape

from ansible_collections.managed_desktop.network.plugins.module_utils._panos.api import (
    MARK,
    PanosClient,
    PanosError,
    commanded,
    member,
    xml,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.place import SHARED, Place
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

_KINDS: t.Final = ("config", "commit")
_NOT_HELD: t.Final = ("is not currently locked", "is not currently held")
_ACTIVE: t.Final = ("active", "primary-active", "secondary-active", "active-primary", "active-secondary", "disabled")
_SHOWN: t.Final = 5


class Change(t.NamedTuple):
    """One object with changes that nobody committed: the last who changed it, and all who did since the last commit."""

    xpath: str
    owner: str
    admins: frozenset[str]


class Lock(t.NamedTuple):
    """A lock that somebody holds."""

    kind: str
    scope: str
    owner: str
    comment: str


class Others:
    """What one run has to know of others, at one place of a device.

    `run` names this run, `controller` this controller's own directory; both stand in the comment of our locks.
    """

    def __init__(self, client: PanosClient, place: Place, name: str, run: str) -> None:
        self.client = client
        self.place = place
        self.run = run
        self._name = name
        self.controller = ""

    @property
    def device(self) -> str:
        """What messages call the device."""
        return self.client.http.device

    # -- members of a pair ---------------------------------------------------------------------------------------

    def refuse_passive(self) -> None:
        """Refuse the member of a pair whose configuration the other one overwrites."""
        state = self.ha_state()
        if state is not None and state not in _ACTIVE:
            raise ApplianceError(
                f"{self.device} is not the active member of its pair: it says {state}. The active member's "
                "configuration is synchronised to it, so change that one; this one is in step by itself then."
            )

    def ha_state(self) -> str | None:
        """Return what this member of a pair is; None where there is no pair."""
        root = self.client.command(commanded("show/high-availability/state"))
        if (root.findtext("result/enabled") or "no").strip() != "yes":
            return None
        for path in ("result/group/local-info/state", "result/local-info/state"):
            state = root.findtext(path)
            if state:
                return self.client.http.clean(state)
        return "unknown"

    # -- locks ---------------------------------------------------------------------------------------------------

    @property
    def comment(self) -> str:
        """What our locks say."""
        return f"{MARK} {self._name} run {self.run} of {self.controller}"

    def locks(self, kinds: t.Sequence[str] = _KINDS) -> list[Lock]:
        """Return every lock of these kinds on the device."""
        found = []
        for kind in kinds:
            inner = () if self.place.device_group else (xml("vsys", "all"),)
            root = self.client.command(commanded(f"show/{kind}-locks", *inner))
            for entry in root.iter("entry"):
                found.append(
                    Lock(
                        kind,
                        (entry.findtext("name") or "").strip(),
                        entry.get("name", ""),
                        (entry.findtext("comment") or "").strip(),
                    )
                )
        return found

    def refuse_locked(self, locks: t.Iterable[Lock]) -> None:
        """Refuse where a lock of somebody else's stands against us."""
        for lock in locks:
            if not self._is_in_the_way(lock) or self.is_ours(lock):
                continue
            comment = self.client.http.clean(lock.comment)
            told = f" ({comment})" if comment and comment != "(null)" else ""
            raise ApplianceError(
                f"{self.client.http.clean(lock.owner)} holds a {lock.kind} lock on {self.device}, for "
                f"{self.client.http.clean(lock.scope) or 'all of it'}{told}. Wait until it is given back, or have it "
                "removed, then run again."
            )

    def is_ours(self, lock: Lock) -> bool:
        """Tell whether a lock is of this run, or of an earlier one of this controller for the same list."""
        return (
            lock.owner == self.client.username
            and lock.comment.startswith(f"{MARK} {self._name} run ")
            and bool(self.controller)
            and lock.comment.endswith(f" of {self.controller}")
        )

    def _is_in_the_way(self, lock: Lock) -> bool:
        # A commit lock of any place stops commits, as far as the documentation goes.
        return lock.kind == "commit" or lock.scope in ("", SHARED, self.place.scope) or self.place.scope == SHARED

    def take_locks(self) -> None:
        """Take both locks; what an earlier run of ours left is replaced.

        Raises:
            ApplianceError: somebody else holds one, or the key is of another administrator.
        """
        for kind in _KINDS:
            self._add(kind)
        # A config lock has one owner, and the device refuses a second; commit locks can be those of several.
        held = self.locks(["commit"])
        mine = [lock for lock in held if lock.comment == self.comment]
        if mine and mine[0].owner != self.client.username:
            raise ApplianceError(
                f"The credentials are those of {self.client.http.clean(mine[0].owner)}, and commits would be for "
                f"{self.client.username}. Give the name of the same administrator as username."
            )
        self.refuse_locked(held)
        if not mine:
            raise ApplianceError(
                f"{self.device} did not give {self.client.username} the commit lock for {self.place.title}. Look who "
                "removed it, then run again."
            )

    def _add(self, kind: str) -> None:
        text = commanded(f"request/{kind}-lock/add", xml("comment", escape(self.comment)))
        try:
            self.client.command(text, self.place.scope)
        except PanosError:
            held = self.locks([kind])
            if any(lock.comment == self.comment for lock in held):
                return  # an answer was lost, and the lock was not
            self.refuse_locked(held)
            if not any(self.is_ours(lock) and lock.scope == self.place.scope for lock in held):
                raise
            self._remove(kind)
            self.client.command(text, self.place.scope)

    def release_locks(self) -> None:
        """Give back what locks this run holds; a commit may have done that already, and others' stay.

        Raises:
            ApplianceError: one of them may still be there.
        """
        for lock in self.locks():
            if lock.comment == self.comment:
                self._remove(lock.kind)

    def _remove(self, kind: str) -> None:
        try:
            self.client.command(commanded(f"request/{kind}-lock/remove"), self.place.scope)
        except PanosError as error:
            if not any(text in error.said for text in _NOT_HELD):
                raise

    # -- pending changes -----------------------------------------------------------------------------------------

    def changes(self) -> list[Change]:
        """Return everything on the device that nobody committed."""
        root = self.client.command(commanded("show/config/list/changes"))
        found = []
        for entry in root.findall("result/journal/entry"):
            owner = (entry.findtext("owner") or "").strip()
            history = (entry.findtext("admin-history") or "").replace(",", " ").split()
            found.append(Change((entry.findtext("xpath") or "").strip(), owner, frozenset([owner, *history])))
        return found

    def refuse_mixed(self, changes: t.Iterable[Change]) -> None:
        """Refuse where a partial commit of ours would publish what others changed, or what is not of the list."""
        me = self.client.username
        touched = [one for one in changes if self.place.touches(one.xpath) and one.admins != {me}]
        if touched:
            names = ", ".join(sorted({name for one in touched for name in one.admins if name != me} or {"somebody"}))
            raise ApplianceError(
                f"{self.client.http.clean(names)} changed objects of this list on {self.device} and did not commit "
                f"that: {self._shown(touched)}. Have it committed or reverted, then run again."
            )
        # Of an object that others have changed after us a commit of ours may publish our part, or all of it.
        own = [one for one in changes if me in one.admins and not self.place.owns(one.xpath)]
        if own:
            raise ApplianceError(
                f"{me} has changes pending on {self.device} that are not of this list, and a commit would publish "
                f"them: {self._shown(own)}. Commit or revert them; give this collection an administrator of its own."
            )

    def of_ours(self, changes: t.Iterable[Change]) -> list[Change]:
        """Return those that an earlier run of ours, or this one, staged."""
        return [one for one in changes if one.owner == self.client.username and self.place.owns(one.xpath)]

    def revert_ours(self) -> None:
        """Make the candidate what runs again, for our objects and no others.

        Raises:
            ApplianceError: others have their hands in them meanwhile, or it could not be done.
        """
        changes = self.changes()
        self.refuse_mixed(changes)
        if self.of_ours(changes):
            admin = xml("partial", xml("admin", member(self.client.username)))
            self.client.command(commanded("revert/config", admin))

    def _shown(self, changes: t.Sequence[Change]) -> str:
        paths = [self.client.http.clean(one.xpath) for one in changes[:_SHOWN]]
        return ", ".join(paths) + (f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else "")
