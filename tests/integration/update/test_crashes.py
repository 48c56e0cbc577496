# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed runs, full and read-only disks, two runs at once: real processes and real file systems."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept

from lab.servers.endpoint_lists import Cloud, EndpointLists, trickles

from .conftest import Play, real_sets

KILLED_AT_EACH_STEP = """
import itertools, json, os, shutil, signal, sys, time
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update import options, run, store

folder = sys.argv[1]

def update(directory, names, dies_at=0):
    left = dies_at
    def counted(real):
        def dying(*given, **named):
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)
        return dying
    if dies_at:
        for module, name in ((os, "rename"), (os, "fsync"), (os, "fchmod"), (os, "mkdir"), (store.Store, "_replace")):
            setattr(module, name, counted(getattr(module, name)))
    given = {name: spec.get("default") for name, spec in options.UPDATE_OPTIONS.items()}
    with open(f"{folder}/list.txt", "w") as stream:
        stream.write(names)
    given.update(source="own", url=f"file://{folder}/list.txt", catalogue_dir=directory)
    place = store.Store(directory, writing=True)
    done = run.update(place, options.read_client(given), options.read_wish(given), time.time())
    if done.news.outcome == "failed":
        raise SystemExit(done.news.message)

def in_child(work):
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def is_new(directory):
    return "new.example" in {entry.name for entry in kept.load("own", "latest", None, directory).entries}

old, new = "old.example\\n", "old.example\\nnew.example\\n"
in_child(lambda: update(f"{folder}/0", old))
for step in itertools.count(1):
    directory = f"{folder}/{step}"
    shutil.copytree(f"{folder}/0", directory)
    status = in_child(lambda: update(directory, new, step))
    after = is_new(directory)
    again = in_child(lambda: update(directory, new))
    print(json.dumps([status, after, again, is_new(directory)]), flush=True)
    if status == 0:
        break
"""
NEW = "new.example.com"


def names(directory: Path) -> set[str]:
    return {entry.name for entry in kept.load("microsoft365", "latest", None, str(directory)).entries}


def publish_more(server: EndpointLists) -> None:
    sets = real_sets()
    sets[0]["urls"].append(NEW)
    server.clouds["Worldwide"] = Cloud("2025120200", sets)


def test_a_run_that_is_killed_at_any_step_leaves_the_old_or_the_new_list(tmp_path: Path) -> None:
    program = [sys.executable, "-c", KILLED_AT_EACH_STEP, str(tmp_path)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert [status for status, *_rest in steps] == [-9] * (len(steps) - 1) + [0]
    in_force = [after for _status, after, *_rest in steps]
    assert in_force == sorted(in_force) and in_force[0] is False and in_force[-1] is True  # once it is new it stays new
    assert len(steps) > 15
    assert {(again, new) for _status, _after, again, new in steps} == {(0, True)}
    assert not list(tmp_path.rglob(".new-*"))


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> t.Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [4, 64])
def test_a_full_disk_leaves_what_is_in_force(play: Play, server: EndpointLists, tmp_path: Path, kilobytes: int) -> None:
    publish_more(server)
    with mounted(tmp_path / "small", f"size={kilobytes}k") as small:
        play.directory = small
        done = play("update")
        assert done.status == 2 and "cannot be written: No space left on device" in done.said, done.said
        assert NEW not in names(small) and "aka.ms" in names(small)
        subprocess.run(["mount", "-o", "remount,size=8m", str(small)], check=True)
        done = play("update")
        assert done.status == 0, done.said
        assert NEW in names(small) and not list(small.rglob(".new-*"))


def test_a_read_only_directory_is_told_before_anything_is_asked(
    play: Play, server: EndpointLists, tmp_path: Path
) -> None:
    with mounted(tmp_path / "fixed", "size=1m,ro") as fixed:
        play.directory = fixed
        done = play("update")
        assert done.status == 2 and "cannot be written: Read-only file system" in done.said, done.said
        assert server.asked == []
        predicted = play("update", "--check")
        assert (predicted.status, predicted.changed) == (0, 1), predicted.said


def test_of_two_runs_at_once_one_works_and_the_other_says_so(play: Play, server: EndpointLists) -> None:
    server.faults["version"].append(trickles)
    slow = subprocess.Popen(
        play.command("update", variables={"allowlist_update_timeout": 20}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=play.folder,
        env=play.environment(),
    )
    try:
        end = time.monotonic() + 30
        while not server.asked and time.monotonic() < end:
            time.sleep(0.05)
        assert server.asked
        done = play("update")
        assert done.status == 2 and "Another update of" in done.said and "is under way" in done.said, done.said
        assert len(server.asked) == 1
    finally:
        slow.wait(60)
    assert play("update").status == 0
