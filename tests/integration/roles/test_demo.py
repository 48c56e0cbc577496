# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab import demo
from lab.state import State

SECONDS = 60


def test_the_demo_ends_with_1_and_takes_the_lab_down_where_a_step_does_not_show_what_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(demo.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setitem(demo.SETTINGS, "allowlist_edition", "1999-01-01")
    assert demo.main(["--results", str(tmp_path / "results")]) == 1
    said = capfd.readouterr()
    assert "not seen: exit status 0" in said.err
    assert "1999-01-01" in said.err
    assert "5 of 5 hosts gone" in said.out
    assert not list(tmp_path.glob("allowlist-demo-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_takes_the_lab_down(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "lab.demo", "--results", str(tmp_path / "results")],
        env={**os.environ, "TMPDIR": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        deadline = time.monotonic() + SECONDS
        while not list(tmp_path.glob("allowlist-demo-*/lab/inventory.yml")):  # written when every host is up
            assert time.monotonic() < deadline, "the demo did not bring its lab up"
            time.sleep(0.05)
        (state,) = tmp_path.glob("allowlist-demo-*/lab")
        hosts = State.load(state).hosts
        process.send_signal(number)
        said, _nothing = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, said
    assert hosts
    assert not [name for name, host in hosts.items() if host.alive]
    assert not list(tmp_path.glob("allowlist-demo-*"))
