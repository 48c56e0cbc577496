# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device gives at a login, or says of one that it refuses, comes into no message."""

from __future__ import annotations

import html
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

import pytest

from lab.simulators.server import Reply, Request
from tests.integration.simulators.platforms import TARGETS
from tests.integration.simulators.target import NEW, ApiTarget, Refused

WITH_A_LOGIN: t.Final = [name for name in TARGETS if not name.startswith("fortios")]
"""The others are given a token, and log in nowhere."""
LOGINS: t.Final = ("/login", "/authenticatedSession", "/oauth2/v1/token")
AWKWARD: t.Final = 'an/awkward "pass" <w0rd>&more\\c'

Answering = t.Callable[[Reply], Reply]


def answering(target: ApiTarget, answer: Answering) -> None:
    """Have the device answer each login with what `answer` makes of its genuine answer."""
    genuine = target.simulator.handle

    def handle(request: Request) -> Reply:
        reply = genuine(request)
        is_login = request.path.endswith(LOGINS) or b"type=keygen" in request.body
        return answer(reply) if is_login and request.method == "POST" else reply

    target.simulator.handle = handle


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("target", WITH_A_LOGIN, indirect=True)
def test_an_answer_to_a_login_that_is_not_whole_is_not_shown(target: ApiTarget, status: int) -> None:
    given: set[bytes] = set()

    def half(reply: Reply) -> Reply:
        given.update(re.findall(rb"[A-Za-z0-9_=+/-]{20,}", reply.body))
        return Reply(reply.body.rstrip()[:-1], status)

    answering(target, half)
    with pytest.raises(Refused) as refused:
        target.present(*NEW)
    message = str(refused.value)
    assert message.endswith(".") and f"status {status}" in message
    shown = {text.decode() for text in given if text[:12].decode() in message}
    assert shown == set()


@pytest.mark.parametrize("target", WITH_A_LOGIN, indirect=True)
def test_a_password_that_comes_back_is_not_shown_however_it_is_escaped(target: ApiTarget) -> None:
    forms = [
        json.dumps(AWKWARD),
        json.dumps(AWKWARD).replace("/", "\\/"),
        quote(AWKWARD),
        quote(AWKWARD, "").lower(),
        quote_plus(AWKWARD),
        html.escape(AWKWARD),
    ]
    option = "client_secret" if "client_secret" in target.credentials() else "password"
    for form in forms:
        said = f"no user for {form} here"
        as_xml = f'<response status="error" code="400"><msg><line>{html.escape(said)}</line></msg></response>'
        body = as_xml if target.platform.startswith("pan") else json.dumps({"code": "X", "message": said})
        target.fresh()
        answering(target, lambda _reply, body=body: Reply(body.encode(), 400))
        with pytest.raises(Refused) as refused:
            target.present(*NEW, **{option: AWKWARD})
        assert "no user for" in str(refused.value) and "********" in str(refused.value)
        assert "w0rd" not in str(refused.value) and "awkward" not in str(refused.value)


@pytest.mark.parametrize("target", WITH_A_LOGIN, indirect=True)
def test_what_a_device_gave_at_a_login_is_what_no_message_and_no_result_may_hold(target: ApiTarget) -> None:
    """Every message and result of these tests is searched for it."""
    target.present(*NEW)
    given = set(target.simulator.issued)
    assert given and all(target.leaked({"msg": f"session {secret}."}) for secret in given)
    target.present(*NEW)
    assert target.simulator.issued > given
