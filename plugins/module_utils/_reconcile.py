# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The one flow by which a list gets onto an appliance.

    read (stored and running) -> compare -> [check mode: report and stop]
         -> lock -> read again -> stage -> validate -> save -> [arm the guard] -> activate -> read back -> compare
         -> on any failure after the first write: put back what was there, then fail and say both

A back-up is written once the list is known to be good, and before anything in force is touched: runs that fail on the
way there would push older back-ups out of the ten that are kept, and ``restore: latest`` would find the present list.

An appliance supplies the steps, this file their order. Nothing here knows any platform.
"""

from __future__ import annotations

import abc
import contextlib
import typing as t
from contextlib import AbstractContextManager

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line, changes_as_text, compare

RUNNING = "running"
NONE = "none"
STOPPED = "stopped"
UNKNOWN = "unknown"


class ApplianceError(Exception):
    """A step failed; the message says what was tried, what was found, and what to do."""


class PendingChange(ApplianceError):
    """A change that waits for its confirmation; until then there is no other."""


class ReconcileError(Exception):
    """The call failed as a whole; `facts` go into the module's result."""

    def __init__(self, message: str, **facts: t.Any) -> None:
        super().__init__(message)
        self.facts = facts


class Running(t.NamedTuple):
    """What the daemon says of itself.

    `state` is ``running`` (with the digest of the list in memory), ``none`` (it runs, without this list), ``stopped``
    or ``unknown`` (it cannot be asked). `generation` tells two loads of the same list apart.
    """

    state: str
    digest: str | None = None
    generation: str | None = None

    def report(self) -> dict[str, t.Any]:
        """Return what the module's result says of it."""
        return {"state": self.state, "digest": self.digest}


class State(t.NamedTuple):
    """What an appliance holds: `stored` (None: no list), its digest, and what runs.

    `announced` is the digest and generation that a daemon would give which runs what is stored. `content` is what the
    digest is taken over, with its `provenance`: what a back-up keeps. `native` is whatever else the appliance needs to
    put this state back.
    """

    digest: str | None
    running: Running
    announced: tuple[str | None, str | None] = (None, None)
    lines: t.Sequence[Line] = ()
    text: str = ""
    content: t.Mapping[str, t.Any] | None = None
    provenance: t.Mapping[str, t.Any] | None = None
    native: t.Any = None

    def report(self) -> dict[str, t.Any]:
        """Return the digest and the number of entries, as the module's result shows them."""
        return {"digest": self.digest, "entries": len(self.lines)}


class Wanted(t.NamedTuple):
    """What shall be there. `digest` None means no list at all; `content` None means it has not been delivered yet.

    `fetch` delivers it where the list is at hand as soon as it is asked for, as on the controller itself.
    """

    digest: str | None
    content: dict[str, t.Any] | None = None
    provenance: dict[str, t.Any] | None = None
    fetch: t.Callable[[], Wanted] | None = None

    @property
    def delivered(self) -> bool:
        """Whether the list itself is at hand."""
        return self.digest is None or self.content is not None


class Appliance(abc.ABC):
    """The steps of one platform. Every method raises `ApplianceError` where it cannot do what it says."""

    @abc.abstractmethod
    def read(self) -> State:
        """Return what is stored and what runs. Writes nothing."""

    @abc.abstractmethod
    def describe(self, wanted: Wanted) -> tuple[t.Sequence[Line], str]:
        """Return the wanted list as lines for people, and its native frame as text. Writes nothing."""

    @abc.abstractmethod
    def preview(self, wanted: Wanted) -> None:
        """Check, as far as this is possible without writing anything, that the appliance would take the list."""

    @abc.abstractmethod
    def foresee(self, before: State, wanted: Wanted) -> Running:
        """Return what the daemon will say of itself once the list is in force. Writes nothing."""

    @abc.abstractmethod
    def lock(self) -> AbstractContextManager[None]:
        """Hold the appliance against other runs of ours while the context lasts."""

    @abc.abstractmethod
    def save(self, state: State) -> str:
        """Write a back-up of `state` and return its path."""

    @abc.abstractmethod
    def stage(self, wanted: Wanted) -> t.Any:
        """Write the list where nothing reads it yet, and return a handle to it."""

    @abc.abstractmethod
    def validate(self, staged: t.Any) -> None:
        """Let the appliance's own checker judge the whole with the staged list in place."""

    @abc.abstractmethod
    def activate(self, staged: t.Any) -> None:
        """Put the staged list in force in one step, and wait until the daemon runs it."""

    @abc.abstractmethod
    def discard(self, staged: t.Any) -> None:
        """Remove what was staged and never put in force; None where staging itself failed, at whatever point."""

    @abc.abstractmethod
    def restore(self, state: State) -> None:
        """Put `state` back in force."""

    @abc.abstractmethod
    def tidy(self) -> None:
        """Remove what earlier lists and crashed runs left behind."""


