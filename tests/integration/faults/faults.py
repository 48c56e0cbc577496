# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults, for any platform: each returns what came of it, by how often, and fails where a promise was broken.

The promises: what is in force is the old list or the new one, whole; the next run makes it the wanted one; and nothing
that a finished run has no use for stays.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import subprocess
import threading
import time
import typing as t
from collections import Counter

from tests.integration.appliance.called import CODE, Json, Killed, Refused, answer_of
from tests.integration.appliance.disks import fill, small_disk
from tests.integration.faults.target import BOTH, NEITHER, NEW, OLD, Target

SEED: t.Final = 20261127
_EVERY = 0.005
_PATIENCE = 20.0

Tally = Counter[str]


def _converges(target: Target) -> None:
    """Set the new list, which then is in force, and again, which then does nothing."""
    result = target.present(*NEW)
    assert result["running"]["digest"] == result["after"]["digest"]
    assert target.served() == "new"
    assert target.present(*NEW)["changed"] is False


def _is_tidy(target: Target) -> None:
    """Change the list once more, as a run does that leaves nothing of others behind."""
    target.present(*OLD)
    assert target.served() == "old"
    assert target.leftovers() == []


def _refused(target: Target, match: str, names: t.Sequence[str] = NEW, **options: t.Any) -> None:
    try:
        target.present(*names, **options)
    except Refused as refusal:
        assert match in str(refusal), refusal
        return
    raise AssertionError(f"{target.platform} was to refuse: {match}")


def killed_at_each_step(target: Target, most: int) -> Tally:
    """Killed at each step, or at `most` of them."""
    steps = random.Random(SEED).sample(sorted(target.steps), min(most, len(target.steps)))
    tally: Tally = Counter()
    target.fresh()
    target.present(*OLD)
    for step in steps:
        try:
            target.present(*NEW, interrupt=(*target.steps[step], "die"))
            raise AssertionError(f"{target.platform} has no step at which {step}")
        except Killed:
            tally[target.served()] += 1
        target.restart()
        assert target.served() in ("old", "new")
        _converges(target)
        _is_tidy(target)
    return tally


def _was_done(process: subprocess.Popen[str]) -> bool:
    try:
        answer_of(process)
    except Killed:
        return False
    return True


def killed_at_random(target: Target, times: int) -> Tally:
    """Killed at random moments between the start of a run and its end, `times` times; every tenth is mended.

    So is one that leaves both lists.
    """
    chosen = random.Random(SEED)
    tally: Tally = Counter()
    target.fresh()
    now, longest = "old", _seconds_of_a_run(target)
    while sum(tally.values()) < times:
        process = target.device.begin(target.prepared(*(OLD if now == "new" else NEW)))
        time.sleep(chosen.uniform(0, longest))
        process.kill()
        if _was_done(process):
            now = target.served()  # before it could be killed: not counted
            continue
        found = target.served()
        tally["both" if found == "both" else "old" if found == now else "new"] += 1
        now = found
        if now == "both" or sum(tally.values()) % 10 == 0:
            _converges(target)
            now = "new"
    _converges(target)
    _is_tidy(target)
    return tally


def _seconds_of_a_run(target: Target) -> float:
    target.present(*NEW)
    begun = time.monotonic()
    target.present(*OLD)
    return time.monotonic() - begun


def disk_full(target: Target) -> Tally:
    """No room in each directory that is written into."""
    return _on_a_small_disk(target, full=True)


def read_only(target: Target) -> Tally:
    """Each directory that is written into cannot be written."""
    return _on_a_small_disk(target, full=False)


def _on_a_small_disk(target: Target, full: bool) -> Tally:
    tally: Tally = Counter()
    for place in (*target.places, target.backups):
        target.fresh()
        target.present(*OLD)
        target.stop()
        with small_disk(target.device, place, "size=256k") as directory:
            target.start()
            assert target.served() == "old"  # it has its own files by now
            filler = fill(directory) if full else None
            if not full:
                target.device.lab.run(target.device.where, ["mount", "-o", "remount,ro", place])
            _refused(target, "Nothing was changed")
            tally[target.served()] += 1
            if filler:
                filler.unlink()
            else:
                target.device.lab.run(target.device.where, ["mount", "-o", "remount,rw", place])
            _converges(target)
            _is_tidy(target)
            target.stop()
        target.start()
    return tally


def checker_missing(target: Target) -> Tally:
    """The program that validates is not there: refused with nothing changed, or done without."""
    target.fresh()
    target.present(*OLD)
    with target.without_checker() as options:
        try:
            target.present(*NEW, **options)
            expected = "new"
        except Refused as refusal:
            assert "Nothing was changed" in str(refusal)
            expected = "old"
    assert target.served() == expected
    _converges(target)
    _is_tidy(target)
    return Counter({expected: 1})


def stopped(target: Target) -> Tally:
    """The daemon does not run: it gets its files, is not started, and begins with the new list."""
    target.fresh()
    target.present(*OLD)
    target.stop()
    assert target.present(*NEW)["running"]["state"] in ("stopped", "unknown")
    target.start()
    assert target.served() == "new"
    assert target.present(*NEW)["changed"] is False
    _is_tidy(target)
    return Counter({"new": 1})


