# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One question for a TXT record, put to one server: how the list that runs is asked for."""

from __future__ import annotations

import os
import socket
import struct
import typing as t

_TXT = 16
_TIMEOUT = 2.0
_TRIES = 2


class Answer(t.NamedTuple):
    """The response code (0: no error, 3: no such name) and the text, None without one."""

    code: int
    text: str | None


def ask_text(server: str, port: int, name: str) -> Answer | None:
    """Return what the server answers to a question for the TXT record of `name`; None where it does not answer."""
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("ascii").split(b"."))
    for _attempt in range(_TRIES):
        identity = os.urandom(2)
        question = identity + b"\x01\x00\0\x01\0\0\0\0\0\0" + labels + b"\0" + struct.pack("!HH", _TXT, 1)
        try:
            with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(_TIMEOUT)
                sock.connect((server, port))
                sock.send(question)
                reply = sock.recv(4096)
        except OSError:
            continue
        if reply[:2] == identity and len(reply) >= 12:
            return Answer(reply[3] & 15, _first_text(reply, len(question)))
    return None


def _first_text(reply: bytes, place: int) -> str | None:
    try:
        (answers,) = struct.unpack("!H", reply[6:8])
        for _answer in range(answers):
            while reply[place]:
                if reply[place] >= 0xC0:
                    place += 1
                    break
                place += reply[place] + 1
            place += 1
            kind, _class, _ttl, length = struct.unpack("!HHIH", reply[place : place + 10])
            place += 10
            if kind == _TXT:
                return reply[place + 1 : place + 1 + reply[place]].decode("ascii", "replace")
            place += length
    except (IndexError, struct.error):
        return None
    return None
