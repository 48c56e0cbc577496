# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""To what the demo applies its list: one module for each platform."""

from __future__ import annotations

import typing as t

from lab.demo.platforms.base import Platform, Stored
from lab.demo.platforms.nftables import Nftables
from lab.demo.platforms.pac import Pac
from lab.demo.platforms.rpz import Rpz
from lab.demo.platforms.squid import Squid

PLATFORMS: t.Final[dict[str, type[Platform]]] = {platform.name: platform for platform in (Squid, Nftables, Rpz, Pac)}
"""By the name that ``--platform`` takes; the first is the default."""

__all__ = ["PLATFORMS", "Platform", "Stored"]
