# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed runs, full and read-only disks, two runs at once: real processes and real file systems."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept

from lab.servers.endpoint_lists import Cloud, EndpointLists, trickles

from .conftest import Play, real_sets

ONE_UPDATE = """
import os, signal, sys, time
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update import options, run, store

left = int(sys.argv[4])
for name in ("rename", "fsync", "write", "open", "fchmod"):
    def dying(*given, real=getattr(os, name), **named):
        global left
        if str(sys.argv[3]) in str(given[0]) or isinstance(given[0], int):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    setattr(os, name, dying)
given = {name: spec.get("default") for name, spec in options.UPDATE_OPTIONS.items()}
given.update(base_url=sys.argv[1], ca_path=sys.argv[2], catalogue_dir=sys.argv[3])
done = run.update(
    store.Store(sys.argv[3], writing=True), options.read_client(given), options.read_wish(given), time.time()
)
print(done.changed)
"""
NEW = "new.example.com"


def update(server: EndpointLists, directory: Path, dies_at: int = 0) -> subprocess.CompletedProcess[str]:
    """Run one update in a process that is killed at the given step of its work on files; 0 for never."""
    given = [server.url, str(server.ca_path), str(directory), str(dies_at)]
    return subprocess.run(
        [sys.executable, "-c", ONE_UPDATE, *given], capture_output=True, text=True, timeout=60, check=False
    )


def names(directory: Path) -> set[str]:
    return {entry.name for entry in kept.load("microsoft365", "latest", None, str(directory)).entries}


def publish_more(server: EndpointLists) -> None:
    sets = real_sets()
    sets[0]["urls"].append(NEW)
    server.clouds["Worldwide"] = Cloud("2025120200", sets)


def test_a_run_that_is_killed_at_any_step_leaves_the_old_or_the_new_list(server: EndpointLists, tmp_path: Path) -> None:
    publish_more(server)
    outcomes, step = [], 0
    while True:
        step += 1
        directory = tmp_path / f"kept-{step}"
        done = update(server, directory, step)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        outcomes.append(NEW in names(directory))
        if step % 4 == 0:
            again = update(server, directory)
            assert again.returncode == 0, again.stderr
            assert NEW in names(directory) and not list(directory.rglob(".new-*"))
    assert step > 15
    assert outcomes == sorted(outcomes)  # once it is in force it stays


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
