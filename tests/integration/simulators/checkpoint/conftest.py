# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.integration.simulators.checkpoint.target import CheckPointTarget


@pytest.fixture()
def site(tmp_path: Path) -> t.Iterator[CheckPointTarget]:
    """A fresh management server with two gateways, and work of others on it."""
    target = CheckPointTarget(tmp_path)
    target.fresh()
    yield target
    target.simulator.close()
