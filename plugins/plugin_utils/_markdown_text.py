# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign text inside Markdown pages of ours: it is shown as it is, and cannot become markup. Pure."""

from __future__ import annotations

import re
import typing as t

SHOWN: t.Final = 8
"""How many items of a list stand in one cell of a table."""

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~!&@:$^+=]|(?<=www)\.", re.IGNORECASE)
_PLAIN_CODE = re.compile(r"[A-Za-z0-9._~!$&()+,=:@/*<>-]+")


def prose(text: str) -> str:
    """Return `text` for a heading, a paragraph or a cell: one line, in which nothing is markup, link or mention."""
    visible = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text).strip()
    return _MARKUP.sub(lambda found: f"\\{found[0]}", visible) or "-"


def code(text: str) -> str:
    """Return `text`, such as a host or a network, set as code; what code could not hold is set as prose."""
    return f"`{text}`" if _PLAIN_CODE.fullmatch(text) else prose(text)


def codes(texts: t.Sequence[str]) -> str:
    """Return the first few of `texts` as code, and how many more there are."""
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(map(code, texts[:SHOWN])) + more


def table(headings: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already; columns whose heading ends in ``:`` stand to the right."""
    lines = [
        [heading.removesuffix(":") for heading in headings],
        ["---:" if heading.endswith(":") else "---" for heading in headings],
        *rows,
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
