# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is saved and what is active, and who still edits (zia/saving-and-activating-changes-zia-admin-portal)."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import dataclass, field

from lab.simulators.zia.categories import Category

ACTIVE, PENDING, IN_PROGRESS = "ACTIVE", "PENDING", "INPROGRESS"


@dataclass
class Config:
    """What policies are made of: categories by id, and URLs exempted from the login."""

    categories: dict[str, Category] = field(default_factory=dict)
    exempted: list[str] = field(default_factory=list)


@dataclass
class Activation:
    """One database for all who edit. It becomes active as a whole, once everybody who saved has activated.

    `takes` is how many times ``GET /status`` says that an activation is under way.
    """

    saved: Config
    active: Config = field(default_factory=Config)
    editing: set[str] = field(default_factory=set)
    queued: set[str] = field(default_factory=set)
    takes: int = 0
    under_way: int = 0
    pushed: int = 0
    """How often something became active."""

    def saved_by(self, admin: str) -> None:
        """Note that somebody saved a change."""
        self.editing.add(admin)
        self.queued.discard(admin)

    def activate(self, admin: str) -> None:
        """``POST /status/activate``, and what happens to an administrator's saved changes when he logs out."""
        if admin in self.editing:
            self.editing.discard(admin)
            self.queued.add(admin)
        if self.queued and not self.editing:
            self.under_way = self.takes
            self._push()

    def _push(self) -> None:
        if not self.under_way:
            self.active = copy.deepcopy(self.saved)
            self.queued.clear()
            self.pushed += 1

    def status(self) -> dict[str, t.Any]:
        """``GET /status``: of the organization, and not of whose changes."""
        if self.under_way:
            self.under_way -= 1
            self._push()
            return {"status": IN_PROGRESS}
        return {"status": PENDING if self.editing or self.queued else ACTIVE}
