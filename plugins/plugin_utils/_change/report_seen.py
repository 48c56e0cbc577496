# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each test host saw of each service, before a batch and after it, as tables that fit on paper. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import Plain

COLUMNS: t.Final = 6
"""How many test hosts stand beside each other; more are a table of their own."""

TLS: t.Final = "TLS 1.2 passes"

_FLOORS: t.Final = {True: ("ok", "yes"), False: ("bad", "no"), None: ("care", "not known")}


def batch_tables(batch: Plain) -> Plain:
    """Return the tables of a batch: test hosts that saw the same stand in one column.

    Returns:
        `number`; `remedies`, each with the targets that it is for; `tables`, each with `columns` (the `hosts` of each)
        and `rows` (a `service`, and a cell for each column, with its `tone`, what was seen `after` and `before`, and
        whether it is `worse`, or None).
    """
    seen = batch["seen"]
    if seen is None:
        return {"number": batch["number"], "remedies": {}, "tables": []}
    services = _services(seen)
    columns: dict[tuple[t.Any, ...], list[str]] = {}
    cells: dict[str, list[Plain | None]] = {}
    for host in seen["hosts"]:
        cells[host] = [_cell(seen, service, host) for service in services]
        columns.setdefault(tuple(repr(cell) for cell in cells[host]), []).append(host)
    groups = list(columns.values())
    tables = []
    for start in range(0, len(groups), COLUMNS):
        chosen = groups[start : start + COLUMNS]
        rows = [
            {"service": service, "cells": [cells[hosts[0]][place] for hosts in chosen]}
            for place, service in enumerate(services)
        ]
        tables.append({"columns": chosen, "rows": [row for row in rows if any(row["cells"])]})
    return {"number": batch["number"], "remedies": _remedies(seen), "tables": tables}


def _remedies(seen: Plain) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    after = seen["after"] or {}
    for finding in (*after.get("failed", ()), *after.get("unknown", ())):
        if finding.get("remedy"):
            found.setdefault(finding["remedy"], {})[finding["target"]] = None
    for floor in after.get("tls_floor", {}).values():
        if floor.get("remedy"):
            found.setdefault(floor["remedy"], {})["TLS 1.2"] = None
    return {remedy: list(targets) for remedy, targets in found.items()}


def _services(seen: Plain) -> list[str]:
    """Return the services in the order of their tables: by name, those in brackets last, and TLS after all."""
    sides = [seen[when] for when in ("before", "after") if seen[when]]
    names = {row["service"] for side in sides for row in side["table"]}
    ordered = sorted(names, key=lambda name: (name.startswith("("), name))
    return [*ordered, TLS] if any(side["tls_floor"] for side in sides) else ordered


def _cell(seen: Plain, service: str, host: str) -> Plain | None:
    before, after = (_counts(seen[when], service, host) for when in ("before", "after"))
    if before is None and after is None:
        return None
    if service == TLS:
        return {
            "tone": _FLOORS[after[0]][0] if after else "idle",
            "after": _FLOORS[after[0]][1] if after else "not asked",
            "before": _FLOORS[before[0]][1] if before else "not asked",
            "worse": bool(before and after and before[0] is True and after[0] is not True),
        }
    return {
        "tone": _tone(after),
        "after": _said(after),
        "before": _said(before),
        "worse": bool(before and after and after["passed"] < before["passed"]),
    }


def _counts(side: Plain | None, service: str, host: str) -> t.Any:
    if side is None:
        return None
    if service == TLS:
        floor = side["tls_floor"].get(host)
        return None if floor is None else (floor["passed"],)
    return next((row["hosts"].get(host) for row in side["table"] if row["service"] == service), None)


def _tone(counts: t.Mapping[str, int] | None) -> str:
    if counts is None:
        return "idle"
    return "bad" if counts["failed"] else "care" if counts["unknown"] else "ok"


def _said(counts: t.Mapping[str, int] | None) -> str:
    return "not asked" if counts is None else f"{counts['passed']}/{counts['total']}"
