# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as tasks of a real play, and the role on a mixed inventory of a firewall and a Panorama."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from tests.integration.simulators.panos.panos_target import PASSWORD, PanoramaTarget, PanosTarget

ROOT: t.Final = Path(__file__).parents[4]
PLAY: t.Final = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    managed_desktop.network.panos_allowlist_info: &device
      host: "{{ host }}"
      port: "{{ port }}"
      ca_path: "{{ ca }}"
      backup_dir: "{{ directory }}/backups"
      username: automation
    managed_desktop.network.panos_allowlist:
      <<: *device
      accept_loss: [{property: star_in_paths, reason: nothing is decrypted}]
  environment: {PANOS_PASSWORD: nobody-reads-this}
  tasks:
    - managed_desktop.network.panos_allowlist: {endpoints: [a.example.com, '*.b.example.com']}
      check_mode: true
      diff: true
      register: foreseen
    - managed_desktop.network.panos_allowlist: {endpoints: [a.example.com, '*.b.example.com']}
      register: first
    - managed_desktop.network.panos_allowlist: {endpoints: [a.example.com, '*.b.example.com']}
      register: second
    - managed_desktop.network.panos_allowlist_info: {include_entries: true}
      register: info
    - managed_desktop.network.panos_allowlist: {endpoints: [a.example.com], password: wr0ng}
      register: wrong
      ignore_errors: true
    - managed_desktop.network.panos_allowlist: {endpoints: ['c*.example.com'], confirm_within: 5}
      register: unknown
      ignore_errors: true
    - managed_desktop.network.panos_allowlist: {endpoints: ['*.b.example.com'], accept_loss: []}
      register: stopped
      ignore_errors: true
    - managed_desktop.network.panos_allowlist: {state: absent}
      register: gone
    - ansible.builtin.copy:
        content: "{{ dict(told | zip(told | map('extract', vars))) | to_json }}"
        dest: "{{ directory }}/vars.json"
      vars:
        told: [foreseen, first, second, info, wrong, unknown, stopped, gone]
"""


def played(directory: Path, playbook: str, inventory: t.Any, *more: str, password: str = PASSWORD) -> str:
    """Run a playbook and return what it prints; it may not fail."""
    inventory_file = directory / "inventory.json"
    inventory_file.write_text(json.dumps(inventory), encoding="utf-8")
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", str(inventory_file), playbook, *more]
    environment = {**os.environ, "ANSIBLE_HOME": str(directory / "home"), "PANOS_PASSWORD": password}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert password not in done.stdout + done.stderr
    assert "LUFRPT" not in done.stdout + done.stderr
    return done.stdout


def test_each_module_does_as_a_task_what_it_says(firewall: PanosTarget, tmp_path: Path) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text(PLAY, encoding="utf-8")
    given = {
        "host": firewall.simulator.address,
        "port": firewall.simulator.port,
        "ca": str(firewall.simulator.ca_path),
        "directory": str(tmp_path),
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
    }
    played(tmp_path, str(playbook), {"all": {"hosts": {"localhost": given}}})
    found = json.loads((tmp_path / "vars.json").read_text(encoding="utf-8"))
    assert found["foreseen"]["changed"] is found["first"]["changed"] is found["gone"]["changed"] is True
    assert found["foreseen"]["after"] == found["first"]["after"] == found["info"]["stored"]
    assert found["second"]["changed"] is False
    assert found["info"]["entries"] == {"(no service)": ["*.b.example.com", "a.example.com"]}
    assert found["first"]["losses"][0]["property"] == "ports"
    assert "does not let automation in" in found["wrong"]["msg"] and "wr0ng" not in str(found["wrong"])
    assert "{property: star_in_paths, reason: ''}" in found["stopped"]["msg"]
    assert "confirm_within" in found["unknown"]["msg"]
    assert firewall.running() == frozenset()


def test_the_role_sets_a_firewall_and_a_device_group(
    firewall: PanosTarget, panorama: PanoramaTarget, tmp_path: Path
) -> None:
    def host(target: PanosTarget, **more: t.Any) -> t.Any:
        options = {
            "host": target.simulator.address,
            "port": target.simulator.port,
            "ca_path": str(target.simulator.ca_path),
            "backup_dir": str(tmp_path / "backups"),
            "username": "automation",
            "password": "{{ vault_password }}",
            **more,
        }
        return {"allowlist_platform": "panos", "allowlist_panos": options}

    hosts = {
        "fw1": host(firewall, access_rules="managed", from_zones=["clients"]),
        "branches": host(panorama, device_group="branch"),
    }
    shared = {
        "allowlist_sources": [],
        "allowlist_endpoints": [{"host": "a.example.com", "treatments": ["bypass_inspection"]}, "b.example.com"],
        "allowlist_clients": ["192.0.2.0/24"],
        "vault_password": PASSWORD,
    }
    inventory = {"appliances": {"hosts": hosts, "vars": shared}}
    playbook = str(ROOT / "playbooks" / "apply.yml")
    played(tmp_path, playbook, inventory)
    assert firewall.running() == panorama.running() == {"a.example.com/", "b.example.com/"}
    rules = firewall.simulator.config.running.findall(".//decryption/rules/entry")
    assert [(one.findtext("category/member"), one.findtext("action")) for one in rules] == [
        ("managed_desktop-no-decrypt", "no-decrypt")
    ]
    told = played(tmp_path, playbook, inventory, "--check", "--diff")
    recap = [line for line in told.splitlines() if line.startswith(("fw1 ", "branches "))]
    assert len(recap) == 2 and all("changed=0 " in line for line in recap)
    assert firewall.simulator.keys_in_urls + panorama.simulator.keys_in_urls == 0
