# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two lists, and what that means for names."""

from __future__ import annotations

import itertools
import time

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference import difference
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import covers, intersects, parse
from hypothesis import given, settings
from hypothesis import strategies as st


def listed(*items):
    return [Endpoint.from_dict(item if isinstance(item, dict) else {"host": item}) for item in items]


def edition(id, **options):
    return select(["managed_desktop"], edition=id, include_hidden=True, tenant="contoso", **options).endpoints


def removed(before, after):
    return {change.item.subject: change for change in difference(before, after).removed}


def added(before, after):
    return {change.item.subject: change for change in difference(before, after).added}


def test_a_wildcard_that_replaced_literals_is_no_loss_of_these_names():
    before, after = listed("x.a.example", "y.a.example", "a.example"), listed("*.a.example")
    gone = removed(before, after)
    assert {subject: (change.effect, change.by) for subject, change in gone.items()} == {
        "x.a.example": ("still_covered", ("*.a.example",)),
        "y.a.example": ("still_covered", ("*.a.example",)),
        "a.example": ("lost", ()),
    }
    wider = added(before, after)["*.a.example"]
    assert (wider.effect, wider.stands_for) == ("widened", ("x.a.example", "y.a.example"))


def test_literals_that_replaced_a_wildcard_narrow_it():
    before, after = listed("*.a.example"), listed("x.a.example", "*.y.a.example", "z.b.example")
    gone = removed(before, after)["*.a.example"]
    assert (gone.effect, gone.by, gone.stands_for) == ("narrowed", (), ("x.a.example", "*.y.a.example"))
    effects = {subject: change.effect for subject, change in added(before, after).items()}
    assert effects == {"x.a.example": "covered_already", "*.y.a.example": "covered_already", "z.b.example": "new"}


def test_ports_and_treatments_count_for_what_is_covered():
    one = {"host": "x.a.example", "tcp_ports": [80, 443], "treatments": ["bypass_inspection"]}
    cover = {"host": "*.a.example", "tcp_ports": [443]}
    assert removed(listed(one), listed(cover))["x.a.example"].effect == "narrowed"
    assert removed(listed(one), listed({**cover, "tcp_ports": [8080]}))["x.a.example"].effect == "lost"
    assert removed(listed(one), listed({**cover, "tcp_ports": ["1-999"]}))["x.a.example"].effect == "narrowed"
    full = {**cover, "tcp_ports": ["1-999"], "treatments": ["bypass_inspection"]}
    assert removed(listed(one), listed(full))["x.a.example"].effect == "still_covered"
    in_two = [{**full, "tcp_ports": [80]}, {**full, "host": "*.example", "tcp_ports": [443]}]
    assert removed(listed(one), listed(*in_two))["x.a.example"].effect == "still_covered"


def test_paths_count_for_what_is_covered():
    before = listed({"host": "x.a.example", "path": "/p/q"})
    effects = {
        path: removed(before, listed({"host": "*.a.example", "path": path}))["x.a.example/p/q"].effect
        for path in ("/p/q", "/p*", "/p/q/*", None)
    }
    assert effects == {"/p/q": "still_covered", "/p*": "still_covered", "/p/q/*": "lost", None: "still_covered"}


def test_what_shares_some_names_narrows_and_widens():
    pairs = [
        ("pay*.a.example", "*-1.a.example"),
        ({"host": "*.a.example", "path": "/p"}, "x.a.example"),
        ("a.example", {"host": "a.example", "path": "/p"}),
    ]
    for one, other in pairs:
        (gone,) = removed(listed(one), listed(other)).values()
        (new,) = added(listed(one), listed(other)).values()
        assert (gone.effect, new.effect) in (("narrowed", "widened"), ("narrowed", "covered_already"))
        assert gone.by or gone.stands_for


def test_networks_are_compared_as_networks():
    before = listed({"network": "192.0.2.0/24"}, {"network": "198.51.100.0/24"}, {"network": "2001:db8::/32"})
    halves = [{"network": "192.0.2.0/25"}, {"network": "192.0.2.128/25"}]
    after = listed(*halves, {"network": "198.51.0.0/16"}, {"network": "2001:db8:1::/48"})
    assert {subject: change.effect for subject, change in removed(before, after).items()} == {
        "192.0.2.0/24": "still_covered",
        "198.51.100.0/24": "still_covered",
        "2001:db8::/32": "narrowed",
    }
    other_port = listed(halves[0], {**halves[1], "tcp_ports": [443]})
    assert removed(before, other_port)["192.0.2.0/24"].effect == "narrowed"


