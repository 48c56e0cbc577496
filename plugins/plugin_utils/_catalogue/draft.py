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
    """Rows, entries and refusals, in the order of the document, and notices of what was found beside them."""

    rows: list[Row] = dataclasses.field(default_factory=list)
    entries: list[Entry] = dataclasses.field(default_factory=list)
    refused: list[Refusal] = dataclasses.field(default_factory=list)
    notices: list[str] = dataclasses.field(default_factory=list)

    def finish(self, edition: Edition) -> Edition:
        """Return `edition` with all of it: the names and networks of a set are tied, and each repair is explained."""
        rows, entries = _tied(self.rows, self.entries)
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


def _tied(rows: list[Row], entries: list[Entry]) -> tuple[t.Sequence[Row], t.Sequence[Entry]]:
    """Mark the rows and origins of every set that has names and networks."""
    sets = {row.number: row.set for row in rows if row.set is not None}
    if not sets:
        return rows, entries
    kinds: dict[str, set[bool]] = {}
    for entry in entries:
        if entry.row in sets:
            kinds.setdefault(sets[entry.row], set()).add(entry.endpoint.network is not None)
    both = {name for name, found in kinds.items() if len(found) == 2}
    tied = {number for number, name in sets.items() if name in both}
    if not tied:
        return rows, entries
    return (
        [row._replace(tied=True) if row.number in tied else row for row in rows],
        [_with_tie(entry) if entry.row in tied else entry for entry in entries],
    )


def _with_tie(entry: Entry) -> Entry:
    (origin,) = entry.endpoint.sources
    tied = dataclasses.replace(origin, tied=True)
    return entry._replace(endpoint=dataclasses.replace(entry.endpoint, sources=(tied,)))
