# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the web service's list of changes says of days to come. Pure, no input or output.

An addition is announced before the day from which devices may need it. It is taken at once, also where the list itself
does not have it yet: who is early breaks nothing.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition, Entry
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import RefusedAnswer

_ADDS: t.Final = ("urls", "ips")
_SET_ATTRIBUTES: t.Final = ("serviceArea", "category", "required", "tcpPorts", "udpPorts", "expressRoute", "notes")

Plain = dict[str, t.Any]


@dataclass(frozen=True)
class Change:
    """One change of one set: its own words for what was done and why, and what it adds and removes."""

    version: str
    set: str
    disposition: str
    impact: str | None = None
    effective: str | None = None
    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    current: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


def read_changes(data: t.Any) -> list[Change]:
    """Return the changes, oldest first.

    Raises:
        RefusedAnswer: the data is no list of changes. What a change has beside the known keys does not matter.
    """
    if not isinstance(data, list):
        raise RefusedAnswer(f"The list of changes is no list but {quoted(str(data)[:40])}.")
    changes = [_read(item, number) for number, item in enumerate(data)]
    return sorted(changes, key=lambda change: change.version)


def _read(item: t.Any, number: int) -> Change:
    where = f"changes[{number}]"
    if not isinstance(item, dict):
        raise RefusedAnswer(f"{where}: {quoted(str(item)[:40])} is no change.")
    add, remove = _part(item, "add", where), _part(item, "remove", where)
    current = {key[:1].lower() + key[1:]: value for key, value in _part(item, "current", where).items()}
    return Change(
        version=_digits(item.get("version"), 10, f"{where}.version"),
        set=_digits(item.get("endpointSetId"), None, f"{where}.endpointSetId"),
        disposition=str(item.get("disposition") or "change").lower()[:20],
        impact=None if item.get("impact") is None else str(item["impact"])[:80],
        effective=_date(add.get("effectiveDate"), f"{where}.add.effectiveDate"),
        added=_tokens(add, f"{where}.add"),
        removed=_tokens(remove, f"{where}.remove"),
        current={key: current[key] for key in _SET_ATTRIBUTES if key in current},
    )


def _part(item: Plain, key: str, where: str) -> Plain:
    value = item.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedAnswer(f"{where}.{key}: {quoted(str(value)[:40])} is no object.")
    return value


def _tokens(part: Plain, where: str) -> tuple[tuple[str, str], ...]:
    found = []
    for key in _ADDS:
        value = part.get(key) or []
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise RefusedAnswer(f"{where}.{key}: it is no list of texts.")
        found += [(key, text) for text in value]
    return tuple(found)


def _digits(value: t.Any, length: int | None, where: str) -> str:
    text = str(value)
    if (
        isinstance(value, bool)
        or not text.isascii()
        or not text.isdigit()
        or len(text) > 10
        or (length or len(text)) != len(text)
    ):
        raise RefusedAnswer(f"{where}: {quoted(text)} is no number" + (f" of {length} digits." if length else "."))
    return text if length else str(int(text))


def _date(value: t.Any, where: str) -> str | None:
    if value in (None, ""):
        return None
    text = str(value)
    try:
        if len(text) != 8 or not text.isascii():
            raise ValueError(text)
        return datetime.datetime.strptime(text, "%Y%m%d").date().isoformat()
    except ValueError as error:
        raise RefusedAnswer(f"{where}: {quoted(text)} is no date YYYYMMDD.") from error


def with_announced(sets: list[t.Any], changes: t.Sequence[Change], areas: t.Collection[str], today: str) -> list[t.Any]:
    """Return the sets of an answer with what is announced for days after `today` and not among them yet.

    A set that the answer lacks is made from what the change says of it, if it is of one of the `areas`.
    """
    wanted: dict[tuple[str, str, str], Change] = {}
    for change in changes:
        for key, text in change.removed:
            wanted.pop((change.set, key, text.lower()), None)
        if change.disposition == "remove":
            wanted = {place: found for place, found in wanted.items() if place[0] != change.set}
        elif change.effective is not None and change.effective > today:
            wanted.update(((change.set, key, text.lower()), change) for key, text in change.added)
    if not wanted:
        return sets
    result = [dict(item) if isinstance(item, dict) else item for item in sets]
    by_id = {str(item.get("id")): item for item in result if isinstance(item, dict)}
    for (number, key, text), change in wanted.items():
        item = by_id.get(number)
        if item is None:
            if change.current.get("serviceArea") not in areas:
                continue
            item = by_id[number] = {"id": int(number), **change.current}
            result.append(item)
        present = item.get(key) or []
        if isinstance(present, list) and text not in [str(other).lower() for other in present]:
            item[key] = [*present, text]
    return result


def with_dates(edition: Edition, changes: t.Sequence[Change], before: Edition | None) -> Edition:
    """Return the edition whose entries say from which day they are wanted, where `changes` or `before` say so."""
    dates: dict[tuple[str | None, str], str] = {}
    for entry in before.entries if before else ():
        effective = entry.endpoint.sources[0].effective
        if effective is not None:
            dates[(entry.endpoint.set, entry.name)] = effective
    for change in changes:
        if change.effective is not None:
            dates.update(((change.set, text.lower()), change.effective) for _key, text in change.added)
    if not dates:
        return edition
    return edition.with_entries(tuple(_dated(entry, dates) for entry in edition.entries))


def _dated(entry: Entry, dates: t.Mapping[tuple[str | None, str], str]) -> Entry:
    effective = dates.get((entry.endpoint.set, entry.name))
    if effective is None:
        return entry
    (origin,) = entry.endpoint.sources
    dated = dataclasses.replace(origin, effective=effective)
    return entry._replace(endpoint=dataclasses.replace(entry.endpoint, sources=(dated,)))
