# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules rpz_allowlist and rpz_allowlist_info as tasks of a real play on the hosts of the lab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from lab import Lab
from lab.services import DnsFirewall

PLAY = """
- hosts: appliances
  gather_facts: false
  tasks:
    - managed_desktop.network.rpz_allowlist: "{{ where | combine({'endpoints': ['a.example', '*.b.example']}) }}"
      register: first
    - managed_desktop.network.rpz_allowlist: "{{ where | combine({'endpoints': ['a.example', '*.b.example']}) }}"
      register: second
    - managed_desktop.network.rpz_allowlist_info: "{{ where }}"
      register: told
    - ansible.builtin.assert:
        that:
          - first.changed
          - not second.changed
          - told.running == first.running
          - told.stored.entries == 2
          - told.denies_others
"""


def test_each_module_does_as_a_task_what_it_says(dns_lab: Lab, tmp_path: Path) -> None:
    playbook, hosts = tmp_path / "play.yml", {}
    playbook.write_text(PLAY, encoding="utf-8")
    for name, service in dns_lab.services.items():
        if isinstance(service, DnsFirewall):
            service.reset()
            hosts[name] = {"where": service.options_of_module}
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", str(dns_lab.inventory_file), "-i", str(inventory)]
    environment = {**os.environ, **dns_lab.ansible_environment()}
    done = subprocess.run([*command, str(playbook)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("failed=0") == 3
