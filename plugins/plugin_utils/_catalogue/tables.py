# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the tables in a Markdown page that list names, visible or hidden in an HTML comment.

Only what such tables need is read of Markdown, line by line, in linear time. Where real pages break the rules (a
missing separator, a rule with more columns than the header, rows with and without outer bars), nothing is lost: what
is no row of a table that was begun is told as a stray.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.columns import HEADERS, meaning

_NAMES_HEADER = re.compile(
    r"(?:required |allowed )?(?:urls?|endpoints?|fqdns?|host ?names?|hosts?|domains?|addresses|destinations?)\b",
    re.IGNORECASE,
)
_SERVICE_HEADER = re.compile(r"service|product|component|application|feature", re.IGNORECASE)
_RULE_CELL = re.compile(r":?-+:?")
_FENCE = re.compile(r"`{3,}|~{3,}")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_COMMENT_MARK = re.compile(r"<!--|-->")
_SEPARATOR = re.compile(r"(?<!\\)\|")

# A page that names several endpoints in one piece of code separates them by commas, each followed by a blank.
_LISTED = re.compile(r"`([^`]*, [^`]*)`")
_READ: t.Final = frozenset(HEADERS) - {"names", "service", "title", "path", "remark"}

BLANKS: t.Final = " \t\xa0"
"""What may stand around a name; other white space is refused."""


class Piece(t.NamedTuple):
    """One token of a cell, as written; `hidden` where an HTML comment inside the row encloses it."""

    text: str
    hidden: bool


class TableRow(t.NamedTuple):
    """One row: its place, and its cells. `names` is None where the row has no cell in the column of names.

    `facts` are the cells of columns that say more of the endpoints (`columns.HEADERS`), by their meaning.
    """

    number: int
    line: int
    hidden: bool
    service: str
    names: str | None
    other_cells: tuple[str, ...]
    facts: t.Mapping[str, str]


class Tables(t.NamedTuple):
    """What a page holds: rows, and the numbers of the lines that are headers of tables of names or stray from one."""

    rows: tuple[TableRow, ...]
    headers: tuple[int, ...]
    strays: tuple[int, ...]


class _Line(t.NamedTuple):
    number: int
    text: str
    hidden: bool
    commented: bool


class _Columns(t.NamedTuple):
    names: int
    service: int | None
    facts: t.Mapping[int, str]


def read_tables(text: str) -> Tables:
    """Return the rows of all tables whose header has a column of names (``URLs required …``, ``Endpoint``, …)."""
    rows: list[TableRow] = []
    headers: list[int] = []
    strays: list[int] = []
    columns: _Columns | None = None
    inside = after = False
    lines = _lines(text)
    for index, line in enumerate(lines):
        following = lines[index + 1].text if index + 1 < len(lines) else ""
        if not line.text:
            # A mark of a comment on a line of its own does not end a table: rows on both sides of it are listed.
            if not line.commented:
                inside, after = False, after or (inside and columns is not None)
        elif "|" in line.text and _is_rule(following):
            columns = _columns(_cells(line.text))
            if columns is not None:
                headers.append(line.number)
            inside, after = True, False
        elif inside:
            if line.text.startswith("#"):
                inside = False
            elif columns is not None and not _is_rule(line.text):
                rows.append(_row(len(rows) + 1, line, columns))
        elif after:
            if line.text.startswith("|"):
                strays.append(line.number)
            else:
                after = False
    return Tables(tuple(rows), tuple(headers), tuple(strays))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text; only the three customary ends of line count, not what else Python takes for one."""
    return _NEWLINE.split(text)


def pieces(cell: str) -> list[Piece]:
    """Return the tokens of a cell, split at ``<br>`` and within lists of code; empty ones are left out."""
    if ", " in cell and "`" in cell:
        cell = _LISTED.sub(lambda listed: listed[1].replace(", ", "<br>"), cell)
    if "<!--" not in cell and "-->" not in cell:
        stripped = (part.strip(BLANKS) for part in _BREAK.split(cell))
        return [Piece(text, False) for text in stripped if text]
    found: list[Piece] = []
    hidden = False
    for part in _BREAK.split(cell):
        start = 0
        for mark in _COMMENT_MARK.finditer(part):
            found.append(Piece(part[start : mark.start()], hidden))
            hidden = mark[0] == "<!--"
            start = mark.end()
        found.append(Piece(part[start:], hidden))
    return [Piece(text, inner) for text, inner in ((p.text.strip(BLANKS), p.hidden) for p in found) if text]


def plain(cell: str) -> str:
    """Return a cell's text without line breaks and doubled spaces."""
    return " ".join(_BREAK.sub(" ", cell).split())


