# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy auto-configuration file: what is written, and that it decides what the list means."""

from __future__ import annotations

import random
import typing as t
from pathlib import Path

import pacparser
import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import pac
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import for_names
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.conformance.questions import requests
from tests.unit.dialects.sample_endpoints import EVERY_KIND, lists

OPTIONS = pac.Options.from_dict({"name": "test", "proxies": ["proxy.example:3128", "https://proxy2.example:3129"]})
THREE = pac.Options.from_dict(
    {
        "name": "test",
        "proxies": ["proxy.example:3128"],
        "listed": ["proxy2.example:3128"],
        "bypass_inspection": ["DIRECT"],
        "bypass_authentication": ["socks5://[2001:db8::1]:1080"],
    }
)
GOLDEN = Path(__file__).parent / "golden"


def url_of(request: Request) -> str:
    host = request.host
    if request.method == "CONNECT":
        return f"https://{host}:{request.port}/"
    return f"http://{host}:{request.port}{request.path}" if request.port != 80 else f"http://{host}{request.path}"


@pytest.fixture(scope="module")
def engine() -> t.Iterator[t.Callable[[str, t.Sequence[Request]], list[str]]]:
    def ask(body: str, asked: t.Sequence[Request]) -> list[str]:
        pacparser.init()
        try:
            pacparser.parse_pac_string(body)
            return [str(pacparser.find_proxy(url_of(r), r.host.strip("[]"))) for r in asked]
        finally:
            pacparser.cleanup()

    yield ask


@pytest.mark.parametrize(("name", "options"), [("pac", OPTIONS), ("pac-targets", THREE)])
def test_what_is_written_is_as_it_was(name: str, options: pac.Options) -> None:
    artefact = pac.compile(EVERY_KIND, options)
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert artefact.content["body"] == golden
    assert pac.compile(list(reversed(EVERY_KIND)), options).digest == artefact.digest


def test_targets_are_chosen_by_treatment(engine: t.Any) -> None:
    body = pac.compile(EVERY_KIND, THREE).content["body"]
    asked = [
        Request("CONNECT", None, host, port)
        for host, port in (
            ("pinned.example", 443),
            ("both.example", 443),
            ("login.example", 8005),
            ("exact.example", 443),
            ("else.example", 443),
        )
    ]
    direct, listed, others = "DIRECT", "PROXY proxy2.example:3128", "PROXY proxy.example:3128"
    assert engine(body, asked) == [direct, direct, "SOCKS5 [2001:db8::1]:1080", listed, others]


@settings(max_examples=150, deadline=None)
@given(lists, st.integers(0, 2**30))
def test_a_real_engine_the_reference_and_the_list_agree(engine: t.Any, endpoints: list[Endpoint], seed: int) -> None:
    artefact = pac.compile(endpoints, OPTIONS)
    rules = pac.load(artefact.content)
    meaning = for_names(endpoints).usable
    asked = [r for r in requests(endpoints, random.Random(seed), 60) if r.path is None or r.path.startswith("/")]
    for request, answer in zip(asked, engine(artefact.content["body"], asked), strict=True):
        decided = "allow" in pac.decide(rules, request)
        assert (answer == "DIRECT") == decided, request
        assert decided == ("allow" in grants(meaning, request)), request


def test_names_that_every_object_of_the_language_has_are_not_listed(engine: t.Any) -> None:
    body = pac.compile([Endpoint.from_dict({"host": "a.example"})], OPTIONS).content["body"]
    hosts = ["constructor", "toString", "__proto__", "hasOwnProperty", "x.constructor"]
    assert set(engine(body, [Request("CONNECT", None, host, 443) for host in hosts])) == {OPTIONS.others}


def test_a_script_that_browsers_would_drop_is_refused() -> None:
    many = [Endpoint.from_dict({"host": f"name-{number}.of-a-long-domain.example"}) for number in range(25000)]
    with pytest.raises(pac.OptionError, match="browsers drop one of more than 1 MiB"):
        pac.compile(many, OPTIONS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "proxies: the list is empty"),
        ({"proxies": "proxy:3128"}, "proxies: give a list"),
        ({"proxies": ["proxy"]}, "proxies: 'proxy' is no proxy"),
        ({"proxies": ["proxy:0"]}, "is no proxy"),
        ({"proxies": ["proxy:65536"]}, "is no proxy"),
        ({"proxies": ["ftp://proxy:1"]}, "is no proxy"),
        ({"proxies": ['a:1"; return "DIRECT']}, "is no proxy"),
        ({"proxies": ["a:1\n"]}, "is no proxy"),
        ({"proxies": ["a:1"], "listed": ["x"]}, "listed: 'x' is no proxy"),
        ({"proxies": ["a:1"], "bypass_inspection": ["x"]}, "bypass_inspection: 'x' is no proxy"),
        ({"proxies": ["a:1"], "name": "a b"}, "name: 'a b' is no list name"),
    ],
)
def test_an_option_that_would_not_be_what_it_claims_is_refused(given: dict[str, t.Any], message: str) -> None:
    with pytest.raises(pac.OptionError) as raised:
        pac.Options.from_dict({"name": "test", **given})
    assert message in str(raised.value)


def test_a_treatment_that_a_proxy_may_not_give_is_told_once() -> None:
    through = pac.Options.from_dict({"name": "test", "proxies": ["a:1"], "listed": ["b:1"]})
    losses = [loss for loss in pac.compile(EVERY_KIND, through).losses if loss.prop]
    assert [(loss.prop, loss.result, loss.stops) for loss in losses] == [
        ("bypass_authentication", "unsupported", True),
        ("bypass_inspection", "unsupported", True),
    ]
    assert not [loss for loss in pac.compile(EVERY_KIND, OPTIONS).losses if loss.prop]


def test_a_name_and_what_lies_below_it_are_lines_of_their_own() -> None:
    endpoints = [Endpoint.from_dict({"host": host, "service": host}) for host in ("b.example", "*.b.example")]
    told = pac.compile(endpoints, OPTIONS).provenance["entries"]
    assert sorted(service for service, _shown in told.values()) == ["*.b.example", "b.example"]
