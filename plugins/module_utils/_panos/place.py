# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Where the objects of a list are on a device, and what stands there: XML on their side, plain data on ours.

What an object has besides that we know of, such as a description or a tag, is kept when it is written.
"""

from __future__ import annotations

import copy
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.managed_desktop.network.plugins.module_utils._panos.content import (
    FIELDS,
    LISTS,
    RULEBASES,
    SUFFIXES,
    entry_order,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

CATEGORY: t.Final = "category"
SHARED: t.Final = "shared"

Key = tuple[str, str]
"""An object: `CATEGORY` or the rulebase of a rule, and its name."""

Objects = dict[Key, ET.Element]

_LOCAL: t.Final = "/config/devices/entry[@name='localhost.localdomain']"
_DESCRIPTION: t.Final = "Set by the Ansible collection managed_desktop.network. Changes by hand are undone."
_OF_THE_DEVICE: t.Final = ("admin", "dirtyId", "time")
_DEFAULTS: t.Final = {"disabled": "no", "negate-source": "no", "negate-destination": "no", "source-user": ["any"]}


class Place(t.NamedTuple):
    """A virtual system, ``shared``, or a device group of a Panorama, and the names of our objects in it.

    `rules` says whether the rules of the list are ours as well.
    """

    category: str
    vsys: str = "vsys1"
    device_group: str | None = None
    rules: bool = False

    @property
    def scope(self) -> str:
        """What locks are for."""
        return self.device_group or self.vsys

    @property
    def title(self) -> str:
        """The place as people read it."""
        return f"device group {self.device_group}" if self.device_group else self.vsys

    @property
    def root(self) -> str:
        """The XPath below which our objects are."""
        if self.device_group:
            return f"{_LOCAL}/device-group/entry[@name='{self.device_group}']"
        return "/config/shared" if self.vsys == SHARED else f"{_LOCAL}/vsys/entry[@name='{self.vsys}']"

    @property
    def keys(self) -> list[Key]:
        """Every object that may be ours: rules come after the categories that they use."""
        names = [f"{self.category}{suffix}" for suffix in SUFFIXES]
        rules = list(zip(RULEBASES, names)) if self.rules else []
        return [*((CATEGORY, name) for name in names), *rules]

    def above(self, kind: str) -> str:
        """Return the XPath of what holds all objects of a kind."""
        if kind == CATEGORY:
            return f"{self.root}/profiles/custom-url-category"
        return f"{self.root}/{'pre-rulebase' if self.device_group else 'rulebase'}/{kind}/rules"

    def xpath(self, key: Key) -> str:
        """Return the XPath of an object."""
        return f"{self.above(key[0])}/entry[@name='{key[1]}']"

    def together(self) -> t.Iterator[tuple[str, str]]:
        """Yield each kind with one XPath for all of our objects of that kind."""
        kinds: dict[str, list[str]] = {}
        for kind, name in self.keys:
            kinds.setdefault(kind, []).append(name)
        for kind, names in kinds.items():
            yield kind, f"{self.above(kind)}/entry[{' or '.join(f'@name={name!r}' for name in names)}]"

    def within(self, root: ET.Element) -> Objects:
        """Return our objects wherever they are below an element."""
        found: Objects = {}
        for kind, name in self.keys:
            path = "custom-url-category" if kind == CATEGORY else f"{kind}/rules"
            for entry in root.findall(f".//{path}/entry"):
                if entry.get("name") == name:
                    found[(kind, name)] = entry
        return found

    def touches(self, xpath: str) -> bool:
        """Tell whether a change at an XPath concerns one of our objects, or what it stands in."""
        own = [_plain(self.xpath(key)) for key in self.keys]
        there = _plain(xpath)
        return any(_is_below(there, one) or _is_below(one, there) for one in own)

    def owns(self, xpath: str) -> bool:
        """Tell whether a change at an XPath is of one of our objects, or made the list that it stands in."""
        return self.touches(xpath) and _plain(xpath).startswith(f"{self.root}/")


def _plain(xpath: str) -> str:
    return xpath.replace('"', "'").rstrip("/")


def _is_below(one: str, other: str) -> bool:
    return one == other or one.startswith((f"{other}/", f"{other}["))


def content_of(objects: t.Mapping[Key, ET.Element]) -> dict[str, t.Any] | None:
    """Return objects as the plain data of a list, None where there is no object.

    Raises:
        ApplianceError: a category of our name is something else.
    """
    if not objects:
        return None
    content: dict[str, t.Any] = {"categories": {}, "rules": {}}
    for (kind, name), element in objects.items():
        if kind != CATEGORY:
            content["rules"].setdefault(kind, {})[name] = _fields(kind, element)
            continue
        type_ = element.findtext("type") or "URL List"
        if type_ != "URL List":
            raise ApplianceError(
                f"{name} is a URL category of the type {type_!a}, not a list. Choose another category."
            )
        content["categories"][name] = sorted(_members(element, "list"), key=lambda entry: (entry_order(entry), entry))
    return content


def _fields(rulebase: str, element: ET.Element) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {}
    for field in FIELDS[rulebase]:
        if field in LISTS:
            found[field] = sorted(_members(element, field)) or _DEFAULTS.get(field, [])
        elif field == "type":
            found[field] = next((child.tag for child in element.findall("type/*")), "")
        else:
            found[field] = (element.findtext(field) or str(_DEFAULTS.get(field, ""))).strip()
    return found


def _members(element: ET.Element, path: str) -> list[str]:
    return [(one.text or "").strip() for one in element.findall(f"{path}/member")]


def element_of(key: Key, content: t.Mapping[str, t.Any], there: ET.Element | None) -> ET.Element:
    """Return an object as the content wants it; what stands there, if anything, keeps all that is not ours."""
    kind, name = key
    made = unmarked(there) if there is not None else ET.Element("entry", {"name": name})
    if kind == CATEGORY:
        _set_members(made, "list", content["categories"][name])
        if there is None:
            ET.SubElement(made, "type").text = "URL List"
            ET.SubElement(made, "description").text = _DESCRIPTION
        return made
    for field, value in content["rules"][kind][name].items():
        if field in LISTS:
            _set_members(made, field, value)
            continue
        place = _emptied(made, field)
        if field == "type":
            ET.SubElement(place, value)
        else:
            place.text = value
    if there is None:
        ET.SubElement(made, "description").text = _DESCRIPTION
    return made


def _set_members(element: ET.Element, field: str, values: t.Iterable[str]) -> None:
    place = _emptied(element, field)
    for value in values:
        ET.SubElement(place, "member").text = value


def _emptied(element: ET.Element, field: str) -> ET.Element:
    place = element.find(field)
    if place is None:
        return ET.SubElement(element, field)
    for child in list(place):
        place.remove(child)
    place.text = None
    return place


def unmarked(element: ET.Element) -> ET.Element:
    """Return a copy without what the device says of who changed it when."""
    made = copy.deepcopy(element)
    made.tail = None
    for one in made.iter():
        for attribute in _OF_THE_DEVICE:
            one.attrib.pop(attribute, None)
    return made
