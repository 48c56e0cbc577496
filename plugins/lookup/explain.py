# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookup: which rows of which editions allow a name."""

from __future__ import annotations

DOCUMENTATION = r"""
name: explain
short_description: Which rows of which editions allow a name
version_added: 0.1.0
author:
  - managed_desktop.network contributors (@managed-desktop)
description:
  - Returns for each name, address or URL the endpoints that allow it, with every document, edition and row that says
    so.
  - Where none allows it, returns what is nearest, for example that C(*.a.example) does not include C(a.example), that
    only a name above or below it is listed, or that it is one character away from a listed name.
  - This is what the list means. How an appliance carries it out can differ by the losses that were accepted there.
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.catalogue
  - managed_desktop.network.catalogue.filters
options:
  _terms:
    description:
      - What to explain, one or more. Each is a name (V(login.live.com)), a wildcard (V(*.live.com), which only an
        endpoint allows that covers all of it), an address or a network, V(host:port) as in a proxy's log, or a URL.
      - A name alone asks for any port and path. With V(host:port) no path is seen, so that an endpoint with a path
        does not allow it. Of a URL only the path of plain HTTP is seen, and its query is ignored.
    type: list
    elements: str
    required: true
  sources:
    default: [managed_desktop]
    vars:
      - name: allowlist_sources
  endpoints:
    vars:
      - name: allowlist_endpoints
  edition:
    description:
      - The edition of the sources, V(latest) or an id such as V(2018-08-29-aad339da).
      - V(all) looks into every edition, shipped and kept by updates, which shows since when and until when a name was
        listed.
      - A file of yours is its own only edition.
seealso:
  - plugin: managed_desktop.network.endpoints
    plugin_type: lookup
  - plugin: managed_desktop.network.catalogue_diff
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Say which rows allow a name
  ansible.builtin.debug:
    msg: "{{ (query('managed_desktop.network.explain', 'login.live.com') | first).text }}"

- name: Stop where something that we need is not on the list
  ansible.builtin.assert:
    that: item.allowed
    fail_msg: "{{ item.text }}"
  loop: "{{ query('managed_desktop.network.explain', 'https://portal.example/start', 'api.example:8443',
    sources=['managed_desktop', 'our-endpoints.yml']) }}"
  loop_control:
    label: "{{ item.asked }}"

- name: Explain an address and a line of a proxy's log
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.explain', '13.107.6.152', 'outlook.office365.com:993',
      sources=['microsoft365']) | map(attribute='text') }}"

- name: Explain by the list of the inventory, its filters and its own endpoints
  ansible.builtin.debug:
    msg: "{{ (query('managed_desktop.network.explain', 'portal.corp.example') | first).text }}"
  vars:
    allowlist_sources: [managed_desktop, intune]
    allowlist_endpoints: ['*.corp.example']
    allowlist_tenant: contoso

- name: Show which editions ever listed a name
  ansible.builtin.debug:
    msg: "{{ found.allowed_by | map(attribute='rows') | flatten | map(attribute='edition') | unique }}"
  vars:
    found: "{{ lookup('managed_desktop.network.explain', 'docs.microsoft.com', edition='all', include_hidden=true) }}"
"""

RETURN = r"""
_list:
  description: One explanation for each term, in their order.
  type: list
  elements: dict
  contains:
    asked:
      description: The term.
      type: str
      sample: https://login.live.com/start
    host:
      description: The name that was understood, in lower case and A-labels. V(none) for an address.
      type: str
      sample: login.live.com
    network:
      description: The address or network that was understood. V(none) for a name.
      type: str
    port:
      description: The TCP port that was asked for. V(none) for any.
      type: int
      sample: 443
    path:
      description: The path that was asked for. V(none) for any.
      type: str
      sample: /start
    allowed:
      description: Whether some endpoint allows it.
      type: bool
      sample: true
    treatments:
      description: What the network must do with it, by all endpoints that allow it together.
      type: list
      elements: str
      sample: [allow]
    allowed_by:
      description: >-
        The endpoints that allow it, the nearest domain first. Each has the fields that
        P(managed_desktop.network.endpoints#lookup) returns, without C(registrable), and C(rows) in place of C(sources).
      type: list
      elements: dict
      contains:
        rows:
          description: >-
            Every place that says so, with C(source), C(edition), C(status) of the edition, C(row) and C(service).
          type: list
          elements: dict
          sample:
            - source: managed_desktop
              edition: 2018-08-29-aad339da
              status: draft
              row: 1
              service: Windows Update for Business (WUfB)
    help:
      description: What is nearest, where no endpoint allows it.
      type: list
      elements: dict
      contains:
        kind:
          description: >-
            V(port) or V(path), where an endpoint has the name and not this port or path. V(tenant_unset) or
            V(hidden), where such an endpoint was left out. V(apex), where only the names below are listed. V(typo),
            V(parent), V(child).
          type: str
          sample: apex
        hosts:
          description: The listed hosts that it speaks of.
          type: list
          elements: str
          sample: ["*.live.com"]
        text:
          description: The same as a sentence.
          type: str
          sample: "*.live.com is listed, which has only the names below live.com and not live.com itself."
    text:
      description: The whole explanation as a sentence.
      type: str
      sample: >-
        login.live.com is allowed by login.live.com on TCP 80, 443 (managed_desktop 2018-08-29-aad339da row 1).
"""

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import SELECTION_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.explain import (
    ALL,
    Explainer,
    every_edition,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.lookup import Answer, CatalogueLookup
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.shipped import LATEST
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import EndpointError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import selected, sources_of


class LookupModule(CatalogueLookup):
    """The endpoints that allow a name."""

    options = tuple(SELECTION_OPTIONS)
    terms_are = "terms"

    def answer(self, **asked: t.Any) -> Answer:
        """Return one explanation for each term."""
        terms, find_file = asked.pop("terms"), asked.pop("find_file")
        every = asked["edition"] == ALL
        if every:
            sources = every_edition(sources_of(asked), asked["instance"], asked["catalogue_dir"])
            asked.update(sources=sources, edition=LATEST)
        try:
            selection = selected(asked, find_file)
        except EndpointError as error:
            raise CatalogueError(str(error)) from error
        explainer = Explainer(selection)
        # That editions are not current is what was asked for where all were.
        warnings = () if every else selection.warnings
        return Answer([explainer.explain(term) for term in terms], warnings)
