# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.breadth import wider
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.in_force import held_in, with_held
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.valve import Policy, Verdict, judge

from tests.unit.update.samples import edition, names

TODAY = datetime.date(2026, 11, 27)
TEN = ", ".join(f"n{number}.example" for number in range(10))


def verdict(before: str | None, after: str, **policy: t.Any) -> Verdict:
    return judge(edition(before) if before else None, [], edition(after), Policy(**policy), TODAY)


def rules(before: str | None, after: str, **policy: t.Any) -> list[str]:
    return [reason.rule for reason in verdict(before, after, **policy).reasons]


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("[a.example]", "[a.example]", []),
        ("[a.example, b.example]", "[a.example]", ["b.example"]),
        ("[x.a.example]", "['*.a.example']", []),
        ("['*.a.example']", "[x.a.example]", ["*.a.example"]),
        ("[a.example]", "['*.a.example']", ["a.example"]),
        ("[{host: a.example, tcp_ports: [80, 443]}]", "[{host: a.example, tcp_ports: [443]}]", ["a.example"]),
        ("[{host: a.example, tcp_ports: [443]}]", "[{host: a.example, tcp_ports: ['1-1000']}]", []),
        ("[{host: a.example, treatments: [bypass_inspection]}]", "[a.example]", ["a.example"]),
        ("[192.0.2.0/25]", "[192.0.2.0/24]", []),
        ("[192.0.2.0/24]", "[192.0.2.0/25]", ["192.0.2.0/24"]),
        ("[<tenant>.onmicrosoft.com]", "[<tenant>.onmicrosoft.com]", []),
        ("[<tenant>.onmicrosoft.com]", "['*.onmicrosoft.com']", []),
    ],
)
def test_what_a_device_can_no_longer_reach_is_lost(before: str, after: str, lost: list[str]) -> None:
    assert names(verdict(before, after).lost) == lost


@pytest.mark.parametrize(("left", "waits"), [(10, False), (9, False), (8, True), (1, True)])
def test_up_to_a_tenth_may_go(left: int, waits: bool) -> None:
    after = ", ".join(f"n{number}.example" for number in range(left))
    assert ("too_many_removed" in rules(f"[{TEN}]", f"[{after}]")) == waits


def test_the_limit_is_a_share_that_can_be_set() -> None:
    assert rules(f"[{TEN}]", "[n0.example]", max_removed=90.0) == []
    assert rules(f"[{TEN}]", "[n0.example]", max_removed=89.9) == ["too_many_removed"]
    assert rules(f"[{TEN}]", ", ".join(["[n0.example", "n1.example]"]), max_removed=0.0) == ["too_many_removed"]


@pytest.mark.parametrize(
    ("pins", "before", "after", "waits"),
    [
        ([], "[{host: a.example, pinned: true}, b.example]", "[b.example]", True),
        ([], "[{host: a.example, pinned: true}, b.example]", "[a.example]", False),
        (["a.example"], "[a.example, b.example]", "[b.example]", True),
        (["*.a.example"], "[x.a.example, b.example]", "[b.example]", True),
        (["x.a.example"], "['*.a.example', b.example]", "[b.example]", True),
        (["x.a.example"], "['*.a.example', b.example]", "[x.a.example]", False),
        (["x.a.example"], "[b.example]", "[c.example]", False),
        (["192.0.2.0/24"], "[192.0.2.0/24, b.example]", "[b.example]", True),
    ],
)
def test_what_is_pinned_does_not_go_unasked(pins: list[str], before: str, after: str, waits: bool) -> None:
    pinned = tuple(Endpoint.from_dict({"network" if "/" in pin else "host": pin}) for pin in pins)
    assert ("pinned_removed" in rules(before, after, max_removed=100.0, pinned=pinned)) == waits


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        # strangers can register below it
        (["a.example"], ["*.azureedge.net"], ["*.azureedge.net"]),
        (["*.azureedge.net"], ["*.azureedge.net"], []),
        # it takes in a narrower one
        (["*.b.a.example"], ["*.a.example"], ["*.a.example"]),
        (["*.a.example"], ["*.b.a.example"], []),
        # the first of a domain, beside others as wide elsewhere
        (["*.x.example", "*.y.example"], ["*.z.example"], []),
        (["*.b.x.example"], ["*.z.example"], ["*.z.example"]),
        ([], ["*.z.example"], ["*.z.example"]),
        # the first wildcard of a domain of names
        (["a.x.example", "*.y.example"], ["*.x.example"], ["*.x.example"]),
        (["*"[:0] + "a.example"], ["b.example"], []),
        (["192.0.2.0/24"], ["198.51.100.0/24"], []),
        (["192.0.2.0/24"], ["198.51.0.0/16"], ["198.51.0.0/16"]),
        (["192.0.0.0/16"], ["192.0.2.0/24"], []),
        (["192.0.2.0/24"], ["2001:db8::/32"], ["2001:db8::/32"]),
    ],
)
def test_wider_than_anything_before(before: list[str], after: list[str], found: list[str]) -> None:
    def endpoints(texts: list[str]) -> list[Endpoint]:
        return [Endpoint.from_dict({"network" if "/" in text else "host": text}) for text in texts]

    assert [endpoint.subject for endpoint in wider(endpoints(before), endpoints(after))] == found


def test_the_first_edition_of_a_source_is_taken_as_it_is() -> None:
    assert rules(None, "['*.azureedge.net']") == []


def test_what_is_held_stays_until_its_day_and_is_told_when_it_goes_or_comes_back() -> None:
    one, two = edition("[a.example, b.example, c.example]"), edition("[a.example]", "two")
    first = judge(one, [], two, Policy(), TODAY)
    assert names(first.held) == ["b.example", "c.example"]
    assert {item.until for item in first.held} == {"2026-12-27"}
    in_force = with_held(two, first.held, one)
    assert names(in_force.entries) == ["a.example", "b.example", "c.example"]
    assert in_force.id.startswith("two-held-") and "stay until 2026-12-27" in in_force.notices[0]
    again = held_in(in_force)
    assert [(item.entry.name, item.until) for item in again] == [
        ("b.example", "2026-12-27"),
        ("c.example", "2026-12-27"),
    ]
    three = judge(two, again, edition("[a.example, c.example]", "three"), Policy(), TODAY + datetime.timedelta(29))
    assert (names(three.held), names(three.restored)) == (["b.example"], ["c.example"])
    late = judge(two, again, edition("[a.example, c.example]", "three"), Policy(), TODAY + datetime.timedelta(30))
    assert (names(late.held), names(late.released)) == ([], ["b.example"])


def test_without_grace_nothing_is_held() -> None:
    assert verdict("[a.example, b.example]", "[a.example]", grace=0).held == ()


def test_what_is_held_keeps_what_it_was_and_has_a_row_of_its_service() -> None:
    one = edition("services: [{name: One, endpoints: [{host: b.example, tcp_ports: [8443]}, a.example]}]")
    two = edition("services: [{name: Two, endpoints: [a.example]}]", "two")
    found = with_held(two, judge(one, [], two, Policy(), TODAY).held, one)
    (entry,) = (entry for entry in found.entries if entry.name == "b.example")
    assert entry.endpoint.to_dict()["tcp_ports"] == [8443]
    assert {row.number: row.service for row in found.rows}[entry.row] == "One"
    (origin,) = entry.endpoint.sources
    assert (origin.edition, origin.held_until) == (found.id, "2026-12-27")


def test_nothing_held_leaves_the_answer_as_it_is() -> None:
    one = edition("[a.example]")
    assert with_held(one, [], None) is one
