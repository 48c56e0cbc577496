# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platforms that the faults are tried on."""

from __future__ import annotations

import typing as t

from lab import Lab
from tests.integration.faults.platforms.nftables import NftablesTarget
from tests.integration.faults.platforms.one_file import FileTarget
from tests.integration.faults.platforms.rpz import RpzTarget
from tests.integration.faults.platforms.squid import FollowedSquidTarget, SquidTarget
from tests.integration.faults.target import Target

MAKERS: dict[str, tuple[str, t.Callable[[Lab], Target]]] = {
    "squid": ("lab", SquidTarget),
    "squid (helper)": ("lab", FollowedSquidTarget),
    "bind": ("dns_lab", lambda lab: RpzTarget(lab, "bind")),
    "unbound": ("dns_lab", lambda lab: RpzTarget(lab, "unbound")),
    "pdns_recursor": ("dns_lab", lambda lab: RpzTarget(lab, "pdns_recursor")),
    "nftables": ("branch_lab", NftablesTarget),
    "pac": ("lab", lambda lab: FileTarget(lab, "pac")),
    "feed": ("lab", lambda lab: FileTarget(lab, "feed")),
}
"""Of each platform: the fixture of the lab that it is in, and what makes the target."""

OPEN_WITHOUT = ("bind", "unbound", "pdns_recursor", "nftables")
"""The platforms on which everything passes where there is no list."""

FOLLOWING_NAMES = ("nftables",)
"""The platforms that judge addresses, and restart a resolver to follow other names."""
