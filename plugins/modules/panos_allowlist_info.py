#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_allowlist_info
short_description: Read one allow-list of a PAN-OS firewall or a device group, and what uses it
version_added: 0.1.0
description:
  - Says which list the candidate and the running configuration have, whether they are the same, and which back-ups
    there are.
  - Says which running rules use the categories of the list, and what is known of TLS. The documents ask for TLS 1.2, or
    else that protocol detection be disabled. PAN-OS has no switch of that name; what reads inside TLS is decryption,
    and a decryption rule that does not decrypt what the list has stands for it.
extends_documentation_fragment:
  - managed_desktop.network.api
  - managed_desktop.network.api.reads
  - managed_desktop.network.panos
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.panos_allowlist
"""

EXAMPLES = r"""
- name: Read the list
  managed_desktop.network.panos_allowlist_info:
    host: fw1.example.com
    username: automation
    api_key: "{{ vault_panos_api_key }}"
  register: firewall

- name: Stop where no rule uses the list
  ansible.builtin.assert:
    that: firewall.used_by | selectattr('rulebase', 'eq', 'security') | length > 0
    fail_msg: Name the category managed_desktop in a security rule, or set access_rules to managed.
"""

RETURN = r"""
stored:
  description: The list of the candidate configuration.
  returned: success
  type: dict
  contains:
    digest:
      description: SHA-256 of its content, or null where there is none.
      type: str
    entries:
      description: The number of entries.
      type: int
running:
  description: The list of the running configuration.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
in_step:
  description: Whether both are the same, and, of a device group, its firewalls have it.
  returned: success
  type: bool
backups:
  description: The paths of the back-ups on the controller, oldest first.
  returned: success
  type: list
  elements: str
ha_state:
  description: What the device is in its pair, such as V(active); null without one.
  returned: success
  type: str
not_pushed_to:
  description: The firewalls of the device group that lack the list.
  returned: with O(device_group)
  type: list
  elements: str
used_by:
  description: The running rules of the same place that name a category of the list.
  returned: success
  type: list
  elements: dict
  contains:
    rulebase:
      description: V(security), V(decryption) or V(authentication).
      type: str
    rule:
      description: The name of the rule.
      type: str
    categories:
      description: The categories of the list that it names.
      type: list
      elements: str
    action:
      description: What it does, as PAN-OS writes it.
      type: str
    enabled:
      description: Whether it is in force.
      type: bool
tls:
  description: What is known of TLS.
  returned: success
  type: dict
  contains:
    protocol_detection_of_list:
      description:
        - V(off) where an enabled decryption rule does not decrypt what the list has, V(unknown) otherwise, because
          rules may cover it without naming it.
      type: str
    lowest_version_by_profile:
      description: The lowest TLS version of each decryption profile of the same place, as PAN-OS writes it.
      type: dict
      sample: {"strict": "tls1-2"}
entries:
  description: The stored entries by service.
  returned: when O(include_entries=true)
  type: dict
panos:
  description: The device, and where on it the list is.
  returned: success
  type: dict
  sample: {"device": "fw1.example.com", "location": "vsys1", "category": "managed_desktop"}
"""
