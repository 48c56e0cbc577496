# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of a change: what is left to do, whether a batch stands, and what became of the whole."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils import _verification
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    read_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._text_table import shortened

PLANNED: t.Final = "planned"
UNDER_WAY: t.Final = "under way"
APPLIED: t.Final = "applied"
IN_PART: t.Final = "applied in part"
"""What was not confirmed or skipped failed, holds what it held before, and was allowed for with `max_failed`."""
RESTORED: t.Final = "restored"
STOPPED: t.Final = "stopped"
"""Something is neither confirmed nor restored, and nobody is at work: a person has to look."""


@dataclass(frozen=True)
class Batch:
    """Appliances that are changed together; `number` counts from 1, over the whole plan."""

    number: int
    appliances: tuple[str, ...]


def outcome(stages: t.Mapping[str, str]) -> str:
    """Return what became of a change, by the stages of all appliances that it changes."""
    found = set(stages.values())
    if found <= set(results.DONE):
        if results.LEFT_OUT not in found:
            return APPLIED
        return IN_PART if results.CONFIRMED in found else RESTORED
    if results.NOT_RESTORED in found or results.FAILED in found:
        return STOPPED
    if results.RESTORED in found:
        return RESTORED if not found & {results.APPLYING, results.APPLIED, results.RESTORING} else STOPPED
    return PLANNED if found == {results.WAITING} else UNDER_WAY


def left_to_do(directory: ChangeDirectory, plan: Plain, present: t.Collection[str]) -> list[Batch]:
    """Return the batches that are left, of the appliances `present` in this run.

    Raises:
        ChangeError: the change is over, or an earlier batch is not confirmed and not of this run.
    """
    stages = results.stages_of(directory, (name for batch in plan["batches"] for name in batch))
    became = outcome(stages)
    if became in (APPLIED, IN_PART) and stages:
        out = [name for name, stage in stages.items() if stage == results.LEFT_OUT]
        told = f", and left out {shortened(out)}" if out else ""
        raise ChangeError(
            f"Change {directory.id} was already applied on {len(stages) - len(out)} appliances{told}. "
            "A new change is a new id."
        )
    if became == RESTORED or results.RESTORED in stages.values():
        taken_back = [name for name, stage in stages.items() if stage in (results.RESTORED, results.LEFT_OUT)]
        raise ChangeError(
            f"Change {directory.id} was taken back on {shortened(taken_back)}. To try again, mend what failed, and "
            "plan a new change with an id of its own."
        )
    found = []
    for number, names in enumerate(plan["batches"], 1):
        open_ones = [name for name in names if not results.is_over(results.read(directory, name))]
        ours = tuple(name for name in open_ones if name in present)
        if ours:
            found.append(Batch(number, ours))
        others = [name for name in open_ones if name not in present]
        if others and any(name in present for later in plan["batches"][number:] for name in later):
            raise ChangeError(
                f"Batch {number} of change {directory.id} has appliances that are not confirmed: {shortened(others)}. "
                "Later batches begin when all of them are. Run that batch first."
            )
    return found


class Verdict(t.NamedTuple):
    """Whether a batch stands, and why not. `probed` says how many test hosts saw it, and what they found."""

    stands: bool
    reasons: list[str]
    probed: Plain


