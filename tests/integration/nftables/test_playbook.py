# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules nftables_allowlist and nftables_allowlist_info as tasks of a real play, on the lab's firewall."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from nft_lab import Device

from lab.services.gateway import RESTART

PLAY = """
- hosts: gateway
  gather_facts: false
  vars:
    seconds: "{{ '90' }}"
    filtering: "{{ 'true' }}"
  module_defaults:
    managed_desktop.network.nftables_allowlist: &common
      endpoints: [a.example, "*.b.example"]
      dnsmasq_restart: [RESTART]
      filter_dns: "{{ filtering }}"
      upstreams: [10.78.0.10]
      timeout: "{{ seconds }}"
      accept_loss: "{{ accepted }}"
  tasks:
    - managed_desktop.network.nftables_allowlist:
      check_mode: true
      register: predicted
    - managed_desktop.network.nftables_allowlist:
      register: first
    - managed_desktop.network.nftables_allowlist:
      register: again
    - managed_desktop.network.nftables_allowlist_info: {include_entries: true}
      register: read
    - ansible.builtin.copy:
        content: "{{ dict(told | zip(told | map('extract', vars))) | to_json }}"
        dest: "{{ results }}"
      delegate_to: localhost
      vars:
        told: [predicted, first, again, read]
"""


def play(device: Device, folder: Path, accepted: list[t.Any]) -> tuple[subprocess.CompletedProcess[str], Path]:
    book, results = folder / "play.yml", folder / "results.json"
    book.write_text(PLAY.replace("RESTART", RESTART))
    told = {"accepted": accepted, "results": str(results)}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), str(book), "-e", json.dumps(told)],
        capture_output=True,
        text=True,
        env={**os.environ, **device.lab.ansible_environment(), "ANSIBLE_NOCOLOR": "1"},
        timeout=120,
        check=False,
    )
    return done, results


def test_a_real_play_sets_the_list_once_and_reads_it(device: Device, tmp_path: Path) -> None:
    done, results = play(device, tmp_path, [{"property": "shared_addresses", "reason": "a test"}])
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(results.read_text())
    assert [told[task]["changed"] for task in ("predicted", "first", "again")] == [True, True, False]
    assert told["predicted"]["after"] == told["first"]["after"] == told["read"]["stored"]
    assert told["read"]["in_step"] is True
    assert told["read"]["entries"] == {"(no service)": ["*.b.example  tcp/80,443", "a.example  tcp/80,443"]}
    assert [loss["property"] for loss in told["first"]["losses"]] == ["shared_addresses"]
    assert device.allows("a.example", "x.b.example", "b.example", "x.a.example") == [True, True, False, False]


def test_shared_addresses_stop_a_play_until_they_are_accepted(device: Device, tmp_path: Path) -> None:
    done, results = play(device, tmp_path, [])
    assert done.returncode != 0
    assert "{property: shared_addresses, reason: ''}" in done.stdout + done.stderr
    assert not results.exists()
    assert device.info()["stored"]["digest"] is None
