# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the allow-list modules returned on all appliances to one report on drift. Pure."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import editions_in, told
from ansible_collections.managed_desktop.network.plugins.plugin_utils._text_table import shortened, table

Plain = dict[str, t.Any]

IN_STEP: t.Final = "in step"
DRIFTED: t.Final = "drifted"
CORRECTED: t.Final = "corrected"
FAILED: t.Final = "not known"
UNREACHABLE: t.Final = "unreachable"
SILENT: t.Final = (FAILED, UNREACHABLE)
"""The states of an appliance that told nothing of its list."""
NOT_REACHED: t.Final = "the appliance was not reached"

_HEADINGS: t.Final = ("appliance", "state", "missing", "foreign", "running")
_OF_MEMORY: t.Final = ("since", "list of")
_SIDES: t.Final = {
    "missing": ("missing from the appliance", "missing, and put back"),
    "foreign": ("foreign to the list", "foreign, and taken out"),
}


def report(results: t.Mapping[str, t.Any], failures: t.Mapping[str, t.Any], corrected: bool) -> Plain:
    """Return the report on the result of the allow-list module by appliance.

    Args:
        results: what the module returned; anything without a ``difference`` counts as not known.
        failures: by appliance, the result of a failed task, which explains why there is no result.
        corrected: whether the module put right what it found; False where it ran in check mode.

    Returns:
        `appliances`, by name: `state` (`in step`, `drifted`, `corrected` or `not known`), `missing` and `foreign`
        (count, entries by service), `not_running`, `running`, and `message` where it is not known; `counts` of states;
        `editions`, those of the list, with their status.
    """
    appliances = {name: appliance(results[name], failures.get(name), corrected) for name in sorted(results)}
    states = [found["state"] for found in appliances.values()]
    counts = {state: states.count(state) for state in (IN_STEP, DRIFTED, CORRECTED, FAILED)}
    return {"appliances": appliances, "counts": counts, "editions": editions_in(results.values())}


def appliance(result: t.Any, failure: t.Any, corrected: bool) -> Plain:
    """Return what `report` says of one appliance."""
    difference = result.get("difference") if isinstance(result, t.Mapping) else None
    if failure or not isinstance(difference, t.Mapping):
        return {"state": FAILED, "message": _why(failure) or _why(result) or NOT_REACHED}
    state = IN_STEP if not result["changed"] else CORRECTED if corrected else DRIFTED
    return {
        "state": state,
        "missing": dict(difference["missing"]),
        "foreign": dict(difference["foreign"]),
        "not_running": bool(difference["not_running"]),
        "running": result["running"]["state"],
        "digest": result["after"]["digest"],
    }


def _why(result: t.Any) -> str:
    return str(result.get("msg") or "") if isinstance(result, t.Mapping) else ""


def to_json(found: t.Mapping[str, t.Any]) -> str:
    """Return the report as JSON, indented, with sorted keys and a final newline."""
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def to_text(found: t.Mapping[str, t.Any]) -> str:
    """Return one table of all appliances, then by service what differs on each."""
    appliances = found["appliances"]
    memory = bool(found.get("remembered"))
    rows = [(*_HEADINGS, *(_OF_MEMORY if memory else ()))]
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, appliance_ in appliances.items():
        rows.append((*_row(name, appliance_), *(_remembered(appliance_) if memory else ())))
        alike.setdefault(tuple(_details("", appliance_)), []).append(name)
    details = [line for lines, names in alike.items() for line in of_all(names, lines)]
    damaged = [line for text in found.get("damaged", ()) for line in ("", text)]
    return "\n".join([*heading(found), *table(rows), *details, *damaged]) + "\n"


def of_all(names: t.Sequence[str], lines: t.Iterable[str]) -> t.Iterator[str]:
    """Yield the lines that hold for all these appliances alike: a fleet that drifts alike is told of once."""
    named = shortened(names)
    yield from (f"{named}{line}" if line.startswith(": ") else line for line in lines)


def _remembered(appliance: Plain) -> tuple[str, str]:
    """Return since when it is so, and whose list the appliance holds."""
    since = appliance.get("unknown_since") or appliance.get("first_seen") or "-"
    whose = appliance.get("whose") if appliance["state"] == DRIFTED else None
    agreed = appliance.get("agreed") if appliance["state"] in (IN_STEP, CORRECTED) else None
    return since, whose["text"] if whose else agreed["change"] if agreed else "-"


def heading(found: t.Mapping[str, t.Any]) -> list[str]:
    """Return the lines before the table, which name the editions of the list; none where it has none."""
    return [f"Of {told(found['editions'])}.", ""] if found["editions"] else []


def _row(name: str, appliance: Plain) -> tuple[str, ...]:
    if appliance["state"] in SILENT:
        return (name, appliance["state"], "-", "-", "-")
    running = "another list" if appliance["not_running"] else _RUNNING.get(appliance["running"], appliance["running"])
    if appliance["not_running"] and appliance["state"] == CORRECTED:
        running = "yes"
    return (name, appliance["state"], *(str(appliance[side]["count"]) for side in _SIDES), running)


_RUNNING: t.Final = {"running": "yes", "none": "no list"}


def _details(name: str, appliance: Plain) -> t.Iterator[str]:
    if appliance["state"] in SILENT:
        yield ""
        yield f"{name}: {appliance['message']}"
        return
    corrected = appliance["state"] == CORRECTED
    yield from by_service(name, appliance, {side: titles[corrected] for side, titles in _SIDES.items()})
    if appliance["not_running"]:
        yield ""
        yield f"{name}: the stored list {'was' if corrected else 'is'} not the running one"
    if appliance["state"] != IN_STEP and not explained(appliance):
        yield ""
        yield f"{name}: the entries are the same, and the rules around them {'were' if corrected else 'are'} not"


def by_service(name: str, appliance: Plain, titles: t.Mapping[str, str]) -> t.Iterator[str]:
    """Yield the lines that tell by service what is missing and what is foreign, each side under its title."""
    for side, title in titles.items():
        if not appliance[side]["count"]:
            continue
        yield ""
        yield f"{name}: {appliance[side]['count']} {title}:"
        for service, entries in appliance[side]["by_service"].items():
            yield f"  {service}"
            yield from (f"    {entry}" for entry in entries)
        if appliance[side]["truncated"]:
            yield "    and more, which are not listed"


def explained(appliance: Plain) -> bool:
    """Return whether entries or the running list differ; if not, a difference is in the rules around the entries."""
    return bool(appliance["missing"]["count"] or appliance["foreign"]["count"] or appliance["not_running"])
