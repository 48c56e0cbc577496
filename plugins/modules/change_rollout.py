#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: change_rollout
short_description: One step of a run of a change
version_added: 0.1.0
description:
  - What a run of a change does beside the tasks on its appliances. V(begin) checks the plan, its lists, the approval
    and its window, refuses where the change was applied already or another one is under way, and takes the appliances
    for this run; with an empty O(change) it only refuses where a change is under way, or was left unfinished.
  - V(proceed) checks before a batch that the approval still holds. V(judge) decides whether a batch stands. V(undo)
    finds what has to be taken back. V(end) gives the appliances up and writes down how it ended.
  - The roles P(managed_desktop.network.allowlist_rollout#role) and P(managed_desktop.network.allowlist_restore#role)
    call it. The module is not meant to be called by hand.
extends_documentation_fragment:
  - managed_desktop.network.change
attributes:
  check_mode:
    description: Checks and judges, and writes nothing.
    support: full
  idempotent:
    description: A change is carried out once; a run that was cut off can be run again, and goes on.
    support: partial
options:
  step:
    description: Which step.
    type: str
    choices: [begin, proceed, judge, undo, end]
    required: true
  behind:
    description: By test host, the appliances that its traffic crosses.
    type: dict
    default: {}
  batch:
    description: The number of the batch to judge, or to proceed to.
    type: int
  confirmed:
    description:
      - Whether the batch to judge stood already, and was to be confirmed since. It stands after all where no more
        appliances failed by then than may fail; those are left out of it, and put back what they held.
    type: bool
    default: false
  require_approval:
    description: Whether an approval is wanted, and whether it has to be signed.
    type: str
    choices: ["false", "true", signed]
    default: "false"
  allowed_signers:
    description: The file on the controller that says whose signatures count, in the form of C(ssh-keygen(1\)).
    type: path
  four_eyes:
    description: Refuse an approval by whoever made the plan.
    type: bool
    default: false
  moved:
    description:
      - What becomes of an appliance that no longer holds what it held when it was planned. The roles look before the
        first batch, and with V(fail) nothing is begun then. With V(skip) it stays as it is.
    type: str
    choices: [fail, skip]
    default: fail
  max_failed:
    description: How many appliances of a batch may fail.
    type: int
    default: 0
  fail_on_unknown:
    description: Whether a batch stands only where every probe proved something.
    type: bool
    default: false
  force:
    description: Take back even where later changes are undone with it.
    type: bool
    default: false
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.change_plan
"""

EXAMPLES = r"""
- name: Begin
  managed_desktop.network.change_rollout:
    step: begin
    change: CHG-1234
    change_dir: /srv/changes
    require_approval: signed
    allowed_signers: /etc/allowlist/allowed_signers
    appliances: "{{ ansible_play_hosts_all }}"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
batches:
  description: What is left to do, each with C(number), C(appliances) and, by appliance, its C(test_hosts).
  returned: when O(step=begin)
  type: list
  elements: dict
hosts:
  description: The appliances of all these batches, in order.
  returned: when O(step=begin)
  type: list
  elements: str
sizes:
  description: How many appliances each of them has.
  returned: when O(step=begin)
  type: list
  elements: int
of:
  description: How many batches the plan has.
  returned: when O(step=begin)
  type: int
plan:
  description: The digest of the plan.
  returned: when O(step=begin)
  type: str
approval:
  description: >-
    The approval, the SHA-256 of its file, and whether its signature was verified; null where there is none and none is
    wanted.
  returned: when O(step=begin)
  type: dict
editions:
  description: The editions of the plan.
  returned: when O(step=begin)
  type: list
  elements: dict
stands:
  description: Whether the batch stands.
  returned: when O(step=judge)
  type: bool
reasons:
  description: Why it does not.
  returned: when O(step=judge)
  type: list
  elements: str
probed:
  description:
    - How many probes from how many test hosts saw it, and how many passed, failed and proved nothing. Those C(waiting)
      failed because an appliance of a later batch is on their way, too.
  returned: when O(step=judge)
  type: dict
said:
  description: The verdict and the progress, in words.
  returned: when O(step=judge)
  type: str
take_back:
  description: The appliances that have to put back what they held, and of a batch that stands those that are left out.
  returned: when O(step=judge) or O(step=undo)
  type: list
  elements: str
not_in_run:
  description: The appliances that may hold the list of the change and are not among O(appliances).
  returned: when O(step=undo)
  type: list
  elements: str
outcome:
  description:
    - What became of the change, V(planned), V(under way), V(applied), V(applied in part), V(restored) or V(stopped).
    - It is applied in part where some appliances failed, which was allowed for, and hold what they held before.
  returned: when O(step=end)
  type: str
stages:
  description: The stage of each appliance that the change changes.
  returned: when O(step=end)
  type: dict
"""
