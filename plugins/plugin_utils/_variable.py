# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a variable of an inventory is; `_variables` has all of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

PREFIX: t.Final = "allowlist_"

DOCUMENTED: t.Final = "documented"
"""Stands for the description of an option that a documentation fragment has."""

APPLY: t.Final = "apply"
VERIFY: t.Final = "verify"
DRIFT: t.Final = "drift"
UPDATE: t.Final = "update"
PLAN: t.Final = "plan"
ROLLOUT: t.Final = "rollout"
RESTORE: t.Final = "restore"
ROLES: t.Final = (PLAN, APPLY, ROLLOUT, RESTORE, VERIFY, DRIFT, UPDATE)

EVERYWHERE: t.Final = "all"
APPLIANCES: t.Final = "appliances"
TEST_HOSTS: t.Final = "test_hosts"
CONTROLLER: t.Final = "localhost"


@dataclass(frozen=True)
class Variable:
    """One variable, named without its prefix.

    A variable is shared (``allowlist_sources``), and each of `roles` reads it once into its own
    (``allowlist_apply_sources``).
    With `own` it belongs to its one role alone (``allowlist_drift_fail``).
    `default` None means that it is not set. `options` are the keys of a dict. `group` is where it is usually set.
    """

    name: str
    type: str
    description: str
    roles: tuple[str, ...] = ()
    group: str = EVERYWHERE
    default: t.Any = None
    elements: str | None = None
    choices: tuple[str, ...] = ()
    options: tuple[Variable, ...] = ()
    own: bool = False
    secret: bool = False

    @property
    def shared_name(self) -> str:
        """The name that an inventory uses."""
        return f"{PREFIX}{self.roles[0]}_{self.name}" if self.own else PREFIX + self.name

    def role_name(self, role: str) -> str:
        """The name under which one role has it."""
        return f"{PREFIX}{role}_{self.name}"
