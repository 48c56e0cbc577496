# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Where a list is on a FortiGate."""

    DOCUMENTATION = r"""
options:
  access_token:
    description:
      - The token of a REST API administrator. Where it is not set, the environment variable E(FORTIOS_ACCESS_TOKEN)
        is. It is sent in a header and never in an address.
      - Its profile needs to read System and Security Fabric, and to write what the list is in, Web Filter for a URL
        filter and Security Fabric for a feed.
    type: str
    required: true
  vdom:
    description: The virtual domain.
    type: str
    default: root
  method:
    description:
      - V(push_feed) keeps the list in an external resource to which entries are pushed, from FortiOS 7.2.1.
      - V(url_filter) keeps it in one table of the URL filter, changed inside a transaction, from FortiOS 6.4.
    type: str
    required: true
    choices: [push_feed, url_filter]
  feed:
    description: The name of the external resource. That of the list if not set.
    type: str
  table_id:
    description: The number of the URL filter table, as a web filter profile names it. O(method=url_filter) needs it.
    type: int
  inspection_mode:
    description:
      - How the policies will inspect that use the table, where no web filter profile uses it yet; V(flow) if not set,
        whose entries fit both. Otherwise the profiles say it (C(feature-set)).
      - V(proxy) is refused where a profile that uses the table inspects in flow mode.
    type: str
    choices: [proxy, flow]
"""
