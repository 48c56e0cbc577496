# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: reachability_report
short_description: One report on what all test hosts can reach
version_added: 0.1.0
author:
  - managed_desktop.network contributors (@managed-desktop)
description:
  - Puts together what M(managed_desktop.network.reachability_info) returned on each test host, as a table of service by
    test host, and each failure with its layer, cause and remedy.
  - What is unknown is shown and is never green. A test host where the module did not run keeps the whole from passing.
positional: format
options:
  _input:
    description: The module's result by the name of the test host.
    type: dict
    required: true
  format:
    description:
      - V(data) returns a dictionary, V(text) a report for people, V(json) the dictionary as JSON, V(junit) JUnit XML
        in which what is unknown is an error.
    type: str
    choices: [data, text, json, junit]
    default: data
  platforms:
    description:
      - The platforms of the appliances on the way, a list such as C([squid]) by test host. The report then says how the
        remedy for TLS 1.2 is applied on these alone.
    type: dict
    default: {}
seealso:
  - module: managed_desktop.network.reachability_info
"""

EXAMPLES = r"""
- name: Show what each test host can reach
  ansible.builtin.debug:
    msg: "{{ reachability | managed_desktop.network.reachability_report('text') }}"
  vars:
    reachability: >-
      {{ dict(groups['test_hosts'] | zip(groups['test_hosts'] | map('extract', hostvars, 'reachability'))) }}

- name: Keep it for the build server
  ansible.builtin.copy:
    content: "{{ reachability | managed_desktop.network.reachability_report('junit') }}"
    dest: results/reachability.xml
    mode: '0644'
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description:
    - The report. As V(data) a dictionary with the keys RV(_value.passed), RV(_value.hosts), RV(_value.table),
      RV(_value.subjects), RV(_value.failures), RV(_value.unknowns), RV(_value.tls_floor), RV(_value.not_run),
      RV(_value.unprobed) and RV(_value.editions), otherwise text.
  type: raw
  contains:
    passed:
      description: Whether everything is as it should be, V(none) while something is unknown and nothing failed.
      type: bool
    hosts:
      description: The test hosts.
      type: list
      elements: str
    table:
      description: A row for each service, with the counts of each test host.
      type: list
      elements: dict
      sample: [{"service": "Office 365", "hosts": {"client1": {"total": 72, "passed": 71, "failed": 1, "unknown": 0}}}]
    subjects:
      description: Everything that is judged, a lone probe or a group of alternatives each.
      type: list
      elements: dict
    failures:
      description: The probes that failed, with layer, cause and remedy.
      type: list
      elements: dict
    unknowns:
      description: The probes by which nothing is proved, in the same form.
      type: list
      elements: dict
    tls_floor:
      description: Whether TLS 1.2 passes, by test host.
      type: dict
    not_run:
      description: The test hosts where the module did not run, and why.
      type: dict
    unprobed:
      description: The endpoints that no probe stands for, and why.
      type: list
      elements: dict
    editions:
      description: The editions that were probed, each with C(source), C(edition) and C(status).
      type: list
      elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._verification import ReportError, report
from ansible_collections.managed_desktop.network.plugins.plugin_utils._verification_text import (
    to_json,
    to_junit,
    to_text,
)

_WRITERS: t.Final[dict[str, t.Callable[[t.Any], t.Any]]] = {
    "data": lambda found: found,
    "text": to_text,
    "json": to_json,
    "junit": to_junit,
}


def reachability_report(
    results: t.Any, format: str = "data", platforms: t.Mapping[str, t.Sequence[str]] | None = None
) -> t.Any:
    """Return the report on the results of all test hosts."""
    if format not in _WRITERS:
        raise AnsibleError(f"reachability_report: format {format!r} is none of {', '.join(_WRITERS)}")
    try:
        return _WRITERS[format](report(results, platforms))
    except ReportError as error:
        raise AnsibleError(str(error)) from error


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"reachability_report": reachability_report}
