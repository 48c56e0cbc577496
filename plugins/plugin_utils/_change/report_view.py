# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page on a change shows and in which order, from its evidence. Pure; `report` draws it."""

from __future__ import annotations

import bisect
import datetime
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import plan, results, rollout
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import Plain
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.report_seen import batch_tables

SHOWN: t.Final = 8
"""How many names of many stand on the page; evidence.json has all of them."""

OK, BAD, CARE, BUSY, IDLE = "ok", "bad", "care", "busy", "idle"

_TONES: t.Final = {
    results.WAITING: IDLE,
    results.APPLYING: BUSY,
    results.APPLIED: BUSY,
    results.CONFIRMED: OK,
    results.FAILED: BAD,
    results.RESTORING: BUSY,
    results.RESTORED: CARE,
    results.NOT_RESTORED: BAD,
    results.SKIPPED: CARE,
    results.LEFT_OUT: CARE,
    plan.IN_STEP: OK,
}
_OUTCOMES: t.Final = {
    rollout.APPLIED: (OK, "Applied"),
    rollout.IN_PART: (CARE, "Applied in part"),
    rollout.RESTORED: (CARE, "Taken back"),
    rollout.STOPPED: (BAD, "Stopped: a person has to look"),
    rollout.UNDER_WAY: (BUSY, "Under way"),
    rollout.PLANNED: (IDLE, "Planned, and not begun"),
}
_KINDS: t.Final = {
    "appliance": "appliance",
    "restored": "taken back",
    "probe": "probe",
    "tls": "TLS 1.2",
    "not run": "not probed",
    "record": "record",
    "plan": "plan",
    "skipped": "skipped",
    "left out": "left out",
    "unknown": "not proved",
    "unseen": "not seen",
    "waiting": "waits",
}


def of(evidence: Plain) -> Plain:
    """Return everything that the page shows beside the evidence itself."""
    tone, word = _OUTCOMES[evidence["outcome"]]
    if evidence["outcome"] == rollout.RESTORED and results.CONFIRMED in _stages(evidence):
        word = "Taken back in part"
    times = sorted(step["at"] for item in evidence["appliances"].values() for step in item["history"])
    keys = {key: place for place, key in enumerate(evidence["differences"], 1)}
    return {
        "tone": tone,
        "outcome": word,
        "sentence": _sentence(evidence),
        "tiles": _tiles(evidence),
        "began": times[0] if times else "",
        "ended": times[-1] if times else "",
        "tones": _TONES,
        "kinds": _KINDS,
        "columns": _columns(evidence),
        "groups": _groups(evidence, keys),
        "differences": _differences(evidence, keys),
        "seen": [batch_tables(batch) for batch in evidence["batches"]],
        "timeline": _timeline(evidence),
        "total": len(evidence["appliances"]),
        "platforms": sorted({item["platform"] for item in evidence["appliances"].values()}),
    }


def _sentence(evidence: Plain) -> str:
    stages = _stages(evidence)
    told = ", ".join(f"{stages[stage]} {stage}" for stage in results.STAGES if stage in stages)
    planned = evidence["planned"]
    in_step = f"; {planned['in_step']} in step already" if planned["in_step"] else ""
    if not planned["would_change"]:
        return f"None of {counted(planned['appliances'], 'appliance')} had to be changed."
    return f"Of {counted(planned['would_change'], 'appliance')} that the plan changes: {told}{in_step}."


def _stages(evidence: Plain) -> dict[str, int]:
    found: dict[str, int] = {}
    for batch in evidence["batches"]:
        for stage, count in batch["stages"].items():
            found[stage] = found.get(stage, 0) + count
    return found


def _tiles(evidence: Plain) -> list[Plain]:
    stages, wanted = _stages(evidence), evidence["planned"]["would_change"]
    done = stages.get(results.CONFIRMED, 0)
    sides = [batch["seen"]["after"] for batch in evidence["batches"] if batch["seen"] and batch["seen"]["after"]]
    probes = sum(side["counts"]["total"] for side in sides)
    passed = sum(side["counts"]["passed"] for side in sides)
    failures, warnings, losses = (len(evidence[name]) for name in ("failures", "warnings", "losses"))
    open_losses = sum(loss["result"] != "out_of_scope" and loss["accepted"] is None for loss in evidence["losses"])
    return [
        {"value": f"{done} of {wanted}", "label": "appliances confirmed", "tone": OK if done == wanted else CARE},
        {
            "value": f"{passed:,} of {probes:,}" if probes else "none",
            "label": "probes passed after it",
            "tone": BAD if any(side["counts"]["failed"] for side in sides) else OK if passed == probes > 0 else CARE,
        },
        {"value": str(failures), "label": _plural("failure", failures), "tone": BAD if failures else OK},
        {"value": str(warnings), "label": _plural("warning", warnings), "tone": CARE if warnings else OK},
        {
            "value": str(losses),
            "label": _plural("loss", losses),
            "tone": IDLE if losses and not open_losses else CARE if losses else OK,
        },
    ]