def judge(
    directory: ChangeDirectory,
    batch: Batch,
    elsewhere: t.Mapping[str, str],
    test_hosts: t.Mapping[str, bool],
    max_failed: int,
    fail_on_unknown: bool,
) -> Verdict:
    """Judge a batch by what its appliances and the test hosts behind them told.

    It stands where at most `max_failed` appliances failed, and from every test host what must work does, what must
    not does not, and what worked before the batch still works.

    Args:
        directory: the change.
        batch: which appliances.
        elsewhere: the stages of those appliances of the batch that other runs have: their failures count with ours, and
            what they take back is taken back here, too.
        test_hosts: those behind the batch, each with whether an appliance of a later batch is on its way, too. From
            there not all can work yet: what came out as it should before the batch has to after it.
        max_failed: how many appliances may fail.
        fail_on_unknown: whether a probe that proved nothing is a failure.

    Raises:
        ChangeError: a file is damaged.
    """
    reasons = _failures(failed_of(directory, batch, (results.APPLIED, *results.DONE)), elsewhere, max_failed)
    before = _report(directory, batch.number, "before", test_hosts)
    after = _report(directory, batch.number, "after", test_hosts)
    for host, why in after["not_run"].items():
        reasons.append(f"{host}: the probes did not run: {why}")
    passed = {subject_of(item) for item in before["subjects"] if item["passed"] is True}
    failing = [item for item in after["subjects"] if item["passed"] is False]
    waiting = [item for item in failing if test_hosts[item["test_host"]] and subject_of(item) not in passed]
    for entry in (entry for item in failing if item not in waiting for entry in item["entries"]):
        said = "was let through" if entry["expect"] == "denied" else "was not let through"
        reasons.append(f"{entry['test_host']}: {entry['target']} {said} ({entry['cause']})")
    for host, floor in after["tls_floor"].items():
        held = before["tls_floor"].get(host, {}).get("passed") is True
        if floor["passed"] is False and (held or not test_hosts[host]):
            reasons.append(f"{host}: TLS 1.2 breaks on its way")
    for host in test_hosts:
        outcomes = {item["passed"] for item in after["subjects"] if item["test_host"] == host}
        if outcomes == {None}:
            reasons.append(f"{host}: nothing could be proved from there")
    reasons += [f"{host}: {target} worked before, and is unknown now" for host, target in _lost(passed, after)]
    if fail_on_unknown:
        reasons += [f"{entry['test_host']}: {entry['target']} proved nothing" for entry in after["unknowns"]]
    counts = {"test_hosts": len(test_hosts), "probes": len(after["subjects"]), "waiting": len(waiting)}
    for outcome_, name in _verification.OUTCOMES.items():
        counts[name] = sum(subject["passed"] is outcome_ for subject in after["subjects"])
    return Verdict(not reasons, reasons, counts)


def judge_confirmed(
    directory: ChangeDirectory, batch: Batch, elsewhere: t.Mapping[str, str], max_failed: int
) -> list[str]:
    """Return why a batch does not stand after all, once it was to be confirmed; nothing where it does.

    An appliance that could not be confirmed may take its list back by itself at any moment: it has failed.

    Raises:
        ChangeError: a file is damaged.
    """
    return _failures(failed_of(directory, batch, results.DONE), elsewhere, max_failed)


def failed_of(directory: ChangeDirectory, batch: Batch, good: t.Container[str]) -> dict[str, Plain]:
    """Return the files of those appliances of a batch that have not come to one of the `good` stages."""
    found = {name: results.read(directory, name) for name in batch.appliances}
    return {name: item for name, item in found.items() if item["stage"] not in good}


def _failures(failed: t.Mapping[str, Plain], elsewhere: t.Mapping[str, str], max_failed: int) -> list[str]:
    reasons = []
    failed_elsewhere = [name for name, stage in elsewhere.items() if stage in (results.FAILED, results.LEFT_OUT)]
    if len(failed) + len(failed_elsewhere) > max_failed:
        reasons += [f"{name}: it failed in another run over this batch" for name in failed_elsewhere]
        reasons += [f"{name}: {item.get('message') or _unheard(item)}" for name, item in failed.items()]
    reasons += [
        f"{name}: another run over this batch takes it back"
        for name, stage in elsewhere.items()
        if stage in results.TAKEN_BACK
    ]
    return reasons


def _unheard(item: Plain) -> str:
    return f"it did not come further than {item['stage']}; it could not be reached, or the run was cut off"


def _report(directory: ChangeDirectory, batch: int, when: str, test_hosts: t.Iterable[str]) -> Plain:
    told: dict[str, t.Any] = {}
    for host in test_hosts:
        try:
            told[host] = read_json(directory.probes(batch, when, host))
        except FileNotFoundError:
            told[host] = None
    return _verification.report(told)


def _lost(passed: t.Container[t.Any], after: Plain) -> list[tuple[str, str]]:
    """Return what was let through before and now neither passes nor fails; a failure is told as one already."""
    return [
        (item["test_host"], ", ".join(item["targets"]))
        for item in after["subjects"]
        if item["passed"] is None and item["expect"] == "allowed" and subject_of(item) in passed
    ]


def subject_of(item: Plain) -> tuple[t.Any, ...]:
    """Return what was judged, by which before and after are compared."""
    return item["test_host"], tuple(item["targets"]), item["expect"]
