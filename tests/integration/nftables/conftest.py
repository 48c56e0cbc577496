# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A freshly installed firewall for each test, and the appliance that manages it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import nft_lab

from lab import Lab


@pytest.fixture()
def device(branch_lab: Lab) -> nft_lab.Device:
    """The firewall as freshly installed, without any list or back-up."""
    gateway = branch_lab.gateway()
    gateway.reset()
    branch_lab.zone.reset()
    return nft_lab.Device(branch_lab, gateway)
