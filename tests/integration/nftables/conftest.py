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


@pytest.fixture(scope="session")
def installed(branch_lab: Lab) -> Lab:
    """The lab with the code under test on its hosts."""
    nft_lab.install(branch_lab)
    return branch_lab


@pytest.fixture()
def device(installed: Lab) -> nft_lab.Device:
    """The firewall as freshly installed, without any list or back-up."""
    gateway = installed.gateway()
    gateway.reset()
    installed.zone.reset()
    return nft_lab.Device(installed, gateway)
