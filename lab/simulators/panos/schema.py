# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the device takes as a URL category and as a rule, and what it will not commit.

Everything else in its configuration it keeps as it comes.
"""

from __future__ import annotations

import re
import typing as t
import xml.etree.ElementTree as ET

from lab.simulators.panos.answers import IN_USE, INVALID, Refused

_CATEGORY: t.Final = {"list", "type", "description", "disable-override"}
_CATEGORY_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,30}")
_RULE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,62}")
_LONGEST_URL: t.Final = 255
_URL = re.compile(rf"[!-~]{{1,{_LONGEST_URL}}}")
_RULE: t.Final = {
    "security": {"action", "application", "category", "source-user"},
    "decryption": {
        "action",
        "type",
        "category",
        "source-user",
        "profile",
        "log-success",
        "log-fail",
        "forwarding-profile",
    },
    "authentication": {
        "authentication-enforcement",
        "category",
        "source-user",
        "timeout",
        "log-authentication-timeout",
    },
}
_EVERY_RULE: t.Final = {
    *("from", "to", "source", "destination", "service", "disabled", "negate-source", "negate-destination"),
    *("description", "tag", "group-tag", "log-setting", "log-start", "log-end", "profile-setting", "source-hip"),
    *("destination-hip", "rule-type", "option", "schedule", "target", "qos", "icmp-unreachable"),
}
_WORDS: t.Final = {
    "action": {"allow", "deny", "drop", "no-decrypt", "decrypt"},
    "disabled": {"yes", "no"},
    "negate-source": {"yes", "no"},
    "negate-destination": {"yes", "no"},
}


def check(steps: t.Sequence[tuple[str, tuple[str, ...]]], element: ET.Element) -> None:
    """Refuse an element that is no valid category or rule."""
    tags = [tag for tag, _names in steps]
    if tags[-1] != "entry":
        return
    if tags[-2] == "custom-url-category":
        _check_category(element)
    elif tags[-2] == "rules" and tags[-3] in _RULE:
        _check_rule(tags[-3], element)


def _check_category(element: ET.Element) -> None:
    name = element.get("name", "")
    where = f"custom-url-category -> {name}"
    if not _CATEGORY_NAME.fullmatch(name):
        raise Refused(INVALID, f"custom-url-category -> '{name}' is invalid")
    for child in element:
        if child.tag not in _CATEGORY:
            raise Refused(INVALID, f"{where} -> {child.tag} unexpected here", f"{where} is invalid")
    kind = element.findtext("type", "URL List")
    if kind not in ("URL List", "Category Match"):
        raise Refused(INVALID, f"{where} -> type '{kind}' is not an allowed keyword")
    seen = set()
    for member in element.findall("list/member"):
        url = member.text or ""
        if not _URL.fullmatch(url):
            raise Refused(INVALID, f"{where} -> list '{url[:40]}' is invalid. length should be 1 to {_LONGEST_URL}")
        if url in seen:
            raise Refused(INVALID, f"{where} -> list '{url[:40]}' is a duplicate node")
        seen.add(url)


def _check_rule(rulebase: str, element: ET.Element) -> None:
    name = element.get("name", "")
    where = f"rules -> {name}"
    if not _RULE_NAME.fullmatch(name):
        raise Refused(INVALID, f"rules -> '{name}' is invalid")
    for child in element:
        if child.tag not in _EVERY_RULE | _RULE[rulebase]:
            raise Refused(INVALID, f"{where} -> {child.tag} unexpected here", f"{where} is invalid")
        if child.tag in _WORDS and child.text not in _WORDS[child.tag]:
            raise Refused(INVALID, f"{where} -> {child.tag} '{child.text}' is not an allowed keyword")
    for tag in ("from", "to", "source", "destination"):
        if not element.findall(f"{tag}/member"):
            raise Refused(INVALID, f"{where} is missing '{tag}'")


def errors_in(place: ET.Element, shared: ET.Element | None, limits: t.Mapping[str, int]) -> list[str]:
    """Return what keeps one virtual system, or device group, from being committed."""
    categories = place.findall("profiles/custom-url-category/entry")
    known = {entry.get("name") for entry in categories}
    if shared is not None:
        known |= {entry.get("name") for entry in shared.findall("profiles/custom-url-category/entry")}
    errors = []
    for entry in categories:
        count = len(entry.findall("list/member"))
        if count > limits.get("entries", count):
            errors.append(
                f"custom-url-category {entry.get('name')}: {count} URLs exceed the limit of {limits['entries']}"
            )
    total = sum(len(entry.findall("list/member")) for entry in categories)
    if total > limits.get("total", total):
        errors.append(f"custom-url-category: {total} URLs exceed the limit of {limits['total']} of this device")
    for rulebase, rule in rules_in(place):
        for member in rule.findall("category/member"):
            if member.text not in known | {"any"}:
                errors.append(
                    f"{rulebase} -> rules -> {rule.get('name')} -> category '{member.text}' is not a valid reference"
                )
    return errors


def rules_in(place: ET.Element) -> t.Iterator[tuple[str, ET.Element]]:
    """Yield every rule of a virtual system or device group, with its rulebase."""
    for base in ("rulebase", "pre-rulebase", "post-rulebase"):
        for rulebase in place.findall(f"{base}/*"):
            for rule in rulebase.findall("rules/entry"):
                yield f"{base} -> {rulebase.tag}", rule


def refuse_used(name: str, places: t.Iterable[tuple[str, ET.Element]]) -> None:
    """Refuse to take a category away that a rule uses."""
    users = [
        f"{where} -> {rulebase} -> rules -> {rule.get('name')} -> category"
        for where, place in places
        for rulebase, rule in rules_in(place)
        if name in [member.text for member in rule.findall("category/member")]
    ]
    if users:
        raise Refused(IN_USE, f"custom-url-category -> {name} cannot be deleted because of references from:", *users)
