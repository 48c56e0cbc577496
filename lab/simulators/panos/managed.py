# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firewalls behind a Panorama, as far as a push of a device group to them goes."""

from __future__ import annotations

import copy
import typing as t
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from lab.simulators.panos.configuration import Configuration, Step
from lab.simulators.panos.schema import errors_in


@dataclass
class Managed:
    """One firewall of a device group; `has` is what was pushed to it last, and `fails` what its next push fails of."""

    serial: str
    hostname: str
    connected: bool = True
    fails: str | None = None
    limits: dict[str, int] = field(default_factory=dict)
    has: ET.Element | None = None

    def take(self, wanted: ET.Element | None, paths: t.Iterable[tuple[Step, ...]] | None, above: int) -> list[str]:
        """Be pushed the device group, or the objects at `paths` of it; return what is wrong, and then keep what was.

        `above` is how many steps of a path lead to the device group.
        """
        if not self.connected:
            return ["device is not connected"]
        if self.fails is not None:
            said, self.fails = self.fails, None
            return [said]
        made = copy.deepcopy(wanted) if paths is None else self._with(wanted, paths, above)
        if made is not None:
            errors = errors_in(made, None, self.limits)
            if errors:
                return errors
        self.has = made
        return []

    def _with(self, wanted: ET.Element | None, paths: t.Iterable[tuple[Step, ...]], above: int) -> ET.Element | None:
        if wanted is None:
            return self.has
        made = copy.deepcopy(self.has) if self.has is not None else ET.Element("entry", wanted.attrib)
        tool = Configuration("<config/>")
        for path in paths:
            inner = [("entry", ()), *path[above:]]
            tool.bring(wanted, made, inner)
        return made

    def is_in_step(self, wanted: ET.Element | None) -> bool:
        """Tell whether the firewall has all of the device group."""
        return bool(_plain(self.has) == _plain(wanted))


def _plain(tree: ET.Element | None) -> t.Any:
    """Return a tree to be compared; containers without anything in them do not count."""
    if tree is None:
        return None
    inner = [_plain(child) for child in tree]
    inner = [child for child in inner if child is not None]
    text = (tree.text or "").strip()
    if not inner and not text and tree.get("name") is None:
        return None
    return tree.tag, tree.get("name"), text, tuple(inner)
