# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How reports say which editions a list was made of, each with its status. Pure."""

from __future__ import annotations

import typing as t

_SAID: t.Final = ("source", "edition", "status", "sha256")

Plain = dict[str, t.Any]


def editions_in(results: t.Iterable[t.Any]) -> list[Plain]:
    """Return the ``editions`` that modules returned, each once, in the order of their first; hosts can differ."""
    found: dict[tuple[str, ...], Plain] = {}
    for result in results:
        for edition in (result.get("editions") if isinstance(result, t.Mapping) else None) or ():
            said = {key: str(edition[key]) for key in _SAID if key in edition}
            found.setdefault(tuple(said.values()), said)
    return list(found.values())


def told(editions: t.Iterable[t.Mapping[str, str]]) -> str:
    """Return the editions in words: ``managed_desktop 2022-09-15 (superseded) and own.yml sha256-… (current)``."""
    return " and ".join(f"{item['source']} {item['edition']} ({item['status']})" for item in editions)
