# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list on a management server from its first day to its last, and what the vendor's client sees of it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import manage
from cpapi import APIClient, APIClientArgs

from lab.simulators.checkpoint import Domain, Gateway, ManagementServer, Package
from tests.integration.simulators.checkpoint.target import KEY, LIST, PASSWORD, ROBOT, CheckPointTarget
from tests.integration.simulators.target import NEW, OLD, Refused

WRITING = ("add-", "set-", "delete-", "publish", "install", "discard", "disconnect")


def asked(site: CheckPointTarget) -> list[str]:
    return [request.rpartition("/")[2] for request in site.simulator.requests]


def test_a_list_is_made_changed_found_in_step_and_taken_away(site: CheckPointTarget) -> None:
    others = site.foreign()
    made = site.present(*OLD, diff=True)
    assert made["changed"] and made["before"] == {"digest": None, "entries": 0}
    assert made["running"] == {"state": "running", "digest": made["after"]["digest"]}
    assert "[Test]\n*.old.example.net\n" in made["diff"][0]["after"]
    assert site.running() == site.entries(*OLD)

    site.simulator.requests.clear()
    again = site.present(*OLD)
    assert not again["changed"] and again["backup"] is None
    assert asked(site) == ["login", "show-application-site", "show-package", "logout"]

    changed = site.present(*NEW)
    assert changed["difference"]["missing"]["by_service"] == {"Test": ["*.new.example.net", "new.example.com"]}
    assert changed["checkpoint"]["targets"] == [
        {"name": name, "state": "installed", "digest": changed["after"]["digest"]} for name in ("gw-1", "gw-2")
    ]
    assert site.running() == site.entries(*NEW)

    back = site.restored()
    assert back["changed"] and back["after"]["digest"] == made["after"]["digest"]
    assert site.running() == site.entries(*OLD)

    gone = site.absent()
    assert gone["changed"] and gone["running"] == {"state": "none", "digest": None}
    assert site.simulator.published_urls(LIST) is None and site.running() == frozenset()
    assert not site.absent()["changed"]
    assert (site.foreign(), site.leftovers()) == (others, [])


@pytest.mark.parametrize("first", [(), OLD], ids=["from nothing", "from a list"])
def test_check_mode_predicts_and_writes_nothing(site: CheckPointTarget, first: tuple[str, ...]) -> None:
    if first:
        site.present(*first)
    before, files = site.foreign(), sorted((site.directory / "backups").rglob("*"))
    site.simulator.requests.clear()
    predicted = site.present(*NEW, check=True, diff=True)
    assert [command for command in asked(site) if command.startswith(WRITING)] == []
    assert sorted((site.directory / "backups").rglob("*")) == files
    assert site.leftovers() == [] and site.foreign() == before
    done = site.present(*NEW, diff=True)
    for key in ("changed", "before", "after", "running", "difference", "diff"):
        assert predicted[key] == done[key], key
    assert site.present(*NEW, check=True)["changed"] is False


def test_check_mode_and_info_log_in_for_reading_only(site: CheckPointTarget) -> None:
    seen: list[bool] = []

    class Watched(list):
        def append(self, session: t.Any) -> None:
            seen.append(session.read_only)
            super().append(session)

    site.simulator.domain.sessions = Watched(site.simulator.domain.sessions)
    site.present(*OLD, check=True)
    site.absent(check=True)
    site.info()
    site.present(*OLD)
    assert seen == [True, True, True, False]


def test_the_order_in_which_a_server_shows_urls_is_no_drift(site: CheckPointTarget) -> None:
    names = [f"name-{number}.example" for number in range(40)]
    site.present(*names)
    urls = site.simulator.published_urls(LIST)
    site.simulator.keeps_order = not site.simulator.keeps_order
    assert urls is not None and not site.present(*reversed(names))["changed"]


def test_what_the_site_has_set_of_the_object_stays(site: CheckPointTarget) -> None:
    site.present(*OLD)
    mine = site.simulator.foreign_session(ROBOT)
    site.simulator.foreign_describe(mine, LIST, {"comments": "Ticket 7", "color": "red", "tags": ["windows"]})
    revision = site.simulator.foreign_publish(mine)
    site.simulator.domain.sessions.remove(mine)
    for gateway in site.gateways:
        gateway.revision = revision
    site.present(*NEW)
    published = site.simulator.domain.published[LIST]
    assert published.others["comments"] == "Ticket 7" and published.others["tags"] == ["windows"]
    assert frozenset(published.urls) == site.entries(*NEW)


