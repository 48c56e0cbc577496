# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zscaler's own client on the simulated tenant, by both ways in.

It waits for whole seconds where the real service would want that; here nobody has to.
"""

from __future__ import annotations

import typing as t

import pytest

from lab.simulators.zia import CLIENT, KEY, PASSWORD, SECRET, USER, VANITY, Zia
from tests.integration.simulators.target import OLD
from tests.integration.simulators.zia.target import APART, LIST, ZiaTarget

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # the client's own

Client = t.Any


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    from zscaler.zia import authentication_settings, legacy

    monkeypatch.setattr(authentication_settings.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(legacy, "sleep", lambda _seconds: None)


@pytest.fixture()
def legacy(tenant: Zia, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Client]:
    from zscaler.zia.legacy import LegacyZIAClientHelper

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tenant.ca_path))
    with LegacyZIAClientHelper(
        cloud="zscaler", override_url=tenant.url, username=USER, password=PASSWORD, api_key=KEY, timeout=30
    ) as client:
        yield client


@pytest.fixture()
def one_api(tenant: Zia, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Client]:
    from zscaler import ZscalerClient
    from zscaler.oneapi_oauth_client import OAuth
    from zscaler.request_executor import RequestExecutor

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tenant.ca_path))
    monkeypatch.setattr(RequestExecutor, "BASE_URL", tenant.url)
    monkeypatch.setattr(OAuth, "_get_auth_url", lambda *_given: f"{tenant.url}/oauth2/v1/token")
    client = ZscalerClient(
        {
            "clientId": CLIENT,
            "clientSecret": SECRET,
            "vanityDomain": VANITY,
            "cloud": "production",
            "cache": {"enabled": False},
            "logging": {"enabled": False},
        }
    )
    client.authenticate()
    yield client.zia


@pytest.fixture(params=["legacy", "one_api"])
def client(request: pytest.FixtureRequest) -> Client:
    return request.getfixturevalue(request.param)


def done(answer: tuple[t.Any, t.Any, t.Any]) -> t.Any:
    result, _response, error = answer
    assert error is None, error
    return result


def test_a_category_is_made_changed_activated_and_deleted(tenant: Zia, client: Client) -> None:
    made = done(
        client.url_categories.add_url_category(
            configured_name="Made by their client",
            super_category="USER_DEFINED",
            urls=["a.example.com", ".b.example.com"],
            description="A category",
        )
    )
    assert made.id == "CUSTOM_02" and made.custom_category and made.custom_urls_count == 2
    assert done(client.activate.status()).status == "PENDING"
    assert not tenant.active.categories
    assert done(client.activate.activate()).status == "ACTIVE"
    assert sorted(tenant.active.categories["CUSTOM_02"]["urls"]) == [".b.example.com", "a.example.com"]

    changed = done(
        client.url_categories.update_url_category(
            made.id, configured_name=made.configured_name, super_category="USER_DEFINED", urls=["c.example.com"]
        )
    )
    assert changed.urls == ["c.example.com"] and not changed.description
    done(client.url_categories.add_urls_to_category(made.id, configured_name="x", urls=["d.example.com"]))
    found = done(client.url_categories.get_category(made.id))
    assert sorted(found.urls) == ["c.example.com", "d.example.com"]
    assert [c.id for c in done(client.url_categories.list_categories(query_params={"custom_only": True}))] == [made.id]
    quota = client.url_categories.get_quota()
    assert quota == {"uniqueUrlsProvisioned": 2, "remainingUrlsQuota": 24998}
    assert client.url_categories.delete_category(made.id)[2] is None
    assert not tenant.activation.saved.categories


def test_urls_are_exempted_from_the_login_and_not_any_more(tenant: Zia, client: Client) -> None:
    tenant.edit(lambda config: config.exempted.append("theirs.example.org"), activate=True)
    settings = client.authentication_settings
    added = done(settings.add_urls_to_exempt_list(["ours.example.com", ".ours.example.net"]))
    assert sorted(added) == [".ours.example.net", "ours.example.com", "theirs.example.org"]
    assert sorted(done(settings.delete_urls_from_exempt_list([".ours.example.net"]))) == [
        "ours.example.com",
        "theirs.example.org",
    ]


def test_what_the_service_refuses_the_client_understands(tenant: Zia, client: Client) -> None:
    _none, _response, error = client.url_categories.add_url_category(
        configured_name="Bad", super_category="USER_DEFINED", urls=["*.example.com", "good.example.com"]
    )
    assert "Invalid URL" in str(error)
    assert not tenant.activation.saved.categories


def test_its_logout_activates_what_it_saved(tenant: Zia, legacy: Client) -> None:
    done(legacy.url_categories.add_url_category("USER_DEFINED", ["a.example.com"], configured_name="Saved"))
    assert tenant.named("Saved") is None and tenant.named("Saved", saved=True)
    legacy.deauthenticate()
    assert tenant.named("Saved") and not tenant.logins.sessions


def test_another_who_edits_holds_its_activation_back(tenant: Zia, client: Client) -> None:
    theirs = tenant.add(configuredName="Theirs")
    tenant.edit(lambda config: config.categories[theirs["id"]]["urls"].append("later.example.org"))
    done(client.url_categories.add_url_category("USER_DEFINED", ["a.example.com"], configured_name="Ours"))
    assert done(client.activate.activate()).status == "PENDING"
    assert tenant.named("Ours") is None and tenant.active.categories[theirs["id"]]["urls"] == ["made.example.org"]


def test_it_reads_back_what_the_module_wrote(whole: ZiaTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    from zscaler.zia.legacy import LegacyZIAClientHelper

    whole.present(*OLD)
    tenant = whole.simulator
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tenant.ca_path))
    with LegacyZIAClientHelper(
        cloud="zscaler", override_url=tenant.url, username=USER, password=PASSWORD, api_key=KEY, timeout=30
    ) as client:
        found = {c.configured_name: c for c in done(client.url_categories.list_categories({"custom_only": True}))}
        assert sorted(found[LIST].urls) == [".old.example.net", "both.example.org"]
        assert found[LIST].super_category == "USER_DEFINED" and found[LIST].custom_category
        assert found[APART].urls == ["old.example.com"]
        assert ".old.example.net" in done(client.authentication_settings.get_exempted_urls())
        assert done(client.activate.status()).status == "ACTIVE"
        # What it changes is found as drift, and undone.
        done(client.url_categories.add_urls_to_category(found[LIST].id, configured_name=LIST, urls=["x.example.org"]))
        done(client.activate.activate())
        while done(client.activate.status()).status != "ACTIVE":
            pass
    drift = whole.present(*OLD)["difference"]["foreign"]
    assert drift == {"count": 1, "by_service": {"(no service)": ["allow x.example.org"]}, "truncated": False}
    assert whole.running() == whole.entries(*OLD)
