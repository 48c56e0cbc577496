# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab.simulators.zia import Zia
from tests.integration.simulators.zia.target import OneApiTarget, ZiaTarget


@pytest.fixture()
def tenant(tmp_path: Path) -> t.Iterator[Zia]:
    with Zia(tmp_path) as found:
        yield found


def _made(kind: type[ZiaTarget], directory: Path) -> t.Iterator[ZiaTarget]:
    found = kind(directory)
    found.fresh()
    yield found
    found.simulator.close()


@pytest.fixture()
def zia(tmp_path: Path) -> t.Iterator[ZiaTarget]:
    """A list in one category, by a session."""
    yield from _made(ZiaTarget, tmp_path)


@pytest.fixture()
def whole(tmp_path: Path) -> t.Iterator[ZiaTarget]:
    """A list with all of its parts, by a token."""
    yield from _made(OneApiTarget, tmp_path)