class _Held:
    """A run that waits at a step until it is told to go on."""

    def __init__(self, target: Target, step: tuple[str, str, str, int]) -> None:
        flag = f"{CODE}/go-{secrets.token_hex(4)}"  # of its own: what one test leaves waiting, no other lets go on
        self.go, reached = target.device.path(flag), target.device.path(f"{flag}.reached")
        self.outcome: Json = {}
        self._thread = threading.Thread(target=self._run, args=(target, (*step, flag)))
        self._thread.start()
        deadline = time.monotonic() + _PATIENCE
        while not reached.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert reached.exists(), self.outcome

    def _run(self, target: Target, interrupt: t.Sequence[t.Any]) -> None:
        try:
            self.outcome["result"] = target.present(*NEW, interrupt=interrupt)
        except Refused as refusal:
            self.outcome["refused"] = str(refusal)

    def end(self) -> Json:
        """Let it go on, and return what came of it."""
        self.go.touch()
        self._thread.join()
        return self.outcome


def restarting(target: Target) -> Tally:
    """The daemon is started again just before and just after it is told to reload."""
    tally: Tally = Counter()
    for when in ("before", "after"):
        target.fresh()
        target.present(*OLD)
        owner, step, _when, nth = target.reload
        held = _Held(target, (owner, step, when, nth))
        target.restart()
        assert "result" in held.end(), held.outcome
        tally[target.served()] += 1
        _converges(target)
        _is_tidy(target)
    assert tally == {"new": 2}
    return tally


def ended(target: Target) -> Tally:
    """The daemon ends just before it is told to reload; whatever the run says, it begins with that list."""
    target.fresh()
    target.present(*OLD)
    held = _Held(target, target.reload)
    target.stop()
    expected = "new" if "result" in held.end() else "old"
    target.start()
    assert target.served() == expected, held.outcome
    _converges(target)
    _is_tidy(target)
    return Counter({expected: 1})


def refusing(target: Target) -> Tally:
    """The daemon refuses to reload: the old list is stored again, and in force."""
    target.fresh()
    target.present(*OLD)
    _refused(target, "", **target.refusing())
    assert target.served() == "old"
    target.restart()
    assert target.served() == "old"
    assert target.present(*OLD)["changed"] in (True, False)
    _converges(target)
    _is_tidy(target)
    return Counter({"old": 1})


def two_at_once(target: Target) -> Tally:
    """A second run, of another list, while one is under way fails, and says of what; the first is done."""
    target.fresh()
    target.present(*OLD)
    held = _Held(target, target.reload)
    try:
        _refused(target, "Another run is changing", (*NEW, "third.example"))
    finally:
        assert "result" in held.end(), held.outcome
    assert target.served() == "new"
    _converges(target)
    _is_tidy(target)
    return Counter({"new": 1})


FAULTS: t.Final[dict[str, t.Callable[[Target], Tally]]] = {
    "disk full": disk_full,
    "directory read-only": read_only,
    "validator missing": checker_missing,
    "daemon stopped": stopped,
    "daemon restarting meanwhile": restarting,
    "daemon ended meanwhile": ended,
    "reload refused": refusing,
    "two runs at the same time": two_at_once,
}


def changes_under_load(target: Target, times: int) -> Json:
    """Change the list so many times while requests go on, and return how these fared: see load.py."""
    found = _under_load(target, lambda turn: _other_list(target, turn), times, target.closes)
    _closed_to_strangers(found)
    allowed = {hashlib.sha256(_body(target, names)).hexdigest() for names in (OLD, NEW)}
    assert set(found["bodies"]) <= allowed, "a file was served that is neither list"
    return found


def removals_under_load(target: Target, times: int) -> Json:
    """Take the list away and set it again, where everything passes without one: what it allows passes throughout."""

    def change(turn: int) -> None:
        target.present(*NEW) if turn % 2 else target.device.absent()

    return {**_under_load(target, change, times, target.closes), "open_without": True}


def changes_to_known_under_load(target: Target, times: int) -> Json:
    """Change the list under a load of connections to an address that the client knows: none fails."""
    known = target.load_of_known()
    return _closed_to_strangers(_under_load(target, lambda turn: _other_list(target, turn), times, False, known))


def changes_of_networks_under_load(target: Target, times: int) -> Json:
    """Change the networks of the list and none of its names, for which no daemon is restarted: no request fails."""
    networks = [{"network": "192.0.2.0/24"}, {"network": "198.51.100.0/24"}]
    found = _under_load(target, lambda turn: target.present(*OLD, networks[turn % 2]), times, False)
    return _closed_to_strangers(found)


def _other_list(target: Target, turn: int) -> None:
    target.present(*(OLD if turn % 2 else NEW))


def _closed_to_strangers(found: Json) -> Json:
    assert found["let_through"] == 0, "a name that no list has was let through"
    return found


def _under_load(
    target: Target, change: t.Callable[[int], object], times: int, may_fail: bool, load: Json | None = None
) -> Json:
    target.fresh()
    target.present(*OLD)
    stop = target.device.lab.host("desk1").path(f"{CODE}/stop-load")
    stop.unlink(missing_ok=True)
    told = {"allowed": BOTH, "denied": NEITHER, "stop": f"{CODE}/stop-load", "every": _EVERY}
    told.update(load or target.load())
    pipe = subprocess.PIPE
    process = target.device.lab.popen(
        "desk1", ["/usr/bin/python3", "-B", f"{CODE}/load.py"], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    process.stdin.write(json.dumps(told))
    process.stdin.close()
    process.stdin = None
    try:
        for turn in range(times):
            change(turn)
    finally:
        stop.touch()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    found: Json = json.loads(out)
    assert found["requests"] > times
    assert found["lost"] == 0, "a request failed however often it was tried again"
    if not may_fail:
        assert found["failed"] == {}, f"{target.platform} failed {found['failed']} of {found['requests']} requests"
    return {**found, "changes": times, "open_without": False}


def _body(target: Target, names: t.Sequence[str]) -> bytes:
    params = target.device.params_with_defaults(dict(target.options))
    content = next(iter(target.device.compile(names, params).values())).content
    return str(content.get("body", "")).encode()
