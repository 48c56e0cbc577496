# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped editions beside those of Managed Desktop: their counts, their sets, their treatments."""

from __future__ import annotations

import collections
import ipaddress

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import shipped, stored, treatments
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select

from tools import import_catalogue

# sets, unique names, unique networks, sets of MEM
ANSWERS = {
    "Worldwide": (79, 270, 174, 15),
    "China": (22, 49, 76, 0),
    "USGovDoD": (25, 97, 34, 1),
    "USGovGCCHigh": (26, 85, 35, 0),
}
OTHERS = [(source, edition) for source in shipped.sources() for edition in shipped.editions(source)]


@pytest.fixture(scope="module", params=OTHERS, ids="-".join)
def edition(request):
    return shipped.load(*request.param)


@pytest.fixture(scope="module")
def worldwide():
    return shipped.load("microsoft365")


@pytest.fixture(scope="module")
def intune():
    return shipped.load("intune")


def hosts(entries):
    return {entry.name for entry in entries if entry.endpoint.network is None}


def networks(entries):
    return {entry.endpoint.network for entry in entries if entry.endpoint.network is not None}


# -- every edition -----------------------------------------------------------------------------------------------


def test_these_are_the_sources():
    assert shipped.sources() == [
        "defender_endpoint", "intune", "managed_desktop", "microsoft365", "quick_assist", "windows_autopatch"
    ]  # fmt: skip


def test_every_token_of_every_row_is_accounted_for_once(edition):
    taken = collections.defaultdict(list)
    for entry in edition.entries:
        taken[entry.row] += range(entry.token, entry.token + entry.tokens)
    for refusal in edition.refused:
        taken[refusal.row].append(refusal.token)
    assert {row.number: sorted(taken[row.number]) for row in edition.rows} == {
        row.number: list(range(1, row.tokens + 1)) for row in edition.rows
    }
    assert edition.refused == () and edition.notices == ()


def test_every_edition_names_its_document_and_reads_back_the_same(edition):
    document = edition.document
    assert document.url.startswith("https://") and document.title and document.date == edition.id[:10]
    assert len(document.sha256) == 64
    text = import_catalogue.path_of(edition).read_text(encoding="utf-8")
    assert stored.dump(edition) == text


def test_names_and_networks_are_tied_where_a_set_has_both_and_only_there(edition):
    sets = collections.defaultdict(list)
    for entry in edition.entries:
        if entry.endpoint.set is not None:
            sets[entry.endpoint.set].append(entry)
    for entries in sets.values():
        both = bool(hosts(entries)) and bool(networks(entries))
        assert {entry.endpoint.sources[0].tied for entry in entries} == {both}
    assert not any(entry.endpoint.sources[0].tied for entry in edition.entries if entry.endpoint.set is None)


def test_every_treatment_has_its_ground_and_every_ground_its_document(edition):
    for entry in edition.entries:
        (origin,) = entry.endpoint.sources
        given = {edition.grounds[ground].treatment for ground in origin.grounds}
        assert entry.endpoint.treatments == {"allow", *given}
    assert all(edition.grounds[name] == treatments.GROUNDS[name] for name in edition.grounds)


def test_networks_stand_as_they_are_written(edition):
    for network in networks(edition.entries):
        assert str(ipaddress.ip_network(network)) == network


# -- Microsoft 365 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instance", sorted(ANSWERS))
def test_the_figures_are_those_of_the_answers(instance):
    found = shipped.load("microsoft365", instance=instance)
    areas = collections.Counter(row.service for row in found.rows)
    assert (found.instance, found.status, found.id) == (instance, "current", f"2025-12-01-{instance.lower()}")
    assert (
        len(found.rows), len(hosts(found.entries)), len(networks(found.entries)), areas["MEM"]
    ) == ANSWERS[instance]  # fmt: skip
    assert all(row.set and row.title and row.express_route is not None for row in found.rows)


def test_ten_sets_carry_names_and_networks_and_one_networks_alone(worldwide):
    kinds = collections.defaultdict(set)
    for entry in worldwide.entries:
        kinds[entry.endpoint.set].add(entry.endpoint.network is None)
    assert sorted((name for name, found in kinds.items() if len(found) == 2), key=int) == [
        "1", "2", "9", "10", "12", "31", "46", "56", "64", "163"
    ]  # fmt: skip
    assert [name for name, found in kinds.items() if found == {False}] == ["11"]


@pytest.mark.parametrize("instance", sorted(ANSWERS))
def test_no_set_of_the_category_default_has_networks_and_every_other_set_has(instance):
    found = shipped.load("microsoft365", instance=instance)
    with_networks = {entry.endpoint.set for entry in found.entries if entry.endpoint.network}
    others = {entry.endpoint.set for entry in found.entries if entry.endpoint.category != "Default"}
    assert with_networks == others


