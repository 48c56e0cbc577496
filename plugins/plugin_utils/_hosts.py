# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host patterns: what they mean, and whether one means more than another.

A name is at most 253 octets of labels ``[a-z0-9_-]{1,63}``, lower case, without a trailing dot; an address written out
is never a name. A pattern is a language over these names:

=================  ==============================================================
``a.example``      exactly that name
``*.a.example``    one or more labels below it; k leading stars: k or more labels
``pay*.a.example`` a star inside a label: zero or more characters of that label
``b.*.a.example``  a star as a whole inner label: exactly one label
=================  ==============================================================

Inclusion and intersection are decided on the patterns, never sampled. The argument: both languages are, for each
number of labels, a product of label languages cut off at 253 octets. So q lies within p unless q has a name of a
length that p has not, or one label of q has a word that p's label at the same place lacks; and the shortest such word
shows whether a name that contains it still fits into 253 octets.

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t
from functools import lru_cache

LITERAL: t.Final = "literal"
SUFFIX: t.Final = "suffix"
GLOB: t.Final = "glob"
Kind = t.Literal["literal", "suffix", "glob"]

MAX_NAME: t.Final = 253
MAX_LABEL: t.Final = 63
_ALPHABET: t.Final = "abcdefghijklmnopqrstuvwxyz0123456789-_"

_PLAIN = re.compile(r"(?:\*\.)?(?:[a-z0-9_-]{1,63}\.)+[a-z0-9_-]*[a-z_-][a-z0-9_-]*")
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{0,63}")
_LABEL = re.compile(r"[a-z0-9_*-]+")


class HostError(ValueError):
    """A text that is no host pattern; the message quotes it safely and says what to do."""


class HostPattern:
    """One parsed pattern. Equal patterns have equal ``text``; make them with `parse`.

    ``text`` is canonical (lower case, A-labels). ``kind`` is ``literal``, ``suffix`` (``*.`` and then only literal
    labels) or ``glob`` (everything else). ``tail`` is the longest run of literal labels at the end of ``text``; for a
    literal the whole name, for a suffix the domain below which it matches.
    """

    __slots__ = ("kind", "tail", "text")

    kind: Kind
    tail: str
    text: str

    def __init__(self, text: str, kind: Kind, tail: str) -> None:
        self.text = text
        self.kind = kind
        self.tail = tail

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HostPattern) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"parse({self.text!r})"

    def __str__(self) -> str:
        return self.text

    @property
    def free(self) -> int:
        """The number of leading whole-label stars: that many labels or more stand before `fixed`."""
        if self.kind == GLOB:
            return _shape(self.text)[0]
        return 1 if self.kind == SUFFIX else 0

    @property
    def fixed(self) -> tuple[str, ...]:
        """The labels after the leading stars, rightmost first; each a word or a glob."""
        return _shape(self.text)[1]


def parse(text: str) -> HostPattern:
    """Return the pattern that `text` writes.

    Upper case is folded and labels beyond ASCII become A-labels by IDNA 2008; nothing else is repaired.

    Raises:
        HostError: `text` is no pattern, or no name could match it.
    """
    lowered = text.lower()
    fits = len(lowered) <= MAX_NAME and len(lowered) - lowered.rfind(".") <= MAX_LABEL + 1
    if fits and text.isascii() and _PLAIN.fullmatch(lowered):
        if lowered.startswith("*."):
            return HostPattern(lowered, SUFFIX, lowered[2:])
        return HostPattern(lowered, LITERAL, lowered)
    return _parse_carefully(text)


def matches(pattern: HostPattern, name: str) -> bool:
    """Tell whether `name` (lower case, no trailing dot) belongs to the pattern; what is no name never does."""
    if pattern.kind == LITERAL:
        return name == pattern.text
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        return False
    if pattern.kind == SUFFIX:
        return name.endswith(pattern.text[1:]) and len(name) > len(pattern.tail) + 1
    return _regex(pattern.text).fullmatch(name) is not None


def normalise_name(name: str) -> str:
    """Return a requested host as matching wants it: lower case, without one trailing dot."""
    lowered = name.lower()
    return lowered[:-1] if lowered.endswith(".") else lowered


