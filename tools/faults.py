# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page docs/faults.md, made from what the tests of faults found on the real programs and on simulated devices.

What was found stands in docs/faults.json, each with its day: a run over some of the platforms replaces what is known of
those.
"""

from __future__ import annotations

import datetime
import json
import statistics
import sys
import typing as t
from pathlib import Path

Json = t.Mapping[str, t.Any]

_HEAD = """<!--
SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
SPDX-License-Identifier: GPL-3.0-or-later
Made by ./run faults; not to be edited.
-->
# Faults

On real programs, a run that sets a new list is disturbed. After each fault a test host asks the program, which then has
the old list or the new one, whole and alone; the next run puts the new one in force, and what the disturbed run left
behind is gone. Counted is which of the two was found: old is the list before. The lists have {size} entries.
"""
_SIMULATED = """
## On simulated devices

A platform that is managed by an API meets a fault at each request of a run that changes its list, once or from there
on. After each the device runs the old list or the new one, nothing of others was published or lost, no lock or session
stays once the device is there again, and the next run converges.
"""
_ROLLOUT = """
## A rollout whose controller dies

A change over two real Squids and a simulated tenant, in three batches, is killed with all its processes. Each appliance
then has its old list or its new one, and its status says which. One more run ends the change, or takes it back.
"""
_BOTH = """
*Both* is what only a platform that judges addresses may leave: nftables. So that a name which stays never fails, the
kernel learns for the new list before it forgets the old one. A run that is killed in between leaves the names of both
let through, and no others, until the next run or a restart of the host, which leave the new list alone.
"""
_LOAD = """
## Requests during changes

A test host sends requests one after another while the list is changed, or taken away and set again: four that are
allowed throughout, then one that no list allows. An allowed one that fails is tried again every few milliseconds for up
to ten seconds: what lies between is how long it was closed; lost is what never succeeded.

| platform | what | times | requests | failed | closed, median | closed, longest | lost | wrongly let through |
|---|---|---|---|---|---|---|---|---|"""
_TOLD = {
    "squid": """
`squid -k reconfigure` closes the port for a moment, in which connections are refused; a client that tries again loses
nothing. With `activation: helper` a new list needs no reload.""",
    "nftables": """
For nftables a request is a question to dnsmasq and a connection to the answer; with the address known it is the
connection alone. dnsmasq reads which names to follow at its start only. While it restarts it refuses questions, and one
that it has taken and not answered is lost: that client waits for its own time-out, here three seconds, and asks again.
Connections to addresses never fail, and a change of networks alone restarts nothing.""",
}
"""What has to be said of the failures of a platform."""


Key = tuple[str, str]


def known_with(known: t.Sequence[Json], found: t.Sequence[Json]) -> list[Json]:
    """Return what is known with what was found now, which replaces what the same platform was asked before."""
    merged: dict[Key, Json] = {(result["platform"], result["kind"]): result for result in [*known, *found]}
    return sorted(merged.values(), key=lambda result: (result["order"], result["platform"]))


def page(results: t.Sequence[Json]) -> str:
    """Return the page for results in their order, each of one platform and kind of fault."""
    real, simulated, rollouts = (
        [result for result in results if result.get("section", "real") == section]
        for section in ("real", "simulated", "rollout")
    )
    tallies = [result for result in real if "requests" not in result["found"] and result["found"]]
    loads = [result for result in real if "requests" in result["found"]]
    parts = [_HEAD.format(size=max(result["size"] for result in real)), f"Found {_days(real)}.\n", _table(tallies)]
    if any("both" in result["found"] for result in tallies):
        parts.append(_BOTH.rstrip())
    parts.append(_LOAD)
    parts += [_row(_load(result)) for result in loads]
    failing = {result["platform"] for result in loads if result["found"]["failed"]}
    parts += [told for platform, told in _TOLD.items() if platform in failing]
    if simulated:
        parts += [_SIMULATED, f"Found {_days(simulated)}.\n", _table(simulated)]
    if rollouts:
        parts += [_ROLLOUT, f"Found {_days(rollouts)}.\n", _table(rollouts)]
    return "\n".join(parts) + "\n"


def _days(results: t.Sequence[Json]) -> str:
    """Return on which day each platform was tried last, and which program it was."""
    days: dict[str, list[str]] = {}
    for platform, result in sorted({result["platform"]: result for result in results}.items()):
        days.setdefault(result["date"], []).append(f"{platform}: {result['version']}")
    return "; ".join(f"on {day} with {', '.join(platforms)}" for day, platforms in sorted(days.items()))


def _table(results: t.Sequence[Json]) -> str:
    platforms = sorted({result["platform"] for result in results})
    found = {(result["kind"], result["platform"]): result["found"] for result in results}
    kinds = list(dict.fromkeys(result["kind"] for result in results))
    rows = [_row([kind, *(_tally(found.get((kind, platform))) for platform in platforms)]) for kind in kinds]
    return "\n".join([_row(["fault", *platforms]), "|---" * (len(platforms) + 1) + "|", *rows])


def _row(cells: t.Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _tally(found: Json | None) -> str:
    return ", ".join(f"{count} {which}" for which, count in sorted(found.items(), reverse=True)) if found else "-"


def _load(result: Json) -> list[str]:
    found = result["found"]
    times = [f"{seconds * 1000:.0f} ms" for seconds in found["closed"]] or ["-", "-"]
    through = "-" if found["let_through"] is None else str(found["let_through"])
    asked = [str(found["changes"]), f"{found['requests']:,}", str(found["failed"])]
    return [result["platform"], result["kind"], *asked, *times, str(found["lost"]), through]


def in_short(result: Json, day: str) -> Json:
    """Return a result as it is kept: of the times that a platform was closed the median and the longest."""
    found = result["found"]
    if "requests" in found:
        closed = found["closed"]
        found = {
            "changes": found["changes"],
            "requests": found["requests"],
            "failed": sum(found["failed"].values()),
            "closed": [round(summary(closed), 4) for summary in (statistics.median, max)] if closed else [],
            "lost": found["lost"],
            "let_through": None if found["open_without"] else found["let_through"],
        }
    return {**result, "found": found, "date": day}


def main(arguments: t.Sequence[str]) -> None:
    """Read the results below the first directory, and write the page and what it is made of."""
    folder, target = map(Path, arguments)
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    found = [in_short(json.loads(path.read_text(encoding="utf-8")), day) for path in folder.rglob("*.json")]
    if not found:
        raise SystemExit(f"{folder}: no results, so {target} stays as it is")
    kept = target.with_suffix(".json")
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else []
    results = known_with(known, found)
    kept.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    target.write_text(page(results), encoding="utf-8")
    print(f"{target}: {len(found)} results of {len({result['platform'] for result in found})} platforms anew")


if __name__ == "__main__":
    main(sys.argv[1:])
