# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidate and running configuration: trees that are read and written by XPath, and who changed what since."""

from __future__ import annotations

import copy
import re
import typing as t
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from lab.simulators.panos.answers import BAD_XPATH, INVALID, MALFORMED, NOT_PRESENT, Refused
from lab.simulators.panos.schema import check

_STEP = re.compile(r"/([a-z][a-z0-9-]*)(?:\[((?:[^\]'\"]|'[^']*'|\"[^\"]*\")*)\])?")
_NAMES = re.compile(r"@name\s*=\s*(?:'([^']*)'|\"([^\"]*)\")")
_OR = re.compile(r"\s+or\s+")

Step = tuple[str, tuple[str, ...]]


def steps_of(xpath: str) -> list[Step]:
    """Return an XPath as steps, each a tag and the names of the entries that it means; refuses any other."""
    steps: list[Step] = []
    place = 0
    while place < len(xpath):
        found = _STEP.match(xpath, place)
        if not found:
            raise Refused(BAD_XPATH, f"Invalid xpath: {xpath}")
        place = found.end()
        names: tuple[str, ...] = ()
        if found.group(2) is not None:
            wanted = [_NAMES.fullmatch(part.strip()) for part in _OR.split(found.group(2))]
            names = tuple((one.group(1) if one.group(1) is not None else one.group(2)) if one else "" for one in wanted)
            if not all(wanted):
                raise Refused(BAD_XPATH, f"Invalid xpath: {xpath}")
        steps.append((found.group(1), names))
    if not steps or steps[0] != ("config", ()):
        raise Refused(BAD_XPATH, f"Invalid xpath: {xpath}")
    return steps


def xpath_of(steps: t.Iterable[Step]) -> str:
    """Return steps as the device itself writes them."""
    return "".join(f"/{tag}[@name='{names[0]}']" if names else f"/{tag}" for tag, names in steps)


@dataclass
class Change:
    """One object that the candidate has and the running configuration has not, or otherwise."""

    steps: tuple[Step, ...]
    owner: str
    action: str
    admins: list[str] = field(default_factory=list)
    edits: int = 0

    @property
    def xpath(self) -> str:
        """Where the object is."""
        return xpath_of(self.steps)


