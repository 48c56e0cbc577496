# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables and lists of names in plain text, as reports and messages have them. Pure."""

from __future__ import annotations

import typing as t

_MOST_NAMED: t.Final = 10


def table(rows: t.Sequence[t.Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first row, a rule, then the others; each column as wide as it must be."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def shortened(names: t.Sequence[str]) -> str:
    """Return the names of appliances for a line: the first of them, and how many more there are."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