def test_eleven_names_stand_in_several_sets_ten_of_them_with_other_ports_category_or_required(worldwide):
    # Counted by what is compared: the eleventh, cdn.odc.officeapps.live.com, stands twice with all the same.
    said = collections.defaultdict(list)
    for entry in worldwide.entries:
        endpoint = entry.endpoint
        if endpoint.host is not None:
            said[entry.name].append((endpoint.tcp_ports, endpoint.udp_ports, endpoint.category, endpoint.required))
    several = {name: facts for name, facts in said.items() if len(facts) > 1}
    assert len(several) == 11
    assert [name for name, facts in several.items() if len(set(facts)) == 1] == ["cdn.odc.officeapps.live.com"]


def test_what_stands_in_several_sets_with_the_same_ports_is_one_endpoint_with_the_strongest_category():
    found = {
        (endpoint.subject, endpoint.tcp_ports): endpoint
        for endpoint in select(["microsoft365"], instance="china").endpoints
    }
    mail = found["*.protection.partner.outlook.cn", ((443, 443),)]
    assert [origin.set for origin in mail.sources] == ["2", "18"]
    assert (mail.category, mail.required) == ("Allow", True)


def test_what_stands_in_several_sets_with_other_ports_stays_apart():
    endpoints = [e for e in select(["microsoft365"]).endpoints if e.subject == "outlook.office365.com"]
    assert [(e.set, e.category, e.required, e.tcp_ports[0]) for e in endpoints] == [
        ("1", "Optimize", True, (80, 80)), ("2", "Allow", False, (143, 143))
    ]  # fmt: skip


def test_of_required_true_wins():
    (adl,) = [e for e in select(["microsoft365"]).endpoints if e.subject == "adl.windows.com"]
    assert ([origin.set for origin in adl.sources], adl.required) == (["19", "164"], True)


@pytest.mark.parametrize(
    ("services", "sets"),
    [
        (["Exchange", "SharePoint", "Skype"], 64),
        (["Common"], 45),
        (["Exchange"], 50),
        (["exchange online"], 50),
        (["MEM"], 60),
        ([], 79),
    ],
)
def test_common_belongs_to_every_answer_and_mem_is_asked_for(services, sets):
    found = select(["microsoft365"], services=services).endpoints
    assert len({origin.set for endpoint in found for origin in endpoint.sources}) == sets


def test_a_source_none_of_whose_services_is_asked_for_gives_nothing():
    found = select(["microsoft365", "quick_assist"], services=["Quick Assist"])
    assert {origin.source for endpoint in found.endpoints for origin in endpoint.sources} == {"quick_assist"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "2025-12-01-worldwide"),
        ({"instance": "usgovdod"}, "2025-12-01-usgovdod"),
        ({"edition": "2025-12-01", "instance": "China"}, "2025-12-01-china"),
        ({"edition": "2025-12-01"}, "2025-12-01-worldwide"),
        ({"edition": "2025-12-01-china"}, "2025-12-01-china"),
        ({"edition": "2025-12-01-china", "instance": "CHINA"}, "2025-12-01-china"),
    ],
)
def test_an_edition_is_found_by_its_instance(options, expected):
    assert shipped.load("microsoft365", **options).id == expected


@pytest.mark.parametrize(
    ("source", "options", "reason"),
    [
        ("microsoft365", {"instance": "Germany"}, "no instance 'Germany'"),
        ("microsoft365", {"instance": "world"}, "Did you mean 'Worldwide'"),
        ("microsoft365", {"edition": "2025-12-01-china", "instance": "Worldwide"}, "is of China; Worldwide was asked"),
        ("microsoft365", {"edition": "2024-01-01", "instance": "China"}, "no edition of microsoft365"),
    ],
)
def test_an_instance_that_does_not_fit_is_told(source, options, reason):
    with pytest.raises(CatalogueError, match=reason):
        shipped.load(source, **options)


def test_sources_without_instances_do_not_mind_one_unless_it_is_theirs():
    selection = select(["managed_desktop", "microsoft365"], instance="China", tenant="contoso")
    assert [edition.id for edition in selection.editions] == ["2023-10-19", "2025-12-01-china"]
    with pytest.raises(CatalogueError, match="managed_desktop has no instances; 'China' was asked for"):
        select([{"source": "managed_desktop", "instance": "China"}])


# -- Intune, Autopatch, Quick Assist, Defender -------------------------------------------------------------------


def test_intune_has_the_names_of_mem_and_seven_networks_more(intune, worldwide):
    mem = [entry for entry in worldwide.entries if entry.endpoint.service == "MEM"]
    assert (len(hosts(intune.entries)), len(networks(intune.entries))) == (77, 88)
    assert hosts(intune.entries) == hosts(mem)
    assert len(networks(mem)) == 81
    assert networks(intune.entries) - networks(mem) == {
        "13.107.219.0/24", "13.107.227.0/24", "13.107.228.0/23", "150.171.97.0/24",
        "2620:1ec:40::/48", "2620:1ec:49::/48", "2620:1ec:4a::/47",
    }  # fmt: skip
    assert networks(mem) < networks(intune.entries)


