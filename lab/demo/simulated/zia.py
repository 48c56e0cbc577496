# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant of Zscaler Internet Access, with a colleague who has a category of his own."""

from __future__ import annotations

import typing as t
from pathlib import Path

from lab.demo.simulated.base import LIST, Json, Simulated, exchanged
from lab.simulators.zia import KEY, PASSWORD, USER, Zia
from lab.simulators.zia.activation import Config
from lab.simulators.zia.categories import Category

_APART: t.Final = f"{LIST} not inspected"


class ZiaTenant(Simulated):
    """Two URL categories, and URLs that are exempted from the login."""

    platform = "zia"
    product = "Zscaler Internet Access"
    environment: t.ClassVar[t.Mapping[str, str]] = {"ZIA_USERNAME": USER, "ZIA_PASSWORD": PASSWORD, "ZIA_API_KEY": KEY}
    device: Zia

    def made(self, directory: Path) -> Zia:
        """Return a tenant."""
        device = Zia(directory)
        device.add(configuredName="His", urls=["his.example.org"])
        return device

    def options(self) -> Json:
        """Return where each treatment goes, and that stars inside a label are widened, not refused."""
        return {"inspection_category": _APART, "exempt_authentication": True, "widen_globs": True}

    def running(self) -> list[str]:
        """Read what is active."""
        found = [(self.device.named(name) or {}).get("urls", []) for name in (LIST, _APART)]
        return [*found[0], *found[1], *self.device.active.exempted]

    def break_list(self, removed: str, added: str) -> None:
        """Edit the category in the portal, and activate."""

        def change(config: Config) -> None:
            found = (one for one in config.categories.values() if one["configuredName"] == LIST)
            category: Category = next(found, {"urls": []})
            category["urls"] = exchanged(category["urls"], removed, added)

        self.device.edit(change, activate=True)
