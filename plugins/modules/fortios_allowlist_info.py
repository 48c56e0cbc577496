#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: fortios_allowlist_info
short_description: Read the allow-list on a FortiGate
version_added: 0.1.0
description:
  - Tells which list the external resource or the URL filter table holds, which back-ups there are, and what is known of
    how the device treats TLS. Changes nothing, neither on the device nor on the controller.
extends_documentation_fragment:
  - managed_desktop.network.api
  - managed_desktop.network.api.reads
  - managed_desktop.network.fortios
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.fortios_allowlist
"""

EXAMPLES = r"""
- name: Read the list
  managed_desktop.network.fortios_allowlist_info:
    host: firewall.example.net
    access_token: "{{ vault_fortios_token }}"
    method: url_filter
    table_id: 7
  register: found

- name: Stop where no policy can use the list
  ansible.builtin.assert:
    that: found.fortios.profiles | length > 0
    fail_msg: No web filter profile uses the table.
"""

RETURN = r"""
stored:
  description: The list that the device holds.
  returned: success
  type: dict
  sample: {"digest": "0b6f…", "entries": 69}
running:
  description: What the device runs; V(unknown) of a feed.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
in_step:
  description: Whether what is stored is what runs; null where what runs cannot be asked for.
  returned: success
  type: bool
backups:
  description: The paths of the back-ups on the controller, oldest first.
  returned: success
  type: list
  elements: str
tls:
  description:
    - What the requirement on protocol detection and TLS 1.2 is about on this platform, with its sources. The list does
      not show how a policy inspects, so that V(unknown) stands for what only the site knows.
  returned: success
  type: dict
  contains:
    tls_inspection:
      description: V(unknown).
      type: str
    protocol_detection:
      description: V(unknown).
      type: str
    protocol_detection_of_list:
      description: V(unknown).
      type: str
    stands_for_it:
      description: What stands for protocol detection here.
      type: str
    switched_off_by:
      description: How it is switched off for the listed endpoints.
      type: str
    floor:
      description: What decides the lowest version of TLS.
      type: str
    sources:
      description: The vendor's pages.
      type: list
      elements: str
entries:
  description: The stored entries by service.
  returned: when O(include_entries=true)
  type: dict
fortios:
  description: The device, and where the list is on it; of a URL filter also how it is inspected, and who uses it.
  returned: success
  type: dict
  sample: {"device": "firewall.example.net", "version": "7.6.4", "inspection_mode": "proxy", "profiles": ["staff"]}
"""
