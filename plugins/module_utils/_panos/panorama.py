# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The firewalls behind a Panorama: which of them have what it runs, and a push to them."""

from __future__ import annotations

import typing as t
from xml.sax.saxutils import escape

from ansible_collections.managed_desktop.network.plugins.module_utils._panos.api import (
    PanosClient,
    PanosError,
    commanded,
    xml,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.place import Place, content_of
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.publishing import Publishing
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

OWN: t.Final = "own"
ALL: t.Final = "all"
NONE: t.Final = "none"
PUSHES: t.Final = (OWN, ALL, NONE)
REFUSE: t.Final = "refuse"
SKIP: t.Final = "skip"
OFFLINE: t.Final = (REFUSE, SKIP)

PUSHED: t.Final = "pushed"
SKIPPED: t.Final = "skipped"
FAILED: t.Final = "failed"
UNKNOWN: t.Final = "unknown"
"""What became of a push on one firewall."""

_BY_ADMIN: t.Final = (10, 2)
"""The version from which a push can be told whose changes it is of."""


class Firewall(t.NamedTuple):
    """One firewall of a device group."""

    serial: str
    name: str
    connected: bool
    in_sync: bool


class DeviceGroup:
    """One device group. `push` says what is pushed, `offline` what becomes of firewalls that are not connected."""

    def __init__(self, client: PanosClient, place: Place, push: str, offline: str) -> None:
        self.client = client
        self.place = place
        self.name = place.scope
        self.push = push
        self.offline = offline
        self.results: list[dict[str, str]] = []
        """What the last push did on each firewall of the group: ``name``, ``serial`` and ``result``."""

        self._version: tuple[int, ...] | None = None

    def firewalls(self) -> list[Firewall]:
        """Return the firewalls of the group.

        Raises:
            ApplianceError: there is no such group.
        """
        try:
            root = self.client.command(commanded("show/devicegroups", xml("name", escape(self.name))))
        except PanosError:
            self.client.refuse_other_kind(panorama=True)  # a firewall knows no such command
            raise
        groups = [one for one in root.findall("result/devicegroups/entry") if one.get("name") == self.name]
        if not groups:
            raise ApplianceError(f"{self.client.http.device} has no device group {self.name}.")
        clean = self.client.http.clean
        return [
            Firewall(
                (one.findtext("serial") or one.get("name") or "").strip(),
                clean(one.findtext("hostname") or one.get("name") or "?"),
                (one.findtext("connected") or "").strip() == "yes",
                (one.findtext("shared-policy-status") or "").strip().lower() == "in sync",
            )
            for one in groups[0].findall("devices/entry")
        ]

    def lacking(self, content: t.Mapping[str, t.Any] | None) -> list[str]:
        """Return the names of the firewalls that have not got the list which Panorama runs.

        One that Panorama says is in sync has it. One that is not may lack what others changed, so it is asked itself.
        """
        if self.push == NONE:
            return []
        behind = [one for one in self._reached(self.firewalls()) if not one.in_sync]
        return [one.name for one in behind if self.push == ALL or self._has_otherwise(one, content)]

    def _has_otherwise(self, firewall: Firewall, content: t.Mapping[str, t.Any] | None) -> bool:
        if not firewall.connected:
            return True
        try:
            root = self.client.command(commanded("show/config/pushed-shared-policy"), target=firewall.serial)
            return content_of(self.place.within(root)) != content
        except PanosError:
            return True  # it will be pushed again, which loses nothing

    def refuse_unreachable(self) -> None:
        """Refuse where a push would not reach all firewalls, or could not be kept to what is ours.

        Raises:
            ApplianceError: the message names them.
        """
        if self.push == NONE:
            return
        found = self.firewalls()
        away = [one.name for one in found if not one.connected]
        if away and self.offline == REFUSE:
            raise ApplianceError(
                f"{', '.join(away)} of the device group {self.name} is not connected to {self.client.http.device}, so "
                "that it would keep its list. Wait for it, or go on without it with offline_devices: skip."
            )
        behind = [one.name for one in self._reached(found) if not one.in_sync]
        if behind and self.push == OWN and not self._pushes_by_admin():
            raise ApplianceError(
                f"{', '.join(behind)} of the device group {self.name} lacks changes that were committed on "
                f"{self.client.http.device} and not pushed, and a Panorama before 10.2 pushes all of them together. "
                "Have them pushed first, or say push: all."
            )

    def deliver(self, publishing: Publishing, content: t.Mapping[str, t.Any] | None) -> None:
        """Push to the firewalls what Panorama runs, of which `content` is ours.

        Raises:
            ApplianceError: one of them did not take it; it is named.
        """
        if self.push == NONE:
            return
        found = self.firewalls()
        reached = self._reached(found)
        self._note(found, {one.serial: UNKNOWN for one in reached})
        if not reached:
            return
        serials = [one.serial for one in reached] if len(reached) < len(found) else []
        try:
            publishing.push(self.name, self.push == OWN and self._pushes_by_admin(), serials)
        except ApplianceError:
            taken = {serial: PUSHED if done else FAILED for serial, done in publishing.taken.items()}
            self._note(found, {one.serial: taken.get(one.serial, UNKNOWN) for one in reached})
            raise
        lacking = self.lacking(content)
        self._note(found, {one.serial: FAILED if one.name in lacking else PUSHED for one in reached})
        if lacking:
            raise ApplianceError(
                f"The push to {self.name} ended well, and {', '.join(lacking)} has another list all the same. What was "
                "pushed while it was away may need push: all."
            )

    def _note(self, found: t.Iterable[Firewall], results: t.Mapping[str, str]) -> None:
        self.results = [
            {"name": one.name, "serial": self.client.http.clean(one.serial), "result": results.get(one.serial, SKIPPED)}
            for one in found
        ]

    def _reached(self, found: t.Iterable[Firewall]) -> list[Firewall]:
        return [one for one in found if one.connected or self.offline == REFUSE]

    def _pushes_by_admin(self) -> bool:
        return self.version() >= _BY_ADMIN

    def version(self) -> tuple[int, ...]:
        """Return the first two numbers of the version, (0, 0) where it says none."""
        if self._version is None:
            parts = (self.client.system().findtext("sw-version") or "").strip().split(".")[:2]
            fits = len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts)
            self._version = tuple(map(int, parts)) if fits else (0, 0)
        return self._version
