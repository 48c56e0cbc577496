#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: nftables_allowlist
short_description: Set one allow-list on a Linux firewall that follows names
version_added: 0.1.0
description:
  - Makes a Linux firewall let its clients reach the endpoints of the list and, if wanted, nothing else. One call sets
    the whole list.
  - The list is one nftables table of its own, C(inet mdn_<name>), replaced in one transaction after C(nft -c); no other
    table is touched. The names are followed by dnsmasq, which puts each address that it hears into the sets of that
    table before it answers. So the clients must use this dnsmasq as their resolver.
  - The ruleset is a file in O(rules_dir), so that a restart of the host brings it back, and the names are one fragment
    in O(dnsmasq_conf_dir). dnsmasq reads fragments at its start only. It is restarted when its fragment has changed,
    and then asked, by a reserved name, which one it has read. On any failure what was there is put back.
  - Addresses learnt so far are carried over into the new table. Those of names that were taken out are dropped as far
    as they resolve now; what else their sets held is let through until its time is over, and no longer. Where names go
    while dnsmasq is stopped, nothing is kept of the sets that they fed.
  - So that a name which stays never fails, the kernel learns for the new list before it forgets the old one. A run that
    is killed in between leaves the names of both let through until the next run or a restart of the host.
  - "Beside the site's own tables: an accept here does not overrule a drop there. The list's chain runs just before
    priority C(filter) and decides what its clients send; what it accepts still has to pass the site's chains, and what
    comes from others is left to these. Established connections are never cut."
  - "What it can express: networks with TCP and UDP ports exactly. With O(filter_dns=true) also C(a.example) and
    C(*.a.example) exactly; without it both let through C(a.example) with all names below it. A star inside a label and
    a path are widened to the whole domain or host. A packet filter sees addresses, so that other sites at the same
    address are admitted as well; accept that once, as the property V(shared_addresses). It does not inspect TLS nor ask
    for a login, so that every endpoint has all treatments."
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.allowlist.on_host
  - managed_desktop.network.nftables
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
    description: Linux with nftables 0.9.4 or later, for names dnsmasq 2.87 or later with nftset; Python 3.9 or later.
    support: full
    platforms: posix
options:
  clients:
    description:
      - The networks whose clients the list judges. What comes from elsewhere is left to the site's own rules.
      - Defaults to the private ranges V(10.0.0.0/8), V(172.16.0.0/12), V(192.168.0.0/16), V(fc00::/7) and V(fe80::/10).
    type: list
    elements: str
  untouched_networks:
    description:
      - Destinations that the list says nothing about, such as other networks of the site, or those from which it is
        managed.
    type: list
    elements: str
  hooks:
    description: Where the list judges, V(forward) what passes through the host, V(output) what the host itself sends.
    type: list
    elements: str
    choices: [forward, output]
    default: [forward]
  everything_else:
    description:
      - What becomes of what is not on the list. V(reject) says so to the client at once, V(drop) lets it wait.
      - V(leave) decides nothing. What is on the list gets O(mark), and the site's own rules look at that.
    type: str
    choices: [reject, drop, leave]
    default: reject
  mark:
    description: The packet mark of what is on the list, with O(everything_else=leave) only.
    type: int
  names:
    description:
      - V(dnsmasq) follows names.
      - V(none) uses networks alone. Names whose set has no networks stay closed, which is told, and accepted once as
        the property V(names_without_networks).
    type: str
    choices: [dnsmasq, none]
    default: dnsmasq
  filter_dns:
    description:
      - Have dnsmasq resolve listed names by O(upstreams), and refuse the names below an exact name and the name above a
        wildcard, so that both become exact. Only where this dnsmasq is the clients' only resolver.
    type: bool
    default: false
  upstreams:
    description: The servers that resolve the listed names with O(filter_dns=true), each an address or C(address#port).
    type: list
    elements: str
  timeout:
    description: How many seconds an address stays in its set after the last new connection to it, from 60 to 2592000.
    type: int
    default: 86400
  limit_cache:
    description:
      - Have dnsmasq and its clients cache no longer than O(timeout), since an answer from a cache fills no set.
      - Set it to V(false) where the site sets C(max-cache-ttl) or C(max-ttl) itself; it is then checked that they are
        not above O(timeout).
    type: bool
    default: true
  learnt_addresses:
    description: V(keep) carries the addresses learnt so far over into a new list, V(forget) begins without any.
    type: str
    choices: [keep, forget]
    default: keep
  warm_up:
    description: For how many seconds, at most, exact names are asked for after dnsmasq was restarted.
    type: float
    default: 5.0
  allow_lockout:
    description: Set a list even where it would cut the connection by which Ansible came.
    type: bool
    default: false
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.nftables_allowlist_info
  - module: managed_desktop.network.squid_allowlist
  - module: managed_desktop.network.reachability_info
"""

EXAMPLES = r"""
- name: Let the clients of this firewall reach Microsoft Managed Desktop, and nothing else
  managed_desktop.network.nftables_allowlist:
    sources: [managed_desktop]
    tenant: contoso
    untouched_networks: [10.0.0.0/8]
    accept_loss:
      - property: shared_addresses
        reason: CHG-1234, the proxy behind it looks at names

- name: Be exact about names, since this dnsmasq is the clients' only resolver
  managed_desktop.network.nftables_allowlist:
    sources: [managed_desktop]
    tenant: contoso
    filter_dns: true
    upstreams: [192.0.2.53]
    accept_loss:
      - property: shared_addresses
        reason: CHG-1234

- name: Use the networks that Microsoft publishes, without dnsmasq
  managed_desktop.network.nftables_allowlist:
    sources: [microsoft365]
    names: none
    accept_loss:
      - property: names_without_networks
        reason: CHG-1235, these go through the proxy

- name: Change the list for five minutes, unless the next play confirms it
  managed_desktop.network.nftables_allowlist:
    sources: [managed_desktop]
    confirm_within: 300
    accept_loss:
      - property: shared_addresses
        reason: CHG-1234

- name: Put back what was there before the last change
  managed_desktop.network.nftables_allowlist:
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
  description: What the kernel holds and dnsmasq answers.
  returned: success
  type: dict
  contains:
    state:
      description:
        - V(running), V(none), V(stopped) where the kernel has the list and dnsmasq does not run, or V(unknown) where
          dnsmasq runs and cannot be asked.
      type: str
    digest:
      description: The digest of the list that runs. That of another than the stored one says only that it differs.
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
  description: Every endpoint that the list cannot carry out as written, and what the site's settings take away.
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
  description: How many native entries they became, domains and networks.
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
nftables:
  description: The versions of both programs, and whether the dialect was measured on them.
  returned: success
  type: dict
  sample: {"version": "1.0.6", "dnsmasq": "2.90", "dialect_measured": true}
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import manage
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.options import (
    MANAGE_OPTIONS,
    nftables_from,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError


def main() -> None:
    module = AnsibleModule(argument_spec=MANAGE_OPTIONS, supports_check_mode=True)
    try:
        result = manage(partial(nftables_from, run=module.run_command), module.params, module.check_mode, module._diff)
    except ReconcileError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
