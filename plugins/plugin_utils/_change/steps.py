# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of a change does beside the tasks on its appliances: begin, judge each batch, take back, end."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    approval,
    lease,
    results,
    rollout,
    status,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    approved as approvals,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    plan as plans,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.finish import account_for, leave
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.rollout import Batch, Verdict
from ansible_collections.managed_desktop.network.plugins.plugin_utils._text_table import shortened

HELD: t.Final = "It holds what it held before."


@dataclass(frozen=True)
class Scene:
    """Where a run takes place: the `appliances` of its inventory, in order; behind which of them each test host is.

    `writing` is false in check mode.
    """

    appliances: tuple[str, ...]
    behind: t.Mapping[str, t.Sequence[str]]
    run: lease.Run
    now: datetime.datetime
    writing: bool = True

    def test_hosts(self, batch: Batch) -> dict[str, list[str]]:
        """Return by appliance of a batch its test hosts; one behind several is that of the first."""
        found: dict[str, list[str]] = {name: [] for name in batch.appliances}
        for host in sorted(self.behind):
            first = next((name for name in batch.appliances if name in self.behind[host]), None)
            if first is not None:
                found[first].append(host)
        return found


def begin(directory: ChangeDirectory, policy: approval.Policy, scene: Scene, skip_moved: bool) -> Plain:
    """Check that a change may be carried out now, by this run, and take its appliances for it.

    Returns:
        `batches` (a list of `number`, `appliances` and, by appliance, `test_hosts`), all their appliances in order as
        `hosts` and how many each batch has as `sizes`, `of` how many batches there are in the plan, `plan` (its
        digest), `approval`, `editions`.

    Raises:
        ChangeError: it may not; the message says why, and no appliance was taken.
    """
    plan, digest = plans.read(directory)
    _account_for(directory, plan, scene)
    plans.refuse_altered(directory, plan)
    approved = approval.check(directory, plan, digest, policy, scene.now)
    batches = rollout.left_to_do(directory, plan, scene.appliances)
    _refuse_cut(plan, batches, scene)
    names = [name for batch in batches for name in batch.appliances]
    _refuse_unfinished(directory, names)
    if scene.writing:
        lease.take(directory, names, scene.run, scene.now)
        for batch in batches:
            for name in batch.appliances:
                facts = {"planned": plans.planned_of(plan, name), "batch": batch.number, "skip_moved": skip_moved}
                checks = approvals.checks(directory, name, approved, scene.now)
                results.note(directory, name, plan=digest, approvals=checks, **facts)
    return {
        "batches": [
            {"number": batch.number, "appliances": list(batch.appliances), "test_hosts": scene.test_hosts(batch)}
            for batch in batches
        ],
        "hosts": names,
        "sizes": [len(batch.appliances) for batch in batches],
        "of": len(plan["batches"]),
        "plan": digest,
        "approval": approved,
        "editions": plan["editions"],
    }


def refuse_beside(root: Path, scene: Scene) -> None:
    """Refuse to set a list outside a change on appliances that one is under way on, or was left unfinished on.

    Raises:
        ChangeError: it names the change, and how far it is.
    """
    none = ChangeDirectory(root, "")
    lease.refuse_taken(none, scene.appliances, scene.run, scene.now)
    _refuse_unfinished(none, scene.appliances)


def _refuse_unfinished(directory: ChangeDirectory, names: t.Iterable[str]) -> None:
    """Refuse appliances that another change has begun with, and has neither confirmed nor put back.

    Its run may have ended long ago, and hold nothing: what it left still has to be finished or taken back.

    Raises:
        ChangeError: it names some of them, with the change and how far it is.
    """
    found = {}
    for name in names:
        other = _other_change(directory, name)
        # One that is kept no more can neither be finished nor taken back.
        if other is not None and other[1] in results.UNFINISHED and other[0].plan.exists():
            found[name] = other[0].id, other[1]
    if found:
        told = shortened([f"{name} ({id}: {stage})" for name, (id, stage) in found.items()])
        first = next(iter(found.values()))[0]
        raise ChangeError(
            f"Another change is not finished on {len(found)} appliances of this run: {told}. Finish it with "
            f"apply, or take it back with restore, -e allowlist_change={first} --limit with these appliances; then run "
            "this again."
        )


