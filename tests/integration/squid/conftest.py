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


@pytest.fixture()
def device(request: pytest.FixtureRequest, lab: Lab, proxy: Squid) -> squid_lab.Device:
    """The proxy as freshly installed, without any list or back-up; a test may be parametrised with its activation."""
    for place in (squid_lab.LISTS, "/var/backups/managed_desktop.network"):
        lab.run("proxy", ["rm", "-rf", place])
    return squid_lab.Device(lab, proxy, getattr(request, "param", "reconfigure"))


@pytest.fixture()
def helped(lab: Lab, proxy: Squid, device: squid_lab.Device) -> squid_lab.Device:
    """The same proxy, with lists that a helper follows."""
    return squid_lab.Device(lab, proxy, "helper")
