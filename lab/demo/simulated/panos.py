# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A firewall of Palo Alto Networks, with a colleague who has objects of her own."""

from __future__ import annotations

import copy
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

from lab.demo.simulated.base import LIST, Json, Simulated, exchanged
from lab.errors import LabError
from lab.simulators.panos import Panos

_COLLEAGUE: t.Final = "alice"
_CATEGORIES: t.Final = (
    "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']/profiles/custom-url-category"
)
_NONE: t.Final = ET.Element("entry")
_HERS: t.Final = "<entry name='hers'><list><member>hers.example/</member></list></entry>"


class PanOs(Simulated):
    """Custom URL categories of one virtual system."""

    platform = "panos"
    product = "PAN-OS"
    environment: t.ClassVar[t.Mapping[str, str]] = {"PANOS_USERNAME": "automation", "PANOS_PASSWORD": "s3cret-Pa55"}
    device: Panos

    def made(self, directory: Path) -> Panos:
        """Return a firewall."""
        device = Panos(directory)
        device.config.edit(f"{_CATEGORIES}/entry[@name='hers']", _HERS, _COLLEAGUE)
        device.commit_as(_COLLEAGUE)
        return device

    def options(self) -> Json:
        """Return nothing: the list goes where it goes by default."""
        return {}

    def running(self) -> list[str]:
        """Read the running configuration."""
        found = self._categories()
        return [one.text or "" for category in found for one in category.findall("list/member")]

    def _categories(self) -> list[ET.Element]:
        found = self.device.config.running.iterfind(".//custom-url-category/entry")
        return [entry for entry in found if (entry.get("name") or "").startswith(LIST)]

    def break_list(self, removed: str, added: str) -> None:
        """Edit the category, and commit."""
        with self.device.lock:
            entry = copy.deepcopy(next((one for one in self._categories() if one.get("name") == LIST), _NONE))
            members = entry.findall("list/member")
            wanted = exchanged([one.text or "" for one in members], f"{removed}/", f"{added}/")
            for member, text in zip(members, wanted, strict=True):
                member.text = text
            xpath = f"{_CATEGORIES}/entry[@name='{LIST}']"
            self.device.config.edit(xpath, ET.tostring(entry, encoding="unicode"), _COLLEAGUE)
            wrong = self.device.commit_as(_COLLEAGUE)
        if wrong:
            raise LabError(f"the commit by hand failed: {wrong[0]}")
