#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: fortios_allowlist
short_description: Set one allow-list on a FortiGate
version_added: 0.1.0
description:
  - Sets the whole of one external resource (O(method=push_feed)) or of one table of the URL filter
    (O(method=url_filter)) in one call. The policy, and the profile that uses the list, stay the site's own.
  - A feed is replaced by one snapshot, which is in force at once. A table is replaced inside a transaction, and in
    force when that is committed. On any failure the list that was there is put back.
  - The object is the list's alone. Its comment says so with the words C(managed_desktop.network list <name>); an object
    without them is refused, and nothing of it is changed. An object that is not there is made.
notes:
  - "What the URL filter is written, and what that means. Names are exact: in flow mode an anchored regular expression,
    since a simple entry would match every name that contains it; in proxy mode a simple entry. Before FortiOS 7.6.3 a
    simple entry in proxy mode may match what lies below the name, for two versions of the vendor's article disagree
    (community.fortinet.com, ta-p/192746), so it is widened, and a regular expression where that would reach names of
    others; from 7.6.3 the table's C(include-subdomains) is disabled. C(*.x), C(*.*.x) and stars inside labels are
    anchored regular expressions and exact. Paths are exact but for letter case. Entries of type wildcard are never
    written, since the vendor makes them into expressions that are not anchored (ta-p/239549). Entries have at most 511
    characters. Networks are unsupported; UDP is out of scope."
  - "What a feed is written, and what that means. Names and C(*.x). That a name may match what lies below it, and a
    wildcard its own apex, is assumed; stars elsewhere become C(*.x). A path is widened to its host. Networks are
    unsupported. Where the list has more entries than the device takes, it is refused: 131,072 entries or 10 MB before
    FortiOS 7.4.4 (ta-p/378964), then what the device says (C(accepted_limit)), or the vendor's figure for the smallest
    model."
  - Neither has ports; the policy says which are open. That is told once.
  - "Treatments. A feed is what the profile makes of it; for C(bypass_inspection) push a feed of type V(category) with
    O(treatments=[bypass_inspection]) and exempt its category in the SSL inspection profile. A URL filter judges after
    inspection and login, so that both treatments are told as unsupported, as a property of the device."
  - "What was proved: the conversation. The module, and the client fortigate-api, were run against a simulated FortiGate
    that is as strict as the vendor's schema, with every fault at every request. What a FortiGate matches was not
    proved; it rests on the pages named here. No page says that C(entry-list) shows what was pushed, or what the device
    applies of it, so RV(running) of a feed is always V(unknown). Where a device does not answer C(entry-list), what
    this controller pushed last counts as stored, with a warning."
  - "Requests where nothing changes: two. They read the object, and its entries or the profiles that use it."
  - A transaction that a crashed run left holds its table until O(transaction_timeout) is over. From FortiOS 7.4.1 the
    next run sees that it is its own and aborts it. A table that somebody else's transaction holds is refused, in the
    device's own words.
  - A feed has no lock on the device. Of two controllers at once, the one that finds the feed changed since it looked
    stops, and overwrites nothing; between its last look and its push there is one request's time in which it cannot
    see the other. A table is held by its transaction.
  - In a cluster, writing to a member that is not in charge is refused (C(monitor/system/ha-peer)).
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.api
  - managed_desktop.network.api.sets
  - managed_desktop.network.fortios
options:
  feed_type:
    description:
      - The type of the feed. V(domain) is for DNS filters; V(category) is a FortiGuard category of one's own, for web
        filters and for exemptions from SSL inspection. Both are written alike.
      - A feed that is there and of another type is refused.
    type: str
    choices: [domain, category]
    default: domain
  category:
    description:
      - The number, from 192 to 221, of the category of a feed that is to be made. One that another feed has is refused,
        and that feed is named.
    type: int
  entry_action:
    description:
      - What the entries of a URL filter do. V(exempt) lets a listed URL pass whatever its category. V(allow) and
        V(monitor) leave FortiGuard's category in force, which may block it (ta-p/231334); that is told as the property
        C(categories).
    type: str
    choices: [exempt, allow, monitor]
    default: exempt
  exempt:
    description: What an exempted URL skips. V(fortiguard) alone skips its category, and is still scanned for viruses.
    type: list
    elements: str
    choices: [activex-java-cookie, all, antiphish, av, dlp, fortiguard, pass, range-block, web-content]
    default: [fortiguard]
  max_entries:
    description:
      - How many entries the list may have, so that more of them are refused before anything is written.
      - No source that was found tells how many a URL filter table takes, and no request does; without this option it is
        the device that refuses, in its own words, before anything is in force. What a feed takes is checked without it.
    type: int
  transaction_timeout:
    description: After how many idle seconds the device ends a transaction by itself, from 10 to 3600.
    type: int
    default: 60
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.fortios_allowlist_info
  - module: managed_desktop.network.feed_file
"""

EXAMPLES = r"""
- name: Replace the entries of one URL filter table
  managed_desktop.network.fortios_allowlist:
    host: firewall.example.net
    access_token: "{{ vault_fortios_token }}"
    method: url_filter
    table_id: 7
    sources: [managed_desktop]
    tenant: contoso
    accept_loss:
      - property: bypass_inspection
        reason: exempted by the feed below
      - property: bypass_authentication
        reason: a policy without a login comes first

- name: Exempt what must not be inspected, by a feed of its own
  managed_desktop.network.fortios_allowlist:
    host: firewall.example.net
    access_token: "{{ vault_fortios_token }}"
    method: push_feed
    name: not_inspected
    feed_type: category
    category: 205
    sources: [managed_desktop]
    treatments: [bypass_inspection]
    tenant: contoso

- name: Put back what was there before the last change
  managed_desktop.network.fortios_allowlist:
    host: firewall.example.net
    access_token: "{{ vault_fortios_token }}"
    method: url_filter
    table_id: 7
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
    - What the device runs. A table runs what is stored, once its transaction is committed; of a feed it is V(unknown).
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
  description: The path of the back-up on the controller, null where nothing was changed.
  returned: success, and failure after a back-up was made
  type: str
fortios:
  description: The device, and where the list is on it.
  returned: success
  type: dict
  sample: {"device": "firewall.example.net", "version": "7.6.4", "vdom": "root", "place": "URL filter table 7"}
"""
