#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_allowlist
short_description: Set one allow-list on a PAN-OS firewall or in a device group of a Panorama
version_added: 0.1.0
description:
  - Makes custom URL categories hold exactly the endpoints of the list, and, if wanted, sets the rules that use them.
    One call sets the whole list, commits it and, from a Panorama, pushes it.
  - The commit is a partial one of O(username) alone, and takes place with config lock and commit lock held. What
    others have changed and not committed stays as it is. Where PAN-OS could not keep it apart, because others have
    changed the same objects or O(username) has changes pending elsewhere, the module refuses and names them. It also
    refuses where somebody else holds a lock, and names owner and comment.
  - Locks and uncommitted changes that a crashed run of the same controller left are recognised, and cleaned.
  - On any failure the list that was there is put back and committed.
  - Check mode predicts all of these refusals, and where a rule of the same place uses a category that is to go. What
    it cannot know before anything is written is whether the role of O(username) may write, and what the commit finds.
  - Of a pair in high availability only the active member is changed. The passive one is refused, unless it has the
    list already, as it has once it was synchronised.
  - "What a category can say: names (C(a.example/)), C(*.x) without x itself (C(*.a.example/)), and stars as whole
    labels (C(a.^.example/)). What it cannot: a star inside a label is widened to the domain behind it, C(*.*.x) to
    C(*.x), and a path to its host; networks are unsupported; UDP is out of scope, QUIC with it. Ports are those of the
    rule that uses the category. Every entry ends in a slash, so that none depends on the setting that appends one."
  - "No page of the vendor says that a star stays within the host. Where the firewall reads paths, in plain HTTP and in
    what it decrypts, C(*.a.example/) may match C(http://evil.test/x.a.example/). The worse case holds: a list with
    stars has the property C(star_in_paths), to be accepted once with O(accept_loss)."
  - "What was proved: the conversation, on a simulated firewall, pair and Panorama that C(pan-os-python) accepts, with a
    failure at each single request. What only the vendor's documentation says: what the entries match, and everything
    else that a firewall does with them. No real device was at hand."
  - A firewall knows the URL of a connection only after its first packets, so a rule by category lets them through.
  - A second run asks a firewall for two answers, with O(access_rules=managed) for eight; a Panorama for one more, and
    for one from each firewall that it says is out of sync. With O(password) the key is another one.
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.api
  - managed_desktop.network.api.sets
  - managed_desktop.network.panos
options:
  clients:
    description:
      - The networks whose clients the rules are for, with O(access_rules=managed).
      - Defaults to the private ranges V(10.0.0.0/8), V(172.16.0.0/12), V(192.168.0.0/16), V(fc00::/7) and V(fe80::/10).
    type: list
    elements: str
  from_zones:
    description: The zones that the rules are from. All if not set.
    type: list
    elements: str
  to_zones:
    description: The zones that the rules are to. All if not set.
    type: list
    elements: str
  rule_services:
    description:
      - The services that the security rule opens. V(service-http) and V(service-https) if not set, which are TCP 80,
        8080 and 443; an endpoint with other ports is a loss then.
      - What ports services of the site's own have is not known here, which is a loss too, the property
        C(rule_services).
    type: list
    elements: str
  max_entries:
    description:
      - How many entries a category may have, as the data sheet of the model says. PAN-OS has no documented request that
        tells; without this option it is the commit that fails, and the old list is put back.
    type: int
  rule_position:
    description:
      - Where a rule is put when it is made. It is left where administrators move it.
    type: str
    choices: [top, bottom]
    default: top
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.panos_allowlist_info
  - module: managed_desktop.network.feed_file
    description: Writes the same list as an external dynamic list, which needs no commit.
"""

EXAMPLES = r"""
- name: Let the firewall's own rules use the endpoints of Microsoft Managed Desktop as a category
  managed_desktop.network.panos_allowlist:
    host: fw1.example.com
    username: automation
    api_key: "{{ vault_panos_api_key }}"
    sources: [managed_desktop]
    tenant: contoso
    accept_loss:
      - property: star_in_paths
        reason: TLS is not decrypted here, and of plain HTTP the risk is taken

- name: See what would change
  managed_desktop.network.panos_allowlist:
    host: fw1.example.com
    username: automation
    api_key: "{{ vault_panos_api_key }}"
    sources: [managed_desktop]
    tenant: contoso
    accept_loss:
      - property: star_in_paths
        reason: TLS is not decrypted here, and of plain HTTP the risk is taken
  check_mode: true
  diff: true

- name: Set categories and rules in a device group, and push them to its firewalls
  managed_desktop.network.panos_allowlist:
    host: panorama.example.com
    username: automation
    password: "{{ vault_panos_password }}"
    device_group: branches
    access_rules: managed
    from_zones: [clients]
    to_zones: [internet]
    sources: [managed_desktop]
    tenant: contoso
    accept_loss:
      - property: star_in_paths
        reason: TLS is not decrypted here, and of plain HTTP the risk is taken

- name: Put back what was there before the last change
  managed_desktop.network.panos_allowlist:
    host: fw1.example.com
    username: automation
    api_key: "{{ vault_panos_api_key }}"
    restore: latest
"""

RETURN = r"""
before:
  description: The list that the candidate configuration had.
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
  description: The list that is there now, or would be.
  returned: success
  type: dict
  sample: {"digest": "0b6f…", "entries": 69}
running:
  description: What the running configuration has. Of a Panorama without what its firewalls lack.
  returned: success
  type: dict
  contains:
    state:
      description: V(running) or V(none).
      type: str
    digest:
      description: The digest of the list that runs.
      type: str
difference:
  description: What was missing and what was foreign, by service, and whether the stored list was not running.
  returned: success
  type: dict
  sample:
    missing: {"count": 1, "by_service": {"Office 365": ["www.office.com"]}, "truncated": false}
    foreign: {"count": 0, "by_service": {}, "truncated": false}
    not_running: false
losses:
  description: Every endpoint that the list cannot carry out as written.
  returned: when a list was compiled
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
  description: How many native entries they became, in all categories together.
  returned: when a list was compiled
  type: int
covered:
  description: How many endpoints needed no entry, because another one covers them.
  returned: when a list was compiled
  type: int
backup:
  description: The path of the back-up on the controller, null where nothing was changed.
  returned: success, and failure after a back-up was made
  type: str
panos:
  description:
    - The device, and where on it the list is. Where the locks could not be given back, C(locks_left) says so; the next
      run of the same controller gives them back.
  returned: success, and failure after a push
  type: dict
  sample: {"device": "fw1.example.com", "location": "vsys1", "category": "managed_desktop"}
  contains:
    devices:
      description:
        - What the push of the list did on each firewall of O(device_group). Of a run that failed it is what was there
          before the old list was pushed back.
      returned: when a device group was pushed
      type: list
      elements: dict
      contains:
        name:
          description: The firewall's host name.
          type: str
        serial:
          description: Its serial number.
          type: str
        result:
          description:
            - V(pushed), where it has the list now; V(skipped), where it was not connected (O(offline_devices=skip));
              V(failed); or V(unknown), where the push broke off and nothing is said of it.
          type: str
      sample: [{"name": "branch-1", "serial": "0001", "result": "pushed"}]
"""
