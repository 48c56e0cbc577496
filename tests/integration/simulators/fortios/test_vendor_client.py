# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated FortiGate holds its ground against a client that nobody here wrote: fortigate-api."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import requests
from fortigate_api import FortiGate, FortiGateAPI

from lab.simulators.fortios import Admin
from lab.simulators.fortios import FortiGate as Simulated
from lab.simulators.fortios.fields import ENTRY as ENTRY_FIELDS
from lab.simulators.fortios.fields import TABLES

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # the client verifies none

ENTRY = {"id": 1, "url": "a.example", "type": "simple", "action": "exempt", "exempt": "fortiguard"}


@pytest.fixture()
def device(tmp_path: Path) -> t.Iterator[Simulated]:
    with Simulated(tmp_path) as simulated:
        yield simulated


@pytest.fixture()
def api(device: Simulated) -> t.Iterator[FortiGateAPI]:
    with FortiGateAPI(host=device.address, port=device.port, token="token-of-the-lab") as client:
        yield client


@pytest.fixture()
def plain(device: Simulated) -> t.Iterator[FortiGate]:
    with FortiGate(host=device.address, port=device.port, token="token-of-the-lab") as client:
        yield client


def test_the_client_makes_reads_changes_and_removes_a_table(api: FortiGateAPI) -> None:
    tables = api.cmdb.webfilter.urlfilter
    assert tables.create({"id": 7, "name": "list", "comment": "ours", "entries": [ENTRY]}).ok
    (found,) = tables.get(id=7)
    assert (found["id"], found["name"], found["include-subdomains"]) == (7, "list", "enable")
    assert found["entries"][0]["url"] == "a.example"
    assert found["entries"][0]["exempt"] == "fortiguard"
    assert tables.update({"id": 7, "entries": [{"id": 4, "url": "b.example"}]}).ok
    (changed,) = tables.get(id=7)
    assert [(entry["id"], entry["url"]) for entry in changed["entries"]] == [(4, "b.example")]
    assert changed["comment"] == "ours"
    assert tables.is_exist(7)
    assert tables.delete(7).ok
    assert not tables.is_exist(7)


def test_the_client_makes_a_feed_pushes_to_it_and_reads_it_back(api: FortiGateAPI, plain: FortiGate) -> None:
    feeds = api.cmdb.system.external_resource
    assert feeds.create({"name": "list", "type": "domain", "update-method": "push", "category": 192}).ok
    pushed = {"commands": [{"name": "list", "command": "snapshot", "entries": ["a.example", "*.b.example"]}]}
    answer = plain.post("api/v2/monitor/system/external-resource/dynamic", pushed)
    assert [item["status"] for item in answer.json()["results"]] == ["success"]
    found = plain.get_result("api/v2/monitor/system/external-resource/entry-list?mkey=list")
    assert [entry["entry"] for entry in found["entries"]] == ["a.example", "*.b.example"]
    assert found["valid_count"] == 2
    assert feeds.delete("list").ok


def test_the_client_makes_reads_changes_and_removes_an_address(api: FortiGateAPI) -> None:
    addresses = api.cmdb.firewall.address
    assert addresses.create({"name": "one", "type": "fqdn", "fqdn": "a.example"}).ok
    (found,) = addresses.get(name="one")
    assert (found["type"], found["fqdn"], found["allow-routing"]) == ("fqdn", "a.example", "disable")
    assert addresses.update({"name": "one", "fqdn": "*.b.example"}).ok
    assert [address["fqdn"] for address in addresses.get(name="one")] == ["*.b.example"]
    assert addresses.delete("one").ok
    assert not addresses.is_exist("one")


def ask(device: Simulated, method: str, path: str, data: t.Any = None, **headers: str) -> requests.Response:
    """Ask as the vendor's page on transactions does, which the client does not."""
    url = f"{device.url}/api/v2/{path}"
    sent = {"Authorization": "Bearer token-of-the-lab", **{key.replace("_", "-"): headers[key] for key in headers}}
    body = None if data is None else json.dumps(data)
    return requests.request(method, url, data=body, headers=sent, verify=str(device.ca_path), timeout=10)


def test_what_is_changed_in_a_transaction_shows_when_it_is_committed(device: Simulated, api: FortiGateAPI) -> None:
    tables = api.cmdb.webfilter.urlfilter
    assert tables.create({"id": 7, "entries": []}).ok
    started = ask(device, "POST", "cmdb?action=transaction-start&vdom=root", {"timeout": 60})
    number = str(started.json()["results"]["transaction-id"])
    changed = ask(device, "PUT", "cmdb/webfilter/urlfilter/7", {"entries": [ENTRY]}, X_TRANSACTION_ID=number)
    assert changed.json()["revision_changed"] is False
    assert tables.get(id=7)[0]["entries"] == []
    shown = ask(device, "GET", "cmdb?action=transaction-show", X_TRANSACTION_ID=number)
    assert "config webfilter urlfilter" in str(shown.json()["results"])
    assert not tables.update({"id": 7, "name": "by another"}).ok
    assert ask(device, "POST", "cmdb?action=transaction-commit", X_TRANSACTION_ID=number).ok
    assert tables.get(id=7)[0]["entries"][0]["url"] == "a.example"
    assert ask(device, "POST", "cmdb?action=transaction-commit", X_TRANSACTION_ID=number).status_code == 404


