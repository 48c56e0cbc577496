# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for Squid's dialect whatever the list: it means what the list means, and is written one way only."""

from __future__ import annotations

import dataclasses
import random
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._squid.followed import PROGRAM
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.helper import GROUPS
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import lines_of, stored_provenance
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.conformance.questions import requests
from tests.unit.dialects.sample_endpoints import lists

QUESTIONS_AT_LEAST = 20_000
OPTIONS = squid.Options("sample")
seeds = st.integers(0, 2**32)


def repeatable(examples: int) -> settings:
    """Settings with which every run draws the same examples, however slow the machine is."""
    return settings(max_examples=examples, derandomize=True, database=None, deadline=None)


def without_path(endpoint: Endpoint) -> Endpoint:
    return dataclasses.replace(endpoint, path=None)


def test_what_the_dialect_decides_is_what_the_list_means_but_for_declared_losses() -> None:
    asked = {"allowed": 0, "denied": 0, "widened": 0}

    @repeatable(200)
    @given(lists, seeds)
    def agree(endpoints: list[Endpoint], seed: int) -> None:
        artefact = squid.compile(endpoints, OPTIONS)
        rules = squid.load(artefact.content)
        widened = {loss.subject for loss in artefact.losses if loss.result == "widened"}
        widest = [without_path(e) if e.subject in widened else e for e in endpoints]
        for request in requests(endpoints, random.Random(seed), 250):
            decided, meant = squid.decide(rules, request), grants(endpoints, request)
            assert meant <= decided <= grants(widest, request), request
            if not widened:
                assert decided == meant, request
            asked["widened" if decided != meant else "allowed" if decided else "denied"] += 1

    agree()
    assert sum(asked.values()) >= QUESTIONS_AT_LEAST
    assert min(asked.values()) > 20


@repeatable(200)
@given(lists, seeds)
def test_the_order_of_the_endpoints_does_not_show(endpoints: list[Endpoint], seed: int) -> None:
    artefact = squid.compile(endpoints, OPTIONS)
    shuffled = list(endpoints) + endpoints[:3]
    random.Random(seed).shuffle(shuffled)
    again = squid.compile(shuffled, OPTIONS)
    assert again.content == artefact.content
    assert again.digest == artefact.digest
    assert (again.losses, again.provenance, again.needs) == (artefact.losses, artefact.provenance, artefact.needs)
    assert again.covered_by.keys() == artefact.covered_by.keys()


@repeatable(200)
@given(lists)
def test_no_entry_of_a_dstdomain_list_is_below_another(endpoints: list[Endpoint]) -> None:
    for file, text in squid.compile(endpoints, OPTIONS).content["files"].items():
        if not file.endswith(("-names", "-below", "-apexes")):
            continue
        entries = text.splitlines()
        assert len(set(entries)) == len(entries)
        for entry in entries:
            labels = entry.removeprefix(".").split(".")
            above = {"." + ".".join(labels[start:]) for start in range(len(labels))} - {entry}
            assert not above & set(entries), (file, entry)


@repeatable(200)
@given(lists)
def test_every_file_is_named_by_the_snippet_once_and_the_other_way_round(endpoints: list[Endpoint]) -> None:
    content = squid.compile(endpoints, OPTIONS).content
    named = [line.rpartition("/")[2].rstrip('"') for line in content["snippet"].splitlines() if "@DIRECTORY@" in line]
    assert sorted(named) == sorted(content["files"])
    assert all(text.endswith("\n") and text.isascii() and "\n\n" not in text for text in content["files"].values())


@repeatable(200)
@given(lists)
def test_the_entries_counted_are_the_lines_that_people_are_shown(endpoints: list[Endpoint]) -> None:
    artefact = squid.compile(endpoints, OPTIONS)
    lines = lines_of(artefact.content, stored_provenance(artefact.content, artefact.provenance))
    assert len(lines) == artefact.entries


