# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page docs/conformance.md, made from what the conformance tests found on the real programs."""

from __future__ import annotations

import datetime
import json
import sys
import typing as t
from pathlib import Path

_HEAD = """<!--
SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
SPDX-License-Identifier: GPL-3.0-or-later
Made by ./run conformance; not to be edited.
-->
# Conformance

Real programs hold published and random lists in turn, and are asked at the borders of every pattern. Each answer is
compared with what the platform's dialect decides, and that with what the list means; where these differ, a loss must
have been declared. A disagreement is an answer that nothing foretold.
"""


def page(found: t.Sequence[t.Mapping[str, t.Any]], day: str) -> str:
    """Return the page for the results of all platforms, measured on one day (``2026-11-27``)."""
    total = sum(result["questions"] for result in found)
    wrong = sum(result["disagreements"] for result in found)
    parts = [
        _HEAD,
        f"Asked on {day}: {total:,} questions in all, {wrong} disagreements.\n",
        "| platform | program | questions | disagreements |\n|---|---|---|---|",
        *(
            f"| {result['platform']} | {result['version']} | {result['questions']:,} | {result['disagreements']} |"
            for result in found
        ),
    ]
    for result in found:
        parts += ["", f"## {result['platform']} ({result['version']})", ""]
        parts.append("| pattern | questions | endpoints | result |\n|---|---|---|---|")
        asked, results = result["asked"], result["results"]
        for kind in sorted({*asked, *results}):
            for number, (said, count) in enumerate(sorted(results.get(kind, {"": 0}).items()) or [("", 0)]):
                first = number == 0
                shown = f"`{kind}`" if "." in kind else kind
                parts.append(
                    f"| {shown if first else ''} | {format(asked.get(kind, 0), ',') if first else ''} "
                    f"| {count or ''} | {said} |"
                )
    return "\n".join(parts) + "\n"


def main(arguments: t.Sequence[str]) -> None:
    """Read the results in the first directory, and write the page."""
    results, target = map(Path, arguments)
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))]
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    target.write_text(page(found, day), encoding="utf-8")
    print(f"{target}: {sum(result['questions'] for result in found):,} questions to {len(found)} programs")


if __name__ == "__main__":
    main(sys.argv[1:])
