# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What differs between two lists, told by service, for people with a ticket and for machines."""

from __future__ import annotations

import typing as t

MAX_SHOWN = 500
NO_SERVICE = "(no service)"


class Line(t.NamedTuple):
    """One entry as a person reads it: the endpoint with ports and treatment, and the services that ask for it."""

    text: str
    service: str


def by_service(lines: t.Iterable[Line]) -> dict[str, list[str]]:
    """Return the entries of each service, sorted."""
    grouped: dict[str, set[str]] = {}
    for line in lines:
        grouped.setdefault(line.service or NO_SERVICE, set()).add(line.text)
    return {service: sorted(grouped[service]) for service in sorted(grouped)}


def compare(stored: t.Sequence[Line], wanted: t.Sequence[Line]) -> dict[str, t.Any]:
    """Return what is ``missing`` from the stored list and what is ``foreign`` to the wanted one, by service.

    At most 500 entries a side are named; ``count`` is always the whole number.
    """
    stored_texts = {line.text for line in stored}
    wanted_texts = {line.text for line in wanted}
    return {
        "missing": _side([line for line in wanted if line.text not in stored_texts]),
        "foreign": _side([line for line in stored if line.text not in wanted_texts]),
    }


def _side(lines: t.Sequence[Line]) -> dict[str, t.Any]:
    return {
        "count": len({line.text for line in lines}),
        "by_service": by_service(lines[:MAX_SHOWN]),
        "truncated": len(lines) > MAX_SHOWN,
    }


def changes_as_text(stored: t.Sequence[Line], wanted: t.Sequence[Line]) -> dict[str, str]:
    """Return the entries that differ as texts to be compared, ``before`` and ``after``, with a heading per service.

    At most 500 entries a side are named, and the rest counted, so that the result stays small whatever the list.
    """
    stored_texts = {line.text for line in stored}
    wanted_texts = {line.text for line in wanted}
    return {
        "before": _as_text([line for line in stored if line.text not in wanted_texts]),
        "after": _as_text([line for line in wanted if line.text not in stored_texts]),
    }


def _as_text(lines: t.Sequence[Line]) -> str:
    parts = []
    for service, entries in by_service(lines[:MAX_SHOWN]).items():
        parts.append(f"[{service}]\n" + "".join(f"{entry}\n" for entry in entries))
    if len(lines) > MAX_SHOWN:
        parts.append(f"and {len(lines) - MAX_SHOWN} more\n")
    return "\n".join(parts)