class Pending(t.Protocol):
    """What takes a change back that nobody confirms in time; see `_guard`."""

    def refuse_pending(self) -> None:
        """Raise `PendingChange` where a change waits already."""

    def waits_with(self, digest: str | None) -> str | None:
        """Return until when a change that brought this list waits for its confirmation; None where none does."""

    def arm(self, appliance: Appliance, before: State, digest: str | None) -> str | None:
        """Begin to wait; return until when, or None where nothing has to be confirmed."""

    def clear(self) -> None:
        """Forget the change."""


class Outcome(t.NamedTuple):
    """What the call did, as the module's result."""

    changed: bool
    artefact_needed: bool
    facts: dict[str, t.Any]


def in_step(state: State, digest: str | None) -> bool:
    """Tell whether the wanted list is stored and running.

    A daemon that is stopped, or cannot be asked, does not count against it: the result says so.
    """
    return state.digest == digest and runs_what_is_stored(state)


def runs_what_is_stored(state: State) -> bool:
    """Tell whether the daemon, as far as it can be asked, runs what is stored."""
    running = state.running
    if running.state == NONE:
        return state.announced == (None, None)
    if running.state == RUNNING:
        return (running.digest, running.generation) == state.announced
    return True


def reconcile(
    appliance: Appliance,
    wanted: Wanted,
    check_mode: bool = False,
    diff_mode: bool = False,
    expect_before: t.Sequence[str] | None = None,
    guard: Pending | None = None,
) -> Outcome:
    """Bring the appliance to `wanted`, or leave it as it was.

    `expect_before` are the digests of which one must be stored now (``none`` for no list), so that a saved plan is
    refused when the device has moved. `guard` is asked whether a change waits for its confirmation, and armed before
    anything is put in force.

    Raises:
        ReconcileError: nothing was changed, or what was changed was put back; the message says which.
    """
    before = _step("read what is there", appliance.read)
    refuse_moved(before, expect_before)
    if in_step(before, wanted.digest):
        return _unchanged(before, guard)
    if not wanted.delivered:
        if wanted.fetch is None:
            return Outcome(False, True, {})
        wanted = _step("unpack the list", wanted.fetch)
    if guard is not None:
        _step("begin", guard.refuse_pending)
    lines, text = appliance.describe(wanted)
    if check_mode:
        _step("check the list", lambda: appliance.preview(wanted))
        running = _step("read what is there", lambda: appliance.foresee(before, wanted))
        after = State(wanted.digest, running, lines=lines, text=text)
        return Outcome(True, False, _changes(before, after, None, diff_mode))
    with contextlib.ExitStack() as stack:
        _step("begin", lambda: stack.enter_context(appliance.lock()))
        if guard is not None:
            _step("begin", guard.refuse_pending)
        before = _step("read what is there", appliance.read)
        refuse_moved(before, expect_before)
        if in_step(before, wanted.digest):
            return _unchanged(before, guard)
        backup, until, after = _apply(appliance, wanted, before, guard)
        if until is None:
            if guard is not None:
                _step("forget the change that was to be confirmed", guard.clear)
            _tidy(appliance)  # what a guard may have to put back stays
    facts = _changes(before, after._replace(lines=lines, text=text), backup, diff_mode)
    return Outcome(True, False, {**facts, **_to_be_confirmed(until)})


def _unchanged(state: State, guard: Pending | None) -> Outcome:
    """Return that all is as wanted; a run that was cut off may have left it so, and with it a guard that waits."""
    until = _step("look for a change that waits", lambda: guard.waits_with(state.digest)) if guard is not None else None
    return Outcome(False, False, {**_facts(state, state, None), **_to_be_confirmed(until)})


def _to_be_confirmed(until: str | None) -> dict[str, str]:
    return {"confirm_until": until} if until else {}


