# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application-site: what is written, that it means what the list means but for declared losses, and the traps."""

from __future__ import annotations

import dataclasses
import random
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.site import canonical, content_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import checkpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import for_names
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.conformance.questions import requests
from tests.unit.dialects.sample_endpoints import EVERY_KIND, lists

OPTIONS = checkpoint.Options("test")
GOLDEN = Path(__file__).parent / "golden" / "checkpoint.txt"
seeds = st.integers(0, 2**32)


def compiled(*endpoints: t.Any) -> t.Any:
    made = [Endpoint.from_dict(e if isinstance(e, dict) else {"host": e}) for e in endpoints]
    return checkpoint.compile(made, OPTIONS)


def allows(artefact: t.Any, url: str) -> bool:
    """Whether some entry fits a URL as it is, with the ends that the vendor says are implicit."""
    return any(re.search(f".*(?:{entry}).*", url, re.S) for entry in artefact.content["url-list"])


def test_what_is_written_is_as_it_was() -> None:
    artefact = checkpoint.compile(EVERY_KIND, OPTIONS)
    assert "".join(f"{entry}\n" for entry in artefact.content["url-list"]) == GOLDEN.read_text(encoding="utf-8")
    assert artefact.content["urls-defined-as-regular-expression"] is True
    assert artefact.entries == len(artefact.content["url-list"]) == len(artefact.provenance["entries"])
    again = checkpoint.compile([*reversed(EVERY_KIND), *EVERY_KIND[:4]], OPTIONS)
    assert (again.digest, again.losses, again.provenance) == (artefact.digest, artefact.losses, artefact.provenance)


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(lists)
def test_only_the_metacharacters_that_the_vendor_lists_are_written(endpoints: list[Endpoint]) -> None:
    for entry in checkpoint.compile(endpoints, OPTIONS).content["url-list"]:
        without_escapes = re.sub(r"\\[.$()+*?\[\]{}|^\\/]", "", entry)
        assert re.fullmatch(r"\^(\[a-z0-9_-\]|\[0-9\]|\{\d,\d?\}|[a-z0-9_():|?*+-]|\$)*", without_escapes), entry
        assert entry.startswith("^") and "(?" not in entry and entry.isascii()


def test_what_is_decided_is_what_the_list_means_but_for_declared_losses() -> None:
    asked = {"allowed": 0, "denied": 0, "ports": 0, "path": 0}

    @settings(max_examples=150, derandomize=True, database=None, deadline=None)
    @given(lists, seeds)
    def agree(endpoints: list[Endpoint], seed: int) -> None:
        artefact = checkpoint.compile(endpoints, OPTIONS)
        rules = checkpoint.load(artefact.content)
        told = {(loss.prop or loss.subject, loss.result) for loss in artefact.losses}
        named = [e for e in for_names(endpoints).usable if e.host is not None]
        assert all((e.subject, "unsupported") in told for e in endpoints if e.network is not None)
        on_any_port = [dataclasses.replace(e, tcp_ports=((1, 65535),)) for e in named]
        widest = [dataclasses.replace(e, path=None) if (e.subject, "widened") in told else e for e in on_any_port]
        for request in requests(endpoints, random.Random(seed), 120):
            decided = "allow" in checkpoint.decide(rules, request)
            meant = "allow" in grants(named, request)
            assert meant <= decided <= ("allow" in grants(widest, request)), request
            if decided and not meant:
                by_port = "allow" in grants(on_any_port, request)
                assert not by_port or ("ports", "widened") in told
                asked["ports" if by_port else "path"] += 1
            else:
                asked["allowed" if decided else "denied"] += 1

    agree()
    assert sum(asked.values()) >= 10_000
    assert min(asked.values()) > 20


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(lists, seeds)
def test_in_whatever_form_a_gateway_sees_a_url_the_answer_is_the_same(endpoints: list[Endpoint], seed: int) -> None:
    entries = checkpoint.compile([e for e in endpoints if e.path is None], OPTIONS)
    for request in requests(endpoints, random.Random(seed), 40):
        assert len({allows(entries, url.lower()) for url in checkpoint.seen_as(request)}) == 1, request


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example.evil.test/",
        "https://a.example.evil.test/",
        "http://evil.test/a.example/",
        "http://evil.test/https://a.example/",
        "http://evil.test/?u=http://a.example/",
        "http://evil-a.example/",
        "http://xa.example/",
        "http://a.example@evil.test/",
        "http://a.example:443@evil.test/",
        "http://a.example:80.evil.test/",
        "http://axexample/",
        "http://a.examples/",
        "ftp://a.example/",
        "a.example.evil.test",
        "evil.test/a.example/",
        "evil.test\na.example/",
    ],
)
def test_the_traps_of_the_vendors_own_examples_are_none_here(url: str) -> None:
    artefact = compiled("a.example", "*.a.example")
    assert not allows(artefact, url)
    for good in (
        "http://a.example/",
        "https://a.example",
        "a.example",
        "https://x.y.a.example:8443/p?q",
        "a.example./",
    ):
        assert allows(artefact, good), good


