#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rpz_allowlist_info
short_description: Read an allow-list on a DNS firewall with response policy zones
version_added: 0.1.0
description:
  - Tells which list the zones hold and which one the server runs, whether everything else is denied, which back-ups
    there are, and whether a change waits for its confirmation. Changes nothing.
extends_documentation_fragment:
  - managed_desktop.network.rpz
attributes:
  check_mode:
    description: Reads, and does nothing else.
    support: full
  diff_mode:
    description: There is nothing that could differ.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
  platform:
    description: Linux with Python 3.9 or later.
    support: full
    platforms: posix
options:
  include_entries:
    description: Return the entries by service.
    type: bool
    default: false
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.rpz_allowlist
"""

EXAMPLES = r"""
- name: See which list is there, and whether the resolver answers by it
  managed_desktop.network.rpz_allowlist_info:
    server: bind
  register: found
"""

RETURN = r"""
stored:
  description: The digest of what the zones hold, null without one, and the number of its entries.
  returned: success
  type: dict
  sample: {"digest": "0b6f…", "entries": 69}
running:
  description:
    - What the running server answers, V(running), V(none), V(stopped), or V(unknown) where it cannot be asked or does
      not have the zones.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
in_step:
  description: Whether what runs is what is stored; null where what runs cannot be asked for.
  returned: success
  type: bool
backups:
  description: The paths of the back-ups, oldest first.
  returned: success
  type: list
  elements: str
guard:
  description:
    - The change that waits for its confirmation, or that was taken back because nobody confirmed it; null without one.
  returned: success
  type: dict
entries:
  description: The stored entries by service.
  returned: when O(include_entries=true)
  type: dict
denies_others:
  description: Whether the server denies what is not listed; null where it does not answer.
  returned: success
  type: bool
configuration:
  description: What the server's configuration needs for the zones.
  returned: success
  type: str
rpz:
  description: The server, its version, and whether the dialect was measured on it.
  returned: success
  type: dict
  sample: {"server": "bind", "version": "9.18.49", "dialect_measured": true}
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import report
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError
from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.options import INFO_OPTIONS, zones_from


def main() -> None:
    module = AnsibleModule(argument_spec=INFO_OPTIONS, supports_check_mode=True)
    try:
        result = report(partial(zones_from, run=module.run_command), module.params)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
