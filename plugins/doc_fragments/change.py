# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The directory of a change, on the controller."""

    DOCUMENTATION = r"""
attributes:
  diff_mode:
    description: The plan that is kept has the difference.
    support: none
  action:
    description: All of it is done on the controller.
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
  change:
    description:
      - The id of the change, from 1 to 64 letters, digits, dots, hyphens and underscores. It begins with a letter or a
        digit.
    type: str
    required: true
  appliances:
    description: The appliances that the step is about, by their names in the inventory, in its order.
    type: list
    elements: str
    required: true
"""
