# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each namespace is a host of its own: files, processes, environment, and the ways in."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from lab import Lab, LabError
from lab.process import wait_until


def processes(lab: Lab, host: str) -> list[str]:
    """Command line, state and parent of a host's processes."""
    script = """
for p in /proc/[0-9]*; do
  echo $(tr "\\0" " " < $p/cmdline) $(sed -n "s/^State:.*(\\(.*\\))/\\1/p; s/^PPid:/child of/p" $p/status)
done 2>/dev/null"""
    return lab.run(host, ["sh", "-c", script]).stdout.splitlines()


@pytest.mark.parametrize("directory", ["/etc", "/var", "/run", "/tmp", "/root", "/dev/shm"])
def test_what_a_host_writes_no_other_host_sees_nor_the_machine(lab: Lab, directory: str) -> None:
    file = f"{directory}/written-by-desk1"
    lab.run("desk1", ["sh", "-c", f"echo mine > {file}"])
    assert lab.run("desk1", ["cat", file]).stdout == "mine\n"
    assert lab.run("desk2", ["test", "-e", file], check=False).returncode == 1
    assert not Path(file).exists()


def test_the_controller_can_open_the_files_of_a_host(lab: Lab) -> None:
    lab.host("desk1").path("/etc/lab-test").write_text("from outside\n")
    assert lab.run("desk1", ["cat", "/etc/lab-test"]).stdout == "from outside\n"


def test_nothing_of_the_controllers_environment_leaks_in(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "leaked")
    assert "leaked" not in lab.run("desk1", ["env"], env={"GIVEN": "yes"}).stdout
    assert "GIVEN=yes" in lab.run("desk1", ["env"], env={"GIVEN": "yes"}).stdout


def test_a_failing_command_says_where_and_what_it_said(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"on desk2: sh -c .*return code 3\nout\nerr"):
        lab.run("desk2", ["sh", "-c", "echo out; echo err >&2; exit 3"])


def test_an_unknown_host_is_named_with_the_known_ones(lab: Lab) -> None:
    with pytest.raises(LabError, match="no host 'desk9'; it has origin, resolver, proxy, desk1, desk2"):
        lab.run("desk9", ["true"])


def test_killing_what_was_started_ends_it_inside_the_host_too(lab: Lab) -> None:
    started = lab.popen("desk1", ["sleep", "98765"])
    assert wait_until(lambda: any("sleep 98765" in line for line in processes(lab, "desk1")), 5)
    started.kill()
    started.wait()
    assert wait_until(lambda: not any("sleep 98765" in line for line in processes(lab, "desk1")), 5)


def test_a_command_that_takes_too_long_is_ended(lab: Lab) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        lab.run("desk1", ["sleep", "98764"], timeout=0.3)
    assert wait_until(lambda: not any("sleep 98764" in line for line in processes(lab, "desk1")), 5)


def test_orphans_are_reaped(lab: Lab) -> None:
    lab.run("desk1", ["sh", "-c", "(sleep 0.05 &); (true &)"])
    time.sleep(0.2)
    assert "sleep infinity sleeping child of 0" in processes(lab, "desk1")
    assert "zombie child of 1" not in processes(lab, "desk1")


def test_a_signal_reaches_the_program_and_not_only_the_way_in(lab: Lab) -> None:
    script = 'trap "echo told; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    with lab.popen("desk1", ["sh", "-c", script], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout.readline() == "ready\n"
        started.terminate()
        assert started.stdout.read() == "told\n"
    assert started.returncode == 5


def test_a_killed_way_in_takes_the_program_along(lab: Lab) -> None:
    with subprocess.Popen([*lab.host("desk1").enter(), "sleep", "98763"]) as entered:
        assert wait_until(lambda: any("sleep 98763" in line for line in processes(lab, "desk1")), 5)
        entered.kill()
    assert wait_until(lambda: not any("sleep 98763" in line for line in processes(lab, "desk1")), 5)
