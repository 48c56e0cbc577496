#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: checkpoint_allowlist_info
short_description: Read one allow-list on a Check Point management server
version_added: 0.1.0
description:
  - Says which list is published, which one the gateways run, whether they are the same, and which back-ups there are.
    Logs in for reading only, and changes nothing.
  - "A gateway cannot be asked for its URLs. The server tells which revision of its database each target has installed,
    and when that was published. A list that was modified later is not in it. A list that was modified earlier is in it
    where the revision is the last that was published, or where this controller installed the list itself and it was
    not modified since. Anything else is V(unknown): who modifies at ten and publishes at twelve is not in a revision
    of eleven. What is published and not installed is not in step."
extends_documentation_fragment:
  - managed_desktop.network.api
  - managed_desktop.network.api.reads
  - managed_desktop.network.checkpoint
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.checkpoint_allowlist
"""

EXAMPLES = r"""
- name: Read the list
  managed_desktop.network.checkpoint_allowlist_info:
    host: management.example.net
    api_key: "{{ vault_checkpoint_key }}"
    policy_package: Standard
  register: found

- name: Stop where a gateway is known to run another list than the published one
  ansible.builtin.assert:
    that: found.in_step is not false
"""

RETURN = r"""
stored:
  description: The published list.
  returned: success
  type: dict
  contains:
    digest:
      description: SHA-256 of its content, or null where there is none.
      type: str
    entries:
      description: How many entries it has.
      type: int
running:
  description: What the targets run.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
in_step:
  description: Whether what is published is what all targets run; null where that is not known.
  returned: success
  type: bool
backups:
  description: The paths of the back-ups on the controller, the oldest first.
  returned: success
  type: list
  elements: str
entries:
  description: The entries by service.
  returned: when O(include_entries=true)
  type: dict
locked_by:
  description: The administrator in whose session the application-site is locked, null where it is not.
  returned: success
  type: str
tls:
  description: What stands for the documents' requirement on TLS on this platform.
  returned: success
  type: dict
  contains:
    stands_for:
      description: What "protocol detection" is here.
      type: str
    switched_off_by:
      description: How it is switched off for the endpoints of a list.
      type: str
    source:
      description: Where that is said.
      type: str
    protocol_detection:
      description: Whether it is on for the list; V(unknown), since the rules are the site's.
      type: str
    lowest:
      description: The lowest version of TLS that passes; V(unknown), since no page of the vendor says it.
      type: str
checkpoint:
  description: Where the list is, and what each target runs of it.
  returned: success
  type: dict
  sample:
    device: management.example.net
    api_version: "1.9"
    domain: null
    application_site: managed_desktop
    policy_package: Standard
    targets: [{"name": "berlin", "state": "older", "digest": null}]
"""
