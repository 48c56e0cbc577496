# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The program that a Squid asks about each request, where the list is one file that it follows.

It is put beside the list and started by Squid as ``helper.py LIST``; with ``--check LIST`` it only says whether it
could use the file. It needs nothing but this file and Python's standard library.

A question is ``CHANNEL METHOD SCHEME HOST PORT ASKED PATH``, host and path with every unsafe character and every
percent sign escaped. ASKED is a treatment, or ``running`` for which list is in memory. The answer is ``CHANNEL OK``
with a note on the request, or ``CHANNEL ERR``, which is a denial.

Before each answer the file is looked at: once it was renamed into place, no answer comes from the list before it. A
file that cannot be used changes nothing: the list in memory stays, and ``running`` names that list.

Its decisions are Squid's own by the same entries in ``dstdomain -n``, ``dstdom_regex``, ``url_regex`` and ``dst -n``.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import re
import sys
import time
import typing as t
from urllib.parse import unquote_to_bytes

GROUPS = "groups"
RUNNING = "running"
_AGAIN = 1.0
_ESCAPE = re.compile(rb"%(?:(%)|([0-9A-Fa-f]{2}))")
_DOTS = re.compile(r"/\.\.?(/|\Z)")


class Group:
    """The entries with the same ports and treatments, in the form in which they are looked up."""

    def __init__(self, title: str, entries: t.Mapping[str, t.Sequence[str]]) -> None:
        ports, *treatments = title.split()
        self.ports = [_span(port) for port in ports.partition("/")[2].split(",")]
        self.treatments = frozenset(["allow", *treatments])
        names = entries.get("names", [])
        apexes = set(entries.get("apexes", []))
        self.names = {name.lstrip(".") for name in names}
        self.domains = {name[1:] for name in names if name.startswith(".")}
        self.below = {name[1:] for name in entries.get("below", []) if name[1:] in apexes}
        self.globs = _by_tail(entries.get("globs", []))
        self.urls = [re.compile(entry) for entry in entries.get("urls", [])]
        self.paths = set(entries.get("paths", []))
        self.prefixes = [re.compile(entry) for entry in entries.get("prefix-urls", [])]
        self.networks = _by_length(entries.get("networks", []))

    def has_host(self, host: str) -> bool:
        """Tell whether the host is listed, whatever is asked of it."""
        if host in self.names or _in_networks(host, self.networks):
            return True
        place, parent = 0, host
        while True:
            if any(glob.fullmatch(host) for glob in self.globs.get(parent, ())):
                return True
            place = host.find(".", place) + 1
            if not place:
                return any(glob.fullmatch(host) for glob in self.globs.get("", ()))
            parent = host[place:]
            if parent in self.domains or parent in self.below:
                return True

    def has_url(self, start: str, path: bytes) -> bool:
        """Tell whether an address is listed; `path` is as it was sent, and compared with its escapes resolved."""
        if not self.urls and not self.prefixes:
            return False
        url = start + unescaped(path).decode("latin-1")
        if path.decode("latin-1") in self.paths and any(entry.fullmatch(url) for entry in self.urls):
            return True
        return not _DOTS.search(url) and any(entry.fullmatch(url) for entry in self.prefixes)


class Held(t.NamedTuple):
    """A list in memory, with the digest and generation that its file gives it."""

    digest: str
    generation: str
    groups: t.Sequence[Group]

    def grants(self, method: str, scheme: str, host: str, port: int, path: bytes) -> set[str]:
        """Return the treatments that the request gets; none where it is not listed."""
        granted: set[str] = set()
        start = f"http://{host}{'' if port == 80 else f':{port}'}"
        plain = scheme == "http" and method != "CONNECT"
        for group in self.groups:
            within = any(low <= port <= high for low, high in group.ports)
            if within and (group.has_host(host) or (plain and group.has_url(start, path))):
                granted |= group.treatments
        return granted


# -- the file ----------------------------------------------------------------------------------------------------


def packed(digest: str, generation: str, files: t.Mapping[str, str]) -> str:
    """Return the text of a list file: a line that names and seals it, and its entries."""
    body = json.dumps(files, sort_keys=True, ensure_ascii=True)
    seal = hashlib.sha256(body.encode("ascii")).hexdigest()
    return f"{json.dumps({'digest': digest, 'generation': generation, 'sha256': seal})}\n{body}\n"


def unpacked(text: bytes) -> tuple[str, str, dict[str, str]]:
    """Return digest, generation and entries of a list file.

    Raises:
        ValueError: it is not whole, or of another form.
    """
    head, _newline, body = text.partition(b"\n")
    try:
        header, files = json.loads(head), json.loads(body)
    except RecursionError as error:
        raise ValueError("it is no list file") from error
    if not isinstance(header, dict) or not isinstance(files, dict):
        raise ValueError("it is no list file")
    digest, generation, seal = (header.get(name) for name in ("digest", "generation", "sha256"))
    if not all(isinstance(value, str) for value in (digest, generation, seal, *files.values())):
        raise ValueError("it is no list file")
    if hashlib.sha256(body.rstrip(b"\n")).hexdigest() != seal:
        raise ValueError("it is not as it was written")
    return str(digest), str(generation), files


def loaded(text: bytes) -> Held:
    """Return the list of a list file.

    Raises:
        ValueError: it is damaged.
    """
    digest, generation, files = unpacked(text)
    by_group: dict[str, dict[str, list[str]]] = {}
    for name, entries in files.items():
        group, dash, kind = name.partition("-")
        if dash:
            by_group.setdefault(group, {}).setdefault(kind.rstrip("0123456789"), []).extend(entries.splitlines())
    titles = dict(line.split(" ", 1) for line in files.get(GROUPS, "").splitlines())
    try:
        groups = [Group(titles[group], entries) for group, entries in sorted(by_group.items())]
    except (KeyError, re.error) as error:
        raise ValueError(f"an entry of it cannot be used: {error}") from error
    return Held(digest, generation, groups)


