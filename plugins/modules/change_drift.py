#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: change_drift
short_description: Sum up what has drifted on all appliances, since when, and whose lists they hold
version_added: 0.1.0
description:
  - Puts together what the tasks of this run saw that looked for drift, each on its appliance. The role
    P(managed_desktop.network.allowlist_drift#role) runs both; by itself this module sees nothing.
  - With O(change_dir) it remembers for each appliance since when it has drifted, which change it last agreed with, and
    since when it cannot be asked. What an appliance holds is matched by its digest to the plans of all changes, so that
    a change that is not finished, an older list of yours and a stranger's hand are told apart.
  - Call it once for all appliances, with C(run_once).
attributes:
  check_mode:
    description: Tells the same, remembers nothing, and writes no report.
    support: full
  diff_mode:
    description: Changes nothing on an appliance, so there is no difference to show.
    support: none
  idempotent:
    description: What it remembers and reports is no change of an appliance, so it is never changed.
    support: full
  action:
    description: All of it is done on the controller.
    support: full
  platform:
    description: Runs on the controller, whichever host the task is for.
    support: full
    platforms: posix
options:
  appliances:
    description: The names of all appliances of the play.
    type: list
    elements: str
    required: true
  expected:
    description:
      - The appliances that must have told by now; one of these that did not is not known. All of them if not set. In a
        play with C(serial), those whose turn has come.
    type: list
    elements: str
  change_dir:
    description:
      - The directory of changes on the controller, in which C(.status) has one file for each appliance. Nothing is
        remembered where it is not set.
    type: path
  report_dir:
    description:
      - A directory on the controller for C(drift.json), C(drift.xml) (JUnit) and C(drift.prom) (for the textfile
        collector of the node exporter). Each is replaced in one step. None are written where it is not set.
    type: path
  failures_in:
    description:
      - The name of a variable of an appliance that has the result of a task that failed, which says why the appliance
        told nothing.
    type: str
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.denied_requests_info
"""

EXAMPLES = r"""
- name: Sum up what the appliances of this play told
  managed_desktop.network.change_drift:
    appliances: "{{ ansible_play_hosts_all }}"
    change_dir: /srv/changes
    report_dir: /srv/reports
  run_once: true
  register: drift

- name: Show it
  ansible.builtin.debug:
    msg: "{{ drift.text }}"
  run_once: true
"""

RETURN = r"""
appliances:
  description: By name, in short what C(drift.json) has in full.
  returned: success
  type: dict
  contains:
    state:
      description: V(in step), V(drifted), V(corrected), V(not known) or V(unreachable).
      type: str
    missing:
      description: How many entries the appliance lacks.
      type: int
    foreign:
      description: How many it has that are not of the list.
      type: int
    kind:
      description:
        - V(missing), V(foreign) or V(both); V(running) where only what runs is another list; V(rules) where the entries
          are the same and the rules around them are not.
      type: str
    first_seen:
      description: Since when it is known to have drifted, in UTC.
      type: str
      sample: "2026-11-27T02:00:00Z"
    unknown_since:
      description: Since when it could not be asked, in UTC.
      type: str
    whose:
      description:
        - Whose list it holds. C(kind) is V(unfinished) where C(change) is under way, stopped or not there yet; V(older)
          where it is the list of an earlier change; V(wanted) where the right list does not run; V(nobody) where no
          plan knows it. C(text) says it in short.
      type: dict
      sample: {"kind": "older", "change": "CHG-1234", "stage": "confirmed", "side": "after", "text": "CHG-1234"}
    agreed:
      description: The C(change) whose list it was last seen to hold, that list's C(digest), and when (C(at)).
      type: dict
counts:
  description: How many appliances are in each state.
  returned: success
  type: dict
  sample: {"in step": 3, "drifted": 1, "corrected": 0, "not known": 0, "unreachable": 0}
text:
  description: The report for people, in lines.
  returned: success
  type: list
  elements: str
failing:
  description:
    - A sentence for each appliance that is not known, or has drifted and is to fail the run, and for each file of the
      memory that is damaged.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._change_options import DRIFT_OPTIONS


def main() -> None:
    module = AnsibleModule(argument_spec=DRIFT_OPTIONS, supports_check_mode=True)
    module.fail_json(
        msg="This module runs on the controller. Call it by its full name, managed_desktop.network.change_drift."
    )


if __name__ == "__main__":
    main()
