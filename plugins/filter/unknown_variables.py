# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: what nobody reads among the variables that begin with allowlist_."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_variables
short_description: Name the allowlist_ variables that nobody reads
version_added: 0.1.0
author: managed_desktop.network contributors
description:
  - An argument specification does not see a misspelt variable of the inventory. This filter does; the roles of this
    collection refuse what it returns.
  - Names that begin with C(allowlist_) belong to this collection. Do not use them for variables of your own.
positional: mappings
options:
  _input:
    description: The names of variables.
    type: list
    elements: str
    required: true
  mappings:
    description: Of variables whose keys are known too, the value by the name of the variable.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Refuse misspelt variables
  ansible.builtin.assert:
    that: unknown | length == 0
    fail_msg: "{{ unknown | join(' ') }}"
  vars:
    unknown: "{{ query('ansible.builtin.varnames', '^allowlist_') | managed_desktop.network.unknown_variables }}"
"""

RETURN = r"""
_value:
  description: One sentence for each unknown name or key, with the nearest known one where there is one.
  type: list
  elements: str
  sample: ["There is no variable allowlist_tennant. Did you mean allowlist_tenant?"]
"""

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables import unknown


class FilterModule:
    """What Ansible finds in this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"unknown_variables": unknown}
