# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a tenant: the list, who uses it, what competes with it, and how the page's requirements stand."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.simulators.target import OLD
from tests.integration.simulators.zia.target import APART, LIST, ZiaTarget


def rule(name: str, *categories: str, **more: t.Any) -> dict[str, t.Any]:
    """A rule with the fields that were recorded (TestSSLInspectionRules, TestURLFiltering)."""
    return {
        "id": 184200,
        "name": name,
        "order": 1,
        "rank": 7,
        "state": "ENABLED",
        "urlCategories": [*categories],
        **more,
    }


def spared(minimum: str | None = "SERVER_TLS_1_2") -> dict[str, t.Any]:
    settings = {"bypassOtherPolicies": False, "ocspCheck": False, "minTLSVersion": minimum}
    return {"type": "DO_NOT_DECRYPT", "doNotDecryptSubActions": {k: v for k, v in settings.items() if v is not None}}


def test_the_list_and_the_tenant_are_told_and_nothing_is_written(whole: ZiaTarget) -> None:
    whole.present(*OLD)
    whole.simulator.requests.clear()
    told = whole.info()
    assert [request for request in whole.simulator.requests if not request.startswith("GET")] == [
        "POST /oauth2/v1/token"
    ]
    assert told["in_step"] is True and told["running"]["digest"] == told["stored"]["digest"]
    assert told["activation"] == "ACTIVE" and told["urls_left"] == 25_000 - 5
    assert told["zia"] == {"device": whole.simulator.url.removeprefix("https://"), "login": "token"}
    assert told["categories"] == {
        "allow": {"id": "CUSTOM_03", "name": LIST, "ours": True, "urls": 2},
        "bypass_inspection": {"id": "CUSTOM_04", "name": APART, "ours": True, "urls": 1},
    }
    assert len(told["backups"]) == 1 and "guard" not in told


def test_without_a_list_there_is_none(zia: ZiaTarget) -> None:
    told = zia.info()
    assert told["stored"] == {"digest": None, "entries": 0} and told["running"]["state"] == "none"
    assert told["categories"] == {"allow": None} and told["url_filtering_rules"] == []


@pytest.mark.parametrize(
    ("action", "state", "named", "switched_off"),
    [
        (spared(), "ENABLED", True, True),
        (spared(), "DISABLED", True, False),
        (spared(), "ENABLED", False, False),
        ({"type": "DECRYPT", "decryptSubActions": {"minServerTLSVersion": "SERVER_TLS_1_2"}}, "ENABLED", True, False),
    ],
)
def test_whether_inspection_is_switched_off_follows_from_the_rules(
    whole: ZiaTarget, action: dict[str, t.Any], state: str, named: bool, switched_off: bool
) -> None:
    whole.present(*OLD)
    categories = ["CUSTOM_04"] if named else ["GLOBAL_INT_GBL_SSL_BYPASS"]
    whole.simulator.rules["/sslInspectionRules"] = [
        rule("Default", state="ENABLED", action=spared("SERVER_TLS_1_0")),
        rule("No inspection", *categories, state=state, action=action),
    ]
    told = whole.info()
    assert told["protocol_detection"]["switched_off"] is switched_off
    assert told["protocol_detection"]["source"].startswith("https://help.zscaler.com/zia/")
    if named:
        (found,) = told["ssl_inspection_rules"]
        assert found["minimum_tls"] == ["SERVER_TLS_1_2"] and found["enabled"] is (state == "ENABLED")


def test_the_rules_that_let_the_list_through_are_named(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    zia.simulator.rules["/urlFilteringRules"] = [
        rule("Block all", "OTHER_ADULT_MATERIAL", action="BLOCK"),
        rule("Endpoints", "CUSTOM_03", action="ALLOW"),
    ]
    assert zia.info()["url_filtering_rules"] == [
        {"name": "Endpoints", "action": "ALLOW", "enabled": True, "categories": ["allow"]}
    ]


def test_what_the_account_may_not_read_is_unknown(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    zia.simulator.unseen = {"/urlFilteringRules", "/sslInspectionRules"}
    told = zia.info()
    assert told["url_filtering_rules"] == told["ssl_inspection_rules"] == "unknown"
    assert told["protocol_detection"]["switched_off"] == "unknown"


def test_categories_that_go_before_ours_are_named(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    urls = ["old.example.com", "a.old.example.net", "notold.example.net", "old.example.net/path", ".c.example.org"]
    zia.simulator.add(configuredName="Competing", urls=urls)
    assert zia.info()["overlapping"] == {
        "Competing": {"count": 3, "urls": ["old.example.com", "old.example.net/path", "a.old.example.net"]}
    }
