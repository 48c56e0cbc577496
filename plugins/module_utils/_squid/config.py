# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Squid's configuration as Squid reads it: one sequence of directives, with includes resolved.

How Squid 5.7 splits a file into directives was observed with ``squid -k parse``: a line ends at a line feed, and
what follows a carriage return is dropped; comments and blank lines inside a continued line are passed over; the white
space that a continuation begins with is dropped; a continuation that the end of the file cuts off is dropped whole;
``include`` is written in lower case and takes several patterns, quoted or not; a pattern that matches nothing is fatal.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text

MAX_DEPTH = 16
_SPACE = " \t\v\f"
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^ \t\v\f]+)')


class ConfigError(Exception):
    """The configuration cannot be read as Squid reads it; the message names file and line."""


class Directive(t.NamedTuple):
    """One directive and where it stands.

    `words` are its arguments without quotes, up to a comment; `raw` are the lines as written. `certain` is false within
    an ``if`` that only Squid can decide.
    """

    file: str
    line: int
    name: str
    words: list[str]
    text: str
    raw: str
    certain: bool = True

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.file} line {self.line}"


class Config(t.NamedTuple):
    """The directives before and after the place of our snippet; `included` is false where no include reaches it.

    `alone` is an include that matches no other file than ours: without our snippet Squid would refuse to start.
    """

    before: list[Directive]
    after: list[Directive]
    included: bool
    alone: Directive | None = None

    @property
    def all(self) -> list[Directive]:
        """Every directive of the site, without our snippet's."""
        return self.before + self.after

    def with_snippet(self, snippet: str) -> str:
        """Return the whole configuration as one text (latin-1), with `snippet` in the place of ours."""
        texts = [directive.raw for directive in self.before]
        texts.append(snippet.rstrip("\n"))
        texts.extend(directive.raw for directive in self.after)
        return "\n".join(texts) + "\n"


def read_config(config_file: str, snippet: str) -> Config:
    """Read the site's configuration, and find where in it the file `snippet` stands or would stand.

    Raises:
        ConfigError: a file cannot be read, or includes go round in a circle.
    """
    reader = _Reader(os.path.abspath(snippet))
    reader.read(os.path.abspath(config_file), ())
    found = reader.found
    place = reader.place if reader.place is not None else len(found)
    return Config(found[:place], found[place:], reader.place is not None, reader.alone)


class _Reader:
    """Collects the directives of one configuration."""

    def __init__(self, snippet: str) -> None:
        self.found: list[Directive] = []
        self.place: int | None = None
        self.alone: Directive | None = None
        self._snippet = snippet
        self._conditions: list[bool | None] = []

    def read(self, path: str, parents: tuple[str, ...]) -> None:
        if path in parents or len(parents) > MAX_DEPTH:
            raise ConfigError(f"{path} is included in itself (through {' -> '.join(parents)})")
        for number, text, raw in _logical_lines(path):
            name = text.split(maxsplit=1)[0]
            words = words_of(text[len(name) :])
            directive = Directive(path, number, name, words, text, raw, None not in self._conditions)
            if name in ("if", "else", "endif"):
                self._condition(directive)
            elif False in self._conditions:
                continue
            elif name == "include" and words:
                self._include(directive, (*parents, path))
            else:
                self.found.append(directive)

    def _condition(self, directive: Directive) -> None:
        self.found.append(directive)
        if directive.name == "if":
            self._conditions.append({"true": True, "false": False}.get(" ".join(directive.words)))
        elif directive.name == "endif" and self._conditions:
            self._conditions.pop()
        elif directive.name == "else" and self._conditions:
            last = self._conditions[-1]
            self._conditions[-1] = None if last is None else not last

    def _include(self, directive: Directive, parents: tuple[str, ...]) -> None:
        for pattern in directive.words:
            files = _expanded(pattern, self._snippet)
            if not files:
                # Squid shall say itself what it makes of this: the pattern may hold one of its macros.
                self.found.append(directive._replace(raw=f'include "{pattern}"'))
            if files == [self._snippet]:
                self.alone = directive
            for file in files:
                if file != self._snippet:
                    self.read(file, parents)
                elif self.place is None:
                    self.place = len(self.found)


def _expanded(pattern: str, snippet: str) -> list[str]:
    """Return the files of one include pattern in Squid's order, with ours among them whether or not it exists."""
    files = {os.path.abspath(file) for file in glob.glob(pattern)}
    directory, wanted = os.path.split(os.path.abspath(pattern))
    if os.path.dirname(snippet) == directory and fnmatch.fnmatchcase(os.path.basename(snippet), wanted):
        files.add(snippet)
    return sorted(files)


def _logical_lines(path: str) -> t.Iterator[tuple[int, str, str]]:
    """Yield what a file says, line by line: the number of its first line, the joined text, and the lines as written."""
    try:
        lines = read_text(path).split("\n")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    joined, start = "", 0
    raw: list[str] = []
    for number, line in enumerate(lines, 1):
        piece = line.partition("\r")[0].partition("\0")[0].lstrip(_SPACE)
        if not piece or piece.startswith(("#", "#line ")):
            continue
        start = start if raw else number
        raw.append(piece)
        joined += piece
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        if joined.strip(_SPACE):
            yield start, joined.rstrip(_SPACE), "\n".join(raw)
        joined, raw = "", []


def words_of(text: str) -> list[str]:
    """Return the arguments of a directive without their quotes, up to a comment."""
    return [word for word, _quoted in _tokens(text)]


def _tokens(text: str) -> t.Iterator[tuple[str, bool]]:
    for match in _TOKEN.finditer(text):
        if match.group(1) is not None:
            yield re.sub(r"\\(.)", r"\1", match.group(1)), True
        elif match.group(2).startswith("#"):
            return
        else:
            yield match.group(2), False


def acl_values(acl: Directive) -> list[str] | None:
    """Return the values of an ``acl`` directive, those in files that it names included; None if they cannot be read."""
    values: list[str] = []
    for word, quoted in list(_tokens(acl.text))[3:]:
        if word.startswith("parameters("):
            return None
        if not quoted:
            values.extend([] if word.startswith("-") else [word])
            continue
        try:
            lines = read_text(word).split("\n")
        except OSError:
            return None
        values.extend(entry for line in lines for entry in words_of(line.partition("\r")[0]))
    return values
