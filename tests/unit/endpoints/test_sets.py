# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and networks of one set: either is enough, and which one counts depends on the appliance."""

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Origin, merge
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import (
    COVERED_BY_NAME,
    for_names,
    for_networks,
    sets_of,
)
from hypothesis import given
from hypothesis import strategies as st


def endpoint(host=None, network=None, set="1", tied=False, source="s", ports=((443, 443),)):
    base = Endpoint.from_dict({"host": host, "network": network})
    return Endpoint(
        base.host, base.network, tcp_ports=ports, set=set, sources=(Origin(source, "1", set=set, tied=tied),)
    )


NAME = endpoint("a.example", tied=True)
NETWORK = endpoint(network="192.0.2.0/24", tied=True)
NAME_ALONE = endpoint("b.example", set="2")
NETWORK_ALONE = endpoint(network="198.51.100.0/24", set="3")


def test_an_appliance_that_matches_names_takes_only_networks_of_sets_without_names():
    divided = for_names([NAME, NETWORK, NAME_ALONE, NETWORK_ALONE])
    assert divided.usable == (NAME, NAME_ALONE, NETWORK_ALONE)
    assert divided.covered_by_name == (NETWORK,)


def test_an_appliance_that_matches_addresses_takes_networks_and_is_told_what_has_none():
    divided = for_networks([NAME, NETWORK, NAME_ALONE, NETWORK_ALONE])
    assert divided.usable == (NETWORK, NETWORK_ALONE)
    assert divided.covered_by_network == (NAME,)
    assert divided.without_networks == (NAME_ALONE,)
    assert sets_of(divided.without_networks) == [("s", "1", "2")]


def test_a_network_that_somebody_asks_for_by_itself_is_used():
    (both,) = merge([NETWORK, endpoint(network="192.0.2.0/24", set=None, source="own")])
    assert for_names([both]).usable == (both,)


def test_a_name_that_one_of_its_sets_has_networks_for_is_covered_by_them():
    (both,) = merge([endpoint("a.example", set="9"), NAME])
    assert for_networks([both]).covered_by_network == (both,)


def test_sets_of_the_same_id_in_other_sources_have_nothing_in_common():
    stranger = endpoint(network="203.0.113.0/24", set="1", source="other")
    assert for_names([NAME, stranger]).usable == (NAME, stranger)


def test_a_set_whose_names_were_filtered_out_has_not_become_one_without_names():
    teams = select(["microsoft365"], services=["Skype"], ports=["udp/443"])
    networks_alone = [e for e in teams.endpoints if e.network is not None]
    assert networks_alone and for_names(networks_alone).usable == ()


def test_what_is_written_in_plain_data_is_still_tied():
    again = Endpoint.from_dict(NETWORK.to_dict())
    assert again.sources == NETWORK.sources
    assert for_names([again]).covered_by_name == (again,)


ANY = st.builds(
    endpoint,
    host=st.none(),
    network=st.sampled_from(["192.0.2.0/24", "198.51.100.0/24"]),
    set=st.sampled_from(["1", "2", None]),
    tied=st.booleans(),
    source=st.sampled_from(["s", "t"]),
) | st.builds(
    endpoint,
    host=st.sampled_from(["a.example", "*.b.example"]),
    set=st.sampled_from(["1", "2", None]),
    tied=st.booleans(),
    source=st.sampled_from(["s", "t"]),
)


@given(st.lists(ANY))
def test_nothing_is_lost_and_names_are_never_dropped_for_names(endpoints):
    names = for_names(endpoints)
    assert sorted(map(repr, [*names.usable, *names.covered_by_name])) == sorted(map(repr, endpoints))
    assert all(item.network is not None for item in names.covered_by_name)
    networks = for_networks(endpoints)
    assert sum(map(len, networks)) == len(endpoints)
    assert all(item.network is not None for item in networks.usable)


def test_squid_leaves_the_networks_of_microsoft_365_to_their_names():
    artefact = squid.compile(select(["microsoft365"]).endpoints, squid.Options("test"))
    lists = {file for file in artefact.content["files"] if file.endswith("networks")}
    assert lists == set()
    covered = {subject for subject, by in artefact.covered_by.items() if by == COVERED_BY_NAME}
    assert {"13.107.6.152/31", "2603:1006::/40"} <= covered
    assert len(covered) == 174  # all: the three that set 11 has for UDP alone stand in set 12 beside names
