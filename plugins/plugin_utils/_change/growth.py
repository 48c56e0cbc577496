# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the file of an appliance only grew from one revision of a manifest to the next, or was written anew. Pure.

A result is the one file of a change whose earlier content has to stay and that a later run adds to. So a manifest says
of it, beside its SHA-256, how long its lists were and what stood in them: whoever has the file as it is now can tell.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    Plain,
    canonical,
    digest_of,
)

RESULTS: t.Final = "results/"
KEYS: t.Final = {"steps", "so_far", "facts"}
"""What a manifest says of a result beside its digest and size."""

_NOTED: t.Final = {"planned", "batch", "plan", "skip_moved"}
"""What a run notes of every appliance when it begins, also of those that it then does not come to."""


def told_of(content: bytes) -> Plain:
    """Return what a manifest says of a result: how many steps it has, their digest, and that of all else in it.

    Nothing where it is none; that its digest is another is told then.
    """
    found = _parsed(content)
    if found is None:
        return {}
    history = found["history"]
    facts = {key: value for key, value in found.items() if key not in _NOTED and key != "history"}
    return {"steps": len(history), "so_far": _digest(history), "facts": _digest(facts)}


def continues(content: bytes, was: t.Mapping[str, t.Any]) -> bool:
    """Tell whether a result still begins with the steps that a manifest knew, and says the same where none came after.

    Before its first step it says nothing yet.
    """
    found = _parsed(content)
    if found is None or not set(was) >= KEYS:
        return False
    if _digest(found["history"][: was["steps"]]) != was["so_far"] or len(found["history"]) < was["steps"]:
        return False
    return len(found["history"]) > was["steps"] or not was["steps"] or told_of(content)["facts"] == was["facts"]


def stages_between(content: bytes, first: int, last: int | None) -> set[str]:
    """Return the stages that a result came to after its first steps, up to the last of them that counts."""
    found = _parsed(content)
    return {str(step.get("stage")) for step in found["history"][first:last]} if found else set()


def _parsed(content: bytes) -> Plain | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    sound = isinstance(found, dict) and isinstance(found.get("history"), list)
    return found if sound and all(isinstance(step, dict) for step in found["history"]) else None


def _digest(data: t.Any) -> str:
    return digest_of(canonical(data))
