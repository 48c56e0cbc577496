# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the allow-list modules returned on all appliances in check mode to one plan. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils import _drift
from ansible_collections.managed_desktop.network.plugins.plugin_utils._drift import DRIFTED, FAILED, IN_STEP, Plain
from ansible_collections.managed_desktop.network.plugins.plugin_utils._text_table import shortened, table

CHANGE: t.Final = "would change"

_STATES: t.Final = {IN_STEP: IN_STEP, DRIFTED: CHANGE, FAILED: FAILED}
_HEADINGS: t.Final = ("appliance", "state", "missing", "foreign", "losses")
_SIDES: t.Final = {"missing": "would be added", "foreign": "would be taken out"}


def report(results: t.Mapping[str, t.Any], failures: t.Mapping[str, t.Any]) -> Plain:
    """Return the plan from the result of the allow-list module by appliance.

    Args:
        results: what the module returned in check mode; anything without a ``difference`` counts as not known.
        failures: by appliance, the result of a failed task, which explains why there is no result.

    Returns:
        `appliances`, by name, as `_drift.report` tells them, but with the states `in step`, `would change` and
        `not known`, and with the `losses` of the list; `counts` of states; `editions`, those of the list.
    """
    found = _drift.report(results, failures, corrected=False)
    appliances = {}
    for name, appliance in found["appliances"].items():
        appliances[name] = {**appliance, "state": _STATES[appliance["state"]]}
        if appliance["state"] != FAILED:
            appliances[name]["losses"] = list(results[name].get("losses", []))
    counts = {state: found["counts"][drift_state] for drift_state, state in _STATES.items()}
    return {"appliances": appliances, "counts": counts, "editions": found["editions"]}


def to_text(found: t.Mapping[str, t.Any]) -> str:
    """Return one table of all appliances, then what would change, by service, and at what loss."""
    appliances = found["appliances"]
    rows = [_HEADINGS, *(_row(name, appliance) for name, appliance in appliances.items())]
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, appliance in appliances.items():
        alike.setdefault(tuple(_details("", appliance)), []).append(name)
    details = [line for lines, names in alike.items() for line in _drift.of_all(names, lines)]
    return "\n".join([*_drift.heading(found), *table(rows), *details, *_losses(appliances)]) + "\n"


def _row(name: str, appliance: Plain) -> tuple[str, ...]:
    if appliance["state"] == FAILED:
        return (name, FAILED, "-", "-", "-")
    counts = [appliance["missing"]["count"], appliance["foreign"]["count"], len(appliance["losses"])]
    return (name, appliance["state"], *map(str, counts))


def _details(name: str, appliance: Plain) -> t.Iterator[str]:
    if appliance["state"] == FAILED:
        yield from ("", f"{name}: {appliance['message']}")
        return
    yield from _drift.by_service(name, appliance, _SIDES)
    if appliance["not_running"]:
        yield from ("", f"{name}: the stored list is not the running one, and would be")
    if appliance["state"] == CHANGE and not _drift.explained(appliance):
        yield from ("", f"{name}: the entries are the same, and the rules around them would change")


def _losses(appliances: t.Mapping[str, Plain]) -> t.Iterator[str]:
    """Yield each loss once, with the appliances that have it: a fleet of one platform has the same ones."""
    having: dict[str, list[str]] = {}
    for name, appliance in appliances.items():
        for loss in appliance.get("losses", ()):
            subject = loss.get("host") or f"property {loss.get('property')}"
            having.setdefault(f"{subject}: {loss['result']}: {loss['detail']}", []).append(name)
    if having:
        yield from ("", "losses:")
    for line, names in having.items():
        yield f"  {line} ({shortened(names)})"
