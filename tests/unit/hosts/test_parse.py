# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a host pattern, what is refused, and in which words."""

from __future__ import annotations

import random

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    matches,
    normalise_name,
    parse,
    quoted,
)
from hypothesis import given, settings
from hypothesis import strategies as st

LABEL = "l" * 63


@pytest.mark.parametrize(
    ("text", "kind", "tail"),
    [
        ("www.example.com", "literal", "www.example.com"),
        ("_dmarc.example.com", "literal", "_dmarc.example.com"),
        ("*.example.com", "suffix", "example.com"),
        ("*.com", "suffix", "com"),
        ("*.*.example.com", "glob", "example.com"),
        ("*cdn.example.com", "glob", "example.com"),
        ("pay*.example.com", "glob", "example.com"),
        ("a*b*c.example.com", "glob", "example.com"),
        ("b.*.example.com", "glob", "example.com"),
        ("*.b.*.example.com", "glob", "example.com"),
        ("-files.example.com", "literal", "-files.example.com"),
        ("1.2.3.4a.example", "literal", "1.2.3.4a.example"),
    ],
)
def test_a_pattern_is_read_with_its_kind_and_its_literal_tail(text: str, kind: str, tail: str) -> None:
    pattern = parse(text)
    assert (pattern.text, pattern.kind, pattern.tail) == (text, kind, tail)


def test_upper_case_is_folded_and_equal_patterns_are_one() -> None:
    assert parse("*.EXAMPLE.Com") == parse("*.example.com")
    assert len({parse("*.EXAMPLE.Com"), parse("*.example.com")}) == 1
    assert parse("a.example") != "a.example"
    assert str(parse("A.example")) == "a.example"
    assert repr(parse("A.example")) == "parse('a.example')"


