# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the web service: what is kept of them, what is tolerated, what is refused."""

from __future__ import annotations

import dataclasses
import json

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import read_file
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.webservice import import_webservice

BLANK = Edition("microsoft365", "1", "current", instance="Worldwide")
SET = {
    "id": 31,
    "serviceArea": "SharePoint",
    "serviceAreaDisplayName": "SharePoint Online",
    "urls": ["*.files.example", "portal.example"],
    "ips": ["192.0.2.0/24", "2001:db8::/32"],
    "tcpPorts": "80,443",
    "udpPorts": "443",
    "expressRoute": True,
    "category": "Optimize",
    "required": True,
    "notes": "whatever",
}


def imported(*sets):
    return import_webservice(json.dumps(list(sets)), BLANK)


def without(*keys, **more):
    return {**{key: value for key, value in SET.items() if key not in keys}, **more}


def refusals(edition):
    return [(refusal.row, refusal.token, refusal.reason) for refusal in edition.refused]


def test_everything_that_a_set_says_is_kept():
    edition = imported(SET)
    (row,) = edition.rows
    assert (row.number, row.service, row.title, row.set, row.tokens) == (1, "SharePoint", "SharePoint Online", "31", 4)
    assert (row.tied, row.express_route) == (True, True)
    assert [(entry.name, entry.token) for entry in edition.entries] == [
        ("*.files.example", 1), ("portal.example", 2), ("192.0.2.0/24", 3), ("2001:db8::/32", 4)
    ]  # fmt: skip
    for entry in edition.entries:
        endpoint = entry.endpoint
        assert (endpoint.tcp_ports, endpoint.udp_ports) == (((80, 80), (443, 443)), ((443, 443),))
        assert (endpoint.ports_assumed, endpoint.category, endpoint.required) == (False, "Optimize", True)
        assert (endpoint.set, endpoint.service) == ("31", "SharePoint")
        (origin,) = endpoint.sources
        assert (origin.row, origin.set, origin.tied, origin.express_route) == (1, "31", True, True)


def test_the_order_of_attributes_does_not_matter():
    assert imported(dict(reversed(SET.items()))) == imported(SET)


@pytest.mark.parametrize(
    ("tcp", "udp", "expected"),
    [
        ("443,80", None, ("80 443", "")),
        ("80, 443", None, ("80 443", "")),
        (" 443 ", "", ("443", "")),
        ("143, 587, 993, 995", None, ("143 587 993 995", "")),
        ("50000-50059,443", "", ("443 50000-50059", "")),
        ("80,81,82", None, ("80-82", "")),
        (None, "3478,3479,3480,3481", ("", "3478-3481")),
        ("", "123", ("", "123")),
        ("443", "443", ("443", "443")),
        (443, None, ("443", "")),
    ],
)
def test_ports_are_read_however_they_are_written(tcp, udp, expected):
    edition = imported(without("tcpPorts", "udpPorts", tcpPorts=tcp, udpPorts=udp))
    shown = edition.entries[0].endpoint.to_dict()
    assert (" ".join(map(str, shown["tcp_ports"])), " ".join(map(str, shown["udp_ports"]))) == expected
    assert shown["ports_assumed"] is False


@pytest.mark.parametrize("ports", [{}, {"tcpPorts": ""}, {"tcpPorts": None, "udpPorts": ""}])
def test_without_any_ports_those_of_the_web_are_assumed_and_marked(ports):
    endpoint = imported(without("tcpPorts", "udpPorts", **ports)).entries[0].endpoint
    assert (endpoint.tcp_ports, endpoint.udp_ports, endpoint.ports_assumed) == (((80, 80), (443, 443)), (), True)


@pytest.mark.parametrize("lacking", [{}, {"ips": None}, {"ips": []}, {"ips": ""}])
def test_a_set_may_have_names_alone(lacking):
    edition = imported(without("ips", **lacking))
    assert [entry.name for entry in edition.entries] == ["*.files.example", "portal.example"]
    assert not edition.rows[0].tied


def test_a_set_may_have_networks_alone():
    edition = imported(without("urls"))
    assert [entry.name for entry in edition.entries] == ["192.0.2.0/24", "2001:db8::/32"]
    assert not any(entry.endpoint.sources[0].tied for entry in edition.entries)


def test_new_attributes_are_counted_and_told_and_the_sets_count_all_the_same(tmp_path):
    sets = [{**SET, "colour": "red"}, {**SET, "id": 32, "colour": "blue", "weight": {"a": [1]}}]
    edition = imported(*sets)
    assert len(edition.entries) == 8 and edition.refused == ()
    assert edition.notices == (
        "The attribute 'colour' in 2 sets is not known yet, and was left out of account.",
        "The attribute 'weight' in 1 set is not known yet, and was left out of account.",
    )
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(sets))
    assert sum("attribute 'colour'" in warning for warning in select([str(path)]).warnings) == 1


def test_a_new_category_is_told_and_its_endpoints_count_without_one():
    edition = imported(without("category", category="Prefer"))
    assert {entry.endpoint.category for entry in edition.entries} == {None}
    assert "category 'Prefer'" in edition.notices[0]


