# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does what a client does, many at a time: asks the resolver for a name, and connects. Standard library only.

Reads one JSON document ``{"server": address, "requests": [[host, port, transport], …]}`` and prints a JSON list: true
where the firewall let it pass, false where there was no address or the firewall refused, a text where it did neither.
"""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import socket
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

WORKERS = 24
TIMEOUT = 8.0
_NO_SUCH = {3, 5}
_A, _AAAA = 1, 28


def query(server: str, name: str, kind: int) -> list[str] | None:
    """Return the addresses of a name, or None where the resolver refuses it or says that it does not exist."""
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0" + struct.pack("!HH", kind, 1)
    for _try in range(3):
        identity = os.urandom(2)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(TIMEOUT / 2)
            sock.connect((server, 53))
            sock.send(identity + b"\x01\0\0\x01\0\0\0\0\0\0" + question)
            try:
                reply = sock.recv(4096)
            except TimeoutError:
                continue
        code = reply[3] & 15
        if code in _NO_SUCH:
            return None
        if code == 0:
            return addresses(reply, 12 + len(question), kind)
    raise OSError(f"the resolver does not answer for {name}")


def addresses(reply: bytes, place: int, wanted: int) -> list[str]:
    """Return the addresses in an answer whose records begin at `place`."""
    found = []
    for _number in range(struct.unpack("!H", reply[6:8])[0]):
        while reply[place] and reply[place] < 0xC0:
            place += reply[place] + 1
        place += 2 if reply[place] else 1
        kind, _class, _ttl, length = struct.unpack("!HHIH", reply[place : place + 10])
        data = reply[place + 10 : place + 10 + length]
        place += 10 + length
        if kind == wanted:
            found.append(socket.inet_ntop(socket.AF_INET if kind == _A else socket.AF_INET6, data))
    return found


def ask(server: str, host: str, port: int, transport: str) -> bool | str:
    """Return what became of one request."""
    try:
        try:
            targets: list[str] | None = [str(ipaddress.ip_address(host.strip("[]")))]
        except ValueError:
            targets = query(server, host, _A)
            if targets == []:
                targets = query(server, host, _AAAA)
        return any(connect(target, port, transport) for target in targets or ())
    except OSError as error:
        return f"{type(error).__name__}: {error}"


def connect(address: str, port: int, transport: str) -> bool:
    """Tell whether a packet came through: an open port and a closed one both say so, a firewall says "prohibited"."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as sock:
        sock.settimeout(TIMEOUT)
        try:
            sock.connect((address, port))
            if transport == "udp":
                sock.send(b"?")
                sock.recv(100)
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                return True
            if error.errno in (errno.EHOSTUNREACH, errno.EACCES):
                return False
            raise
    return True


def main() -> None:
    """Answer what standard input asks."""
    asked = json.load(sys.stdin)
    with ThreadPoolExecutor(WORKERS) as pool:
        answers = list(pool.map(lambda request: ask(asked["server"], *request), asked["requests"]))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
