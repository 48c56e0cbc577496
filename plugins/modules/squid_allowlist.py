#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: squid_allowlist
short_description: Set one allow-list on a Squid proxy
version_added: 0.1.0
description:
  - Makes a Squid let its clients reach exactly the endpoints of the list, beside whatever the site's own rules say.
    One call sets the whole list.
  - The list is stored as list files in a directory of their own and one snippet that the site's configuration
    includes. Putting the snippet in place is the only step that counts, and Squid is then told to reload with
    C(squid -k reconfigure), never by a signal. With O(activation=helper) the list is one file that a program beside it
    follows, and Squid is told to reload only when something else than the list changes. The module waits until the
    running Squid says that it runs the list. On any failure the list that was there is put back.
  - A list that is stored and running is left alone, and nothing is written. Check mode writes nothing at all, and has
    Squid check the configuration that would result.
  - The module writes allow rules only. That everything else is denied is the site's own rule, and stays so.
  - "What is exact on Squid: names, C(*.x) with or without x itself, stars inside labels and as whole labels, paths on
    plain HTTP, TCP ports, and networks for requests that name an address. A path that ends in a star is widened, since
    Squid resolves percent-escapes in it. UDP is out of scope. The conformance test of this collection proves this on
    Squid 5.7; for other versions from 4 on the same is assumed, and RV(squid) says so."
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.allowlist.on_host
  - managed_desktop.network.squid
attributes:
  check_mode:
    description: Predicts exactly what the real run does, and writes nothing, not even a lock or a temporary file.
    support: full
  diff_mode:
    description: Shows endpoints by service, and the rules where they change.
    support: full
  idempotent:
    description: A second run changes and writes nothing.
    support: full
  action:
    description: The list is selected and compiled on the controller.
    support: full
  platform:
    description: Squid 4 or later on Linux, with Python 3.9 or later.
    support: full
    platforms: posix
options:
  clients:
    description:
      - The networks whose clients may use the list.
      - Defaults to the private ranges V(10.0.0.0/8), V(172.16.0.0/12), V(192.168.0.0/16), V(fc00::/7) and V(fe80::/10).
    type: list
    elements: str
  activation:
    description:
      - How a new list is put in force.
      - With V(reconfigure) the list is part of Squid's configuration, and Squid reloads for each change. It shuts its
        port meanwhile, for some 35 milliseconds up to 0.7 seconds with 100,000 entries. New connections are refused for
        that long; those that are open go on. Choose it where clients try again, as browsers do, or where the list is
        very large and asked about very often, since Squid then decides by itself.
      - With V(helper) Squid asks a small program about each request, by C(external_acl_type). The program follows the
        list file and answers by the new list as soon as that is in place. No connection is refused. Choose it where the
        list changes during work, and a refused connection is noticed.
      - A V(helper) costs one Python process for each worker of Squid, which holds the list, and a question to it for
        each request, on a port that can inspect TLS two. While it reads a new list the requests wait. Without it
        nothing that is on the list is let through, and Squid starts it again. Squid 5.7 may, rarely, start itself anew
        where its helper is killed from outside. The first list, a change of another option and a newer version of the
        helper still need a reload; so does a list whose state cannot be asked for, see O(access_rules=none).
      - Both decide alike, by the same entries. On an intercepting port alone a V(helper) goes by the host that Squid
        names, so that a network of the list may match less there.
      - The directories on the way to the list are opened for all to pass through, and the list can be read by all,
        because Squid starts helpers as its own user. A profile of the site that confines Squid, as of AppArmor or
        SELinux, must let it start O(helper_python).
    type: str
    choices: [reconfigure, helper]
    default: reconfigure
  access_rules:
    description:
      - V(managed) writes the allow rules.
      - V(none) writes ACLs only, and the site's own rules refer to them. Which list is running can then be told only
        if the site adds C(http_access deny mdn_<name>_state) itself.
      - With O(activation=helper) the ACLs are C(mdn_<name>_allowed), C(mdn_<name>_free) for what needs no login and
        C(mdn_<name>_spliced) for what must not be inspected. Never use them with an exclamation mark, and not in rules
        for which Squid takes fast ACLs only. There they never match.
    type: str
    choices: [managed, none]
    default: managed
  authentication_acl:
    description:
      - The name of the site's ACL that asks for a login, needed where a login rule follows the list. Endpoints without
        the treatment V(bypass_authentication) are then let through only with a login.
    type: str
  protocol_detection:
    description:
      - The documents ask that the proxy support TLS 1.2, or else that protocol detection be disabled.
      - V(disabled) does that for the endpoints of the list, and no others. Their TLS is spliced, not inspected, and
        what Squid cannot parse is tunnelled.
      - With O(activation=helper) what cannot be parsed is tunnelled where the helper allowed the request, because Squid
        does not wait for a helper at that point. Where a rule of the site's allowed it before, that is not so.
    type: str
    choices: [unmanaged, disabled]
    default: unmanaged
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.squid_allowlist_info
  - module: managed_desktop.network.reachability_info
