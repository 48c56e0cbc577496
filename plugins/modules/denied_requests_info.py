#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: denied_requests_info
short_description: Tell of each request that a Squid denied whether something is missing
version_added: 0.1.0
description:
  - Reads the access log of a Squid where it stands, and tells of each host that was denied whether it is missing on
    this appliance though it is in the catalogue, not in the catalogue at all, or rightly denied.
  - Known are the log formats C(squid), C(common) and C(combined) that Squid defines, also with fields of the site's own
    behind them. Rotated logs may be compressed with gzip. Lines in other formats are counted and passed over.
  - Denied is a request whose result Squid calls so (C(TCP_DENIED)), whatever page it answered with; that a login was
    asked for is no denial.
  - Of a request no query, user name or password is read. Its path is told only where the list has the host with certain
    paths alone.
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  idempotent:
    description: Reads only.
    support: full
  action:
    description: The log is counted on the host, and judged on the controller.
    support: full
  platform:
    description: Hosts with Python 3.9 or later.
    support: full
    platforms: posix
options:
  logs:
    description:
      - The logs, on the host. Each may be a pattern, such as V(/var/log/squid/access.log*) for the rotated ones too.
      - For logs on the controller, delegate the task to localhost.
    type: list
    elements: path
    default: [/var/log/squid/access.log]
  hours:
    description: Only what was denied in so many hours, by the clock of the host. Everything if not set.
    type: float
  max_bytes:
    description: How much of each log is read at most; of a larger one its end, and of a compressed one its beginning.
    type: int
    default: 1073741824
  entries:
    description:
      - What the appliance has, as RV(managed_desktop.network.squid_allowlist_info#module:entries) returns it.
      - Without it whatever is selected and was denied counts as missing.
    type: dict
  denied_names:
    description: Names that the network must refuse, besides C(example.com) and C(example.net), which verification asks.
    type: list
    elements: str
    default: []
  limit:
    description: How many requests of each verdict are returned, the most frequent.
    type: int
    default: 200
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.squid_allowlist_info
  - plugin: managed_desktop.network.explain
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Read what the proxy has
  managed_desktop.network.squid_allowlist_info:
    include_entries: true
  register: squid

- name: Ask why requests were denied since yesterday
  managed_desktop.network.denied_requests_info:
    sources: [managed_desktop, microsoft365]
    logs: ["/var/log/squid/access.log*"]
    hours: 24
    entries: "{{ squid.entries }}"
    denied_names: [files.example]
  register: denied

- name: Show it
  ansible.builtin.debug:
    msg: "{{ denied.text }}"

- name: Fail where something of the catalogue is missing
  ansible.builtin.assert:
    that: denied.counts.missing.requests == 0
"""

RETURN = r"""
requests:
  description: What was denied, by verdict, the most frequent first.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: The name or address that was asked for.
      type: str
      sample: login.live.com
    port:
      description: The port.
      type: int
      sample: 443
    scheme:
      description: V(http) or another; null for a CONNECT.
      type: str
    path:
      description: The path, where the list has the host with certain paths alone; else null.
      type: str
    times:
      description: How often it was denied.
      type: int
      sample: 17
    clients:
      description: How many different clients asked, up to 1000.
      type: int
      sample: 2
    first:
      description: When it was first denied, in UTC.
      type: str
      sample: "2026-11-27T12:00:00Z"
    last:
      description: When it was last denied, in UTC.
      type: str
      sample: "2026-11-27T13:00:00Z"
    verdict:
      description:
        - V(missing), where the catalogue has it and the appliance does not; V(listed), where the appliance has it by
          now, so that it was denied before, or by another rule; V(not in the catalogue); V(rightly denied).
      type: str
      sample: missing
    reason:
      description:
        - Of what is rightly denied, V(denied_name) for a name that must be, V(port) or V(path) where the list has the
          host for others only. Else null.
      type: str
    rows:
      description:
        - The rows of the catalogue that list it, each with C(source), C(edition), C(status), C(row) and C(service).
      type: list
      elements: dict
    selected:
      description: Whether the selection of this task has it, and not only the catalogue.
      type: bool
      sample: true
    nearest:
      description: Listed hosts that are near to it, where it is not in the catalogue.
      type: list
      elements: str
    text:
      description: The verdict in words.
      type: str
counts:
  description: By verdict, how many different C(requests) there are, and how many C(times) they were made.
  returned: success
  type: dict
  sample:
    missing: {"requests": 1, "times": 17}
    listed: {"requests": 0, "times": 0}
    not in the catalogue: {"requests": 3, "times": 4}
    rightly denied: {"requests": 1, "times": 2}
text:
  description: All of it for people, in lines.
  returned: success
  type: list
  elements: str
lines:
  description: How many lines were read.
  returned: success
  type: int
  sample: 1200
unreadable:
  description: How many of them are in no known format, or ask for nothing with a name.
  returned: success
  type: int
  sample: 0
uncounted:
  description: How many denials are not counted, since more than 20,000 different requests were denied.
  returned: success
  type: int
  sample: 0
logs:
  description: The logs that were read.
  returned: success
  type: list
  elements: str
  sample: [/var/log/squid/access.log]
cut:
  description: Those of them that were too large to be read whole.
  returned: success
  type: list
  elements: str
  sample: []
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._denied.counting import LogError, count_logs
from ansible_collections.managed_desktop.network.plugins.module_utils._denied.options import ARGUMENT_SPEC


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    hours = module.params["hours"]
    since = 0.0 if hours is None else time.time() - hours * 3600
    try:
        found = count_logs(module.params["logs"], since, module.params["max_bytes"])
    except LogError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, denied=found)


if __name__ == "__main__":
    main()
