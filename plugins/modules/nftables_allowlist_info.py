#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: nftables_allowlist_info
short_description: Read one allow-list of a Linux firewall
version_added: 0.1.0
description:
  - Says which list is stored and which one runs in the kernel and in dnsmasq, whether they are the same, which back-ups
    there are, and how many addresses were learnt.
extends_documentation_fragment:
  - managed_desktop.network.nftables
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  idempotent:
    description: Reads only.
    support: full
  platform:
    description: Linux with nftables 0.9.4 or later, with Python 3.9 or later.
    support: full
    platforms: posix
options:
  include_entries:
    description: Return the stored entries too, by service.
    type: bool
    default: false
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.nftables_allowlist
"""

EXAMPLES = r"""
- name: Read the list
  managed_desktop.network.nftables_allowlist_info:
  register: firewall

- name: Stop where the kernel or dnsmasq has another list than the files
  ansible.builtin.assert:
    that: firewall.in_step
"""

RETURN = r"""
stored:
  description: The stored list.
  returned: success
  type: dict
  contains:
    digest:
      description: SHA-256 computed from the files, or null where there is no list.
      type: str
    entries:
      description: The number of entries.
      type: int
running:
  description: What the kernel holds and dnsmasq answers.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
in_step:
  description: Whether what is stored is what runs; null where what runs cannot be asked for.
  returned: success
  type: bool
backups:
  description: The paths of the back-ups, oldest first.
  returned: success
  type: list
  elements: str
learnt:
  description: How many addresses each set holds at the moment.
  returned: success
  type: dict
  sample: {"t80_443_4": 212, "t80_443_6": 97, "kept4": 0, "kept6": 0}
guard:
  description:
    - The change that waits for its confirmation, or that was taken back because nobody confirmed it; null without one.
  returned: success
  type: dict
  sample: {"state": "armed", "until": "2026-11-27T10:05:00Z", "digest": "0b6f…"}
entries:
  description: The stored entries by service.
  returned: when O(include_entries=true)
  type: dict
nftables:
  description: The versions of both programs, and whether the dialect was measured on them.
  returned: success
  type: dict
  sample: {"version": "1.0.6", "dnsmasq": "2.90", "dialect_measured": true}
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import report
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.options import (
    INFO_OPTIONS,
    nftables_from,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError


def main() -> None:
    module = AnsibleModule(argument_spec=INFO_OPTIONS, supports_check_mode=True)
    try:
        result = report(partial(nftables_from, run=module.run_command), module.params)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
