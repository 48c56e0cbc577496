# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookup: how wide the wildcards of the list are."""

from __future__ import annotations

DOCUMENTATION = r"""
name: breadth
short_description: How wide the wildcards of the list are
version_added: 0.1.0
author:
  - managed_desktop.network contributors (@managed-desktop)
description:
  - Returns for each wildcard how much else of the list it covers, which registrable domain its names lie in, and
    whether strangers can register names under it.
  - Strangers can where the public suffix list says so, for the wildcard's domain or one below it, and under suffixes
    where a cloud gives names to its customers, such as C(*.blob.core.windows.net), by a reviewed table in the
    collection.
extends_documentation_fragment:
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.catalogue
  - managed_desktop.network.catalogue.filters
options:
  output:
    description:
      - What to return.
      - V(data) is a dictionary for each wildcard, V(markdown) one page for a review.
    type: str
    choices: [data, markdown]
    default: data
seealso:
  - plugin: managed_desktop.network.endpoints
    plugin_type: lookup
  - plugin: managed_desktop.network.catalogue_diff
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Name the wildcards that admit names of strangers
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.breadth', 'managed_desktop')
      | selectattr('strangers') | map(attribute='host') }}"

- name: Show how many listed names one wildcard has
  ansible.builtin.debug:
    msg: "{{ item.host }} covers {{ item.count }} others"
  loop: "{{ query('managed_desktop.network.breadth', 'managed_desktop', edition='2018-08-29-aad339da') }}"
  loop_control:
    label: "{{ item.host }}"
  when: item.count > 20

- name: Judge only what may not be inspected, of several sources together
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.breadth', 'microsoft365', 'intune', treatments=['bypass_inspection'])
      | items2dict(key_name='host', value_name='count') }}"

- name: Write the page for the reviewers
  ansible.builtin.copy:
    dest: ./breadth.md
    mode: "0644"
    content: "{{ lookup('managed_desktop.network.breadth', 'our-endpoints.yml', output='markdown') }}"
  delegate_to: localhost
"""

RETURN = r"""
_list:
  description: >-
    The wildcards, those that admit names of strangers first and then the widest; or with O(output=markdown) one text.
  type: list
  elements: raw
  contains:
    host:
      description: The wildcard.
      type: str
      sample: "*.microsoft.com"
    count:
      description: >-
        How many other hosts of the list it covers, patterns or not. One that stands in several rows, or with several
        paths or ports, counts once.
      type: int
      sample: 21
    covers:
      description: These hosts.
      type: list
      elements: str
      sample: [c.microsoft.com, "*.update.microsoft.com"]
    strangers:
      description: >-
        V(none), or the C(suffix) under which strangers can register a name that the wildcard admits (which may be a
        pattern, for a region), and as C(reason) what they have names for there.
      type: dict
      sample: {suffix: blob.core.windows.net, reason: storage accounts}
    registrable:
      description: The registrable domain that all names of the wildcard lie in. V(none) where there is none.
      type: str
      sample: microsoft.com
    services:
      description: The services that ask for it.
      type: list
      elements: str
      sample: [Microsoft Store for Business]
"""

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.breadth import breadth, to_markdown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.lookup import Answer, CatalogueLookup
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selected import described
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select


class LookupModule(CatalogueLookup):
    """The breadth of each wildcard."""

    options = (*CatalogueLookup.options, "output")

    def answer(self, **asked: t.Any) -> Answer:
        """Return the breadth of each wildcard, as data or as a page."""
        output = asked.pop("output")
        selection = select(**asked)
        found = breadth(selection.endpoints)
        if output == "markdown":
            return Answer([to_markdown(found, described(selection))], selection.warnings)
        return Answer([item.to_dict() for item in found], selection.warnings)
