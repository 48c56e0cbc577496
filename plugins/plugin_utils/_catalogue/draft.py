# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an importer gathers while it reads, and the edition that becomes of it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import mends
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    Edition,
    Entry,
    Refusal,
    Row,
)


@dataclasses.dataclass
class Draft:
    """Rows, entries and refusals, in the order of the document, and notices of what was found beside them.

    `paired` are the numbers of rows that are sets of their own: they have a column each for names and networks, or an
    id that need not be unique among the tables of a page.
    """

    rows: list[Row] = dataclasses.field(default_factory=list)
    entries: list[Entry] = dataclasses.field(default_factory=list)
    refused: list[Refusal] = dataclasses.field(default_factory=list)
    notices: list[str] = dataclasses.field(default_factory=list)
    paired: set[int] = dataclasses.field(default_factory=set)

    def finish(self, edition: Edition) -> Edition:
        """Return `edition` with all of it: the names and networks of a set are tied, and each repair is explained."""
        rows, entries = self._tied()
        used = {rule for entry in entries if entry.raw for rule in entry.repairs}
        used.update(rule for row in rows for rule in row.repairs)
        return dataclasses.replace(
            edition,
            rules={rule: mends.why(rule) for rule in sorted(used)},
            rows=tuple(rows),
            entries=tuple(entries),
            refused=tuple(self.refused),
            notices=(*edition.notices, *self.notices),
        )

    def _tied(self) -> tuple[t.Sequence[Row], t.Sequence[Entry]]:
        """Return rows and entries, those of every set marked that has names and networks."""
        sets: dict[int, str | int] = {
            row.number: row.number if row.set is None or row.number in self.paired else row.set
            for row in self.rows
            if row.set is not None or row.number in self.paired
        }
        kinds: dict[str | int, set[bool]] = {}
        for entry in self.entries:
            if entry.row in sets:
                kinds.setdefault(sets[entry.row], set()).add(entry.endpoint.network is not None)
        tied = {number for number, name in sets.items() if len(kinds.get(name, ())) == 2}
        if not tied:
            return self.rows, self.entries
        return (
            [row._replace(tied=True) if row.number in tied else row for row in self.rows],
            [_with_tie(entry) if entry.row in tied else entry for entry in self.entries],
        )


def _with_tie(entry: Entry) -> Entry:
    (origin,) = entry.endpoint.sources
    tied = dataclasses.replace(origin, tied=True)
    return entry._replace(endpoint=dataclasses.replace(entry.endpoint, sources=(tied,)))
