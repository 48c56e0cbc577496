# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The safety valve: may an edition replace the one in force, and what stays for a while of what it no longer has.

Pure, no input or output. What counts is what a device may reach, not how it is written: a name that a wildcard of the
new edition covers, with its ports and treatments, is not lost.
"""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference import Item, Side, includes
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition, Entry, Row
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import TENANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tenant import SAMPLE
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import parse
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.breadth import wider

Rule = t.Literal["too_many_removed", "pinned_removed", "wider", "unreadable"]


@dataclass(frozen=True)
class Policy:
    """What an update may do unasked.

    `max_removed` is a share of the endpoints in force, in percent. `grace` is how many days a removed endpoint stays.
    `pinned` are endpoints that an update never removes unasked, beside those that are marked as such.
    """

    max_removed: float = 10.0
    grace: int = 30
    pinned: tuple[Endpoint, ...] = ()


class Reason(t.NamedTuple):
    """Why an edition waits to be acknowledged: `rule` for programs, `text` for people, `names` of the endpoints."""

    rule: Rule
    text: str
    names: tuple[str, ...]


class Held(t.NamedTuple):
    """An entry that its source no longer has, and its row; it is in force on each day before `until` (a date)."""

    entry: Entry
    row: Row
    until: str


class Verdict(t.NamedTuple):
    """What becomes of an edition.

    `reasons` keep it from being put in force unless it is acknowledged. `lost` compares it with the edition that it
    would replace; `held` is what stays beside it, `released` what was held and now goes, `restored` what was held and
    is listed again.
    """

    reasons: tuple[Reason, ...]
    lost: tuple[Entry, ...]
    held: tuple[Held, ...]
    released: tuple[Held, ...]
    restored: tuple[Held, ...]


def judge(
    before: Edition | None, held: t.Sequence[Held], after: Edition, policy: Policy, today: datetime.date
) -> Verdict:
    """Return what becomes of `after`.

    `before` is the last accepted edition as its source gave it, None where there is none; `held` is what stays in
    force beside it.
    """
    old, new = _visible(before), _visible(after)
    lost = _not_within(old, new)
    still = set(_not_within([item.entry for item in held], new))
    day = today.isoformat()
    kept = [item for item in held if item.entry in still and day < item.until]
    if policy.grace > 0 and before is not None:
        until = (today + datetime.timedelta(days=policy.grace)).isoformat()
        rows = {row.number: row for row in before.rows}
        kept += [Held(entry, rows.get(entry.row, Row(entry.row, entry.endpoint.service, 1)), until) for entry in lost]
    reasons: list[Reason] = []
    if before is not None:
        reasons += _too_many(old, lost, policy)
        reasons += _pinned(lost, new, policy)
        reasons += _wider([*old, *(item.entry for item in held)], new)
        if len(after.refused) > len(before.refused):
            reasons.append(_unreadable(after))
    return Verdict(
        reasons=tuple(reasons),
        lost=tuple(lost),
        held=tuple(kept),
        released=tuple(item for item in held if item.entry in still and item.until <= day),
        restored=tuple(item for item in held if item.entry not in still),
    )


def filled(entry: Entry) -> Endpoint:
    """Return the endpoint of an entry; a placeholder is filled with a sample, the same each time."""
    if entry.template is None:
        return entry.endpoint
    return entry.endpoint.named(parse(entry.template.replace(TENANT, SAMPLE)))


def _visible(edition: Edition | None) -> list[Entry]:
    return [entry for entry in edition.entries if not entry.hidden] if edition else []


def _not_within(entries: t.Sequence[Entry], others: t.Iterable[Entry]) -> list[Entry]:
    """Return the entries that the others do not grant whole: name or network, path, every port, every treatment."""
    side = Side([Item(entry.name, (filled(entry),)) for entry in others])
    found = []
    for entry in entries:
        endpoint = filled(entry)
        if not includes(side.covering(Item(entry.name, (endpoint,))), (endpoint,)):
            found.append(entry)
    return found


def _too_many(old: list[Entry], lost: list[Entry], policy: Policy) -> t.Iterator[Reason]:
    count, in_force = len(_names(lost)), len(_names(old))
    if count * 100 > policy.max_removed * in_force:
        share = f"{100 * count / in_force:.1f} %"
        text = f"It takes away {count} of {in_force} endpoints, {share}; at most {policy.max_removed:g} % go unasked."
        yield Reason("too_many_removed", text, _names(lost))


def _pinned(lost: list[Entry], new: list[Entry], policy: Policy) -> t.Iterator[Reason]:
    """Yield a reason where a pinned endpoint goes: marked itself, below a pinned pattern, or above a pinned name."""
    pins, gone, left = Index(policy.pinned), Index(map(filled, lost)), Index(map(filled, new))
    names = {entry.name for entry in lost if entry.endpoint.pinned or _covering(pins, filled(entry))}
    names.update(pin.subject for pin in policy.pinned if _covering(gone, pin) and not _covering(left, pin))
    if names:
        text = f"It takes away {len(names)} pinned endpoint{'' if len(names) == 1 else 's'}."
        yield Reason("pinned_removed", text, tuple(sorted(names)))


def _covering(index: Index, endpoint: Endpoint) -> list[Endpoint]:
    if endpoint.host is not None:
        return index.covering(endpoint.host)
    return index.containing(str(endpoint.network))


def _wider(old: t.Iterable[Entry], new: t.Iterable[Entry]) -> t.Iterator[Reason]:
    found = wider([filled(entry) for entry in old], [filled(entry) for entry in new])
    names = tuple(sorted({endpoint.subject for endpoint in found}))
    if names:
        text = f"It adds {len(names)} endpoint{'' if len(names) == 1 else 's'} wider than anything before."
        yield Reason("wider", text, names)


def _unreadable(after: Edition) -> Reason:
    names = tuple(sorted({f"{ascii(refusal.raw)[:80]}: {refusal.reason}" for refusal in after.refused}))
    return Reason("unreadable", f"{len(after.refused)} things in it cannot be read and would be left out.", names)


def _names(entries: t.Iterable[Entry]) -> tuple[str, ...]:
    return tuple(sorted({entry.name for entry in entries}))
