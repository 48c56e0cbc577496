# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials that are wrong, that may only read, or that end in mid-run; and a server that lies."""

from __future__ import annotations

import typing as t

import pytest

from lab.simulators.server import Reply, Request
from tests.integration.simulators.panos.panos_target import LIST, PASSWORD, PanosTarget
from tests.integration.simulators.target import Refused

A, B = ("a.example.com",), ("b.example.com",)


def test_a_wrong_password_or_key_is_told_without_it(firewall: PanosTarget) -> None:
    for more in ({"password": "wr0ng-Pa55"}, {"password": None, "api_key": "wr0ng-Pa55"}):
        with pytest.raises(Refused, match=r"does not let automation in|is not good, or not any more") as raised:
            firewall.present(*A, **more)
        assert "wr0ng-Pa55" not in str(raised.value)
    with pytest.raises(Refused, match="Give either password or api_key"):
        firewall.present(*A, password=None)
    with pytest.raises(Refused, match="Give either password or api_key"):
        firewall.present(*A, api_key="x")


@pytest.mark.parametrize("behind", ["\n", "\r\nX-Other: 1", " ", "é", "x" * 1024])
def test_a_key_that_is_none_is_refused_without_it(firewall: PanosTarget, behind: str) -> None:
    key = firewall.simulator.key_for("automation")
    firewall.simulator.requests.clear()
    with pytest.raises(Refused, match=r"api_key: it is too long, or has characters that no key has") as raised:
        firewall.present(*A, password=None, api_key=key + behind)
    assert "LUFRPT" not in str(raised.value)
    assert firewall.simulator.requests == []


def test_a_device_that_gives_what_is_no_key_is_told(firewall: PanosTarget) -> None:
    lie = '<response status="success"><result><key>LUFRPTé=</key></result></response>'.encode()
    firewall.simulator.handle = lambda _request: Reply(lie, 200)
    with pytest.raises(Refused, match="gave no API key for automation") as raised:
        firewall.present(*A)
    assert "LUFRPT" not in str(raised.value)


def test_who_may_only_read_reads_and_changes_nothing(firewall: PanosTarget) -> None:
    firewall.present(*A)
    firewall.simulator.admins["automation"] = (PASSWORD, "superreader")
    assert firewall.info()["in_step"] is True
    assert firewall.present(*A)["changed"] is False
    with pytest.raises(Refused, match=r"The role of automation does not allow it\..*Nothing was changed\."):
        firewall.present(*B)
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*A), [])


def test_a_key_of_somebody_else_is_found_out_and_their_locks_are_given_back(firewall: PanosTarget) -> None:
    key = firewall.simulator.key_for("alice")
    with pytest.raises(Refused, match="The credentials are those of alice, and commits would be for automation"):
        firewall.present(*A, password=None, api_key=key)
    assert firewall.simulator.locks.held == []
    assert firewall.running() == frozenset()


def expire_at(target: PanosTarget, text: str) -> None:
    handle, waiting = target.simulator.handle, [True]

    def watched(request: Request) -> Reply:
        if waiting and text in str(request.form()):
            waiting.clear()
            target.simulator.keys.clear()
        return handle(request)

    target.simulator.handle = watched


@pytest.mark.parametrize("text", ["'show'", "<config-lock><add>", "'edit'", "<commit>", "<show><jobs>", "<remove"])
def test_a_key_that_expires_in_mid_run_is_renewed_once(firewall: PanosTarget, text: str) -> None:
    expire_at(firewall, text)
    firewall.present(*A)
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*A), [])


def test_a_key_that_nobody_can_renew_is_told(firewall: PanosTarget) -> None:
    firewall.present(*A)
    key = firewall.simulator.key_for("automation")
    expire_at(firewall, "'edit'")
    with pytest.raises(Refused, match="is not good, or not any more") as raised:
        firewall.present(*B, password=None, api_key=key)
    assert key not in str(raised.value)
    assert firewall.running() == firewall.entries(*A)
    firewall.present(*B)
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*B), [])


