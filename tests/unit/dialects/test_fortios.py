# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""FortiOS: what is written for a feed and for a URL filter, and that every difference from the list is told."""

from __future__ import annotations

import dataclasses
import json
import random
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed, fortios
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.fortios_entries import LONGEST_URL
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    matches,
    normalise_name,
    parse,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import for_names
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.conformance.questions import requests
from tests.unit.dialects.sample_endpoints import EVERY_KIND, lists

GOLDEN = Path(__file__).parent / "golden"
FEED = fortios.Options.from_dict({"name": "test", "method": "push_feed"})
FILTERS = {
    variant: fortios.Options.from_dict({"name": "test", "method": "url_filter"}, variant)
    for variant in fortios.VARIANTS
}
EVERY_PORT = ((1, 65535),)


def shown(options: fortios.Options) -> str:
    artefact = fortios.compile(EVERY_KIND, options)
    told = {key: value for key, value in artefact.content.items() if key != "entries"}
    rows = [told, *artefact.content["entries"], *(loss.to_dict() for loss in artefact.losses)]
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@pytest.mark.parametrize(("name", "options"), [("feed", FEED), *FILTERS.items()])
def test_what_is_written_is_as_it_was(name: str, options: fortios.Options) -> None:
    assert shown(options) == (GOLDEN / f"fortios-{name}.txt").read_text(encoding="utf-8")
    artefact = fortios.compile(EVERY_KIND, options)
    assert fortios.compile(list(reversed(EVERY_KIND)), options).digest == artefact.digest


def explained(request: Request, endpoint: Endpoint, name: str) -> bool:
    """Whether a loss of this endpoint may let the request through: below its name, or its path in other letters."""
    if endpoint.host is None:
        return False
    if endpoint.path is None:
        return matches(parse(f"*.{endpoint.host.text}"), name) if "*" not in endpoint.host.text else False
    if not matches(endpoint.host, name) or request.path is None:
        return False
    asked, own = request.path.lower(), endpoint.path.lower()
    return asked.startswith(own[:-1]) if own.endswith("*") else asked == own


@settings(max_examples=200, deadline=None)
@given(lists, st.sampled_from(sorted(FILTERS)), st.integers(0, 2**30))
def test_whatever_a_filter_decides_otherwise_is_a_loss(endpoints: list[Endpoint], variant: str, seed: int) -> None:
    options = FILTERS[variant]
    artefact = fortios.compile(endpoints, options)
    rules = fortios.load(artefact.content, options)
    usable = for_names(endpoints).usable
    meaning = [dataclasses.replace(endpoint, tcp_ports=EVERY_PORT) for endpoint in usable]  # the property ports
    widened = {loss.subject for loss in artefact.losses if loss.result == "widened" and not loss.prop}
    unsupported = {loss.subject for loss in artefact.losses if loss.result == "unsupported"}
    asked = [r for r in requests(endpoints, random.Random(seed), 60) if r.path is None or r.path.startswith("/")]
    for request in asked:
        decided = "allow" in fortios.decide(rules, request)
        granted = "allow" in grants(meaning, request)
        name = normalise_name(request.host)
        if decided and not granted:
            assert any(e.subject in widened and explained(request, e, name) for e in usable), request
        if granted and not decided:
            kept = [endpoint for endpoint in meaning if endpoint.subject not in unsupported]
            assert "allow" not in grants(kept, request), request


@settings(max_examples=50, deadline=None)
@given(lists)
def test_a_feed_is_spelt_and_read_as_the_format_for_feeds_is(endpoints: list[Endpoint]) -> None:
    artefact = fortios.compile(endpoints, FEED)
    made = feed.compile(endpoints, feed.Options.from_dict({"name": "test", "feed_format": "fortigate_domain"}))
    assert sorted(artefact.content["entries"]) == sorted(made.content["body"].split())
    assert artefact.losses == made.losses


def test_no_entry_is_simple_where_it_would_match_substrings() -> None:
    for variant in ("flow", "flow_7_6_3"):
        entries = fortios.compile(EVERY_KIND, FILTERS[variant]).content["entries"]
        assert {entry["type"] for entry in entries} == {"regex"}


