# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks are merged when a list is compiled, and never before: they mean the same, and keep who asked."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed, pac, squid
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import (
    merged_networks,
    services_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from hypothesis import given
from hypothesis import strategies as st

NETWORKS = st.builds(
    lambda octet, length: str(ipaddress.ip_network(f"192.0.2.{octet}/{length}", strict=False)),
    st.integers(0, 255),
    st.integers(25, 32),
) | st.builds(
    lambda word, length: str(ipaddress.ip_network(f"2001:db8::{word:x}/{length}", strict=False)),
    st.integers(0, 255),
    st.integers(120, 128),
)


def addresses(networks):
    return {address for network in networks for address in ipaddress.ip_network(network)}


@given(st.sets(NETWORKS, max_size=12))
def test_the_fewest_networks_that_mean_the_same(written):
    covered: dict[str, str] = {}
    kept = list(merged_networks(written, covered))
    assert addresses(kept) == addresses(written)
    assert len(kept) == len(
        [
            *ipaddress.collapse_addresses(n for n in map(ipaddress.ip_network, written) if n.version == 4),
            *ipaddress.collapse_addresses(n for n in map(ipaddress.ip_network, written) if n.version == 6),
        ]
    )
    assert covered.keys() == set(written) - set(kept)
    for part, whole in covered.items():
        assert whole in kept
        assert ipaddress.ip_network(part).subnet_of(ipaddress.ip_network(whole))


def test_a_merged_network_is_asked_for_by_the_services_of_its_parts():
    halves = [
        Endpoint.from_dict({"network": f"192.0.2.{place}/25", "service": service})
        for place, service in ((0, "Store"), (128, "Updates"))
    ]
    covered: dict[str, str] = {}
    assert list(merged_networks({str(e.network) for e in halves}, covered)) == ["192.0.2.0/24"]
    assert services_of(halves, covered)["192.0.2.0/24"] == "Store, Updates"


@pytest.mark.parametrize(
    "compiled",
    [
        lambda e: squid.compile(e, squid.Options("test")).content["files"]["p80_443-networks"],
        lambda e: pac.compile(e, pac.Options.from_dict({"name": "test", "proxies": ["a:1"]})).content["body"],
        lambda e: feed.compile(e, feed.Options.from_dict({"name": "test", "feed_format": "networks"})).content["body"],
    ],
    ids=["squid", "pac", "feed"],
)
def test_every_dialect_writes_merged_networks(compiled):
    text = compiled([Endpoint.from_dict({"network": f"192.0.2.{place}/25"}) for place in (0, 128)])
    assert "192.0.2.0/24" in text
    assert "/25" not in text
