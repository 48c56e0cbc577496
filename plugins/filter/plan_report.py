# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: one plan for all appliances."""

from __future__ import annotations

DOCUMENTATION = r"""
name: plan_report
short_description: One report on what apply would change on all appliances
version_added: 0.1.0
author: managed_desktop.network contributors
description:
  - Puts together what M(managed_desktop.network.squid_allowlist) returned on each appliance in check mode, as a table,
    by service what would be added and taken out, and what the appliances cannot do as the documents say.
  - An appliance without a result is shown as not known, and never as in step.
positional: format
options:
  _input:
    description: The module's result by the name of the appliance.
    type: dict
    required: true
  format:
    description: V(data) returns a dictionary, V(text) a report for people, V(json) the dictionary as JSON.
    type: str
    choices: [data, text, json]
    default: data
  failures:
    description: By appliance, the result of the task that failed, which explains why the module has none.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what would change
  ansible.builtin.debug:
    msg: "{{ {inventory_hostname: result} | managed_desktop.network.plan_report('text') }}"
"""

RETURN = r"""
_value:
  description: The plan. As V(data) a dictionary with the keys below.
  type: raw
  contains:
    appliances:
      description:
        - By name, the state (V(in step), V(would change) or V(not known)), the differences and the losses.
      type: dict
    counts:
      description: How many appliances are in each state.
      type: dict
      sample: {"in step": 3, "would change": 1, "not known": 0}
    editions:
      description: The editions of the list, each with its status.
      type: list
      elements: dict
      sample: [{"source": "managed_desktop", "edition": "2023-10-19", "status": "current"}]
"""

import typing as t

from ansible.errors import AnsibleError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._drift import to_json
from ansible_collections.managed_desktop.network.plugins.plugin_utils._plan import report, to_text

_WRITERS: t.Final[dict[str, t.Callable[[t.Any], t.Any]]] = {"data": dict, "text": to_text, "json": to_json}


def plan_report(results: t.Any, format: str = "data", failures: t.Mapping[str, t.Any] | None = None) -> t.Any:
    """Return the plan from the results of all appliances."""
    if format not in _WRITERS:
        raise AnsibleError(f"plan_report: format {format!r} is none of {', '.join(_WRITERS)}")
    if not isinstance(results, t.Mapping):
        raise AnsibleError("plan_report: give a mapping of appliance to the result of the allow-list module there")
    return _WRITERS[format](report(results, failures or {}))


class FilterModule:
    """What Ansible finds in this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"plan_report": plan_report}
