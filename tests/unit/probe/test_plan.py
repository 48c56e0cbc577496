# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From endpoints to probes."""

from __future__ import annotations

import dataclasses
import time
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import parse_acceptances
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import matches, parse
from ansible_collections.managed_desktop.network.plugins.plugin_utils._probe_names import Names, known_names, made_up
from ansible_collections.managed_desktop.network.plugins.plugin_utils._probes import (
    Options,
    PlanError,
    look_alikes,
    plan,
)


def endpoints(*items: t.Any) -> list[Endpoint]:
    return [Endpoint.from_dict({"host": item} if isinstance(item, str) else item) for item in items]


def wanted(*items: t.Any, **options: t.Any) -> list[Probe]:
    return [probe for probe in plan(endpoints(*items), Options(**options)).probes if probe.expect == "allowed"]


def test_assumed_ports_are_alternatives_and_given_ports_are_not() -> None:
    assumed = wanted("a.example")
    assert [(p.port, p.scheme, p.any_of, p.group) for p in assumed] == [
        (80, "http", True, "a.example/"),
        (443, "https", True, "a.example/"),
    ]
    given = wanted({"host": "a.example", "tcp_ports": [80, 443, "5000-5010"]})
    assert [(p.port, p.scheme, p.any_of) for p in given] == [
        (80, "http", False),
        (443, "https", False),
        (5000, "tcp", False),
    ]


def test_a_named_port_makes_the_assumed_ones_idle() -> None:
    probes = wanted("a.example", {"host": "a.example", "tcp_ports": [443]})
    assert [(p.port, p.any_of, p.group) for p in probes] == [(443, False, None)]


def test_what_several_endpoints_need_is_asked_once_for_all_of_them() -> None:
    probes = wanted(
        {"host": "a.example", "service": "B", "tcp_ports": [443]},
        {"host": "*.example", "service": "A", "tcp_ports": [443], "treatments": ["bypass_inspection"]},
    )
    assert [(p.host, p.services, p.pattern, p.treatments) for p in probes] == [
        ("a.example", ("A", "B"), "a.example, *.example", ("allow", "bypass_inspection"))
    ]


def test_a_path_is_asked_for_on_plain_http() -> None:
    probes = wanted({"host": "*.msftncsi.com", "path": "/ncsi.txt"}, {"host": "a.example", "path": "/x/*"})
    assert [(p.host, p.scheme, p.port, p.path) for p in probes] == [
        ("www.msftncsi.com", "http", 80, "/ncsi.txt"),
        ("a.example", "http", 80, "/x/"),
    ]


def test_networks_and_udp_are_said_not_to_be_probed() -> None:
    planned = plan(endpoints({"network": "192.0.2.0/24"}, {"host": "u.example", "udp_ports": [3478]}))
    assert [item["endpoint"] for item in planned.unprobed] == ["192.0.2.0/24", "u.example"]
    assert {probe.expect for probe in planned.probes} == {"denied"}


def test_udp_beside_tcp_is_said_not_to_be_probed() -> None:
    planned = plan(endpoints({"host": "u.example", "tcp_ports": [443], "udp_ports": ["3478-3481"]}))
    assert [item["endpoint"] for item in planned.unprobed] == ["u.example udp/3478-3481"]
    assert [probe.port for probe in planned.probes if probe.host == "u.example"] == [443]


def accepting(*items: dict[str, t.Any]) -> Options:
    return Options(accepted=tuple(parse_acceptances([{**item, "reason": "CHG-1"} for item in items])))


@pytest.mark.parametrize(
    "blocked, asked, said",
    [
        ([25, 587], [443], "tcp/25,587"),
        ([25], [443, 587], "tcp/25"),
        (["1-100"], [443, 587], "tcp/25"),
        (["1-65535"], [], "tcp/25,443,587"),
        ([8443], [25, 443, 587], None),
    ],
)
def test_ports_that_are_accepted_as_blocked_are_not_asked_for(
    blocked: list[int | str], asked: list[int], said: str | None
) -> None:
    listed = endpoints({"host": "mail.example", "tcp_ports": [25, 443, 587]})
    planned = plan(listed, accepting({"property": "site_ports", "ports": blocked}))
    assert [probe.port for probe in planned.probes if probe.expect == "allowed"] == asked
    reason = "accepted as blocked by the site: CHG-1"
    assert planned.unprobed == ([{"endpoint": f"mail.example {said}", "reason": reason}] if said else [])


def test_of_a_range_the_lowest_port_that_is_not_blocked_is_asked_for() -> None:
    listed = endpoints({"host": "a.example", "tcp_ports": ["20-30"]})
    blocked = accepting({"property": "site_ports", "ports": ["1-21", "22-24", 26]})
    assert [probe.port for probe in plan(listed, blocked).probes if probe.expect == "allowed"] == [25]


def test_of_assumed_ports_the_one_that_is_not_blocked_must_work() -> None:
    planned = plan(endpoints("a.example"), accepting({"property": "site_ports", "ports": [80]}))
    assert [(p.port, p.any_of) for p in planned.probes if p.expect == "allowed"] == [(443, False)]


