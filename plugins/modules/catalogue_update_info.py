#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: catalogue_update_info
short_description: Tell which editions updates have kept, and which are in force
version_added: 0.1.0
description:
  - Reads the directory that M(managed_desktop.network.catalogue_update) fills, and checks each edition that is in force
    or waits against its digest. Nothing is asked of the network.
extends_documentation_fragment:
  - managed_desktop.network.update
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
  source:
    description:
      - Only this source. All that the directory has if not set.
    type: str
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.catalogue_update
"""

EXAMPLES = r"""
- name: Look into the directory
  managed_desktop.network.catalogue_update_info:
    catalogue_dir: /srv/catalogue
  delegate_to: localhost
  run_once: true
  register: catalogue

- name: Show what waits to be acknowledged
  ansible.builtin.debug:
    msg: "{{ catalogue.sources | map(attribute='tracks') | flatten | map(attribute='waiting') | select }}"
"""

RETURN = r"""
sources:
  description: What is kept, by source.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The source.
      type: str
      sample: microsoft365
    editions:
      description: Every edition that is kept, with C(edition) and C(sha256).
      type: list
      elements: dict
    tracks:
      description: For each cloud of the source, or its only line of editions, what counts.
      type: list
      elements: dict
      contains:
        instance:
          description: The cloud; null for a list.
          type: str
          sample: Worldwide
        version:
          description: What the source calls the last answer that was accepted.
          type: str
          sample: "2026112700"
        in_force:
          description: >-
            The edition in force, as RV(managed_desktop.network.catalogue_update#module:in_force).
          type: dict
        waiting:
          description: The edition that waits to be acknowledged, written likewise; null if none.
          type: dict
        held:
          description: >-
            What is held, as RV(managed_desktop.network.catalogue_update#module:held).
          type: list
          elements: dict
asked:
  description: >-
    When each source was asked last, and what it said. Empty for a user who may not read the state of the controller,
    which belongs to the one who updates.
  returned: success
  type: list
  elements: dict
  contains:
    address:
      description: Where the source stands.
      type: str
      sample: https://endpoints.office.com/Worldwide
    at:
      description: When it answered last, in UTC; null if it never did.
      type: str
      sample: "2026-11-27T12:00:00Z"
    not_before:
      description: Until when it asked not to be asked; null if it did not.
      type: str
    version:
      description: The version that it named.
      type: str
"""
