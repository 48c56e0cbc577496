# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may differ between two revisions of a change, and that nothing else is taken into the later one unseen."""

from __future__ import annotations

import datetime
import json

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import lease, results, steps
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import Policy
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.audit import audit
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    read_json,
    write_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.finish import finish

from lab import sample_changes
from tests.unit.evidence.conftest import CONFIRMED, LATER, taken_back

HOURS = datetime.timedelta(hours=2)  # within the window, and after the end
RESULT = "results/berlin-proxy-1.json"
PROBES = "probes/1-after/berlin-desk-1.json"


def told(directory: ChangeDirectory, now: datetime.datetime = LATER):
    found = audit(str(directory.root), now)
    return found["passed"], found["changes"][directory.id]


def rewritten(directory: ChangeDirectory, name: str) -> None:
    """Let a file say something else than it did, and be one of its kind all the same."""
    path = directory.path / name
    found = read_json(path)
    if "history" in found:
        found["history"][0]["message"] = "nothing went wrong"
    else:
        found["results"] = found["results"][:1]
    write_json(path, found)


def given_up(directory: ChangeDirectory, *names: str) -> None:
    lease.give_up(directory, names or ("berlin-proxy-1",), sample_changes.RUN)


@pytest.mark.parametrize("name", [RESULT, PROBES, "report.html", "evidence.json"])
def test_an_apply_that_is_refused_takes_nothing_altered_into_a_manifest(change, name):
    directory = change(CONFIRMED)
    if name in (RESULT, PROBES):
        rewritten(directory, name)
    else:
        path = directory.path / name
        path.write_bytes(path.read_bytes().replace(b"alice", b"mallory"))
    scene = steps.Scene(tuple(sample_changes.proxies(6)), {}, sample_changes.RUN, sample_changes.BEGIN + HOURS)
    with pytest.raises(ChangeError, match="already applied"):
        steps.begin(directory, Policy(), scene, False)
    passed, found = told(directory)
    assert (passed, found["state"], found["revision"], found["altered"]) == (False, "altered", 1, [name])


def test_a_second_restore_that_was_killed_before_its_end_is_accounted_for_by_the_next_run(change):
    directory = change(CONFIRMED)
    for revision, name in ((2, "berlin-proxy-1"), (3, "oslo-proxy-1")):
        taken_back(directory, (name,))
        given_up(directory, name)
        assert told(directory)[1]["altered"] == [f"results/{name}.json"]
        scene = steps.Scene(tuple(sample_changes.proxies(6)), {}, sample_changes.RUN, sample_changes.BEGIN + HOURS)
        with pytest.raises(ChangeError, match="was taken back on"):
            steps.begin(directory, Policy(), scene, False)
        passed, found = told(directory)
        assert (passed, found["revision"], found["outcome"]) == (True, revision, "restored")


@pytest.mark.parametrize("name", [RESULT, "results/oslo-proxy-1.json", PROBES])
def test_what_was_altered_before_a_change_is_taken_back_is_told_after_it(change, name):
    directory = change(CONFIRMED)
    rewritten(directory, name)
    taken_back(directory)
    given_up(directory)
    finish(directory, LATER)
    passed, found = told(directory)
    assert (passed, found["state"], found["revision"], found["altered"]) == (False, "altered", 2, [])
    assert any(message.startswith(f"{name} ") for message in found["messages"])


def test_facts_of_an_appliance_that_nothing_was_done_to_since_are_not_to_change(change):
    directory = change(CONFIRMED)
    results.note(directory, "oslo-proxy-1", losses=[])
    taken_back(directory)
    given_up(directory)
    finish(directory, LATER)
    passed, found = told(directory)
    assert passed is False
    assert found["messages"][0] == "results/oslo-proxy-1.json was altered between revision 1 and 2."


def test_history_that_is_rewritten_while_a_change_is_taken_back_is_altered(change):
    directory = change(CONFIRMED)
    taken_back(directory)
    assert told(directory)[0] is None
    rewritten(directory, RESULT)
    passed, found = told(directory)
    assert (passed, found["state"]) == (False, "altered")
    assert found["messages"] == [f"{RESULT} does not go on from what it was in revision 1: it was altered."]


def test_a_batch_that_is_carried_out_again_is_seen_and_saved_again(tmp_path):
    sample = sample_changes.Sample(tmp_path, "CHG-1", sample_changes.proxies(4))
    sample.planned()
    sample.approved()
    sample.begun()
    sample.probed(1, "after", ["berlin-desk-1"])
    sample.applied(1)
    sample.restored(["berlin-proxy-1"], {"berlin-proxy-1": "no route"})
    assert sample.ended() is not None
    sample.begun()
    steps.begin(sample.directory, Policy("true"), sample.scene, True)  # it notes of all that they may be skipped
    batch = sample.applied(1)
    write_json(sample.directory.backup("berlin-proxy-1"), {"content": "what it held by then"}, private=True)
    sample.probed(1, "after", ["berlin-desk-1"], {sample.new.probes[0].host: "tcp_timeout"})
    sample.confirmed(batch)
    sample.now += datetime.timedelta(minutes=1)
    finish(sample.directory, sample.now)
    given_up(sample.directory, *sample.appliances)
    passed, found = told(sample.directory)
    assert (passed, found["messages"], found["revision"]) == (True, [], 2)
    assert json.loads(sample.directory.manifest.read_bytes())["files"][RESULT]["steps"] > 3
