# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the classes of several platforms share."""

from __future__ import annotations

import re

from tests.integration.appliance.called import CODE, CalledDevice

KEPT = r"[0-9T.]+-[0-9a-z]+\.json|\.lock|\.provenance"


def strange(device: CalledDevice, directory: str, known: str) -> list[str]:
    """Return the files of a directory whose names are not of this form."""
    names = (path.name for path in device.path(directory).iterdir())
    return [f"{directory}/{name}" for name in names if not re.fullmatch(known, name)]


def wrapper(device: CalledDevice, script: str) -> str:
    """Put a program onto the host and return its path."""
    path = f"{CODE}/wrapper"
    device.path(path).write_text(f"#!/bin/sh\n{script}\n")
    device.path(path).chmod(0o755)
    return path
