# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A change that nobody confirms is taken back by a process of its own, whatever became of the run that made it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._guard import Guard
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    ApplianceError,
    PendingChange,
    ReconcileError,
    State,
    Wanted,
    reconcile,
)

from tests.unit.reconcile.scripted import Scripted, Stored

OLD = Stored("a" * 64, "generation 0", ("a.example",))
WANTED = Wanted("b" * 64, {"entries": ["b.example"]}, {})


class OnDisk(Scripted):
    """An appliance whose list is a file, so that another process can put it back; `lock` is a file too."""

    def __init__(self, path: Path) -> None:
        super().__init__(OLD, OLD)
        self.path = path
        path.write_text(OLD.digest, encoding="ascii")

    def activate(self, staged: Stored | None) -> None:
        self.path.write_text(staged.digest if staged else "none", encoding="ascii")
        super().activate(staged)

    def restore(self, state: State) -> None:
        self.path.write_text(str(state.digest), encoding="ascii")
        super().restore(state)

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        if self.path.with_suffix(".busy").exists():
            raise ApplianceError("busy")
        yield


@pytest.fixture()
def device(tmp_path: Path) -> OnDisk:
    return OnDisk(tmp_path / "list")


def guard(device: OnDisk, seconds: int | None = None, overriding: bool = False) -> Guard:
    return Guard(str(device.path.with_suffix(".guard")), seconds, overriding)


