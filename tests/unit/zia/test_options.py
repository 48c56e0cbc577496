# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a tenant is, by its cloud and way in, and where what is noted of its list is kept."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import nobody
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.appliance import Tenant
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.login import TokenClient, obfuscated
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.options import ZIA_OPTIONS, tenant_from

SESSION: t.Final = {"username": "robot@corp.example", "password": "p", "api_key": "aB3dE5gH7jK9"}
TOKEN: t.Final = {"client_id": "c", "client_secret": "s", "vanity_domain": "corp"}


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZIA_USERNAME", "ZIA_PASSWORD", "ZIA_API_KEY", "ZIA_CLOUD", "ZSCALER_CLOUD", "ZSCALER_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)


def made(**given: t.Any) -> Tenant:
    result = ArgumentSpecValidator(ZIA_OPTIONS).validate(given)
    assert not result.error_messages
    return tenant_from(result.validated_parameters, nobody)


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ({"cloud": "zscaler"}, "zsapi.zscaler.net"),
        ({"cloud": "ZscalerTwo"}, "zsapi.zscalertwo.net"),
        ({"cloud": "zspreview"}, "admin.zspreview.net"),
        ({"host": "zia.corp.example", "cloud": "zscaler"}, "zia.corp.example"),
        ({"host": "zia.corp.example", "port": 8443}, "zia.corp.example:8443"),
    ],
)
def test_a_session_is_opened_at_the_clouds_own_host(given: dict[str, t.Any], host: str) -> None:
    assert made(**SESSION, **given).device == host


@pytest.mark.parametrize(
    ("given", "host", "identity"),
    [
        ({}, "api.zsapi.net", "corp.zslogin.net"),
        ({"cloud": "production"}, "api.zsapi.net", "corp.zslogin.net"),
        ({"cloud": "beta"}, "api.beta.zsapi.net", "corp.zsloginbeta.net"),
        ({"cloud": "gov"}, "api.zscalergov.net", "corp.zidentitygov.net"),
        ({"cloud": "govus"}, "api.zscalergov.us", "corp.zidentitygov.us"),
        (
            {"host": "api.corp.example", "login_host": "id.corp.example:8443"},
            "api.corp.example",
            "id.corp.example:8443",
        ),
    ],
)
def test_a_token_is_asked_for_where_the_cloud_gives_them(given: dict[str, t.Any], host: str, identity: str) -> None:
    tenant = made(**TOKEN, **given)
    assert tenant.device == host
    assert isinstance(tenant.client, TokenClient) and tenant.client._identity.device == identity


def test_where_a_tenant_is_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("USERNAME", "robot@corp.example"), ("PASSWORD", "p"), ("API_KEY", "aB3dE5gH7jK9")):
        monkeypatch.setenv(f"ZIA_{name}", value)
    monkeypatch.setenv("ZIA_CLOUD", "zscalerthree")
    assert made().device == "zsapi.zscalerthree.net"


def test_tenants_on_one_host_keep_their_back_ups_apart() -> None:
    places = [
        made(cloud="zscaler", **{**SESSION, "username": "a@corp.example"}).backup_dir,
        made(cloud="zscaler", **{**SESSION, "username": "a@other.example"}).backup_dir,
        made(cloud="zscaler", name="second", **SESSION).backup_dir,
        made(**TOKEN).backup_dir,
        made(**{**TOKEN, "vanity_domain": "other"}).backup_dir,
    ]
    assert len(set(places)) == len(places)
    # Another administrator of the same tenant goes on with what is noted.
    assert made(cloud="zscaler", **{**SESSION, "username": "b@corp.example"}).backup_dir == places[0]


@pytest.mark.parametrize(("address", "said"), [("[::1]", "neither a name nor an address"), ("", "Give cloud")])
def test_a_host_that_is_none_is_refused(address: str, said: str) -> None:
    with pytest.raises(ApplianceError, match=said):
        made(host=address, **SESSION)


def test_an_address_of_version_6_is_a_host() -> None:
    tenant = made(host="::1", **SESSION)
    assert tenant.device == "::1" and tenant.client.http.base == "https://[::1]:443"


@pytest.mark.parametrize(
    ("stamp", "given"),
    [
        # Worked out by hand from the vendor's description: digits of the time, then of half of it, plus two.
        ("1389681124480", "BCEEIACIEEGC"),
        ("1700000000000", "AAAAAACCCCCC"),
        ("1700000999999", "JJJJJJGLLLLL"),
    ],
)
def test_the_api_key_is_obfuscated_as_the_vendor_describes_it(stamp: str, given: str) -> None:
    assert obfuscated("ABCDEFGHIJKL", stamp) == given
