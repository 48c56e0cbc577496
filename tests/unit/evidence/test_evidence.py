# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import plan, results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    canonical,
    digest_of,
    file_name,
    host_of,
    write_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.evidence import assemble
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.finish import finish
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import list_version
from hypothesis import given
from hypothesis import strategies as st

from lab import sample_changes
from tests.unit.evidence.conftest import CONFIRMED, LATER, RESTORED, UNDER_WAY

DATA = Path(plan.__file__).parent.parent / "data"


def test_a_change_that_came_to_its_end_is_told_from_what_was_asked_to_what_was_seen(change):
    directory = change(CONFIRMED)
    found = assemble(directory)
    planned, digest = plan.read(directory)
    assert (found["change"], found["outcome"], found["failures"]) == (CONFIRMED, "applied", [])
    assert found["asked"]["by"] == "alice"
    assert [edition["source"] for edition in found["asked"]["editions"]] == list(sample_changes.NEW)
    for edition in found["asked"]["editions"]:
        assert edition["sha256"] == digest_of((DATA / edition["source"] / f"{edition['edition']}.json").read_bytes())
        assert edition["sha256"] in (directory.path / "plan.md").read_text(encoding="utf-8")
        assert edition["sha256"] in directory.report.read_text(encoding="utf-8")
    assert found["asked"]["editions"] == planned["editions"]
    assert found["asked"]["suffix_list"] == planned["suffix_list"] == list_version()
    (compiled,) = found["asked"]["lists"]
    assert (
        compiled["endpoints"]
        == sum(compiled["services"].values())
        == len(sample_changes.compiled(sample_changes.NEW).endpoints)
    )
    assert found["planned"] == {
        "sha256": digest,
        "appliances": 6,
        "would_change": 5,
        "in_step": 1,
        "batches": [len(names) for names in planned["batches"]],
    }
    (approved,) = found["approved"]
    assert (approved["approver"], approved["plan"], approved["signed"]) == ("bob", digest, False)
    assert (approved["sha256"], approved["appliances"]) == (digest_of(directory.approval.read_bytes()), 5)
    assert approved["at"] <= found["batches"][0]["began"]
    assert [batch["stages"] for batch in found["batches"]] == [
        {"confirmed": len(names)} for names in planned["batches"]
    ]


def test_every_stage_of_every_appliance_has_its_time(change):
    found = assemble(change(CONFIRMED))
    canary = found["batches"][0]["appliances"][0]
    steps = found["appliances"][canary]["history"]
    assert [step["stage"] for step in steps] == ["applying", "applied", "confirmed"]
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert found["batches"][0]["ended"] == steps[-1]["at"] < found["batches"][1]["began"]


def test_what_was_saved_is_named_by_its_digest_and_never_shown(change):
    found = assemble(change(CONFIRMED))
    canary = found["batches"][0]["appliances"][0]
    assert set(found["appliances"][canary]["backup"]) == {"sha256", "bytes"}
    assert "what it held" not in json.dumps(found)


def test_appliances_with_the_same_difference_share_it(change):
    found = assemble(change(CONFIRMED))
    keys = [item["difference"] for item in found["appliances"].values()]
    assert keys.count(None) == 1  # in step already
    assert len(found["differences"]) == 2  # one held nothing, four the old list
    assert list(found["differences"]) == list(dict.fromkeys(key for key in keys if key))  # as the appliances stand
    assert sorted(keys.count(key) for key in found["differences"]) == [1, 4]
    shared = found["differences"][max(found["differences"], key=keys.count)]
    assert shared["added"]["count"] > 0 < shared["removed"]["count"]
    assert sorted(shared["added"]["by_service"]) == list(shared["added"]["by_service"])