def _lines(text: str) -> list[_Line]:
    """Return the page's lines outside of fenced code, without the marks of comments that begin or end beside them."""
    lines: list[_Line] = []
    commented = False
    fence = ""
    for number, raw in enumerate(lines_of(text), 1):
        if not commented:
            fenced = _FENCE.match(raw.lstrip(" "))
            if fence:
                if fenced and fenced[0].startswith(fence):
                    fence = ""
                continue
            if fenced:
                fence = fenced[0]
                lines.append(_Line(number, "", False, False))
                continue
        visible, enclosed, touched, after = _split_comment(raw, commented)
        if not touched:
            lines.append(_Line(number, raw.strip(), commented, False))
        elif visible.strip():
            # Part of a row is hidden: the row stays whole, and `pieces` tells the hidden tokens.
            lines.append(_Line(number, ("<!--" if commented else "") + raw.strip(), False, True))
        else:
            lines.append(_Line(number, enclosed.strip(" \t-"), True, True))
        commented = after
    return lines


def _split_comment(raw: str, commented: bool) -> tuple[str, str, bool, bool]:
    """Return a line's text outside and inside of comments, whether it has a mark, and whether it ends in a comment."""
    if "--" not in raw:
        return ("", raw, False, True) if commented else (raw, "", False, False)
    parts: tuple[list[str], list[str]] = ([], [])
    start = 0
    touched = False
    for mark in _COMMENT_MARK.finditer(raw):
        if (mark[0] == "<!--") == commented:
            continue
        parts[commented].append(raw[start : mark.start()])
        start, touched, commented = mark.end(), True, not commented
    parts[commented].append(raw[start:])
    return "".join(parts[False]), "".join(parts[True]), touched, commented


def _is_rule(text: str) -> bool:
    if "-" not in text or text.strip(" \t|:-"):
        return False
    return all(_RULE_CELL.fullmatch(cell) for cell in _cells(text))


def _cells(text: str) -> list[str]:
    body = text.removeprefix("|")
    if body.endswith("|") and not body.endswith("\\|"):
        body = body[:-1]
    return [cell.strip() for cell in _SEPARATOR.split(body)]


def _columns(header: list[str]) -> _Columns | None:
    titles = [plain(cell) for cell in header]
    names = next((index for index, title in enumerate(titles) if _NAMES_HEADER.match(title)), None)
    if names is None:
        return None
    service = (index for index, title in enumerate(titles) if index != names and _SERVICE_HEADER.search(title))
    place = next(service, None)
    facts: dict[int, str] = {}
    for index, title in enumerate(titles):
        known = meaning(title)
        if (
            index not in (names, place)
            and known in _READ
            and title.casefold() != "type"
            and known not in facts.values()
        ):
            facts[index] = known
    return _Columns(names, place, facts)


def _row(number: int, line: _Line, columns: _Columns) -> TableRow:
    cells = _cells(line.text)
    service = cells[columns.service] if columns.service is not None and columns.service < len(cells) else ""
    taken = (columns.names, columns.service, *columns.facts)
    others = [cell for index, cell in enumerate(cells) if index not in taken]
    names = cells[columns.names] if columns.names < len(cells) else None
    facts = {known: cells[index] for index, known in columns.facts.items() if index < len(cells)}
    return TableRow(number, line.number, line.hidden, plain(service), names, tuple(others), facts)
