# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a Markdown page for the ticket. Pure; what sources, users and devices wrote cannot become markup."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import Plain
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.plan import CHANGES, appliances_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import told
from ansible_collections.managed_desktop.network.plugins.plugin_utils._markdown_text import code, codes, prose, table

_MOST_ENTRIES: t.Final = 200
"""How many entries of one difference the page names; the plan itself has up to 500."""


def to_markdown(plan: Plain, digest: str) -> str:
    """Return the page of a plan with this digest."""
    appliances = appliances_of(plan)
    changing = {name: item for name, item in appliances.items() if item["state"] == CHANGES}
    by = f"planned by {prose(plan['planned_by'])} with release {prose(plan['release'])}"
    judged = f"Which names strangers can register was judged by {prose(plan['suffix_list'])}"
    batches = f"{len(plan['batches'])} {'batch' if len(plan['batches']) == 1 else 'batches'}"
    parts = [
        f"# Change {prose(plan['change'])}",
        f"Ticket {prose(plan['ticket'])}, {by}. Of {prose(told(plan['editions']))}. {judged}.",
        f"{len(changing)} of {len(appliances)} appliances would change, in {batches}.",
        f"To approve it, name this digest: {code(digest)}",
        *_editions(plan["editions"]),
        "## Appliances",
        table(
            ("appliance", "platform", "batch:", "added:", "removed:", "entries:", "losses:"),
            (_row(name, item) for name, item in appliances.items()),
        ),
        *_differences(changing),
        *_losses(appliances),
        *_warnings(appliances),
    ]
    return "\n\n".join(parts) + "\n"


def _editions(editions: t.Sequence[t.Mapping[str, str]]) -> t.Iterator[str]:
    if editions:
        yield "## Editions"
        yield table(
            ("source", "edition", "status", "SHA-256 of its file"),
            (
                (prose(item["source"]), code(item["edition"]), prose(item["status"]), code(item.get("sha256", "")))
                for item in editions
            ),
        )


def _row(name: str, item: Plain) -> tuple[str, ...]:
    batch = str(item["batch"]) if item["batch"] else "in step"
    counts = (item["added"]["count"], item["removed"]["count"], item["entries"], len(item["losses"]))
    return (prose(name), prose(item["platform"]), batch, *(f"{count:,}" for count in counts))


def _differences(changing: t.Mapping[str, Plain]) -> t.Iterator[str]:
    """Yield each difference once, with the appliances that have it: a fleet has few, whatever its size."""
    alike: dict[str, list[str]] = {}
    for name, item in changing.items():
        alike.setdefault("\n\n".join(_sides(item)), []).append(name)
    if alike:
        yield "## What changes"
    for text, names in alike.items():
        yield f"### {codes(names)}"
        yield (
            text or "The entries are the same; the rules around them change, or the stored list is not the running one."
        )


def _sides(item: Plain) -> t.Iterator[str]:
    for side, title in (("added", "Added"), ("removed", "Removed")):
        left = _MOST_ENTRIES
        for service, entries in item[side]["by_service"].items():
            shown = entries[:left]
            left -= len(shown)
            if shown:
                yield f"{title}, {prose(service)}:"
                yield "\n".join(f"- {code(entry)}" for entry in shown)
        if item[side]["count"] > _MOST_ENTRIES:
            yield f"{item[side]['count'] - _MOST_ENTRIES:,} more are {title.lower()}; plan.json names up to 500."


def _losses(appliances: t.Mapping[str, Plain]) -> t.Iterator[str]:
    having: dict[tuple[str, str, str, str], list[str]] = {}
    for name, item in appliances.items():
        reasons = {_subject(accepted): str(accepted.get("reason", "")) for accepted in item["accepted"]}
        for loss in item["losses"]:
            key = (_subject(loss), loss["result"], loss["detail"], reasons.get(_subject(loss), "nobody had to"))
            having.setdefault(key, []).append(name)
    if having:
        yield "## Losses"
        yield table(
            ("what", "result", "detail", "accepted because", "appliances"),
            (
                (code(subject), prose(result), prose(detail), prose(reason), codes(names))
                for (subject, result, detail, reason), names in having.items()
            ),
        )


def _subject(item: Plain) -> str:
    return str(item.get("host") or item.get("property") or "")


def _warnings(appliances: t.Mapping[str, Plain]) -> t.Iterator[str]:
    having: dict[str, list[str]] = {}
    for name, item in appliances.items():
        for warning in item["warnings"]:
            having.setdefault(warning, []).append(name)
    if having:
        yield "## Warnings"
        yield "\n".join(f"- {prose(warning)} ({codes(names)})" for warning, names in having.items())
