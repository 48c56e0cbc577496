# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""URL categories of Zscaler: what is written, and that it means what the list means but for what is declared."""

from __future__ import annotations

import contextlib
import random
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact, Loss
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import zia
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    Endpoint,
    EndpointError,
    Request,
    grants,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import matches, normalise_name, parse
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import for_names
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.simulators.zia.urls import fault_of
from tests.integration.conformance.questions import requests
from tests.unit.dialects.sample_endpoints import EVERY_KIND, lists

ONE = zia.Options.from_dict({"name": "test"})
ALL = zia.Options.from_dict(
    {"name": "test", "inspection_category": "b", "exempt_authentication": True, "widen_globs": True}
)
GOLDEN = Path(__file__).parent / "golden"


def compiled(*hosts: str | dict[str, t.Any], options: zia.Options = ALL) -> Artefact:
    fields = [host if isinstance(host, dict) else {"host": host} for host in hosts]
    return zia.compile([Endpoint.from_dict(one) for one in fields], options)


def told(artefact: Artefact, result: str) -> dict[str, str]:
    return {loss.prop or loss.subject: loss.detail for loss in artefact.losses if loss.result == result}


@pytest.mark.parametrize(("name", "options"), [("zia", ONE), ("zia-all", ALL)])
def test_what_is_written_is_as_it_was(name: str, options: zia.Options) -> None:
    artefact = zia.compile(EVERY_KIND, options)
    lines = [f"{key} {url}" for key, urls in artefact.content.items() for url in urls]
    lines += [
        f"{loss.result} {loss.prop or loss.subject} {loss.owner or '-'}: {loss.detail}" for loss in artefact.losses
    ]
    assert "\n".join(lines) + "\n" == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert zia.compile(list(reversed(EVERY_KIND)), options).digest == artefact.digest
    assert {key.partition(" ")[2] for key in artefact.provenance["entries"]} == {
        url for urls in artefact.content.values() for url in urls
    }


DENSE = st.lists(
    st.builds(
        lambda labels, treatments: Endpoint.from_dict(
            {"host": ".".join([*labels, "x.example"]), "tcp_ports": [80, 443], "treatments": treatments}
        ),
        st.sampled_from([[], ["*"], ["a"], ["a*"], ["*", "a"], ["b", "a"], ["*", "b", "a"], ["*"] * 2, ["a"] * 7]),
        st.sampled_from([[], [], ["bypass_inspection"], ["bypass_authentication"]]),
    ),
    min_size=2,
    max_size=6,
)
PROPERTIES = {"ports", "depth", "other_ports", "nested_wildcards"}


@settings(max_examples=200, deadline=None)
@given(st.one_of(lists, DENSE), st.integers(0, 2**30), st.sampled_from([ONE, ALL]))
def test_what_differs_from_the_list_is_declared(endpoints: list[Endpoint], seed: int, options: zia.Options) -> None:
    artefact = zia.compile(endpoints, options)
    rules = zia.load(artefact.content)
    meaning = for_names(endpoints).usable
    properties = {loss.prop for loss in artefact.losses if loss.prop}
    assert properties <= PROPERTIES | {"bypass_inspection", "bypass_authentication"}
    for request in requests(endpoints, random.Random(seed), 80):
        wanted, got = grants(meaning, request), zia.decide(rules, request)
        for treatment in wanted - got:
            assert _less(request, meaning, artefact.losses, treatment), (request, treatment)
        for treatment in got - wanted:
            assert _more(request, meaning, artefact.losses, treatment), (request, treatment)


def _less(request: Request, meaning: t.Sequence[Endpoint], losses: t.Sequence[Loss], treatment: str) -> bool:
    """A treatment that the list has and the service lacks: an endpoint was unsupported, or a property says so."""
    properties = {loss.prop for loss in losses if loss.prop and loss.result in ("narrowed", "unsupported")}
    if treatment in properties or (treatment == "bypass_inspection" and "nested_wildcards" in properties):
        return True
    lost = {loss.subject for loss in losses if loss.result in ("unsupported", "narrowed")}
    grounds = [e for e in meaning if treatment in grants([e], request)]
    deep = normalise_name(request.host).count(".")
    return all(
        e.subject in lost or ("depth" in properties and e.host and e.host.free and deep > e.host.tail.count(".") + 5)
        for e in grounds
    )


def _more(request: Request, meaning: t.Sequence[Endpoint], losses: t.Sequence[Loss], treatment: str) -> bool:
    """A treatment that the service gives and the list does not: on another port, or by an entry declared as wider."""
    name = normalise_name(request.host)
    wide = {loss.subject for loss in losses if loss.result == "widened" and not loss.prop}
    for endpoint in meaning:
        if treatment not in endpoint.treatments or endpoint.host is None:
            continue
        if matches(endpoint.host, name) and (endpoint.path is None or endpoint.subject in wide):
            return True  # the ports, or the path
        if endpoint.subject in wide and (name == endpoint.host.tail or matches(parse(f"*.{endpoint.host.tail}"), name)):
            return True
    return False


