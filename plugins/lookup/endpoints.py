# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookup: the endpoints that devices must reach."""

from __future__ import annotations

DOCUMENTATION = r"""
name: endpoints
short_description: The endpoints that devices must reach
version_added: 0.1.0
author:
  - managed_desktop.network contributors (@managed-desktop)
description:
  - Returns what the documents of one or more sources ask to be reachable, each endpoint once, with every document,
    edition and row that says it.
  - Nothing is reduced. What one endpoint covers of another is decided when a list is compiled for an appliance.
  - A name with a placeholder (C(<tenant>.onmicrosoft.com)) is left out with a warning while O(tenant) is not set. It is
    never widened.
extends_documentation_fragment:
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.catalogue
  - managed_desktop.network.catalogue.filters
seealso:
  - plugin: managed_desktop.network.services
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Show how many endpoints the latest edition asks for
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', 'managed_desktop') | length }} endpoints"

- name: List the names that two services of one edition need
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', 'managed_desktop', edition='2018-08-29-aad339da',
      services=['Delivery Optimization', 'Office 365'], tenant='contoso') | map(attribute='host') }}"

- name: Join a shipped source with a list of our own, each with its own filters
  ansible.builtin.set_fact:
    reachable: "{{ query('managed_desktop.network.endpoints',
      {'source': 'managed_desktop', 'services': ['Delivery Optimization']},
      'our-endpoints.yml') }}"
  vars:
    allowlist_tenant: contoso

- name: Name what must not be inspected
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', 'our-endpoints.yml', treatments=['bypass_inspection'])
      | map(attribute='host') }}"

- name: Put Microsoft 365, Intune and Managed Desktop together
  ansible.builtin.set_fact:
    reachable: "{{ query('managed_desktop.network.endpoints', 'managed_desktop', 'microsoft365', 'intune') }}"
  vars:
    allowlist_tenant: contoso

- name: List what must be fast, for Exchange and what belongs to every answer, in the cloud of China
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', 'microsoft365', instance='China', services=['Exchange'],
      categories=['Optimize', 'Allow'], required_only=true) | map(attribute='host') | select }}"

- name: List the networks that Teams reaches over UDP
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', {'source': 'microsoft365', 'services': ['Skype']},
      ports=['udp/3478-3481']) | map(attribute='network') | select }}"

- name: Take a file that the web service gave, and a table of our own
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', 'worldwide.json', 'our-table.csv') | length }}"

- name: Take the editions that updates keep, where there are newer ones than those shipped
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', 'microsoft365', 'managed_desktop') | length }}"
  vars:
    allowlist_catalogue_dir: /srv/allowlist/catalogue

- name: See also what the first published edition hides in comments
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', 'managed_desktop', edition='2018-09-24', include_hidden=true)
      | length }}"

- name: Show which document asks that a name is not inspected
  ansible.builtin.debug:
    msg: "{{ item.host }}: {{ item.sources | map(attribute='grounds', default=[]) | flatten | unique | join(', ') }}"
  loop: "{{ query('managed_desktop.network.endpoints', 'intune', treatments=['bypass_inspection']) }}"
  loop_control:
    label: "{{ item.host or item.network }}"

# our-table.csv:
#
#   host,tcp_ports,service,required
#   api.corp.example,"443,8443",Our own,yes
#   *.files.corp.example,443,Our own,no

# our-endpoints.yml, where each of the three items is an endpoint:
#
#   services:
#     - name: Our own
#       documentation: [https://intranet.example/network]
#       endpoints:
#         - portal.corp.example
#         - "*.files.corp.example"
#         - host: api.corp.example
#           tcp_ports: [443, 8443, 9000-9010]
#           treatments: [allow, bypass_inspection]

- name: Go on where a source cannot be read
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.endpoints', 'perhaps.txt', errors='warn') }}"
"""

RETURN = r"""
_list:
  description: The endpoints, in the order of the sources and sorted by domain within each.
  type: list
  elements: dict
  contains:
    host:
      description: >-
        A host pattern in lower case and A-labels, for example V(a.example), V(*.a.example) or V(pay*.a.example).
        V(none) where RV(_list[].network) is given.
      type: str
      sample: "*.do.dsp.mp.microsoft.com"
    network:
      description: A network. V(none) where RV(_list[].host) is given.
      type: str
      sample: 192.0.2.0/24
    path:
      description: A path, on plain HTTP unless the ports say otherwise, perhaps with V(*) at its end. V(none) for all.
      type: str
      sample: /ncsi.txt
    tcp_ports:
      description: TCP ports, each a number, or a text V(low-high) for a range.
      type: list
      elements: raw
      sample: [80, 443, 9000-9010]
    udp_ports:
      description: UDP ports, written as RV(_list[].tcp_ports).
      type: list
      elements: raw
      sample: []
    ports_assumed:
      description: Whether the document gives no ports, and those of the web are assumed.
      type: bool
      sample: true
    service:
      description: The service that asks for the endpoint, the first of them where there are several.
      type: str
      sample: Delivery Optimization
    set:
      description: The source's own id of the set that the endpoint belongs to.
      type: str
    category:
      description: V(Optimize), V(Allow) or V(Default), where the source tells them apart. The strongest of several.
      type: str
    required:
      description: Whether the service needs the endpoint.
      type: bool
      sample: true
    treatments:
      description: What the network must do, V(allow), V(bypass_authentication) and V(bypass_inspection).
      type: list
      elements: str
      sample: [allow]
    registrable:
      description: >-
        The registrable domain by the public suffix list that all names of the endpoint lie in. V(none) where strangers
        can register such names, and for networks.
      type: str
      sample: microsoft.com
    pinned:
      description: Whether an update of the source must not remove the endpoint unasked.
      type: bool
      sample: false
    sources:
      description: Every place that asks for the endpoint.
      type: list
      elements: dict
      contains:
        source:
          description: The source, or the name of your file.
          type: str
          sample: managed_desktop
        edition:
          description: The edition. Of your own file a digest, unless it names one.
          type: str
          sample: 2018-08-29-aad339da
        row:
          description: The row of the document's tables. In a text file the line.
          type: int
          sample: 2
        service:
          description: The service of that row. Absent where it names none.
          type: str
          sample: Delivery Optimization
        repairs:
          description: The rules by which the name was repaired. Absent where none was needed.
          type: list
          elements: str
          sample: [lower_case]
        set:
          description: The source's own id of the set. Absent where it has no sets.
          type: str
          sample: "31"
        tied:
          description: >-
            Whether the set has names and networks, so that an appliance which matches one of the two needs not the
            other. Absent where not.
          type: bool
        express_route:
          description: Whether the set is reached over ExpressRoute. Absent where the source does not say.
          type: bool
        effective:
          description: The day from which the source asks for it. Absent where it does not say.
          type: str
          sample: "2026-01-31"
        grounds:
          description:
            - Why it needs more than V(allow), by the names in the table of treatments. Absent where it does not.
          type: list
          elements: str
          sample: [category]
"""

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.lookup import Answer, CatalogueLookup
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select


class LookupModule(CatalogueLookup):
    """The endpoints that sources ask for."""

    def answer(self, **asked: t.Any) -> Answer:
        """Return the endpoints as plain data."""
        selection = select(**asked)
        return Answer(selection.to_dicts(), selection.warnings)