def test_what_changed_of_an_endpoint_is_told_field_by_field():
    before = listed({"host": "a.example", "tcp_ports": [443], "category": "Default", "required": False})
    after = listed({"host": "a.example", "tcp_ports": [80, 443], "category": "Allow", "required": True})
    (altered,) = difference(before, after).changed
    assert altered.fields == {
        "tcp_ports": ([443], [80, 443]),
        "category": ("Default", "Allow"),
        "required": (False, True),
    }
    assert altered.effect == "widened"
    (back,) = difference(before=after, after=before).changed
    assert back.effect == "narrowed"


def test_a_change_that_a_wildcard_makes_up_for_has_no_effect():
    wide = {"host": "*.a.example", "tcp_ports": ["1-999"]}
    before = listed({"host": "x.a.example", "tcp_ports": [443]}, wide)
    after = listed({"host": "x.a.example", "tcp_ports": [80]}, wide)
    assert difference(before, after).changed[0].effect == "none"
    without = difference(before[:1], after[:1]).changed[0]
    assert without.effect == "both"


def test_a_treatment_on_some_ports_is_told_with_them():
    plain = {"host": "a.example", "tcp_ports": [80]}
    special = {"host": "a.example", "tcp_ports": [443], "treatments": ["bypass_inspection"]}
    (altered,) = difference(listed({**plain, "tcp_ports": [80, 443]}), listed(plain, special)).changed
    assert altered.fields == {"treatments": (["allow"], ["allow", "bypass_inspection (TCP 443)"])}


def test_the_order_of_endpoints_does_not_matter():
    one = listed({"host": "a.example", "tcp_ports": [80]}, {"host": "a.example", "tcp_ports": [443]}, "b.example")
    found = difference(one, list(reversed(one)))
    assert (found.added, found.removed, found.changed, found.unchanged) == ((), (), (), 2)


def test_a_renamed_service_is_no_change_of_its_endpoints():
    found = difference(edition("2023-03-15"), edition("2023-10-19"))
    assert found.renamed == (("Azure Active Directory", "Microsoft Entra ID"),)
    assert (found.added, found.removed, found.changed, found.unchanged) == ((), (), (), 342)
    assert found.to_dict()["renamed_services"] == [{"before": "Azure Active Directory", "after": "Microsoft Entra ID"}]


def test_services_that_have_little_in_common_are_not_renamed():
    before = listed(*({"host": f"n{number}.example", "service": "Old"} for number in range(4)))
    after = listed(*({"host": f"n{number}.example", "service": "New"} for number in range(2, 6)))
    assert difference(before, after).renamed == ()
    assert [altered.fields for altered in difference(before, after).changed] == [{"services": (["Old"], ["New"])}] * 2


def test_the_link_rebranding_of_2022_took_no_name_away():
    found = difference(edition("2022-06-28"), edition("2022-09-15"))
    assert [change.to_dict()["covered_by"] for change in found.removed] == [["*.microsoft.com"]]
    assert [(change.item.subject, change.effect) for change in found.added] == [
        ("learn.microsoft.com", "covered_already")
    ]
    assert found.to_dict()["counts"] == {
        "added": 1,
        "removed": 1,
        "changed": 0,
        "unchanged": 347,
        "widening": 0,
        "lost": 0,
    }
    assert found.by_service() == {
        "Microsoft 365": {
            "added": ["learn.microsoft.com"],
            "removed": ["docs.microsoft.com"],
            "changed": [],
        }
    }


def test_the_store_row_took_names_away_when_it_was_removed():
    found = difference(edition("2022-09-15"), edition("2023-03-15"))
    assert {change.item.subject: change.effect for change in found.removed} == {
        "*.hotmail.com": "lost",
        "account.live.com": "still_covered",
        "*.msftncsi.com/ncsi.txt": "lost",
        "*.outlook.com": "lost",
        "*.wns.windows.com": "narrowed",
        "clientconfig.passport.net": "lost",
    }


