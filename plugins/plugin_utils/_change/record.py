# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task that sets a list, or looks what it would set, leaves for the change: one file for each appliance.

The task writes it itself, on the controller, so that a plan over thousands of appliances costs one task on each and
nothing of their results is put through templates.
"""

from __future__ import annotations

import abc
import contextlib
import datetime
import typing as t
from pathlib import Path

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    lease,
    results,
    status,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    plan as plans,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    file_name,
    write_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.place import elsewhere
from ansible_collections.managed_desktop.network.plugins.plugin_utils._run_cache import run_file

COMPARE, APPLY, CONFIRM, RESTORE = "compare", "apply", "confirm", "restore"

_TOLD: t.Final = (
    "changed",
    "before",
    "after",
    "running",
    "difference",
    "losses",
    "accepted",
    "editions",
    "endpoints",
    "entries",
    "covered",
    "frozen",
    "place",
)

LONG: t.Final = ("losses", "accepted", "difference", "frozen", "place")
"""What a record has of a result, and no variable of every appliance needs to hold, too: most grows with the list."""


class Record(abc.ABC):
    """Where one task on one appliance tells what came of it, and what the change says of the task."""

    @abc.abstractmethod
    def begin(self) -> None:
        """Before anything is done: an appliance that cannot be reached must not look like the last time."""

    @abc.abstractmethod
    def tell(self, result: t.Mapping[str, t.Any], heard: bool = True) -> None:
        """Write what came of the task; raises `ChangeError` where that cannot be done.

        `heard` is false where it failed and the appliance itself had no word in that, so that it may hold anything.
        """

    def not_reached(self, why: str) -> None:
        """Write that the appliance could not be reached, where that is not to be guessed from silence."""
        return

    def arguments(self) -> Plain:
        """Return the options of the task that the change gives, such as the list that was planned."""
        return {}

    def elsewhere(self, place: Plain) -> str | None:
        """Return a sentence where the task would reach another place than the plan was made for."""
        return None

    def backup(self) -> Path | None:
        """Return where a copy of the back-up that the task made is kept; None where nobody wants one."""
        return None

    def has_nothing_to_do(self) -> bool:
        """Whether the appliance need not be asked at all."""
        return False

    def foresees(self) -> bool:
        """Whether what a task in check mode would change is its to tell; a run tells the same once."""
        return True


class Outcome(Record):
    """A file with what came of a look: the same outcome always the same bytes, so without any time."""

    def __init__(self, path: Path, appliance: str, platform: str, **about: t.Any) -> None:
        self.path = path
        self._about = {"appliance": appliance, "platform": platform, **about}

    def begin(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def tell(self, result: t.Mapping[str, t.Any], heard: bool = True) -> None:
        kept: Plain = {key: result[key] for key in _TOLD if key in result}
        if result.get("failed"):
            kept["message"] = message_of(result)
        kept["warnings"] = sorted(map(str, result.get("warnings") or ()))
        write_json(self.path, {**self._about, **kept})

    def not_reached(self, why: str) -> None:
        write_json(self.path, {**self._about, "message": why, "unreachable": True})


class Look(Outcome):
    """The same among the files of this run: two runs at once do not take each other's, and check mode leaves none.

    `corrected` says whether the task puts right what it finds, and `fail` whether drift is to fail the run.
    """

    def __init__(self, appliance: str, platform: str, corrected: bool, fail: bool) -> None:
        super().__init__(look_file(appliance), appliance, platform, corrected=corrected, fail=fail)


def look_file(appliance: str) -> Path:
    """Return where a task of this run tells what it saw when it looked for drift."""
    return run_file(f"look-{file_name(appliance)}.json")


class Planned(Outcome):
    """What an appliance says while a change is planned; the list that it was asked about is kept."""

    def __init__(self, directory: ChangeDirectory, appliance: str, platform: str, ring: t.Any) -> None:
        super().__init__(directory.planned(appliance), appliance, platform, ring=ring)
        self._lists = directory.lists

    def arguments(self) -> Plain:
        return {"freeze_to": str(self._lists)}


class Stage(Record):
    """The stage of an appliance in a change, moved on by the task that applies, confirms or restores.

    What the task is to do stands in the appliance's own file, where the beginning of the rollout has put it. To compare
    the appliance with what was planned from is to apply in check mode: it moves no stage.
    """

    _AT_WORK: t.ClassVar[dict[str, str]] = {APPLY: results.APPLYING, RESTORE: results.RESTORING}
    _AFTER: t.ClassVar[dict[str, tuple[str, str]]] = {
        APPLY: (results.APPLIED, results.FAILED),
        CONFIRM: (results.CONFIRMED, results.FAILED),
        RESTORE: (results.RESTORED, results.NOT_RESTORED),
    }

    def __init__(self, directory: ChangeDirectory, appliance: str, step: str, force: bool, writing: bool) -> None:
        self.directory = directory
        self.appliance = appliance
        self.step = step
        self.force = force
        self.writing = writing
        self.found = results.read(directory, appliance)
        if step == COMPARE and writing:
            raise ChangeError("record: the step compare is for a task in check mode.")
        if "planned" not in self.found:
            if writing:
                raise _not_begun(directory, appliance)
            plan, _digest = plans.read(directory)  # check mode begins nothing
            self.found["planned"] = plans.planned_of(plan, appliance)

    def begin(self) -> None:
        now = _now()
        if self.step == COMPARE:
            lease.renew_held(self.directory, self.appliance, lease.this_run(), now)
        if not self.writing or self.has_nothing_to_do():
            return
        lease.renew(self.directory, self.appliance, lease.this_run(), now)
        if self.step in self._AT_WORK:
            tried_again = {"left_out": False} if self.step == APPLY else {}
            self._advance(self._AT_WORK[self.step], now, "", **tried_again)

    def arguments(self) -> Plain:
        planned = self.found["planned"]
        before, after = planned["before"], planned["after"]
        if self.step == CONFIRM:
            return {"state": "confirmed"}
        if self.step == RESTORE:
            known = {"restore": self.found.get("backup") or "latest", "expect_after": before}
            return known if self.force else {**known, "expect_before": [after]}
        # A run that goes on where another was cut off may find the list in place.
        begun = self.found["stage"] != results.WAITING
        list_ = {"file": str(self.directory.path / planned["list"]["file"]), "sha256": planned["list"]["sha256"]}
        return {"frozen": list_, "expect_before": [before, after] if begun else [before], "expect_after": after}

    def elsewhere(self, place: Plain) -> str | None:
        return elsewhere(self.found["planned"]["place"], place)

    def backup(self) -> Path | None:
        return self.directory.backup(self.appliance) if self.step == APPLY else None

    def has_nothing_to_do(self) -> bool:
        """To be confirmed is what was applied, not what failed or was skipped in a batch that stands all the same."""
        return self.step == CONFIRM and not (self._is_applied and self.found.get("confirm_until"))

    def foresees(self) -> bool:
        return self.step != COMPARE

    @property
    def _is_applied(self) -> bool:
        return bool(self.found["stage"] == results.APPLIED)

    @property
    def _was_unchanged(self) -> bool:
        """Whether no earlier run may have changed it; one that was cut off has not come to say."""
        begun: bool = self.found["stage"] != results.WAITING
        return not begun or (self.found["stage"] == results.FAILED and bool(self.found.get("unchanged")))

    def tell(self, result: t.Mapping[str, t.Any], heard: bool = True) -> None:
        if not self.writing or (self.step == CONFIRM and not self._is_applied):
            return
        good, bad = self._AFTER[self.step]
        if self.step == RESTORE and self.found.get("left_out"):
            good = results.LEFT_OUT
        if not result.get("failed"):
            self._advance(good, _now(), **self._learnt(result))
            if self.step == CONFIRM:
                status.note_agreement(self.directory, self.appliance, self.found["planned"]["after"], _now())
        elif result.get("moved") and self.step == RESTORE and _holds(result) == self.found["planned"]["before"]:
            self._advance(good, _now(), "It holds what it held before.")
        elif result.get("moved") and self.step == APPLY and self.found.get("skip_moved"):
            self._advance(results.SKIPPED, _now(), message_of(result))
        else:
            backup = {"backup": result["backup"]} if result.get("backup") else {}
            unchanged = heard and self.step == APPLY and not backup and self._was_unchanged
            self._advance(bad, _now(), message_of(result), unchanged=unchanged, **backup)

    def not_reached(self, why: str) -> None:
        """The connection may have been cut at any moment of the task, so that the appliance may hold either list."""
        self.tell({"failed": True, "msg": why}, heard=False)

    def _learnt(self, result: t.Mapping[str, t.Any]) -> Plain:
        """Return what is new of a task that succeeded; what a run that was cut off has changed stays known."""
        if self.step == CONFIRM:
            return {}
        told = results.facts_of(result)
        if told.get("changed") or "changed" not in self.found:
            return told
        return {key: told[key] for key in ("running", "confirm_until") if key in told}

    def _advance(self, stage: str, now: datetime.datetime, message: str = "", **facts: t.Any) -> None:
        results.advance(self.directory, self.appliance, stage, now, message, **facts)
        status.note_stage(self.directory, self.appliance, stage, now)


def _holds(result: t.Mapping[str, t.Any]) -> str:
    return str((result.get("before") or {}).get("digest") or plans.NO_LIST)


def _not_begun(directory: ChangeDirectory, appliance: str) -> ChangeError:
    return ChangeError(f"Change {directory.id} has not begun on {appliance}. Run the playbook, not a task of it.")


def message_of(result: t.Mapping[str, t.Any]) -> str:
    """Return why a task failed."""
    return str(result.get("msg") or "The task failed and gave no reason.")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


_OUTCOME: t.Final = {"path"}
_LOOK: t.Final = {"corrected", "fail"}
_PLANNED: t.Final = {"change", "change_dir", "ring"}
_STAGE: t.Final = {"change", "change_dir", "step", "force"}


def record_of(options: t.Any, appliance: str, platform: str, writing: bool = True) -> Record | None:
    """Return the record that a task is to write, None where it is to write none.

    Without `writing` the stage of an appliance stays what it is; plans and looks are made in check mode always.

    Raises:
        ChangeError: the option is of no known form, or the change has not begun.
    """
    if options is None:
        return None
    if not isinstance(options, dict):
        raise ChangeError("record: give a mapping.")
    if set(options) == _OUTCOME:
        return Outcome(Path(options["path"]), appliance, platform)
    if set(options) == _LOOK:
        return Look(appliance, platform, boolean(options["corrected"]), boolean(options["fail"]))
    directory = ChangeDirectory.of(str(options.get("change_dir")), str(options.get("change")))
    if set(options) == _PLANNED:
        return Planned(directory, appliance, platform, options["ring"])
    if set(options) == _STAGE and options["step"] in (COMPARE, APPLY, CONFIRM, RESTORE):
        return Stage(directory, appliance, options["step"], boolean(options["force"]), writing)
    forms = (", ".join(sorted(form)) for form in (_OUTCOME, _LOOK, _PLANNED, _STAGE))
    raise ChangeError(f"record: give {'; or '.join(forms)}.")


_SEEN: t.Final = {"change", "change_dir", "appliance", "when", "test_host"}
_KEPT: t.Final = ("msg", "results", "tls_floor", "unprobed", "editions", "via")


class Seen:
    """What one test host sees before or after the batch of an appliance that it is behind."""

    def __init__(self, directory: ChangeDirectory, appliance: str, when: str, test_host: str) -> None:
        found = results.read(directory, appliance)
        if "planned" not in found:
            raise _not_begun(directory, appliance)
        self._directory, self._appliance = directory, appliance
        self._path = directory.probes(found["batch"], when, test_host)
        self._endpoints = found["planned"]["endpoints"]

    def begin(self) -> None:
        """Forget what was seen in an earlier run: a test host that cannot be reached has seen nothing."""
        lease.renew_held(self._directory, self._appliance, lease.this_run(), _now())
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def endpoints(self) -> Plain:
        """Return where the endpoints stand that the plan kept."""
        return {"file": str(self._directory.path / self._endpoints["file"]), "sha256": self._endpoints["sha256"]}

    def tell(self, result: t.Mapping[str, t.Any]) -> None:
        """Write what was seen; raises `ChangeError` where that cannot be done."""
        write_json(self._path, {key: result[key] for key in _KEPT if key in result})


def seen_of(options: t.Any) -> Seen | None:
    """Return where a test host tells what it sees, None where nobody asked.

    Raises:
        ChangeError: the option is not of its form, or the change has not begun.
    """
    if options is None:
        return None
    if not isinstance(options, dict) or set(options) != _SEEN or options["when"] not in ("before", "after"):
        raise ChangeError(f"record: give {', '.join(sorted(_SEEN))}; when is before or after.")
    directory = ChangeDirectory.of(str(options["change_dir"]), str(options["change"]))
    return Seen(directory, str(options["appliance"]), options["when"], str(options["test_host"]))