def test_ports_beyond_web_browsing_stop_the_run_once_and_are_named() -> None:
    artefact = compiled({"host": "a.example", "tcp_ports": ["79-81", 5671]}, {"host": "b.example", "tcp_ports": [8080]})
    (loss,) = [loss for loss in artefact.losses if loss.stops]
    assert (loss.prop, loss.result) == ("other_services", "narrowed")
    assert loss.detail.startswith("tcp/79,81,5671: ")
    assert not [loss for loss in compiled("a.example").losses if loss.stops]


def test_networks_and_udp_are_told_and_what_only_they_have_makes_no_entry() -> None:
    artefact = compiled({"network": "192.0.2.0/24"}, {"host": "turn.example", "udp_ports": [3478]})
    assert [(loss.subject, loss.result) for loss in artefact.losses] == [
        ("192.0.2.0/24", "unsupported"),
        ("turn.example", "out_of_scope"),
    ]
    assert artefact.entries == 0


def test_what_has_udp_alone_stops_no_run_whatever_it_is() -> None:
    artefact = compiled(
        {"network": "192.0.2.0/24", "udp_ports": [3478]},
        {"network": "198.51.100.0/24", "udp_ports": [3478], "tcp_ports": [443]},
        {"host": "turn.example", "udp_ports": [3478]},
    )
    assert [(loss.subject, loss.result) for loss in artefact.losses] == [
        ("192.0.2.0/24", "out_of_scope"),
        ("198.51.100.0/24", "out_of_scope"),
        ("198.51.100.0/24", "unsupported"),
        ("turn.example", "out_of_scope"),
    ]
    assert [loss.subject for loss in artefact.losses if loss.stops] == ["198.51.100.0/24"]


def test_the_order_that_a_server_keeps_is_no_other_list() -> None:
    urls = list(checkpoint.compile(EVERY_KIND, OPTIONS).content["url-list"])
    shuffled = urls[:]
    random.Random(1).shuffle(shuffled)
    assert shuffled != urls
    assert content_of(shuffled + shuffled[:2]) == content_of(urls)


@given(st.lists(st.text(max_size=12)))
def test_any_text_has_its_place(urls: list[str]) -> None:
    assert sorted(canonical(urls)) == sorted(set(urls))
    assert canonical(reversed(urls)) == canonical(urls)


def test_text_that_is_no_regular_expression_is_not_read_as_one() -> None:
    rules = checkpoint.load(content_of(["a.example"], regular=False))
    assert not checkpoint.decide(rules, Request("CONNECT", None, "a.example", 443))


def test_the_name_of_a_list_is_checked() -> None:
    with pytest.raises(checkpoint.OptionError, match="name: 'a b' is no list name"):
        checkpoint.Options.from_dict({"name": "a b"})
