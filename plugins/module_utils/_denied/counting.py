# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""From a log of any size to what was denied, how often and since when: in one pass, with bounds on what is kept."""

from __future__ import annotations

import glob
import gzip
import os
import stat
import typing as t
import zlib

from ansible_collections.managed_desktop.network.plugins.module_utils._denied.access_log import LONGEST, parse_line

MOST_REQUESTS = 20_000
"""How many different requests are told apart; a log of an attack has any number."""
MOST_CLIENTS = 1_000
"""Up to how many different clients of one request are counted."""

_OUR_OWN = ".allowlist.invalid"
"""The names by which this collection itself asks a proxy which list runs: it refuses them, and that is the answer."""
_GZIP = b"\x1f\x8b"

Key = tuple[str, int, t.Optional[str], t.Optional[str]]


class LogError(Exception):
    """A log cannot be read; the message says which, why, and what to do."""


class _Count:
    def __init__(self, at: float) -> None:
        self.times = 0
        self.first = self.last = at
        self.clients: set[str] = set()


class Counter:
    """What was denied, of all lines that were put in; those before `since` (seconds since 1970) only count as lines."""

    def __init__(self, since: float = 0.0) -> None:
        self.lines = self.unreadable = self.uncounted = 0
        self._since = since
        self._counts: dict[Key, _Count] = {}

    def add(self, line: bytes | None) -> None:
        """Count one line; None stands for one that is too long to be read."""
        self.lines += 1
        request = None if line is None else parse_line(line.decode("ascii", "backslashreplace").strip())
        if request is None:
            self.unreadable += line is None or bool(line.strip())
            return
        if not request.denied or request.at < self._since or request.host.endswith(_OUR_OWN):
            return
        key = (request.host, request.port, request.scheme, request.path)
        count = self._counts.get(key)
        if count is None:
            if len(self._counts) >= MOST_REQUESTS:
                self.uncounted += 1
                return
            count = self._counts[key] = _Count(request.at)
        count.times += 1
        count.first, count.last = min(count.first, request.at), max(count.last, request.at)
        if len(count.clients) < MOST_CLIENTS:
            count.clients.add(request.client)

    def report(self) -> dict[str, t.Any]:
        """Return what was counted as plain data: the requests, most frequent first, and how many lines were read."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1].times, item[0][:2], str(item[0][2:])))
        return {
            "denied": [
                {
                    "host": host,
                    "port": port,
                    "scheme": scheme,
                    "path": path,
                    "times": count.times,
                    "first": count.first,
                    "last": count.last,
                    "clients": len(count.clients),
                }
                for (host, port, scheme, path), count in ordered
            ],
            "lines": self.lines,
            "unreadable": self.unreadable,
            "uncounted": self.uncounted,
        }


def count_logs(patterns: t.Sequence[str], since: float, most_bytes: int) -> dict[str, t.Any]:
    """Return what the logs tell that the patterns name: `Counter.report`, the ``logs`` read, and those ``cut``.

    Of a plain log with more than `most_bytes` the end is read, and of a compressed one the beginning.

    Raises:
        LogError: a pattern names no log, or one cannot be read.
    """
    counter = Counter(since)
    logs, cut = _logs(patterns), []
    for path in logs:
        try:
            if _count_log(path, counter, most_bytes):
                cut.append(path)
        except (OSError, EOFError, zlib.error) as error:
            raise LogError(
                f"{path} cannot be read: {error}. Name a log that Squid writes, and read it as root."
            ) from error
    return {**counter.report(), "logs": logs, "cut": cut}


def _logs(patterns: t.Sequence[str]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        paths = sorted(glob.glob(pattern))
        if not paths:
            raise LogError(f"There is no log {pattern}. Squid's access_log says where it stands.")
        found += [path for path in paths if path not in found]
    return found


def _count_log(path: str, counter: Counter, most_bytes: int) -> bool:
    """Count the lines of one log; return whether it was too large to be read whole."""
    with open(path, "rb", opener=_without_waiting) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise OSError("it is no regular file")
        if file.read(2) == _GZIP:
            file.seek(0)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _count_lines(t.cast(t.BinaryIO, unpacked), counter, most_bytes)
        skipped = max(0, about.st_size - most_bytes)
        file.seek(skipped)
        if skipped:
            _rest_of_line(file, most_bytes)
        _count_lines(file, counter, most_bytes)
        return bool(skipped)


def _count_lines(file: t.BinaryIO, counter: Counter, most_bytes: int) -> bool:
    """Count lines until the end or the bound; return whether that was the bound."""
    left = most_bytes
    while left > 0:
        line = file.readline(LONGEST)
        if not line:
            return False
        left -= len(line)
        if len(line) == LONGEST and not line.endswith(b"\n"):
            left -= _rest_of_line(file, left)
            counter.add(None)
        else:
            counter.add(line)
    return True


def _rest_of_line(file: t.BinaryIO, bound: int) -> int:
    """Read to the end of a line, or about as many bytes as the bound; return how many that were."""
    total = 0
    while total < bound:
        piece = file.readline(LONGEST)
        total += len(piece)
        if not piece or piece.endswith(b"\n"):
            break
    return total


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
