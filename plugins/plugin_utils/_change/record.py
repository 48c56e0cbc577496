# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task that set a list, or looked what it would set, leaves for the change: one file for each appliance.

The task writes it itself, on the controller, so that a plan over thousands of appliances costs one task on each and
nothing of their results is put through templates.
"""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeError,
    Plain,
    write_json,
)

_KEPT: t.Final = (
    "changed",
    "before",
    "after",
    "running",
    "difference",
    "losses",
    "accepted",
    "editions",
    "endpoints",
    "entries",
    "covered",
    "backup",
    "confirm_until",
    "frozen",
)


class Record:
    """The file in which one task on one appliance tells its outcome."""

    def __init__(self, options: t.Mapping[str, t.Any], appliance: str, platform: str) -> None:
        self.path = Path(options["path"])
        self._about = {"appliance": appliance, "platform": platform, "ring": options.get("ring")}

    def forget(self) -> None:
        """Remove what an earlier task told: an appliance that cannot be reached must not look like the last time."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def tell(self, result: t.Mapping[str, t.Any]) -> None:
        """Write what came of the task: the same outcome always the same bytes, so without any time.

        Raises:
            ChangeError: it cannot be written.
        """
        kept: Plain = {key: result[key] for key in _KEPT if key in result}
        if result.get("failed"):
            kept["message"] = str(result.get("msg") or "the task failed and gave no reason")
        kept["warnings"] = sorted(map(str, result.get("warnings") or ()))
        write_json(self.path, {**self._about, **kept})


def record_of(options: t.Any, appliance: str, platform: str) -> Record | None:
    """Return the record that a task is to write, None where it is to write none.

    Raises:
        ChangeError: the option is not of its form.
    """
    if options is None:
        return None
    if not isinstance(options, dict) or not set(options) <= {"path", "ring"} or not options.get("path"):
        raise ChangeError("record: give the path of a file, and perhaps the ring of the appliance.")
    return Record(options, appliance, platform)
