# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where names end: 253 octets a name, 63 a label. At that border patterns mean less than they seem to."""

from __future__ import annotations

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    covers,
    intersects,
    matches,
    minimise,
    parse,
)


def name_of(octets: int, lead: str = "") -> str:
    """A name of that many octets that begins with `lead`, its labels as long as may be, the last of them `example`."""
    text = f"{lead}{'.' if lead else ''}"
    while octets - len(text) - len(".example") > 63:
        text += "l" * min(63, octets - len(text) - len(".example") - 2) + "."
    text += "l" * (octets - len(text) - len(".example")) + ".example"
    assert len(text) == octets
    return text


def test_the_longest_name_is_a_name_and_one_octet_more_is_none() -> None:
    assert matches(parse(name_of(253)), name_of(253))
    with pytest.raises(HostError, match="254 octets"):
        parse(name_of(254))


def test_a_wildcard_has_names_only_up_to_253_octets() -> None:
    pattern = parse(f"*.{name_of(251)}")
    assert matches(pattern, f"x.{name_of(251)}")
    assert not matches(pattern, f"xy.{name_of(251)}")
    with pytest.raises(HostError, match="its shortest name has 254 octets"):
        parse(f"*.{name_of(252)}")


def test_a_star_that_has_no_room_left_covers_like_a_literal() -> None:
    name = name_of(253, "a")
    full = parse(f"*{name}")
    assert covers(parse(name), full)
    assert covers(full, parse(name))
    assert [pattern.text for pattern in minimise([full, parse(name)])] == [full.text]
    roomy = parse(f"*{name_of(252, 'a')}")
    assert not covers(parse(name_of(252, "a")), roomy)


def test_leading_stars_without_room_for_one_more_label_cover_like_a_fixed_number_of_labels() -> None:
    tight, loose = name_of(250, "c"), name_of(247, "c")
    assert covers(parse(f"*.{tight}"), parse(f"*.*.{tight}".replace("*.*.", "*.", 1)))
    assert covers(parse(f"b.*.{loose}"), parse(f"b.*.{loose}"))
    two_labels = parse(f"*.*.{name_of(249)}")  # a.b. is all that fits
    assert covers(parse(f"*.{name_of(249)}"), two_labels)
    assert not matches(two_labels, f"a.b.c.{name_of(247)}")
    one_label = parse(f"*.{name_of(250)}")  # a., ab. fit, and a.b. does not
    assert covers(parse(f"*a*.{name_of(250)}"), parse(f"a*.{name_of(250)}"))
    assert covers(one_label, parse(f"*a*.{name_of(250)}"))
    assert not covers(parse(f"*a*.{name_of(250)}"), one_label)


def test_a_label_pair_meets_only_where_63_characters_suffice() -> None:
    assert intersects(parse(f"{'a' * 32}*.b.example"), parse(f"*{'b' * 31}.b.example"))
    assert not intersects(parse(f"{'a' * 32}*.b.example"), parse(f"*{'b' * 32}.b.example"))
    assert not intersects(parse(f"{'a' * 40}*.b.example"), parse(f"*{'b' * 40}.b.example"))


def test_a_label_pattern_is_covered_where_the_words_it_would_need_to_escape_are_too_long() -> None:
    assert covers(parse(f"{'a' * 63}.b.example"), parse(f"{'a' * 63}*.b.example"))
    assert covers(parse(f"*{'a' * 62}.b.example"), parse(f"*{'a' * 63}.b.example"))
    assert not covers(parse(f"{'a' * 62}.b.example"), parse(f"{'a' * 62}*.b.example"))


def test_two_patterns_meet_only_where_a_common_name_fits_into_253_octets() -> None:
    tail = name_of(253 - 40, "t")
    left, right = f"{'a' * 19}*.{tail}", f"*{'b' * 20}.{tail}"
    assert intersects(parse(left), parse(right))
    assert not intersects(parse(left), parse(right.replace("*b", "*bb")))


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ("*.example.com", "*.example.com", True),
        ("*.example.com", "*.a.example.com", True),
        ("*.a.example.com", "*.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.example.com", "notexample.com", False),
        ("*.example.com", "*.*.example.com", True),
        ("*.*.example.com", "*.example.com", False),
        ("*.*.example.com", "*.a.example.com", True),
        ("*.*.example.com", "a.b.example.com", True),
        ("*.example.com", "b.*.example.com", True),
        ("b.*.example.com", "b.a*.example.com", True),
        ("*.*.*b.example.com", "a.*.*.example.com", False),
        ("*.example.com", "*.example.org", False),
        ("a*.example.com", "a.example.com", True),
        ("*a*.example.com", "a*a.example.com", True),
        ("a*a.example.com", "a.example.com", False),
    ],
)
def test_inclusion_of_pairs_that_documents_contain(p: str, q: str, expected: bool) -> None:
    assert covers(parse(p), parse(q)) is expected
