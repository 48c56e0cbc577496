# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation, commit and revert, for all or for some administrators, and the push of a device group."""

from __future__ import annotations

import copy
import typing as t
import xml.etree.ElementTree as ET

from lab.simulators.panos.answers import INVALID, INVALID_COMMAND, NOT_POSSIBLE, Refused, parsed, success
from lab.simulators.panos.configuration import Change
from lab.simulators.panos.jobs import Result, on_device
from lab.simulators.panos.schema import errors_in
from lab.simulators.panos.state import GROUP, State
from lab.simulators.server import Reply


class Publishing(State):
    """A device that can put its candidate in force."""

    def commit_as(self, admin: str) -> list[str]:
        """Commit at once what an administrator changed; return what is wrong."""
        return self._commit([admin], admin)()[0]

    def revert(self, admins: t.Collection[str] | None) -> None:
        """Make the candidate what runs, for what these administrators changed last."""
        for xpath, change in list(self.config.changes.items()):
            if admins is None or change.owner in admins:
                self.config.bring(self.config.running, self.config.candidate, change.steps)
                del self.config.changes[xpath]

    def begin_validation(self, admin: str, admins: list[str] | None) -> int:
        """Enqueue a validation."""
        self._refuse_busy()

        def work() -> Result:
            failing, self.validation_fails = self.validation_fails, []
            return failing or self._errors(self._merged(self._chosen(admins))), []

        return self.jobs.begin("Validate", admin, "", work).number

    def begin_commit(self, given: t.Mapping[str, str], admin: str) -> Reply:
        """Enqueue a commit, or a push, and return the answer."""
        self.refuse_reader(admin)
        wanted = parsed(given.get("cmd", ""))
        if wanted.tag == "commit-all":
            return self._begin_push(wanted, admin)
        if wanted.tag != "commit" or any(child.tag not in ("description", "partial", "force") for child in wanted):
            raise Refused(INVALID_COMMAND, "commit is malformed")
        admins = [member.text or "" for member in wanted.findall("partial/admin/member")] or None
        self._refuse_busy()
        self.locks.refuse_commit(admin)
        if not self._chosen(admins) and wanted.find("force") is None:
            return success("<msg>There are no changes to commit.</msg>", "19")
        job = self.jobs.begin("Commit", admin, wanted.findtext("description", ""), self._commit(admins, admin))
        return _enqueued(job.number)

    def _refuse_busy(self) -> None:
        if self.jobs.active:
            raise Refused(NOT_POSSIBLE, "Another commit/validate is in progress. Please try again later")

    def _chosen(self, admins: t.Collection[str] | None) -> list[Change]:
        return [change for change in self.config.changes.values() if admins is None or change.owner in admins]

    def _merged(self, chosen: t.Iterable[Change]) -> ET.Element:
        tree = copy.deepcopy(self.config.running)
        for change in chosen:
            self.config.bring(self.config.candidate, tree, change.steps)
        return tree

    def _errors(self, tree: ET.Element) -> list[str]:
        shared = tree.find("shared")
        errors = [error for _name, place in self.places(tree) for error in errors_in(place, shared, self.limits)]
        return errors + (errors_in(shared, None, self.limits) if shared is not None else [])

    def _commit(self, admins: t.Collection[str] | None, admin: str) -> t.Callable[[], Result]:
        """Return what puts in force, when the job ends, what the candidate was when it began."""
        chosen = {change.xpath: (change, change.edits) for change in self._chosen(admins)}
        mixed = [change for change, _n in chosen.values() if admins is not None and set(change.admins) - set(admins)]
        tree = self._merged(change for change, _edits in chosen.values())

        def work() -> Result:
            failing, self.commit_fails = self.commit_fails, []
            if mixed:
                names = ", ".join(mixed[0].admins)
                failing = [f"{mixed[0].xpath} was changed by {names}; a partial commit is not possible"]
            failing = failing or self._errors(tree)
            if failing:
                return failing, []
            self._run(tree, chosen)
            self.locks.release(admin)
            return [], []

        return work

    def _run(self, tree: ET.Element, chosen: t.Mapping[str, tuple[Change, int]]) -> None:
        self.config.running = tree
        for xpath, (change, edits) in chosen.items():
            if self.config.changes.get(xpath) is change and change.edits == edits:
                del self.config.changes[xpath]
            if self.is_panorama and len(change.steps) >= GROUP and change.steps[3][0] == "device-group":
                self.unpushed.setdefault(change.steps[4][1][0], []).append((change.steps, change.owner))
        if self.peer is not None:
            self.peer.config.running = copy.deepcopy(tree)
            self.peer.config.candidate = copy.deepcopy(tree)

    def _begin_push(self, wanted: ET.Element, admin: str) -> Reply:
        policy = wanted.find("shared-policy")
        if not self.is_panorama or policy is None:
            raise Refused(INVALID_COMMAND, "commit-all is unexpected here")
        known = {"device-group", "admin", "description", "include-template", "force-template-values"}
        if any(child.tag not in known for child in policy):
            raise Refused(INVALID_COMMAND, "commit-all -> shared-policy is malformed")
        if policy.find("admin") is not None and not self.pushes_by_admin:
            raise Refused(INVALID_COMMAND, "shared-policy -> admin is unexpected")
        names = [entry.get("name", "") for entry in policy.findall("device-group/entry")]
        if not names or set(names) - set(self.groups):
            raise Refused(INVALID, f"device-group '{', '.join(names)}' is not a valid reference")
        self._refuse_busy()
        admins = [member.text or "" for member in policy.findall("admin/member")] or None
        serials = {entry.get("name") for entry in policy.findall("device-group/entry/devices/entry")}
        name = names[0]
        job = self.jobs.begin(
            "CommitAll",
            admin,
            policy.findtext("description", ""),
            lambda: self._push(name, admins, serials),
        )
        return _enqueued(job.number)

    @property
    def pushes_by_admin(self) -> bool:
        """Whether a push can be told whose changes it is of."""
        return tuple(map(int, self.version.split(".")[:2])) >= (10, 2)

    def _push(self, name: str, admins: t.Collection[str] | None, serials: t.Collection[str | None]) -> Result:
        chosen = [(path, by) for path, by in self.unpushed.get(name, ()) if admins is None or by in admins]
        paths = None if admins is None else [path for path, _by in chosen]
        told, errors = [], []
        for member in self.groups[name]:
            if serials and member.serial not in serials:
                continue
            wrong = member.take(self.group_config(name), paths, GROUP)
            told.append(on_device(member.serial, member.hostname, wrong))
            errors += [f"{member.hostname}: {line}" for line in wrong]
        if not errors and len(told) == len(self.groups[name]):
            self.unpushed[name] = [one for one in self.unpushed.get(name, ()) if one not in chosen]
        return errors, told


def _enqueued(job: int) -> Reply:
    return success(
        f"<result><msg><line>Commit job enqueued with jobid {job}</line></msg><job>{job}</job></result>", "19"
    )
