# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Work that a device does in its own time, such as a commit: asked for until it is done, with its progress told."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

Progress = t.Callable[[str], None]
"""Tells a person how far long work is; called in the order of events, at most once for each step."""

_LONGEST_PAUSE = 5.0

clock = time.monotonic
sleep = time.sleep
"""Wait between two looks; tests put others in their place."""


class Job(t.NamedTuple):
    """How far a job is: `percent` from 0 to 100, and whether it has ended, with what the device said of it."""

    ended: bool
    succeeded: bool = False
    percent: int = 0
    said: str = ""


def nobody(_text: str) -> None:
    """Tell the progress to nobody."""


def wait_for(look: t.Callable[[], Job], what: str, seconds: float, progress: Progress, first: float = 0.2) -> Job:
    """Ask for a job until it has ended, and return how; ever less often, beginning after `first` seconds.

    Raises:
        ApplianceError: it did not end within `seconds`.
    """
    ends, pause, told = clock() + seconds, first, -1
    while True:
        job = look()
        if job.percent != told:
            told = job.percent
            progress(f"{what}: {job.percent} %")
        if job.ended:
            return job
        if clock() > ends:
            raise ApplianceError(
                f"{what} has not ended after {seconds:g} seconds, and is at {job.percent} %. Wait for it on the "
                "device, then run again; or raise activation_timeout."
            )
        sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
