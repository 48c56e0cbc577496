# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookups into the catalogue have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """The terms of lookups, their notes, and the variables behind the options that the fragment ``selection`` has."""

    DOCUMENTATION = r"""
options:
  _terms:
    description:
      - The sources, one or more. Each is the name of a shipped source (V(managed_desktop), V(microsoft365), V(intune),
        V(windows_autopatch), V(quick_assist), V(defender_endpoint)) or of one that updates keep, or the path of a file
        of yours (it contains a V(/) or has a suffix), or a mapping.
      - A path is searched for as C(files/) of the role or the play, like the paths of P(ansible.builtin.file#lookup).
      - A mapping has the key V(source), with such a name or path, and as wanted V(edition), V(instance),
        V(services) and V(format), which count for this source before the options of these names.
    type: list
    elements: raw
    required: true
  edition:
    vars:
      - name: allowlist_edition
  instance:
    vars:
      - name: allowlist_instance
  services:
    vars:
      - name: allowlist_services
  format:
    vars:
      - name: allowlist_format
  catalogue_dir:
    vars:
      - name: allowlist_catalogue_dir
notes:
  - The catalogue is shipped with the collection; nothing is asked of the network.
"""

    FILTERS = r"""
options:
  tenant:
    vars:
      - name: allowlist_tenant
  treatments:
    vars:
      - name: allowlist_treatments
  categories:
    vars:
      - name: allowlist_categories
  ports:
    vars:
      - name: allowlist_ports
  required_only:
    vars:
      - name: allowlist_required_only
  include_hidden:
    vars:
      - name: allowlist_include_hidden
"""
