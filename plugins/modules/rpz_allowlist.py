#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rpz_allowlist
short_description: Set one allow-list on a DNS firewall with response policy zones
version_added: 0.1.0
description:
  - Makes a resolver (BIND, Unbound or PowerDNS Recursor) answer for the names of the list, and say of every other that
    it does not exist. One call sets the whole list.
  - Writes two zone files, one that lets pass and one that denies everything else, and has the server read them through
    its own control. That the site's configuration names the zones, in this order, is up to the site; where it does not,
    the run stops and shows the lines to add. Waits until the server itself tells, by a TXT record of a reserved name,
    that it runs the list. On any failure the list that was there is put back.
  - The zones hold for all clients of the resolver. Who asks another resolver is not held back, and addresses that
    nobody looks up are not seen.
  - A denied name is answered with NXDOMAIN, which does not prove a denial. PowerDNS Recursor adds that it blocked the
    name (RFC 8914) where the zone that denies has C(extendedErrorCode=15), as in the lines that this module shows.
  - "What is exact: names and C(*.x) with or without x itself, the same on all three servers. C(*.*.x) and stars inside
    labels are unsupported, or with O(widen_globs) widened to the domain behind them. A path is widened to its host.
    Ports are not seen, which is told once. Networks are out of scope. The conformance test of this collection proves
    this on BIND 9.18, Unbound 1.17 and PowerDNS Recursor 4.8."
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.allowlist.on_host
  - managed_desktop.network.rpz
attributes:
  check_mode:
    description: Predicts exactly what the real run does, and writes nothing, not even a lock or a temporary file.
    support: full
  diff_mode:
    description: Shows endpoints by service, and the rest of the zones where they change.
    support: full
  idempotent:
    description: A second run changes and writes nothing; the serial rises only where the list changes.
    support: full
  action:
    description: The list is selected and compiled on the controller.
    support: full
  platform:
    description: Linux with Python 3.9 or later.
    support: full
    platforms: posix
options:
  widen_globs:
    description: Let all names of the domain behind a star inside a label pass, instead of stopping.
    type: bool
    default: false
  state:
    description:
      - V(present) sets the list. V(absent) takes the policy away; zones without one stay, so that the configuration of
        the site stays good.
      - V(confirmed) confirms the change that O(confirm_within) made wait, and does nothing else.
    type: str
    choices: [present, absent, confirmed]
    default: present
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.rpz_allowlist_info
"""

EXAMPLES = r"""
- name: Write the zones once, before the server is told of them
  managed_desktop.network.rpz_allowlist:
    server: bind
    sources: [managed_desktop]
    tenant: contoso
    accept_loss:
      - property: not_configured
        reason: first run, named.conf follows

- name: Let this resolver answer for the endpoints, and nothing else
  managed_desktop.network.rpz_allowlist:
    server: unbound
    sources: [managed_desktop, microsoft365]
    tenant: contoso
    widen_globs: true

- name: Put back what was there before the last change
  managed_desktop.network.rpz_allowlist:
    server: unbound
    restore: latest
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
  description:
    - What the running server answers, V(running), V(none), V(stopped), or V(unknown) where it cannot be asked or does
      not have the zones.
  returned: success
  type: dict
  sample: {"state": "running", "digest": "0b6f…"}
difference:
  description: What was missing and what was foreign, by service, and whether the stored list was not the running one.
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
rpz:
  description: The server, its version, and whether the dialect was measured on it.
  returned: success
  type: dict
  sample: {"server": "bind", "version": "9.18.49", "dialect_measured": true}
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import MANAGE_OPTIONS, manage
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError
from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.options import (
    DEVICE_OPTIONS,
    DIALECT_OPTIONS,
    zones_from,
)
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
        make = partial(zones_from, run=module.run_command)
        result = manage(make, module.params, module.check_mode, module._diff)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
