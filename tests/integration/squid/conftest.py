# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A freshly installed proxy for each test, and the appliance that manages it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import squid_lab

from lab import Lab
from lab.services import Squid


@pytest.fixture(scope="session")
def installed(lab: Lab) -> Lab:
    """The lab with the code under test on its hosts."""
    squid_lab.install(lab)
    return lab


@pytest.fixture()
def device(installed: Lab, proxy: Squid) -> squid_lab.Device:
    """The proxy as freshly installed, without any list or back-up."""
    for place in (squid_lab.LISTS, "/var/backups/managed_desktop.network"):
        installed.run("proxy", ["rm", "-rf", place])
    return squid_lab.Device(installed, proxy)
