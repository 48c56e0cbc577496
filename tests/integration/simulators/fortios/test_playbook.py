# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules fortios_allowlist and fortios_allowlist_info as tasks of a real play, and as a platform of the role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t

import pytest

from lab.simulators.fortios import FortiGate
from tests.integration.simulators.fortios.target import TOKEN

PLAY = """
- hosts: fw
  gather_facts: false
  module_defaults:
    group/managed_desktop.network.allowlist: &place
      host: "{{ address }}"
      port: "{{ device_port }}"
      ca_path: "{{ ca }}"
      backup_dir: "{{ b }}"
    managed_desktop.network.fortios_allowlist_info: {<<: *place, include_entries: true}
  tasks:
    - managed_desktop.network.fortios_allowlist: &filter
        method: url_filter
        table_id: 7
        endpoints: ["a.example", {host: "pin.example", treatments: [bypass_inspection]}]
        accept_loss: [{property: bypass_inspection, reason: a feed exempts it}]
      register: made
    - managed_desktop.network.fortios_allowlist: *filter
      register: again
    - managed_desktop.network.fortios_allowlist_info: {method: url_filter, table_id: 7}
      register: info
    - managed_desktop.network.fortios_allowlist:
        {method: push_feed, feed_type: category, category: 205, name: inspected, endpoints: ["pin.example"]}
      register: feed
    - managed_desktop.network.fortios_allowlist: {method: url_filter, table_id: 7, endpoints: ["*.net"]}
      register: refused
      ignore_errors: true
    - managed_desktop.network.fortios_allowlist: {method: url_filter, table_id: 7, endpoints: [x.example], tabel: 7}
      register: misspelt
      ignore_errors: true
    - ansible.builtin.include_role: {name: managed_desktop.network.allowlist_apply}
    - ansible.builtin.copy:
        content: "{{ dict(told | zip(told | map('extract', vars))) | to_json }}"
        dest: "{{ b }}/vars.json"
      delegate_to: localhost
      vars:
        told: [made, again, info, feed, refused, misspelt]
"""


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[FortiGate]:
    with FortiGate(tmp_path_factory.mktemp("device")) as simulated:
        yield simulated


@pytest.fixture(scope="module")
def found(device: FortiGate, tmp_path_factory: pytest.TempPathFactory) -> t.Any:
    """What the tasks returned, and all that was shown of them at the highest verbosity."""
    folder = tmp_path_factory.mktemp("play")
    (folder / "play.yml").write_text(PLAY, encoding="utf-8")
    (folder / "inventory").write_text("fw\n", encoding="utf-8")
    given: dict[str, t.Any] = {
        "address": device.address,
        "device_port": device.port,
        "ca": str(device.ca_path),
        "b": str(folder),
        "ansible_python_interpreter": sys.executable,
        "allowlist_platform": "fortios",
        "allowlist_sources": [],
        "allowlist_endpoints": ["role.example"],
        "allowlist_fortios": {
            "host": device.address,
            "port": device.port,
            "ca_path": str(device.ca_path),
            "backup_dir": str(folder),
            "access_token": TOKEN,
            "method": "url_filter",
            "table_id": 9,
        },
    }
    (folder / "group_vars").mkdir()
    (folder / "group_vars" / "all.json").write_text(json.dumps(given), encoding="utf-8")
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", str(folder / "inventory"), str(folder / "play.yml")]
    environment = {**os.environ, "ANSIBLE_HOME": str(folder / "home"), "FORTIOS_ACCESS_TOKEN": TOKEN}
    done = subprocess.run(
        [*command, "-vvvv", "--diff"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "vars.json").read_text(encoding="utf-8")) | {"shown": done.stdout + done.stderr}


def test_each_module_does_as_a_task_what_it_says(found: t.Any, device: FortiGate) -> None:
    assert (found["made"]["changed"], found["made"]["entries"]) == (True, 2)
    assert (found["again"]["changed"], found["again"]["backup"]) == (False, None)
    assert "No web filter profile" in found["made"]["warnings"][0]
    assert found["info"]["stored"]["digest"] == found["made"]["after"]["digest"]
    assert found["info"]["entries"] == {"(no service)": ["a.example", "pin.example"]}
    assert found["feed"]["running"]["state"] == "unknown"
    assert device.vdoms["root"].feeds == {"inspected": ["pin.example"]}
    assert "accept_loss" in found["refused"]["msg"]
    assert "Unsupported parameters" in found["misspelt"]["msg"] or "tabel" in found["misspelt"]["msg"]


def test_the_role_sets_the_list(found: t.Any, device: FortiGate) -> None:
    (entry,) = device.vdoms["root"].tables["webfilter/urlfilter"]["9"]["entries"]
    assert r"role\.example" in entry["url"]


def test_the_token_is_shown_nowhere(found: t.Any) -> None:
    shown = found["shown"].splitlines()
    assert [line for line in shown if TOKEN in line] == []
    assert TOKEN not in json.dumps(found)
