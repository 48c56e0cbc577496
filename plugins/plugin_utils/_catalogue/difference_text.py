# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A difference between two lists as a Markdown page, for a ticket or a review."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference import (
    COVERED_ALREADY,
    LOST,
    NARROWED,
    NEW,
    STILL_COVERED,
    WIDENED,
    Alteration,
    Change,
    Difference,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._markdown_text import code, codes, prose, table

_EFFECTS: t.Final = {
    STILL_COVERED: "still covered by {by}",
    LOST: "**can no longer be reached**",
    COVERED_ALREADY: "was covered already, by {by}",
    NEW: "**newly admitted**",
}
_ALTERED: t.Final = {
    "none": "nothing changes for devices",
    NARROWED: "**admits less**",
    WIDENED: "**admits more**",
    "both": "**admits more here and less there**",
}
_FIELDS: t.Final = {"tcp_ports": "TCP", "udp_ports": "UDP"}


def to_markdown(found: Difference, before: str, after: str) -> str:
    """Return the page. `before` and `after` say in plain words what was compared."""
    parts = ["# Changes of the list of endpoints", f"From {prose(before)} to {prose(after)}.", *sections(found)]
    return "\n\n".join(parts) + "\n"


def sections(found: Difference) -> list[str]:
    """Return the parts of the page below its title: a summary, then a table for each service."""
    parts = [_summary(found)]
    if found.renamed:
        rows = [[prose(old), prose(new)] for old, new in found.renamed]
        parts += ["## Renamed services", table(["Before", "After"], rows)]
    rows_by_service = _rows(found)
    for service, rows in sorted(rows_by_service.items()):
        parts += [f"## {prose(service)}", table(["", "Endpoint", "What it means"], rows)]
    return parts


def _summary(found: Difference) -> str:
    if not (found.added or found.removed or found.changed):
        return f"Nothing changed. {found.unchanged} endpoints are the same."
    altered = sum(1 for altered in found.changed if altered.effect != "none")
    rows = [
        ["added", str(len(found.added)), f"{len(found.widening)} admit what was not admitted before"],
        ["removed", str(len(found.removed)), f"{len(found.lost)} take something away that devices could reach"],
        ["changed", str(len(found.changed)), f"{altered} admit more or less than before"],
        ["the same", str(found.unchanged), ""],
    ]
    return table(["Endpoints", "Count:", "Of these"], rows)


def _rows(found: Difference) -> dict[str, list[list[str]]]:
    rows: dict[str, list[list[str]]] = {}

    def add(services: t.Sequence[str], row: list[str]) -> None:
        for service in found.current(services) or ["No service"]:
            rows.setdefault(service, []).append(row)

    for kind, changes in (("removed", found.removed), ("added", found.added)):
        for change in changes:
            add(change.item.services, [kind, code(change.item.subject), _meaning(change)])
    for altered in found.changed:
        add(altered.services, ["changed", code(altered.after.subject), _alteration(altered)])
    return rows


def _meaning(change: Change) -> str:
    by = codes(change.by)
    covers = codes(change.stands_for)
    if change.effect == NARROWED:
        return f"**narrowed**: of it is left {by or covers}"
    if change.effect == WIDENED:
        return f"**widens** {by or covers}"
    said = _EFFECTS[change.effect].format(by=by or covers)
    return f"{said}; covers {covers}" if by and covers else said


def _alteration(altered: Alteration) -> str:
    fields = [
        f"{_FIELDS.get(name, name)}: {_value(old)} → {_value(new)}" for name, (old, new) in altered.fields.items()
    ]
    return f"{'; '.join(fields)}: {_ALTERED[altered.effect]}"


def _value(value: t.Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return prose(", ".join(map(str, value)) or "none")
    return prose("none" if value is None else str(value))