def test_a_new_service_area_is_a_service():
    assert imported(without("serviceArea", serviceArea="Copilot")).rows[0].service == "Copilot"


def test_common_belongs_to_every_answer_that_has_it():
    assert imported(SET).always == ()
    assert imported(SET, {**SET, "id": 56, "serviceArea": "Common"}).always == ("Common",)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "no JSON"),
        ("<!DOCTYPE html><html>", "begins with '<!DOCTYPE html><html>'"),
        ('[{"id": 1, "serviceArea": "Ex', "no JSON"),
        ("{}", "no list of sets"),
        ('{"latest": "2025120100"}', "ask the web service for /endpoints/<instance>"),
        ("[" * 100_000, "no JSON"),
        ("null", "no list"),
    ],
)
def test_what_is_no_answer_is_told(answer, reason):
    with pytest.raises(CatalogueError, match=reason):
        import_webservice(answer, BLANK)


def test_an_answer_without_sets_is_refused_as_a_file(tmp_path):
    path = tmp_path / "answer.json"
    path.write_text("[]")
    with pytest.raises(CatalogueError, match="an empty list would cut off every device"):
        read_file(str(path))


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (without("id"), "its id is no number"),
        (without("id", id=True), "its id is no number"),
        (without("id", id="31\n"), "is no number"),
        (without("id", id=10**12), "is no number"),
        (without("serviceArea"), "set 31: it has no serviceArea"),
        (without("serviceArea", serviceArea="a\nb"), "serviceArea is no line of text"),
        (without("urls", urls="a.example"), "urls is no list of texts"),
        (without("urls", urls=["a.example", 7]), "urls is no list of texts"),
        (without("required", required="yes"), "required is 'yes', neither true nor false"),
        (without("expressRoute", expressRoute=1), "expressRoute is '1'"),
        (without("tcpPorts", tcpPorts="443;80"), "is no port"),
        (without("tcpPorts", tcpPorts="0"), "not within 1 to 65535"),
        (without("tcpPorts", tcpPorts="443-80"), "runs backwards"),
        (without("tcpPorts", tcpPorts={"a": 1}), "no text of ports"),
        (without("urls", "ips"), "the set 31 has neither names nor networks"),
        (["urls"], "is no set of endpoints"),
        (7, "is no set of endpoints"),
    ],
)
def test_a_set_that_does_not_fit_is_refused_with_its_place_and_the_others_are_read(broken, reason):
    edition = imported({**SET, "id": 1}, broken)
    ((row, token, told),) = refusals(edition)
    assert (row, token) == (2, 0) and reason in told
    assert len(edition.entries) == 4 and len(edition.rows) == 1


def test_a_set_that_stands_there_twice_is_refused_the_second_time():
    assert refusals(imported(SET, SET)) == [(2, 0, "the set 31 stands in the answer twice")]


@pytest.mark.parametrize(
    ("urls", "ips", "reason"),
    [
        (["*,,a.example"], ["192.0.2.0/24"], "'*,,a.example'"),
        (["a.example\nb.example"], ["192.0.2.0/24"], "a.example"),
        (["a.example"], ["192.0.2.1/24"], "192.0.2.1/24"),
        (["a.example"], ["b.example"], "'b.example' is no network"),
        (["a.example"], ["192.0.2.0/33"], "192.0.2.0/33"),
    ],
)
def test_a_token_that_does_not_fit_is_refused_with_its_place(urls, ips, reason):
    edition = imported(without("urls", "ips", urls=[*urls, "z.example"], ips=ips))
    ((row, _token, told),) = refusals(edition)
    assert row == 1 and reason in told
    account = edition.account()
    assert (account["tokens"], account["refused"], account["imported"]) == (3, 1, 2)


def test_an_address_alone_is_a_network_of_one():
    assert imported(without("ips", ips=["192.0.2.7"])).entries[2].endpoint.network == "192.0.2.7/32"


def test_upper_case_is_mended_and_what_was_written_is_kept():
    entry = imported(without("urls", urls=["Portal.Example"])).entries[0]
    assert (entry.name, entry.raw, entry.repairs) == ("portal.example", "Portal.Example", ("lower_case",))


def test_a_file_of_the_service_is_known_by_its_suffix_or_its_content(tmp_path):
    for name in ("answer.json", "answer"):
        (tmp_path / name).write_text(json.dumps([SET]))
        found = read_file(str(tmp_path / name))
        assert [entry.name for entry in found.entries] == [entry.name for entry in imported(SET).entries]


def test_an_edition_of_an_answer_is_stored_and_read_back_the_same():
    from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import stored

    from tools.import_catalogue import with_domains

    edition = with_domains(imported({**SET, "colour": 1}, without("urls", id=7), without("id", "category", id=8)))
    again = stored.load(stored.dump(edition))
    assert stored.dump(again) == stored.dump(edition)
    assert dataclasses.replace(again, entries=()) == dataclasses.replace(edition, entries=())
    assert {(e, e.endpoint.sources) for e in again.entries} == {(e, e.endpoint.sources) for e in edition.entries}
