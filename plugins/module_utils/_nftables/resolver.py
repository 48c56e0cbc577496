# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The dnsmasq that fills a list's sets: its configuration checked, restarted, and asked."""

from __future__ import annotations

import os
import re
import select
import socket
import struct
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.fragment import State, told
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

OLDEST_VERSION = (2, 87)  # the first with nftset
MEASURED_VERSIONS = ("2.90",)

_A, _TXT, _AAAA = 1, 16, 28
_ASK_SECONDS = 1.0
_TRIES = 3
_AT_ONCE = 60  # dnsmasq forwards 150 questions at a time, and others ask as well

Run = t.Callable[..., tuple[int, str, str]]


class Resolver:
    """One dnsmasq. `address` and `port` are where this host asks it; `restart` is the command that restarts it."""

    def __init__(
        self,
        run: Run,
        executable: str,
        config_file: str,
        conf_dir: str,
        pid_file: str,
        restart: t.Sequence[str],
        address: str,
        port: int,
    ) -> None:
        self._run = run
        self._executable = executable
        self.config_file = config_file
        self.conf_dir = conf_dir
        self.pid_file = pid_file
        self._restart = list(restart)
        self.address = address
        self.port = port
        self._version: str | None = None

    def _call(self, argv: t.Sequence[str], data: str | None = None) -> tuple[int, str]:
        try:
            status, out, err = self._run(
                list(argv),
                data=None if data is None else data.encode("latin-1"),
                binary_data=True,
                environ_update={"LC_ALL": "C"},
                handle_exceptions=False,
            )
        except OSError as error:
            raise ApplianceError(f"The program '{argv[0]}' cannot be run: {error.strerror}.") from error
        return status, out + err

    def version(self) -> str:
        """Return dnsmasq's version.

        Raises:
            ApplianceError: it is not there, too old, or was built without nftset.
        """
        if self._version is not None:
            return self._version
        status, said = self._call([self._executable, "--version"])
        found = re.search(r"version (\d+)\.(\d+)\S*", said, re.I)
        if status != 0 or not found:
            raise ApplianceError(f"'{self._executable} --version' tells no version of dnsmasq.")
        if (int(found.group(1)), int(found.group(2))) < OLDEST_VERSION or not re.search(r"(?<!no-)\bnftset\b", said):
            raise ApplianceError(
                f"dnsmasq {found.group(1)}.{found.group(2)} cannot fill nftables sets: version 2.87 or later is "
                "needed, built with nftset. Or set names to none, and use networks alone."
            )
        self._version = f"{found.group(1)}.{found.group(2)}"
        return self._version

    # -- configuration -------------------------------------------------------------------------------------------

    def site(self, ours: str) -> str:
        """Return the site's configuration around our fragment (`ours`, its path), as one text."""
        lines = []
        try:
            with open(self.config_file, encoding="latin-1") as file:
                lines = [line.rstrip("\n") for line in file]
        except FileNotFoundError:
            pass
        kept = [line for line in lines if not self._names_conf_dir(line)]
        for name in self._fragments():
            path = os.path.join(self.conf_dir, name)
            if path != ours:
                kept.append(f"conf-file={path}")
        return "\n".join(kept) + "\n"

    def _names_conf_dir(self, line: str) -> bool:
        key, equals, value = line.partition("=")
        return bool(equals) and key.strip() == "conf-dir" and value.split(",")[0].strip().rstrip("/") == self.conf_dir

    def _fragments(self) -> list[str]:
        """The files of the directory that dnsmasq reads; it passes over these endings and beginnings."""
        try:
            names = sorted(os.listdir(self.conf_dir))
        except FileNotFoundError:
            return []
        return [n for n in names if n[0] not in ".#" and not n.endswith("~") and ".dpkg-" not in n and n[-1] != "#"]

    def check(self, site: str, fragment: str) -> None:
        """Let ``dnsmasq --test`` judge a fragment, alone and within the site's configuration; nothing is written.

        Raises:
            ApplianceError: dnsmasq would not start with it.
        """
        status, said = self._call([self._executable, "--test", "--conf-file=-"], fragment)
        if status != 0:
            raise ApplianceError(f"'dnsmasq --test' does not accept the list's fragment: {_complaint(said)}.")
        status, said = self._call([self._executable, "--test", "--conf-file=-"], site + fragment)
        if status == 0:
            return
        alone, before = self._call([self._executable, "--test", "--conf-file=-"], site)
        if alone != 0:
            raise ApplianceError(
                f"'dnsmasq --test' does not accept the site's own configuration: {_complaint(before)}. Mend it first."
            )
        raise ApplianceError(
            f"'dnsmasq --test' does not accept the configuration with this list: {_complaint(said)}. Where the site "
            "sets max-ttl or max-cache-ttl itself, set limit_cache to false."
        )

    def cache_limit(self, site: str) -> int | None:
        """Return how long the site lets dnsmasq answer from its cache, in seconds; None where it sets no limit."""
        found = []
        for path in re.findall(r"^conf-file=(.+)$", site, re.M):
            try:
                with open(path, encoding="latin-1") as file:
                    site += file.read()
            except OSError:
                continue
        for key, value in re.findall(r"^\s*(max-cache-ttl|max-ttl|cache-size)\s*=\s*(\d+)", site, re.M):
            if key == "cache-size" and int(value) == 0:
                return 0
            if key != "cache-size":
                found.append(int(value))
        return min(found) if found else None

    # -- the running one -----------------------------------------------------------------------------------------

    def runs(self) -> bool:
        """Tell whether the process of the pid file runs and is a dnsmasq."""
        try:
            with open(self.pid_file, encoding="ascii") as file:
                pid = int(file.read())
            with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as file:
                return file.read().startswith("dnsmasq")
        except (OSError, ValueError):
            return False

    def restart(self) -> None:
        """Restart dnsmasq: it reads its fragments at its start only.

        Raises:
            ApplianceError: the command fails.
        """
        status, said = self._call(self._restart)
        if status != 0:
            raise ApplianceError(f"'{' '.join(self._restart)}' failed ({status}): {_complaint(said)}.")

    def ask(self, name: str) -> State | str | None:
        """Return what the running dnsmasq says of its fragment; None where it has none, ``""`` where nobody answers."""
        for _try in range(_TRIES):
            try:
                answer = self._exchange(name)
            except ConnectionError:
                return ""
            except OSError:
                continue
            if answer is None:
                return None
            return told(answer) or (answer, "")
        return ""

    def _exchange(self, name: str) -> str | None:
        with self._socket() as sock:
            sock.settimeout(_ASK_SECONDS)
            identity = os.urandom(2)
            sock.send(_question(identity, name, _TXT))
            while True:
                reply = sock.recv(4096)
                if reply[:2] == identity:
                    return _text_of(reply)

    def _socket(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.connect((self.address, self.port))
        except OSError:
            sock.close()
            raise
        return sock

    def addresses(self, names: t.Sequence[str], seconds: float) -> set[str]:
        """Ask for all addresses of `names`, many at once, for at most `seconds`; return those that came.

        dnsmasq puts what it hears from upstream into the list's sets before it answers, so this fills them. A name
        that does not resolve in time is left to the first client that asks for it.
        """
        waiting = [(name, kind) for name in names for kind in (_A, _AAAA)]
        asked: dict[int, float] = {}
        found: set[str] = set()
        deadline = time.monotonic() + seconds
        place = 0
        with self._socket() as sock:
            sock.setblocking(False)
            while time.monotonic() < deadline and (asked or place < len(waiting)):
                while place < len(waiting) and len(asked) < _AT_ONCE:
                    name, kind = waiting[place]
                    try:
                        sock.send(_question(struct.pack("!H", place & 0xFFFF), name, kind))
                    except OSError:
                        return found
                    asked[place & 0xFFFF] = time.monotonic()
                    place += 1
                if select.select([sock], [], [], 0.2)[0]:
                    try:
                        reply = sock.recv(4096)
                    except OSError:
                        return found
                    asked.pop(struct.unpack("!H", reply[:2])[0], None)
                    found.update(_addresses_of(reply))
                old = time.monotonic() - 2.0
                for identity in [identity for identity, since in asked.items() if since < old]:
                    del asked[identity]
        return found


def _complaint(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    text = lines[-1] if lines else "it says nothing"
    return "".join(c if c.isprintable() else "?" for c in text)[:300].rstrip(".")


# -- messages of DNS (RFC 1035) ----------------------------------------------------------------------------------


def _question(identity: bytes, name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("ascii").split(b"."))
    return identity + b"\x01\x00\0\x01\0\0\0\0\0\0" + labels + b"\0" + struct.pack("!HH", kind, 1)


def _records(reply: bytes) -> t.Iterator[tuple[int, bytes]]:
    _identity, _flags, questions, answers = struct.unpack("!4H", reply[:8])
    place = 12
    for _number in range(questions):
        place = _after_name(reply, place) + 4
    for _number in range(answers):
        place = _after_name(reply, place)
        kind, _class, _ttl, length = struct.unpack("!HHIH", reply[place : place + 10])
        yield kind, reply[place + 10 : place + 10 + length]
        place += 10 + length


def _after_name(reply: bytes, place: int) -> int:
    while reply[place]:
        if reply[place] >= 0xC0:
            return place + 2
        place += reply[place] + 1
    return place + 1


def _text_of(reply: bytes) -> str | None:
    try:
        for kind, data in _records(reply):
            if kind == _TXT and data:
                return data[1 : 1 + data[0]].decode("ascii", "replace")
    except (IndexError, struct.error):
        return "an answer that is no DNS message"
    return None


def _addresses_of(reply: bytes) -> set[str]:
    found = set()
    try:
        for kind, data in _records(reply):
            if kind == _A and len(data) == 4:
                found.add(socket.inet_ntop(socket.AF_INET, data))
            elif kind == _AAAA and len(data) == 16:
                found.add(socket.inet_ntop(socket.AF_INET6, data))
    except (IndexError, struct.error):
        return found
    return found
