# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Where a Check Point management server is, and which of its objects the list is."""

    DOCUMENTATION = r"""
options:
  username:
    description:
      - The administrator, with O(password). Give him no more than he needs - to change application-sites, to publish
        and to install the policy.
      - The environment variable E(CHECKPOINT_USERNAME) is used where it is not set.
    type: str
  password:
    description: His password. The environment variable E(CHECKPOINT_PASSWORD) is used where it is not set.
    type: str
  api_key:
    description:
      - The API key of an administrator, instead of O(username) and O(password). The environment variable
        E(CHECKPOINT_API_KEY) is used where it is not set.
    type: str
  domain:
    description: The domain to work in, by name or identifier, on a server of several domains.
    type: str
  cloud_mgmt_id:
    description:
      - The identifier that Smart-1 Cloud puts before the path of the API. The environment variable
        E(CHECKPOINT_CLOUD_MGMT_ID) is used where it is not set.
    type: str
  application_site:
    description: The name of the application-site. The name of the list (O(name)) if it is not set.
    type: str
  policy_package:
    description:
      - The policy package that carries the application-site to the gateways. Without it the list is published, and
        comes into force when somebody installs the policy; what runs is then V(unknown).
    type: str
  targets:
    description: The installation targets of O(policy_package), by name. All of them if empty.
    type: list
    elements: str
    default: []
"""