def test_a_name_stands_for_itself_and_a_wildcard_for_its_apex_too() -> None:
    artefact = compiled("b.example.com", "*.example.org", "example.net", "*.example.net")
    assert artefact.content["allow"] == ["b.example.com", ".example.net", ".example.org"]
    assert told(artefact, "widened") == {
        "*.example.org": "the entry .example.org also means example.org itself",
        "ports": "URL categories have no ports; the rules that name them say which are open",
    }
    assert "depth" in told(artefact, "narrowed")
    assert not told(compiled("b.example.com"), "narrowed")


def test_a_name_beyond_a_wildcards_reach_has_its_own_entry() -> None:
    artefact = compiled("*.example.com", "1.2.3.4.5.example.com", "1.2.3.4.5.6.example.com")
    assert artefact.content["allow"] == [".example.com", "1.2.3.4.5.6.example.com"]
    rules = zia.load(artefact.content)
    decided = {
        name: bool(zia.decide(rules, Request("CONNECT", None, name, 443)))
        for name in ("a.2.3.4.5.example.com", "a.2.3.4.5.6.example.com", "1.2.3.4.5.6.example.com", "example.com")
    }
    assert list(decided.values()) == [True, False, True, True]


def test_what_is_not_inspected_stands_in_its_own_category_alone() -> None:
    artefact = compiled(
        {"host": "*.example.com", "treatments": ["bypass_inspection"]},
        "a.example.com",
        "*.b.example.com",
        "example.com",
        "else.example.net",
    )
    # What the wildcard covers would be taken from it by an entry of the other category; its own apex is not covered.
    assert artefact.content["allow"] == ["example.com", "else.example.net"]
    assert artefact.content["bypass_inspection"] == [".example.com", ".b.example.com"]
    assert artefact.covered_by == {"a.example.com": "*.example.com"}


def test_a_wildcard_below_one_of_the_other_category_may_lose_its_treatment() -> None:
    bypass = {"host": "*.b.example.com", "treatments": ["bypass_inspection"]}
    artefact = compiled("*.example.com", bypass)
    assert "*.b.example.com" in told(artefact, "narrowed")["nested_wildcards"]
    asked = Request("CONNECT", None, "x.b.example.com", 443)
    assert zia.decide(zia.load(artefact.content), asked) == {"allow"}
    exact = compiled("*.example.com", {"host": "x.b.example.com", "treatments": ["bypass_inspection"]})
    assert "nested_wildcards" not in told(exact, "narrowed")
    assert zia.decide(zia.load(exact.content), asked) == {"allow", "bypass_inspection"}


@pytest.mark.parametrize(
    ("path", "urls"),
    [
        ("/a/b.txt", ["example.com/a/b.txt"]),
        ("/dist/*", ["example.com/dist/"]),
        ("/dist/", ["example.com/dist/"]),
        ("/dist/x*", ["example.com/dist/"]),
        ("/x*", ["example.com"]),
        ("/", ["example.com"]),
        ("/NCSI.txt", ["example.com"]),
        ("/a/NCSI.txt", ["example.com/a/"]),
        ("/a/b/Cd/e*", ["example.com/a/b/"]),
        ("/a/http://b", ["example.com/a/"]),
    ],
)
def test_a_path_is_a_string_or_a_directory(path: str, urls: list[str]) -> None:
    artefact = compiled({"host": "example.com", "path": path})
    assert artefact.content["allow"] == urls
    assert f"example.com{path}" in told(artefact, "widened")


def test_a_path_needs_no_entry_where_its_host_or_directory_has_one() -> None:
    artefact = compiled(
        {"host": "example.com", "path": "/a"},
        "example.com",
        {"host": "b.example.org", "path": "/c/d"},
        {"host": "b.example.org", "path": "/c/*"},
    )
    assert artefact.content["allow"] == ["example.com", "b.example.org/c/"]
    assert artefact.covered_by == {"example.com/a": "example.com", "b.example.org/c/d": "b.example.org/c/*"}


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("*.com", "a top-level domain alone"),
        ("www.safe_march.com", "no underscore in its last two labels"),
        ("www.safemarch.c_m", "no underscore in its last two labels"),
        ("*.safe_march.com", "no underscore in its last two labels"),
        ("_.safemarch.com", "a whole label"),
        ("-a.safemarch.com", "begin or end with a hyphen"),
        ("a-.safemarch.com", "begin or end with a hyphen"),
        ("*.-.safemarch.com", "begin or end with a hyphen"),
    ],
)
def test_an_entry_that_the_service_would_reject_is_left_out_and_told(host: str, said: str) -> None:
    artefact = compiled(host, "good.example")
    assert artefact.content["allow"] == ["good.example"]
    assert said in told(artefact, "unsupported")[host]


