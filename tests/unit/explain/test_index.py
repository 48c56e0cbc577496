# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index answers as the whole list does when each endpoint is asked."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    TREATMENTS,
    Endpoint,
    Request,
    grants,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostError, covers, parse
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

LABELS = st.sampled_from(["a", "b", "ab", "aba", "pay", "pay-1", "x_y", "cdn", "1"])
GLOB_LABELS = st.sampled_from(["*", "a*", "*a", "a*a", "pay*", "*-1", "*b*"]) | LABELS
TOPS = st.sampled_from(["example", "test"])
NAMES = st.builds(lambda labels, top: ".".join([*labels, top]), st.lists(LABELS, max_size=4), TOPS)
PATTERNS = st.builds(
    lambda labels, tail, top: ".".join([*labels, *tail, top]),
    st.lists(GLOB_LABELS, max_size=3),
    st.lists(LABELS, max_size=2),
    TOPS,
)
NETWORKS = st.sampled_from(["192.0.2.0/24", "192.0.2.128/25", "192.0.2.7/32", "0.0.0.0/0", "2001:db8::/32", "::/0"])
ADDRESSES = st.sampled_from(["192.0.2.7", "192.0.2.200", "198.51.100.1", "2001:db8::1", "[2001:db8::2]", "2001:db9::"])
ODD_HOSTS = st.sampled_from(
    ["", ".", "a..example", ".a.example", "*.a.example", "A.EXAMPLE.", "a.example..", "1.2.3", "192.0.2",
     "b\u00fccher.example", "\u017f.example", "a" * 64 + ".example", "x." * 130 + "example"]
)  # fmt: skip


@st.composite
def endpoints(draw):
    data = {
        "tcp_ports": draw(st.sampled_from([None, [80], [443], [80, 443], ["8000-9000"]])),
        "udp_ports": draw(st.sampled_from([None, [443]])),
        "treatments": draw(st.sets(st.sampled_from(TREATMENTS)).map(sorted)),
    }
    if draw(st.booleans()) or draw(st.booleans()):
        host = draw(PATTERNS)
        try:
            parse(host)
        except HostError:
            assume(False)
        return Endpoint.from_dict({**data, "host": host, "path": draw(st.sampled_from([None, "/p", "/p*"]))})
    return Endpoint.from_dict({**data, "network": draw(NETWORKS)})


REQUESTS = st.builds(
    Request,
    method=st.just("GET"),
    scheme=st.sampled_from(["http", "https", None]),
    host=NAMES | ADDRESSES | ODD_HOSTS,
    port=st.sampled_from([80, 443, 8080]),
    path=st.sampled_from([None, "/", "/p", "/p/q", "/%70"]),
    transport=st.sampled_from(["tcp", "udp"]),
    resolved=st.none() | ADDRESSES,
)


@settings(max_examples=250, deadline=None)
@given(st.lists(endpoints(), max_size=12), st.lists(REQUESTS, min_size=1, max_size=8))
@example([Endpoint.from_dict({"host": "*.*.a.example"})], [Request("GET", "http", "b.a.a.example", 80, "/")])
@example([Endpoint.from_dict({"host": "b.*.a.example"})], [Request("GET", "http", "b.x.a.example", 80, "/")])
@example([Endpoint.from_dict({"host": "pay*.a.example"})], [Request("GET", "http", "pay.a.example", 80, "/")])
def test_the_index_grants_what_the_list_grants(listed, requests):
    index = Index(listed)
    for request in requests:
        assert index.grants(request) == grants(listed, request)
        expected = [endpoint for endpoint in listed if grants([endpoint], request)]
        assert sorted(map(id, index.allowing(request))) == sorted(map(id, expected))


@settings(max_examples=250, deadline=None)
@given(st.lists(endpoints(), max_size=12), PATTERNS)
def test_the_index_finds_every_host_that_covers_a_pattern(listed, pattern):
    try:
        asked = parse(pattern)
    except HostError:
        assume(False)
    expected = [endpoint for endpoint in listed if endpoint.host and covers(endpoint.host, asked)]
    assert sorted(map(id, Index(listed).covering(asked))) == sorted(map(id, expected))


@settings(max_examples=200, deadline=None)
@given(st.lists(NETWORKS, max_size=6), NETWORKS | ADDRESSES)
def test_the_index_finds_every_network_around_a_network_or_address(networks, asked):
    listed = [Endpoint.from_dict({"network": network}) for network in networks]
    wanted = ipaddress.ip_network(asked.strip("[]"))
    around = [ipaddress.ip_network(network) for network in networks]
    expected = [str(other) for other in around if other.version == wanted.version and wanted.subnet_of(other)]
    found = [endpoint.network for endpoint in Index(listed).containing(asked)]
    assert sorted(found) == sorted(expected)
    assert [ipaddress.ip_network(network).prefixlen for network in found] == sorted(
        (ipaddress.ip_network(network).prefixlen for network in expected), reverse=True
    )


@pytest.mark.parametrize("edition", ["2018-08-29-aad339da", "2023-10-19"])
def test_every_listed_host_is_found_by_its_own_name(edition):
    listed = select(["managed_desktop"], edition=edition).endpoints
    index = Index(listed)
    assert sorted(index.hosts()) == sorted({endpoint.host.text for endpoint in listed})
    for endpoint in listed:
        assert any(found is endpoint for found in index.covering(endpoint.host))


def test_the_nearest_endpoint_comes_first():
    listed = [Endpoint.from_dict({"host": host}) for host in ("*.example", "*.a.example", "x*.b.a.example")]
    listed.append(Endpoint.from_dict({"host": "x1.b.a.example"}))
    found = [endpoint.host.text for endpoint in Index(listed).covering(parse("x1.b.a.example"))]
    assert found == ["x1.b.a.example", "x*.b.a.example", "*.a.example", "*.example"]


def test_many_globs_of_one_domain_are_told_apart_by_their_beginning(monkeypatch):
    listed = [Endpoint.from_dict({"host": f"pay{number:04}-*.a.example"}) for number in range(2000)]
    index = Index(listed)
    from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import index as module

    asked = []
    monkeypatch.setattr(module, "covers", lambda p, q: asked.append(p) or covers(p, q))
    assert [found.host.text for found in index.covering(parse("pay0007-x.a.example"))] == ["pay0007-*.a.example"]
    assert len(asked) == 1
