# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PAN-OS: what is written is safe, and means what the list means but for what is declared."""

from __future__ import annotations

import dataclasses
import json
import random
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.content import (
    checked_content,
    entries_of,
    frame_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._provenance import lines_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed, panos, panos_urls
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import covers, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.conformance.questions import requests
from tests.unit.dialects.sample_endpoints import EVERY_KIND, hosts, lists

PLAIN = panos.Options.from_dict({"name": "sample"})
MANAGED = panos.Options.from_dict({"name": "sample", "access_rules": "managed", "clients": ["192.0.2.0/24"]})
GOLDEN = Path(__file__).parent / "golden"
repeatable = settings(max_examples=150, derandomize=True, database=None, deadline=None)


def written(options: panos.Options) -> str:
    artefact = panos.compile(EVERY_KIND, options)
    told = {
        "content": artefact.content,
        "frame": frame_of(artefact.content).splitlines(),
        "lines": [list(line) for line in lines_of(entries_of(artefact.content, "sample"), artefact.provenance)],
        "losses": [loss.to_dict() for loss in artefact.losses],
        "covered_by": artefact.covered_by,
    }
    return json.dumps(told, indent=1) + "\n"


@pytest.mark.parametrize(("name", "options"), [("panos", PLAIN), ("panos-rules", MANAGED)])
def test_what_is_written_is_as_it_was(name: str, options: panos.Options) -> None:
    golden = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    assert written(options) == golden
    artefact = panos.compile(EVERY_KIND, options)
    assert panos.compile(list(reversed(EVERY_KIND)), options).digest == artefact.digest
    assert checked_content(json.loads(json.dumps(artefact.content)), options.category) == artefact.content


def test_what_the_dialect_decides_is_what_the_list_means_but_for_declared_losses() -> None:
    asked = {"allowed": 0, "denied": 0, "widened": 0, "narrowed": 0}

    @repeatable
    @given(lists, st.sampled_from([PLAIN, MANAGED]), st.integers(0, 2**32))
    def agree(endpoints: list[Endpoint], options: panos.Options, seed: int) -> None:
        artefact = panos.compile(endpoints, options)
        rules = panos.load(artefact.content, options)
        lost = {loss.subject for loss in artefact.losses if loss.result in ("narrowed", "unsupported")}
        least = [e for e in endpoints if e.subject not in lost]
        most = [widest(e, artefact.losses) for e in endpoints if e.host is not None]
        for request in requests(endpoints, random.Random(seed), 150):
            decided, meant = panos.decide(rules, request), grants(endpoints, request)
            assert grants(least, request) <= decided <= grants(most, request), request
            kind = "widened" if decided > meant else "narrowed" if decided < meant else "allowed"
            asked[kind if decided or meant else "denied"] += 1
        told = any(loss.prop == panos_urls.STAR_IN_PATHS for loss in artefact.losses)
        for request in map(in_the_path_of_another, endpoints):
            assert told or panos.decide(rules, request) <= grants(most, request), request

    agree()
    assert min(asked.values()) > 20, asked


def in_the_path_of_another(endpoint: Endpoint) -> Request:
    """A request to a stranger whose path has a name that the endpoint may cover."""
    host = endpoint.host.text if endpoint.host is not None else "x.example"
    return Request("GET", "http", "evil.test", 80, f"/{host.replace('*', 'x')}/")


def widest(endpoint: Endpoint, losses: t.Iterable[t.Any]) -> Endpoint:
    """The endpoint with everything that the losses say of it: any port, any path, and what it is written as."""
    changes: dict[str, t.Any] = {"path": None, "tcp_ports": ((1, 65535),)}
    for loss in losses:
        named = endpoint.host is not None and loss.subject == endpoint.host.text
        if named and loss.detail.startswith("written as "):
            changes["host"] = parse(loss.detail.removeprefix("written as "))
    return dataclasses.replace(endpoint, **changes)


@repeatable
@given(lists, st.sampled_from([PLAIN, MANAGED]))
def test_every_entry_closes_its_host_and_is_of_the_form_that_the_device_half_takes(
    endpoints: list[Endpoint], options: panos.Options
) -> None:
    content = panos.compile(endpoints, options).content
    checked_content(content, options.category)
    for entries in content["categories"].values():
        assert len(set(entries)) == len(entries)
        for entry in entries:
            labels = entry.removesuffix("/").split(".")
            assert entry.endswith("/") and entry.count("/") == 1
            assert all(label == "^" or "^" not in label for label in labels)
            assert "*" not in "".join(labels[1:]) and labels[0].strip("*") in ("", labels[0])


@repeatable
@given(hosts)
def test_an_entry_never_means_less_than_its_pattern_and_is_that_of_the_feed(host: str) -> None:
    pattern = parse(host)
    entry = panos_urls.entry_of(pattern)
    assert entry is not None and covers(panos_urls.meaning_of(entry), pattern)
    options = feed.Options.from_dict({"name": "sample", "feed_format": "panos_url"})
    assert feed.compile([Endpoint.from_dict({"host": host})], options).content["body"] == f"{entry}\n"


@pytest.mark.parametrize(
    ("path", "granted"),
    [
        ("/x.a.example/", True),
        ("/x.a.example", True),
        ("/X.A.Example/y", True),
        ("/to;u=x.a.example/y", True),
        ("/x.b.q.c.example/", True),
        ("/x.b.q.r.c.example/", False),
        ("/a.example/", False),
        ("/xa.example/", False),
        ("/x.a.example.evil.test/", False),
        ("/www.d.example/", False),
        (None, False),
    ],
)
def test_a_star_may_match_in_the_path_of_another_site_since_no_page_says_otherwise(
    path: str | None, granted: bool
) -> None:
    listed = [end("*.a.example"), end("*.b.*.c.example"), end("www.d.example")]
    request = Request("GET", "http", "evil.test", 80, path)
    for options in (PLAIN, MANAGED):
        rules = panos.load(panos.compile(listed, options).content, options)
        assert panos.decide(rules, request) == ({"allow"} if granted else frozenset())
    feeds = feed.Options.from_dict({"name": "sample", "feed_format": "panos_url"})
    read = feed.load(feed.compile(listed, feeds).content, feeds)
    assert feed.decide(read, request) == ({"allow"} if granted else frozenset())


def test_that_a_star_may_match_in_paths_is_told_once_and_only_where_there_is_one() -> None:
    feeds = {name: feed.Options.from_dict({"name": "sample", "feed_format": name}) for name in feed.FORMATS}
    stars, none = [end("*.a.example"), end("pay*.b.example")], [end("a.example"), end("b.*.a.example")]

    def told(losses: t.Iterable[t.Any]) -> list[tuple[str, bool]]:
        return [(loss.result, loss.stops) for loss in losses if loss.prop == "star_in_paths"]

    for options in (PLAIN, MANAGED):
        assert told(panos.compile(stars, options).losses) == [("widened", True)]
        assert told(panos.compile(none, options).losses) == []
    assert told(feed.compile(stars, feeds["panos_url"]).losses) == [("widened", True)]
    assert told(feed.compile(none, feeds["panos_url"]).losses) == []
    assert told(feed.compile(stars, feeds["fortigate_domain"]).losses) == []


def test_ten_carets_together_are_not_written() -> None:
    host = ".".join(["a", *"*" * 10, "example"])
    losses = panos.compile(map(end, [host, "b.example"]), PLAIN).losses
    assert "unsupported" in [loss.result for loss in losses if loss.subject == host]
    assert panos_urls.entry_of(parse(".".join(["a", *"*" * 9, "example"]))) == f"a{'.^' * 9}.example/"
    assert panos_urls.entry_of(parse(host)) is None


def end(host: str, **fields: t.Any) -> Endpoint:
    return Endpoint.from_dict({"host": host, **fields})


def test_each_treatment_has_a_category_and_each_category_its_rule() -> None:
    endpoints = [end("a.example"), end("b.example", treatments=["bypass_inspection"])]
    content = panos.compile(endpoints, MANAGED).content
    assert content["categories"] == {"sample": ["a.example/", "b.example/"], "sample-no-decrypt": ["b.example/"]}
    assert {base: list(rules) for base, rules in content["rules"].items()} == {
        "security": ["sample"],
        "decryption": ["sample-no-decrypt"],
    }
    assert content["rules"]["security"]["sample"]["category"] == ["sample", "sample-no-decrypt"]
    assert panos.decide(panos.load(content, MANAGED), Request("CONNECT", None, "b.example", 443)) == {
        "allow",
        "bypass_inspection",
    }


@pytest.mark.parametrize(
    ("services", "port", "expected"),
    [
        (None, 25, "unsupported"),
        (None, "440-450", "narrowed"),
        (None, 8080, None),
        (["any"], 25, None),
        (["service-https"], 80, "unsupported"),
    ],
)
def test_a_port_that_the_rule_does_not_open_is_lost(services: t.Any, port: t.Any, expected: str | None) -> None:
    options = panos.Options.from_dict({"name": "sample", "access_rules": "managed", "rule_services": services})
    artefact = panos.compile([end("a.example", tcp_ports=[port]), end("z.example")], options)
    found = [loss.result for loss in artefact.losses if loss.subject == "a.example"]
    assert found == ([expected] if expected else [])
    assert ("a.example/" in artefact.content["categories"]["sample"]) == (expected != "unsupported")


def test_services_that_nobody_here_knows_stop_the_run_until_they_are_accepted() -> None:
    options = panos.Options.from_dict({"name": "sample", "access_rules": "managed", "rule_services": ["web"]})
    losses = [loss for loss in panos.compile([end("a.example")], options).losses if loss.stops]
    assert [(loss.prop, loss.result) for loss in losses] == [("rule_services", "narrowed")]


def test_a_network_and_udp_are_told_and_not_written() -> None:
    endpoints = [Endpoint.from_dict({"network": "192.0.2.0/24"}), end("a.example", udp_ports=[443]), end("b.example")]
    artefact = panos.compile(endpoints, PLAIN)
    told = {loss.subject: loss.result for loss in artefact.losses if loss.subject}
    assert told == {"192.0.2.0/24": "unsupported", "a.example": "out_of_scope"}
    assert artefact.content["categories"] == {"sample": ["b.example/"]}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "A"}, "name: 'A' is no list name"),
        ({"category": "x'y"}, "is no name of PAN-OS"),
        ({"category": "x]y"}, "is no name of PAN-OS"),
        ({"category": "c" * 21}, "has 21 characters; at most 20 fit"),
        ({"access_rules": "some"}, "access_rules: 'some' is none of none, managed"),
        ({"clients": []}, "clients: the list is empty"),
        ({"clients": ["x"]}, "clients: 'x' is no network"),
        ({"from_zones": ["<x>"]}, "from_zones: '<x>' is no name of PAN-OS"),
        ({"rule_services": ["a\nb"]}, "is no name of PAN-OS"),
        ({"max_entries": 0}, "max_entries: 0 is no number of entries"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(given: dict[str, t.Any], message: str) -> None:
    with pytest.raises(panos.OptionError) as raised:
        panos.Options.from_dict({"name": "sample", **given})
    assert message in str(raised.value)


def test_a_list_over_the_limit_of_the_firewall_is_refused() -> None:
    options = panos.Options.from_dict({"name": "sample", "max_entries": 2})
    with pytest.raises(panos.OptionError, match="the category sample has 3 entries, and the firewall takes 2"):
        panos.compile([end(f"{name}.example") for name in "abc"], options)
