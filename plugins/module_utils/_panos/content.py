# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What a list is on PAN-OS, as plain data: ``{"categories": {name: [entry]}, "rules": {rulebase: {name: fields}}}``.

Entries stand in the order of `entry_order`, members of rules sorted. A category or rule that is not there has no key.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

SECURITY: t.Final = "security"
DECRYPTION: t.Final = "decryption"
AUTHENTICATION: t.Final = "authentication"
RULEBASES: t.Final = (SECURITY, DECRYPTION, AUTHENTICATION)
SUFFIXES: t.Final = ("", "-no-decrypt", "-no-login")
"""What a list's categories, and its rules in the three rulebases, have behind the first category's name."""

_EVERY_RULE: t.Final = (
    "category",
    "destination",
    "disabled",
    "from",
    "negate-destination",
    "negate-source",
    "service",
    "source",
    "source-user",
    "to",
)
FIELDS: t.Final[dict[str, tuple[str, ...]]] = {
    SECURITY: (*_EVERY_RULE, "action", "application"),
    DECRYPTION: (*_EVERY_RULE, "action", "type"),
    AUTHENTICATION: (*_EVERY_RULE, "authentication-enforcement"),
}
"""The fields of a rule that are ours, by rulebase; whatever else it has is the site's."""

LISTS: t.Final = frozenset(("application", "category", "destination", "from", "service", "source", "source-user", "to"))
"""The fields of a rule that have members; the others have one value."""

_ENTRY = re.compile(r"(\*\.)?(\^|[a-z0-9_-]{1,63})(\.(\^|[a-z0-9_-]{1,63}))*/")
_WORD = re.compile(r"[A-Za-z0-9_.:/ -]{1,127}")


def entry_order(entry: str) -> tuple[str, ...]:
    """Return the sort key of an entry: its labels from the top-level domain down."""
    return tuple(reversed(entry.split("/", 1)[0].split(".")))


def checked_content(content: t.Any, category: str) -> dict[str, t.Any]:
    """Return a list's content if every part of it is of the form that a compiled one has.

    Raises:
        ApplianceError: something is not, or belongs to another list.
    """
    names = [f"{category}{suffix}" for suffix in SUFFIXES]
    rules_of = dict(zip(RULEBASES, names))
    if not isinstance(content, dict) or set(content) != {"categories", "rules"}:
        raise ApplianceError("The list is not one of PAN-OS.")
    if not isinstance(content["categories"], dict) or not isinstance(content["rules"], dict):
        raise ApplianceError("The list is not one of PAN-OS.")
    for name, entries in content["categories"].items():
        if name not in names or not isinstance(entries, list):
            raise ApplianceError(f"The list has something else than the categories {', '.join(names)}.")
        for entry in entries:
            if not isinstance(entry, str) or len(entry) > 255 or not _ENTRY.fullmatch(entry):
                raise ApplianceError(f"The category {name} would have an entry that is none: {entry!a}.")
    for rulebase, rules in content["rules"].items():
        if rulebase not in rules_of or not isinstance(rules, dict) or set(rules) != {rules_of[rulebase]}:
            raise ApplianceError(f"The list has something else than the rules {', '.join(names)}.")
        for fields in rules.values():
            _check_fields(rulebase, fields)
    return content


def _check_fields(rulebase: str, fields: t.Any) -> None:
    if not isinstance(fields, dict) or set(fields) != set(FIELDS[rulebase]):
        raise ApplianceError(f"The list has a rule for {rulebase} with other fields than ours.")
    for field, value in fields.items():
        words = value if field in LISTS and isinstance(value, list) and value else [value]
        if (field in LISTS) != isinstance(value, list) or not all(_is_word(word) for word in words):
            raise ApplianceError(f"The list has a rule for {rulebase} whose {field} is none: {str(value)[:80]!a}.")


def _is_word(value: t.Any) -> bool:
    return isinstance(value, str) and bool(_WORD.fullmatch(value))


def entries_of(content: t.Mapping[str, t.Any], category: str) -> list[str]:
    """Return every entry as the key under which its provenance is noted, those of other categories with its name."""
    return [
        entry if name == category else f"{entry}  {name}"
        for name, entries in sorted(content["categories"].items())
        for entry in entries
    ]


def frame_of(content: t.Mapping[str, t.Any]) -> str:
    """Return everything but the entries as text: which categories there are, and the rules, field by field."""
    lines = [f"category {name}" for name in sorted(content["categories"])]
    for rulebase, rules in sorted(content["rules"].items()):
        for name, fields in sorted(rules.items()):
            lines.append(f"{rulebase} rule {name}")
            for field, value in sorted(fields.items()):
                lines.append(f"  {field}: {', '.join(value) if isinstance(value, list) else value}")
    return "".join(f"{line}\n" for line in lines)
