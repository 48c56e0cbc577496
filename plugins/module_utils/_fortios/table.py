# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The forms of a URL filter table: as the device shows and takes it, and as the content of a list.

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

Json = dict[str, t.Any]

LONGEST_URL = 511
_OWN_OF_DEVICE = "q_origin_key"
_ENTRY = {"url", "type", "action", "exempt", "status"}
_URL = re.compile(r"[!-~]{1,511}")
_WORD = re.compile(r"[a-z-]{1,30}")


def checked_table(table: Json, place: str, device: str) -> Json:
    """Return a table as the device shows it, if it is one.

    Raises:
        ApplianceError: a field is not of its form.
    """
    entries = table.get("entries")
    if not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
        raise ApplianceError(f"{device} shows entries of {place} that are of no known form.")
    return table


def _is_entry(entry: t.Any) -> bool:
    texts = ("url", "type", "action", "status")
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(name), str) for name in texts)
        and isinstance(entry.get("exempt", ""), str)
        and isinstance(entry.get("id"), int)
    )


def content_of(table: Json) -> Json:
    """Return the list that a table is. The order of its entries, and their numbers, are no part of it."""
    entries = [_shown(entry) for entry in table["entries"]]
    content: Json = {"entries": sorted(entries, key=lambda entry: (entry["url"], entry["type"]))}
    if "include-subdomains" in table:
        content["include_subdomains"] = table["include-subdomains"]
    return content


def _shown(entry: Json) -> Json:
    """Return an entry as the content of a list has it; one that fits only some requests shows that."""
    skipped = entry.get("exempt", "") if entry["action"] == "exempt" else ""
    shown = {name: entry[name] for name in ("url", "type", "action", "status")}
    shown["exempt"] = sorted(skipped.split())
    if entry.get("referrer-host"):
        shown["referrer"] = entry["referrer-host"]
    return shown


def native_of(content: t.Mapping[str, t.Any], known: Json | None) -> Json:
    """Return the fields to write for a list. An entry of the same URL keeps its number and the fields of others."""
    there = {entry["url"]: entry for entry in (known or {}).get("entries", ())}
    kept = {there[entry["url"]]["id"] for entry in content["entries"] if entry["url"] in there}
    free = (number for number in range(1, len(kept) + len(content["entries"]) + 1) if number not in kept)
    entries = []
    for entry in content["entries"]:
        before = {name: value for name, value in there.get(entry["url"], {}).items() if name != _OWN_OF_DEVICE}
        made = {**before, **{name: entry[name] for name in ("url", "type", "action", "status")}}
        if "id" not in made:
            made["id"] = next(free)
        made.pop("exempt", None)
        if entry["exempt"]:
            made["exempt"] = " ".join(entry["exempt"])
        if "referrer-host" in made:
            made["referrer-host"] = entry.get("referrer", "")
        entries.append(made)
    fields: Json = {"entries": entries}
    if "include_subdomains" in content:
        fields["include-subdomains"] = content["include_subdomains"]
    return fields


def as_it_was(table: Json, there: bool) -> Json:
    """Return the fields by which a table becomes again what it was; its key only where it has to be made."""
    fields = {name: value for name, value in table.items() if name != _OWN_OF_DEVICE and (name != "id" or not there)}
    fields["entries"] = [
        {name: value for name, value in entry.items() if name != _OWN_OF_DEVICE} for entry in table["entries"]
    ]
    return fields


def checked_content(content: t.Any) -> Json:
    """Return a list if it is of the form of this platform.

    Raises:
        ApplianceError: it is not; nothing of it may go to a device.
    """
    if not isinstance(content, dict) or not set(content) <= {"entries", "include_subdomains"}:
        raise ApplianceError("The list is not of the form {entries: [...], include_subdomains: ...}.")
    if content.get("include_subdomains", "disable") not in ("enable", "disable"):
        raise ApplianceError("include_subdomains of the list is neither enable nor disable.")
    entries = content.get("entries")
    if not isinstance(entries, list):
        raise ApplianceError("The list has no entries.")
    for number, entry in enumerate(entries):
        if not _may_be_sent(entry):
            raise ApplianceError(f"entries[{number}] of the list is not of the form of an entry.")
    return content


def _may_be_sent(entry: t.Any) -> bool:
    if not isinstance(entry, dict) or not set(entry) >= _ENTRY or not set(entry) <= {*_ENTRY, "referrer"}:
        return False
    words = [entry["type"], entry["action"], entry["status"], *(entry["exempt"] or ())]
    return (
        isinstance(entry["exempt"], list)
        and all(isinstance(word, str) and _WORD.fullmatch(word) for word in words)
        and all(isinstance(text, str) and _URL.fullmatch(text) for text in (entry["url"], entry.get("referrer", "x")))
    )
