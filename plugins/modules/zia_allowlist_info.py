#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: zia_allowlist_info
short_description: Read one allow-list of Zscaler Internet Access, and what uses it
version_added: 0.1.0
description:
  - Says which list is saved, whether it is known to be active, and which back-ups there are.
  - Says which rules name the categories of the list, which other categories compete with them, and how the requirement
    stands that proxies support TLS 1.2, or that protocol detection is disabled for the endpoints. What stands for the
    latter here is SSL inspection.
extends_documentation_fragment:
  - managed_desktop.network.zia
  - managed_desktop.network.api
  - managed_desktop.network.api.reads
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.zia_allowlist
"""

EXAMPLES = r"""
- name: Read the list
  managed_desktop.network.zia_allowlist_info:
    vanity_domain: example
    client_id: "{{ vault_zscaler_client_id }}"
    client_secret: "{{ vault_zscaler_client_secret }}"
    inspection_category: managed_desktop not inspected
  register: tenant

- name: Stop where the category is there and no rule spares it from inspection
  ansible.builtin.assert:
    that: tenant.protocol_detection.switched_off
    fail_msg: "Name the category in an SSL inspection rule: {{ tenant.protocol_detection.switched_off_by }}."
"""

RETURN = r"""
stored:
  description: The list that is saved.
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
  description: What is active, as far as it is known. See M(managed_desktop.network.zia_allowlist).
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
in_step:
  description: Whether the saved list is known to be active.
  returned: success
  type: bool
backups:
  description: The paths of the back-ups on the controller, oldest first.
  returned: success
  type: list
  elements: str
activation:
  description: What the service says of all that was saved, by whomever, such as V(ACTIVE) or V(PENDING).
  returned: success
  type: str
urls_left:
  description: How many custom URLs more the tenant takes.
  returned: success
  type: int
categories:
  description: The categories of the list by treatment, each null where it is not there.
  returned: success
  type: dict
  sample: {"allow": {"id": "CUSTOM_03", "name": "managed_desktop", "ours": true, "urls": 69}}
url_filtering_rules:
  description: The URL filtering rules that name them, or V(unknown) where the account may not read rules.
  returned: success
  type: list
  elements: dict
  sample: [{"name": "Endpoints", "action": "ALLOW", "enabled": true, "categories": ["allow"]}]
ssl_inspection_rules:
  description: The SSL inspection rules that name them, or V(unknown) where the account may not read rules.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the rule.
      type: str
    action:
      description: What it does, as the service writes it, such as V(DO_NOT_DECRYPT).
      type: str
    enabled:
      description: Whether it is in force.
      type: bool
    categories:
      description: The treatments whose categories it names.
      type: list
      elements: str
    minimum_tls:
      description: The lowest versions of TLS that it lets through, as the service writes them, or V(unknown).
      type: list
      elements: str
overlapping:
  description:
    - Other custom categories with URLs of the list, or below its wildcards, at most 20 of each. The service looks for a
      specific match first, so a request for one of these may be taken for theirs.
  returned: success
  type: dict
  sample: {"Microsoft 365": {"count": 1, "urls": ["login.microsoftonline.com"]}}
protocol_detection:
  description: What stands for protocol detection, how it is switched off, whether it is, and the source.
  returned: success
  type: dict
tls_floor:
  description: What decides whether TLS 1.2 is the least that passes, and the source.
  returned: success
  type: dict
entries:
  description: The saved entries by service.
  returned: when O(include_entries=true)
  type: dict
zia:
  description: The API that was asked, and how it was logged in.
  returned: success
  type: dict
  sample: {"device": "api.zsapi.net", "login": "token"}
"""
