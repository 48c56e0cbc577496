# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An accepted edition together with what is held beside it, as one edition. Pure, no input or output."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t
from collections import Counter

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition, Entry, Row
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.valve import Held


def with_held(answer: Edition, held: t.Sequence[Held], before: Edition | None) -> Edition:
    """Return `answer` with the held entries in rows of their own, each with the day until which it stays.

    `before` is the edition in force so far, which explains the repairs and grounds of what is held, and which of it
    stands for every tenant.
    """
    if not held:
        return answer
    rows, entries = list(answer.rows), list(answer.entries)
    last = max((row.number for row in rows), default=0)
    last = max([last, *(entry.row for entry in entries)])
    numbers: dict[Row, int] = {}
    for item in held:
        row = item.row._replace(number=0, tokens=0)
        if row not in numbers:
            numbers[row] = last = last + 1
    tokens: Counter[int] = Counter()
    for item in sorted(held, key=_order):
        number = numbers[item.row._replace(number=0, tokens=0)]
        tokens[number] += item.entry.tokens
        entries.append(_held_entry(item, number))
    rows += [row._replace(number=number, tokens=tokens[number]) for row, number in numbers.items()]
    days = Counter(item.until for item in held)
    notices = [
        f"The source no longer lists {count} of the endpoints; they stay until {until}."
        for until, count in sorted(days.items())
    ]
    made = dataclasses.replace(
        answer,
        id=f"{answer.id}-held-{_digest(held)}",
        rules={**(before.rules if before else {}), **answer.rules},
        grounds={**(before.grounds if before else {}), **answer.grounds},
        tenant_names={**(before.tenant_names if before else {}), **answer.tenant_names},
        notices=(*answer.notices, *notices),
        rows=tuple(rows),
        entries=tuple(entries),
    )
    return rebound(made)


def held_in(edition: Edition) -> list[Held]:
    """Return what an edition holds of editions before it."""
    rows = {row.number: row for row in edition.rows}
    found = []
    for entry in edition.entries:
        until = entry.endpoint.sources[0].held_until
        if until is not None:
            found.append(Held(entry, rows.get(entry.row, Row(entry.row, entry.endpoint.service, 1)), until))
    return found


def rebound(edition: Edition) -> Edition:
    """Return the edition whose origins all name it, whatever they named before: as if it had been read anew."""
    return stored.load(stored.dump(edition))


def _held_entry(item: Held, number: int) -> Entry:
    (origin,) = item.entry.endpoint.sources
    origin = dataclasses.replace(origin, row=number, held_until=item.until)
    return item.entry._replace(endpoint=dataclasses.replace(item.entry.endpoint, sources=(origin,)))


def _order(item: Held) -> tuple[t.Any, ...]:
    return (item.row.number, item.entry.token, item.entry.name, item.until)


def _digest(held: t.Sequence[Held]) -> str:
    said = sorted(f"{item.entry.name} {item.entry.endpoint.to_dict()} {item.until}" for item in held)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:8]