def test_the_networks_of_intune_are_tied_to_the_names_that_the_web_service_ties_them_to(intune, worldwide):
    def tied(edition, name):
        return hosts(e for e in edition.entries if e.endpoint.set == name and e.endpoint.sources[0].tied)

    assert tied(intune, "163") == tied(worldwide, "163") == {"manage.microsoft.com", "*.manage.microsoft.com"}


def test_time_is_asked_for_over_udp(intune):
    (time,) = [entry.endpoint for entry in intune.entries if entry.name == "time.windows.com"]
    assert (time.tcp_ports, time.udp_ports, time.ports_assumed) == ((), ((123, 123),), False)


def test_what_must_not_be_inspected_is_what_the_documents_say(intune):
    untouched = {entry.name for entry in intune.entries if "bypass_inspection" in entry.endpoint.treatments}
    attestation = {name for name in hosts(intune.entries) if name.endswith(".attest.azure.net")}
    assert len(attestation) == 15
    assert untouched == {
        "manage.microsoft.com", "*.manage.microsoft.com", *attestation, *networks(intune.entries)
    }  # fmt: skip


def test_what_is_reached_without_a_login_is_what_the_documents_say(intune, worldwide):
    free = {entry.name for entry in intune.entries if "bypass_authentication" in entry.endpoint.treatments}
    edge = {name for name in hosts(intune.entries) if name.endswith(".azureedge.net")}
    assert len(edge) == 24
    assert free == {"manage.microsoft.com", *edge}
    free = {entry.name for entry in worldwide.entries if "bypass_authentication" in entry.endpoint.treatments}
    assert {"graph.microsoft.com", "manage.microsoft.com"} < free
    # A wildcard that covers such a name, among others, is not let through without a login for it.
    assert "*.microsoft.com" not in free


@pytest.mark.parametrize("instance", sorted(ANSWERS))
def test_inspection_is_left_out_for_optimize_and_allow(instance):
    for entry in shipped.load("microsoft365", instance=instance).entries:
        if entry.endpoint.category in ("Optimize", "Allow"):
            assert "bypass_inspection" in entry.endpoint.treatments
            assert "category" in entry.endpoint.sources[0].grounds
        elif "bypass_inspection" in entry.endpoint.treatments:
            assert {"attestation_inspection", "government_inspection"} >= set(entry.endpoint.sources[0].grounds)


def test_autopatch_has_seven_names():
    edition = shipped.load("windows_autopatch")
    assert [row.tokens for row in edition.rows] == [7]
    assert "payloadprod*.blob.core.windows.net" in hosts(edition.entries)
    assert all(entry.endpoint.ports_assumed for entry in edition.entries)


def test_quick_assist_has_fourteen_names_on_443():
    edition = shipped.load("quick_assist")
    assert len(hosts(edition.entries)) == 14
    assert {(e.endpoint.tcp_ports, e.endpoint.ports_assumed) for e in edition.entries} == {(((443, 443),), False)}


def test_defender_has_25_rows_with_ports_and_some_optional():
    edition = shipped.load("defender_endpoint")
    assert [row.tokens for row in edition.rows] == [1] * 25
    assert collections.Counter(entry.endpoint.tcp_ports for entry in edition.entries) == {
        ((443, 443),): 21, ((80, 80),): 4
    }  # fmt: skip
    assert sum(entry.endpoint.required for entry in edition.entries) == 17
    assert {e.endpoint.subject for e in edition.entries if e.endpoint.path} == {
        "www.microsoft.com/security/encyclopedia/adlpackages.aspx",
        "www.microsoft.com/pkiops/*",
        "www.microsoft.com/pki/*",
        "*.blob.core.windows.net/networkscannerstable/*",
    }


def test_only_what_is_asked_for_is_read(monkeypatch):
    read = []
    load = stored.load
    monkeypatch.setattr(stored, "load", lambda text: read.append(text.split('"')[3]) or load(text))
    shipped._load.cache_clear()
    select(["quick_assist"])
    select(["microsoft365"], instance="China")
    assert read == ["quick_assist", "microsoft365"]


def test_all_sources_together_keep_every_origin():
    everything = select(shipped.sources(), tenant="contoso")
    (login,) = [
        e for e in everything.endpoints if e.subject == "login.live.com" and e.tcp_ports == ((80, 80), (443, 443))
    ]
    assert {origin.source for origin in login.sources} == {"managed_desktop", "microsoft365"}
    kept = {
        (endpoint.subject, endpoint.tcp_ports, endpoint.udp_ports): endpoint.sources
        for endpoint in everything.endpoints
    }
    narrowed = {item.name for item in everything.narrowed}
    for edition in everything.editions:
        for entry in edition.entries:
            endpoint = entry.endpoint
            if entry.template is None and entry.name not in narrowed:
                assert endpoint.sources[0] in kept[endpoint.subject, endpoint.tcp_ports, endpoint.udp_ports]
