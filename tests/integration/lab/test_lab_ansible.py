# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible sees each namespace as a host of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import Lab
from lab.requirements import target_python


def ansible(lab: Lab, tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        **lab.ansible_environment(),
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        **variables,
    }
    command = [sys.executable, "-m", "ansible", "adhoc", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def results(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, t.Any]]:
    """The result of the one task, by host."""
    found = {}
    for line in re.finditer(r"^(\S+) \| [A-Z]+!? => (?={)", done.stdout, re.MULTILINE):
        found[line[1]] = json.JSONDecoder().raw_decode(done.stdout, line.end())[0]
    assert found, done.stdout + done.stderr
    return found


def test_the_inventory_says_what_the_roles_want_to_know(lab: Lab) -> None:
    inventory = yaml.safe_load(lab.inventory())
    groups = inventory["all"]["children"]
    assert groups["appliances"]["hosts"] == {"proxy": {"allowlist_platform": "squid"}}
    desk = {"allowlist_via": "http://10.77.0.3:3128", "allowlist_behind": ["proxy"]}
    assert groups["test_hosts"]["hosts"] == {"desk1": desk, "desk2": desk}
    assert lab.inventory_file.read_text() == lab.inventory()


def test_every_host_answers_a_ping(lab: Lab, tmp_path: Path) -> None:
    pinged = results(ansible(lab, tmp_path, "all", "-m", "ansible.builtin.ping"))
    names = ("origin", "resolver", "proxy", "desk1", "desk2")
    assert {name: result.get("ping") for name, result in pinged.items()} == dict.fromkeys(names, "pong")


def test_each_host_is_itself_and_runs_modules_on_the_systems_python(lab: Lab, tmp_path: Path) -> None:
    facts = results(ansible(lab, tmp_path, "all", "-m", "ansible.builtin.setup", "-a", "gather_subset=!all,min"))
    names = {"origin", "resolver", "proxy", "desk1", "desk2"}
    assert {result["ansible_facts"]["ansible_hostname"] for result in facts.values()} == names
    pythons = {result["ansible_facts"]["ansible_python"]["executable"] for result in facts.values()}
    assert pythons == {target_python()}
    assert not target_python().startswith(sys.prefix)


@pytest.mark.parametrize("pipelining", ["true", "false"])
def test_a_file_goes_in_and_comes_out_unchanged(lab: Lab, tmp_path: Path, pipelining: str) -> None:
    content = bytes(range(256)) * 4096
    destination = f"/etc/copied 'with pipelining {pipelining}'.bin"
    source = tmp_path / "in 'quoted'.bin"
    source.write_bytes(content)
    options = ["-e", json.dumps({"ansible_pipelining": pipelining == "true"})]
    copy = json.dumps({"src": str(source), "dest": destination})
    copied = results(ansible(lab, tmp_path, "desk1", *options, "-m", "ansible.builtin.copy", "-a", copy))
    assert copied["desk1"]["changed"] is True
    fetch = json.dumps({"src": destination, "dest": str(tmp_path / "out.bin"), "flat": True})
    results(ansible(lab, tmp_path, "desk1", *options, "-m", "ansible.builtin.fetch", "-a", fetch))
    assert hashlib.sha256((tmp_path / "out.bin").read_bytes()).digest() == hashlib.sha256(content).digest()
    assert not Path(destination).exists()


def test_a_play_that_wants_to_become_root_needs_no_sudo(lab: Lab, tmp_path: Path) -> None:
    wanted = ["ansible.builtin.setup", "-a", "gather_subset=!all,min filter=ansible_effective_user_id"]
    hosts = results(ansible(lab, tmp_path, "desk2", "--become", "--become-method", "no_such", "-m", *wanted))
    assert hosts["desk2"]["ansible_facts"]["ansible_effective_user_id"] == 0


def test_a_host_that_is_not_in_the_lab_is_unreachable_and_named(lab: Lab, tmp_path: Path) -> None:
    done = ansible(
        lab,
        tmp_path,
        "all",
        "-i",
        "desk9,",
        "-m",
        "ansible.builtin.ping",
        "-l",
        "desk9",
        "-c",
        "lab_host",
        LAB_STATE=str(lab.state),
    )
    message = results(done)["desk9"]
    assert message["unreachable"] is True
    assert "no host desk9 of a lab in" in str(message["msg"])