def test_a_transaction_that_is_aborted_or_forgotten_changes_nothing(device: Simulated, api: FortiGateAPI) -> None:
    assert api.cmdb.webfilter.urlfilter.create({"id": 7, "entries": []}).ok
    for end in ("abort", "wait"):
        started = ask(device, "POST", "cmdb?action=transaction-start", {"timeout": 60})
        number = str(started.json()["results"]["transaction-id"])
        assert ask(device, "PUT", "cmdb/webfilter/urlfilter/7", {"entries": [ENTRY]}, X_TRANSACTION_ID=number).ok
        if end == "abort":
            assert ask(device, "POST", "cmdb?action=transaction-abort", X_TRANSACTION_ID=number).ok
        else:
            device.vdoms["root"].transactions[int(number)].expires = 0
        assert api.cmdb.webfilter.urlfilter.get(id=7)[0]["entries"] == []
        assert ask(device, "POST", "cmdb?action=transaction-commit", X_TRANSACTION_ID=number).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("PUT", "cmdb/webfilter/urlfilter/7", {"entrys": []}, 424),
        ("PUT", "cmdb/webfilter/urlfilter/7", {"entries": [{**ENTRY, "q_origin_key": 1}]}, 424),
        ("PUT", "cmdb/webfilter/urlfilter/7", {"entries": [{**ENTRY, "type": "glob"}]}, 424),
        ("PUT", "cmdb/webfilter/urlfilter/7", {"entries": [{**ENTRY, "exempt": "tls"}]}, 424),
        ("PUT", "cmdb/webfilter/urlfilter/7", {"entries": [{**ENTRY, "url": "a" * 512}]}, 424),
        ("PUT", "cmdb/webfilter/urlfilter/7", {"entries": [{**ENTRY, "type": "regex", "url": "("}]}, 424),
        ("PUT", "cmdb/webfilter/urlfilter/7", {"entries": [ENTRY, ENTRY]}, 500),
        ("PUT", "cmdb/webfilter/urlfilter/8", {"entries": []}, 404),
        ("POST", "cmdb/webfilter/urlfilter", {"id": 7}, 500),
        ("POST", "cmdb/system/external-resource", {"name": "x", "type": "domain", "update-method": "push"}, 424),
        ("POST", "cmdb/firewall/address", {"name": "x", "type": "fqdn"}, 424),
        ("POST", "cmdb/firewall/address", {"name": "x", "subnet": "10.0.0.0 255.0.255.0"}, 424),
        ("POST", "cmdb/firewall/address", {"name": "x", "type": "fqdn", "fqdn": "a" * 256}, 424),
        ("POST", "cmdb/firewall/address", {"name": "x" * 80, "subnet": "10.0.0.0 255.0.0.0"}, 424),
        ("POST", "monitor/system/external-resource/dynamic", {"commands": []}, 424),
        ("GET", "cmdb/webfilter/urlfilter?vdom=none", None, 424),
        ("GET", "cmdb/webfilter/urlfilter?access_token=token-of-the-lab", None, 400),
        ("GET", "cmdb/webfilter/none", None, 404),
    ],
)
def test_what_a_device_would_not_take_is_refused(
    device: Simulated, api: FortiGateAPI, method: str, path: str, data: t.Any, status: int
) -> None:
    assert api.cmdb.webfilter.urlfilter.create({"id": 7, "entries": []}).ok
    answer = ask(device, method, path, data)
    assert (answer.status_code, answer.json()["status"]) == (status, "error")


def test_fields_that_a_version_does_not_have_are_refused(device: Simulated) -> None:
    assert ask(device, "POST", "cmdb/webfilter/urlfilter", {"id": 7, "include-subdomains": "disable"}).ok
    device.version = (7, 6, 2)
    assert (
        ask(device, "POST", "cmdb/webfilter/urlfilter", {"id": 8, "include-subdomains": "disable"}).status_code == 424
    )
    device.version = (7, 2, 0)
    push = {"commands": [{"name": "x", "command": "snapshot", "entries": []}]}
    assert ask(device, "POST", "monitor/system/external-resource/dynamic", push).status_code == 404


@pytest.mark.parametrize("version", [(7, 2, 3), (7, 6, 2), (7, 6, 4)])
def test_what_a_device_shows_has_the_fields_of_its_version(device: Simulated, version: t.Any) -> None:
    device.version = version
    assert ask(device, "POST", "cmdb/webfilter/urlfilter", {"id": 7, "entries": [ENTRY]}).ok
    feed = {"name": "x", "type": "domain", "category": 192, "update-method": "push"}
    assert ask(device, "POST", "cmdb/system/external-resource", feed).ok
    assert ask(device, "POST", "cmdb/firewall/address", {"name": "x", "type": "fqdn", "fqdn": "a.example"}).ok
    for table in ("webfilter/urlfilter/7", "system/external-resource/x", "firewall/address/x"):
        (found,) = ask(device, "GET", f"cmdb/{table}").json()["results"]
        fields = TABLES[table.rpartition("/")[0]]
        assert found.keys() == {name for name, f in fields.items() if f.since <= version} | {"q_origin_key"}
        for entry in found.get("entries", ()):
            assert entry.keys() == {name for name, f in ENTRY_FIELDS.items() if f.since <= version} | {"q_origin_key"}
            assert set(entry["exempt"].split()) <= set(ENTRY_FIELDS["exempt"].values)


def test_who_may_not_is_refused(device: Simulated) -> None:
    device.admins["token-of-the-lab"] = Admin("reader", writes=False)
    assert ask(device, "GET", "monitor/system/status").ok
    assert ask(device, "POST", "cmdb/webfilter/urlfilter", {"id": 7}).status_code == 403
    device.admins["token-of-the-lab"] = Admin("short", left=1)
    assert ask(device, "GET", "monitor/system/status").ok
    assert ask(device, "GET", "monitor/system/status").status_code == 401