@pytest.mark.parametrize("result, asked", [("unsupported", False), ("narrowed", False), ("broad", True)])
def test_what_is_accepted_as_not_working_is_not_asked_for_nor_is_a_wildcard_through_it(
    result: str, asked: bool
) -> None:
    planned = plan(endpoints("b.a.example", "*.a.example"), accepting({"host": "b.a.example", "result": result}))
    hosts = {probe.host for probe in planned.probes if probe.expect == "allowed"}
    assert hosts == ({"b.a.example"} if asked else {"allowlist-probe.a.example"})
    told = [] if asked else [{"endpoint": "b.a.example", "reason": f"accepted as {result}: CHG-1"}]
    assert planned.unprobed == told


def test_what_is_accepted_as_not_working_is_still_no_name_that_must_be_refused() -> None:
    options = accepting({"host": "a.example", "result": "unsupported"})
    with pytest.raises(PlanError, match="is on the list"):
        plan(endpoints("a.example"), dataclasses.replace(options, denied_names=("a.example",)))


@pytest.mark.parametrize(
    "listed, pattern, name, invented",
    [
        (["b.a.example", "a.example"], "*.a.example", "b.a.example", False),
        (["long-name.a.example", "b.a.example"], "*.a.example", "b.a.example", False),
        (["x.b.a.example", "longer.a.example", "*.b.a.example"], "*.a.example", "longer.a.example", False),
        ([], "*.office.com", "www.office.com", False),
        ([], "*.a.example", "allowlist-probe.a.example", True),
        ([], "*.*.a.example", "allowlist-probe.allowlist-probe.a.example", True),
        ([], "*cdn.a.example", "probecdn.a.example", True),
        ([], "b.*.a.example", "b.allowlist-probe.a.example", True),
        (["my-cdn.a.example"], "*cdn.a.example", "my-cdn.a.example", False),
        (["c.d.a.example", "d.a.example"], "*.*.a.example", "c.d.a.example", False),
    ],
)
def test_a_wildcard_is_probed_through_a_listed_a_known_or_a_made_up_name(
    listed: list[str], pattern: str, name: str, invented: bool
) -> None:
    parsed = parse(pattern)
    chosen = Names([*map(parse, listed), parsed]).choose(parsed)
    assert chosen == (name, invented)
    assert matches(parsed, chosen.name)


@pytest.mark.parametrize("label", ["*", "*" * 3, "a" * 59 + "*", "a" * 63 + "*", "*a*b*"])
def test_a_made_up_name_always_fits_its_pattern(label: str) -> None:
    for tail in ("a.example", ".".join(["b" * 60] * 3 + ["b" * 55])):
        try:
            pattern = parse(f"{label}.{tail}")
        except ValueError:
            continue  # this text is no pattern at all
        assert matches(pattern, made_up(pattern))


def test_every_known_name_is_a_plain_name() -> None:
    assert all(parse(name).kind == "literal" for name in known_names())
    assert len(set(known_names())) == len(known_names())


def test_two_names_of_iana_are_always_denied_and_known_to_be_open() -> None:
    denied = [p for p in plan(endpoints("a.example")).probes if p.expect == "denied"]
    assert [(p.host, p.port, p.scheme, p.kind, p.known_open) for p in denied] == [
        (host, port, scheme, "denied", True)
        for host in ("example.com", "example.net")
        for port, scheme in ((80, "http"), (443, "https"))
    ]


def test_own_denied_names_are_asked_for_but_are_not_known_to_be_open() -> None:
    denied = [p for p in plan([], Options(denied_names=("Bad.Example.",))).probes if p.host == "bad.example"]
    assert [p.known_open for p in denied] == [False, False]


@pytest.mark.parametrize(
    "name, said",
    [
        ("b.a.example", "is on the list, by *.a.example"),
        ("*.b.example", "wildcard"),
        ("a b", "no host pattern"),
        ("192.0.2.1", "denied_names[0]"),
    ],
)
def test_a_denied_name_that_is_listed_or_is_none_is_refused(name: str, said: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan(endpoints("*.a.example"), Options(denied_names=(name,)))
    assert said in str(refused.value)


def test_look_alikes_belong_to_strangers_and_only_the_lab_asks_for_them() -> None:
    listed = endpoints("*.a.example", "b.example", "evilb.example")
    assert {p.host for p in plan(listed).probes if p.expect == "denied"} == {"example.com", "example.net"}
    in_lab = {p.host for p in plan(listed, Options(lab=True)).probes if p.expect == "denied"}
    assert {"evila.example", "a.example.evil.test", "a.example", "b.example.evil.test"} < in_lab
    assert "evilb.example" not in in_lab


def test_look_alikes_are_few() -> None:
    assert len(look_alikes([parse(f"*.n{number}.example") for number in range(1000)])) == 20


def test_ten_thousand_endpoints_are_planned_in_seconds() -> None:
    many = endpoints(*(f"h{n}.d{n % 500}.example" for n in range(8000)), *(f"*.d{n}.example" for n in range(2000)))
    begun = time.monotonic()
    planned = plan(many)
    assert time.monotonic() - begun < 5
    assert sum(probe.made_up for probe in planned.probes) == 2 * 1500
