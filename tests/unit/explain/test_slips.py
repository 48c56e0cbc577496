# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one slip makes of a name is found among few labels and among many, as trying every slip finds it."""

from __future__ import annotations

import time

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import slips
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.explain import Explainer
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import Selection
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.slips import Tree
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import parse
from hypothesis import given, settings
from hypothesis import strategies as st

LETTERS = "ab-."
LABELS = st.text("ab-", min_size=1, max_size=3)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)


def every_slip(name):
    """Every text that one slip makes of the name, the slow way."""
    made = set()
    for place in range(len(name) + 1):
        head, tail = name[:place], name[place:]
        made |= {head + letter + tail for letter in LETTERS}
        made.add(head + tail[1:])
        made |= {head + letter + tail[1:] for letter in LETTERS}
        if len(tail) > 1:
            made.add(head + tail[1] + tail[0] + tail[2:])
    return made - {name}


@pytest.fixture(params=[0, 2, slips._FEW], ids=["looked up", "both", "compared"])
def few(request, monkeypatch):
    """So many labels are compared one by one, so that both ways are taken with small trees."""
    monkeypatch.setattr(slips, "_FEW", request.param)


@pytest.mark.usefixtures("few")
def test_every_listed_slip_is_found_and_nothing_else():
    @settings(max_examples=300, deadline=None)
    @given(st.sets(NAMES, max_size=12), NAMES)
    def compare(listed, name):
        found = {left + domain for left, domain in Tree(listed).one_away(name)}
        assert found & listed == every_slip(name) & listed
        assert found <= every_slip(name)

    compare()


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("xprod.a.example", "prod.a.example"),
        ("prd.a.example", "prod.a.example"),
        ("prad.a.example", "prod.a.example"),
        ("pord.a.example", "prod.a.example"),
        ("proda.example", "prod.a.example"),
        ("prod-a.example", "prod.a.example"),
        ("pro.da.example", "prod.a.example"),
        ("prod.a.exampl", "prod.a.example"),
        ("x.y.a.exmaple", "*.a.example"),
        ("x.a-example", "*.a.example"),
    ],
)
def test_slips_are_told_with_the_name_that_was_meant(asked, meant):
    found = explainer(["prod.a.example", "*.a.example"] if meant[0] == "*" else ["prod.a.example"]).explain(asked)
    typos = [piece for piece in found["help"] if piece["kind"] == "typo"]
    assert [piece["hosts"] for piece in typos] == [[meant]]


def test_a_look_alike_of_a_wildcards_domain_is_not_told_to_be_meant_for_it():
    found = explainer(["*.example.org"]).explain("evilexample.org")
    assert not found["allowed"]
    assert found["help"] == []


def test_help_costs_as_much_among_many_endpoints_as_among_few():
    asked = [f"x{number}.other.example" for number in range(300)] + [f"n{number}x.s1.example" for number in range(300)]

    def seconds(count):
        made = explainer([f"n{number}.s{number % 7}.example" for number in range(count)])
        made.explain("x.s1.example")  # sorts what the others are looked up in
        begun = time.perf_counter()
        for name in asked:
            assert not made.explain(name)["allowed"]
        return time.perf_counter() - begun

    # Walking over a hundred times as many would take a hundred times as long.
    assert min(seconds(70_000) for dummy in range(3)) < 10 * min(seconds(700) for dummy in range(3))


def explainer(names):
    listed = tuple([Endpoint(host=parse(name), tcp_ports=((443, 443),)) for name in names])
    return Explainer(Selection(listed, (), (), ()))
