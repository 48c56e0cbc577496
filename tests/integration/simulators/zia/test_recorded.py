# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated tenant answers as the real one was recorded to: same status, same fields, same types."""

from __future__ import annotations

import json
import typing as t
import urllib.parse
from pathlib import Path

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Answer, Way, exchange

from lab.simulators.zia import CLIENT, SECRET, Zia

RECORDED: t.Final = yaml.safe_load((Path(__file__).parent / "recorded.yml").read_text(encoding="utf-8"))
FORM: t.Final = {
    "grant_type": "client_credentials",
    "client_id": CLIENT,
    "client_secret": SECRET,
    "audience": "https://api.zscaler.com",
}
TYPES: t.Final = {"str": str, "int": int, "bool": bool}


class Conversation:
    """Asks in the words of a recording."""

    def __init__(self, tenant: Zia) -> None:
        self.tenant = tenant
        self.token = json.loads(self._sent("POST", "/oauth2/v1/token", FORM).body)["access_token"]
        self.identity = ""

    def ask(self, recorded: dict[str, t.Any]) -> Answer:
        method, _space, path = recorded["ask"].partition(" ")
        form = {key: FORM[key] for key in recorded["form"]} if "form" in recorded else None
        data = recorded.get("send")
        return self._sent(method, path.replace("{id}", self.identity), form, data)

    def _sent(self, method: str, path: str, form: t.Any, data: t.Any = None) -> Answer:
        headers = {"Content-Type": "application/json"}
        body = None if data is None else json.dumps(data).encode()
        if form is not None:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            body = urllib.parse.urlencode(form).encode()
        else:
            headers["Authorization"] = f"Bearer {self.token}"
        return exchange(method, self.tenant.url + path, Way(10.0, str(self.tenant.ca_path)), body, headers)


@pytest.fixture()
def conversation(tenant: Zia) -> Conversation:
    tenant.add(configuredName="Theirs", keywords=["minecraft"], description="Allow House Apps")
    tenant.edit(lambda config: config.exempted.extend([".newexample1.com", ".newexample2.com"]), activate=True)
    return Conversation(tenant)


def fit(answer: t.Any, form: t.Any, without: t.Collection[str] = ()) -> None:
    """Refuse an answer that is not of a recorded form; `without` are fields that this one did not have."""
    if isinstance(form, str) and form in RECORDED:
        form = RECORDED[form]
    if isinstance(form, list):
        assert isinstance(answer, list)
        for item in answer:
            fit(item, form[0], without)
    elif isinstance(form, dict):
        assert isinstance(answer, dict)
        needed = {key for key in form if not key.endswith("?")} - set(without)
        optional = {key[:-1] for key in form if key.endswith("?")} - set(without)
        assert needed <= set(answer) <= needed | optional
        for key, value in answer.items():
            fit(value, form.get(key, form.get(f"{key}?")))
    else:
        assert isinstance(answer, TYPES[form]), (answer, form)
        assert isinstance(answer, bool) is (TYPES[form] is bool), (answer, form)


def checked(answer: Answer, recorded: dict[str, t.Any]) -> t.Any:
    assert answer.status == recorded["status"], answer.body
    assert set(recorded.get("headers", [])) <= set(answer.headers)
    if "answer" not in recorded:
        assert answer.body == b""
        return None
    assert answer.headers["Content-Type"] == "application/json"
    found = json.loads(answer.body)
    fit(found, recorded["answer"], recorded.get("without", ()))
    for key, value in recorded.get("says", {}).items():
        assert found[key] == value
    if "same_members" in recorded:
        assert sorted(found["urls"]) == sorted(recorded["same_members"])
    return found


def test_the_simulated_tenant_answers_as_the_real_one(conversation: Conversation) -> None:
    for recorded in RECORDED["exchanges"]:
        found = checked(conversation.ask(recorded), recorded)
        if isinstance(found, dict) and "id" in found:
            conversation.identity = found["id"]
    assert conversation.tenant.named("TestCategory_VCR", saved=True) is None


@pytest.mark.parametrize("recorded", RECORDED["refusals"], ids=lambda recorded: recorded["when"])
def test_the_simulated_tenant_refuses_as_the_real_one(conversation: Conversation, recorded: dict[str, t.Any]) -> None:
    tenant = conversation.tenant
    tenant.busy = int(recorded["when"] == "busy")
    tenant.counted = recorded["when"] == "counted"
    tenant.clock = lambda: 0.0  # all within one second
    if recorded["when"] == "expired":
        tenant.logins.expire()
    for _time in range(recorded.get("times", 1)):
        answer = conversation.ask(recorded)
    checked(answer, recorded)


def test_the_order_of_urls_is_the_services_own(conversation: Conversation) -> None:
    urls = [f"n{number}.example.com" for number in range(20)]
    made = conversation.tenant.add(configuredName="Ordered", urls=urls)
    assert made["urls"] != urls and sorted(made["urls"]) == sorted(urls)
