# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Markdown page with tables of names, as an edition."""

from __future__ import annotations

import html
import re
import typing as t
from urllib.parse import urljoin

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import mends, tables
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.columns import Facts, read_facts
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.draft import Draft
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    Edition,
    Entry,
    Link,
    Refusal,
    Row,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import Name, read_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import EndpointError, Origin
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostError, quoted

# A title and an address; one level of parentheses may stand in the address.
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPACE_IN_ESCAPE = re.compile(r"\\ +(?=\*)")
_NO_ROOM = "the row has no cell in the column of names; is a separator missing?"
_STRAY = "the row stands outside of its table; is there an empty line before it?"


def import_markdown(text: str, edition: Edition) -> Edition:
    """Return `edition` (its source, id, status and document are known) with what the page's tables list.

    A token that does not parse becomes a refusal and nothing else.

    Raises:
        CatalogueError: the page has no table with a column of names.
    """
    found = tables.read_tables(text)
    if not found.headers:
        raise CatalogueError(
            "The page has no table with a column of names; its header should begin with URL, Endpoint, Host or Domain."
        )
    draft = Draft(refused=[Refusal(0, 0, "", _STRAY, line) for line in found.strays])
    for table_row in found.rows:
        if len(table_row.service) > 200 or not table_row.service.isprintable():
            reason = f"{quoted(table_row.service)} is no name of a service: over 200 characters, or control characters"
            draft.refused.append(Refusal(table_row.number, 0, table_row.service, reason, table_row.line))
            continue
        if table_row.names is None and _LINK.sub("", table_row.service).strip():
            draft.refused.append(Refusal(table_row.number, 0, table_row.service, _NO_ROOM, table_row.line))
            continue
        try:
            facts = read_facts(table_row.facts)
        except EndpointError as error:
            draft.refused.append(Refusal(table_row.number, 0, table_row.service, str(error), table_row.line))
            continue
        _Reader(edition, table_row, facts, draft).read()
    return draft.finish(edition)


class _Reader:
    """Reads one row into the draft of its edition."""

    def __init__(self, edition: Edition, row: tables.TableRow, facts: Facts, draft: Draft) -> None:
        self.edition, self.row, self.facts, self.draft = edition, row, facts, draft
        self.service = row.service or None

    def read(self) -> None:
        """Read the row: one `Row`, and for each of its tokens an entry or a refusal."""
        if self.row.names is None:
            # What is left of a row that was removed: its link alone, and nothing to allow.
            self._row(0, _LINK.finditer(self.row.service), mends.REMNANT)
            return
        cell, misplaced = self._without_links(self.row.names)
        tokens = tables.pieces(cell)
        networks = tables.pieces(self.row.facts.get("networks", ""))
        if self.facts.set is not None or (tokens and networks):
            self.draft.paired.add(self.row.number)
        tokens += networks
        links = [link for other in self.row.other_cells for link in _LINK.finditer(other)]
        self._row(len(tokens), links + misplaced, mends.LINK_IN_CELL if misplaced else None)
        number = 0
        while number < len(tokens):
            number += self._token(tokens, number)

    def _row(self, tokens: int, links: t.Iterable[re.Match[str]], rule: str | None) -> None:
        base = self.edition.document.url or ""
        documentation = dict.fromkeys(Link(link[1].strip(), urljoin(base, link[2])) for link in links)
        service = None if rule == mends.REMNANT else self.service
        repairs = (rule,) if rule else ()
        self.draft.rows.append(
            Row(
                self.row.number,
                service,
                tokens,
                tuple(documentation),
                self.row.hidden,
                repairs,
                set=self.facts.set,
                express_route=self.facts.express_route,
            )
        )

    def _without_links(self, names: str) -> tuple[str, list[re.Match[str]]]:
        """Return the cell of names without links at its end, where the separator before them is missing."""
        links = list(_LINK.finditer(names)) if "](" in names else []
        if links and not any(self.row.other_cells) and not _LINK.sub("", names[links[0].start() :]).strip():
            return names[: links[0].start()], links
        return names, []

    def _token(self, tokens: list[tables.Piece], index: int) -> int:
        """Take the token at `index` and tell how many were taken: two where it is a torn name."""
        piece = tokens[index]
        decoded, repairs = _decode(piece.text)
        if decoded.endswith("-"):
            tail = tokens[index + 1].text if index + 1 < len(tokens) else ""
            mend = mends.mend_torn(decoded, tail)
            if mend is None:
                self._refuse(index, piece.text, f"{quoted(decoded)} is a torn name that nobody has reviewed yet")
                return 1
            raw = f"{piece.text}<br>{tail}"
            self._enter(index, 2, read_name(mend.name), (mend.rule,), raw, piece.hidden)
            return 2
        try:
            name = read_name(decoded)
            _refuse_torn_labels(decoded)
        except (HostError, EndpointError) as error:
            self._refuse(index, piece.text, str(error))
        else:
            self._enter(index, 1, name, repairs, piece.text, piece.hidden)
        return 1

    def _refuse(self, index: int, raw: str, reason: str) -> None:
        self.draft.refused.append(Refusal(self.row.number, index + 1, raw, reason, self.row.line))

    def _enter(self, index: int, taken: int, name: Name, repairs: tuple[str, ...], raw: str, hidden: bool) -> None:
        repairs += name.repairs
        facts = self.facts
        origin = Origin(
            self.edition.source,
            self.edition.id,
            self.row.number,
            self.service,
            repairs,
            facts.set,
            express_route=facts.express_route,
            effective=facts.effective,
        )
        try:
            endpoint = facts.endpoint(name, self.service, origin)
        except EndpointError as error:
            self._refuse(index, raw, f"{quoted(raw)}: {error}")
            return
        self.draft.entries.append(
            Entry(
                endpoint=endpoint,
                token=index + 1,
                tokens=taken,
                raw=raw if repairs or name.template else None,
                template=name.template,
                hidden=hidden or self.row.hidden,
            )
        )


def _decode(written: str) -> tuple[str, tuple[str, ...]]:
    """Return the text that Markdown means, and the rules that were needed beyond Markdown's own."""
    if len(written) > 1 and written[0] == written[-1] == "`":
        return written.strip("`").strip(), ()
    repairs: list[str] = []
    text = written
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
        unspaced = _SPACE_IN_ESCAPE.sub("", text)
        if unspaced != text:
            text = unspaced
            repairs.append(mends.SPACE_IN_ESCAPE)
        if text.startswith("\\*"):
            text = text[1:]
            repairs.append(mends.DOUBLE_ESCAPE)
    if "&" in text:
        text = html.unescape(text).strip(tables.BLANKS)
    return text, tuple(repairs)


def _refuse_torn_labels(text: str) -> None:
    host = text.partition("/")[0]
    if "-." in host or ".-" in host or host.startswith("-") or host.endswith("-"):
        raise HostError(
            f"{quoted(text)} has a label that begins or ends with '-'; a piece of it, or a placeholder, was lost"
        )