def _other_change(directory: ChangeDirectory, appliance: str) -> tuple[ChangeDirectory, str] | None:
    """Return the change that touched an appliance last, and its stage there; None where that is this one, or none.

    How far it is stands in its own files, which are written first: a run may be killed before it notes that elsewhere.
    """
    last = status.read(directory, appliance).get("change") or {}
    if last.get("id") in (None, directory.id):
        return None
    other = ChangeDirectory.of(str(directory.root), str(last["id"]))
    kept = other.result(appliance).exists()
    return other, str(results.read(other, appliance)["stage"] if kept else last.get("stage"))


def _refuse_cut(plan: Plain, batches: t.Sequence[Batch], scene: Scene) -> None:
    """Refuse a run that has some of the appliances of a batch that a test host is behind, where another has the rest.

    Both would have it probe, and neither would know what the other had changed by then.

    Raises:
        ChangeError: it names the test host and the appliances.
    """
    for batch in batches:
        ours = set(batch.appliances)
        others = set(plan["batches"][batch.number - 1]).difference(scene.appliances)
        for host in sorted(scene.behind):
            crossed = scene.behind[host]
            if ours.intersection(crossed) and others.intersection(crossed):
                raise ChangeError(
                    f"Test host {host} is behind {', '.join(sorted((ours | others).intersection(crossed)))}, all in "
                    f"batch {batch.number} of change {plan['change']}, and this run has not all of them. A slice of "
                    "a batch takes all appliances that one test host is behind: widen --limit, or cut it otherwise."
                )


def _account_for(directory: ChangeDirectory, plan: Plain, scene: Scene) -> None:
    """Write the evidence that a run which was killed after its last batch has left to the next."""
    names = [name for batch in plan["batches"] for name in batch]
    if scene.writing and names:
        account_for(directory, names, scene.run, scene.now)


def proceed(directory: ChangeDirectory, number: int, policy: approval.Policy, scene: Scene) -> None:
    """Check before a batch that its change is still approved, and say that the run is still at work on what is left.

    Raises:
        ChangeError: it is not; what is left was given up, and what is confirmed stays.
    """
    plan, digest = plans.read(directory)
    left = [name for batch in plan["batches"][number - 1 :] for name in batch if name in scene.appliances]
    try:
        approval.check(directory, plan, digest, policy, scene.now)
    except ChangeError as error:
        if scene.writing:
            lease.give_up(directory, left, scene.run)
        raise ChangeError(
            f"Change {directory.id} stops before batch {number} of {len(plan['batches'])}. {error} What is confirmed "
            "stays as it is; apply run again goes on with the rest, restore takes all of it back."
        ) from error
    if scene.writing:
        lease.renew_all(directory, scene.run, scene.now)


def judge(directory: ChangeDirectory, batch: Batch, scene: Scene, max_failed: int, fail_on_unknown: bool) -> Verdict:
    """Judge a batch; where it does not stand, settle what needs no task any more.

    An appliance that was not begun with holds what it held, and so does one whose module failed before it wrote. All
    others are asked to put back what they held, those that no back-up is known of, too: a run that was cut off may have
    changed them and not come to say so.
    """
    hosts = _crossing(directory, batch, scene)
    verdict = rollout.judge(directory, batch, _elsewhere(directory, batch), hosts, max_failed, fail_on_unknown)
    if not verdict.stands and scene.writing:
        _settle(directory, batch.appliances, scene, results.RESTORED)
    return verdict


def judge_confirmed(directory: ChangeDirectory, batch: Batch, scene: Scene, max_failed: int) -> Verdict:
    """Judge a batch that was to be confirmed, and leave out of it what failed where it stands all the same."""
    reasons = rollout.judge_confirmed(directory, batch, _elsewhere(directory, batch), max_failed)
    if scene.writing:
        failed = rollout.failed_of(directory, batch, results.DONE)
        _settle(
            directory, *((batch.appliances, scene, results.RESTORED) if reasons else (failed, scene, results.LEFT_OUT))
        )
    return Verdict(not reasons, reasons, {})


def _crossing(directory: ChangeDirectory, batch: Batch, scene: Scene) -> dict[str, bool]:
    """Return the test hosts behind a batch, each with whether an appliance of a later batch is on its way, too."""
    plan, _digest = plans.read(directory)
    later = {name for names in plan["batches"][batch.number :] for name in names}
    hosts = (host for assigned in scene.test_hosts(batch).values() for host in assigned)
    return {host: not later.isdisjoint(scene.behind[host]) for host in hosts}


def _elsewhere(directory: ChangeDirectory, batch: Batch) -> dict[str, str]:
    """Return how the appliances of a batch count that other runs have."""
    plan, _digest = plans.read(directory)
    others = [name for name in plan["batches"][batch.number - 1] if name not in batch.appliances]
    return {name: results.stage_in_batch(results.read(directory, name)) for name in others}


