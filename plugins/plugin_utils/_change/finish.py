# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a rollout or of a restore: the account of it for machines and for people, and the manifest."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    lease,
    manifest,
    results,
    rollout,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    Plain,
    canonical,
    digest_of,
    one_at_a_time,
    write_bytes,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.evidence import assemble
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.report import render

_GOES_ON: t.Final = (rollout.PLANNED, rollout.UNDER_WAY, rollout.STOPPED)
"""The outcomes of a change that another run may still go on with."""


def finish(directory: ChangeDirectory, now: datetime.datetime) -> Plain:
    """Write evidence.json, report.html and manifest.json of a change, and return the evidence.

    Called again it writes nothing where nothing moved, and a new revision of the manifest where something did. Of runs
    that end at once one does it after the other, each from what the files say by then.

    Raises:
        ChangeError: there is no plan, or a file cannot be read or written.
    """
    with one_at_a_time(directory.ending):
        return _written(directory, now)


def leave(directory: ChangeDirectory, appliances: t.Sequence[str], run: lease.Run, now: datetime.datetime) -> None:
    """Give up the appliances that a run holds; the last run of those at work on a change writes its evidence.

    There is none of a change that nothing was done of, because it was refused after it had taken its appliances.

    Args:
        directory: the change.
        appliances: all that it changes, whoever holds them.
        run: the one that leaves.
        now: when that is.

    Raises:
        ChangeError: as `finish`.
    """
    with one_at_a_time(directory.ending):
        stages = results.stages_of(directory, appliances)
        told_later = rollout.outcome(stages) in (rollout.PLANNED, rollout.UNDER_WAY)
        if not told_later and not _others_at_work(directory, run, now):
            _written(directory, now)  # before the appliances are given up: a run killed between is not over
        lease.give_up(directory, appliances, run)


def account_for(
    directory: ChangeDirectory, appliances: t.Sequence[str], run: lease.Run, now: datetime.datetime
) -> None:
    """Write the evidence of a change that is over; a run that was killed after its last batch has left none.

    Where a manifest tells of this end already, nothing is written: what differs from it since is no run's work. Where
    another run is at work on the change, it is that run's to write.

    Raises:
        ChangeError: as `finish`.
    """
    if rollout.outcome(results.stages_of(directory, appliances)) in _GOES_ON:
        return
    with one_at_a_time(directory.ending):
        became = rollout.outcome(results.stages_of(directory, appliances))
        if became in _GOES_ON or manifest.tells_of(directory, became) or _others_at_work(directory, run, now):
            return
        _written(directory, now)


def _others_at_work(directory: ChangeDirectory, run: lease.Run, now: datetime.datetime) -> bool:
    at_work = lease.at_work(directory.root, now)
    return any(change == directory.id and other != run for change, _appliance, other in at_work)


def _written(directory: ChangeDirectory, now: datetime.datetime) -> Plain:
    evidence = assemble(directory)
    content = canonical(evidence)
    write_bytes(directory.evidence, content)
    write_bytes(directory.report, render(evidence, digest_of(content)).encode("utf-8"))
    manifest.write(directory, evidence["outcome"], now)
    return evidence
