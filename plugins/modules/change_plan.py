#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: change_plan
short_description: Keep as a change what apply would do on every appliance
version_added: 0.1.0
description:
  - Puts together what the modules that set a list told in check mode, each by its option C(record), and keeps it as
    C(plan.json), with the compiled lists beside it and C(plan.md) for the ticket.
  - The same intent and the same appliances give the same plan, byte for byte. Its digest is what an approval names.
  - The role P(managed_desktop.network.allowlist_plan#role) does all of it. The module is not meant to be called by
    hand.
extends_documentation_fragment:
  - managed_desktop.network.change
attributes:
  check_mode:
    description: Writes the plan all the same, since that is all that it does; no appliance is touched.
    support: none
  idempotent:
    description: The same plan is not written again.
    support: full
options:
  step:
    description: V(begin) refuses where the change has begun already, V(keep) makes the plan.
    type: str
    choices: [begin, keep]
    required: true
  planned_by:
    description:
      - Who plans, empty where nothing says it. With four eyes, somebody has to be named, and somebody else approves.
    type: str
    required: true
  ticket:
    description: The ticket that the plan is for, which an approval has to name. The id of the change if not set.
    type: str
  batches:
    description:
      - How many appliances each batch has, numbers or shares of those that change. The last holds for all further ones.
      - Where every appliance that changes has a ring, the rings are the batches.
    type: list
    elements: str
    default: []
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.change_rollout
"""

EXAMPLES = r"""
- name: Keep the plan of what the appliances told
  managed_desktop.network.change_plan:
    step: keep
    change: CHG-1234
    change_dir: /srv/changes
    planned_by: alice
    appliances: "{{ ansible_play_hosts_all }}"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
digest:
  description: The SHA-256 of C(plan.json), which an approval names.
  returned: when O(step=keep)
  type: str
path:
  description: The directory of the change.
  returned: when O(step=keep)
  type: str
  sample: /srv/changes/CHG-1234
batches:
  description: The appliances that change, in batches.
  returned: when O(step=keep)
  type: list
  elements: list
  sample: [[proxy1], [proxy2, proxy3]]
editions:
  description: The editions of the list, each with its status and the SHA-256 of its file.
  returned: when O(step=keep)
  type: list
  elements: dict
  sample:
    - source: managed_desktop
      edition: "2023-10-19"
      status: current
      sha256: ff2b26357813877186573b7406c69f7e3c17c24530c2e71a0b5ea16df4357a1b
text:
  description: The plan for people, as P(managed_desktop.network.plan_report#filter) writes it.
  returned: when O(step=keep)
  type: str
"""
