# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that holds an appliance excuses what differs only while it lives."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import lease
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.audit import audit
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError, write_json

from lab import sample_changes
from tests.unit.evidence.conftest import CONFIRMED, LATER, taken_back

ELSEWHERE = sample_changes.RUN._replace(machine="elsewhere")
ONE_SECOND = datetime.timedelta(seconds=1)


@pytest.fixture()
def held(change):
    """A finished change whose results differ while a run holds one of its appliances."""
    directory = change(CONFIRMED)
    taken_back(directory)
    lease.give_up(directory, ["berlin-proxy-1"], sample_changes.RUN)

    def by(run: lease.Run):
        lease.renew(directory, "berlin-proxy-1", run, LATER)
        return directory

    return by


def state(directory, now):
    found = audit(str(directory.root), now)
    return found["passed"], found["changes"][CONFIRMED]["state"]


def here(pid: int) -> lease.Run:
    return lease.this_run()._replace(pid=pid, began=lease._began(pid) or "")


def test_a_run_of_another_machine_is_believed_until_its_time_is_over(held):
    directory = held(ELSEWHERE)
    assert state(directory, LATER + lease.LASTS) == (None, "under way")
    assert state(directory, LATER + lease.LASTS + ONE_SECOND) == (False, "altered")


def test_a_run_of_this_machine_excuses_nothing_once_it_is_dead(held):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        directory = held(here(process.pid))
        # It is seen to live, however long ago it last said so.
        assert state(directory, LATER + 2 * lease.LASTS) == (None, "under way")
    finally:
        process.communicate(b"\n")
    assert state(directory, LATER) == (False, "altered")


def test_a_process_that_took_the_number_of_a_dead_run_is_not_that_run(held):
    assert state(held(here(os.getpid())._replace(began="1")), LATER) == (False, "altered")


def test_a_lock_that_is_none_excuses_nothing(held):
    directory = held(ELSEWHERE)
    write_json(directory.lock("berlin-proxy-1"), {"change": CONFIRMED})
    assert state(directory, LATER) == (False, "altered")


def test_whom_the_audit_takes_for_dead_another_run_need_not_wait_for(held):
    directory = held(ELSEWHERE)
    with pytest.raises(ChangeError, match="is under way"):
        lease.take(directory, ["berlin-proxy-1"], here(os.getpid()), LATER + lease.LASTS)
    lease.take(directory, ["berlin-proxy-1"], here(os.getpid()), LATER + lease.LASTS + ONE_SECOND)