def covers(p: HostPattern, q: HostPattern) -> bool:
    """Tell whether every name that matches `q` matches `p`."""
    if p.text == q.text:
        return True
    if q.kind != GLOB and p.kind != GLOB:
        return p.kind == SUFFIX and q.text.endswith(p.text[1:])
    floor = q.free + len(q.fixed)
    shortest = _shortest(q, floor)
    if p.free:
        if floor < p.free + len(p.fixed):
            return False
    elif floor != len(p.fixed) or (q.free and shortest + 2 <= MAX_NAME):
        return False
    for p_label, q_label in _aligned(p, q, len(p.fixed)):
        witness = _shortest_outside(q_label, p_label)
        if witness is not None and shortest - _least(q_label) + witness <= MAX_NAME:
            return False
    return True


def intersects(p: HostPattern, q: HostPattern) -> bool:
    """Tell whether some name matches both patterns."""
    least_p, least_q = p.free + len(p.fixed), q.free + len(q.fixed)
    count = max(least_p, least_q)
    if (not p.free and count != least_p) or (not q.free and count != least_q):
        return False
    total = count - 1
    for p_label, q_label in _aligned(p, q, count):
        common = _shortest_common(p_label, q_label)
        if common is None:
            return False
        total += common
    return total <= MAX_NAME


def minimise(
    patterns: t.Iterable[HostPattern], covered: dict[HostPattern, HostPattern] | None = None
) -> list[HostPattern]:
    """Return the patterns that no other one covers, each once; together they mean what all of them mean.

    `covered`, where given, is filled with every other pattern and the kept one that covers it.

    Cost: a walk over the parents of each literal and ``*.x``; a glob is compared only with patterns that share its
    literal tail, so literals never meet one another.
    """
    literals: list[HostPattern] = []
    suffixes: list[HostPattern] = []
    globs: list[HostPattern] = []
    by_kind = {LITERAL: literals, SUFFIX: suffixes, GLOB: globs}
    for pattern in patterns:
        by_kind[pattern.kind].append(pattern)

    domains = {pattern.tail: pattern for pattern in suffixes}
    dropped: dict[HostPattern, HostPattern] = {}
    _drop_below(domains, domains, dropped)
    kept_globs = _minimise_globs(globs, domains, dropped)
    if kept_globs:
        by_tail: dict[str, list[HostPattern]] = {}
        for glob in kept_globs:
            by_tail.setdefault(glob.tail, []).append(glob)
        for pattern in list(domains.values()):
            coverer = _covering_glob(pattern, by_tail)
            if coverer is not None:
                dropped[pattern] = coverer
                del domains[pattern.tail]
    names = {pattern.text: pattern for pattern in literals}
    _drop_below(names, domains, dropped)
    if kept_globs:
        for name, pattern in list(names.items()):
            coverer = _covering_glob(pattern, by_tail)
            if coverer is not None:
                dropped[pattern] = coverer
                del names[name]

    if covered is not None:
        for pattern, coverer in dropped.items():
            while coverer in dropped:
                coverer = dropped[coverer]
            covered[pattern] = coverer
    return [*names.values(), *domains.values(), *kept_globs]


def reversed_labels(pattern: HostPattern) -> tuple[str, ...]:
    """The sort key of every list: labels from the top-level domain down, so that a domain's names stand together."""
    return tuple(reversed(pattern.text.split(".")))


# -- parsing -----------------------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """Return foreign text fit for a message: one line, ASCII, at most 80 characters."""
    shown = text if len(text) <= 80 else f"{text[:60]}...{text[-17:]}"
    return ascii(shown)


def _parse_carefully(text: str) -> HostPattern:
    def refuse(reason: str) -> t.NoReturn:
        raise HostError(f"{quoted(text)} is no host pattern: {reason}")

    _check_text(text, refuse)
    labels = [_parse_label(label, refuse) for label in text.lower().split(".")]
    if "*" in labels[-1]:
        refuse("its last label is a wildcard; that would admit strangers' domains")
    if labels[-1].isdigit():
        refuse("it is an address or ends in a number; write addresses as networks")
    if len(labels) < 2:
        refuse("a name has at least two labels; nothing this broad is ever allowed")
    canonical = ".".join(labels)
    shortest = len(labels) - 1 + sum(map(_least, labels))
    if shortest > MAX_NAME:
        refuse(f"its shortest name has {shortest} octets, and a name has at most {MAX_NAME}")
    if "*" not in canonical:
        return HostPattern(canonical, LITERAL, canonical)
    tail: list[str] = []
    for label in reversed(labels):
        if "*" in label:
            break
        tail.insert(0, label)
    kind: Kind = SUFFIX if len(tail) == len(labels) - 1 and labels[0] == "*" else GLOB
    return HostPattern(canonical, kind, ".".join(tail))


