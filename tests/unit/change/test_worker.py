# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker whose run was killed takes nothing in the name of whoever adopted it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import directory, lease

THIS_RUN: t.Final = lease.this_run  # the fixture of these tests puts another in its place
FORK: t.Final = multiprocessing.get_context("fork")


def _run(worker: t.Any, orphan: bool) -> None:
    """Be a run with one worker; as one that dies, leave it behind."""
    process = FORK.Process(target=worker)
    process.start()
    if orphan:
        os.kill(os.getpid(), signal.SIGKILL)
    process.join()


def _told(orphan: bool) -> str:
    ours, theirs = FORK.Pipe(duplex=False)

    def worker() -> None:
        made_by = t.cast(t.Any, multiprocessing.parent_process()).pid
        for _turn in range(3000):
            if not orphan or os.getppid() != made_by:
                break
            signal.sigtimedwait([], 0.01)
        try:
            found = THIS_RUN()
            theirs.send("its own" if found.pid == made_by else "another")
        except directory.ChangeError as error:
            theirs.send(str(error))

    run = FORK.Process(target=_run, args=(worker, orphan))
    run.start()
    assert ours.poll(60)
    found: str = ours.recv()
    run.join()
    return found


def test_a_worker_belongs_to_the_run_that_made_it() -> None:
    assert _told(orphan=False) == "its own"


def test_a_worker_that_is_left_behind_has_no_run() -> None:
    assert _told(orphan=True) == "The run that this task belongs to has died. Nothing more is done on its behalf."