def test_the_key_is_in_no_address_and_no_answer(firewall: PanosTarget) -> None:
    addresses: list[str] = []
    handle = firewall.simulator.handle

    def watched(request: Request) -> Reply:
        addresses.append(f"{request.path} {dict(request.query)}")
        assert request.method == "POST"
        return handle(request)

    firewall.simulator.handle = watched
    result = firewall.present(*A, diff=True)
    assert set(addresses) == {"/api/ {}"}
    assert not any(secret in str(result) for secret in firewall.secrets)


LIES: t.Final = {
    "nothing": b"",
    "another form": b'{"status": "ok"}',
    "another element": b"<html><body>login</body></html>",
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><response status="success"><result>&a;</result></response>',
    "no result": b'<response status="success"/>',
    "a key of no text": b'<response status="success"><result><key/></result></response>',
    "an error without words": b'<response status="error"/>',
    "an error with a secret": f'<response status="error"><msg>{PASSWORD}</msg></response>'.encode(),
    "an error of many lines": b'<response status="error"><msg>'
    + b"<line>x\x0ay</line>" * 10_000
    + b"</msg></response>",
    "deep": b'<response status="success"><result>' + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</result></response>",
    "half": b'<response status="success"><result><key>abc',
    "not UTF-8": b'<response status="success"><result><key>\xff</key></result></response>',
}


AT: t.Final = ("keygen", "'get'", "config-lock", "'edit'", "<commit>", "<jobs>", "<changes")


@pytest.mark.parametrize(
    ("lie", "after"),
    [
        pytest.param(lie, AT[(number + shift) % len(AT)], id=f"{name}-{AT[(number + shift) % len(AT)]}")
        for shift in (0, 3)
        for number, (name, lie) in enumerate(LIES.items())
    ],
)
def test_a_server_that_lies_is_told_and_nothing_is_lost(firewall: PanosTarget, lie: bytes, after: str) -> None:
    firewall.present(*A)
    handle = firewall.simulator.handle

    def lying(request: Request) -> Reply:
        return Reply(lie, 200) if after in str(request.form()) else handle(request)

    firewall.simulator.handle = lying
    try:
        firewall.present(*B, activation_timeout=1.0)
    except Refused as refusal:
        message = str(refusal)
        assert PASSWORD not in message and len(message) < 2000 and message.isprintable(), message
    firewall.simulator.handle = handle
    assert firewall.running() in (firewall.entries(*A), firewall.entries(*B))
    firewall.present(*B)
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*B), [])


def test_a_category_of_our_name_that_is_no_list_is_left_alone(firewall: PanosTarget) -> None:
    xpath = f"{firewall.root}/profiles/custom-url-category/entry[@name='{LIST}']"
    text = f"<entry name='{LIST}'><list><member>news</member></list><type>Category Match</type></entry>"
    firewall.simulator.config.edit(xpath, text, "alice")
    firewall.simulator.commit_as("alice")
    with pytest.raises(Refused, match="is a URL category of the type 'Category Match', not a list"):
        firewall.present(*A)
    assert firewall.running() == {"news"}


@pytest.mark.parametrize(
    ("option", "value", "match"),
    [
        ("username", None, "username: 'None' is not the administrator"),
        ("username", "a]/x", "username: "),
        ("vsys", "vsys1']", "vsys: "),
        ("device_group", "x' or '1'='1", "device_group: "),
        ("category", "x'y", "category: "),
        ("host", "a/b", "host: "),
        ("port", 0, "port: 0 is not between"),
    ],
)
def test_an_option_that_would_be_more_than_a_name_is_refused(
    firewall: PanosTarget, option: str, value: t.Any, match: str
) -> None:
    with pytest.raises(Refused, match=match):
        firewall.absent(**{option: value})