def _check_text(text: str, refuse: t.Callable[[str], t.NoReturn]) -> None:
    if not text:
        refuse("it is empty")
    if len(text) > 4 * MAX_NAME:
        refuse(f"it has {len(text)} characters, and a name has at most {MAX_NAME}")
    if "://" in text:
        refuse("it has a scheme; write the host alone")
    for character in text:
        if character.isspace() or not character.isprintable():
            refuse(f"it contains white space or a control character ({character!a})")
        if not character.isascii() and character.lower().isascii():
            refuse(f"it contains {character!a}, which only looks like {character.lower()!r}")
    if text.endswith("."):
        refuse("write it without the trailing dot")


def _parse_label(label: str, refuse: t.Callable[[str], t.NoReturn]) -> str:
    if not label:
        refuse("it has an empty label (two dots together, or a dot at an end)")
    if not label.isascii():
        if "*" in label:
            refuse("a wildcard inside a label beyond ASCII has no A-label")
        label = _a_label(label, refuse)
    if not _LABEL.fullmatch(label):
        odd = next(character for character in label if not _LABEL.fullmatch(character))
        refuse(f"it contains {odd!a}; names have letters, digits, hyphens and underscores")
    if "**" in label:
        refuse("two stars stand together; write one")
    if _least(label) > MAX_LABEL:
        refuse(f"a label has {_least(label)} characters, and at most {MAX_LABEL} are possible")
    return label


def _a_label(label: str, refuse: t.Callable[[str], t.NoReturn]) -> str:
    import idna  # here, because most lists are ASCII and its tables take time to load

    try:
        return idna.alabel(label).decode("ascii")
    except idna.IDNAError as error:
        reason = str(error).encode("ascii", "backslashreplace").decode("ascii")
        refuse(f"{label!a} has no A-label under IDNA 2008 ({reason})")


# -- the shape of a pattern --------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def _shape(text: str) -> tuple[int, tuple[str, ...]]:
    labels = text.split(".")
    free = 0
    while labels[free] == "*":
        free += 1
    return free, tuple(reversed(labels[free:]))


def _aligned(p: HostPattern, q: HostPattern, count: int) -> t.Iterator[tuple[str, str]]:
    """Yield the label pairs of both patterns from the right; beyond its fixed labels a pattern has free ones."""
    p_fixed, q_fixed = p.fixed, q.fixed
    for place in range(count):
        yield (
            p_fixed[place] if place < len(p_fixed) else "*",
            q_fixed[place] if place < len(q_fixed) else "*",
        )


def _least(label: str) -> int:
    """The length of the shortest word of a label pattern."""
    return max(1, len(label) - label.count("*"))


def _shortest(pattern: HostPattern, count: int) -> int:
    """The length of the pattern's shortest name with `count` labels."""
    return count - 1 + sum(map(_least, pattern.fixed)) + count - len(pattern.fixed)


@lru_cache(maxsize=16384)
def _regex(text: str) -> re.Pattern[str]:
    free, fixed = _shape(text)
    labels = [_label_regex(label) for label in reversed(fixed)]
    lead = rf"(?:[a-z0-9_-]+\.){{{free},}}" if free else ""
    return re.compile(lead + r"\.".join(labels))


def _label_regex(label: str) -> str:
    if label == "*":
        return r"[a-z0-9_-]+"
    return r"[a-z0-9_-]*".join(re.escape(part) for part in label.split("*"))


# -- label languages ---------------------------------------------------------------------------------------------

_States = frozenset[int]


