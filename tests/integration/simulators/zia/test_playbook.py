# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as tasks of a real play, and the role on an inventory of two tenants."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from lab.simulators.zia import CLIENT, KEY, PASSWORD, SECRET, USER, VANITY
from tests.integration.simulators.zia.target import APART, OneApiTarget, ZiaTarget

ROOT: t.Final = Path(__file__).parents[4]
ACCEPTED: t.Final = [{"property": "depth", "reason": "no name is that deep"}]
PLAY: t.Final = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    managed_desktop.network.zia_allowlist: &tenant
      host: "{{ host }}"
      port: "{{ port }}"
      ca_path: "{{ ca }}"
      backup_dir: "{{ directory }}/backups"
    managed_desktop.network.zia_allowlist_info: *tenant
  vars:
    list: [a.example.com, '*.b.example.com']
  tasks:
    - managed_desktop.network.zia_allowlist: {endpoints: "{{ list }}"}
      register: deep
      ignore_errors: true
    - managed_desktop.network.zia_allowlist: {endpoints: "{{ list }}", accept_loss: "{{ accepted }}"}
      check_mode: true
      diff: true
      register: foreseen
    - managed_desktop.network.zia_allowlist: {endpoints: "{{ list }}", accept_loss: "{{ accepted }}"}
      register: first
    - managed_desktop.network.zia_allowlist: {endpoints: "{{ list }}", accept_loss: "{{ accepted }}", max_urls: "5"}
      register: second
    - managed_desktop.network.zia_allowlist_info: {include_entries: true}
      register: info
    - managed_desktop.network.zia_allowlist: {endpoints: [a.example.com], password: "{{ wrong_one }}"}
      register: wrong
      ignore_errors: true
    - managed_desktop.network.zia_allowlist: {endpoints: [a.example.com], categry: x}
      register: unknown
      ignore_errors: true
    - managed_desktop.network.zia_allowlist: {state: absent}
      register: gone
    - ansible.builtin.copy:
        content: "{{ dict(told | zip(told | map('extract', vars))) | to_json }}"
        dest: "{{ directory }}/vars.json"
      vars:
        told: [deep, foreseen, first, second, info, wrong, unknown, gone]
"""


def played(directory: Path, playbook: str, inventory: t.Any, *more: str, **environment: str) -> str:
    """Run a playbook and return what it prints; it may not fail, and has no secret in it."""
    inventory_file = directory / "inventory.json"
    inventory_file.write_text(json.dumps(inventory), encoding="utf-8")
    command = [sys.executable, "-m", "ansible.cli.playbook", "-vvv", "-i", str(inventory_file), playbook, *more]
    env = {**os.environ, "ANSIBLE_HOME": str(directory / "home"), **environment}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in (PASSWORD, KEY, SECRET, "wr0ng"))
    return done.stdout


def test_each_module_does_as_a_task_what_it_says(zia: ZiaTarget, tmp_path: Path) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text(PLAY, encoding="utf-8")
    given = {
        "host": zia.simulator.address,
        "port": zia.simulator.port,
        "ca": str(zia.simulator.ca_path),
        "directory": str(tmp_path),
        "accepted": ACCEPTED,
        "wrong_one": "wr0ng-and-long",
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
    }
    login = {"ZIA_USERNAME": USER, "ZIA_PASSWORD": PASSWORD, "ZIA_API_KEY": KEY}
    played(tmp_path, str(playbook), {"all": {"hosts": {"localhost": given}}}, **login)
    found = json.loads((tmp_path / "vars.json").read_text(encoding="utf-8"))
    assert "{property: depth, reason: ''}" in found["deep"]["msg"]
    assert found["foreseen"]["changed"] is found["first"]["changed"] is found["gone"]["changed"] is True
    assert found["foreseen"]["after"] == found["first"]["after"] == found["info"]["stored"]
    assert found["second"]["changed"] is False
    assert found["info"]["entries"] == {"(no service)": ["*.b.example.com", "a.example.com"]}
    assert {loss.get("property") or loss["host"] for loss in found["first"]["losses"]} == {
        "*.b.example.com",
        "depth",
        "ports",
    }
    assert f"does not let {USER} in" in found["wrong"]["msg"]
    assert "categry" in found["unknown"]["msg"]
    assert zia.running() == frozenset() and not zia.simulator.logins.sessions


def test_the_role_sets_two_tenants_by_both_ways_in(zia: ZiaTarget, tmp_path: Path) -> None:
    other = OneApiTarget(tmp_path)
    other.fresh()

    def host(target: ZiaTarget, **more: t.Any) -> t.Any:
        options = {
            "host": target.simulator.address,
            "port": target.simulator.port,
            "ca_path": str(target.simulator.ca_path),
            "backup_dir": str(tmp_path / "backups"),
            **more,
        }
        return {"allowlist_platform": "zia", "allowlist_zia": options}

    hosts = {
        "legacy": host(zia, username=USER, password="{{ vault_password }}", api_key="{{ vault_key }}"),
        "oneapi": host(
            other,
            client_id=CLIENT,
            client_secret="{{ vault_secret }}",
            vanity_domain=VANITY,
            login_host=f"{other.simulator.address}:{other.simulator.port}",
            inspection_category=APART,
        ),
    }
    shared = {
        "allowlist_sources": [],
        "allowlist_endpoints": [{"host": "a.example.com", "treatments": ["bypass_inspection"]}, "b.example.com"],
        "allowlist_accept_loss": [{"property": "bypass_inspection", "reason": "nothing is inspected there"}],
        "vault_password": PASSWORD,
        "vault_key": KEY,
        "vault_secret": SECRET,
    }
    inventory = {"appliances": {"hosts": hosts, "vars": shared}}
    playbook = str(ROOT / "playbooks" / "apply.yml")
    played(tmp_path, playbook, inventory)
    assert zia.running() == {"allow a.example.com", "allow b.example.com"}
    assert other.running() == {"bypass_inspection a.example.com", "allow b.example.com"}
    told = played(tmp_path, playbook, inventory, "--check", "--diff")
    recap = [line for line in told.splitlines() if line.startswith(("legacy ", "oneapi ")) and "changed=" in line]
    assert len(recap) == 2 and all("changed=0 " in line for line in recap)
    other.simulator.close()
