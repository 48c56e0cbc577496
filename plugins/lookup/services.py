# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookup: the services of the catalogue."""

from __future__ import annotations

DOCUMENTATION = r"""
name: services
short_description: The services that ask for endpoints
version_added: 0.1.0
author:
  - managed_desktop.network contributors (@managed-desktop)
description:
  - Returns the services of one or more sources, how many endpoints each asks for, and the documents that it refers to.
  - A service that stands in several rows counts once for each edition.
extends_documentation_fragment:
  - managed_desktop.network.selection.editions
  - managed_desktop.network.catalogue
seealso:
  - plugin: managed_desktop.network.endpoints
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: List the services of the latest edition
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.services', 'managed_desktop') | map(attribute='name') }}"

- name: Show where each service is documented
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.entries }} entries, {{ item.documentation | map(attribute='url') | join(' ') }}"
  loop: "{{ query('managed_desktop.network.services', 'managed_desktop', edition='2018-08-29-aad339da') }}"
  loop_control:
    label: "{{ item.name }}"

- name: Show the service areas of all sources that we follow, with the status of their editions
  ansible.builtin.debug:
    msg: "{{ item.source }} {{ item.edition }} ({{ item.status }}): {{ item.title or item.name }}, {{ item.unique }}"
  loop: "{{ query('managed_desktop.network.services', 'managed_desktop', 'microsoft365', 'our-endpoints.yml') }}"
  loop_control:
    label: "{{ item.name }}"

- name: Show what the web service lists for the cloud of China
  ansible.builtin.debug:
    msg: "{{ query('managed_desktop.network.services', 'microsoft365', instance='China') | map(attribute='title') }}"
"""

RETURN = r"""
_list:
  description: The services, in the order of their documents.
  type: list
  elements: dict
  contains:
    name:
      description: The service, as the option O(services) takes it.
      type: str
      sample: Office 365
    title:
      description:
        - What the source calls it where the name is an abbreviation. O(services) takes it too.
        - V(none) where there is none.
      type: str
      sample: Microsoft Teams
    source:
      description: The source that lists it.
      type: str
      sample: managed_desktop
    edition:
      description: The edition of the source.
      type: str
      sample: 2018-08-29-aad339da
    status:
      description: The status of that edition, V(draft), V(hidden), V(superseded), V(current) or V(retired).
      type: str
      sample: draft
    rows:
      description: The rows of the document that name it.
      type: list
      elements: int
      sample: [4]
    tokens:
      description: How many names are written there, before any repair.
      type: int
      sample: 74
    entries:
      description: How many endpoints they are.
      type: int
      sample: 73
    unique:
      description: How many different ones.
      type: int
      sample: 72
    hidden:
      description: Whether the document hides all of its rows.
      type: bool
      sample: false
    documentation:
      description: The documents that it refers to.
      type: list
      elements: dict
      contains:
        title:
          description: The title, as the source gives it.
          type: str
          sample: Office 365 URL and IP address ranges
        url:
          description: The address.
          type: str
          sample: https://docs.microsoft.com/office365/enterprise/urls-and-ip-address-ranges
"""

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import EDITION_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.lookup import Answer, CatalogueLookup
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import list_services


class LookupModule(CatalogueLookup):
    """The services that sources list."""

    options = tuple(EDITION_OPTIONS)

    def answer(self, **asked: t.Any) -> Answer:
        """Return the services as plain data."""
        return Answer(*list_services(**asked))
