# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall's dialect: the reviewed list, its losses and options, and what holds whatever the list."""

from __future__ import annotations

import dataclasses
import random
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables import fragment as fragments
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import (
    RulesetError,
    Span,
    disjoint,
    read_text,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.stored import (
    Layout,
    checked_content,
    lines_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import nftables
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.conformance.questions import requests
from tests.unit.dialects.sample_endpoints import EVERY_KIND, lists
from tests.unit.dialects.test_squid_properties import repeatable

GOLDEN = Path(__file__).with_name("golden")
PLAIN = nftables.Options("sample", clients=("192.0.2.0/25",))
FILTERED = dataclasses.replace(PLAIN, filter_dns=True, upstreams=("192.0.2.53", "2001:db8::53#5353"))
NETWORKS = dataclasses.replace(PLAIN, names="none", everything_else="drop", hooks=("forward", "output"))
LAYOUT = Layout("sample", "/rules", "/fragments", "/backups")
seeds = st.integers(0, 2**32)


def compiled(*endpoints: str | dict[str, t.Any], options: nftables.Options = PLAIN) -> t.Any:
    given = [{"host": item} if isinstance(item, str) else item for item in endpoints]
    return nftables.compile(map(Endpoint.from_dict, given), options)


def told(artefact: t.Any) -> list[tuple[str, str, str | None]]:
    return [(loss.subject, loss.result, loss.owner) for loss in artefact.losses if not loss.prop]


# -- one list ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("golden", "options"),
    [
        ("nftables.txt", PLAIN),
        ("nftables-filtered.txt", FILTERED),
        ("nftables-networks.txt", NETWORKS),
        ("nftables-mark.txt", dataclasses.replace(PLAIN, everything_else="leave", mark=7, limit_cache=False)),
    ],
)
def test_the_compiled_list_is_the_reviewed_one(golden: str, options: nftables.Options) -> None:
    content = nftables.compile(EVERY_KIND, options).content
    whole = content["ruleset"] + "== fragment\n" + str(content["fragment"])
    assert whole == (GOLDEN / golden).read_text(encoding="ascii")


def test_without_the_filter_names_take_those_below_and_wildcards_the_one_above() -> None:
    assert told(compiled("a.example", "*.b.example", "c.example", "*.c.example")) == [
        ("*.b.example", "widened", "same_owner"),
        ("a.example", "widened", "same_owner"),
    ]


def test_with_the_filter_only_stars_inside_and_paths_are_widened() -> None:
    artefact = compiled(
        "a.example", "*.b.example", "pay*.c.example", {"host": "d.example", "path": "/x"}, options=FILTERED
    )
    assert told(artefact) == [("d.example/x", "widened", "same_owner"), ("pay*.c.example", "widened", "same_owner")]


def test_ports_that_differ_for_a_name_and_those_below_it_are_widened_even_with_the_filter() -> None:
    listed = ({"host": "a.example", "tcp_ports": [80]}, {"host": "*.a.example", "tcp_ports": [443]})
    assert told(compiled(*listed, options=FILTERED)) == [
        ("*.a.example", "widened", "same_owner"),
        ("a.example", "widened", "same_owner"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("azureedge.net", ("azureedge.net", "widened", "other_owner")),
        ("pay*.blob.core.windows.net", ("pay*.blob.core.windows.net", "widened", "other_owner")),
        ("pay*.co.uk", ("pay*.co.uk", "unsupported", None)),
    ],
)
def test_what_would_admit_strangers_stops_the_run(name: str, expected: tuple[str, str, str | None]) -> None:
    artefact = compiled(name)
    assert expected in told(artefact)
    assert all(loss.stops for loss in artefact.losses)
    if expected[1] == "unsupported":
        assert "nftset=" not in artefact.content["fragment"]


def test_shared_addresses_are_said_once_and_only_where_names_are_followed() -> None:
    assert [loss.prop for loss in compiled("a.example", "b.example", options=FILTERED).losses] == ["shared_addresses"]
    assert compiled({"network": "192.0.2.0/24"}).losses == ()


def test_sets_without_networks_are_told_once_by_name() -> None:
    origin = {"source": "m", "edition": "e", "set": "7"}
    listed = [{"host": f"n{number}.example", "sources": [origin]} for number in range(7)]
    tied = {**origin, "set": "8", "tied": True}
    artefact = compiled(
        *listed,
        {"host": "tied.example", "sources": [tied]},
        {"network": "192.0.2.0/24", "sources": [tied]},
        options=NETWORKS,
    )
    (loss,) = artefact.losses
    assert (loss.prop, loss.result, loss.stops) == ("names_without_networks", "unsupported", True)
    assert "7 name(s) in 1 set(s) (m 7) have no networks" in loss.detail
    assert "and 2 more" in loss.detail
    assert artefact.covered_by == {"tied.example": "covered_by_network"}
    assert artefact.content["fragment"] is None


def test_who_says_an_endpoint_does_not_change_what_the_firewall_gets() -> None:
    renamed = [dataclasses.replace(endpoint, service="Other", required=False) for endpoint in EVERY_KIND]
    assert nftables.compile(renamed, PLAIN).digest == nftables.compile(EVERY_KIND, PLAIN).digest


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "a-b"}, "is no list name"),
        ({"name": "a", "clients": ["192.0.2.1/24"]}, "clients: '192.0.2.1/24' is no network"),
        ({"name": "a", "clients": []}, "clients: the list is empty"),
        ({"name": "a", "untouched_networks": ["x; accept"]}, "untouched_networks: 'x; accept' is no network"),
        ({"name": "a", "hooks": ["input"]}, "hooks: 'input' is none of forward, output"),
        ({"name": "a", "hooks": []}, "hooks: the list is empty"),
        ({"name": "a", "everything_else": "allow"}, "everything_else: 'allow' is none of"),
        ({"name": "a", "everything_else": "leave"}, "mark: give one with"),
        ({"name": "a", "mark": 1}, "mark: give one with"),
        ({"name": "a", "everything_else": "leave", "mark": 2**32}, "mark: 4294967296 is not between"),
        ({"name": "a", "names": "none", "filter_dns": True}, "filter_dns: needs"),
        ({"name": "a", "filter_dns": True}, "filter_dns: needs"),
        ({"name": "a", "upstreams": ["192.0.2.1"]}, "upstreams: dnsmasq is told of them with filter_dns only"),
        ({"name": "a", "filter_dns": True, "upstreams": ["dns.example"]}, "upstreams: 'dns.example' is no address"),
        ({"name": "a", "filter_dns": True, "upstreams": ["192.0.2.1#0"]}, "has no port after its #"),
        ({"name": "a", "timeout": 1}, "timeout: 1 is not between 60"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_by_name(given: dict[str, t.Any], message: str) -> None:
    with pytest.raises(nftables.OptionError, match=message.replace("(", r"\(")):
        nftables.Options.from_dict(given)


def test_options_written_as_text_are_read() -> None:
    given = {"name": "a", "timeout": "90", "filter_dns": "yes", "upstreams": ["192.0.2.1"], "limit_cache": "no"}
    options = nftables.Options.from_dict(given)
    assert (options.timeout, options.filter_dns, options.limit_cache) == (90, True, False)


# -- whatever the list -------------------------------------------------------------------------------------------


def admits(endpoint: Endpoint, request: Request) -> bool:
    """Whether a widening of the endpoint explains the request: a name of its domain, on its ports."""
    wide = dataclasses.replace(endpoint, path=None)
    tail = endpoint.host.tail if endpoint.host is not None else ""
    name = request.host.lower().rstrip(".")
    probe = dataclasses.replace(wide, host=None, network="192.0.2.1/32")
    within = name == tail or name.endswith(f".{tail}")
    return within and bool(grants([probe], dataclasses.replace(request, host="192.0.2.1")))


@pytest.mark.parametrize("options", [PLAIN, FILTERED], ids=["plain", "filtered"])
def test_what_the_dialect_decides_is_what_the_list_means_but_for_declared_losses(options: nftables.Options) -> None:
    asked = {"allowed": 0, "denied": 0, "widened": 0}

    @repeatable(60)
    @given(lists, seeds)
    def agree(endpoints: list[Endpoint], seed: int) -> None:
        artefact = nftables.compile(endpoints, options)
        rules = nftables.load(artefact.content)
        widened = {loss.subject for loss in artefact.losses if loss.result == "widened"}
        unsupported = {loss.subject for loss in artefact.losses if loss.result == "unsupported"}
        losing = [endpoint for endpoint in endpoints if endpoint.subject in widened]
        carried = [endpoint for endpoint in endpoints if endpoint.subject not in unsupported]
        for request in requests(endpoints, random.Random(seed), 200):
            decided, meant = bool(nftables.decide(rules, request)), bool(grants(carried, request))
            assert decided or not meant, request
            if decided and not meant:
                assert any(admits(endpoint, request) for endpoint in losing), request
            asked["widened" if decided != meant else "allowed" if decided else "denied"] += 1

    agree()
    assert sum(asked.values()) >= 6_000
    assert min(asked.values()) > 20


@pytest.mark.parametrize("options", [PLAIN, FILTERED, NETWORKS], ids=["plain", "filtered", "networks"])
def test_what_is_written_is_read_back_and_its_order_does_not_show(options: nftables.Options) -> None:
    @repeatable(100)
    @given(lists, seeds)
    def hold(endpoints: list[Endpoint], seed: int) -> None:
        artefact = nftables.compile(endpoints, options)
        assert checked_content(artefact.content, "sample") == artefact.content
        assert len(lines_of(artefact.content, artefact.provenance, LAYOUT)) == artefact.entries
        shuffled = list(endpoints) + endpoints[:3]
        random.Random(seed).shuffle(shuffled)
        again = nftables.compile(shuffled, options)
        assert (again.content, again.losses, again.provenance) == (
            artefact.content,
            artefact.losses,
            artefact.provenance,
        )

    hold()


def test_the_longest_names_and_port_lists_stay_below_the_longest_line() -> None:
    label = "a" * 63
    ports = list(range(1, 2000, 2))
    longest = {"host": f"{label}.{label}.{label}.{'b' * 53}.example", "tcp_ports": ports, "udp_ports": ports}
    fragment = compiled(longest, options=dataclasses.replace(FILTERED, name="a" * 20)).content["fragment"]
    assert max(map(len, fragment.splitlines())) <= fragments.LONGEST_LINE


def test_no_domain_of_a_fragment_has_an_empty_label_or_stands_twice() -> None:
    @repeatable(100)
    @given(lists)
    def hold(endpoints: list[Endpoint]) -> None:
        lines = nftables.compile(endpoints, FILTERED).content["fragment"].splitlines()
        domains = [line.split("/")[1] for line in lines if line.startswith("nftset=")]
        assert all(all(domain.split(".")) for domain in domains)
        assert len(set(domains)) == len(domains)

    hold()


spans = st.lists(
    st.builds(
        lambda n, length, kind, low, more: Span(
            f"10.0.{n >> (32 - length) << (32 - length) & 255}.0/24", kind, low, low + more
        ),
        st.integers(0, 7),
        st.just(32),
        st.sampled_from(["tcp", "udp"]),
        st.integers(1, 20),
        st.integers(0, 10),
    ),
    max_size=12,
)


@repeatable(200)
@given(spans)
def test_disjoint_elements_mean_the_same_and_never_overlap(given_spans: list[Span]) -> None:
    def points(members: t.Iterable[Span]) -> list[tuple[str, str, int]]:
        import ipaddress

        return [
            (str(address), span.transport, port)
            for span in members
            for address in list(ipaddress.ip_network(span.network).subnets(new_prefix=24))
            for port in range(span.low, span.high + 1)
        ]

    found = points(disjoint(given_spans))
    assert len(set(found)) == len(found)
    assert set(found) == set(points(given_spans))


@pytest.mark.parametrize(
    "line",
    [
        "nftset=//4#inet#mdn_sample#t443_4,6#inet#mdn_sample#t443_6",
        "nftset=/a.example/4#inet#mdn_sample#t443_4",
        "nftset=/#/4#inet#mdn_sample#t443_4,6#inet#mdn_sample#t443_6",
        "nftset=/a.example/4#inet#other#t443_4,6#inet#other#t443_6",
        "server=192.0.2.1",
        "local=/#/",
        "conf-file=/etc/passwd",
        "# a\x0bcomment",
        'txt-record=other.allowlist.invalid,"@FRAGMENT@/@GENERATION@"',
    ],
)
def test_a_foreign_line_in_a_fragment_is_refused(line: str) -> None:
    good = compiled("a.example").content["fragment"]
    fragments.check(good, "sample", "mdn_sample")
    with pytest.raises(fragments.FragmentError, match="is no line of a fragment"):
        fragments.check(f"{good}{line}\n", "sample", "mdn_sample")


@pytest.mark.parametrize(
    "what", ["add table inet x", "\tset x { type ipv4_addr; }", "\tchain decide {\n\t\taccept\n\t}"]
)
def test_a_foreign_part_of_a_ruleset_is_refused(what: str) -> None:
    good = compiled("a.example").content["ruleset"]
    with pytest.raises(RulesetError):
        read_text(good.replace("\tchain decide", f"{what}\n\tchain decide"), "mdn_sample")


def test_ten_thousand_endpoints_compile_quickly_and_growth_is_near_linear() -> None:
    def seconds(count: int) -> float:
        listed = [Endpoint.from_dict({"host": f"n{number}.s{number % 97}.example"}) for number in range(count)]
        listed += [Endpoint.from_dict({"network": f"2001:db8:{number:x}::/48"}) for number in range(count // 5)]
        begun = time.process_time()
        nftables.compile(listed, FILTERED)
        return time.process_time() - begun

    small, large = min(seconds(2_000) for _turn in range(2)), min(seconds(8_333) for _turn in range(2))
    assert large < 2.0
    assert large < 12 * small
