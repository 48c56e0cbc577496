# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from lab import Lab
from tests.integration.rpz.rpz_lab import HOSTS, Device


@pytest.fixture(params=HOSTS)
def device(request: pytest.FixtureRequest, dns_lab: Lab) -> Device:
    """Each of the three servers, as freshly installed: zones without a policy, running."""
    found = Device(dns_lab, request.param)
    found.server.reset()
    return found
