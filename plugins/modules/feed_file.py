#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: feed_file
short_description: Write a flat list that appliances fetch, from the catalogue
version_added: 0.1.0
description:
  - Writes the endpoints as a list of the format that a firewall polls, and tells what its reader makes of them. One
    call sets the whole list, in one step.
  - "V(panos_url), an external dynamic list of type URL: C(a.example/) and C(*.a.example/) are exact in names, a
    whole inner label is C(^); a star inside a label is widened to the domain behind it. That a star does not match in
    the path of another site no page says, so a list with stars has the property C(star_in_paths), to be accepted once."
  - "V(fortigate_domain), a threat feed of type domain: whether a name also matches what lies below it, and a wildcard
    its apex, its documentation does not say, so both are told as widened."
  - "V(domains), one name a line: C(*.x) is unsupported unless O(plain_matches=subdomains)."
  - "V(networks), one network a line: names whose sources give no networks are unsupported."
  - What readers match was taken from their vendors' documentation, not measured. None of the formats has ports or
    paths.
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.allowlist.on_host
  - managed_desktop.network.one_file
  - managed_desktop.network.one_file.feed
attributes:
  check_mode:
    description: Predicts exactly what the real run does, and writes nothing, not even a lock or a temporary file.
    support: full
  diff_mode:
    description: Shows endpoints by service, and the rest of the file where it changes.
    support: full
  idempotent:
    description: A second run changes and writes nothing. The same intent gives the same bytes, so an ETag stays.
    support: full
  action:
    description: The list is selected and compiled on the controller.
    support: full
  platform:
    description: Linux with Python 3.9 or later.
    support: full
    platforms: posix
options:
  feed_format:
    description: How the list is written. Needed unless O(state) or O(restore) say otherwise.
    type: str
    choices: [panos_url, fortigate_domain, domains, networks]
  plain_matches:
    description:
      - With O(feed_format=domains), whether its reader takes a name as that name alone, or with all names below it.
      - V(exact) if it is not given.
    type: str
    choices: [exact, subdomains]
  max_entries:
    description:
      - How many entries the reader takes; a longer list is refused, because readers leave out the rest without a word.
      - Defaults to what the vendors document, 50000 for V(panos_url) and 131072 for V(fortigate_domain).
    type: int
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.feed_file_info
"""

EXAMPLES = r"""
- name: A list for PAN-OS to poll
  managed_desktop.network.feed_file:
    path: /var/www/feeds/managed-desktop.txt
    feed_format: panos_url
    sources: [managed_desktop, microsoft365]
    tenant: contoso
    accept_loss:
      - property: star_in_paths
        reason: TLS is not decrypted here, and of plain HTTP the risk is taken

- name: The networks of Microsoft 365, for a firewall that knows no names
  managed_desktop.network.feed_file:
    path: /var/www/feeds/microsoft365-networks.txt
    feed_format: networks
    sources: [microsoft365]
    accept_loss: "{{ names_without_networks }}"
"""

RETURN = r"""
before:
  description: The list that was stored.
  returned: success
  type: dict
  contains:
    digest:
      description: SHA-256 of its content, or null where there was none.
      type: str
    entries:
      description: How many entries it had.
      type: int
after:
  description: The list that is stored now, or would be.
  returned: success
  type: dict
  sample: {"digest": "0b6f…", "entries": 69}
running:
  description: What is served at O(url); V(unknown) without it.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
difference:
  description: What was missing and what was foreign, by service, and whether the stored list was not the served one.
  returned: success
  type: dict
losses:
  description: Every endpoint that the list cannot carry out as written.
  returned: success
  type: list
  elements: dict
accepted:
  description: The acceptances that were given.
  returned: when a list was compiled
  type: list
  elements: dict
editions:
  description: The editions of the sources, with their status and the SHA-256 of their files.
  returned: when a list was compiled
  type: list
  elements: dict
endpoints:
  description: How many endpoints the list has.
  returned: when a list was compiled
  type: int
entries:
  description: How many entries they became.
  returned: when a list was compiled
  type: int
covered:
  description: How many endpoints needed no entry, because another one covers them.
  returned: when a list was compiled
  type: int
backup:
  description: The path of the back-up on the host, null where nothing was changed.
  returned: success, and failure after a back-up was made
  type: str
confirm_until:
  description:
    - Until when the change has to be confirmed (UTC).
    - Where nothing was changed, because an earlier run that was cut off had set the list, it is that run's.
  returned: when O(confirm_within) was given and something was changed, and where the list waits for its confirmation
  type: str
  sample: "2026-11-27T10:05:00Z"
confirmed:
  description: The change that was confirmed, with its digest; null where none waited.
  returned: when O(state=confirmed)
  type: dict
feed:
  description: Where the list is.
  returned: success
  type: dict
  sample: {"path": "/var/www/feeds/managed-desktop.txt"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._feed.appliance import (
    DEVICE_OPTIONS,
    DIALECT_OPTIONS,
    feed_from,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import MANAGE_OPTIONS, manage
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    ACCEPTANCE_OPTIONS,
    SELECTION_OPTIONS,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **MANAGE_OPTIONS,
            **SELECTION_OPTIONS,
            **ACCEPTANCE_OPTIONS,
            **DEVICE_OPTIONS,
            **DIALECT_OPTIONS,
        },
        supports_check_mode=True,
    )
    try:
        result = manage(feed_from, module.params, module.check_mode, module._diff)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
