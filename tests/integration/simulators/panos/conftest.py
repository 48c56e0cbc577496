# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.integration.simulators.panos.panos_target import PanoramaTarget, PanosTarget


@pytest.fixture()
def firewall(tmp_path: Path) -> t.Iterator[PanosTarget]:
    """A firewall on which alice has work of her own."""
    target = PanosTarget(tmp_path)
    target.fresh()
    yield target
    target.simulator.close()


@pytest.fixture()
def panorama(tmp_path: Path) -> t.Iterator[PanoramaTarget]:
    """A Panorama with two firewalls, on which alice has work of her own."""
    target = PanoramaTarget(tmp_path)
    target.fresh()
    yield target
    target.simulator.close()
