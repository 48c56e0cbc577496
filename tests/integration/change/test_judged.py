# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes over three files here, to which the connection is cut, or whose module dies, at a stage of choice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from .story import ANSIBLE_PLAYBOOK, Played

FEEDS: t.Final = ("feed1", "feed2", "feed3")
_RESULT: t.Final = "{{ folder }}/changes/CHG-1/results/{{ inventory_hostname }}.json"
_STAGE: t.Final = "{{ (lookup('ansible.builtin.file', result) | from_json).stage if result is exists else 'planned' }}"


def while_at(stages: str, then: str, otherwise: str) -> str:
    """A value that is `then` while the variable `stages` has the present one, such as ``feed1 is applied``."""
    return f"{{{{ '{then}' if (inventory_hostname ~ ' is ' ~ stage) in {stages} else '{otherwise}' }}}}"


class Feeds:
    """A change over three lists in files, the first of them the canary."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "www").mkdir()
        variables = {
            "folder": str(folder),
            "result": _RESULT,
            "stage": _STAGE,
            "ansible_connection": while_at("cut", "ssh", "local"),
            "ansible_host": "127.0.0.1",
            "ansible_port": 1,  # where nobody listens
            "ansible_python_interpreter": while_at("dying", "/bin/false", sys.executable),
            "cut": [],
            "dying": [],
            "allowlist_platform": "feed",
            "allowlist_feed": {
                "path": "{{ folder }}/www/{{ inventory_hostname }}",
                "backup_dir": "{{ folder }}/backups/{{ inventory_hostname }}",
                "feed_format": "panos_url",
            },
            "allowlist_sources": [],
            "allowlist_endpoints": ["a.example"],
            "allowlist_accept_loss": [{"property": "ports", "reason": "The firewall has its own"}],
            "allowlist_batches": ["1", "2"],
        }
        self.inventory = folder / "inventory.json"
        hosts = {"hosts": dict.fromkeys(FEEDS, None), "vars": variables}
        self.inventory.write_text(json.dumps({"appliances": hosts, "test_hosts": {}}))
        planned = self.play("plan")
        assert planned.status == 0, planned.said

    def play(self, name: str, *arguments: str, **variables: t.Any) -> Played:
        """Run one playbook of the change to its end."""
        given = {"allowlist_change": "CHG-1", **variables}
        command = [str(ANSIBLE_PLAYBOOK), f"managed_desktop.network.{name}", "-i", str(self.inventory), *arguments]
        done = subprocess.run(
            [*command, "-e", json.dumps(given)],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "PWD": str(self.folder)},
            timeout=300,
            check=False,
        )
        return Played(done.returncode, " ".join((done.stdout + done.stderr).split()))

    def stages(self) -> list[str]:
        """Return the stage of each appliance."""
        paths = [self.folder / "changes" / "CHG-1" / "results" / f"{name}.json" for name in FEEDS]
        return [json.loads(path.read_text())["stage"] if path.exists() else "waiting" for path in paths]

    def lists(self) -> list[bool]:
        """Return whether each file is there; before the change none is."""
        return [(self.folder / "www" / name).exists() for name in FEEDS]

    def evidence(self) -> t.Any:
        """Return the evidence of the change."""
        return json.loads((self.folder / "changes" / "CHG-1" / "evidence.json").read_text())

    def failures(self, name: str) -> str:
        """Return all that the evidence has of the failures of an appliance."""
        return " ".join(item["text"] for item in self.evidence()["failures"] if name in item["concerns"])

    def locks(self) -> list[Path]:
        """Return what says that a run is at work."""
        return list((self.folder / "changes").rglob("*lock*/*.json"))


@pytest.fixture()
def feeds(tmp_path: Path) -> Feeds:
    return Feeds(tmp_path)


@pytest.mark.parametrize(
    ("fault", "said"), [("cut", "Connection refused"), ("dying", "odule")], ids=["not reached", "module killed"]
)
def test_a_batch_that_cannot_be_confirmed_is_taken_back_and_no_other_is_begun(
    feeds: Feeds, fault: str, said: str
) -> None:
    done = feeds.play("apply", **{fault: ["feed1 is applied"]})
    assert done.status != 0
    assert "batch 1 of 2: It could not be confirmed, and is taken back." in done.said
    assert "batch 1 of 2: it does not stand, and was taken back. No further batch is begun." in done.said
    assert feeds.stages() == ["restored", "waiting", "waiting"]
    assert feeds.lists() == [False, False, False]
    assert feeds.evidence()["outcome"] == "restored"
    assert said in feeds.failures("feed1")
    assert feeds.locks() == []


def test_a_canary_that_cannot_be_reached_at_all_is_told_as_that_and_not_as_taken_back(feeds: Feeds) -> None:
    done = feeds.play("apply", cut=["feed1 is waiting", "feed1 is failed"])
    assert done.status != 0
    assert "batch 1 of 2: it does not stand, and was not put back on feed1." in done.said
    assert feeds.stages() == ["not restored", "waiting", "waiting"]
    assert feeds.evidence()["outcome"] == "stopped"
    assert "Connection refused" in feeds.failures("feed1")
    assert "taken back" not in feeds.failures("feed1")


def test_one_failure_that_is_allowed_for_stops_neither_this_run_nor_the_job_of_a_later_ring(feeds: Feeds) -> None:
    canary = feeds.play("apply", "--limit", "feed1", allowlist_max_failed=1, cut=["feed1 is waiting"])
    assert canary.status == 0, canary.said
    assert feeds.stages()[0] == "left out"
    rest = feeds.play("apply", "--limit", "feed2,feed3", allowlist_max_failed=1, cut=["feed3 is applied"])
    assert rest.status == 0, rest.said
    assert feeds.stages() == ["left out", "confirmed", "left out"]
    assert feeds.lists() == [False, True, False]
    assert feeds.evidence()["outcome"] == "applied in part"


def test_a_restore_fails_for_what_it_could_not_put_back_and_names_what_it_does_not_have(feeds: Feeds) -> None:
    applied = feeds.play("apply")
    assert applied.status == 0, applied.said
    cut = feeds.play("restore", "--limit", "feed1,feed2", cut=["feed1 is confirmed"])
    assert cut.status != 0
    assert "feed1: it was not put back, and is told as not restored." in cut.said
    assert "leaves as it is: feed3" in cut.said
    assert feeds.stages() == ["not restored", "restored", "confirmed"]
    assert feeds.lists() == [True, False, True]
    again = feeds.play("restore")
    assert again.status == 0, again.said
    assert feeds.stages() == ["restored"] * 3
    assert feeds.lists() == [False, False, False]
