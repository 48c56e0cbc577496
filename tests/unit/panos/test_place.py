# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where objects are, whose changes concern them, and what of XML becomes of a list and the other way round."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.api import message_of, parsed
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.content import checked_content
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.place import (
    CATEGORY,
    Place,
    content_of,
    element_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import panos
from hypothesis import given, settings

from tests.unit.dialects.sample_endpoints import lists

PLACE = Place("mmd", rules=True)
VSYS = "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']"
CATEGORIES = f"{VSYS}/profiles/custom-url-category"
OPTIONS = panos.Options.from_dict({"name": "mmd", "access_rules": "managed"})


@pytest.mark.parametrize(
    ("xpath", "touches", "owns"),
    [
        (f"{CATEGORIES}/entry[@name='mmd']", True, True),
        (f'{CATEGORIES}/entry[@name="mmd-no-decrypt"]/list', True, True),
        (f"{VSYS}/rulebase/security/rules/entry[@name='mmd']", True, True),
        (CATEGORIES, True, True),
        (f"{VSYS}/rulebase", True, True),
        (VSYS, True, False),
        ("/config", True, False),
        (f"{CATEGORIES}/entry[@name='mmd2']", False, False),
        (f"{CATEGORIES}/entry[@name='mmd-no-decrypt2']", False, False),
        (f"{VSYS}/rulebase/security/rules/entry[@name='mmd-no-decrypt']", False, False),
        (f"{VSYS}/address/entry[@name='mmd']", False, False),
        (CATEGORIES.replace("vsys1", "vsys2") + "/entry[@name='mmd']", False, False),
        (CATEGORIES.replace("vsys1", "vsys11") + "/entry[@name='mmd']", False, False),
        ("", True, False),  # what the device does not say is the worse case
    ],
)
def test_a_change_concerns_our_objects_and_what_they_stand_in(xpath: str, touches: bool, owns: bool) -> None:
    assert (PLACE.touches(xpath), PLACE.owns(xpath)) == (touches, owns)


def test_places_are_those_of_the_vendors_client() -> None:
    assert Place("mmd", "shared").xpath((CATEGORY, "mmd")) == (
        "/config/shared/profiles/custom-url-category/entry[@name='mmd']"
    )
    group = Place("mmd", device_group="branch", rules=True)
    local = "/config/devices/entry[@name='localhost.localdomain']"
    assert group.above("security") == f"{local}/device-group/entry[@name='branch']/pre-rulebase/security/rules"
    assert dict(PLACE.together())[CATEGORY] == (
        f"{CATEGORIES}/entry[@name='mmd' or @name='mmd-no-decrypt' or @name='mmd-no-login']"
    )


@settings(max_examples=50, derandomize=True, database=None, deadline=None)
@given(lists)
def test_what_is_written_is_read_back(endpoints: t.Any) -> None:
    content = panos.compile(endpoints, OPTIONS).content
    objects = {}
    for key in PLACE.keys:
        known = content["categories"] if key[0] == CATEGORY else content["rules"].get(key[0], {})
        if key[1] in known:
            objects[key] = ET.fromstring(ET.tostring(element_of(key, content, None)))
    assert (content_of(objects) or {"categories": {}, "rules": {}}) == content


def test_what_an_object_has_besides_stays_and_marks_of_the_device_do_not() -> None:
    there = ET.fromstring(
        "<entry name='mmd' admin='alice' dirtyId='7' time='now' uuid='u'><list><member admin='x'>old/</member></list>"
        "<description>kept</description><disable-override>no</disable-override></entry>"
    )
    content = {"categories": {"mmd": ["a.example/"]}, "rules": {}}
    made = ET.tostring(element_of((CATEGORY, "mmd"), content, there), encoding="unicode")
    assert made == (
        '<entry name="mmd" uuid="u"><list><member>a.example/</member></list>'
        "<description>kept</description><disable-override>no</disable-override></entry>"
    )


GOOD: t.Final = {"categories": {"mmd": ["a.example/"]}, "rules": {}}


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"categories": {}},
        {"categories": [], "rules": {}},
        {"categories": {"other": []}, "rules": {}},
        {"categories": {"mmd": "a.example/"}, "rules": {}},
        {"categories": {"mmd": ["a.example"]}, "rules": {}},
        {"categories": {"mmd": ["a.example/x"]}, "rules": {}},
        {"categories": {"mmd": ["*/"]}, "rules": {}},
        {"categories": {"mmd": ["a<b.example/"]}, "rules": {}},
        {"categories": {"mmd": ["a.example/\n"]}, "rules": {}},
        {"categories": {"mmd": [f"{'a.' * 130}example/"]}, "rules": {}},
        {"categories": {"mmd": [7]}, "rules": {}},
        {**GOOD, "rules": {"nat": {"mmd": {}}}},
        {**GOOD, "rules": {"security": {"other": {}}}},
        {**GOOD, "rules": {"security": {"mmd": {"action": "allow"}}}},
    ],
)
def test_a_list_that_no_compiler_made_is_refused(content: t.Any) -> None:
    assert checked_content(GOOD, "mmd") == GOOD
    with pytest.raises(ApplianceError):
        checked_content(content, "mmd")


def test_a_rule_that_no_compiler_made_is_refused() -> None:
    rules = panos.compile([panos.Endpoint.from_dict({"host": "a.example.com"})], OPTIONS).content
    checked_content(rules, "mmd")
    for field, value in (("action", ["allow"]), ("category", "mmd"), ("from", []), ("service", ["a<b"]), ("to", [7])):
        fields = {**rules["rules"]["security"]["mmd"], field: value}
        with pytest.raises(ApplianceError, match="whose"):
            checked_content({**rules, "rules": {"security": {"mmd": fields}}}, "mmd")


def test_an_answer_that_declares_entities_is_none() -> None:
    assert parsed(b"<!DOCTYPE x><response/>") is None
    assert parsed(b"<response") is None
    root = parsed(b'<response status="error"><msg><line>a\n b</line><line><![CDATA[c <d>]]></line></msg></response>')
    assert root is not None and message_of(root) == "a b; c <d>"
