# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of values separated by commas, semicolons, bars or tabs, with a header, as an edition.

What a header means stands in `columns`. A cell of names or networks may hold several, separated by white space, commas
or semicolons: that is how the web service itself writes its sets as CSV.
"""

from __future__ import annotations

import csv
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import columns
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.draft import Draft
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    Edition,
    Entry,
    Refusal,
    Row,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError, unknown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import read_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tables import lines_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import EndpointError, Origin
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostError, quoted

_SEPARATORS: t.Final = ",;|\t"
_BETWEEN = re.compile(r"[\s,;]+")


def import_separated(text: str, edition: Edition) -> Edition:
    """Return `edition` with what the rows list; rows are numbered from 1 below the header.

    A row or token that does not fit becomes a refusal and nothing else.

    Raises:
        CatalogueError: there is no header with a column of names, or a column that nobody knows.
    """
    lines = lines_of(text)
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise CatalogueError("The table is empty; its first line is the header.")
    separator = max(_SEPARATORS, key=lines[first].count)
    # A line break inside quotes belongs to its cell, so the reader counts the lines.
    reader = csv.reader((line + "\n" for line in lines[first:]), delimiter=separator, strict=True)
    draft = Draft()
    try:
        meanings = _meanings(next(reader))
        number = 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                number += 1
                _read_row(number, first + reader.line_num, meanings, cells, edition, draft)
    except csv.Error as error:
        raise CatalogueError(f"Line {first + reader.line_num} cannot be read as a table: {error}.") from error
    return draft.finish(edition)


def _meanings(header: list[str]) -> list[str]:
    known = {name for names in columns.HEADERS.values() for name in names}
    meanings: list[str] = []
    for title in header:
        found = columns.meaning(title)
        if found is None:
            raise unknown("column", title, known)
        if found in meanings and found != "remark":
            raise CatalogueError(f"Two columns of the table are for {found}; {quoted(title)} is the second.")
        meanings.append(found)
    if "names" not in meanings and "networks" not in meanings:
        raise CatalogueError("The table has no column of names; its header has one such as host, url or endpoint.")
    return meanings


def _read_row(number: int, line: int, meanings: list[str], cells: list[str], edition: Edition, draft: Draft) -> None:
    """Enter one row: a `Row`, and for each of its tokens an entry or a refusal."""
    if len(cells) != len(meanings):
        reason = f"the row has {len(cells)} cells, its header {len(meanings)}"
        draft.refused.append(Refusal(number, 0, "", reason, line))
        return
    said = {found: cell.strip() for found, cell in zip(meanings, cells, strict=True)}
    names = _tokens(said.get("names", ""))
    networks = _tokens(said.get("networks", ""))
    service, title = said.get("service") or None, said.get("title") or None
    try:
        facts = columns.read_facts(said)
        for text in (service, title):
            if text is not None and (len(text) > 200 or not text.isprintable()):
                raise EndpointError(f"{quoted(text)} is no name of a service")
        if said.get("path", "/")[:1] not in ("/", ""):
            raise EndpointError(f"path: {quoted(said['path'])} does not begin with /")
        if not names and not networks:
            raise EndpointError("the row names nothing")
    except EndpointError as error:
        draft.refused.append(Refusal(number, 0, "", str(error), line))
        return
    draft.rows.append(
        Row(
            number,
            service,
            len(names) + len(networks),
            title=title,
            set=facts.set,
            express_route=facts.express_route,
        )
    )
    if names and networks:
        draft.paired.add(number)
    for token, raw in enumerate([*names, *networks], 1):
        try:
            name = read_name(raw + said.get("path", ""))
            if token > len(names) and name.network is None:
                raise EndpointError(f"{quoted(raw)} is no network")
            origin = Origin(
                edition.source,
                edition.id,
                number,
                service,
                name.repairs,
                facts.set,
                express_route=facts.express_route,
                effective=facts.effective,
            )
            endpoint = facts.endpoint(name, service, origin)
        except (HostError, EndpointError) as error:
            draft.refused.append(Refusal(number, token, raw, str(error), line))
            continue
        draft.entries.append(
            Entry(endpoint, token, raw=raw if name.repairs or name.template else None, template=name.template)
        )


def _tokens(cell: str) -> list[str]:
    return [token for token in _BETWEEN.split(cell) if token]
