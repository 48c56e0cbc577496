# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._api import http, jobs

from tests.integration.simulators.platforms import TARGETS
from tests.integration.simulators.target import ApiTarget


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries or two looks: what is tested is what is done, not for how long."""
    monkeypatch.setattr(http, "sleep", lambda _seconds: None)
    monkeypatch.setattr(jobs, "sleep", lambda _seconds: None)


@pytest.fixture()
def target(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[ApiTarget]:
    """The platform that the test is parametrised with, on a fresh device."""
    found = TARGETS[request.param](tmp_path)
    found.fresh()
    yield found
    found.simulator.close()
