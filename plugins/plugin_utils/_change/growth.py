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
KEYS: t.Final = {"steps", "approvals", "so_far", "facts"}
"""What a manifest says of a result beside its digest and size."""

_NOTED: t.Final = {"planned", "batch", "plan", "skip_moved"}
"""What a run notes of every appliance when it begins, also of those that it then does not come to."""


def told_of(content: bytes) -> Plain:
    """Return what a manifest says of a result: how many steps and approvals it has, their digest, and that of the rest.

    Nothing where it is none; that its digest is another is told then.
    """
    found = _parsed(content)
    if found is None:
        return {}
    counts = (len(found["history"]), len(found["approvals"]))
    facts = {key: value for key, value in found.items() if key not in {*_NOTED, "history", "approvals"}}
    return {"steps": counts[0], "approvals": counts[1], "so_far": _begins(found, *counts), "facts": _digest(facts)}


def continues(content: bytes, was: t.Mapping[str, t.Any]) -> bool:
    """Tell whether a result still begins with the steps that a manifest knew, and says the same where none came after.

    Before its first step it says nothing yet.
    """
    found = _parsed(content)
    if found is None or not set(was) >= KEYS:
        return False
    steps, approvals = was["steps"], was["approvals"]
    if len(found["history"]) < steps or len(found["approvals"]) < approvals:
        return False
    if _begins(found, steps, approvals) != was["so_far"]:
        return False
    return len(found["history"]) > steps or not steps or told_of(content)["facts"] == was["facts"]


def stages_between(content: bytes, first: int, last: int) -> set[str]:
    """Return the stages that a result came to after its `first` steps, up to the `last` of them that counts."""
    found = _parsed(content)
    return {str(step.get("stage")) for step in found["history"][first:last]} if found else set()


def approvals_between(content: bytes, first: int, last: int) -> set[str]:
    """Return the SHA-256 of the approvals that runs checked for an appliance, likewise."""
    found = _parsed(content)
    return {str(check.get("sha256")) for check in found["approvals"][first:last]} if found else set()


def _parsed(content: bytes) -> Plain | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    found.setdefault("approvals", [])
    lists = (found.get("history"), found["approvals"])
    sound = all(isinstance(items, list) and all(isinstance(item, dict) for item in items) for items in lists)
    return found if sound else None


def _begins(found: Plain, steps: int, approvals: int) -> str:
    return _digest([found["history"][:steps], found["approvals"][:approvals]])


def _digest(data: t.Any) -> str:
    return digest_of(canonical(data))
