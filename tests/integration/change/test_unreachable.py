# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from lab import Lab
from lab.process import wait_until
from lab.topologies import campus

from .story import Story


def test_an_appliance_that_cannot_be_reached_fails_its_batch_and_no_other_is_begun(tmp_path: Path) -> None:
    with Lab(campus(2), state=tmp_path / "state") as lab:
        story = Story(lab, tmp_path)
        assert story.play("plan", allowlist_change="CHG-1").status == 0
        os.kill(lab.host("proxy1").holder.pid, signal.SIGKILL)
        assert wait_until(lambda: not lab.host("proxy1").alive, 5)
        done = story.play("apply", allowlist_change="CHG-1")
        assert done.status != 0
        assert "batch 1 of 2: It does not stand" in done.said
        assert "it does not stand, and was not put back on proxy1. No further batch is begun." in done.said
        assert story.stages("CHG-1") == {"proxy1": "not restored", "proxy2": "waiting"}
        assert story.allows(2, "www.microsoft.com") == [False]
        evidence = json.loads((story.changes / "CHG-1" / "evidence.json").read_text())
        assert evidence["outcome"] == "stopped"
        steps = evidence["appliances"]["proxy1"]["history"]
        assert [step["stage"] for step in steps] == ["applying", "failed", "restoring", "not restored"]
        assert steps[1]["message"] and steps[3]["message"]
        told = [item["text"] for item in evidence["failures"] if "proxy1" in item["concerns"]]
        assert set(told) == {steps[1]["message"], steps[3]["message"]}
