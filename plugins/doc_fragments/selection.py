# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that choose endpoints, and accept what an appliance cannot say."""

    DOCUMENTATION = r"""
options:
  sources:
    description:
      - Where the endpoints come from. An item is the name of a shipped source, the path of a file of yours, or a
        mapping with the keys C(source), C(edition), C(services) and C(format) that count for this source alone.
      - Defaults to V(managed_desktop), unless O(endpoints) is given.
    type: list
    elements: raw
  edition:
    description: The edition of shipped sources; V(latest) or an id.
    type: str
  services:
    description: Only endpoints of these services. Names are compared without regard to case.
    type: list
    elements: str
  tenant:
    description: Your tenant, which replaces the placeholder in names such as C(<tenant>.onmicrosoft.com).
    type: str
  treatments:
    description: Only endpoints that need at least one of these treatments.
    type: list
    elements: str
    choices: [allow, bypass_authentication, bypass_inspection]
  required_only:
    description: Leave out endpoints that their documents call optional.
    type: bool
  format:
    description: How files of yours are written.
    type: str
  endpoints:
    description:
      - Endpoints written here, each a host pattern or a mapping with the fields that the lookup
        P(managed_desktop.network.endpoints#lookup) returns. They are added to those of O(sources).
      - Meant for a handful. Put a long list into a file and name it in O(sources).
    type: list
    elements: raw
  accept_loss:
    description:
      - What you accept that the appliance cannot do exactly as written. Without it, whatever opens the network to
        others or keeps an endpoint from working stops the task, with the lines to put here.
      - An item is C({host:, result:, reason:}) for one endpoint, or C({property:, reason:}) for what is a property of
        the appliance as a whole.
    type: list
    elements: dict
"""