def test_a_canary_that_failed_says_what_was_seen_before_and_after_and_why_it_was_taken_back(change):
    found = assemble(change(RESTORED))
    assert found["outcome"] == "restored"
    canary = found["batches"][0]["appliances"][0]
    assert [step["stage"] for step in found["appliances"][canary]["history"]] == [
        "applying",
        "applied",
        "restoring",
        "restored",
    ]
    kinds = [failure["kind"] for failure in found["failures"]]
    assert kinds.count("restored") == 1
    probes = [failure for failure in found["failures"] if failure["kind"] == "probe"]
    assert probes
    assert all(failure["text"].endswith("Before: passed.") for failure in probes)
    assert all(failure["concerns"] == ["berlin-desk-1"] for failure in probes)
    seen = found["batches"][0]["seen"]
    assert seen["before"]["counts"]["failed"] > 0  # what only the new list lets through
    assert {item["before"] + " " + item["after"] for item in seen["changed"]} == {"passed failed", "failed passed"}
    assert [batch["stages"] for batch in found["batches"][1:]] == [
        {"waiting": len(batch["appliances"])} for batch in found["batches"][1:]
    ]
    assert found["batches"][1]["seen"] is None


def test_a_change_under_way_is_told_as_far_as_it_is(change):
    found = assemble(change(UNDER_WAY))
    assert found["outcome"] == "under way"
    assert found["batches"][0]["stages"] == {"confirmed": 1}
    assert found["batches"][1]["stages"]["applying"] >= 1
    assert found["batches"][1]["seen"]["after"] is None


def test_losses_stand_once_with_their_reason_and_their_appliances(change):
    found = assemble(change(CONFIRMED))
    facts = sample_changes.compiled(sample_changes.NEW).frozen.facts
    assert len(found["losses"]) == len(facts["losses"])
    accepted = [loss for loss in found["losses"] if loss["accepted"]]
    assert len(accepted) == len(facts["accepted"])
    assert {loss["accepted"] for loss in accepted} == {sample_changes.REASON}
    assert all(len(loss["appliances"]) == 6 for loss in found["losses"])


def test_a_loss_that_only_the_appliance_could_tell_is_marked(change):
    directory = change(CONFIRMED)
    name = "lisbon-proxy-1"
    result = results.read(directory, name)
    site = {"property": "site_ports", "result": "narrowed", "detail": "the site blocks 80"}
    write_json(directory.result(name), {**result, "losses": [*result["losses"], site]})
    found = [loss for loss in assemble(directory)["losses"] if loss["found"] == "applied"]
    assert found == [{**site, "accepted": None, "found": "applied", "appliances": [name]}]


def test_what_is_not_proved_is_a_warning_and_no_failure(change):
    found = assemble(change(CONFIRMED))
    kinds = [warning["kind"] for warning in found["warnings"]]
    assert "unknown" in kinds
    assert "plan" in kinds
    assert found["failures"] == []


def test_a_batch_that_no_test_host_saw_is_warned_of(change):
    directory = change(CONFIRMED)
    shutil.rmtree(directory.path / "probes")
    found = assemble(directory)
    assert [item["batch"] for item in found["warnings"] if item["kind"] == "unseen"] == [1, 2, 3]
    assert all(batch["seen"] is None for batch in found["batches"])


def test_probes_that_did_not_run_are_a_failure(change):
    directory = change(CONFIRMED)
    write_json(directory.probes(1, "after", "berlin-desk-1"), {"failed": True, "msg": "no route"})
    (failure,) = assemble(directory)["failures"]
    assert (failure["kind"], failure["text"], failure["concerns"], failure["batch"]) == (
        "not run",
        "no route",
        ["berlin-desk-1"],
        1,
    )


def test_an_appliance_that_failed_stays_a_failure_whatever_came_after_it(change):
    directory = change(UNDER_WAY)
    name = "lisbon-proxy-1"
    results.advance(directory, name, results.FAILED, LATER, "the disk is full")
    results.advance(directory, name, results.RESTORING, LATER, "the batch failed")
    results.advance(directory, name, results.NOT_RESTORED, LATER, "still no disk")
    found = assemble(directory)
    assert found["outcome"] == "stopped"
    assert [(item["kind"], item["text"]) for item in found["failures"] if item["concerns"] == [name]] == [
        ("appliance", "the disk is full"),
        ("appliance", "still no disk"),
    ]


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (results.RESTORED, ["It was taken back, because its batch did not stand."]),
        (results.RESTORING, ["It was being taken back, and nobody heard how that ended."]),
        (results.NOT_RESTORED, ["No route to host"]),
    ],
)
@pytest.mark.parametrize("confirmed", [False, True])
def test_only_what_was_put_back_is_told_as_taken_back(change, stage, said, confirmed):
    directory = change(UNDER_WAY)
    name = "lisbon-proxy-1"
    if confirmed:
        results.advance(directory, name, results.CONFIRMED, LATER)
    results.advance(directory, name, results.RESTORING, LATER)
    if stage != results.RESTORING:
        message = "No route to host" if stage == results.NOT_RESTORED else ""
        results.advance(directory, name, stage, LATER, message)
    found = assemble(directory)
    if confirmed and stage == results.RESTORED:
        (warning,) = [item for item in found["warnings"] if item["kind"] == "restored"]
        assert (warning["concerns"], found["failures"]) == ([name], [])
        return
    assert [item["text"] for item in found["failures"] if item["concerns"] == [name]] == said
    assert "restored" not in [item["kind"] for item in found["warnings"]]


