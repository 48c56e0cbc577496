# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of an appliance, whatever the change: one small file for each, that any run may read.

change        the change that touched it last, its stage, and when
agreed        the change whose list it was last seen to hold, that list's digest, and when
drift         see `drift`
"""

from __future__ import annotations

import datetime

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    Plain,
    read_json,
    write_json,
)


def read(directory: ChangeDirectory, appliance: str) -> Plain:
    """Return what is known of an appliance; nothing but its name where it was never seen.

    Raises:
        ChangeError: the file is damaged.
    """
    try:
        return read_json(directory.status(appliance))
    except FileNotFoundError:
        return {"appliance": appliance}


def note_stage(directory: ChangeDirectory, appliance: str, stage: str, now: datetime.datetime) -> None:
    """Note how far a change is on an appliance."""
    found = read(directory, appliance)
    found["change"] = {"id": directory.id, "stage": stage, "at": written(now)}
    write_json(directory.status(appliance), found)


def note_agreement(directory: ChangeDirectory, appliance: str, digest: str, now: datetime.datetime) -> None:
    """Note that an appliance holds the list of a change."""
    found = read(directory, appliance)
    found["agreed"] = {"change": directory.id, "digest": digest, "at": written(now)}
    write_json(directory.status(appliance), found)
