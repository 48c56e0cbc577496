# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a proxy denied, as a table for people. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._denied.judging import (
    LISTED,
    MISSING,
    RIGHTLY,
    UNLISTED,
    VERDICTS,
    Plain,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._text_table import table

_TITLES: t.Final = {
    MISSING: "Missing on this appliance, though in the catalogue",
    LISTED: "On this appliance's list by now",
    UNLISTED: "Not in the catalogue",
    RIGHTLY: "Rightly denied",
}
_HEADINGS: t.Final = ("request", "times", "clients", "last", "why")


def to_text(found: Plain) -> str:
    """Return a table for each verdict, and what of the logs was not counted."""
    parts = []
    for verdict in VERDICTS:
        count = found["counts"][verdict]
        if not count["requests"]:
            continue
        rows = [_row(item) for item in found["requests"] if item["verdict"] == verdict]
        more = count["requests"] - len(rows)
        lines = [f"{_TITLES[verdict]}: {count['requests']} ({count['times']} times)", *table([_HEADINGS, *rows])]
        parts.append("\n".join([*lines, *([f"and {more} more"] if more else [])]))
    if not parts:
        parts.append("Nothing was denied.")
    parts.append("\n".join(_about(found)))
    return "\n\n".join(parts) + "\n"


def _row(item: Plain) -> tuple[str, ...]:
    scheme = f"{item['scheme']}://" if item["scheme"] else ""
    request = f"{scheme}{item['host']}:{item['port']}{item['path'] or ''}"
    cells = (request, item["times"], item["clients"], item["last"] or "-", item["text"])
    return tuple(_visible(str(cell)) for cell in cells)


def _visible(text: str) -> str:
    """Return text as one line that cannot steer a terminal; what a client asked for is in a log as it was sent."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _about(found: Plain) -> t.Iterator[str]:
    yield f"Read were {found['lines']} lines of {', '.join(map(_visible, found['logs']))}."
    if found["unreadable"]:
        yield f"{found['unreadable']} lines are in no format that is known, or ask for nothing with a name."
    if found["uncounted"]:
        yield f"{found['uncounted']} denials are not counted, since too many different requests were denied."
    if found["cut"]:
        yield f"Too large to be read whole: {', '.join(map(_visible, found['cut']))}."