@pytest.mark.parametrize("pair", list(itertools.pairwise(["2018-09-24", "2019-01-18", "2022-06-28", "2023-10-19"])))
def test_backwards_what_was_added_was_removed(pair):
    one, other = map(edition, pair)
    there, back = difference(one, other), difference(other, one)
    assert [change.item.subject for change in there.added] == [change.item.subject for change in back.removed]
    assert [change.item.subject for change in there.removed] == [change.item.subject for change in back.added]
    assert len(there.changed) == len(back.changed)
    assert there.unchanged == back.unchanged


# -- against what the lists mean ---------------------------------------------------------------------------------

HOSTS = ["a.example", "x.a.example", "*.a.example", "*.*.a.example", "x*.a.example", "*x.a.example", "x.*.a.example",
         "*.x.a.example", "b.example", "*.example"]  # fmt: skip
NAMES = ["a.example", "x.a.example", "y.a.example", "xx.a.example", "x.x.a.example", "x.y.a.example", "y.x.a.example",
         "b.example", "192.0.2.1", "192.0.2.2", "192.0.2.129"]  # fmt: skip
ENDPOINTS = st.builds(
    lambda where, tcp, udp, treatments: Endpoint.from_dict(
        {**where, "tcp_ports": tcp, "udp_ports": udp, "treatments": treatments}
    ),
    st.sampled_from(
        [{"host": host} for host in HOSTS]
        + [{"host": host, "path": path} for host in HOSTS[:3] for path in ("/p", "/p*")]
        + [{"network": network} for network in ("192.0.2.0/24", "192.0.2.0/25", "192.0.2.128/25", "192.0.2.1/32")]
    ),
    st.sampled_from([[80], [443], [80, 443], ["79-443"]]),
    st.sampled_from([[], [], [443]]),
    st.sampled_from([[], [], ["bypass_inspection"], ["bypass_authentication", "bypass_inspection"]]),
)
REQUESTS = [
    Request("GET", "http", name, port, path, transport=transport)
    for name in NAMES
    for port in (80, 100, 443)
    for path in ("/", "/p", "/p/q")
    for transport in ("tcp", "udp")
]


def within(inner, outer):
    return all(grants(inner, request) <= grants(outer, request) for request in REQUESTS)


@settings(max_examples=250, deadline=None)
@given(st.lists(ENDPOINTS, max_size=5), st.lists(ENDPOINTS, max_size=5))
def test_effects_are_what_the_lists_mean(before, after):
    found = difference(before, after)
    sides = [(found.removed, after, "still_covered", "lost"), (found.added, before, "covered_already", "new")]
    for changes, other, covered, none in sides:
        for change in changes:
            if change.effect == covered:
                assert within(change.item.endpoints, other)
            elif change.item.endpoints[0].host is None or "*" not in change.item.subject:
                assert not within(change.item.endpoints, other)
            if change.effect == none:
                both = [grants(change.item.endpoints, r) and grants(other, r) for r in REQUESTS]
                assert not any(both)
    for altered in found.changed:
        if altered.effect in ("none", "widened"):
            assert within(altered.before.endpoints, after)
        if altered.effect in ("none", "narrowed"):
            assert within(altered.after.endpoints, before)
    if not (found.added or found.removed or found.changed):
        assert within(before, after)
        assert within(after, before)


def test_two_long_lists_with_nothing_in_common_are_compared_at_once():
    before = listed(*(f"a{number}.b{number % 97}.example.com" for number in range(5000)))
    after = listed(*(f"c{number}.b{number % 97}.example.com" for number in range(5000)))
    began = time.monotonic()
    found = difference(before, after)
    assert time.monotonic() - began < 5  # each with each, it took 11 s
    assert {change.effect for change in found.removed} == {"lost"}
    assert {change.effect for change in found.added} == {"new"}


@pytest.mark.parametrize(
    "outer", ["*.com", "*.*.com", "a.*.com", "*x.a.example.com", "a.*.example.com", "*.example.com"]
)
def test_what_overlaps_is_found_wherever_it_stands(outer):
    names = ["x.a.example.com", "a.b.example.com", "*.a.example.com", "b.net", "a.net", "*.x.a.example.com"]
    (change,) = added(listed(*names), listed(*names, outer)).values()
    pattern = parse(outer)
    expected = {name for name in names if intersects(pattern, parse(name))}
    inside = {name for name in names if covers(pattern, parse(name))}
    if change.effect == "covered_already":
        assert any(covers(parse(name), pattern) for name in names)
    else:
        assert set(change.stands_for) | set(change.by) == expected
        assert set(change.stands_for) == inside
        assert change.effect == ("widened" if expected else "new")
