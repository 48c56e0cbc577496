#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: squid_allowlist_info
short_description: Read one allow-list of a Squid proxy, and how the proxy treats TLS
version_added: 0.1.0
description:
  - Says which list is stored and which one is running, whether they are the same, and which back-ups there are.
  - Says whether the site's configuration inspects TLS, between which versions, and whether it looks for protocols
    inside tunnels, which is what the documents' TLS 1.2 requirement is about.
extends_documentation_fragment:
  - managed_desktop.network.squid
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
    description: Squid 4 or later on Linux, with Python 3.9 or later.
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
  - module: managed_desktop.network.squid_allowlist
"""

EXAMPLES = r"""
- name: Read the list
  managed_desktop.network.squid_allowlist_info:
  register: squid

- name: Stop where the proxy inspects TLS and looks for protocols inside tunnels
  ansible.builtin.assert:
    that: squid.tls.protocol_detection_of_list == 'off'
    fail_msg: Set protocol_detection to disabled in managed_desktop.network.squid_allowlist.
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
  description: What the running Squid answers.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
in_step:
  description: Whether what is stored is what runs; null where what runs cannot be asked for.
  returned: success
  type: bool
activation:
  description: How the stored list is put in force, V(reconfigure) or V(helper); null without a list.
  returned: success
  type: str
backups:
  description: The paths of the back-ups, oldest first.
  returned: success
  type: list
  elements: str
tls:
  description: How the site's configuration treats TLS.
  returned: success
  type: dict
  contains:
    tls_inspection:
      description: V(on) or V(off).
      type: str
    bumping_ports:
      description: The ports on which Squid can inspect TLS.
      type: list
      elements: str
    client_side:
      description:
        - The lowest and highest TLS version that the configuration sets towards clients; null where it sets none.
      type: dict
    server_side:
      description: The same towards servers.
      type: dict
    protocol_detection:
      description: V(on), V(off) or V(unknown).
      type: str
    protocol_detection_of_list:
      description: The same for the endpoints of the list.
      type: str
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
squid:
  description: The version of the program, whether it can inspect TLS, and whether the dialect was measured on it.
  returned: success
  type: dict
  sample: {"version": "5.7", "tls": true, "dialect_measured": true}
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import report
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.options import INFO_OPTIONS, squid_from


def main() -> None:
    module = AnsibleModule(argument_spec=INFO_OPTIONS, supports_check_mode=True)
    try:
        result = report(partial(squid_from, run=module.run_command), module.params)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
