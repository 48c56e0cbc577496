# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest

from lab import Lab
from tests.integration.appliance.called import CODE
from tests.integration.faults.platforms import MAKERS
from tests.integration.faults.target import Target


@pytest.fixture()
def target(request: pytest.FixtureRequest) -> t.Iterator[Target]:
    """The platform that the test is parametrised with, in its lab."""
    fixture, make = MAKERS[request.param]
    lab: Lab = request.getfixturevalue(fixture)
    shutil.copy(Path(__file__).with_name("load.py"), lab.host("desk1").path(CODE))
    found = make(lab)
    yield found
    found.stop()
