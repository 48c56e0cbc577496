# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: from what every appliance said in check mode to the one file that is approved, and back again."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.batches import batches_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    canonical,
    digest_of,
    read_bytes,
    read_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import editions_in
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import list_version

FORMAT: t.Final = 1
NO_LIST: t.Final = "none"

IN_STEP: t.Final = "in step"
CHANGES: t.Final = "would change"

SHARED: t.Final = {
    "differences": ("difference", ("added", "removed", "running_before")),
    "judgements": ("judgement", ("losses", "accepted", "warnings")),
}
"""The tables of a plan: by which word an appliance names its row, and what stands there. A fleet has few rows."""

_KEY_DIGITS: t.Final = 16
_NOT_REACHED: t.Final = "it could not be reached, or its task did not run"
_MOST_NAMED: t.Final = 20


@dataclass(frozen=True)
class Wish:
    """What a plan is for: who plans it, for which ticket, by which release, in batches of which sizes."""

    planned_by: str
    ticket: str
    release: str
    sizes: tuple[t.Any, ...] = ()


def make(directory: ChangeDirectory, appliances: t.Sequence[str], wish: Wish) -> Plain:
    """Return the plan of what the `appliances` told, in the order of the inventory. It writes nothing.

    The same intent and the same appliances give the same plan: it holds no time.

    Raises:
        ChangeError: an appliance told nothing, or that it cannot be planned; all of them are named.
    """
    told, unknown = {}, {}
    for name in appliances:
        try:
            found = read_json(directory.planned(name))
        except FileNotFoundError:
            unknown[name] = _NOT_REACHED
            continue
        if "message" in found:
            unknown[name] = str(found["message"])
        else:
            told[name] = found
    if unknown:
        raise ChangeError(_unknown(unknown, len(appliances)))
    rings = {name: found.get("ring") for name, found in told.items() if found["changed"]}
    batches = batches_of(rings, wish.sizes, order=[found.get("ring") for found in told.values()])
    number = {name: place for place, batch in enumerate(batches, 1) for name in batch}
    shared: dict[str, Plain] = {table: {} for table in SHARED}
    return {
        "format": FORMAT,
        "change": directory.id,
        "ticket": wish.ticket,
        "planned_by": wish.planned_by,
        "release": wish.release,
        "editions": editions_in(told.values()),
        "suffix_list": list_version(),
        "batches": batches,
        "appliances": {name: _appliance(found, number.get(name), shared) for name, found in told.items()},
        **shared,
    }


def _unknown(unknown: t.Mapping[str, str], total: int) -> str:
    rows = [f"  {name}: {message}" for name, message in list(unknown.items())[:_MOST_NAMED]]
    more = [f"  and {len(unknown) - _MOST_NAMED} more"] if len(unknown) > _MOST_NAMED else []
    return "\n".join(
        [
            f"{len(unknown)} of {total} appliances are not known, so that there is no plan:",
            *rows,
            *more,
            "Put right what keeps them, or leave them out: with --limit, or of the group appliances.",
        ]
    )


def _appliance(found: Plain, batch: int | None, shared: dict[str, Plain]) -> Plain:
    """Return what a plan says of one appliance; what many may have alike goes into the tables of `shared`."""
    whole = {
        "running_before": found["difference"]["not_running"] is False,
        "added": found["difference"]["missing"],
        "removed": found["difference"]["foreign"],
        "losses": found["losses"],
        "accepted": found["accepted"],
        "warnings": found["warnings"],
    }
    keys = {}
    for table, (name, parts) in SHARED.items():
        part = {key: whole[key] for key in parts}
        keys[name] = digest_of(canonical(part))[:_KEY_DIGITS]
        shared[table][keys[name]] = part
    return {
        "platform": found["platform"].rpartition(".")[2],
        "state": CHANGES if found["changed"] else IN_STEP,
        "batch": batch,
        "before": found["before"]["digest"] or NO_LIST,
        "after": found["after"]["digest"] or NO_LIST,
        "entries": found["entries"],
        "place": found["place"],
        **keys,
        **found["frozen"],
    }


def appliances_of(plan: Plain) -> dict[str, Plain]:
    """Return by its name all that a plan says of each appliance, also what it has in common with others.

    That is `added` and `removed` by service, whether the list that was stored was `running_before`, the `losses`, those
    that were `accepted`, and the `warnings`; not to be changed, since others have the same.
    """
    return {
        name: {
            **item,
            **{
                part: value for table, (key, _parts) in SHARED.items() for part, value in plan[table][item[key]].items()
            },
        }
        for name, item in plan["appliances"].items()
    }


def read(directory: ChangeDirectory) -> tuple[Plain, str]:
    """Return the plan of a change and its digest, which is what an approval names.

    Raises:
        ChangeError: there is none, or it is not one that this release can carry out.
    """
    try:
        content = read_bytes(directory.plan)
        plan = read_json(directory.plan)
    except FileNotFoundError as error:
        raise ChangeError(
            f"{directory.plan} is not there, so that change {directory.id} has no plan. Make one: ansible-playbook "
            f"managed_desktop.network.plan -e allowlist_change={directory.id}."
        ) from error
    if plan.get("format") != FORMAT or plan.get("change") != directory.id:
        raise ChangeError(
            f"{directory.plan} is a plan of change {plan.get('change')!r} in format {plan.get('format')!r}, not of "
            f"{directory.id} in format {FORMAT}. Make a new plan."
        )
    if canonical(plan) != content:
        raise ChangeError(
            f"{directory.plan} was written by hand: it is not as this collection writes plans. Make a new one."
        )
    return plan, digest_of(content)


def planned_of(plan: Plain, appliance: str) -> Plain:
    """Return what a plan says of one appliance that is to be changed.

    Returns:
        The digests `before` and `after`, the kept `list` and `endpoints`, and the `place` on the appliance.

    Raises:
        ChangeError: the appliance is not in the plan.
    """
    found = plan["appliances"].get(appliance)
    if found is None:
        raise ChangeError(f"{appliance} is not in the plan of change {plan['change']}. Make a new plan.")
    return {key: found[key] for key in ("before", "after", "list", "endpoints", "place")}


def lists_of(plan: Plain) -> dict[str, str]:
    """Return the files that a plan kept, by their path in the change, with their SHA-256."""
    return {
        appliance[part]["file"]: appliance[part]["sha256"]
        for appliance in plan["appliances"].values()
        for part in ("list", "endpoints")
    }


def refuse_altered(directory: ChangeDirectory, plan: Plain) -> None:
    """Refuse where a file that the plan kept is gone or not as it was.

    Raises:
        ChangeError: it names the first of them.
    """
    for file, sha256 in sorted(lists_of(plan).items()):
        path = directory.path / file
        try:
            found = digest_of(read_bytes(path))
        except FileNotFoundError as error:
            raise ChangeError(f"{path}, which the plan kept, is gone. Restore it, or make a new plan.") from error
        if found != sha256:
            raise ChangeError(
                f"{path} was altered since the plan was made: its SHA-256 is {found}, and the plan says {sha256}. "
                "Restore it, or make a new plan."
            )


def stale_files(directory: ChangeDirectory, plan: Plain) -> list[Path]:
    """Return what an earlier plan of the same change left: lists that this one does not name, appliances not in it."""
    kept = {directory.path / file for file in lists_of(plan)}
    kept.update(directory.planned(name) for name in plan["appliances"])
    found = [*directory.lists.glob("*.json"), *directory.planned("x").parent.glob("*.json")]
    return sorted(path for path in found if path not in kept)
