# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: one report on the drift of all appliances."""

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_report
short_description: One report on what has drifted on all appliances
version_added: 0.1.0
author: managed_desktop.network contributors
description:
  - Puts together what M(managed_desktop.network.squid_allowlist) returned on each appliance in check mode, as a table,
    and by service what is missing and what is foreign.
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
  corrected:
    description: Whether the module ran for real, and so put right what it found.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what has drifted
  ansible.builtin.debug:
    msg: "{{ {inventory_hostname: result} | managed_desktop.network.drift_report('text') }}"
"""

RETURN = r"""
_value:
  description: >-
    The report. As V(data) a dictionary with the keys RV(_value.appliances), RV(_value.counts) and RV(_value.editions).
  type: raw
  contains:
    appliances:
      description: By name, the state (V(in step), V(drifted), V(corrected) or V(not known)) and the differences.
      type: dict
    counts:
      description: How many appliances are in each state.
      type: dict
      sample: {"in step": 3, "drifted": 1, "corrected": 0, "not known": 0}
    editions:
      description: The editions of the list, each with C(source), C(edition) and C(status).
      type: list
      elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._drift import report, to_json, to_text

_WRITERS: t.Final[dict[str, t.Callable[[t.Any], t.Any]]] = {"data": dict, "text": to_text, "json": to_json}


def drift_report(
    results: t.Any, format: str = "data", failures: t.Mapping[str, t.Any] | None = None, corrected: bool = False
) -> t.Any:
    """Return the report on the results of all appliances."""
    if format not in _WRITERS:
        raise AnsibleError(f"drift_report: format {format!r} is none of {', '.join(_WRITERS)}")
    if not isinstance(results, t.Mapping):
        raise AnsibleError("drift_report: give a mapping of appliance to the result of the allow-list module there")
    return _WRITERS[format](report(results, failures or {}, corrected))


class FilterModule:
    """What Ansible finds in this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"drift_report": drift_report}
