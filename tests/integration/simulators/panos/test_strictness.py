# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated device refuses what PAN-OS refuses, so that the module cannot pass by being vague."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import pytest

from lab.simulators.panos import Panos
from lab.simulators.server import Request
from tests.integration.simulators.panos.panos_target import PanosTarget

CATEGORIES: t.Final = "/profiles/custom-url-category"


def asked(device: Panos, **fields: str) -> tuple[str | None, str | None, str]:
    key = device.key_for("automation")
    reply = device.handle(Request("POST", "/api/", fields, {"x-pan-key": key}, b""))
    root = ET.fromstring(reply.body)
    return root.get("status"), root.get("code"), " ".join(root.itertext())


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"type": "config", "action": "get", "xpath": "//address"}, "6", "Invalid xpath"),
        ({"type": "config", "action": "get", "xpath": "/config/x[@id='a']"}, "6", "Invalid xpath"),
        ({"type": "config", "action": "show", "xpath": "/config/nothing"}, "7", "No such node"),
        ({"type": "config", "action": "get", "xpath": "/config", "elements": "x"}, "400", "Bad parameters: elements"),
        ({"type": "configuration"}, "400", "Bad parameters"),
        ({"type": "op", "cmd": "<show><nothing/></show>"}, "17", "show -> nothing is unexpected"),
        ({"type": "op", "cmd": "<show><config-locks/></show>"}, "17", "is unexpected"),
        ({"type": "op", "cmd": "<show>"}, "18", "Malformed"),
        ({"type": "op", "cmd": "<!DOCTYPE x><show/>"}, "18", "Malformed"),
        ({"type": "op", "cmd": "<show><jobs><id>99</id></jobs></show>"}, "7", "job 99 not found"),
        ({"type": "commit", "cmd": "<commit><now/></commit>"}, "17", "malformed"),
        ({"type": "commit", "cmd": "<commit-all/>", "action": "all"}, "17", "unexpected here"),
    ],
)
def test_a_request_that_is_none_is_refused(firewall: PanosTarget, fields: t.Any, code: str, said: str) -> None:
    status, found, text = asked(firewall.simulator, **fields)
    assert (status, found) == ("error", code)
    assert said in text


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("<list><member>" + "a" * 256 + "</member></list>", "length should be 1 to 255"),
        ("<list><member>a b</member></list>", "is invalid"),
        ("<list><member>a/</member><member>a/</member></list>", "duplicate"),
        ("<urls/>", "urls unexpected here"),
        ("<type>List</type>", "not an allowed keyword"),
    ],
)
def test_a_category_that_is_none_is_refused_and_with_it_all_of_the_request(
    firewall: PanosTarget, inner: str, said: str
) -> None:
    device, above = firewall.simulator, f"{firewall.root}{CATEGORIES}"
    steps = "".join(
        f'<edit id="{number}" xpath="{above}/entry[@name=\'{name}\']"><entry name="{name}">{text}</entry></edit>'
        for number, (name, text) in enumerate((("good", "<list/>"), ("bad", inner)))
    )
    element = f"<multi-configuration-request>{steps}</multi-configuration-request>"
    status, code, text = asked(device, type="config", action="multi-config", element=element)
    assert (status, code) == ("error", "12") and said in text
    assert device.config.candidate.find(f".{CATEGORIES}/entry[@name='good']") is None
    assert not [one for one in device.config.changes.values() if one.owner == "automation"]


def test_an_element_that_its_path_does_not_name_is_refused(firewall: PanosTarget) -> None:
    xpath = f"{firewall.root}{CATEGORIES}/entry[@name='a']"
    _status, code, _text = asked(
        firewall.simulator, type="config", action="edit", xpath=xpath, element="<entry name='b'/>"
    )
    assert code == "12"


def test_a_partial_commit_of_what_two_administrators_changed_fails(firewall: PanosTarget) -> None:
    device, xpath = firewall.simulator, f"{firewall.root}{CATEGORIES}/entry[@name='both']"
    for admin in ("alice", "automation"):
        device.config.edit(xpath, "<entry name='both'><list/></entry>", admin)
    assert "a partial commit is not possible" in device.commit_as("automation")[0]
    assert device.config.running.find(".//entry[@name='both']") is None


def test_an_administrator_who_is_not_known_is_refused(firewall: PanosTarget) -> None:
    reply = firewall.simulator.handle(Request("POST", "/api/", {"type": "op"}, {"x-pan-key": "x"}, b""))
    assert reply.status == 403 and b"Invalid Credential" in reply.body
    assert firewall.simulator.handle(Request("GET", "/other", {}, {}, b"")).status == 404
