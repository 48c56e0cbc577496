# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Who asks for each entry of a stored list, kept beside the back-ups: ``{"entries": {entry: [service, shown]}}``.

It is found by the entry's own text, so that it still fits after somebody edited the list. Only reports rest on it: what
is damaged counts as absent.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text, write_durably

_FILE = ".provenance"
_LEFTOVER = re.compile(rf"{re.escape(_FILE)}\.[0-9a-f]{{8}}")

Noted = dict[str, t.Any]


def checked(provenance: t.Any) -> Noted:
    """Return of a provenance what is of its form."""
    entries = provenance.get("entries") if isinstance(provenance, dict) else None
    return {
        "entries": {
            entry: told
            for entry, told in (entries.items() if isinstance(entries, dict) else ())
            if isinstance(told, list) and len(told) == 2 and all(isinstance(text, str) for text in told)
        }
    }


def read_noted(directory: str) -> Noted:
    """Return what is noted in a directory."""
    try:
        return checked(json.loads(read_text(os.path.join(directory, _FILE))))
    except (OSError, ValueError, RecursionError):
        return {"entries": {}}


def note(directory: str, provenance: t.Any, kept: t.Collection[str]) -> None:
    """Note who asks for the `kept` entries, beside what is known of those that are there already.

    Raises:
        OSError: it cannot be written.
    """
    entries = {**read_noted(directory)["entries"], **checked(provenance)["entries"]}
    os.makedirs(directory, mode=0o700, exist_ok=True)
    temporary = os.path.join(directory, f"{_FILE}.{secrets.token_hex(4)}")
    text = json.dumps({"entries": {entry: told for entry, told in entries.items() if entry in kept}})
    write_durably(temporary, text, 0o600)
    os.rename(temporary, os.path.join(directory, _FILE))


def tidy_noted(directory: str) -> None:
    """Remove what crashed runs left half-written.

    Raises:
        OSError: something of it cannot be removed.
    """
    for name in os.listdir(directory):
        if _LEFTOVER.fullmatch(name):
            os.unlink(os.path.join(directory, name))


def lines_of(entries: t.Iterable[str], provenance: Noted) -> list[Line]:
    """Return the entries as people read them."""
    told = provenance.get("entries", {})
    return [Line(shown or entry, service) for entry in entries for service, shown in [told.get(entry, ("", ""))]]