def test_text_that_somebody_wrote_by_hand_is_drift_and_comes_back_as_it_was(site: CheckPointTarget) -> None:
    by_hand = site.simulator.foreign_session(ROBOT)
    site.simulator.foreign_add(by_hand, LIST, ["b.example/", "a.example/"])
    revision = site.simulator.foreign_publish(by_hand)
    site.simulator.domain.sessions.remove(by_hand)
    for gateway in site.gateways:
        gateway.revision = revision
    assert site.info(include_entries=True)["entries"] == {"(no service)": ["a.example/", "b.example/"]}
    assert site.present(*OLD)["changed"]
    site.restored()
    published = site.simulator.domain.published[LIST]
    assert set(published.urls) == {"a.example/", "b.example/"} and published.regular is False


def test_an_api_key_and_a_name_of_its_own_do_as_well(site: CheckPointTarget) -> None:
    own = {"username": None, "password": None, "api_key": KEY, "application_site": "Microsoft Ämter (Ü)"}
    assert site.present(*OLD, **own)["checkpoint"]["application_site"] == "Microsoft Ämter (Ü)"
    assert frozenset(site.simulator.published_urls("Microsoft Ämter (Ü)") or ()) == site.entries(*OLD)
    assert site.simulator.published_urls(LIST) is None
    assert site.present(*NEW, **own)["changed"] and site.leftovers() == []


def test_only_the_targets_that_were_named_get_the_list(site: CheckPointTarget) -> None:
    site.present(*OLD, targets=["gw-2"])
    one, two = (site.simulator.running_urls(gateway, LIST) for gateway in site.gateways)
    assert one is None and frozenset(two or ()) == site.entries(*OLD)
    assert not site.present(*OLD, targets=["gw-2"])["changed"]
    everywhere = site.info()
    assert everywhere["in_step"] is False
    assert [one["state"] for one in everywhere["checkpoint"]["targets"]] == ["older", "installed"]


def test_a_domain_of_several_and_a_customer_of_the_cloud(tmp_path: Path) -> None:
    domains = [Domain("North"), Domain("South")]
    for domain in domains:
        domain.packages["Standard"] = Package("Standard", [Gateway("gw-1")])
    target = CheckPointTarget(tmp_path)
    with ManagementServer(tmp_path, [ROBOT], domains) as server:
        server.cloud_id = "4f0c2a1e"
        target.simulator = server
        target.present(*OLD, domain="South", cloud_mgmt_id="4f0c2a1e")
        assert LIST in domains[1].published and LIST not in domains[0].published
        target.present(*NEW, domain="North", cloud_mgmt_id="4f0c2a1e")
        south = target.info(domain="South", cloud_mgmt_id="4f0c2a1e")
        assert south["in_step"] is True and len(south["backups"]) == 1
        for wrong in ({"domain": "West", "cloud_mgmt_id": "4f0c2a1e"}, {"domain": "South"}):
            with pytest.raises(Refused):
                target.present(*OLD, **wrong)


def test_ten_thousand_names_go_in_one_request(site: CheckPointTarget) -> None:
    names = [f"host-{number}.a-domain-of-usual-length.example" for number in range(10_000)]
    site.simulator.requests.clear()
    assert site.present(*names)["after"]["entries"] == 10_000
    assert asked(site).count("add-application-site") == 1
    assert len(site.simulator.published_urls(LIST) or ()) == 10_000
    assert not site.present(*names)["changed"]


def test_how_far_the_server_is_is_told(site: CheckPointTarget) -> None:
    site.simulator.task_seconds = 0.2
    artefact = site.compiled(*OLD)["list"]
    told = {"digests": {"list": artefact.digest}, "needs": artefact.needs, "accepted_properties": []}
    lines: list[str] = []
    manage(
        lambda given: site.make(given, lines.append),
        {**site.params(), **told, "accepted_ports": []},
        False,
        False,
        lambda _variant: artefact.packed(),
    )
    assert lines[0].startswith("Publishing on 127.0.0.1") and "Installing Standard: 100 %" in lines


@pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning")  # the client's own
def test_the_vendors_client_reads_what_the_module_wrote(site: CheckPointTarget) -> None:
    site.present(*OLD)
    arguments = APIClientArgs(server=site.simulator.address, port=site.simulator.port, unsafe=True)
    with APIClient(arguments) as client:
        assert client.login("robot", PASSWORD, read_only=True).success
        shown = client.api_call("show-application-site", {"name": LIST}).data
        assert frozenset(shown["url-list"]) == site.entries(*OLD)
        assert shown["urls-defined-as-regular-expression"] is True
        assert shown["primary-category"] == "Custom_Application_Site"
        assert shown["meta-info"]["lock"] == "unlocked"
        package = client.api_call("show-package", {"name": "Standard", "details-level": "full"}).data
        names = {package["installation-targets-revision"][0]["revision"]["name"]}
        assert all(name.startswith(f"managed_desktop.network {LIST} ") for name in names)
