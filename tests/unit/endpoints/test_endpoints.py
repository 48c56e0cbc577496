# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints made of foreign data: what is taken, what is refused and where the message points to."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    Endpoint,
    EndpointError,
    Origin,
    merge,
    parse_ports,
    port_within,
    ports_include,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import parse
from hypothesis import given, settings
from hypothesis import strategies as st

repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=300)


def endpoint(**fields: t.Any) -> Endpoint:
    return Endpoint.from_dict(fields)


def test_a_bare_host_gets_the_web_ports_and_says_that_they_are_assumed() -> None:
    made = endpoint(host="*.EXAMPLE.com")
    assert made.host == parse("*.example.com")
    assert (made.tcp_ports, made.udp_ports, made.ports_assumed) == (((80, 80), (443, 443)), (), True)
    assert (made.required, made.pinned, made.treatments) == (True, False, {"allow"})


def test_a_path_without_ports_belongs_to_plain_http() -> None:
    made = endpoint(host="www.example.com", path="/ncsi.txt")
    assert (made.tcp_ports, made.ports_assumed, made.subject) == (((80, 80),), True, "www.example.com/ncsi.txt")


def test_given_ports_are_not_assumed_and_udp_alone_brings_no_tcp() -> None:
    made = endpoint(host="www.example.com", udp_ports=[3478])
    assert (made.tcp_ports, made.udp_ports, made.ports_assumed) == ((), ((3478, 3478),), False)


def test_a_network_is_canonical() -> None:
    assert endpoint(network="2001:DB8:0::/32").network == "2001:db8::/32"
    assert endpoint(network="192.0.2.1").network == "192.0.2.1/32"


def test_every_set_of_treatments_contains_allow() -> None:
    assert endpoint(host="a.example", treatments=["bypass_inspection"]).treatments == {"allow", "bypass_inspection"}
    assert endpoint(host="a.example", treatments=[]).treatments == {"allow"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "endpoint: give exactly one of host and network"),
        ({"host": "a.example", "network": "192.0.2.0/24"}, "endpoint: give exactly one of host and network"),
        ({"hots": "a.example"}, "endpoint: unknown key 'hots'; known are category, host, network,"),
        ({"host": "a\nb.example"}, "endpoint.host: 'a\\nb.example' is no host pattern: it contains white space"),
        ({"host": "a" * 64 + ".example"}, "a label has 64 characters, and at most 63 are possible"),
        ({"host": "*"}, "its last label is a wildcard"),
        ({"host": 5}, "endpoint.host: '5' is no text"),
        ({"host": ["a.example"]}, "endpoint.host: \"['a.example']\" is no text"),
        (
            {"network": "192.0.2.1/24"},
            "endpoint.network: '192.0.2.1/24' is no network (192.0.2.1/24 has host bits set)",
        ),
        ({"network": 5}, "endpoint.network: '5' is no network"),
        ({"network": "192.0.2.0/24", "path": "/x"}, "endpoint.path: a path needs a host"),
        ({"host": "a.example", "path": "x"}, "endpoint.path: 'x' is no path; it begins with /"),
        ({"host": "a.example", "path": "/" * 1025}, "is no path; it begins with / and has at most 1024 characters"),
        ({"host": "a.example", "path": "/a?b"}, "'/a?b' contains '?'; no query, escape or inner star fits here"),
        ({"host": "a.example", "path": "/a%20"}, "'/a%20' contains '%'; no query, escape or inner star fits here"),
        ({"host": "a.example", "path": "/a*b"}, "'/a*b' contains '*'; no query, escape or inner star fits here"),
        ({"host": "a.example", "path": '/a"'}, "contains '\"'; no query"),
        ({"host": "a.example", "path": "/a b"}, "contains ' '; no query"),
        ({"host": "a.example", "path": "/a\n"}, "contains '\\n'; no query"),
        ({"host": "a.example", "path": "/a/../b"}, "endpoint.path: '/a/../b' has a dot segment"),
        ({"host": "a.example", "path": "/./b"}, "endpoint.path: '/./b' has a dot segment"),
        (
            {"host": "a.example", "tcp_ports": [0]},
            "endpoint.tcp_ports: '0' is not within 1 to 65535, or runs backwards",
        ),
        ({"host": "a.example", "udp_ports": ["9-8"]}, "endpoint.udp_ports: '9-8' is not within 1 to 65535, or runs"),
        ({"host": "a.example", "treatments": "allow"}, "endpoint.treatments: give a list of allow, bypass_auth"),
        ({"host": "a.example", "treatments": ["permit"]}, "endpoint.treatments: 'permit' is none of allow, bypass"),
        ({"host": "a.example", "category": "Best"}, "endpoint.category: 'Best' is none of Optimize, Allow, Default"),
        ({"host": "a.example", "required": "yes"}, "endpoint.required: 'yes' is neither true nor false"),
        ({"host": "a.example", "ports_assumed": 1}, "endpoint.ports_assumed: '1' is neither true nor false"),
        ({"host": "a.example", "service": "a\nb"}, "endpoint.service: 'a\\nb' has control characters or over 200"),
        ({"host": "a.example", "sources": [{"who": "me"}]}, "endpoint.sources[0]: \"{'who': 'me'}\" is no origin"),
        ({"host": "a.example", "sources": ["me"]}, "endpoint.sources[0]: 'me' is no origin"),
        ({"host": "a.example", "sources": True}, "endpoint.sources: 'True' is no list of origins"),
    ],
)
def test_what_is_no_endpoint_is_refused_by_the_name_of_the_field(fields: dict[str, t.Any], message: str) -> None:
    with pytest.raises(EndpointError) as raised:
        Endpoint.from_dict(fields)
    assert message in str(raised.value)
    assert str(raised.value).startswith("endpoint")


