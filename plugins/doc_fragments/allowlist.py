# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every module that sets a list has, whatever the platform."""

    DOCUMENTATION = r"""
options:
  restore:
    description:
      - Put back what a back-up holds, V(latest) or the path that RV(ignore:backup) gave, instead of a list from the
        catalogue.
    type: str
  expect_before:
    description:
      - The digest of the list that must be stored now, or V(none). Of several any will do. Refuses to run where the
        device has moved.
    type: list
    elements: str
  expect_after:
    description: The digest that the list must compile to, or V(none). Refuses to run where the intent has moved.
    type: str
"""

    ON_HOST = r"""
options:
  state:
    description:
      - V(present) sets the list, V(absent) removes it.
      - V(confirmed) confirms the change that O(confirm_within) made wait, and does nothing else.
    type: str
    choices: [present, absent, confirmed]
    default: present
  confirm_within:
    description:
      - Take the change back after this many seconds, from 1 to 86400, unless a later task confirms it with
        O(state=confirmed). A process of the device itself does that, whatever becomes of the controller and of the
        connection. Until then every other change is refused, but for O(restore).
      - The process does not survive a restart of the device. Of a change that then still waits the C(guard) of the
        C(_info) module tells.
    type: int
  digests:
    description: Internal. The digest of the compiled list, by variant; set by the action plugin.
    type: dict
  needs:
    description: Internal. What the module must know of the list before it has it; set by the action plugin.
    type: dict
  accepted_properties:
    description: Internal. The properties that O(accept_loss) accepts; set by the action plugin.
    type: list
    elements: str
    default: []
  accepted_ports:
    description: Internal. The ranges of ports, lowest and highest, that O(accept_loss) says the site blocks.
    type: list
    elements: list
    default: []
  artefact:
    description: Internal. The compiled list, packed; set by the action plugin where the device is not in step.
    type: str
"""
