#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: pac_file_info
short_description: Read what M(managed_desktop.network.pac_file) wrote
version_added: 0.1.0
description:
  - Tells which list the file holds, what is served at O(url), which back-ups there are, and whether a change waits for
    its confirmation. Changes nothing.
extends_documentation_fragment:
  - managed_desktop.network.one_file
  - managed_desktop.network.one_file.pac
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
  - module: managed_desktop.network.pac_file
"""

EXAMPLES = r"""
- name: See which list is there, and whether it is served
  managed_desktop.network.pac_file_info:
    path: /var/www/pac/proxy.pac
    url: http://proxy-config.example.net/proxy.pac
  register: found
"""

RETURN = r"""
stored:
  description: The digest of what the file holds, null without one, and the number of its entries.
  returned: success
  type: dict
  sample: {"digest": "0b6f…", "entries": 69}
running:
  description: What is served at O(url); V(unknown) without it.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
in_step:
  description: Whether what is served is what is stored; null where what is served cannot be asked for.
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
pac:
  description: Where the list is.
  returned: success
  type: dict
  sample: {"path": "/var/www/pac/proxy.pac"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import report
from ansible_collections.managed_desktop.network.plugins.module_utils._pac.appliance import (
    INFO_OPTIONS,
    pac_from,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError


def main() -> None:
    module = AnsibleModule(argument_spec=INFO_OPTIONS, supports_check_mode=True)
    try:
        result = report(pac_from, module.params)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
