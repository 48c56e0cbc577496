# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forged, altered, expired, replayed and mistaken approvals, each refused with a message of its own."""

from __future__ import annotations

import dataclasses
import datetime
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import plan as plans
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import (
    NAMESPACE,
    NOBODY,
    REQUIRED,
    SIGNED,
    Policy,
    check,
    written,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
)

from .changes import NOW, WISH, approve, minutes, planned


@pytest.fixture()
def directory(tmp_path: Path) -> ChangeDirectory:
    return planned(tmp_path / "changes", ["fw1"])


def checked(directory: ChangeDirectory, now: datetime.datetime = NOW, **policy: t.Any) -> t.Any:
    plan, digest = plans.read(directory)
    return check(directory, plan, digest, Policy(**{"required": REQUIRED, **policy}), now)


def test_an_approval_of_the_plan_counts(directory: ChangeDirectory) -> None:
    approve(directory)
    assert checked(directory)["approver"] == "bob"
    assert checked(directory)["signed"] is False


def test_none_is_needed_unless_it_is_wanted(directory: ChangeDirectory) -> None:
    assert checked(directory, required="false") is None
    with pytest.raises(ChangeError, match="is not approved"):
        checked(directory)
    with pytest.raises(ChangeError, match="is not approved"):
        checked(directory, required="false", four_eyes=True)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"plan": "0" * 64}, "approves another plan"),
        ({"plan": ""}, "plan says nothing"),
        ({"change": "CHG-2"}, "approves change 'CHG-2', not CHG-1"),
        ({"ticket": "CHG-9"}, "names ticket 'CHG-9', and the plan is for CHG-1"),
        ({"not_after": written(minutes(-1))}, "expired at 2099-11-27T19:59:00Z"),
        ({"not_before": written(minutes(1))}, "may begin at 2099-11-27T20:01:00Z"),
        ({"not_after": "2099-11-27T23:00:00"}, "has no time zone"),
        ({"not_after": "tomorrow"}, "is no time such as"),
        ({"not_after": "2099-11-27"}, "has no time zone"),
        ({"approver": "bob\x07"}, "cannot be shown"),
        ({"approver": None}, "is no approval"),
        ({"more": "x"}, "is no approval"),
    ],
)
def test_what_does_not_fit_is_refused_each_with_its_reason(
    directory: ChangeDirectory, facts: dict[str, t.Any], said: str
) -> None:
    approve(directory, **facts)
    with pytest.raises(ChangeError, match=said):
        checked(directory)


def test_times_are_taken_in_any_zone_as_yaml_or_as_text(directory: ChangeDirectory) -> None:
    content = approve(directory, not_before="2099-11-27T20:59:00+01:00").decode()
    directory.approval.write_text(content.replace('"2099-11-27T20:30:00Z"', "2099-11-27 21:30:00 +01:00"))
    assert checked(directory)["not_before"] == "2099-11-27T19:59:00Z"
    assert checked(directory)["not_after"] == "2099-11-27T20:30:00Z"


def test_an_approval_of_an_earlier_plan_of_the_same_change_is_void(directory: ChangeDirectory) -> None:
    approve(directory)
    planned(directory.root, ["fw1", "fw2"])
    with pytest.raises(ChangeError, match="approves another plan"):
        checked(directory)


@pytest.mark.parametrize(
    "content", [b"", b"- x", b"a: &x 1\nb: *x", b"\xff", b"change: {a: b}", b"change: 1\nchange: 2"]
)
def test_what_is_no_approval_is_told(directory: ChangeDirectory, content: bytes) -> None:
    directory.approval.write_bytes(content)
    with pytest.raises(ChangeError, match=r"is no approval|cannot be read"):
        checked(directory)


@pytest.mark.parametrize("approver", ["alice", "ALICE"])
def test_four_eyes_are_of_two_people(directory: ChangeDirectory, approver: str) -> None:
    approve(directory, approver=approver)
    assert checked(directory)
    with pytest.raises(ChangeError, match="wants two people"):
        checked(directory, four_eyes=True)


def test_four_eyes_are_of_people_who_are_named(tmp_path: Path) -> None:
    directory = planned(tmp_path, ["fw1"], dataclasses.replace(WISH, planned_by=NOBODY))
    approve(directory)
    assert checked(directory)
    with pytest.raises(ChangeError, match="nobody is named who planned change CHG-1, so that bob may be the one"):
        checked(directory, four_eyes=True)


# -- signatures ------------------------------------------------------------------------------------------------------


class Signer:
    """A key of one person, and a file that says who may approve."""

    def __init__(self, folder: Path, who: str) -> None:
        self.key = folder / who
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", str(self.key)], check=True)
        self.public = self.key.with_suffix(".pub").read_text().strip()

    def sign(self, path: Path, namespace: str = NAMESPACE) -> None:
        path.with_name(path.name + ".sig").unlink(missing_ok=True)
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(self.key), str(path)]
        subprocess.run(command, check=True, capture_output=True)


@pytest.fixture()
def bob(tmp_path: Path) -> Signer:
    return Signer(tmp_path, "bob")


@pytest.fixture()
def allowed(tmp_path: Path, bob: Signer) -> str:
    path = tmp_path / "allowed_signers"
    path.write_text(f'bob namespaces="{NAMESPACE}" {bob.public}\n')
    return str(path)


def test_a_signed_approval_counts(directory: ChangeDirectory, bob: Signer, allowed: str) -> None:
    approve(directory)
    bob.sign(directory.approval)
    assert checked(directory, required=SIGNED, allowed_signers=allowed)["signed"] is True


def test_an_unsigned_one_does_not(directory: ChangeDirectory, allowed: str) -> None:
    approve(directory)
    with pytest.raises(ChangeError, match=r"is not signed: .*approval.yml.sig is not there"):
        checked(directory, required=SIGNED, allowed_signers=allowed)
    with pytest.raises(ChangeError, match="names no file that says who may"):
        checked(directory, required=SIGNED)


def test_one_that_was_altered_afterwards_does_not(directory: ChangeDirectory, bob: Signer, allowed: str) -> None:
    approve(directory)
    bob.sign(directory.approval)
    approve(directory, not_after=written(minutes(600)))
    with pytest.raises(ChangeError, match="It was altered after it was signed"):
        checked(directory, required=SIGNED, allowed_signers=allowed)


def test_one_that_somebody_else_signed_does_not(directory: ChangeDirectory, tmp_path: Path, allowed: str) -> None:
    approve(directory)
    Signer(tmp_path, "mallory").sign(directory.approval)
    with pytest.raises(ChangeError, match="signed with a key that may not approve"):
        checked(directory, required=SIGNED, allowed_signers=allowed)


def test_a_signature_for_something_else_does_not(directory: ChangeDirectory, bob: Signer, allowed: str) -> None:
    approve(directory)
    bob.sign(directory.approval, namespace="git")
    with pytest.raises(ChangeError, match="is not signed by bob"):
        checked(directory, required=SIGNED, allowed_signers=allowed)


def test_one_in_the_name_of_another_does_not(directory: ChangeDirectory, bob: Signer, allowed: str) -> None:
    approve(directory, approver="carol")
    bob.sign(directory.approval)
    with pytest.raises(ChangeError, match="is not signed by carol"):
        checked(directory, required=SIGNED, allowed_signers=allowed)
