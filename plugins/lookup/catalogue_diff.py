# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookup: what changed between two states of the list."""

from __future__ import annotations

DOCUMENTATION = r"""
name: catalogue_diff
short_description: What changed between two states of the list
version_added: 0.1.0
author:
  - managed_desktop.network contributors (@managed-desktop)
description:
  - Compares two editions, files, or selections of several sources, and returns which endpoints were added, removed and
    changed, by service.
  - Tells of each what it means for the names that devices can reach. A name that stands no longer in the list and is
    covered by a wildcard there is no loss, and a new name that was covered before admits nothing new.
  - An endpoint is known by its host and path, or its network. A service that has another name and asks for mostly the
    same is taken as renamed.
extends_documentation_fragment:
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.catalogue
  - managed_desktop.network.catalogue.filters
options:
  _terms:
    description:
      - Exactly two, what to compare from and what to compare to.
      - Each is a source as P(managed_desktop.network.endpoints#lookup) takes it (a name, the path of a file, or a
        mapping of V(source) with V(edition), V(services) and V(format)), or a list of such sources.
    type: list
    elements: raw
    required: true
  output:
    description:
      - What to return.
      - V(data) is a dictionary, V(markdown) a page for a ticket or a review.
    type: str
    choices: [data, markdown]
    default: data
seealso:
  - plugin: managed_desktop.network.endpoints
    plugin_type: lookup
  - plugin: managed_desktop.network.breadth
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Show what the latest edition takes away from those who have the one before
  ansible.builtin.debug:
    msg: "{{ found.removed | rejectattr('effect', 'eq', 'still_covered') | map(attribute='subject') }}"
  vars:
    found: "{{ lookup('managed_desktop.network.catalogue_diff',
      {'source': 'managed_desktop', 'edition': '2022-09-15'}, 'managed_desktop') }}"

- name: Write the change for the ticket
  ansible.builtin.copy:
    dest: ./change.md
    mode: "0644"
    content: "{{ lookup('managed_desktop.network.catalogue_diff', 'last-month.yml', 'this-month.yml',
      output='markdown') }}"
  delegate_to: localhost

- name: Compare what two clouds ask for, of one service
  ansible.builtin.debug:
    msg: "{{ (lookup('managed_desktop.network.catalogue_diff', {'source': 'microsoft365', 'instance': 'Worldwide'},
      {'source': 'microsoft365', 'instance': 'China'}, services=['Exchange'])).by_service }}"

- name: Name the wildcards that the newer list has in place of names
  ansible.builtin.debug:
    msg: "{{ found.added | selectattr('covers') | map(attribute='subject') }}"
  vars:
    found: "{{ lookup('managed_desktop.network.catalogue_diff', 'last-month.yml', 'this-month.yml') }}"

- name: See what a list of our own adds to the shipped one
  ansible.builtin.debug:
    msg: "{{ (lookup('managed_desktop.network.catalogue_diff', 'managed_desktop',
      ['managed_desktop', 'our-endpoints.yml'])).counts }}"
"""

RETURN = r"""
_list:
  description: One dictionary, or with O(output=markdown) one text.
  type: list
  elements: raw
  contains:
    before:
      description: The editions that were compared from, each with C(source), C(edition), C(status) and C(sha256).
      type: list
      elements: dict
      sample: [{source: managed_desktop, edition: '2022-09-15', status: superseded}]
    after:
      description: The editions that were compared to, written as RV(_list[].before).
      type: list
      elements: dict
    counts:
      description: >-
        How many endpoints were C(added), C(removed), C(changed) and C(unchanged); how many of the added are
        C(widening), and of the removed C(lost) wholly or in part.
      type: dict
      sample: {added: 1, removed: 1, changed: 0, unchanged: 347, widening: 0, lost: 0}
    added:
      description: The added endpoints, sorted by domain.
      type: list
      elements: dict
      contains:
        subject:
          description: The host, with its path, or the network.
          type: str
          sample: learn.microsoft.com
        effect:
          description: >-
            V(new), where nothing of it could be reached before. V(widened), where a part of it could.
            V(covered_already).
          type: str
          sample: covered_already
        covered_by:
          description: What covered it before, in whole or in part.
          type: list
          elements: str
          sample: ["*.microsoft.com"]
        covers:
          description: What was listed before and lies within it, such as the names that a new wildcard replaces.
          type: list
          elements: str
          sample: []
        tcp_ports:
          description: TCP ports, as P(managed_desktop.network.endpoints#lookup) writes them.
          type: list
          elements: raw
          sample: [80, 443]
        udp_ports:
          description: UDP ports.
          type: list
          elements: raw
          sample: []
        treatments:
          description: What the network must do. A treatment that some ports do not have is followed by those that do.
          type: list
          elements: str
          sample: [allow, "bypass_inspection (TCP 443)"]
        category:
          description: The strongest category.
          type: str
        required:
          description: Whether some service needs it.
          type: bool
          sample: true
        pinned:
          description: Whether an update must not remove it unasked.
          type: bool
          sample: false
        services:
          description: The services that ask for it.
          type: list
          elements: str
          sample: [Office 365]
    removed:
      description: >-
        The removed endpoints, written as RV(_list[].added). C(effect) is V(still_covered), V(narrowed) where a part
        of it can still be reached, or V(lost); C(covered_by) and C(covers) are of the list compared to.
      type: list
      elements: dict
    changed:
      description: The endpoints on both sides that differ in something else.
      type: list
      elements: dict
      contains:
        subject:
          description: The host, with its path, or the network.
          type: str
          sample: portal.example
        effect:
          description: >-
            What that means for devices. V(none), V(widened), V(narrowed), or V(both) where it admits more here and
            less there.
          type: str
          sample: widened
        fields:
          description: What differs, with its value C(before) and C(after).
          type: dict
          sample: {tcp_ports: {before: [443], after: [80, 443]}}
        services:
          description: The services that ask for it, before or after.
          type: list
          elements: str
    renamed_services:
      description: The services that have another name, C(before) and C(after).
      type: list
      elements: dict
      sample: [{before: Azure Active Directory, after: Microsoft Entra ID}]
    by_service:
      description: For each service with a change the subjects that were C(added), C(removed) and C(changed).
      type: dict
      sample: {Office 365: {added: [learn.microsoft.com], removed: [docs.microsoft.com], changed: []}}
"""

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference import difference
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference_text import to_markdown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.lookup import Answer, CatalogueLookup
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selected import (
    described,
    editions_of,
    tenant_warnings,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select


class LookupModule(CatalogueLookup):
    """The difference between two selections."""

    options = (*CatalogueLookup.options, "output")
    terms_are = "sides"

    def answer(self, **asked: t.Any) -> Answer:
        """Return the difference, as data or as a page."""
        sides, output = asked.pop("sides"), asked.pop("output")
        if len(sides) != 2:
            raise CatalogueError(f"Give exactly two editions to compare, from and to; {len(sides)} were given.")
        before, after = (select(side if isinstance(side, list) else [side], **asked) for side in sides)
        found = difference(before.endpoints, after.endpoints)
        warnings = tenant_warnings(before, after)
        if output == "markdown":
            return Answer([to_markdown(found, described(before), described(after))], warnings)
        return Answer([{"before": editions_of(before), "after": editions_of(after), **found.to_dict()}], warnings)