@repeatable(100)
@given(
    lists,
    st.sampled_from(["unmanaged", "disabled"]),
    st.sampled_from(["managed", "none"]),
    st.sampled_from(["reconfigure", "helper"]),
)
def test_the_list_without_tls_is_what_compiling_without_tls_makes(
    endpoints: list[Endpoint], protocol_detection: str, access_rules: str, activation: str
) -> None:
    options = dataclasses.replace(
        OPTIONS, protocol_detection=protocol_detection, access_rules=access_rules, activation=activation
    )
    artefact = squid.compile(endpoints, options)
    plain = squid.without_tls(artefact)
    assert plain == squid.compile(endpoints, dataclasses.replace(options, tls=False))
    assert (plain is artefact) is (plain.digest == artefact.digest)


@repeatable(100)
@given(lists, lists)
def test_a_helper_gets_the_same_entries_and_a_snippet_that_no_list_changes(
    endpoints: list[Endpoint], others: list[Endpoint]
) -> None:
    followed = dataclasses.replace(OPTIONS, activation="helper")
    plain, helped = squid.compile(endpoints, OPTIONS), squid.compile(endpoints, followed)
    own = {GROUPS, PROGRAM}
    assert {n: text for n, text in helped.content["files"].items() if n not in own} == plain.content["files"]
    assert squid.load(helped.content) == squid.load(plain.content)
    assert (helped.losses, helped.needs, helped.entries) == (plain.losses, plain.needs, plain.entries)
    assert helped.content["snippet"] == squid.compile(others, followed).content["snippet"]
    shown = [lines_of(a.content, stored_provenance(a.content, a.provenance)) for a in (plain, helped)]
    assert shown[0] == shown[1]


@repeatable(100)
@given(lists, st.from_regex(r"[a-z][a-z0-9_]{0,19}", fullmatch=True))
def test_whatever_the_list_is_called_it_is_read_back(endpoints: list[Endpoint], name: str) -> None:
    def read(options: squid.Options) -> squid.Rules:
        return squid.load(squid.compile(endpoints, options).content)

    assert read(squid.Options.from_dict({"name": name})) == read(OPTIONS)


def decided(endpoints: t.Sequence[dict[str, t.Any]], method: str, host: str, port: int, path: str | None) -> t.Any:
    compiled = squid.compile(map(Endpoint.from_dict, endpoints), OPTIONS)
    scheme = None if method == "CONNECT" else "http"
    return squid.decide(squid.load(compiled.content), Request(method, scheme, host, port, path))


def test_a_path_counts_on_every_port_it_was_given_for() -> None:
    endpoints = [{"host": "a.example", "path": "/x", "tcp_ports": [80, 8080]}]
    for port, expected in ((80, {"allow"}), (8080, {"allow"}), (8081, set())):
        assert decided(endpoints, "GET", "a.example", port, "/x") == expected


def test_treatments_of_overlapping_groups_are_united() -> None:
    endpoints = [
        {"host": "*.a.example"},
        {"host": "x.a.example", "tcp_ports": [443], "treatments": ["bypass_inspection"]},
        {"host": "*.x.a.example", "tcp_ports": ["400-500"], "treatments": ["bypass_authentication"]},
    ]
    assert decided(endpoints, "CONNECT", "x.a.example", 443, None) == {"allow", "bypass_inspection"}
    assert decided(endpoints, "CONNECT", "y.x.a.example", 443, None) == {"allow", "bypass_authentication"}
    assert decided(endpoints, "CONNECT", "y.x.a.example", 80, None) == {"allow"}
    assert decided(endpoints, "CONNECT", "y.x.a.example", 450, None) == {"allow", "bypass_authentication"}


def test_a_network_counts_for_addresses_of_either_family_as_a_client_writes_them() -> None:
    endpoints = [{"network": "2001:db8::/32"}, {"network": "192.0.2.0/24"}]
    for host, expected in (
        ("[2001:db8::1]", {"allow"}),
        ("[2001:db9::1]", set()),
        ("192.0.2.1", {"allow"}),
        ("192.0.3.1", set()),
        ("a.example", set()),
    ):
        assert decided(endpoints, "CONNECT", host, 443, None) == expected