def wait(condition: t.Callable[[], bool], seconds: float = 6.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def process_of(found: Guard) -> int:
    noted = found.read()
    assert noted is not None
    return int(noted["pid"][0])


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_what_nobody_confirms_is_taken_back_in_time_and_says_so(device: OnDisk) -> None:
    outcome = reconcile(device, WANTED, guard=guard(device, 1))
    assert outcome.facts["confirm_until"].endswith("Z")
    assert device.path.read_text() == WANTED.digest
    pid = process_of(guard(device))
    assert wait(lambda: device.path.read_text() == OLD.digest)
    assert wait(lambda: (guard(device).report() or {}).get("state") == "fired")
    assert "put back" in str(guard(device).report())
    assert wait(lambda: is_gone(pid))
    with pytest.raises(ApplianceError, match=r"was not confirmed before .*put back.*Apply it again"):
        guard(device).confirm()


def test_what_is_confirmed_stays(device: OnDisk) -> None:
    reconcile(device, WANTED, guard=guard(device, 1))
    pid = process_of(guard(device))
    confirmed = guard(device).confirm()
    assert confirmed is not None and confirmed["digest"] == WANTED.digest
    assert wait(lambda: is_gone(pid))
    assert device.path.read_text() == WANTED.digest
    assert guard(device).confirm() is None


def test_the_process_outlives_the_one_that_armed_it_and_holds_nothing_of_it(device: OnDisk) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            reconcile(device, WANTED, guard=guard(device, 2))
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as stream:
        assert stream.read() == b""  # would wait for the guard if it had kept the pipe
    pid = process_of(guard(device))
    assert os.getsid(pid) != os.getsid(0)
    assert wait(lambda: device.path.read_text() == OLD.digest)


def test_another_change_waits_until_this_one_is_decided(device: OnDisk) -> None:
    reconcile(device, WANTED, guard=guard(device, 30))
    other = Wanted("c" * 64, {"entries": ["c.example"]}, {})
    for check in (True, False):
        with pytest.raises(
            ReconcileError, match=r"waits for its confirmation until .*state: confirmed.*restore: latest"
        ):
            reconcile(device, other, check_mode=check, guard=guard(device))
    guard(device).confirm()
    assert reconcile(device, other, guard=guard(device)).changed is True


def test_a_list_that_is_there_and_waits_is_told_as_waiting_to_whoever_sets_it_again(device: OnDisk) -> None:
    until = reconcile(device, WANTED, guard=guard(device, 30)).facts["confirm_until"]
    for check, seconds in ((True, None), (False, None), (False, 30)):
        again = reconcile(device, WANTED, check_mode=check, guard=guard(device, seconds))
        assert (again.changed, again.facts["confirm_until"]) == (False, until)
    # Who puts this very list back by hand does not have to confirm it.
    assert "confirm_until" not in reconcile(device, WANTED, guard=guard(device, overriding=True)).facts
    guard(device).confirm()
    assert "confirm_until" not in reconcile(device, WANTED, guard=guard(device, 30)).facts


@pytest.mark.parametrize("noted", [{"state": "fired", "digest": WANTED.digest}, {"state": "armed", "digest": "c" * 64}])
def test_what_was_taken_back_or_is_about_another_list_does_not_wait(device: OnDisk, noted: dict[str, str]) -> None:
    reconcile(device, WANTED)
    device.path.with_suffix(".guard").write_text(json.dumps({"token": "x", "until": 1, **noted}), encoding="ascii")
    assert "confirm_until" not in reconcile(device, WANTED, guard=guard(device, 30)).facts


def test_taking_it_back_by_hand_ends_the_wait(device: OnDisk) -> None:
    reconcile(device, WANTED, guard=guard(device, 30))
    pid = process_of(guard(device))
    back = Wanted(OLD.digest, {"entries": list(OLD.entries)}, {})
    assert reconcile(device, back, guard=guard(device, overriding=True)).changed is True
    assert guard(device).read() is None
    assert wait(lambda: is_gone(pid))


def test_a_change_that_fails_leaves_nothing_that_waits(device: OnDisk) -> None:
    device.fails["activate"] = [ApplianceError("It broke.")]
    with pytest.raises(ReconcileError, match="has been put back"):
        reconcile(device, WANTED, guard=guard(device, 30))
    assert guard(device).read() is None


def test_a_guard_that_cannot_be_armed_keeps_the_change_from_happening(device: OnDisk) -> None:
    broken = Guard("/proc/nowhere/guard", 30)
    with pytest.raises(ReconcileError, match=r"cannot be armed.*Nothing was changed"):
        reconcile(device, WANTED, guard=broken)
    assert device.path.read_text() == OLD.digest


def test_it_waits_for_a_run_that_is_at_work(device: OnDisk) -> None:
    busy = device.path.with_suffix(".busy")
    reconcile(device, WANTED, guard=guard(device, 1))
    busy.touch()
    time.sleep(2)
    assert device.path.read_text() == WANTED.digest
    busy.unlink()
    assert wait(lambda: device.path.read_text() == OLD.digest)


def test_a_guard_that_died_is_told(device: OnDisk) -> None:
    reconcile(device, WANTED, guard=guard(device, 30))
    pid = process_of(guard(device))
    os.kill(pid, signal.SIGKILL)
    assert wait(lambda: is_gone(pid))
    assert (guard(device).report() or {})["state"] == "lost"
    with pytest.raises(PendingChange, match="is gone, as after a restart"):
        guard(device).refuse_pending()
    assert guard(device).confirm() is not None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"state": 1}', "[" * 100_000])
def test_a_note_that_is_damaged_is_named(device: OnDisk, text: str) -> None:
    path = device.path.with_suffix(".guard")
    path.write_text(text, encoding="ascii")
    with pytest.raises(ApplianceError, match=f"{path}.*cannot be read"):
        guard(device).refuse_pending()


def test_another_process_of_its_number_is_not_taken_for_it(device: OnDisk) -> None:
    path = device.path.with_suffix(".guard")
    noted = {"state": "armed", "token": "x", "until": time.time() + 30, "pid": [os.getpid(), "1"]}
    path.write_text(json.dumps(noted), encoding="ascii")
    assert (guard(device).report() or {})["state"] == "lost"


def test_what_a_run_that_died_left_half_written_does_not_stand_in_the_way(device: OnDisk) -> None:
    for name in (".guard.new", f".guard.{os.getpid()}"):
        device.path.with_suffix(name).write_text("{")
    assert reconcile(device, WANTED, guard=guard(device, 30)).changed is True
    assert guard(device).confirm() is not None
    assert not device.path.with_suffix(".guard.new").exists()
