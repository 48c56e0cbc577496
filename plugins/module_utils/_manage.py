# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What every ``<engine>_allowlist`` and ``<engine>_allowlist_info`` does with its parameters, whatever the engine."""

from __future__ import annotations

import abc
import contextlib
import os
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import by_service
from ansible_collections.managed_desktop.network.plugins.module_utils._files import (
    list_backups,
    read_backup,
    write_backup,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._guard import LONGEST, Guard
from ansible_collections.managed_desktop.network.plugins.module_utils._package import (
    PackageError,
    content_digest,
    unpack,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    UNKNOWN,
    Appliance,
    ApplianceError,
    Outcome,
    ReconcileError,
    State,
    Wanted,
    reconcile,
    refuse_moved,
    runs_what_is_stored,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import CHANGE_OPTIONS

MANAGE_OPTIONS: dict[str, t.Any] = {
    **CHANGE_OPTIONS,
    "state": {"type": "str", "choices": ["present", "absent", "confirmed"], "default": "present"},
    "restore": {"type": "str"},
    "confirm_within": {"type": "int"},
    "expect_before": {"type": "list", "elements": "str"},
    "expect_after": {"type": "str"},
    "digests": {"type": "dict"},
    "needs": {"type": "dict"},
    "accepted_properties": {"type": "list", "elements": "str", "default": []},
    "accepted_ports": {"type": "list", "elements": "list", "default": []},
    "artefact": {"type": "str", "no_log": True},
}
"""The options that every module which sets a list has; each adds where its device is, and its dialect's own."""

INFO_OPTIONS: dict[str, t.Any] = {"include_entries": {"type": "bool", "default": False}}

_GUARD = ".guard"


class Judgement(t.NamedTuple):
    """What only the device can tell of a list before it is there.

    `variant` is the compiled form that fits it; `losses` are what its own rules take away, each with a ``property``
    that can be accepted, ``result`` and ``detail``; `warnings` are what may matter. A loss of ``ports`` (lowest and
    highest) is accepted by their numbers, because who accepts some has not accepted those that a later list adds.
    """

    variant: str
    losses: t.Sequence[dict[str, t.Any]] = ()
    warnings: t.Sequence[str] = ()


class ListAppliance(Appliance, abc.ABC):
    """An appliance that a module manages: the steps of the flow, and what the calls around it need.

    `platform` names the engine in back-ups and results, `module` what sets its lists; `backup_dir` is this list's own
    directory of back-ups.
    """

    platform: t.ClassVar[str]
    module: t.ClassVar[str]
    backup_dir: str
    reads_only: bool = False
    """Whether the call changes nothing, so that a login for reading is enough; set before `session` begins."""

    @abc.abstractmethod
    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        """Judge whether the device as it stands could carry the list. Writes nothing."""

    @abc.abstractmethod
    def checked_content(self, content: t.Any) -> dict[str, t.Any]:
        """Return `content` if it is of this platform's form; raises `ApplianceError` where it is not."""

    @abc.abstractmethod
    def checked_provenance(self, provenance: t.Any) -> dict[str, t.Any]:
        """Return of a stored provenance what is of its form."""

    @abc.abstractmethod
    def facts(self) -> dict[str, t.Any]:
        """Return what the result says of the program, such as its version."""

    def details(self, state: State) -> dict[str, t.Any]:
        """Return what else the ``_info`` module tells."""
        return {}

    def save(self, state: State) -> str:
        """Write a back-up of `state` and return its path."""
        kept = {"platform": self.platform, "content": state.content, "provenance": state.provenance}
        return write_backup(self.backup_dir, state.digest, kept)

    def session(self) -> contextlib.AbstractContextManager[None]:
        """Hold what all steps of one call need open, such as a login, while the context lasts."""
        return contextlib.nullcontext()

    def guard(self, seconds: int | None = None, overriding: bool = False) -> Guard | None:
        """Return the guard of this list; None where nothing on the device could take a change back by itself."""
        return Guard(os.path.join(self.backup_dir, _GUARD), seconds, overriding)

    def from_backup(self, which: str) -> Wanted:
        """Return what a back-up holds as the list to put back.

        Raises:
            ApplianceError: there is no such back-up, it is damaged, or it is of another platform.
        """
        backup = read_backup(self.backup_dir, which)
        if backup.get("platform") != self.platform:
            raise ApplianceError(f"The back-up {which} is not one of {self.platform}.")
        content = backup.get("content")
        if content is None:
            return Wanted(None)
        if content_digest(content) != backup["digest"]:
            raise ApplianceError(f"The back-up {which} was altered: its digest does not fit its content.")
        return Wanted(
            backup["digest"], self.checked_content(content), self.checked_provenance(backup.get("provenance"))
        )


Make = t.Callable[[t.Mapping[str, t.Any]], ListAppliance]
"""Makes the appliance that a module's parameters describe, or raises `ApplianceError` where an option does not fit."""


Deliver = t.Callable[[str], str]
"""Returns the packed list of a variant, where it is at hand."""


def manage(
    make: Make, params: t.Mapping[str, t.Any], check_mode: bool, diff_mode: bool, deliver: Deliver | None = None
) -> dict[str, t.Any]:
    """Bring the list to what the parameters say, and return the module's result.

    Without `deliver` the result asks for the list (``artefact_needed``) where it is needed and `params` lack it.

    Raises:
        ReconcileError: it could not be done; the message says what state the appliance is left in.
    """
    try:
        appliance = make(params)
    except (ApplianceError, OSError) as error:
        raise ReconcileError(f"{error} Nothing was changed.") from error
    appliance.reads_only = check_mode
    with appliance.session():
        return _managed(appliance, params, check_mode, diff_mode, deliver)


def _managed(
    appliance: ListAppliance, params: t.Mapping[str, t.Any], check_mode: bool, diff_mode: bool, deliver: Deliver | None
) -> dict[str, t.Any]:
    judgement: Judgement | None = None
    try:
        facts = {appliance.platform: appliance.facts()}
        if params["restore"] is not None:
            wanted = _from_backup(appliance, params["restore"], params["expect_before"])
        elif params["state"] == "confirmed":
            return {**_confirmed(appliance, check_mode), **facts}
        elif params["state"] == "absent":
            wanted = Wanted(None)
        else:
            wanted, judgement = _wanted_list(appliance, params, deliver)
        restoring = params["restore"] is not None
        guard = appliance.guard(_checked_seconds(params.get("confirm_within")), overriding=restoring)
    except (ApplianceError, OSError) as error:
        raise ReconcileError(f"{error} Nothing was changed.") from error
    except PackageError as error:
        raise ReconcileError(f"On its way to the host {error}. Nothing was changed.") from error
    _refuse_other_intent(wanted, params["expect_after"], params["restore"])
    outcome = reconcile(appliance, wanted, check_mode, diff_mode, params["expect_before"], guard)
    if restoring and guard is not None and not check_mode and not outcome.changed:
        _forget(appliance, guard)
    return {**_result(outcome, judgement), **({} if outcome.artefact_needed else facts)}


def _from_backup(appliance: ListAppliance, which: str, expect_before: t.Sequence[str] | None) -> Wanted:
    """Return what a back-up holds; an appliance that has moved is refused for that, whatever is the matter with it."""
    try:
        return appliance.from_backup(which)
    except ApplianceError:
        refuse_moved(appliance.read(), expect_before)
        raise


def report(make: Make, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return what the ``_info`` module says.

    Raises:
        ReconcileError: the program or its configuration cannot be read.
    """
    try:
        appliance = make(params)
        appliance.reads_only = True
        with appliance.session():
            return _report(appliance, params["include_entries"])
    except (ApplianceError, OSError) as error:
        raise ReconcileError(f"Could not read the list: {error}") from error


def _report(appliance: ListAppliance, include_entries: bool) -> dict[str, t.Any]:
    facts = appliance.facts()
    state = appliance.read()
    guard = appliance.guard()
    result = {
        "stored": state.report(),
        "running": state.running.report(),
        "in_step": None if state.running.state == UNKNOWN else runs_what_is_stored(state),
        "backups": list_backups(appliance.backup_dir),
        **({"guard": guard.report()} if guard is not None else {}),
        **appliance.details(state),
        appliance.platform: facts,
    }
    if include_entries:
        result["entries"] = by_service(state.lines)
    return result


def _wanted_list(
    appliance: ListAppliance, params: t.Mapping[str, t.Any], deliver: Deliver | None
) -> tuple[Wanted, Judgement]:
    needs, digests = params["needs"], params["digests"]
    if not needs or not digests:
        raise ApplianceError(
            "The module was called without a compiled list. Call it by its full name, "
            f"managed_desktop.network.{appliance.module}, so that its action plugin compiles one."
        )
    judgement = appliance.judge(needs, params)
    _refuse_losses(judgement.losses, params["accepted_properties"], params["accepted_ports"])
    digest = digests[judgement.variant]
    if params.get("artefact") is not None:
        return _unpacked(appliance, params["artefact"], digest), judgement
    if deliver is None:
        return Wanted(digest), judgement

    def fetch() -> Wanted:
        try:
            return _unpacked(appliance, deliver(judgement.variant), digest)
        except PackageError as error:
            raise ApplianceError(f"On its way {error}.") from error

    return Wanted(digest, fetch=fetch), judgement


def _unpacked(appliance: ListAppliance, packed: str, digest: str) -> Wanted:
    package = unpack(packed, digest)
    return Wanted(digest, appliance.checked_content(package.content), package.provenance)


def _refuse_losses(
    losses: t.Sequence[t.Mapping[str, t.Any]], accepted: t.Sequence[str], ports: t.Sequence[t.Sequence[int]]
) -> None:
    stopping = [loss for loss in losses if not _is_accepted(loss, accepted, ports)]
    if not stopping:
        return
    rows = [f"  {loss['property']:<14}  {loss['result']:<11}  {loss['detail']}" for loss in stopping]
    blocked: dict[str, list[str]] = {}
    for loss in stopping:
        blocked.setdefault(loss["property"], []).extend(_shown(loss))
    lines = []
    for name, spans in sorted(blocked.items()):
        named = f"ports: [{', '.join(spans)}], " if spans else ""
        lines.append(f"  - {{property: {name}, {named}reason: ''}}")
    raise ApplianceError(
        "\n".join(
            [
                "The site's configuration keeps part of the list from working, and nobody accepted that:",
                *rows,
                "Change the site's rules, or accept with these lines under accept_loss, giving the reason:",
                *lines,
                "",
            ]
        )
    )


def _is_accepted(loss: t.Mapping[str, t.Any], accepted: t.Sequence[str], ports: t.Sequence[t.Sequence[int]]) -> bool:
    if "ports" not in loss:
        return loss["property"] in accepted
    lowest, highest = loss["ports"]
    return any(low <= lowest and highest <= high for low, high in ports)


def _shown(loss: t.Mapping[str, t.Any]) -> list[str]:
    """Return the ports of a loss as an acceptance names them; nothing where it is not about ports."""
    if "ports" not in loss:
        return []
    lowest, highest = loss["ports"]
    return [str(lowest) if lowest == highest else f"{lowest}-{highest}"]


def _checked_seconds(seconds: int | None) -> int | None:
    if seconds is not None and not 1 <= seconds <= LONGEST:
        raise ApplianceError(f"confirm_within: {seconds} is not between 1 and {LONGEST} seconds.")
    return seconds


def _confirmed(appliance: ListAppliance, check_mode: bool) -> dict[str, t.Any]:
    """Make the change that waits for its confirmation lasting, and remove what it replaced."""
    guard = appliance.guard()
    if guard is None:
        raise ApplianceError(f"{appliance.platform} has no change that waits: it takes none back by itself.")
    if check_mode:
        return {"changed": guard.read() is not None, "confirmed": guard.report()}
    if guard.read() is None:
        return {"changed": False, "confirmed": None}
    with appliance.lock():
        confirmed = guard.confirm()
        appliance.tidy()
    return {"changed": confirmed is not None, "confirmed": confirmed}


def _forget(appliance: ListAppliance, guard: Guard) -> None:
    """What was to be taken back is not there any more, so nobody has to wait for a confirmation."""
    try:
        if guard.read() is not None:
            with appliance.lock():
                guard.clear()
    except (ApplianceError, OSError) as error:
        raise ReconcileError(
            f"The list is as wanted, but what waits for a confirmation stays noted: {error}"
        ) from error


def _refuse_other_intent(wanted: Wanted, expected: str | None, backup: str | None) -> None:
    found = wanted.digest or "none"
    if expected is not None and found != expected:
        if backup is not None:
            raise ReconcileError(
                f"The back-up {backup} holds {found}, and expect_after is {expected}. Nothing was changed. Name the "
                "back-up that holds it; the _info module lists them all."
            )
        raise ReconcileError(
            f"The intent has moved: it compiles to {found} now, and expect_after is {expected}. Nothing was changed. "
            "Make a new plan."
        )


def _result(outcome: Outcome, judgement: Judgement | None) -> dict[str, t.Any]:
    if outcome.artefact_needed and judgement is not None:
        return {"changed": False, "artefact_needed": judgement.variant}
    told: dict[str, t.Any] = {}
    if judgement is not None:
        told = {"site_losses": list(judgement.losses), "site_warnings": list(judgement.warnings)}
    return {"changed": outcome.changed, **outcome.facts, **told}
