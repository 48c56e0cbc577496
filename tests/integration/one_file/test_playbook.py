# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules pac_file, pac_file_info, feed_file and feed_file_info as tasks of a real play."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

PLAY = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/managed_desktop.network.allowlist: {endpoints: "{{ names }}"}
  tasks:
    - managed_desktop.network.pac_file: {path: "{{ www }}/proxy.pac", backup_dir: "{{ b }}", proxies: ["p.example:1"]}
      register: pac
    - managed_desktop.network.pac_file_info: {path: "{{ www }}/proxy.pac", backup_dir: "{{ b }}", include_entries: true}
      register: pac_info
    - managed_desktop.network.feed_file:
        path: "{{ www }}/feed"
        backup_dir: "{{ b }}"
        feed_format: panos_url
        accept_loss: [{property: star_in_paths, reason: nothing is decrypted}]
      register: feed
    - managed_desktop.network.feed_file_info: {path: "{{ www }}/feed", backup_dir: "{{ b }}", include_entries: true}
      register: feed_info
    - managed_desktop.network.pac_file:
        path: "{{ www }}/proxy.pac"
        backup_dir: "{{ b }}"
        proxies: ["p.example:3128"]
        endpoints: [other.example]
        confirm_within: 2
      register: guarded
    - managed_desktop.network.pac_file_info: {path: "{{ www }}/proxy.pac", backup_dir: "{{ b }}"}
      register: taken_back
      until: taken_back.guard.state == 'fired'
      retries: 40
      delay: 0.3
    - ansible.builtin.copy:
        content: "{{ dict(told | zip(told | map('extract', vars))) | to_json }}"
        dest: "{{ www }}/vars.json"
      vars:
        told: [pac, pac_info, feed, feed_info, guarded, taken_back]
"""


@pytest.fixture()
def found(tmp_path: Path) -> t.Any:
    """What the tasks returned."""
    playbook = tmp_path / "play.yml"
    playbook.write_text(PLAY, encoding="utf-8")
    given: dict[str, t.Any] = {"names": ["a.example", "*.b.example"], "www": str(tmp_path), "b": str(tmp_path / "b")}
    given["ansible_python_interpreter"] = sys.executable
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", "localhost,", "-c", "local", str(playbook)]
    environment = {**os.environ, "ANSIBLE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [*command, "-e", json.dumps(given)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((tmp_path / "vars.json").read_text(encoding="utf-8"))


def test_each_module_does_as_a_task_what_it_says(found: t.Any) -> None:
    assert found["pac"]["changed"] is True
    assert found["pac"]["entries"] == found["pac_info"]["stored"]["entries"] == 2
    assert found["pac_info"]["stored"]["digest"] == found["pac"]["after"]["digest"]
    assert found["feed_info"]["entries"] == {"(no service)": ["*.b.example", "a.example"]}
    assert {loss["property"] for loss in found["feed"]["losses"]} == {"ports", "star_in_paths"}
    # The guard outlives the task that armed it, and the directory of code that the task ran from.
    assert found["guarded"]["confirm_until"]
    assert found["taken_back"]["stored"]["digest"] == found["pac"]["after"]["digest"]