@lru_cache(maxsize=65536)
def _shortest_outside(q: str, p: str) -> int | None:
    """The length of the shortest word of label pattern `q` that `p` lacks; None where there is none."""
    if p in ("*", q):
        return None
    if "*" not in q:
        return None if re.fullmatch(_label_regex(p), q) else len(q)
    return _shortest_word(q, p, lambda in_q, in_p: in_q and not in_p)


@lru_cache(maxsize=65536)
def _shortest_common(p: str, q: str) -> int | None:
    """The length of the shortest word of both label patterns; None where there is none."""
    if p in ("*", q):
        return _least(q)
    if q == "*":
        return _least(p)
    return _shortest_word(q, p, lambda in_q, in_p: in_q and in_p)


def _shortest_word(q: str, p: str, wanted: t.Callable[[bool, bool], bool]) -> int | None:
    """Search both label automata side by side, breadth first, for the shortest word that is `wanted`.

    One character that neither pattern writes stands for all of them: no state can tell them apart.
    """
    written = set(p + q) - {"*"}
    alphabet = sorted(written) + [c for c in _ALPHABET if c not in written][:1]
    front = [(_closure(q, {0}), _closure(p, {0}))]
    seen: set[tuple[_States, _States]] = set()  # without the start: the empty word is none, a way back to it is one
    for length in range(1, MAX_LABEL + 1):
        following = []
        for q_states, p_states in front:
            for character in alphabet:
                q_next = _step(q, q_states, character)
                if not q_next:
                    continue
                pair = (q_next, _step(p, p_states, character))
                if pair in seen:
                    continue
                if wanted(len(q) in pair[0], len(p) in pair[1]):
                    return length
                seen.add(pair)
                following.append(pair)
        front = following
    return None


def _closure(label: str, states: set[int]) -> _States:
    reached = set(states)
    for state in states:
        while state < len(label) and label[state] == "*":
            state += 1
            reached.add(state)
    return frozenset(reached)


def _step(label: str, states: _States, character: str) -> _States:
    following = set()
    for state in states:
        if state < len(label):
            if label[state] == "*":
                following.add(state)
            elif label[state] == character:
                following.add(state + 1)
    return _closure(label, following)


# -- minimising --------------------------------------------------------------------------------------------------


def _drop_below(
    patterns: dict[str, HostPattern], domains: dict[str, HostPattern], dropped: dict[HostPattern, HostPattern]
) -> None:
    """Take out of `patterns` (by name or domain) what lies below one of the `domains`."""
    if not domains:
        return
    below: list[tuple[str, str]] = []
    for name in patterns:
        dot = name.find(".")
        while dot >= 0:
            parent = name[dot + 1 :]
            if parent in domains:
                below.append((name, parent))
                break
            dot = name.find(".", dot + 1)
    for name, parent in below:
        dropped[patterns[name]] = domains[parent]
    for name, _parent in below:
        del patterns[name]


def _minimise_globs(
    globs: list[HostPattern], domains: dict[str, HostPattern], dropped: dict[HostPattern, HostPattern]
) -> list[HostPattern]:
    by_tail: dict[str, list[HostPattern]] = {}
    unique = {glob.text: glob for glob in globs}
    for glob in unique.values():
        by_tail.setdefault(glob.tail, []).append(glob)
    kept = []
    for glob in unique.values():
        coverer = _covering_domain(glob, domains) or _covering_glob(glob, by_tail)
        if coverer is None:
            kept.append(glob)
        else:
            dropped[glob] = coverer
    return kept


def _covering_domain(glob: HostPattern, domains: dict[str, HostPattern]) -> HostPattern | None:
    for parent in _parents(glob.text):
        if parent in domains:
            return domains[parent]
    return None


def _covering_glob(pattern: HostPattern, by_tail: dict[str, list[HostPattern]]) -> HostPattern | None:
    """Return a glob that covers `pattern`; of two that cover each other, only the first by text counts."""
    for tail in _parents("." + pattern.text):
        for glob in by_tail.get(tail, ()):
            if glob.text == pattern.text or not covers(glob, pattern):
                continue
            if pattern.kind != GLOB or glob.text < pattern.text or not covers(pattern, glob):
                return glob
    return None


def _parents(name: str) -> t.Iterator[str]:
    dot = name.find(".")
    while dot >= 0:
        yield name[dot + 1 :]
        dot = name.find(".", dot + 1)