"""

EXAMPLES = r"""
- name: Let the clients of this Squid reach the endpoints of Microsoft Managed Desktop
  managed_desktop.network.squid_allowlist:
    sources: [managed_desktop]
    tenant: contoso

- name: See what would change
  managed_desktop.network.squid_allowlist:
    sources: [managed_desktop, files/our-own-names.txt]
    clients: [192.0.2.0/24]
  check_mode: true
  diff: true

- name: Change the list whenever it is due, without refusing a connection
  managed_desktop.network.squid_allowlist:
    sources: [managed_desktop]
    activation: helper

- name: Accept that a wildcard also admits names of other customers, and say why
  managed_desktop.network.squid_allowlist:
    endpoints:
      - '*.blob.core.windows.net'
    accept_loss:
      - host: '*.blob.core.windows.net'
        result: broad
        reason: CHG-1234, Intune delivers from storage accounts that are not named in advance

- name: Change the list for five minutes, unless the next play confirms it
  managed_desktop.network.squid_allowlist:
    sources: [managed_desktop]
    confirm_within: 300

- name: Confirm it, once it has proved itself
  managed_desktop.network.squid_allowlist:
    state: confirmed

- name: Accept that the site's own rules let no mail through, whatever the list says
  managed_desktop.network.squid_allowlist:
    sources: [microsoft365]
    services: [Exchange]
    accept_loss:
      - property: site_ports
        ports: [25, 143, 587, 993, 995]
        reason: CHG-1235, mail goes out through the relay and never through this proxy

- name: Put back what was there before the last change
  managed_desktop.network.squid_allowlist:
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
  description: What the running Squid answers.
  returned: success
  type: dict
  contains:
    state:
      description: V(running), V(none), V(stopped), or V(unknown) where it cannot be asked.
      type: str
    digest:
      description: The digest of the list that runs.
      type: str
difference:
  description: What was missing and what was foreign, by service, and whether the stored list was not running.
  returned: success
  type: dict
  sample:
    missing: {"count": 1, "by_service": {"Office 365": ["www.office.com  tcp/80,443"]}, "truncated": false}
    foreign: {"count": 0, "by_service": {}, "truncated": false}
    not_running: false
losses:
  description: Every endpoint that the list cannot carry out as written, and what the site's rules take away.
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
  sample:
    - source: managed_desktop
      edition: "2018-08-29-aad339da"
      status: draft
      sha256: a5f7d3fd97beee45fbbb23b7fe9437553cefb4fff757c93766366d970bc5a2cd
endpoints:
  description: How many endpoints the list has.
  returned: when a list was compiled
  type: int
entries:
  description: How many native entries they became.
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
squid:
  description: The version of the program, whether it can inspect TLS, and whether the dialect was measured on it.
  returned: success
  type: dict
  sample: {"version": "5.7", "tls": true, "dialect_measured": true}
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import manage
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.options import MANAGE_OPTIONS, squid_from


def main() -> None:
    module = AnsibleModule(argument_spec=MANAGE_OPTIONS, supports_check_mode=True)
    try:
        result = manage(partial(squid_from, run=module.run_command), module.params, module.check_mode, module._diff)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
