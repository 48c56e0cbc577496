# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What minimising costs, and what it answers for lists as they are in use."""

from __future__ import annotations

import sys
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _hosts
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostPattern, minimise, parse


def calls_made(work: t.Callable[[], object]) -> int:
    """How many functions, Python's and C's, are called in `work`: a cost that no busy machine can blur."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    previous = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(previous)
    return count


def names(count: int) -> list[HostPattern]:
    """Literals below many domains, every tenth of them below a wildcard of the list, which has some apexes too."""
    texts = [f"n{number}.s{number % (count // 10)}.d{number % 7}.example" for number in range(count)]
    texts += [f"*.s{number}.d{number % 7}.example" for number in range(0, count // 10, 10)]
    return [parse(text) for text in texts]


def globs(count: int) -> list[HostPattern]:
    return [parse(f"a*{number}.s{number}.d{number % 7}.example") for number in range(count)]


@pytest.mark.parametrize("kind", ["literals and suffixes", "with fifty globs", "as many globs as literals"])
def test_ten_times_the_patterns_cost_ten_times_the_calls(kind: str) -> None:
    def cost(count: int) -> int:
        patterns = names(count)
        if kind == "with fifty globs":
            patterns += [parse(f"a*{number}.d1.example") for number in range(50)]
        elif kind == "as many globs as literals":
            patterns += globs(count)
        minimise(patterns[:10])
        _hosts._shape.cache_clear()
        return calls_made(lambda: minimise(patterns))

    assert 8 < cost(20_000) / cost(2_000) < 15


def test_literals_never_meet_a_glob_of_another_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(_hosts, "covers", lambda p, q: asked.append((p, q)) or False)
    minimise([*names(1000), parse("x*.elsewhere.test")])
    assert asked == []


def test_a_tower_of_wildcards_falls_to_the_broadest() -> None:
    tower = ["*." + "a." * depth + "example" for depth in range(1, 100)]
    covered: dict[HostPattern, HostPattern] = {}
    assert minimise(map(parse, tower), covered) == [parse("*.a.example")]
    assert set(covered.values()) == {parse("*.a.example")}
    assert len(covered) == 98


def test_what_covers_is_named_even_where_it_falls_to_a_broader_one_itself() -> None:
    texts = ["www.a.b.example", "*.a.b.example", "*.b.example", "*.*.b.example", "x*.a.b.example"]
    covered: dict[HostPattern, HostPattern] = {}
    assert minimise(map(parse, texts), covered) == [parse("*.b.example")]
    assert covered == {parse(text): parse("*.b.example") for text in texts if text != "*.b.example"}


def test_a_wildcard_may_fall_to_a_glob() -> None:
    covered: dict[HostPattern, HostPattern] = {}
    kept = minimise(map(parse, ["*.*.example.test", "*.cdn.example.test", "a.b.example.test"]), covered)
    assert kept == [parse("*.*.example.test")]
    assert set(covered.values()) == {parse("*.*.example.test")}


def test_an_apex_stays_beside_its_wildcard() -> None:
    kept = minimise(map(parse, ["a.example", "*.a.example", "x.a.example"]))
    assert {pattern.text for pattern in kept} == {"a.example", "*.a.example"}


def test_no_patterns_are_no_patterns_and_a_repeated_one_stands_once() -> None:
    assert minimise([]) == []
    covered: dict[HostPattern, HostPattern] = {}
    for text in ("a.example", "*.a.example", "a*.b.example"):
        assert minimise([parse(text)] * 3, covered) == [parse(text)]
    assert covered == {}