class Configuration:
    """Both trees, and the changes between them."""

    def __init__(self, text: str) -> None:
        """Begin with what runs."""
        self.running = ET.fromstring(text)
        self.candidate = copy.deepcopy(self.running)
        self.changes: dict[str, Change] = {}

    def find(self, tree: ET.Element, steps: t.Sequence[Step]) -> list[ET.Element]:
        """Return the elements that steps mean."""
        found = [tree] if steps[0][0] == tree.tag else []
        for tag, names in steps[1:]:
            found = [
                child
                for element in found
                for child in element
                if child.tag == tag and _is_named(child.get("name"), names)
            ]
        return found

    def edit(self, xpath: str, text: str, admin: str) -> None:
        """Put an element in the place of the one that the XPath means."""
        steps, made = steps_of(xpath), _element(text)
        if (made.tag, (made.get("name"),) if made.get("name") is not None else ()) != steps[-1]:
            raise Refused(INVALID, "Edit breaks config validity", f"{xpath} does not name the element")
        check(steps, made)
        parent = self._parent(steps)
        for old in self.find(self.candidate, steps):
            place = list(parent).index(old)
            parent.remove(old)
            parent.insert(place, made)
            break
        else:
            parent.append(made)
        self.note(steps, admin, "EDIT")

    def set(self, xpath: str, text: str, admin: str) -> None:
        """Merge elements into the one that the XPath means, which is made where it is not there."""
        steps = steps_of(xpath)
        target = self._parent([*steps, ("", ())])
        for made in _fragment(text):
            name = made.get("name")
            whole = [*steps, (made.tag, (name,) if name is not None else ())]
            check(whole, made)
            _merge(target, made)
            self.note(whole if name is not None else steps, admin, "SET")

    def delete(self, xpath: str, admin: str) -> bool:
        """Take away what an XPath means; tell whether there was something."""
        steps = steps_of(xpath)
        found = self.find(self.candidate, steps)
        if not found:
            return False
        parents = {child: parent for parent in self.candidate.iter() for child in parent}
        for old in found:
            parents[old].remove(old)
        self.note(steps, admin, "DELETE")
        return True

    def move(self, xpath: str, where: str, target: str | None, admin: str) -> None:
        """Move an entry among its own kind."""
        steps = steps_of(xpath)
        found = self.find(self.candidate, steps)
        if not found:
            raise Refused(NOT_PRESENT, "No such node")
        (parent,) = self.find(self.candidate, steps[:-1])
        others = [child for child in parent if child is not found[0]]
        if where in ("before", "after"):
            named = [number for number, child in enumerate(others) if child.get("name") == target]
            if not named:
                raise Refused(NOT_PRESENT, f"{target} is not a valid reference")
            place = named[0] + (where == "after")
        elif where in ("top", "bottom"):
            place = 0 if where == "top" else len(others)
        else:
            raise Refused(INVALID, f"{where} is not a place")
        parent.remove(found[0])
        parent.insert(place, found[0])
        self.note(steps, admin, "MOVE")

    def note(self, steps: t.Sequence[Step], admin: str, action: str) -> None:
        """Keep who changed what."""
        xpath = xpath_of(steps)
        change = self.changes.setdefault(xpath, Change(tuple(steps), admin, action))
        change.owner, change.action = admin, action
        change.edits += 1
        if admin not in change.admins:
            change.admins.append(admin)

    def bring(self, source: ET.Element, target: ET.Element, steps: t.Sequence[Step]) -> None:
        """Make what steps mean in one tree what it is in the other, with its place among its own kind."""
        parents = self.find(target, steps[:-1])
        found, there = self.find(source, steps), self.find(target, steps)
        if not parents and not found:
            return
        for old in there:
            parents[0].remove(old)
        if found:
            if not parents:
                parents = [_made(target, steps[:-1])]
            (above,) = self.find(source, steps[:-1])
            parents[0].insert(list(above).index(found[0]), copy.deepcopy(found[0]))

    def _parent(self, steps: t.Sequence[Step]) -> ET.Element:
        """Return what stands above the last step; containers are made, places of other objects are not."""
        for count in range(1, len(steps)):
            tag, names = steps[count - 1]
            if names and tag == "entry" and count < len(steps) and not self.find(self.candidate, steps[:count]):
                above = steps[count - 2][0]
                if above in ("vsys", "device-group", "devices"):
                    raise Refused(INVALID, f"{names[0]} is not a valid reference", f"{above} is invalid")
        return _made(self.candidate, steps[:-1])


def _is_named(name: str | None, names: tuple[str, ...]) -> bool:
    return not names or name in names


def _made(tree: ET.Element, steps: t.Sequence[Step]) -> ET.Element:
    place = tree
    for tag, names in steps[1:]:
        for child in place:
            if child.tag == tag and _is_named(child.get("name"), names):
                break
        else:
            child = ET.SubElement(place, tag, {"name": names[0]} if names else {})
        place = child
    return place


def _merge(target: ET.Element, made: ET.Element) -> None:
    """Add an element to its parent as `set` does: entries and members beside those there, values in their place."""
    if made.tag == "member":
        if made.text not in [child.text for child in target if child.tag == "member"]:
            target.append(made)
        return
    for child in target:
        if child.tag == made.tag and child.get("name") == made.get("name"):
            if not len(made):
                child.text = made.text
            for inner in made:
                _merge(child, inner)
            return
    target.append(made)


def _element(text: str) -> ET.Element:
    made = _fragment(text)
    if len(made) != 1:
        raise Refused(MALFORMED, "Malformed Request")
    return made[0]


def _fragment(text: str) -> list[ET.Element]:
    if "<!" in text:
        raise Refused(MALFORMED, "Malformed Request")
    try:
        return list(ET.fromstring(f"<x>{text}</x>"))
    except ET.ParseError as error:
        raise Refused(MALFORMED, "Malformed Request") from error
