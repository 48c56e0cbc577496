# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Squid's configuration as Squid reads it: one sequence of directives, with includes resolved."""

from __future__ import annotations

import fnmatch
import glob
import os
import typing as t

MAX_DEPTH = 16


class ConfigError(Exception):
    """The configuration cannot be read as Squid reads it; the message names file and line."""


class Directive(t.NamedTuple):
    """One directive and where it stands. `words` are its arguments, as written but for quotes."""

    file: str
    line: int
    name: str
    words: t.List[str]
    text: str

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.file} line {self.line}"


class Config(t.NamedTuple):
    """The directives before and after the place of our snippet; `included` is false where no include reaches it."""

    before: t.List[Directive]
    after: t.List[Directive]
    included: bool

    @property
    def all(self) -> t.List[Directive]:
        """Every directive of the site, without our snippet's."""
        return self.before + self.after


def read_config(config_file: str, snippet: str) -> Config:
    """Read the site's configuration, and find where in it the file `snippet` stands or would stand.

    Raises:
        ConfigError: a file cannot be read, or includes go round in a circle.
    """
    found: t.List[t.Optional[Directive]] = []
    _read_file(os.path.abspath(config_file), os.path.abspath(snippet), found, ())
    if None in found:
        place = found.index(None)
        before, after = found[:place], found[place + 1 :]
    else:
        before, after = found, []
    return Config([d for d in before if d], [d for d in after if d], None in found)


def flattened(config_file: str, snippet: str, replacement: str) -> str:
    """Return the whole configuration as one text, with `replacement` in place of our snippet."""
    config = read_config(config_file, snippet)
    texts = [d.text for d in config.before]
    texts.append(replacement.rstrip("\n"))
    texts.extend(d.text for d in config.after)
    return "\n".join(texts) + "\n"


def _read_file(path: str, snippet: str, found: t.List[t.Optional[Directive]], parents: t.Tuple[str, ...]) -> None:
    if path in parents or len(parents) > MAX_DEPTH:
        raise ConfigError(f"{path} is included in itself (through {' -> '.join(parents)})")
    for number, text in _logical_lines(path):
        words = _words(text)
        if not words:
            continue
        if words[0] != "include":
            found.append(Directive(path, number, words[0], words[1:], text))
            continue
        for pattern in words[1:]:
            for included in _expanded(pattern, snippet):
                if included == snippet:
                    found.append(None)
                else:
                    _read_file(included, snippet, found, (*parents, path))


def _expanded(pattern: str, snippet: str) -> t.List[str]:
    """Return the files of one include pattern in Squid's order, with ours among them whether or not it exists."""
    files = {os.path.abspath(file) for file in glob.glob(pattern)}
    pattern = os.path.abspath(pattern)
    directory, wanted = os.path.split(pattern)
    if os.path.dirname(snippet) == directory and fnmatch.fnmatchcase(os.path.basename(snippet), wanted):
        files.add(snippet)
    return sorted(files)


def _logical_lines(path: str) -> t.Iterator[t.Tuple[int, str]]:
    """Yield the lines of a file that say something, continued ones joined, each with the number of its first line."""
    try:
        with open(path, encoding="latin-1") as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    joined, start = "", 0
    for number, line in enumerate(lines, 1):
        start = start if joined else number
        if line.endswith("\\"):
            joined += line[:-1]
            continue
        text = (joined + line).strip()
        joined = ""
        if text and not text.startswith("#"):
            yield start, text
    if joined.strip():
        yield start, joined.strip()


def _words(text: str) -> t.List[str]:
    words = []
    for word in text.split():
        if word.startswith("#"):
            break
        words.append(word.strip('"'))
    return words
