# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for updates of the catalogue have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """The directory of kept editions."""

    DOCUMENTATION = r"""
options:
  catalogue_dir:
    description:
      - A directory on the controller that belongs to updates alone, with one directory for each source. It is made
        where it does not exist.
      - The editions and pages in it can be kept under version control. C(.state) is of this controller alone.
    type: path
    required: true
"""
