#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: pac_file
short_description: Write a proxy auto-configuration file from the catalogue
version_added: 0.1.0
description:
  - Makes browsers send the endpoints of the list to one target, usually past the proxy, and everything else to the
    proxies. One call sets the whole file, in one step.
  - Names are looked up in an object and not in a chain of expressions, so that 10,000 entries cost microseconds. The
    script keeps to the third edition of ECMAScript, resolves no names, and has at most 1,000,000 bytes, since Chromium
    drops a larger one without a word and goes direct.
  - "What is exact: names, C(*.x), C(*.*.x), stars inside labels and as whole labels, TCP ports, paths of plain HTTP,
    and networks for requests whose URL holds an address. UDP is out of scope. The conformance test of this collection
    proves this on pacparser and on Node.js; how Chromium calls the script was observed by hand."
  - A script only tells browsers where to go. What is not to be reached has to be refused by the proxy or firewall.
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.allowlist.on_host
  - managed_desktop.network.one_file
  - managed_desktop.network.one_file.pac
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
  proxies:
    description:
      - Where everything goes that is not listed, the first that answers, each V(host:port), V(scheme://host:port) with
        V(http), V(https), V(socks4) or V(socks5), or V(DIRECT). Needed unless O(state) or O(restore) say otherwise.
    type: list
    elements: str
  listed:
    description: Where the endpoints of the list go, written in the same way. V(DIRECT) if it is not given.
    type: list
    elements: str
  bypass_inspection:
    description:
      - Where endpoints with this treatment go. Where it is not given they go with the others of the list, which is told
        as a loss unless that is V(DIRECT).
    type: list
    elements: str
  bypass_authentication:
    description: The same for this treatment; of the two, O(bypass_inspection) counts first.
    type: list
    elements: str
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.pac_file_info
"""

EXAMPLES = r"""
- name: Send what the list names past the proxies
  managed_desktop.network.pac_file:
    path: /var/www/pac/proxy.pac
    proxies: ["proxy1.example.net:3128", "proxy2.example.net:3128"]
    sources: [microsoft365]
    tenant: contoso

- name: Send the list through one proxy, what must not be inspected past it, and see that it is served
  managed_desktop.network.pac_file:
    path: /var/www/pac/proxy.pac
    url: http://proxy-config.example.net/proxy.pac
    proxies: ["https://proxy1.example.net:3129"]
    listed: ["proxy3.example.net:3128"]
    bypass_inspection: [DIRECT]
    bypass_authentication: ["proxy4.example.net:3128"]
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
pac:
  description: Where the list is.
  returned: success
  type: dict
  sample: {"path": "/var/www/pac/proxy.pac"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import MANAGE_OPTIONS, manage
from ansible_collections.managed_desktop.network.plugins.module_utils._pac.appliance import (
    DEVICE_OPTIONS,
    DIALECT_OPTIONS,
    pac_from,
)
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
        result = manage(pac_from, module.params, module.check_mode, module._diff)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