def _columns(evidence: Plain) -> list[str]:
    """Return the stages that any appliance went through, in their order."""
    found = {step["stage"] for item in evidence["appliances"].values() for step in item["history"]}
    return [stage for stage in results.STAGES if stage in found]


def _groups(evidence: Plain, keys: t.Mapping[str, int]) -> list[Plain]:
    """Return the rows of the matrix, by batch; those that were in step stand last."""
    appliances = evidence["appliances"]
    groups = [(f"Batch {batch['number']}", batch["appliances"]) for batch in evidence["batches"]]
    groups.append(("In step already", [name for name, item in appliances.items() if item["batch"] is None]))
    return [
        {"title": title, "rows": [_row(name, appliances[name], keys) for name in names]}
        for title, names in groups
        if names
    ]


def _row(name: str, item: Plain, keys: t.Mapping[str, int]) -> Plain:
    at: dict[str, str] = {}
    for step in item["history"]:
        at[step["stage"]] = step["at"]  # where it came twice to a stage, the last time
    return {"name": name, **item, "at": at, "number": keys.get(item["difference"])}


def _differences(evidence: Plain, keys: t.Mapping[str, int]) -> list[Plain]:
    having: dict[str, list[str]] = {}
    for name, item in evidence["appliances"].items():
        having.setdefault(item["difference"], []).append(name)
    return [
        {"number": keys[key], "appliances": having[key], **difference}
        for key, difference in evidence["differences"].items()
    ]


def _timeline(evidence: Plain) -> list[Plain]:
    """Return what happened, in order; what appliances of a batch did alike in one attempt is one event."""
    found: dict[tuple[t.Any, ...], Plain] = {}
    again = {batch["number"]: _begun_again(evidence, batch["appliances"]) for batch in evidence["batches"]}
    for name, item in evidence["appliances"].items():
        for step in item["history"]:
            attempt = bisect.bisect_right(again[item["batch"]], step["at"])
            key = (item["batch"], attempt, step["stage"], step["message"])
            event = found.setdefault(
                key, {"from": step["at"], "to": step["at"], "batch": item["batch"], **step, "names": {}}
            )
            event["from"], event["to"] = min(event["from"], step["at"]), max(event["to"], step["at"])
            event["names"][name] = True
    order = {stage: place for place, stage in enumerate(results.STAGES)}
    events = [{**event, "names": list(event["names"])} for event in found.values()]
    return sorted(events, key=lambda event: (event["from"], event["batch"] or 0, order.get(event["stage"], 99)))


def _begun_again(evidence: Plain, names: t.Iterable[str]) -> list[str]:
    """Return when a batch was begun again, or taken back again; each of these times begins another attempt."""
    found: dict[tuple[str, int], str] = {}
    for name in names:
        times: dict[str, int] = {}
        for step in evidence["appliances"][name]["history"]:
            stage = step["stage"]
            if stage in (results.APPLYING, results.RESTORING):
                times[stage] = nth = times.get(stage, 0) + 1
                found[stage, nth] = min(found.get((stage, nth), step["at"]), step["at"])
    return sorted(at for (_stage, nth), at in found.items() if nth > 1)


def few(names: t.Sequence[str], total: int = 0, noun: str = "appliance") -> str:
    """Return names in words: the first of them and how many more there are, or that it is all of `total`."""
    if total and len(names) == total > 1:
        return f"all {counted(total, noun)}"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: ``1 appliance``, ``3 appliances``."""
    return f"{count:,} {_plural(noun, count)}"


def _plural(noun: str, count: int) -> str:
    if count == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}es" if noun.endswith(("s", "ch")) else f"{noun}s"


def moment(at: str | None) -> str:
    """Return a time as people write it: ``2026-11-27 20:00:05``."""
    return (at or "").replace("T", " ").removesuffix("Z")


def clock(at: str | None, day: str | None) -> str:
    """Return a time of day where it is of the same day as `day`, else with its date."""
    said = moment(at)
    return said[11:] if day and said[:10] == day[:10] else said


def lasted(began: str | None, ended: str | None) -> str:
    """Return how long something took, in words."""
    try:
        first, last = (datetime.datetime.strptime(at or "", "%Y-%m-%dT%H:%M:%SZ") for at in (began, ended))
    except ValueError:
        return ""
    minutes, seconds = divmod(int((last - first).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "under 1 s"
