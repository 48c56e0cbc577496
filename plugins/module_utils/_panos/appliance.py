# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A list on PAN-OS as an appliance: custom URL categories and, where they are ours, the rules that use them.

Everything is changed in the candidate configuration, with the locks of its place held, and committed for our own
administrator alone. Before that, what an earlier run left there is reverted, so that the candidate is what runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import typing as t
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

from ansible_collections.managed_desktop.network.plugins.module_utils._api.appliance import VARIANT, ApiAppliance, Json
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text, write_durably
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import Judgement
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.api import PanosClient, PanosError
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.content import (
    checked_content,
    entries_of,
    frame_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.others import Others
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.panorama import DeviceGroup
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.place import (
    CATEGORY,
    Objects,
    Place,
    content_of,
    element_of,
    unmarked,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.publishing import Publishing
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.used import usage, used_by
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    ApplianceError,
    ReconcileError,
    Running,
    State,
    Wanted,
)

_CONTROLLER: t.Final = ".controller"
_ID = re.compile(r"[0-9a-f]{16}")


class PanosAppliance(ApiAppliance):
    """One list at one place of a firewall or a Panorama."""

    platform = "panos"
    module = "panos_allowlist"

    def __init__(
        self,
        client: PanosClient,
        backup_dir: str,
        place: Place,
        name: str,
        activation: tuple[float, Progress],
        group: DeviceGroup | None,
        position: str = "top",
    ) -> None:
        super().__init__(client, backup_dir)
        run = secrets.token_hex(4)
        self.panos = client
        self.place = place
        self.group = group
        self.position = position
        self._seen: Objects = {}
        self._lacking: list[str] = []
        self._told: Json = {}
        self.others = Others(client, place, name, run)
        self.publishing = Publishing(client, name, run, *activation)

    # -- reading -------------------------------------------------------------------------------------------------

    def entries_of(self, content: t.Mapping[str, t.Any]) -> t.Iterable[str]:
        return entries_of(content, self.place.category)

    def facts(self) -> Json:
        self._told = {**super().facts(), "location": self.place.title, "category": self.place.category}
        return self._told

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        return Judgement(VARIANT)

    def checked_content(self, content: t.Any) -> Json:
        checked = checked_content(content, self.place.category)
        if checked["rules"] and not self.place.rules:
            raise ApplianceError("The list has rules of its own. Put it back with access_rules: managed.")
        return checked

    def read(self) -> State:
        candidate = self._seen = self._objects("get")
        stored, runs = content_of(candidate), content_of(self._objects("show"))
        digest = content_digest(runs) if runs is not None else None
        self._lacking = self.group.lacking(runs) if self.group is not None and runs == stored else []
        if self._lacking:
            running = Running(RUNNING, digest, f"not pushed to {', '.join(self._lacking)}")
        else:
            running = Running(RUNNING, digest) if digest is not None else Running(NONE)
        state = self.stored(stored, running, native=candidate)
        return state._replace(text=frame_of(stored)) if stored is not None else state

    def _objects(self, action: str) -> Objects:
        """Return our objects as the candidate has them (``get``), or as they run (``show``)."""
        found: Objects = {}
        for kind, xpath in self.place.together():
            try:
                root = self.panos.ask(True, type="config", action=action, xpath=xpath)
            except PanosError as error:
                if not error.is_absence:
                    raise
                continue
            for element in root.findall("result/entry"):
                found[(kind, element.get("name", ""))] = element
        return {key: found[key] for key in self.place.keys if key in found}

    def describe(self, wanted: Wanted) -> tuple[t.Sequence[Line], str]:
        lines, _text = super().describe(wanted)
        return lines, frame_of(wanted.content) if wanted.content is not None else ""

    def details(self, state: State) -> Json:
        behind = {"not_pushed_to": self._lacking} if self.group is not None else {}
        return {"ha_state": self.others.ha_state(), **behind, **usage(self.panos, self.place)}

    # -- before anything is written ------------------------------------------------------------------------------

    def refuse_unfit(self, wanted: Wanted) -> None:
        self.others.controller = self.others.controller or self._controller() or ""
        self.panos.refuse_other_kind(panorama=self.group is not None)
        self.others.refuse_passive()
        if self.group is not None:
            self.group.refuse_unreachable()
        self.others.refuse_locked(self.others.locks())
        self.others.refuse_mixed(self.others.changes())
        self._refuse_used(wanted)

    def _refuse_used(self, wanted: Wanted) -> None:
        """Tell in check mode what the device itself says otherwise: that a rule of the site uses what is to go."""
        kept = wanted.content["categories"] if wanted.content is not None else {}
        going = {name for kind, name in self._seen if kind == CATEGORY and name not in kept}
        ours = [key for key in self.place.keys if key[0] != CATEGORY]
        for rule in used_by(self.panos, self.place, going, "get"):
            if (rule["rulebase"], rule["rule"]) not in ours:
                names = ", ".join(rule["categories"])
                raise ApplianceError(
                    f"The {rule['rulebase']} rule {rule['rule']} on {self.device} uses {names}, so that it cannot be "
                    "taken away. Take it out of the rule first."
                )

    @contextlib.contextmanager
    def device_lock(self) -> t.Iterator[None]:
        self.others.controller = self._controller() or self._new_controller()
        self.panos.refuse_other_kind(panorama=self.group is not None)
        self.others.refuse_passive()
        if self.group is not None:
            self.group.refuse_unreachable()
        try:
            self._take_over()
            yield
        except ReconcileError as error:
            left = self._give_back()
            if "devices" in self._told:
                error.facts[self.platform] = self._told
            if left:
                raise ReconcileError(f"{error} {left}", **error.facts) from error
            raise
        except BaseException:
            self._give_back()
            raise
        left = self._give_back()
        if left:
            self._told["locks_left"] = left

    def _take_over(self) -> None:
        """Take the locks, and make the candidate what runs, as far as an earlier run of ours left it otherwise."""
        self.others.take_locks()
        changes = self.others.changes()
        self.others.refuse_mixed(changes)
        if self.others.of_ours(changes):
            self.publishing.wait_for_ours()
            self.others.take_locks()  # a commit that ended meanwhile gave them back
            self.others.revert_ours()

    def _give_back(self) -> str:
        """Give the locks back; return a sentence where they may still be held. What was done stays done."""
        try:
            self.others.release_locks()
        except ApplianceError as error:
            reason = str(error).rstrip(".")
            return f"The locks on {self.device} may still be held, until the next run gives them back: {reason}."
        return ""

    def _controller(self) -> str | None:
        """Return what tells this controller's runs for this list from others; None before the first change."""
        try:
            text = read_text(os.path.join(self.backup_dir, _CONTROLLER))
        except FileNotFoundError:
            return None
        return text if _ID.fullmatch(text) else None

    def _new_controller(self) -> str:
        path, made = os.path.join(self.backup_dir, _CONTROLLER), secrets.token_hex(8)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        write_durably(path, made, 0o600)
        return made

    # -- the steps -----------------------------------------------------------------------------------------------

    def stage(self, wanted: Wanted) -> Objects:
        there = self._seen  # read with the locks held
        made: Objects = {}
        if wanted.content is not None:
            for key in self.place.keys:
                kind, name = key
                known = wanted.content["categories"] if kind == CATEGORY else wanted.content["rules"].get(kind, {})
                if name in known:
                    made[key] = element_of(key, wanted.content, there.get(key))
        self.note_provenance(wanted)
        self._write(there, made)
        return made

    def _write(self, there: Objects, wanted: Objects) -> None:
        """Make the candidate's objects those that are wanted, all of them or none."""
        steps = []
        for key in self.place.keys:
            if key in wanted and (key not in there or not _same(there[key], wanted[key])):
                steps.append(("edit", self.place.xpath(key), _text(wanted[key])))
                if key not in there and key[0] != CATEGORY:
                    steps.append(("move", self.place.xpath(key), ""))
        for key in reversed(self.place.keys):
            if key in there and key not in wanted:
                steps.append(("delete", self.place.xpath(key), ""))
        if len(steps) == 1:
            (action, xpath, text), *_none = steps
            given = {"element": text} if text else {}
            self.panos.ask(True, type="config", action=action, xpath=xpath, **given)
        elif steps:
            inner = "".join(self._step(number, *step) for number, step in enumerate(steps, 1))
            element = f"<multi-configuration-request>{inner}</multi-configuration-request>"
            self.panos.ask(True, type="config", action="multi-config", element=element)

    def _step(self, number: int, action: str, xpath: str, text: str) -> str:
        where = f" where={quoteattr(self.position)}" if action == "move" else ""
        return f"<{action} id={quoteattr(str(number))} xpath={quoteattr(xpath)}{where}>{text}</{action}>"

    def validate(self, staged: Objects) -> None:
        self.publishing.validate()
        self.others.refuse_mixed(self.others.changes())

    def activate(self, staged: Objects) -> None:
        try:
            self._publish(staged)
        finally:
            if self.group is not None and self.group.results:
                self._told["devices"] = self.group.results  # of this push, not of one that puts the old list back

    def _publish(self, wanted: Objects) -> None:
        self.publishing.commit()
        if self.group is not None:
            self.group.deliver(self.publishing, content_of(wanted))

    def discard(self, staged: Objects | None) -> None:
        self.others.revert_ours()

    def restore(self, state: State) -> None:
        self.publishing.wait_for_ours()
        try:
            self.others.take_locks()
            self.others.revert_ours()
        except ApplianceError as error:
            if content_of(self._objects("show")) == state.content:
                raise ApplianceError(f"It still runs, but what was staged stays beside it: {error}") from error
            raise
        before: Objects = {key: unmarked(element) for key, element in (state.native or {}).items()}
        self._write(self._objects("get"), before)
        self._publish(before)


def _text(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode")


def _same(there: ET.Element, wanted: ET.Element) -> bool:
    return _text(unmarked(there)) == _text(wanted)
