# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error the lab raises: what was tried, what was found, what to do."""

from __future__ import annotations


class LabError(Exception):
    """Something the lab needs is missing or did not happen. The message is meant for a person."""
