# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the story asks of a platform."""

from __future__ import annotations

import abc
import typing as t

from lab import Lab
from lab.topology import Topology

AdHoc = t.Callable[[str, str, t.Mapping[str, t.Any]], dict[str, t.Any]]
"""Runs a module of the collection, with arguments, on a host, and returns its result."""


class Stored(t.NamedTuple):
    """What an appliance says of its list: `entries` are those stored, `digest` is that of the list that runs."""

    in_step: bool
    running: str
    entries: int
    digest: str


class Platform(abc.ABC):
    """One kind of appliance in a lab of its own. The lab has a test host `desk1`, and may have more desks."""

    name: t.ClassVar[str]
    """As the variable allowlist_platform has it."""

    title: t.ClassVar[str]
    """As the steps call it."""

    surroundings: t.ClassVar[str]
    """What else the lab has, as its first step tells it."""

    appliance: t.ClassVar[str]
    """The host that has the list."""

    @abc.abstractmethod
    def topology(self) -> Topology:
        """Return the lab."""

    @abc.abstractmethod
    def break_list(self, lab: Lab, removed: str, added: str) -> None:
        """Edit the list by hand, past the collection, so that one name is denied and another allowed.

        Raises:
            LabError: the name that shall go has not exactly one entry.
        """

    @abc.abstractmethod
    def stored(self, ad_hoc: AdHoc) -> Stored:
        """Ask the appliance itself."""

    def probe_of(self, name: str) -> dict[str, t.Any]:
        """Return what to ask for from a desk so that the appliance's answer about a name is seen."""
        return {"host": name}
