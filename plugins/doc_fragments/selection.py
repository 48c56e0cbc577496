# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that choose endpoints, documented once: for modules and lookups, and by tools/variables.py for roles."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of `module_utils/_selection_options.py`, by its groups; most lookups take the first as terms."""

    DOCUMENTATION = r"""
options:
  sources:
    description:
      - Where the endpoints come from. An item is the name of a shipped source (V(managed_desktop), V(microsoft365),
        V(intune), V(windows_autopatch), V(quick_assist), V(defender_endpoint)) or of one that updates keep, the path of
        a file of yours (it contains a V(/) or has a suffix), or a mapping with the key C(source), and as wanted
        C(edition), C(instance), C(services) and C(format), which count for this source before the options of these
        names.
      - An empty list leaves the endpoints to O(endpoints) alone.
    type: list
    elements: raw
  endpoints:
    description:
      - Endpoints written here, each a host pattern or a mapping with the fields that the lookup
        P(managed_desktop.network.endpoints#lookup) returns. They are added to those of the sources, whatever the
        filters.
      - Meant for a handful. Put a long list into a file and name it as a source.
    type: list
    elements: raw
"""

    TASKS = r"""
options: {}
notes:
  - Where O(sources) is not set, V(managed_desktop) is meant, unless O(endpoints) is given.
"""

    EDITIONS = r"""
options:
  edition:
    description:
      - The edition of the sources, V(latest) or an id such as V(2018-08-29-aad339da).
      - A file of yours is its own only edition.
      - An edition that is not current gives a warning.
    type: str
    default: latest
  instance:
    description:
      - Of sources that have editions for several clouds, which one, V(Worldwide), V(China), V(USGovDoD) or
        V(USGovGCCHigh), in any case. V(Worldwide) if not set.
      - The others do not mind.
    type: str
  services:
    description:
      - Only endpoints of these services, by the names or titles that P(managed_desktop.network.services#lookup)
        returns, in any case. All of them if empty.
      - What a source gives with every answer (C(Common) of V(microsoft365)) comes with them.
    type: list
    elements: str
    default: []
  format:
    description:
      - How files of yours are written, V(auto) by the suffix, otherwise by the content.
        The lookup P(managed_desktop.network.endpoints#lookup) describes each format.
      - A file with a fault is refused whole, and each fault is told with line, row and token.
    type: str
    choices: [auto, markdown, text, yaml, json, csv]
    default: auto
  catalogue_dir:
    description:
      - The directory on the controller where updates keep editions. They stand beside the shipped ones, and V(latest)
        is then the one in force there.
      - Only shipped editions if not set. A directory that is not there is an error.
    type: path
"""

    FILTERS = r"""
options:
  tenant:
    description:
      - What replaces C(<tenant>), the first label of your tenant's initial domain (V(contoso)), or that domain
        (V(contoso.onmicrosoft.com)). Where it is not set, names with the placeholder are left out with a warning.
      - It also narrows the wildcards with which the web service means all tenants, C(*.sharepoint.com) for example to
        V(contoso.sharepoint.com) and V(contoso-my.sharepoint.com).
    type: str
  treatments:
    description:
      - Only endpoints that need at least one of these treatments. All of them if empty.
      - Every endpoint needs V(allow).
    type: list
    elements: str
    choices: [allow, bypass_authentication, bypass_inspection]
    default: []
  categories:
    description:
      - Only endpoints of these categories, V(Optimize), V(Allow) and V(Default), in any case. All of them if empty.
      - Of an endpoint that several sets ask for on the same ports, the strongest category counts.
    type: list
    elements: str
    default: []
  ports:
    description:
      - Only endpoints that are reached on at least one of these ports, each V(443), V(9000-9010), V(tcp/443) or
        V(udp/3478-3481). All of them if empty.
    type: list
    elements: str
    default: []
  required_only:
    description:
      - Whether to leave out endpoints that their documents call optional.
    type: bool
    default: false
  include_hidden:
    description:
      - Whether to take rows that their document hides in an HTML comment.
    type: bool
    default: false
"""

    ACCEPTANCE = r"""
options:
  accept_loss:
    description:
      - What you accept that the appliance cannot do exactly as written. Without it, whatever opens the network to
        others or keeps an endpoint from working stops the task, with the lines to put here.
      - "An item is C({host:, result:, reason:}) for one endpoint, or C({property:, reason:}) for what is a property of
        the appliance as a whole. Ports that the site's own rules block are accepted as
        C({property: site_ports, ports:, reason:})."
    type: list
    elements: dict
  freeze_to:
    description:
      - Internal. The directory on the controller where the compiled list is kept, for a plan; set by the roles.
    type: path
  frozen:
    description:
      - Internal. The C(file) and C(sha256) of a list that a plan kept, which is set instead of one that is selected and
        compiled now; set by the roles.
    type: dict
  record:
    description:
      - Internal. Where on the controller the outcome is written, as C(path), with the C(ring) of the appliance; set by
        the roles.
    type: dict
"""
