# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Approved is what a run checked when it began, and not what lies in the directory when all is done."""

from __future__ import annotations

import datetime
import subprocess

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import approval, lease, results, steps
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import Policy
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.audit import audit
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import digest_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.evidence import assemble

from lab import sample_changes

ANY = Policy()
HOUR = datetime.timedelta(hours=1)


@pytest.fixture()
def sample(tmp_path):
    """A change of three appliances, each a batch, that is planned."""
    made = sample_changes.Sample(tmp_path, "CHG-1", sample_changes.proxies(3))
    made.planned(sizes=("1",))
    return made


def begun(sample, policy: Policy = ANY) -> None:
    found = steps.begin(sample.directory, policy, sample.scene, False)
    sample.batches = [
        sample_changes.rollout.Batch(item["number"], tuple(item["appliances"])) for item in found["batches"]
    ]


def doubts(found) -> list[str]:
    return [failure["text"] for failure in found["failures"] if failure["kind"] == "record"]


def test_an_approval_that_comes_when_the_work_is_done_approves_nothing(sample):
    begun(sample)
    sample.applied(1)
    sample.approved()
    found = assemble(sample.directory)
    assert found["approved"] == []
    (doubt,) = doubts(found)
    assert doubt.startswith(
        "Work began 1 times without an approval that had been checked: first at 2026-11-27T20:00:01Z"
    )
    sample.ended()
    page = sample.directory.report.read_text(encoding="utf-8")
    assert "<dt>Approved by</dt><dd>nobody</dd>" in page
    assert "bob" not in page


def test_without_an_approval_there_is_none_and_that_is_no_failure(sample):
    begun(sample)
    sample.applied(1)
    found = assemble(sample.directory)
    assert (found["approved"], doubts(found)) == ([], [])


def test_an_approval_of_which_nothing_was_done_approves_nothing(sample):
    sample.approved()
    begun(sample)
    found = assemble(sample.directory)
    assert (found["approved"], doubts(found)) == ([], [])


@pytest.mark.parametrize("after", [b"approver: [", None])
def test_an_approval_that_is_another_afterwards_is_told_and_what_was_checked_is_shown(sample, after):
    sample.approved()
    checked = digest_of(sample.directory.approval.read_bytes())
    begun(sample, Policy(approval.REQUIRED))
    sample.applied(1)
    sample.directory.approval.unlink()
    if after is not None:
        sample.directory.approval.write_bytes(after)
    found = assemble(sample.directory)
    assert [(item["approver"], item["sha256"]) for item in found["approved"]] == [("bob", checked)]
    (doubt,) = doubts(found)
    assert "is gone" in doubt if after is None else f"that had SHA-256 {checked}, and this has" in doubt


def test_work_outside_of_the_window_is_told(sample):
    sample.approved()
    begun(sample)
    sample.now += 4 * HOUR
    sample.applied(1)
    (doubt,) = doubts(assemble(sample.directory))
    assert doubt.startswith("Work began 1 times outside of the approved window 2026-11-27T20:00:00Z to 2026-11-27T23")


def test_a_first_attempt_without_an_approval_stays_one_when_the_second_has_one(sample):
    begun(sample)
    sample.applied(1, {sample.appliances[0]: "no route"})
    sample.approved()
    begun(sample, Policy(approval.REQUIRED))
    sample.confirmed(sample.applied(1))
    found = assemble(sample.directory)
    assert [(item["approver"], item["appliances"]) for item in found["approved"]] == [("bob", 1)]
    (doubt,) = doubts(found)
    assert doubt.startswith("Work began 1 times without an approval")


def test_each_part_of_a_change_counts_by_the_approval_that_it_began_with_and_the_audit_allows_a_new_one(sample):
    sample.approved()
    begun(sample, Policy(approval.REQUIRED))
    sample.confirmed(sample.applied(1))
    sample.applied(2, {sample.appliances[1]: "no route"})
    sample.ended()
    sample.now += 4 * HOUR
    later = {"not_before": approval.written(sample.now), "not_after": approval.written(sample.now + HOUR)}
    sample.approved(approver="carol", **later)
    begun(sample, Policy(approval.REQUIRED))
    for number in (1, 2):
        sample.confirmed(sample.applied(number))
    sample.ended()
    found = assemble(sample.directory)
    assert [(item["approver"], item["appliances"]) for item in found["approved"]] == [("bob", 2), ("carol", 2)]
    assert doubts(found) == []
    seen = audit(str(sample.directory.root), sample.now)
    assert (seen["passed"], seen["changes"]["CHG-1"]["messages"]) == (True, [])
    assert seen["changes"]["CHG-1"]["revision"] > 1


def test_an_approval_that_was_put_in_place_of_the_checked_one_does_not_pass_the_audit(sample):
    sample.approved()
    begun(sample)
    for number in (1, 2, 3):
        sample.confirmed(sample.applied(number))
    sample.ended()
    sample.approved(approver="carol")
    lease.take(sample.directory, sample.appliances[:1], sample_changes.RUN, sample.now)
    sample.restored(sample.appliances[:1])
    sample.ended()
    found = audit(str(sample.directory.root), sample.now)
    assert "approval.yml was altered between revision 1 and 2." in found["changes"]["CHG-1"]["messages"]


def test_a_signature_that_was_verified_is_shown_as_that_and_one_that_lies_there_is_not(sample, tmp_path):
    key, signers = tmp_path / "key", tmp_path / "signers"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    signers.write_text(f"bob {key.with_suffix('.pub').read_text()}", encoding="utf-8")
    sample.approved()
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", approval.NAMESPACE, "-f", key, sample.directory.approval],
        check=True,
        capture_output=True,
    )
    begun(sample, Policy(approval.REQUIRED))
    sample.confirmed(sample.applied(1))
    assert [item["signed"] for item in assemble(sample.directory)["approved"]] == [False]
    begun(sample, Policy(approval.SIGNED, str(signers)))
    sample.confirmed(sample.applied(1))
    sample.ended()
    assert [item["signed"] for item in assemble(sample.directory)["approved"]] == [False, True]
    page = sample.directory.report.read_text(encoding="utf-8")
    assert "<dd>verified, of bob</dd>" in page
    assert "<dd>not signed, or not verified</dd>" in page


def test_what_a_run_checked_is_noted_once_however_often_it_begins(sample):
    sample.approved()
    for _time in range(3):
        begun(sample)
        sample.now += datetime.timedelta(minutes=1)
    assert len(results.read(sample.directory, sample.appliances[0])["approvals"]) == 1