@pytest.mark.parametrize(
    ("text", "a_labels"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("*.straße.example", "*.xn--strae-oqa.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_labels_beyond_ascii_become_a_labels_by_idna_2008(text: str, a_labels: str) -> None:
    assert parse(text).text == a_labels


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("*", "its last label is a wildcard; that would admit strangers' domains"),
        ("*.*", "its last label is a wildcard; that would admit strangers' domains"),
        ("www.*", "its last label is a wildcard; that would admit strangers' domains"),
        ("www.example.c*m", "its last label is a wildcard; that would admit strangers' domains"),
        ("com", "a name has at least two labels; nothing this broad is ever allowed"),
        ("localhost", "a name has at least two labels; nothing this broad is ever allowed"),
        ("192.0.2.1", "it is an address or ends in a number; write addresses as networks"),
        ("*.2.1", "it is an address or ends in a number; write addresses as networks"),
        ("2001:db8::1", "it contains ':'; names have letters, digits, hyphens and underscores"),
        ("[2001:db8::1]", "it contains '['; names have letters, digits, hyphens and underscores"),
        ("https://www.example.com", "it has a scheme; write the host alone"),
        ("www.example.com/path", "it contains '/'; names have letters, digits, hyphens and underscores"),
        ("www.example.com:443", "it contains ':'; names have letters, digits, hyphens and underscores"),
        ("<tenant>.example.com", "it contains '<'; names have letters, digits, hyphens and underscores"),
        ("www.example.com.", "write it without the trailing dot"),
        (".example.com", "it has an empty label (two dots together, or a dot at an end)"),
        ("www..example.com", "it has an empty label (two dots together, or a dot at an end)"),
        ("**.example.com", "two stars stand together; write one"),
        ("a**b.example.com", "two stars stand together; write one"),
        ("*ü.example.com", "a wildcard inside a label beyond ASCII has no A-label"),
        (f"{LABEL}x.example", "a label has 64 characters, and at most 63 are possible"),
        (f"{LABEL}x*.example", "a label has 64 characters, and at most 63 are possible"),
        (f"{LABEL}.{LABEL}.{LABEL}.{LABEL}", "its shortest name has 255 octets, and a name has at most 253"),
        ("x" * 2000, "it has 2000 characters, and a name has at most 253"),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(HostError) as raised:
        parse(text)
    assert str(raised.value) == f"{quoted(text)} is no host pattern: {reason}"


@pytest.mark.parametrize(
    "odd", ["\n", "\r\n", "\t", " ", "\x00", "\x7f", "\x85", "\u2028", "\u200b", "\u202e", "\ufeff"]
)
@pytest.mark.parametrize("frame", ["{}www.example.com", "www.exa{}mple.com", "www.example.com{}"])
def test_white_space_and_control_characters_are_refused_wherever_they_stand(odd: str, frame: str) -> None:
    with pytest.raises(HostError, match="white space or a control character") as raised:
        parse(frame.format(odd))
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("odd", list("\"'`;#$%&()+,<=>?@[\\]^{|}~!/"))
def test_what_means_something_to_a_configuration_is_refused_by_name(odd: str) -> None:
    with pytest.raises(HostError) as raised:
        parse(f"www{odd}.example.com")
    assert f"it contains {odd!a}; names have letters" in str(raised.value)


@pytest.mark.parametrize("dot", ["\u3002", "\uff0e", "\uff61"])
def test_other_scripts_dots_are_no_dots(dot: str) -> None:
    with pytest.raises(HostError, match="has no A-label under IDNA 2008") as raised:
        parse(f"evil{dot}example.com")
    assert str(raised.value).isascii()


def test_a_character_that_only_folds_to_an_ascii_letter_is_refused() -> None:
    for text in ("\u212aing.example", "\u212a\u00f6nig.example"):
        with pytest.raises(HostError, match=r"it contains '\\u212a', which only looks like 'k'"):
            parse(text)


def test_what_idna_2008_does_not_know_is_refused() -> None:
    for text in ("\U0001f4a9.example", "\u017f.example", "\uff41.example", "ab--\u00e4.example"):
        with pytest.raises(HostError, match="is no host pattern"):
            parse(text)


@settings(derandomize=True, database=None, deadline=None, max_examples=2000)
@given(st.text(max_size=300))
def test_any_text_is_parsed_to_a_safe_pattern_or_refused_in_one_ascii_line(text: str) -> None:
    try:
        pattern = parse(text)
    except HostError as error:
        message = str(error)
        assert message.isascii()
        assert message.isprintable()
    else:
        assert set(pattern.text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.*")
        assert parse(pattern.text) == pattern


def test_texts_at_the_border_of_the_fast_way_of_parsing_are_judged_as_the_careful_way_would() -> None:
    rng = random.Random(7)
    pieces = ["a", "1", "-", "_", ".", ".", "*", "*.", "A", LABEL, "x" * 62, "com"]
    seen = set()
    for dummy in range(20_000):
        text = "".join(rng.choice(pieces) for dummy in range(rng.randint(1, 7)))
        try:
            outcome = parse(text).kind
        except HostError:
            outcome = "refused"
        seen.add(outcome)
        labels = text.lower().split(".")
        sound = all(label and len(label.replace("*", "")) <= 63 for label in labels) and "**" not in text
        name = len(labels) > 1 and "*" not in labels[-1] and not labels[-1].isdigit()
        short = sum(max(1, len(label.replace("*", ""))) for label in labels) + len(labels) - 1 <= 253
        assert (outcome != "refused") is (sound and name and short), text
    assert seen == {"literal", "suffix", "glob", "refused"}


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("a.example", "a.example", True),
        ("a.example", "A.example", False),
        ("a.example", "x.a.example", False),
        ("*.a.example", "x.a.example", True),
        ("*.a.example", "x.y.a.example", True),
        ("*.a.example", "a.example", False),
        ("*.a.example", ".a.example", False),
        ("*.a.example", "xa.example", False),
        ("*.a.example", "..a.example", False),
        ("*.a.example", "x y.a.example", False),
        ("*.a.example", "x\n.a.example", False),
        ("*.a.example", "x.a.example\n", False),
        ("*.a.example", f"{LABEL}.a.example", True),
        ("*.a.example", f"{LABEL}x.a.example", False),
        ("*.*.a.example", "x.a.example", False),
        ("*.*.a.example", "x.y.a.example", True),
        ("*cdn.a.example", "cdn.a.example", True),
        ("*cdn.a.example", "xcdn.a.example", True),
        ("*cdn.a.example", "x.cdn.a.example", False),
        ("pay*.a.example", f"pay{'x' * 60}.a.example", True),
        ("pay*.a.example", f"pay{'x' * 61}.a.example", False),
        ("b.*.a.example", "b.x.a.example", True),
        ("b.*.a.example", "b.a.example", False),
        ("b.*.a.example", "b.x.y.a.example", False),
        ("a-b*.example.test", "a-b.example.test", True),
        ("a*.example.test", "aXb.example.test", False),
    ],
)
def test_a_name_matches_or_not(pattern: str, name: str, expected: bool) -> None:
    assert matches(parse(pattern), name) is expected


def test_a_requested_name_is_folded_and_loses_one_trailing_dot() -> None:
    assert normalise_name("WWW.Example.COM.") == "www.example.com"
    assert normalise_name("www.example.com..") == "www.example.com."
