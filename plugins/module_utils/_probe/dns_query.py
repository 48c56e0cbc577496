# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One question to a resolver, spoken by hand.

`getaddrinfo` says "try again" to a refusal, a broken zone and a silent resolver alike. After a failure this asks once
more to learn the response code and, where the resolver gives one, the extended error (RFC 8914).
"""

from __future__ import annotations

import os
import socket
import struct
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.deadline import Deadline

RESPONSE_CODES: t.Final = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

# RFC 8914 section 4: the extended errors with which a resolver says that it withheld the answer on purpose.
BLOCKING_ERRORS: t.Final = {15: "Blocked", 16: "Censored", 17: "Filtered", 18: "Prohibited"}

_TYPE_OPT = 41
_OPTION_EXTENDED_ERROR = 15
_MOST_RECORDS = 64


class Verdict(t.NamedTuple):
    """What a resolver answered: its address, the name of the response code, and a blocking error's name or None."""

    server: str
    code: str
    blocked: str | None


def ask(name: str, deadline: Deadline, resolv_conf: str = "/etc/resolv.conf", port: int = 53) -> Verdict | None:
    """Ask the resolvers of this host for the address of `name`; None where none of them answers in time."""
    for server in _nameservers(resolv_conf):
        try:
            reply = _exchange(server, port, name, deadline.share(2))
        except OSError:
            continue
        try:
            return _read(server, reply)
        except (IndexError, struct.error):
            return Verdict(server, "an answer that is no DNS message", None)
    return None


def _nameservers(path: str) -> list[str]:
    try:
        with Path(path).open(encoding="ascii", errors="replace") as lines:
            words = [line.split() for line in lines]
    except OSError:
        words = []
    found = [pair[1] for pair in words if len(pair) > 1 and pair[0] == "nameserver"]
    return found[:3] or ["127.0.0.1"]  # both as resolv.conf(5) has it


def _exchange(server: str, port: int, name: str, deadline: Deadline) -> bytes:
    identity = os.urandom(2)
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("ascii").split(b"."))
    question = identity + b"\x01\x00\0\x01\0\0\0\0\0\x01" + labels + b"\0\0\x01\0\x01"
    question += b"\0" + struct.pack("!HHIH", _TYPE_OPT, 1232, 0, 0)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((server, port))
        deadline.arm(sock).send(question)
        while True:
            reply = deadline.arm(sock).recv(4096)
            if reply[:2] == identity:
                return reply


def _read(server: str, reply: bytes) -> Verdict:
    _identity, flags, questions, answers, authority, additional = struct.unpack("!6H", reply[:12])
    code = RESPONSE_CODES.get(flags & 15, f"response code {flags & 15}")
    place = 12
    for _question in range(min(questions, _MOST_RECORDS)):
        place = _after_name(reply, place) + 4
    for _record in range(min(answers + authority + additional, _MOST_RECORDS)):
        place = _after_name(reply, place)
        kind, _class, _ttl, length = struct.unpack("!HHIH", reply[place : place + 10])
        place += 10
        if kind == _TYPE_OPT:
            return Verdict(server, code, _extended_error(reply[place : place + length]))
        place += length
    return Verdict(server, code, None)


def _after_name(reply: bytes, place: int) -> int:
    while reply[place]:
        if reply[place] >= 0xC0:
            return place + 2
        place += reply[place] + 1
    return place + 1


def _extended_error(options: bytes) -> str | None:
    place = 0
    while place + 6 <= len(options):
        option, length, error = struct.unpack("!HHH", options[place : place + 6])
        if option == _OPTION_EXTENDED_ERROR and error in BLOCKING_ERRORS:
            return BLOCKING_ERRORS[error]
        place += 4 + length
    return None
