# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab leaves the machine as it was, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from lab import HostSpec, Lab, LabError, Topology, office
from lab.host import REPOSITORY
from lab.process import wait_until
from lab.services import Squid

SMALL = Topology(
    {"lan": "192.0.2.0/24"},
    (
        HostSpec("origin", {"lan": "192.0.2.1"}, routes={"198.18.0.0/15": "local"}, service="origin"),
        HostSpec("resolver", {"lan": "192.0.2.2"}, service="resolver", options={"upstream": "192.0.2.1"}),
        HostSpec("desk", {"lan": "192.0.2.3"}, routes={"198.18.0.0/15": "192.0.2.1"}),
    ),
    resolver="resolver",
)


def command_line(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lab", "--state", str(state), *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)


def left_of(state: Path) -> list[str]:
    """Processes that have the lab's directory in their arguments or their mounts (each overlay names it)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        try:
            text = (process / "cmdline").read_text(errors="replace") + (process / "mountinfo").read_text()
        except (OSError, ValueError):
            continue  # it has ended while we looked
        if str(state) in text:
            found.append(f"{process.name}: {text[:80]!r}")
    return found


def test_up_and_down_leave_the_machines_interfaces_and_mounts_as_they_were(tmp_path: Path) -> None:
    # In namespaces that stand for the machine's own, so that nothing else on this machine disturbs the comparison.
    script = """
import json, subprocess, sys
from pathlib import Path
from lab import Lab

def machine():
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    named = sorted(map(str, Path("/run/netns").glob("*")))
    return [links, Path("/proc/self/mountinfo").read_text(), Path("/proc/net/route").read_text(), named]

seen = [machine()]
lab = Lab(state=Path(sys.argv[1])).up()
seen.append(machine())
lab.down()
seen.append(machine())
print(json.dumps(seen))
"""
    state = tmp_path / "state"
    done = subprocess.run(
        ["unshare", "--net", "--mount", "--", sys.executable, "-c", script, str(state)],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    before, during, after = json.loads(done.stdout)
    assert before == during == after
    assert not state.exists()
    assert left_of(state) == []


def test_the_command_line_goes_all_the_way(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert "5 hosts up" in command_line(state, "up").stdout
    assert command_line(state, "exec", "desk2", "hostname").stdout == "desk2\n"
    assert command_line(state, "exec", "desk2", "sh", "-c", "exit 7").returncode == 7
    assert command_line(state, "status").returncode == 0
    assert "allowlist_platform" in command_line(state, "inventory").stdout
    assert "there is a lab in" in command_line(state, "up").stderr
    assert command_line(state, "down").returncode == 0
    assert command_line(state, "down").returncode == 0
    assert "there is no lab in" in command_line(state, "status").stderr
    assert left_of(state) == []


def test_the_command_line_builds_a_lab_from_a_description(tmp_path: Path) -> None:
    description = tmp_path / "small.json"
    description.write_text(json.dumps(SMALL.to_dict()))
    state = tmp_path / "state"
    try:
        assert command_line(state, "up", "--topology", str(description)).returncode == 0
        assert command_line(state, "exec", "desk", "getent", "hosts", "desk.lab.test").stdout.startswith("192.0.2.3")
    finally:
        command_line(state, "down")
    description.write_text("{")
    assert "small.json" in command_line(state, "up", "--topology", str(description)).stderr


def test_two_labs_stand_side_by_side_and_do_not_meet(lab: Lab, proxy: Squid, tmp_path: Path) -> None:
    # The proxy is asked for as freshly started: tests before this one may have left it stopped.
    look = ["getent", "ahostsv4", "side.example.com"]
    with Lab(state=tmp_path / "state") as other:
        other.zone.answer("side.example.com", "198.18.0.77")
        assert other.run("desk1", look).stdout.startswith("198.18.0.77 ")
        assert not lab.run("desk1", look).stdout.startswith("198.18.0.77 ")
        assert other.squid().running
    assert proxy.running
    assert lab.run("desk1", ["hostname"]).stdout == "desk1\n"


def test_a_killed_host_is_seen_and_cleaned_up(tmp_path: Path) -> None:
    state = tmp_path / "state"
    lab = Lab(SMALL, state).up()
    assert lab.host("desk").keeper is not None
    os.kill(lab.host("desk").holder.pid, signal.SIGKILL)
    os.kill(lab.host("resolver").keeper.pid, signal.SIGKILL)  # type: ignore[union-attr]
    assert wait_until(lambda: not lab.host("desk").alive and not lab.host("resolver").alive, 5)
    told = command_line(state, "status")
    assert told.returncode == 1
    assert [line.split()[0] for line in told.stdout.splitlines() if "GONE" in line] == ["resolver", "desk"]
    lab.down()
    assert left_of(state) == []
    assert not state.exists()


@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.3, 0.45, 0.6])
def test_a_killed_up_is_cleaned_up_by_down(tmp_path: Path, seconds: float) -> None:
    state = tmp_path / "state"
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "--state", str(state), "up"], cwd=REPOSITORY, stdout=subprocess.DEVNULL
    ) as up:
        time.sleep(seconds)
        up.kill()
    down = command_line(state, "down")
    assert down.returncode == 0, down.stderr
    assert wait_until(lambda: left_of(state) == [], 5), left_of(state)
    assert not state.exists()


def test_an_up_that_fails_takes_down_what_it_had_made(tmp_path: Path) -> None:
    state = tmp_path / "state"
    spec = HostSpec("origin", {"lan": "192.0.2.1"}, routes={"198.51.100.0/24": "203.0.113.1"}, service="origin")
    with pytest.raises(LabError, match="the network of origin could not be set up"):
        Lab(Topology(SMALL.networks, (spec,), "origin"), state).up()
    assert not state.exists()
    assert left_of(state) == []


def test_a_pid_that_belongs_to_someone_else_by_now_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    lab = Lab(SMALL, state).up()
    for host in lab.hosts.values():
        host.end()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        file = state / "lab.json"
        content: dict[str, t.Any] = json.loads(file.read_text())
        content["hosts"]["desk"]["holder"]["pid"] = stranger.pid
        file.write_text(json.dumps(content))
        assert command_line(state, "down").returncode == 0
        assert stranger.poll() is None
        stranger.kill()
    assert left_of(state) == []


def test_without_overlays_hosts_still_have_their_own_files(tmp_path: Path) -> None:
    with Lab(state=tmp_path / "state", root="copies") as lab:
        assert lab.host("desk1").root_kind.startswith("copies")
        for directory in ("/etc", "/var/log", "/run", "/tmp"):
            lab.run("desk1", ["touch", f"{directory}/only-here"])
            assert lab.run("desk2", ["test", "-e", f"{directory}/only-here"], check=False).returncode == 1
            assert not Path(directory, "only-here").exists()
        lab.squid().reset()
        assert lab.squid().running


def test_dozens_of_hosts_come_up(tmp_path: Path) -> None:
    with Lab(office(desks=30), tmp_path / "state") as lab:
        names = [lab.run(f"desk{number}", ["hostname"]).stdout.strip() for number in (1, 15, 30)]
        assert names == ["desk1", "desk15", "desk30"]
        assert lab.run("desk30", ["getent", "hosts", "desk1.lab.test"]).stdout.startswith("10.77.0.101")
