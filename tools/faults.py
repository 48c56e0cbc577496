# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page docs/faults.md, made from what the tests of faults found on the real programs."""

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


def page(results: t.Sequence[Json], day: str, size: int) -> str:
    """Return the page for the results of all platforms, found on one day (``2026-11-27``) with lists of one size."""
    platforms = {result["platform"]: result["version"] for result in results}
    tallies = {(r["kind"], r["platform"]): r["found"] for r in results if "requests" not in r["found"] and r["found"]}
    loads = [result for result in results if "requests" in result["found"]]
    kinds = list(dict.fromkeys(kind for kind, _platform in tallies))
    versions = ", ".join(f"{platform}: {version}" for platform, version in platforms.items())
    parts = [_HEAD.format(size=size), f"Found on {day}, with {versions}.\n", _row(["fault", *platforms])]
    parts.append("|---" * (len(platforms) + 1) + "|")
    parts += [_row([kind, *(_tally(tallies.get((kind, platform))) for platform in platforms)]) for kind in kinds]
    if any("both" in found for found in tallies.values()):
        parts.append(_BOTH.rstrip())
    parts.append(_LOAD)
    parts += [_row(_load(result)) for result in loads]
    failing = {result["platform"] for result in loads if result["found"]["failed"]}
    parts += [told for platform, told in _TOLD.items() if platform in failing]
    return "\n".join(parts) + "\n"


def _row(cells: t.Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _tally(found: Json | None) -> str:
    return ", ".join(f"{count} {which}" for which, count in sorted(found.items(), reverse=True)) if found else "-"


def _load(result: Json) -> list[str]:
    found = result["found"]
    closed = found["closed"]
    times = [f"{summary(closed) * 1000:.0f} ms" if closed else "-" for summary in (statistics.median, max)]
    failed = sum(found["failed"].values())
    through = "-" if found["open_without"] else str(found["let_through"])
    asked = [str(found["changes"]), f"{found['requests']:,}", str(failed)]
    return [result["platform"], result["kind"], *asked, *times, str(found["lost"]), through]


def main(arguments: t.Sequence[str]) -> None:
    """Read the results in the first directory, and write the page."""
    folder, target = map(Path, arguments)
    results = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    if not results:
        raise SystemExit(f"{folder}: no results, so {target} stays as it is")
    results.sort(key=lambda result: (result["order"], result["platform"]))
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    target.write_text(page(results, day, results[0]["size"]), encoding="utf-8")
    print(f"{target}: {len(results)} results of {len({result['platform'] for result in results})} platforms")


if __name__ == "__main__":
    main(sys.argv[1:])