@pytest.mark.parametrize(
    ("variant", "host", "name", "path"),
    [
        ("flow", "net.example", "fortinet.example", ""),
        ("flow", "net.example", "www.evil.test", "/net.example"),
        ("flow", "*.net.example", "www.net.example.evil.test", ""),
        ("proxy", "*.net.example", "x.fortinet.example", ""),
        ("proxy", "*.net.example", "net.example", ""),
        ("proxy_7_6_3", "net.example", "www.net.example", ""),
        ("proxy_7_6_3", "net.example", "net.example.evil.test", ""),
        ("proxy", "blob.core.windows.net", "strangers.blob.core.windows.net", ""),
    ],
)
def test_names_of_others_are_not_let_through(variant: str, host: str, name: str, path: str) -> None:
    options = FILTERS[variant]
    rules = fortios.load(fortios.compile([Endpoint.from_dict({"host": host})], options).content, options)
    assert not fortios.decide(rules, Request("GET", "http", name, 80, path or None))


def test_a_simple_entry_in_flow_mode_matches_what_contains_it() -> None:
    """What the vendor says of entries that somebody else wrote; nothing of ours is like this."""
    written = {"entries": [{"url": "net.example", "type": "simple"}]}
    rules = fortios.load(written, FILTERS["flow"])
    assert fortios.decide(rules, Request("CONNECT", None, "fortinet.example", 443))


@pytest.mark.parametrize(
    "url", ["http://a.example", "https://a.example:8443/x?y", "a.example.", "a.example/", "a.example?q"]
)
def test_an_expression_matches_however_the_device_writes_the_url(url: str) -> None:
    content = fortios.compile([Endpoint.from_dict({"host": "a.example"})], FILTERS["flow"]).content
    rules = fortios.load(content, FILTERS["flow"])
    assert all(rule.matches(url, "") for rule in rules.entries)


def test_a_path_too_long_for_an_entry_is_told() -> None:
    path = "/" + "a" * LONGEST_URL
    artefact = fortios.compile([Endpoint.from_dict({"host": "a.example", "path": path})], FILTERS["proxy"])
    assert artefact.entries == 0
    assert [(loss.result, loss.stops) for loss in artefact.losses if not loss.prop] == [("unsupported", True)]


@pytest.mark.parametrize(
    ("ports", "told"),
    [
        ({"tcp_ports": [], "udp_ports": [3478]}, ["out_of_scope"]),
        ({"tcp_ports": [443], "udp_ports": [443]}, ["out_of_scope", "unsupported"]),
        ({"tcp_ports": [443]}, ["unsupported"]),
    ],
)
def test_a_network_stops_a_filter_only_where_it_is_of_tcp(ports: dict[str, t.Any], told: list[str]) -> None:
    network = Endpoint.from_dict({"network": "192.0.2.0/24", **ports})
    losses = [loss for loss in fortios.compile([network], FILTERS["flow"]).losses if not loss.prop]
    assert [loss.result for loss in losses] == told
    assert any(loss.stops for loss in losses) == ("unsupported" in told)


def test_an_action_that_leaves_categories_in_force_is_told() -> None:
    allowing = fortios.Options.from_dict({"name": "test", "method": "url_filter", "entry_action": "allow"})
    artefact = fortios.compile([Endpoint.from_dict({"host": "a.example"})], allowing)
    assert [(loss.prop, loss.stops) for loss in artefact.losses] == [("categories", True), ("ports", False)]
    assert artefact.content["entries"][0]["exempt"] == []


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("url_filter", "the table would have 3 entries, and the device takes 2 (max_entries)"),
        ("push_feed", "the list has 3 entries, and fortigate_domain takes 2 (max_entries)"),
    ],
)
def test_a_list_over_the_limit_that_the_site_gives_is_refused(method: str, said: str) -> None:
    three = [Endpoint.from_dict({"host": f"{name}.example"}) for name in "abc"]
    for most in (3, 2):
        options = {"name": "test", "method": method, "max_entries": most}
        if most == 3:
            assert {artefact.entries for artefact in fortios.variants(three, options).values()} == {3}
            continue
        with pytest.raises(fortios.OptionError) as raised:
            fortios.variants(three, options)
        assert said in str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "method: 'None' is none of push_feed, url_filter"),
        ({"method": "url_filter", "name": "a b"}, "name: 'a b' is no list name"),
        ({"method": "url_filter", "entry_action": "block"}, "entry_action: 'block' is none of exempt, allow, monitor"),
        ({"method": "url_filter", "max_entries": 0}, "max_entries: 0 is no number of entries"),
        ({"method": "url_filter", "exempt": ["tls"]}, "exempt: 'tls' is none of"),
        ({"method": "push_feed", "feed_type": "address"}, "feed_type: 'address' is none of domain, category"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(given: dict[str, t.Any], message: str) -> None:
    with pytest.raises(fortios.OptionError) as raised:
        fortios.Options.from_dict({"name": "test", **given})
    assert message in str(raised.value)
