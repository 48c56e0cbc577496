# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inclusion, intersection, matching and minimising, compared with an oracle that enumerates all names."""

from __future__ import annotations

import itertools
import random
from fnmatch import fnmatchcase

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostPattern,
    covers,
    intersects,
    matches,
    minimise,
    parse,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.hosts import oracle

PAIRS_AT_LEAST = 20_000
LONG_LABELS = 5
SHORT_LABELS = oracle.small_label_patterns()

pattern_texts = st.one_of(
    st.lists(st.sampled_from(SHORT_LABELS), min_size=1, max_size=3),
    st.builds(lambda rest: ["*", *rest], st.lists(st.sampled_from(SHORT_LABELS), max_size=2)),
    st.builds(lambda rest: ["*", *rest], st.lists(st.sampled_from(["a", "b", "ab"]), max_size=2)),
    st.builds(lambda first, rest: [first, "*", rest], st.sampled_from(SHORT_LABELS), st.sampled_from(["a", "*b", "*"])),
).map(lambda labels: ".".join([*labels, oracle.TOP]))


def repeatable(examples: int) -> settings:
    """Settings with which every run draws the same examples, however slow the machine is."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large],
    )


def test_the_oracle_enumerates_long_enough_words_to_tell_any_two_of_its_label_patterns_apart() -> None:
    long_words = ["".join(w) for n in range(1, 7) for w in itertools.product(oracle.CHARACTERS, repeat=n)]
    for p, q in itertools.product(SHORT_LABELS, repeat=2):
        for wanted in (False, True):
            found = {
                any(fnmatchcase(word, q) and fnmatchcase(word, p) is wanted for word in words)
                for words in (oracle.WORDS, long_words)
            }
            assert len(found) == 1, (p, q, wanted)


def test_the_oracle_means_by_a_pattern_what_the_design_says() -> None:
    for pattern, inside, outside in (
        ("a.b.t", ["a.b.t"], ["o.a.b.t", "b.t", "ab.t"]),
        ("*.b.t", ["a.b.t", "o.a.b.t"], ["b.t", "ab.t"]),
        ("*.*.b.t", ["a.b.b.t", "o.o.o.b.t"], ["a.b.t", "b.t"]),
        ("*a.b.t", ["a.b.t", "oa.b.t"], ["o.a.b.t", "ao.b.t"]),
        ("b.*.a.t", ["b.o.a.t"], ["b.a.t", "b.o.o.a.t"]),
    ):
        assert all(oracle.contains(pattern, name) for name in inside)
        assert not any(oracle.contains(pattern, name) for name in outside)


def test_inclusion_and_intersection_agree_on_20000_pairs_of_label_patterns_up_to_five_characters() -> None:
    words = ["".join(w) for n in range(1, 2 * LONG_LABELS - 1) for w in itertools.product(oracle.CHARACTERS, repeat=n)]
    labels = oracle.label_patterns(LONG_LABELS)
    languages = {
        label: sum(1 << number for number, word in enumerate(words) if fnmatchcase(word, label)) for label in labels
    }
    patterns = {label: parse(f"x.{label}.t") for label in labels}
    chosen = random.Random(1).sample(list(itertools.product(labels, repeat=2)), PAIRS_AT_LEAST)
    wrong = []
    for p, q in chosen:
        if covers(patterns[p], patterns[q]) is not (languages[p] & languages[q] == languages[q]):
            wrong.append(f"covers {p} {q}")
        if intersects(patterns[p], patterns[q]) is not bool(languages[p] & languages[q]):
            wrong.append(f"intersects {p} {q}")
    assert wrong == []


def test_inclusion_and_intersection_agree_on_at_least_20000_random_pairs() -> None:
    compared: set[tuple[str, str]] = set()

    @repeatable(200)
    @given(st.sets(pattern_texts, min_size=25, max_size=25))
    def agree(texts: set[str]) -> None:
        parsed = {text: parse(text) for text in sorted(texts)}
        for p, q in itertools.product(parsed, repeat=2):
            if (p, q) not in compared:
                assert covers(parsed[p], parsed[q]) is oracle.includes(p, q), (p, q)
                assert intersects(parsed[p], parsed[q]) is oracle.meet(p, q), (p, q)
                compared.add((p, q))

    agree()
    assert len(compared) >= PAIRS_AT_LEAST


names = st.lists(st.sampled_from(oracle.WORDS), min_size=1, max_size=4).map(lambda words: ".".join([*words, "t"]))


def test_matching_agrees_on_random_patterns_and_names() -> None:
    inside = outside = 0

    @repeatable(400)
    @given(pattern_texts, st.lists(names, min_size=20, max_size=20))
    def agree(pattern: str, asked: list[str]) -> None:
        nonlocal inside, outside
        for name in asked:
            expected = oracle.contains(pattern, name)
            assert matches(parse(pattern), name) is expected, (pattern, name)
            inside += expected
            outside += not expected

    agree()
    assert inside > 500
    assert outside > 500


@repeatable(1000)
@given(st.lists(pattern_texts, max_size=12), st.randoms(use_true_random=False))
def test_minimise_keeps_the_meaning_and_nothing_that_another_pattern_covers(
    texts: list[str], rng: random.Random
) -> None:
    covered: dict[HostPattern, HostPattern] = {}
    kept = [pattern.text for pattern in minimise(map(parse, texts), covered)]
    assert (oracle.union(kept) == oracle.union(texts)) is True  # pytest would print the integers
    assert not [(p, q) for p, q in itertools.permutations(kept, 2) if oracle.includes(p, q)]
    assert {pattern.text for pattern in covered} == set(texts) - set(kept)
    assert {pattern.text for pattern in covered.values()} <= set(kept)
    assert all(oracle.includes(by.text, dropped.text) for dropped, by in covered.items())

    rng.shuffle(texts)
    assert {pattern.text for pattern in minimise(map(parse, texts))} == set(kept)