LABELS = st.text("aZ09-_", min_size=1, max_size=4)
ANYTHING = st.builds(
    lambda lead, labels, top, path, treatments: {
        "host": ".".join([*lead, *labels, top]).lower(),
        "path": path if path is None else f"/{path}",
        "treatments": treatments,
    },
    st.sampled_from([[], ["*"], ["*", "*"], ["a*"]]),
    st.lists(LABELS, max_size=7),
    st.sampled_from(["com", "a_b", "x-", "1a"]),
    st.none() | st.lists(st.sampled_from(["a", "B", "/", "://", "-_~!$&()+,=:@", ".b", "*"]), max_size=8).map("".join),
    st.sampled_from([[], ["bypass_inspection"], ["bypass_authentication"]]),
)


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.lists(ANYTHING, max_size=4))
def test_the_service_takes_every_entry_that_is_written(fields: list[dict[str, t.Any]]) -> None:
    """One that it does not take has the whole list rejected, by which check mode would be wrong."""
    endpoints = []
    for one in fields:
        with contextlib.suppress(EndpointError):
            endpoints.append(Endpoint.from_dict(one))
    for options in (ONE, ALL):
        for urls in zia.compile(endpoints, options).content.values():
            assert [(url, fault_of(url)) for url in urls if fault_of(url)] == []


@pytest.mark.parametrize("host", ["safe_march.com", "ww_w.safemarch.com", "www_.safemarch.com", "*.ww_w.safemarch.com"])
def test_an_underscore_stands_where_the_vendor_says_it_may(host: str) -> None:
    artefact = compiled(host)
    assert not told(artefact, "unsupported") and len(artefact.content["allow"]) == 1


def test_an_entry_of_more_than_1024_characters_is_left_out() -> None:
    path = "/" + "a" * 1015
    assert len(f"example.com{path}") == 1027
    assert (
        "1,027 characters" in told(compiled({"host": "example.com", "path": path}), "unsupported")[f"example.com{path}"]
    )


def test_a_star_inside_a_label_stops_unless_it_may_widen() -> None:
    narrow = compiled("*cdn.example.com", options=ONE)
    assert not narrow.content["allow"]
    assert "widen_globs lets *.example.com pass" in told(narrow, "unsupported")["*cdn.example.com"]
    wide = compiled("*cdn.example.com", "*cdn.azureedge.net")
    owners = {loss.subject: loss.owner for loss in wide.losses if loss.result == "widened" and loss.subject}
    assert owners == {"*cdn.example.com": "same_owner", "*cdn.azureedge.net": "other_owner"}


def test_a_treatment_without_its_option_is_told_once() -> None:
    lacking = {
        loss.prop: loss for loss in zia.compile(EVERY_KIND, ONE).losses if loss.result == "unsupported" and loss.prop
    }
    assert set(lacking) == {"bypass_inspection", "bypass_authentication"}
    assert "inspection_category is not set" in lacking["bypass_inspection"].detail
    assert "both.example, pinned.example" in lacking["bypass_inspection"].detail
    assert not {"bypass_inspection", "bypass_authentication"} & {
        loss.prop for loss in zia.compile(EVERY_KIND, ALL).losses
    }


def test_more_urls_than_a_tenant_has_are_refused() -> None:
    hosts = [f"n{number}.example.com" for number in range(11)]
    ten = zia.Options.from_dict({"name": "test", "max_urls": 10, "exempt_authentication": True})
    assert compiled(*hosts[:10], options=ten).entries == 10
    with pytest.raises(zia.OptionError, match=r"11 custom URLs, and the tenant takes 10 \(max_urls\)"):
        compiled(*hosts, options=ten)
    exempted = [{"host": host, "treatments": ["bypass_authentication"]} for host in hosts[:10]]
    assert compiled(*exempted, options=ten).entries == 20  # each URL counts once for the tenant


@pytest.mark.parametrize(
    ("given", "said"), [({"name": "a b"}, "name: 'a b'"), ({"name": "x", "max_urls": 0}, "max_urls: 0")]
)
def test_an_option_that_does_not_fit_is_refused(given: dict[str, t.Any], said: str) -> None:
    with pytest.raises(zia.OptionError) as raised:
        zia.Options.from_dict(given)
    assert said in str(raised.value)


def test_ten_thousand_endpoints_are_compiled_in_the_time_of_a_request() -> None:
    import time

    hosts = [f"n{number}.d{number % 500}.example.com" for number in range(9500)]
    wild = [{"host": f"*.d{number}.example.com", "treatments": ["bypass_inspection"]} for number in range(0, 500, 2)]
    start = time.process_time()
    artefact = compiled(*hosts, *wild)
    assert time.process_time() - start < 20  # comparing each with each takes minutes
    assert len(artefact.content["bypass_inspection"]) == 250 and len(artefact.content["allow"]) == 4750