def _settle(directory: ChangeDirectory, names: t.Iterable[str], scene: Scene, stage: str) -> None:
    """Bring what holds what it held to its last stage, and note of the others that they come to it when put back."""
    for name in names:
        found = results.read(directory, name)
        if _settled(found):
            results.advance(directory, name, stage, scene.now, found.get("message") or HELD)
            status.note_stage(directory, name, stage, scene.now)
        elif bool(found.get("left_out")) != (stage == results.LEFT_OUT):
            results.note(directory, name, left_out=stage == results.LEFT_OUT)


def _settled(found: Plain) -> bool:
    if found["stage"] == results.FAILED:
        return bool(found.get("unchanged")) and not found.get("backup")
    return bool(found["stage"] == results.WAITING)


def progress(directory: ChangeDirectory, now: datetime.datetime) -> str:
    """Return in words how far a change is, and how long the rest may take if it goes on as it went so far."""
    plan, _digest = plans.read(directory)
    found = [results.read(directory, name) for batch in plan["batches"] for name in batch]
    begun = min((item["history"][0]["at"] for item in found if item["history"]), default=approval.written(now))
    have = sum(item["stage"] in (results.APPLIED, results.CONFIRMED) for item in found)
    done = sum(item["stage"] == results.APPLIED or results.is_over(item) for item in found)
    passed = (now - datetime.datetime.fromisoformat(f"{begun[:-1]}+00:00")).total_seconds()
    left = f", about {_minutes(passed / done * (len(found) - done))} left" if done else ""
    return f"{have} of {len(found)} appliances have it, after {_minutes(passed)}{left}."


def _minutes(seconds: float) -> str:
    whole = max(round(seconds), 0)
    return f"{whole // 60}:{whole % 60:02} min"


def to_take_back(directory: ChangeDirectory, names: t.Iterable[str]) -> list[str]:
    """Return which of these appliances have to be asked to put back what they held."""
    return [name for name, stage in results.stages_of(directory, names).items() if stage in results.TOUCHED]


def to_leave_out(directory: ChangeDirectory, names: t.Iterable[str]) -> list[str]:
    """Return which of these appliances have to be asked the same, though their batch stands."""
    return [name for name in to_take_back(directory, names) if results.read(directory, name).get("left_out")]


def undo(directory: ChangeDirectory, scene: Scene, force: bool) -> list[str]:
    """Take the appliances of a change, of this inventory, that may hold its list, so that they are put back.

    Raises:
        ChangeError: there is nothing to put back, or a later change would be undone with it.
    """
    plan, _digest = plans.read(directory)
    changed = [name for batch in plan["batches"] for name in batch if name in scene.appliances]
    names = to_take_back(directory, changed)
    if not names:
        others = not_in_run(directory, scene)
        told = f" It has on {shortened(others)}, which this run does not have." if others else ""
        raise ChangeError(
            f"Change {directory.id} has changed nothing that is still in force on the appliances of this inventory."
            f"{told}"
        )
    later = {}
    for name in names:
        other = _other_change(directory, name)
        if other is not None and other[1] in results.TOUCHED:
            later[name] = other[0].id
    if later and not force:
        told = shortened([f"{name} ({id})" for name, id in later.items()])
        raise ChangeError(
            f"Later changes would be undone with {directory.id}: {told}. Restore those first, the latest first; or, if "
            "you want that, add -e allowlist_restore_force=true."
        )
    if scene.writing:
        lease.take(directory, names, scene.run, scene.now)
    return names


def not_in_run(directory: ChangeDirectory, scene: Scene) -> list[str]:
    """Return the appliances that may hold the list of a change and that this run does not have."""
    plan, _digest = plans.read(directory)
    return to_take_back(
        directory, (name for batch in plan["batches"] for name in batch if name not in scene.appliances)
    )


def end(directory: ChangeDirectory, scene: Scene) -> Plain:
    """Give the appliances up, and return what became of the change: `outcome` and all `stages`.

    A change of which other runs have still to do their part, or are at work, gets its evidence from the last of them.
    """
    plan, _digest = plans.read(directory)
    names = [name for batch in plan["batches"] for name in batch]
    if scene.writing:
        leave(directory, names, scene.run, scene.now)
    stages = results.stages_of(directory, names)
    return {"outcome": rollout.outcome(stages), "stages": stages}
