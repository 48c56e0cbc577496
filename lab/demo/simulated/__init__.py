# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The appliances of the fleet that no lab can run: one module for each, over its simulator."""

from __future__ import annotations

import typing as t

from lab.demo.simulated.base import Simulated
from lab.demo.simulated.checkpoint import CheckPoint
from lab.demo.simulated.fortios import FortiOs
from lab.demo.simulated.panos import PanOs
from lab.demo.simulated.zia import ZiaTenant

SIMULATED: t.Final[tuple[type[Simulated], ...]] = (PanOs, FortiOs, CheckPoint, ZiaTenant)

__all__ = ["SIMULATED", "Simulated"]