def _apply(appliance: Appliance, wanted: Wanted, before: State, guard: Pending | None) -> tuple[str, str | None, State]:
    """Return the path of the back-up, until when the change has to be confirmed, and what the appliance holds then."""
    staged = until = None
    try:
        staged = appliance.stage(wanted)
        appliance.validate(staged)
        backup = appliance.save(before)
        until = guard.arm(appliance, before, wanted.digest) if guard is not None else None
    except (ApplianceError, OSError) as error:
        raise ReconcileError(f"{_sentence(error)} {_discard(appliance, staged)}") from error
    except Exception:
        _discard(appliance, staged)  # whatever it was, even a fault of ours
        raise
    try:
        appliance.activate(staged)
        after = appliance.read()
        if not in_step(after, wanted.digest):
            raise ApplianceError(
                f"After activation the appliance holds {_short(after.digest)} and runs "
                f"{_short(after.running.digest)} ({after.running.state}), not {_short(wanted.digest)}."
            )
    except (ApplianceError, OSError) as error:
        restored, said = put_back(appliance, before)
        if restored and until is not None and guard is not None:
            # What is left is no change; where it could not be put back, the guard tries once more.
            with contextlib.suppress(ApplianceError, OSError):
                guard.clear()
        raise ReconcileError(f"{_sentence(error)} {said}", backup=backup) from error
    except Exception:
        put_back(appliance, before)  # whatever it was, even a fault of ours
        raise
    return backup, until, after


def put_back(appliance: Appliance, before: State) -> tuple[bool, str]:
    """Put `before` back; return whether it is stored and running again, and a sentence that says so."""
    try:
        appliance.restore(before)
        now = appliance.read()
    except (ApplianceError, OSError) as error:
        return False, f"Putting back the list that was there failed as well: {_sentence(error)}"
    _tidy(appliance)
    if now.digest != before.digest:
        return False, f"Putting back the list that was there failed: {_short(now.digest)} is stored now."
    if not runs_what_is_stored(now):
        return False, f"The list that was there is stored again, but {_short(now.running.digest)} is running."
    return True, "The list that was there has been put back."


def _discard(appliance: Appliance, staged: t.Any) -> str:
    """Remove what was staged; return a sentence that says what is there now."""
    try:
        appliance.discard(staged)
    except (ApplianceError, OSError) as error:
        return f"Nothing in force was changed, but what was prepared could not be removed: {_sentence(error)}"
    return "Nothing was changed."


def _tidy(appliance: Appliance) -> None:
    try:
        appliance.tidy()
    except (ApplianceError, OSError):
        # What is in force does not depend on it; the next run removes what is left.
        return


def _step(what: str, action: t.Callable[[], t.Any]) -> t.Any:
    try:
        return action()
    except (ApplianceError, OSError) as error:
        raise ReconcileError(f"Could not {what}: {_sentence(error)} Nothing was changed.") from error


def _sentence(error: Exception) -> str:
    text = str(error)
    return text if text.endswith((".", "\n")) else f"{text}."


def refuse_moved(before: State, expected: t.Sequence[str] | None) -> None:
    """Refuse an appliance that holds none of the lists expected.

    Raises:
        ReconcileError: it has moved.
    """
    found = before.digest or NONE
    if expected and found not in expected:
        raise ReconcileError(
            f"The appliance has moved: it holds {found}, and expect_before is {' or '.join(expected)}. Nothing was "
            "changed. Make a new plan from what is there now.",
            before=before.report(),
            moved=True,
        )


def _facts(before: State, after: State, backup: str | None) -> dict[str, t.Any]:
    return {
        "before": before.report(),
        "after": after.report(),
        "running": after.running.report(),
        "backup": backup,
        "difference": {**compare(before.lines, after.lines), "not_running": not runs_what_is_stored(before)},
    }


def _changes(before: State, after: State, backup: str | None, diff_mode: bool) -> dict[str, t.Any]:
    facts = _facts(before, after, backup)
    if not diff_mode:
        return facts
    shown = [
        {
            "before_header": f"stored list {_short(before.digest)}, running {_short(before.running.digest)}",
            "after_header": f"list {_short(after.digest)}",
            **changes_as_text(before.lines, after.lines),
        }
    ]
    if before.text != after.text:
        shown.append({"before_header": "rules", "after_header": "rules", "before": before.text, "after": after.text})
    if facts["difference"]["not_running"]:
        shown.append({"before": "stored, but not running\n", "after": "stored and running\n"})
    facts["diff"] = shown
    return facts


def _short(digest: str | None) -> str:
    return digest[:12] if digest else NONE
