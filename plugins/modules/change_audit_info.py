#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: change_audit_info
short_description: Tell whether finished changes are as they were when they ended
version_added: 0.1.0
description:
  - When a change ends, or is taken back, C(manifest.json) is written into its directory, with the SHA-256 of every file
    of the change and that of the manifest that was written before it, whatever change it belongs to.
  - This module compares every file with its manifest, and follows the chain from one manifest to the next. It says
    which file was altered, is missing or was added, and where the chain is broken.
  - A change that is taken back after its end gets a new revision of its manifest, and the earlier one is kept beside
    it. Between revisions the evidence is made anew and results may grow; what was saved, and what test hosts saw, may
    differ only for a batch that was applied once more.
  - One file may be added later, C(manifest.json.sig), somebody's signature of the manifest. Files whose names begin
    with a dot are no part of a change.
  - A chain cannot show that its newest manifests were taken away, or that all of it was made anew. Keep the digest of
    the newest manifest somewhere else too, or the directory in a git repository whose history is protected.
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
  platform:
    description: Runs on the controller, whichever host the task is for.
    support: full
    platforms: posix
options:
  change_dir:
    description: The directory on the controller where changes are kept.
    type: path
    required: true
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.change_rollout
"""

EXAMPLES = r"""
- name: Audit the changes
  managed_desktop.network.change_audit_info:
    change_dir: /srv/changes
  delegate_to: localhost
  run_once: true
  register: audit

- name: Fail where something was altered
  ansible.builtin.assert:
    that: audit.passed is not false
    fail_msg: "{{ audit.text }}"
"""

RETURN = r"""
passed:
  description: >-
    Whether every file is as its manifest says and the chain is whole; null where nothing is wrong, but a change is
    under way again after its end.
  returned: success
  type: bool
  sample: true
changes:
  description: What was found of each change, by its id.
  returned: success
  type: dict
  contains:
    state:
      description: V(intact), V(altered), V(under way), or V(not finished) where it has no manifest yet.
      type: str
      sample: intact
    revision:
      description: The revision of its manifest; null where it has none.
      type: int
      sample: 1
    made:
      description: When the manifest was made, in UTC; null where there is none.
      type: str
      sample: "2026-11-27T21:04:11Z"
    outcome:
      description: What became of the change, such as V(applied) or V(restored); null where there is no manifest.
      type: str
      sample: applied
    files:
      description: How many files the manifest names.
      type: int
      sample: 94
    altered:
      description: The files that have another content, by their paths in the change.
      type: list
      elements: str
      sample: []
    missing:
      description: The files that are gone.
      type: list
      elements: str
      sample: []
    added:
      description: The files that the manifest does not name.
      type: list
      elements: str
      sample: []
    messages:
      description: What else is wrong, such as a manifest that is damaged, or what differs between two revisions.
      type: list
      elements: str
      sample: []
chain:
  description: >-
    The manifests in the order in which they were made, each with C(change), C(revision), C(sha256), C(made), and
    C(previous), the one that it follows.
  returned: success
  type: list
  elements: dict
broken:
  description: The manifests that follow one that is not there, each with C(change), C(revision) and C(text).
  returned: success
  type: list
  elements: dict
  sample: []
warnings:
  description: What is odd, and yet no fault, such as two manifests that follow the same one.
  returned: success
  type: list
  elements: str
  sample: []
text:
  description: All of it for people.
  returned: success
  type: str
"""
