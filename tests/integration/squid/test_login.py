# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that need no login beside a site that asks for one, on a proxy with real passwords."""

from __future__ import annotations

import pytest
from squid_lab import BOTH_WAYS, Device

from tests.integration.appliance.called import Json, Refused

LOGIN = """\
auth_param basic program /usr/lib/squid/basic_ncsa_auth /etc/squid/passwords
auth_param basic realm site
acl known proxy_auth REQUIRED
"""
USER = "user:secret"
FREE: Json = {"host": "free.example", "treatments": ["bypass_authentication"]}


@pytest.fixture(autouse=True)
def passwords(device: Device) -> None:
    hashed = device.lab.run("proxy", ["openssl", "passwd", "-apr1", "-salt", "lab", "secret"]).stdout
    device.path("/etc/squid/passwords").write_text(f"user:{hashed}")
    device.path("/etc/squid/passwords").chmod(0o644)
    device.proxy.configure("10-login.conf", LOGIN)


def rules(device: Device, file: str, *lines: str) -> None:
    device.proxy.configure(file, "\n".join([*lines, ""]))
    device.proxy.reconfigure()


@BOTH_WAYS
@pytest.mark.parametrize(
    "rule",
    ["http_access deny !known", "http_access allow known", "acl team any-of known\nhttp_access allow team"],
)
def test_only_endpoints_that_bypass_it_pass_a_login_rule_that_follows(device: Device, rule: str) -> None:
    rules(device, "30-login.conf", rule)
    with pytest.raises(Refused, match=r"30-login\.conf line \d .*asks for a login after the list.*authentication_acl"):
        device.present("plain.example", FREE)
    result = device.present("plain.example", FREE, authentication_acl="known")
    assert result["running"]["state"] == "running"
    targets = ("free.example:443", "http://free.example/", "plain.example:443", "http://plain.example/")
    assert device.status(*targets) == [200, 200, 407, 407]
    assert device.status(*targets, login=USER) == [200] * 4
    assert device.status("plain.example:443", login="user:wrong") == [407]


@BOTH_WAYS
def test_a_list_of_nothing_but_bypasses_needs_no_guard(device: Device) -> None:
    rules(device, "30-login.conf", "http_access deny !known")
    device.present(FREE)
    assert device.status("free.example:443", "plain.example:443") == [200, 407]


@BOTH_WAYS
def test_a_bypass_below_a_wildcard_that_needs_a_login_is_still_a_bypass(device: Device) -> None:
    rules(device, "30-login.conf", "http_access deny !known")
    device.present("*.wide.example", {**FREE, "host": "free.wide.example"}, authentication_acl="known")
    assert device.status("free.wide.example:443", "x.wide.example:443") == [200, 407]


@BOTH_WAYS
@pytest.mark.parametrize(
    "rule", ["http_access deny !known", "http_access allow known", "http_access allow CONNECT known"]
)
def test_a_login_rule_before_the_list_is_refused_where_something_bypasses_it(device: Device, rule: str) -> None:
    rules(device, "15-login.conf", rule)
    for check in (True, False):
        with pytest.raises(Refused, match=r"15-login\.conf line 1 .*asks for a login before the list.*bypass"):
            device.present("plain.example", FREE, authentication_acl="known", check=check)
    assert device.status("free.example:443") == [407], "this is what the refusal spares the user"


@BOTH_WAYS
def test_a_login_rule_before_a_list_without_bypasses_is_the_sites_own_affair(device: Device) -> None:
    rules(device, "15-login.conf", "http_access deny !known")
    predicted = device.present("plain.example", check=True)
    result = device.present("plain.example")
    assert predicted["running"] == result["running"] == {"state": "unknown", "digest": None}
    assert device.status("plain.example:443") == [407]
    assert device.status("plain.example:443", "other.example:443", login=USER) == [200, 403]
    assert device.present("plain.example")["changed"] is False


@BOTH_WAYS
@pytest.mark.parametrize("acl, said", [("unknown", "is not defined"), ("Safe_ports", "asks for no login")])
def test_a_guard_that_asks_for_no_login_is_refused(device: Device, acl: str, said: str) -> None:
    with pytest.raises(Refused, match=f"authentication_acl: the ACL {acl} {said}"):
        device.present("plain.example", authentication_acl=acl)
