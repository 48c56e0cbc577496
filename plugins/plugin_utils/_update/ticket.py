# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update changes, as a Markdown page for the ticket. Pure, no input or output.

All that a source or a user wrote is set so that it cannot become markup.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference import Difference
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference_text import sections
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._markdown_text import code, codes, prose, table
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.announced import Change
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.valve import Held, Reason

MAX_ROWS: t.Final = 200
"""How many rows a table of the page has at most; a page that nobody can open tells nothing."""


class Facts(t.NamedTuple):
    """What the page tells. `before` and `after` are what is in force, or would be; `digest` is given where it waits."""

    before: Edition | None
    after: Edition
    difference: Difference
    today: str
    digest: str | None = None
    reasons: tuple[Reason, ...] = ()
    held: tuple[Held, ...] = ()
    released: tuple[Held, ...] = ()
    restored: tuple[Held, ...] = ()
    changes: tuple[Change, ...] = ()


def to_markdown(facts: Facts) -> str:
    """Return the page."""
    after = facts.after
    before = _named(facts.before) if facts.before else "nothing"
    parts = [f"# Update of {prose(after.source)}", f"From {before} to {_named(after)}.", *_verdict(facts)]
    parts += [prose(notice) for notice in after.notices]
    until = "in force until" if facts.digest is None else "if acknowledged today, in force until"
    parts += _held("Held", f"No longer listed by the source; {until}", facts.held)
    parts += _held("Released", "Was held, and is no longer in force", facts.released, days=False)
    parts += _held("Listed again", "Was held, and the source lists it again", facts.restored, days=False)
    parts += _announced(after, facts.today)
    parts += ["## What changes for devices", *sections(facts.difference)]
    parts += _said(facts.changes)
    return "\n\n".join(parts) + "\n"


def _named(edition: Edition) -> str:
    cloud = f" of {prose(edition.instance)}" if edition.instance else ""
    return f"{code(edition.id)}{cloud}"


def _verdict(facts: Facts) -> t.Iterator[str]:
    if facts.digest is None:
        yield "**In force.**"
        return
    yield "**Kept, and not in force.** It waits for somebody to acknowledge it, because of this:"
    yield "\n".join(f"- {prose(reason.text)} {codes(reason.names)}" for reason in facts.reasons)
    yield f"To put it in force, update with `allowlist_update_acknowledge: [{facts.digest}]`."


def _held(title: str, said: str, held: t.Sequence[Held], days: bool = True) -> t.Iterator[str]:
    if held:
        rows = sorted({(item.entry.name, item.row.service or "-", item.until if days else "") for item in held})
        yield f"## {title}"
        yield _table(["Endpoint", "Service", said], [[code(name), prose(of), until] for name, of, until in rows])


def _announced(after: Edition, today: str) -> t.Iterator[str]:
    rows = {
        (entry.name, entry.endpoint.service or "-", effective)
        for entry in after.entries
        if (effective := entry.endpoint.sources[0].effective) is not None and effective > today
    }
    if rows:
        yield "## Announced"
        yield "Devices may need these from a day to come. They are in the list already."
        yield _table(
            ["Endpoint", "Service", "From"], [[code(name), prose(of), day] for name, of, day in sorted(rows, key=_last)]
        )


def _said(changes: t.Sequence[Change]) -> t.Iterator[str]:
    if changes:
        yield "## What the source says of its changes"
        rows = [
            [
                change.version,
                change.set,
                prose(change.disposition),
                prose(change.impact or "-"),
                codes([text for _key, text in change.added]),
                codes([text for _key, text in change.removed]),
            ]
            for change in changes
        ]
        yield _table(["Version", "Set", "Disposition", "Impact", "Adds", "Removes"], rows)


def _table(headings: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> str:
    text = table(headings, rows[:MAX_ROWS])
    return text if len(rows) <= MAX_ROWS else f"{text}\n\nAnd {len(rows) - MAX_ROWS} more."


def _last(row: tuple[str, str, str]) -> tuple[str, str]:
    return row[2], row[0]
