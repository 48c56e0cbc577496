# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab.simulators.zia import Zia


@pytest.fixture()
def tenant(tmp_path: Path) -> t.Iterator[Zia]:
    with Zia(tmp_path) as found:
        yield found