def test_a_message_begins_with_the_path_into_the_data() -> None:
    with pytest.raises(EndpointError, match=r"^endpoints\[3\]\.host: "):
        Endpoint.from_dict({"host": "*"}, "endpoints[3]")


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(
    ["host", "network", "path", "tcp_ports", "udp_ports", "treatments", "service", "set", "required", "sources", "odd"]
)


def test_an_empty_treatment_is_refused() -> None:
    with pytest.raises(EndpointError, match=r"endpoint\.treatments: an item is empty"):
        Endpoint.from_dict({"host": "a.example", "treatments": [None]})


@repeatable
@given(st.dictionaries(fields, plain_values, max_size=4), st.booleans())
def test_any_plain_data_is_an_endpoint_or_refused_in_one_line(data: dict[str, t.Any], with_host: bool) -> None:
    try:
        made = Endpoint.from_dict({**data, "host": "a.example"} if with_host else data)
    except EndpointError as error:
        assert "\n" not in str(error)
    else:
        assert Endpoint.from_dict(made.to_dict()) == made


def test_an_endpoint_survives_the_way_through_plain_data() -> None:
    made = endpoint(
        host="*.example.com",
        tcp_ports=["8000-8010", 443],
        udp_ports="3478",
        service="Updates",
        set="12",
        category="Allow",
        required=False,
        treatments=["bypass_inspection"],
        pinned=True,
        sources=[{"source": "s", "edition": "e", "row": 3, "service": "Updates", "repairs": ["torn name"]}],
    )
    again = Endpoint.from_dict(made.to_dict())
    assert again == made
    assert again.sources == made.sources == (Origin("s", "e", 3, "Updates", ("torn name",)),)


def test_services_are_those_of_all_origins_and_an_origin_without_any_counts_with_its_source() -> None:
    origins = (Origin("s", "e", 1, "Updates"), Origin("s", "e", 2, "Store"), Origin("own list", "e"))
    assert Endpoint(host=parse("a.example"), sources=origins).services == ("Store", "Updates", "own list")
    assert Endpoint(host=parse("a.example"), service="Updates").services == ("Updates",)
    assert Endpoint(host=parse("a.example")).services == ()


def test_merging_keeps_each_subject_and_ports_once_with_all_that_was_said_of_it() -> None:
    first = Endpoint(
        host=parse("a.example"),
        tcp_ports=((443, 443),),
        ports_assumed=True,
        category="Default",
        required=False,
        sources=(Origin("s", "e", 1), Origin("s", "e", 2)),
    )
    second = Endpoint(
        host=parse("a.example"),
        tcp_ports=((443, 443),),
        category="Optimize",
        treatments=frozenset({"allow", "bypass_inspection"}),
        pinned=True,
        sources=(Origin("s", "e", 2), Origin("s", "e", 3)),
    )
    other_ports = Endpoint(host=parse("a.example"), tcp_ports=((80, 80),))
    merged = merge([first, other_ports, second])
    assert merged[1:] == [other_ports]
    assert [origin.row for origin in merged[0].sources] == [1, 2, 3]
    assert (merged[0].category, merged[0].required, merged[0].pinned) == ("Optimize", True, True)
    assert (merged[0].treatments, merged[0].ports_assumed) == ({"allow", "bypass_inspection"}, False)


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        (443, ((443, 443),)),
        ("443", ((443, 443),)),
        ("80, 443", ((80, 80), (443, 443))),
        ([443, 80, 443], ((80, 80), (443, 443))),
        (["8000-8100", 8050], ((8000, 8100),)),
        (["8050-8200", "8000-8100"], ((8000, 8200),)),
        ([81, 80, "82-90"], ((80, 90),)),
        ("1-65535", ((1, 65535),)),
    ],
)
def test_ports_are_read_as_sorted_ranges_that_neither_overlap_nor_touch(written: t.Any, ports: t.Any) -> None:
    assert parse_ports(written) == ports


@pytest.mark.parametrize(
    "written",
    [0, 65536, -1, True, 80.0, "80-", "-80", "a", "80-a", "90-80", "8 0", "\u0661", "1" * 12, [[80]], {}, {1: 2}],
)
def test_what_is_no_port_is_refused(written: t.Any) -> None:
    with pytest.raises(EndpointError, match=r"^ports: "):
        parse_ports(written)


port_sets = st.sets(st.integers(1, 40), max_size=12)


@repeatable
@given(port_sets, port_sets)
def test_ports_behave_as_sets(outer: set[int], inner: set[int]) -> None:
    outer_ports, inner_ports = parse_ports(sorted(outer)), parse_ports(sorted(inner, reverse=True))
    assert {port for port in range(1, 42) if port_within(port, outer_ports)} == outer
    assert ports_include(outer_ports, inner_ports) is (inner <= outer)
    assert parse_ports(show_ports(outer_ports)) == outer_ports