class Followed:
    """A list file, looked at before each answer and read where it is another one."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._held: Held | None = None
        self._seen: tuple[int, ...] | None = None
        self._trouble: str | None = None
        self._again = 0.0

    def held(self) -> Held | None:
        """Return the list in memory, which is that of the file wherever the file can be used."""
        try:
            found = _mark(os.stat(self._path))
            if found != self._seen or (self._trouble is not None and time.monotonic() >= self._again):
                self._seen = found
                self._read()
        except (OSError, ValueError, MemoryError) as error:
            self._again = time.monotonic() + _AGAIN
            self._tell(str(error))
        return self._held

    def _read(self) -> None:
        with open(self._path, "rb") as file:
            self._seen = _mark(os.fstat(file.fileno()))
            self._held = loaded(file.read())
        self._trouble = None

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            kept = "everything is denied" if self._held is None else f"list {self._held.digest[:12]} stays"
            _say(f"{self._path} cannot be used, so {kept}: {trouble}")
        self._trouble = trouble


def _mark(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


# -- looking up --------------------------------------------------------------------------------------------------


def _span(text: str) -> tuple[int, int]:
    low, _dash, high = text.partition("-")
    return int(low), int(high or low)


def _by_tail(globs: t.Iterable[str]) -> dict[str, list[t.Pattern[str]]]:
    """Return expressions for names by the labels that they end in without a star, so that few have to be tried."""
    found: dict[str, list[t.Pattern[str]]] = {}
    for entry in globs:
        plain = re.search(r"(?:[a-z0-9_-]+(?:\\\.|\$$))+$", entry)
        tail = plain.group(0)[:-1].replace("\\.", ".") if plain else ""
        if plain and entry[plain.start() - 1] not in ".}":
            tail = tail.partition(".")[2]  # before the first dot stands the end of a label with a star
        found.setdefault(tail, []).append(re.compile(entry, re.I))
    return found


def _by_length(networks: t.Iterable[str]) -> dict[tuple[int, int], set[int]]:
    """Return networks as numbers, by IP version and the number of bits behind the prefix."""
    found: dict[tuple[int, int], set[int]] = {}
    for network in map(ipaddress.ip_network, networks):
        behind = network.max_prefixlen - network.prefixlen
        found.setdefault((network.version, behind), set()).add(int(network.network_address) >> behind)
    return found


def _in_networks(host: str, networks: t.Mapping[tuple[int, int], set[int]]) -> bool:
    if not networks:
        return False
    try:
        address = ipaddress.ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    except ValueError:
        return False
    number = int(address)
    return any(version == address.version and number >> behind in kept for (version, behind), kept in networks.items())


def unescaped(path: bytes) -> bytes:
    """Return a path with its percent-escapes resolved as Squid does: ``%%`` is a percent sign, ``%00`` stays."""

    def one(match: t.Match[bytes]) -> bytes:
        if match.group(1):
            return b"%"
        value = int(match.group(2), 16)
        return bytes([value]) if value else match.group(0)

    return _ESCAPE.sub(one, path)


# -- the conversation --------------------------------------------------------------------------------------------


def answer(held: Held | None, line: bytes, name: str, place: str) -> bytes:
    """Return the answer to one question.

    `name` is the list's, for a note on the request that is allowed; `place` tells this program from one that another
    snippet had started.
    """
    channel, *words = line.split()
    said = b"ERR"
    if held is not None and len(words) == 6 and words[3].isdigit():
        method, scheme, host, port, asked, path = words
        if asked == RUNNING.encode():
            said = f"OK message={held.digest}.{held.generation}.{place}".encode("ascii")
        else:
            asked_host = unquote_to_bytes(host).decode("latin-1").lower()
            how = method.decode("latin-1"), scheme.decode("latin-1")
            granted = held.grants(*how, asked_host, int(port), _path(path))
            if asked.decode("latin-1") in granted:
                said = f"OK {note(name)}=allow".encode("ascii")
    return channel + b" " + said + b"\n"


def note(name: str) -> str:
    """Return the name of the note on what a list allows, for rules of Squid that cannot wait for a helper."""
    return f"mdn_{name}_"


def _path(word: bytes) -> bytes:
    return b"" if word == b"-" else unquote_to_bytes(word)


def serve(path: str, source: int, sink: t.BinaryIO) -> None:
    """Answer what comes from the file descriptor `source`, until it ends."""
    followed = Followed(path)
    home, directory = os.path.split(os.path.dirname(path))
    name, place = os.path.basename(home), directory[-8:]
    rest = b""
    while True:
        chunk = os.read(source, 65536)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        # After the questions were read, so that no answer is older than its question.
        held = followed.held()
        sink.write(b"".join(answer(held, line, name, place) for line in lines if line.strip()))
        sink.flush()


def _say(text: str) -> None:
    """Write a line into Squid's cache.log."""
    sys.stderr.write(f"allow-list helper: {text}\n")
    sys.stderr.flush()


def main(arguments: t.Sequence[str]) -> int:
    """Answer Squid's questions, or check a list file; return the exit status."""
    *options, path = arguments
    if options == ["--check"]:
        try:
            with open(path, "rb") as file:
                loaded(file.read())
        except (OSError, ValueError) as error:
            _say(f"{path} cannot be used: {error}")
            return 1
        return 0
    try:
        serve(path, 0, sys.stdout.buffer)
    except (BrokenPipeError, KeyboardInterrupt):
        return 1  # Squid is gone
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
