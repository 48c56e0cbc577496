# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's own client takes the simulated management server for one: it creates, reads, changes and installs."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from cpapi import APIClient, APIClientArgs

from lab.simulators.checkpoint import Administrator, Domain, Gateway, ManagementServer, Package

pytestmark = pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning")  # the client's own

KEY = "bm90IGEgcmVhbCBrZXk="
ROBOT = Administrator("robot", password="right", api_key=KEY)


@pytest.fixture
def server(tmp_path: Path) -> t.Iterator[ManagementServer]:
    gateways = [Gateway("gw-1"), Gateway("gw-2", members=2)]
    with ManagementServer(tmp_path, [ROBOT]) as made:
        made.domain.packages["Standard"] = Package("Standard", gateways, uses={"list"})
        yield made


def client_of(server: ManagementServer) -> APIClient:
    return APIClient(
        APIClientArgs(server=server.address, port=server.port, unsafe=True, sync_frequency=0.02, single_conn=True)
    )


def test_it_creates_reads_changes_publishes_and_installs(server: ManagementServer) -> None:
    server.task_seconds = 0.05
    with client_of(server) as client:
        assert client.login("robot", "right").success
        made = client.api_call(
            "add-application-site",
            {"name": "list", "primary-category": "Custom_Application_Site", "url-list": ["a.example/"]},
        )
        assert made.success and made.data["url-list"] == ["a.example/"]
        assert server.published_urls("list") is None
        assert client.api_call("publish").success
        assert server.published_urls("list") == ("a.example/",)
        urls = [f"^(https?:\\/\\/)?host-{number}\\.example(\\/|$)" for number in range(10_000)]
        changed = client.api_call(
            "set-application-site", {"name": "list", "url-list": urls, "urls-defined-as-regular-expression": True}
        )
        assert changed.success and changed.data["meta-info"]["lock"] == "locked by current session"
        assert client.api_call("publish").success
        shown = client.api_call("show-application-site", {"name": "list"})
        assert shown.data["url-list"] == urls and shown.data["urls-defined-as-regular-expression"] is True
        installed = client.api_call("install-policy", {"policy-package": "Standard", "targets": ["gw-1", "gw-2"]})
        assert installed.success, installed.error_message
        assert [detail["statusCode"] for detail in installed.data["tasks"][0]["task-details"]] == ["succeeded"] * 2
        package = client.api_call("show-package", {"name": "Standard", "details-level": "full"}).data
        one, two = package["installation-targets-revision"]
        assert one["revision"] == two["cluster-members-revision"][1]["revision"]
    assert server.all_sessions() == []
    for gateway in server.domain.packages["Standard"].gateways:
        assert server.running_urls(gateway, "list") == tuple(urls)


def test_it_tells_whether_an_object_is_like_that(server: ManagementServer) -> None:
    site = {"name": "one", "primary-category": "Custom_Application_Site", "url-list": ["a.example/"]}
    with client_of(server) as client:
        assert client.login("robot", "right").success
        asked = client.api_call("equals", {"type": "application-site", "params": site})
        assert not asked.success and asked.data["code"] == "generic_err_object_not_found"
        assert client.api_call("add-application-site", site).success
        for urls, same in ((["a.example/"], True), (["b.example/"], False)):
            params = {**site, "url-list": urls}
            asked = client.api_call("equals", {"type": "application-site", "params": params})
            assert asked.success and asked.data["equals"] is same


def test_it_understands_what_fails(server: ManagementServer) -> None:
    with client_of(server) as client:
        assert not client.login("robot", "wrong").success
        assert client.login_with_api_key(KEY).success
        assert "Unrecognized parameter [urls]" in str(
            client.api_call("set-application-site", {"name": "list", "urls": []}).error_message
        )
        assert client.api_call("show-application-site", {"name": "list"}).status_code == 404
        assert client.api_call("add-application-site", {"name": "list", "url-list": ["a/"]}).status_code == 400
        client.api_call("add-application-site", {"name": "list", "primary-category": "x", "url-list": ["a/"]})
        server.domain.publish_error = "The object is not valid"
        failed = client.api_call("publish")
        assert not failed.success and failed.data["tasks"][0]["status"] == "failed"
        server.domain.publish_error = None
        assert client.api_call("publish").success
        server.domain.packages["Standard"].gateways[1].fails = "SIC failed"
        partly = client.api_call("install-policy", {"policy-package": "Standard"})
        assert not partly.success and partly.data["tasks"][0]["status"] == "partially succeeded"
        assert client.api_call("delete-application-site", {"name": "list"}).status_code == 400


def test_what_another_session_changes_is_locked_and_private_until_it_is_over(server: ManagementServer) -> None:
    with client_of(server) as mine, client_of(server) as other:
        mine.login("robot", "right", payload={"session-name": "mine"})
        mine.api_call("add-application-site", {"name": "list", "primary-category": "x", "url-list": ["a/"]})
        mine.api_call("publish")
        mine.api_call("set-application-site", {"name": "list", "url-list": ["b/"]})
        other.login("robot", "right")
        shown = other.api_call("show-application-site", {"name": "list"}).data
        assert shown["url-list"] == ["a/"]
        assert shown["meta-info"]["locking-admin"] == "robot"
        refused = other.api_call("set-application-site", {"name": "list", "url-list": ["c/"]})
        assert not refused.success and "is locked by another session" in str(refused.error_message)
        open_ones = other.api_call("show-sessions", {"details-level": "full"}).data["objects"]
        held = next(one for one in open_ones if one["name"] == "mine")
        assert (held["locks"], held["uid"]) == (1, shown["meta-info"]["locking-session-id"])
        assert other.api_call("discard", {"uid": held["uid"]}).data["number-of-discarded-changes"] == 1
        assert other.api_call("set-application-site", {"name": "list", "url-list": ["c/"]}).success
        other.api_call("discard")


def test_a_session_that_nobody_uses_is_over_and_what_is_pending_in_it_stays(server: ManagementServer) -> None:
    with client_of(server) as client:
        client.login("robot", "right", payload={"session-timeout": 60})
        client.api_call("add-application-site", {"name": "list", "primary-category": "x", "url-list": ["a/"]})
        server.ahead += 61
        over = client.api_call("show-session")
        assert over.status_code == 401 and f"[{client.sid}]" in str(over.error_message)
    (left,) = server.all_sessions()
    assert left.expired and set(left.changes) == {"list"}


def test_a_read_only_session_changes_nothing_and_leaves_nothing(server: ManagementServer) -> None:
    with client_of(server) as client:
        assert client.login("robot", "right", read_only=True).data["read-only"] is True
        refused = client.api_call("add-application-site", {"name": "x", "primary-category": "x", "url-list": ["a/"]})
        assert refused.status_code == 403
    assert server.all_sessions() == []


def test_logins_are_counted(server: ManagementServer) -> None:
    def login() -> int:
        with client_of(server) as client:
            return int(client.login("robot", "right").status_code)

    server.logins_per_minute = 3
    assert [login() for _try in range(4)] == [200, 200, 200, 429]
    server.ahead += 61
    assert login() == 200


def test_each_domain_is_on_its_own(tmp_path: Path) -> None:
    north = Administrator("north", password="right", domains=("North",))
    with ManagementServer(tmp_path, [ROBOT, north], [Domain("North"), Domain("South")]) as server:
        for who, domain, allowed in (
            ("robot", "South", True),
            ("north", "North", True),
            ("north", "South", False),
            ("robot", None, False),
        ):
            with client_of(server) as client:
                assert client.login(who, "right", domain=domain).success is allowed
