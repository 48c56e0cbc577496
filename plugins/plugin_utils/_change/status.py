# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of an appliance, whatever the change: one small file for each, that any run may read.

change        the change that touched it last, its stage, and when
agreed        the change whose list it was last seen to hold, that list's digest, and when
drift         see `drift`
"""

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    Plain,
    one_at_a_time,
    read_json,
    status_file,
    write_json,
)


def read(directory: ChangeDirectory, appliance: str) -> Plain:
    """Return what is known of an appliance; nothing but its name where it was never seen.

    Raises:
        ChangeError: the file is damaged.
    """
    return read_in(directory.root, appliance)


def read_in(root: Path, appliance: str) -> Plain:
    """Return what `read` does, by the directory of all changes.

    Raises:
        ChangeError: the file is damaged.
    """
    try:
        return read_json(status_file(root, appliance))
    except FileNotFoundError:
        return {"appliance": appliance}


def note(root: Path, appliance: str, facts: t.Callable[[Plain], Plain]) -> None:
    """Keep what `facts` makes of what is known, beside the rest of it; a rollout and a look for drift may both note.

    Raises:
        ChangeError: the file is damaged, and stays as it is, or it cannot be written.
    """
    path = status_file(root, appliance)
    with one_at_a_time(path.parent):
        known = read_in(root, appliance)
        write_json(path, {**known, **facts(known)})


def note_stage(directory: ChangeDirectory, appliance: str, stage: str, now: datetime.datetime) -> None:
    """Note how far a change is on an appliance."""
    change = {"id": directory.id, "stage": stage, "at": written(now)}
    note(directory.root, appliance, lambda _known: {"change": change})


def note_agreement(directory: ChangeDirectory, appliance: str, digest: str, now: datetime.datetime) -> None:
    """Note that an appliance holds the list of a change."""
    note(directory.root, appliance, lambda _known: {"agreed": agreement(directory.id, digest, now)})


def agreement(change: str, digest: str, now: datetime.datetime) -> Plain:
    """Return what is kept under ``agreed``."""
    return {"change": change, "digest": digest, "at": written(now)}
