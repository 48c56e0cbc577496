# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Which rules use the categories of a list, and what becomes of its TLS: what no run needs that has nothing to do."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.managed_desktop.network.plugins.module_utils._panos.api import PanosClient, PanosError
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.content import (
    DECRYPTION,
    RULEBASES,
    SUFFIXES,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.place import SHARED, Place

_MOST_PROFILES: t.Final = 100


def usage(client: PanosClient, place: Place) -> dict[str, t.Any]:
    """Return ``used_by``, the running rules that name a category of the list, and ``tls``.

    The documents ask for TLS 1.2, or else that protocol detection be disabled. PAN-OS has no such switch: what reads
    inside TLS is decryption, so a rule that does not decrypt what the list has is what stands for it.
    """
    used = used_by(client, place, {f"{place.category}{suffix}" for suffix in SUFFIXES}, "show")
    spared = any(
        rule["rulebase"] == DECRYPTION
        and rule["enabled"]
        and rule["action"] == "no-decrypt"
        and place.category in rule["categories"]
        for rule in used
    )
    profiles = _entries(client, f"{place.root}/profiles/decryption", "show")[:_MOST_PROFILES]
    floors = {
        client.http.clean(one.get("name", "")): client.http.clean(
            one.findtext("ssl-protocol-settings/min-version") or "unknown"
        )
        for one in profiles
    }
    tls = {"protocol_detection_of_list": "off" if spared else "unknown", "lowest_version_by_profile": floors}
    return {"used_by": used, "tls": tls}


def used_by(client: PanosClient, place: Place, names: t.Collection[str], action: str) -> list[dict[str, t.Any]]:
    """Return the rules that name one of these categories, as they run (``show``) or in the candidate (``get``).

    Of a list that the whole firewall shares there are none: they stand in its virtual systems.
    """
    if not names or (place.vsys == SHARED and not place.device_group):
        return []
    found = []
    for rulebase in RULEBASES:
        for rule in _entries(client, place.above(rulebase), action):
            categories = sorted({one.text or "" for one in rule.findall("category/member")}.intersection(names))
            if categories:
                found.append(_told(client, rulebase, rule, categories))
    return found


def _told(client: PanosClient, rulebase: str, rule: ET.Element, categories: list[str]) -> dict[str, t.Any]:
    action = rule.findtext("action") or rule.findtext("authentication-enforcement") or ""
    return {
        "rulebase": rulebase,
        "rule": client.http.clean(rule.get("name", "")),
        "categories": categories,
        "action": client.http.clean(action),
        "enabled": (rule.findtext("disabled") or "no").strip() != "yes",
    }


def _entries(client: PanosClient, xpath: str, action: str) -> list[ET.Element]:
    try:
        root = client.ask(True, type="config", action=action, xpath=f"{xpath}/entry")
    except PanosError as error:
        if not error.is_absence:
            raise
        return []
    return root.findall("result/entry")
