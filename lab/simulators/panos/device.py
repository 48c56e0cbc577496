# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The device as its API shows it: requests by type, keys, and changes of the configuration."""

from __future__ import annotations

import copy
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

from lab.simulators.panos import operations
from lab.simulators.panos.answers import (
    DENIED,
    INVALID,
    INVALID_COMMAND,
    NOT_PRESENT,
    Refused,
    done,
    element,
    parsed,
    success,
)
from lab.simulators.panos.configuration import Step, steps_of
from lab.simulators.panos.locks import SHARED
from lab.simulators.panos.publishing import Publishing
from lab.simulators.panos.schema import refuse_used
from lab.simulators.panos.state import GROUP
from lab.simulators.server import Reply, Request

_PARAMETERS: t.Final = {
    "keygen": {"user", "password"},
    "config": {"action", "xpath", "element", "where", "dst", "strict-transactional"},
    "op": {"cmd", "vsys", "target"},
    "commit": {"action", "cmd"},
}


class Panos(Publishing):
    """A firewall, or a Panorama: see `State` for what tests read and set."""

    def handle(self, request: Request) -> Reply:
        """Do what a request of the XML API asks for."""
        self.jobs.advance()
        try:
            if request.path not in ("/api", "/api/") or request.method not in ("GET", "POST"):
                return Reply(b"Not found", 404)
            self.keys_in_urls += "key" in request.query
            return self._answer(request)
        except Refused as refused:
            return refused.reply()

    def _answer(self, request: Request) -> Reply:
        given = request.form()
        kind = given.pop("type", "")
        key = request.headers.get("x-pan-key") or given.pop("key", "")
        unknown = set(given) - _PARAMETERS.get(kind, set())
        if kind not in _PARAMETERS or unknown:
            raise Refused("400", f"Bad parameters: {', '.join(sorted(unknown)) or kind}", status=400)
        if kind == "keygen":
            return self._keygen(given)
        admin = self.keys.get(key)
        if admin is None:
            raise Refused("403", "Invalid Credential", status=403)
        if kind == "op":
            return operations.answer(self, given.get("cmd", ""), admin, given.get("vsys"), given.get("target"))
        if kind == "commit":
            return self.begin_commit(given, admin)
        return self._configure(given, admin)

    def _keygen(self, given: t.Mapping[str, str]) -> Reply:
        password, _role = self.admins.get(given.get("user", ""), (None, ""))
        if password is None or password != given.get("password"):
            raise Refused("403", "Invalid Credential", status=403)
        return success(f"<result><key>{self.key_for(given['user'])}</key></result>")

    def _configure(self, given: t.Mapping[str, str], admin: str) -> Reply:
        action = given.get("action", "")
        if action in ("get", "show"):
            return self._read(action, given.get("xpath", ""))
        self.refuse_reader(admin)
        if action == "multi-config":
            return self._several(given, admin)
        return self._change(action, given, admin)

    def _read(self, action: str, xpath: str) -> Reply:
        tree = self.config.candidate if action == "get" else self.config.running
        found = self.config.find(tree, steps_of(xpath))
        if not found and action == "show":
            raise Refused(NOT_PRESENT, "No such node")
        if not found:
            return success(code="7")
        result = element("result", **{"total-count": str(len(found)), "count": str(len(found))})
        for one in found:
            shown = copy.deepcopy(one)
            if action == "get":
                self._mark(shown, steps_of(xpath))
            result.append(shown)
        return success(result, "19")

    def _mark(self, shown: ET.Element, steps: t.Sequence[Step]) -> None:
        """Add to a candidate's element what the device adds to those that were changed."""
        own = [*steps[:-1], (steps[-1][0], (shown.get("name"),) if shown.get("name") is not None else ())]
        for change in self.config.changes.values():
            if list(change.steps) == own:
                shown.attrib.update({"admin": change.owner, "dirtyId": "2", "time": "2026/11/27 10:00:00"})
                for member in shown.iter("member"):
                    member.attrib.update({"admin": change.owner, "dirtyId": "2", "time": "2026/11/27 10:00:00"})

    def _several(self, given: t.Mapping[str, str], admin: str) -> Reply:
        wanted = parsed(given.get("element", ""))
        if wanted.tag != "multi-configuration-request" or not len(wanted):
            raise Refused(INVALID_COMMAND, "multi-configuration-request is missing")
        if given.get("strict-transactional", "no") == "yes" and self.config.changes:
            raise Refused(DENIED, "There are uncommitted changes")
        before = copy.deepcopy(self.config)
        try:
            for one in wanted:
                inner = "".join(ET.tostring(child, encoding="unicode") for child in one)
                self._change(one.tag, {**one.attrib, "element": inner}, admin)
        except Refused:
            self.config = before
            raise
        return done()

    def _change(self, action: str, given: t.Mapping[str, str], admin: str) -> Reply:
        xpath = given.get("xpath", "")
        steps = steps_of(xpath)
        if any(len(names) > 1 for _tag, names in steps):
            raise Refused(INVALID, "a change is of one object")
        self.locks.refuse_edit(_scope(steps), admin)
        if action == "edit":
            self.config.edit(xpath, given.get("element", ""), admin)
        elif action == "set":
            self.config.set(xpath, given.get("element", ""), admin)
        elif action == "delete":
            self._refuse_used(steps)
            if not self.config.delete(xpath, admin):
                return success("<msg>Object doesn't exist</msg>", "7")
        elif action == "move":
            self.config.move(xpath, given.get("where", ""), given.get("dst"), admin)
        else:
            raise Refused(INVALID_COMMAND, f"{action} is not an action")
        return done()

    def _refuse_used(self, steps: t.Sequence[Step]) -> None:
        if len(steps) > 1 and steps[-2][0] == "custom-url-category" and steps[-1][1]:
            refuse_used(steps[-1][1][0], list(self.places(self.config.candidate)))


def _scope(steps: t.Sequence[Step]) -> str:
    """Return what has to be unlocked for a change at an XPath."""
    if len(steps) >= GROUP and steps[3][0] in ("vsys", "device-group") and steps[4][1]:
        return steps[4][1][0]
    return SHARED


def pair(directory: Path) -> tuple[Panos, Panos]:
    """Return the active and the passive member of a pair; what the first commits, the second has."""
    active, passive = Panos(directory, ha="active"), Panos(directory, ha="passive")
    active.peer = passive
    return active, passive
