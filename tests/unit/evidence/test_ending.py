# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs over slices of a change end it together: its evidence is put together once, by the last, from what is there."""

from __future__ import annotations

import datetime
import itertools
import json
import threading

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import finish as ending
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import lease, results, steps
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import Policy
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.audit import audit
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError

from lab import sample_changes

SLICES = 4
RUNS = [sample_changes.RUN._replace(machine=f"node-{number}") for number in range(SLICES)]


def scene(sample, number: int) -> steps.Scene:
    return steps.Scene((sample.appliances[number],), {}, RUNS[number], sample.now)


@pytest.fixture()
def sliced(tmp_path):
    """A change of one batch that as many runs carry out at once as it has appliances; all have begun."""
    sample = sample_changes.Sample(tmp_path, "CHG-1", sample_changes.proxies(SLICES))
    sample.planned(sizes=("100%",))
    for number in range(SLICES):
        steps.begin(sample.directory, Policy(), scene(sample, number), False)
    return sample


def done(sample, number: int) -> None:
    for stage in (results.APPLYING, results.APPLIED, results.CONFIRMED):
        results.advance(sample.directory, sample.appliances[number], stage, sample.now)


def evidence(sample):
    return json.loads(sample.directory.evidence.read_bytes())


def test_while_another_run_is_at_work_on_the_change_nothing_is_put_together(sliced):
    for number in range(SLICES):
        done(sliced, number)
    for number in range(SLICES - 1):
        assert steps.end(sliced.directory, scene(sliced, number))["outcome"] == "applied"
        assert not sliced.directory.evidence.exists()
        assert not sliced.directory.lock(sliced.appliances[number]).exists()
    assert steps.end(sliced.directory, scene(sliced, SLICES - 1))["outcome"] == "applied"
    assert json.loads(sliced.directory.manifest.read_bytes())["revision"] == 1
    assert not list(sliced.directory.lock("x").parent.glob("[!.]*"))


def test_a_run_that_died_is_not_waited_for(sliced):
    for number in range(SLICES):
        done(sliced, number)
    sliced.now += 2 * lease.LASTS
    steps.end(sliced.directory, scene(sliced, 0))
    assert evidence(sliced)["outcome"] == "applied"


def test_a_run_that_comes_when_all_is_over_leaves_the_evidence_to_who_is_still_at_work(sliced):
    for number in range(SLICES):
        done(sliced, number)
    late = steps.Scene(tuple(sliced.appliances), {}, RUNS[0]._replace(machine="node-9"), sliced.now)
    with pytest.raises(ChangeError, match="already applied"):
        steps.begin(sliced.directory, Policy(), late, False)
    assert not sliced.directory.manifest.exists()
    for number in range(SLICES):  # all were killed before they could leave
        lease.give_up(sliced.directory, [sliced.appliances[number]], RUNS[number])
    with pytest.raises(ChangeError, match="already applied"):
        steps.begin(sliced.directory, Policy(), late, False)
    assert evidence(sliced)["outcome"] == "applied"


def test_runs_that_end_at_once_leave_one_account_of_all(sliced, monkeypatch):
    at_once = threading.Barrier(SLICES)
    slow = itertools.count()
    assemble = ending.assemble

    def slowly(directory):
        found = assemble(directory)
        if next(slow) == 0:
            threading.Event().wait(0.3)  # whoever is first has old facts for a while
        return found

    monkeypatch.setattr(ending, "assemble", slowly)

    def run(number: int) -> None:
        at_once.wait()
        threading.Event().wait(number * 0.02)
        done(sliced, number)
        steps.end(sliced.directory, scene(sliced, number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(SLICES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [step["stage"] for item in evidence(sliced)["appliances"].values() for step in item["history"][-1:]] == [
        "confirmed"
    ] * SLICES
    assert json.loads(sliced.directory.manifest.read_bytes())["revision"] == 1
    assert audit(str(sliced.directory.root), sliced.now)["passed"] is True


def test_what_moves_while_it_is_put_together_is_in_the_account_of_who_ends_next(sliced, monkeypatch):
    for number in range(SLICES):
        done(sliced, number)
        lease.give_up(sliced.directory, [sliced.appliances[number]], RUNS[number])
    reading, moved = threading.Event(), threading.Event()
    assemble = ending.assemble

    def interrupted(directory):
        found = assemble(directory)
        if not reading.is_set():
            reading.set()
            moved.wait(10)
        return found

    monkeypatch.setattr(ending, "assemble", interrupted)
    first = threading.Thread(target=ending.finish, args=(sliced.directory, sliced.now))
    first.start()
    reading.wait(10)
    later = sliced.now + datetime.timedelta(seconds=5)
    for stage in (results.RESTORING, results.RESTORED):
        results.advance(sliced.directory, sliced.appliances[0], stage, later)
    second = threading.Thread(target=ending.finish, args=(sliced.directory, later))
    second.start()
    second.join(0.5)  # it waits for the first, or has written already what that overwrites
    moved.set()
    first.join()
    second.join()
    assert evidence(sliced)["outcome"] == "restored"
    assert audit(str(sliced.directory.root), later)["passed"] is True
