# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which approval was checked when work began on an appliance: noted then, and told at the end.

What lies in the directory at the end proves nothing: it may have come, or become another, when all was done. So each
run notes for each of its appliances what it checked, and what it checked is what the evidence calls approved.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    Plain,
    digest_of,
    read_bytes,
)


def checks(directory: ChangeDirectory, appliance: str, found: Plain | None, now: datetime.datetime) -> list[Plain]:
    """Return the approvals that runs checked for an appliance, with the one that a run has just `found`, if any.

    Each says ``at`` what time that was, and has what `approval.check` returned; nothing but that where there was none.
    """
    known: list[Plain] = list(results.read(directory, appliance).get("approvals") or ())
    last = {key: value for key, value in known[-1].items() if key != "at"} if known else {}
    return known if (found or {}) == last else [*known, {"at": written(now), **(found or {})}]


def account(directory: ChangeDirectory, digest: str, stages: t.Mapping[str, Plain]) -> tuple[list[Plain], list[str]]:
    """Return what was approved when work began, and what of it does not fit what was done or is there now.

    Args:
        directory: the change.
        digest: that of its plan.
        stages: the result of each appliance that it changes.

    Returns:
        Each approval once, with on how many `appliances` work began by it; and sentences.
    """
    began = [
        (step["at"], name, _in_force(result, step["at"]))
        for name, result in stages.items()
        for step in result["history"]
        if step["stage"] == results.APPLYING
    ]
    without = [(at, name) for at, name, found in began if found is None]
    by: dict[tuple[str, bool], list[tuple[str, str, Plain]]] = {}
    for at, name, found in began:
        if found is not None:
            by.setdefault((found["sha256"], found["signed"]), []).append((at, name, found))
    told = sorted((_told(of_one) for of_one in by.values()), key=lambda found: (found["at"], found["sha256"]))
    doubts = [
        *_without(directory, bool(by), without),
        *_moved(directory, [found for _at, _name, found in began if found is not None]),
        *(doubt for of_one in by.values() for doubt in _unfit(of_one, digest)),
    ]
    return told, doubts


def _told(began: t.Sequence[tuple[str, str, Plain]]) -> Plain:
    """Return an approval by which work began, as it was first checked, and on how many appliances."""
    first = min((found for _at, _name, found in began), key=lambda found: str(found["at"]))
    return {**first, "appliances": len({name for _at, name, _found in began})}


def _unfit(began: t.Sequence[tuple[str, str, Plain]], digest: str) -> t.Iterator[str]:
    """Say where an approval does not fit the plan, or the times when work began by it."""
    found = began[0][2]
    if found["plan"] != digest:
        yield f"What was approved is plan {found['plan']}, and plan.json is {digest}."
    outside = sorted(at for at, _name, _found in began if not found["not_before"] <= at <= found["not_after"])
    if outside:
        yield (
            f"Work began {len(outside)} times outside of the approved window {found['not_before']} to "
            f"{found['not_after']}: first at {outside[0]}."
        )


def _in_force(result: Plain, at: str) -> Plain | None:
    """Return the approval that was checked last before a time."""
    last: Plain = {}
    for found in result.get("approvals") or ():
        if found["at"] <= at:
            last = found
    return last if "sha256" in last else None


def _without(directory: ChangeDirectory, others: bool, without: t.Sequence[tuple[str, str]]) -> t.Iterator[str]:
    """Say on what work began without an approval, where it looks as if there were one."""
    if without and (others or directory.approval.exists()):
        at, name = min(without)
        yield (
            f"Work began {len(without)} times without an approval that had been checked: first at {at} on {name}. "
            "What was approved later does not count for it."
        )


def _moved(directory: ChangeDirectory, used: t.Collection[Plain]) -> t.Iterator[str]:
    """Say that the approval is another now than the one that was checked last."""
    last = max(used, key=lambda found: str(found["at"]), default=None)
    if last is None:
        return
    try:
        now = digest_of(read_bytes(directory.approval))
    except FileNotFoundError:
        yield f"{directory.approval.name}, which was checked at {last['at']}, is gone."
        return
    if now != last["sha256"]:
        yield (
            f"{directory.approval.name} is not the one that was checked at {last['at']}: that had SHA-256 "
            f"{last['sha256']}, and this has {now}."
        )