@pytest.mark.parametrize("kind", ["squid_allowlist", "endpoints"])
def test_a_list_that_was_altered_after_the_plan_is_told(change, kind):
    directory = change(CONFIRMED)
    (path,) = directory.lists.glob(f"{kind}-*.json")
    path.write_bytes(path.read_bytes().replace(b"microsoft", b"micros0ft", 1))
    (failure,) = assemble(directory)["failures"]
    assert path.name in failure["text"]


def test_what_was_taken_back_after_its_end_is_a_warning_and_no_failure(change):
    directory = change(CONFIRMED)
    results.advance(directory, "berlin-proxy-1", results.RESTORING, LATER)
    results.advance(directory, "berlin-proxy-1", results.RESTORED, LATER)
    found = assemble(directory)
    assert found["outcome"] == "restored"
    assert [item["concerns"] for item in found["warnings"] if item["kind"] == "restored"] == [["berlin-proxy-1"]]
    assert found["failures"] == []


def test_a_test_host_that_left_no_file_after_the_batch_did_not_run(change):
    directory = change(CONFIRMED)
    directory.probes(3, "after", "oslo-desk-1").unlink()
    found = assemble(directory)
    (failure,) = found["failures"]
    assert (failure["kind"], failure["concerns"], failure["batch"]) == ("not run", ["oslo-desk-1"], 3)


def test_without_a_plan_there_is_no_evidence(tmp_path):
    with pytest.raises(ChangeError, match="has no plan"):
        finish(ChangeDirectory.of(str(tmp_path), "CHG-9"), LATER)


def test_damaged_probes_are_refused_by_name(change):
    directory = change(CONFIRMED)
    write_json(directory.probes(2, "after", "x"), {"results": [{"host": 1}]})
    with pytest.raises(ChangeError, match="2-after"):
        assemble(directory)


def test_the_same_files_give_the_same_bytes_wherever_and_whenever(change, tmp_path):
    first = change(CONFIRMED)
    for path in (first.evidence, first.report, first.manifest):
        path.unlink()
    other = shutil.copytree(first.root, tmp_path / "elsewhere")
    second = ChangeDirectory.of(str(other), CONFIRMED)
    finish(first, LATER)
    finish(second, sample_changes.BEGIN)
    assert first.evidence.read_bytes() == second.evidence.read_bytes()
    assert first.report.read_bytes() == second.report.read_bytes()
    made = [json.loads(directory.manifest.read_bytes()) for directory in (first, second)]
    assert made[0]["made"] != made[1]["made"]
    assert {**made[0], "made": ""} == {**made[1], "made": ""}


@given(st.text(min_size=1, max_size=30))
def test_a_host_is_found_again_by_the_name_of_its_file(name):
    assert host_of(file_name(name)) == name


def test_200_appliances_take_under_5_seconds_and_5_megabytes(tmp_path):
    sample = sample_changes.confirmed(tmp_path, count=200)
    for path in (sample.directory.evidence, sample.directory.report, sample.directory.manifest):
        path.unlink()
    begun = time.process_time()  # another program's load is no fault of ours
    found = finish(sample.directory, LATER)
    assert time.process_time() - begun < 5
    assert len(found["appliances"]) == 200
    assert len(found["differences"]) == 2
    written = [sample.directory.evidence, sample.directory.report, sample.directory.manifest]
    assert sum(path.stat().st_size for path in written) < 5_000_000
    assert canonical(found) == sample.directory.evidence.read_bytes()
