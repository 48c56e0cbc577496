# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookups into the catalogue have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and notes shared by the catalogue's lookups."""

    DOCUMENTATION = r"""
options:
  _terms:
    description:
      - The sources, one or more. Each is the name of a shipped source (V(managed_desktop), V(microsoft365), V(intune),
        V(windows_autopatch), V(quick_assist), V(defender_endpoint)), or the path of a file of yours (it contains a
        V(/) or has a suffix), or a mapping.
      - A path is searched for as C(files/) of the role or the play, like the paths of P(ansible.builtin.file#lookup).
      - A mapping has the key V(source), with such a name or path, and as wanted V(edition), V(instance),
        V(services) and V(format), which count for this source before the options of these names.
    type: list
    elements: raw
    required: true
  edition:
    description:
      - The edition of the shipped sources, V(latest) or an id such as V(2018-08-29-aad339da).
      - A file of yours is its own only edition.
      - An edition that is not current gives a warning.
    type: str
    default: latest
    vars:
      - name: allowlist_edition
  instance:
    description:
      - Of shipped sources that have editions for several clouds, which one, V(Worldwide), V(China), V(USGovDoD) or
        V(USGovGCCHigh), in any case. V(Worldwide) if not set.
      - The others do not mind.
    type: str
    vars:
      - name: allowlist_instance
  services:
    description:
      - Only these services, by the names or titles that P(managed_desktop.network.services#lookup) returns, in any
        case.
      - What a source gives with every answer (C(Common) of V(microsoft365)) comes with them.
      - All of them if empty.
    type: list
    elements: str
    default: []
    vars:
      - name: allowlist_services
  format:
    description:
      - The format of your files.
      - V(auto) goes by the suffix (C(.md), C(.markdown), C(.txt), C(.list), C(.yml), C(.yaml), C(.json), C(.csv),
        C(.psv), C(.tsv)), otherwise by the content.
      - V(markdown) is a page with tables that have a column of names, as the shipped sources are published. Columns of
        ports, category, required and service are read too.
      - V(text) has one name per line, perhaps with a path, or a network; V(#) begins a comment.
      - V(yaml) is a list of names and of endpoints, with the keys that P(managed_desktop.network.endpoints#lookup)
        returns, or a mapping of V(source), V(edition), V(status), V(url), V(endpoints) (such a list) and V(services)
        (each with V(name), V(documentation) and V(endpoints)).
      - V(json) is an answer of the Office 365 IP address and URL web service.
      - V(csv) is a table with a header, separated by commas, semicolons, bars or tabs. Its columns are C(host) (or
        C(url), C(endpoint) and the like), C(network) (or C(ips)), C(path), C(tcp_ports), C(udp_ports), C(protocol),
        C(service), C(title), C(set), C(category), C(required), C(treatments), C(pinned), C(express_route),
        C(effective) and C(notes), which is not read.
      - A file with a fault is refused whole, and each fault is told with line, row and token.
    type: str
    choices: [auto, markdown, text, yaml, json, csv]
    default: auto
    vars:
      - name: allowlist_format
notes:
  - The catalogue is shipped with the collection; nothing is asked of the network.
"""
