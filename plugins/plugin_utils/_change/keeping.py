# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan on its way into its directory."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils import _plan
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import plan as plans
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    canonical,
    digest_of,
    host_of,
    read_json,
    write_bytes,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.plan_text import to_markdown


def refuse_begun(directory: ChangeDirectory) -> None:
    """Refuse to plan a change again that has begun.

    Raises:
        ChangeError: an appliance of it has left its first stage.
    """
    begun = [host_of(path.stem) for path in directory.result("x").parent.glob("*.json")]
    stages = results.stages_of(directory, begun)
    moved = [name for name, stage in stages.items() if stage != results.WAITING]
    if moved:
        raise ChangeError(
            f"Change {directory.id} has begun: {moved[0]} is {stages[moved[0]]}. A new plan is a new change, with an "
            "id of its own."
        )


def keep_plan(directory: ChangeDirectory, plan: Plain) -> Plain:
    """Write a plan and its page, remove what an earlier plan of the same change left, and tell what the task returns.

    Raises:
        ChangeError: the change has begun, or something cannot be written.
    """
    refuse_begun(directory)
    content = canonical(plan)
    digest = digest_of(content)
    page = directory.path / "plan.md"
    wanted = {page: to_markdown(plan, digest).encode("utf-8"), directory.plan: content}
    stale = plans.stale_files(directory, plan)
    changed = bool(stale) or any(_held(path) != text for path, text in wanted.items())
    for path, text in wanted.items():
        write_bytes(path, text)
    for path in stale:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    return _told(directory, plan, digest, changed)


def _held(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _told(directory: ChangeDirectory, plan: Plain, digest: str, changed: bool) -> Plain:
    told = {name: read_json(directory.planned(name)) for name in plan["appliances"]}
    return {
        "changed": changed,
        "digest": digest,
        "path": str(directory.path),
        "batches": plan["batches"],
        "editions": plan["editions"],
        "text": _plan.to_text(_plan.report(told, {})),
    }
