# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The head and the first part of an HTTP answer, read from a peer that may be lying.

Nothing that a peer sends makes this read more than `MOST_HEAD` and `MOST_BODY` octets, or for longer than allowed.
"""

from __future__ import annotations

import re
import socket
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.deadline import Deadline
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.text import printable

MOST_HEAD: t.Final = 32 * 1024
MOST_BODY: t.Final = 16 * 1024
MOST_FIELDS: t.Final = 100
_MOST_INTERIM = 4

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9][0-9])(?:[ \t]([^\r\n]*))?")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class NoAnswer(Exception):
    """What came back is no HTTP answer. `cut` says that the peer closed or reset before a single octet."""

    def __init__(self, said: str, cut: bool = False) -> None:
        super().__init__(said)
        self.said = said
        self.cut = cut


@dataclass
class Answer:
    """An answer: field names in lower case, repeated fields joined by commas; `rest` came after the head."""

    status: int
    reason: str
    fields: dict[str, str]
    rest: bytes
    body: bytes = b""

    @property
    def line(self) -> str:
        """Status and reason, fit for a message."""
        return f"{self.status} {self.reason}".strip()


def read_answer(sock: socket.socket, deadline: Deadline) -> Answer:
    """Read the head of the final answer; interim ones (1xx) are passed over.

    Raises:
        NoAnswer: the peer closed early, or does not speak HTTP/1, or sends a head without end.
        socket.timeout: the time was over first.
    """
    received = b""
    for _interim in range(_MOST_INTERIM):
        head, received = _read_head(sock, deadline, received)
        answer = _parse(head, received)
        if answer.status >= 200:
            return answer
    raise NoAnswer("sends interim answers without end")


def read_body(sock: socket.socket, answer: Answer, deadline: Deadline) -> None:
    """Read the first octets of the body into the answer; whatever stops that is the end of the body."""
    length = answer.fields.get("content-length", "")
    wanted = min(MOST_BODY, int(length)) if length.isascii() and length.isdigit() and len(length) < 18 else MOST_BODY
    parts, size = [answer.rest], len(answer.rest)
    try:
        while size < wanted:
            part = deadline.arm(sock).recv(wanted - size)
            if not part:
                break
            parts.append(part)
            size += len(part)
    except OSError:
        pass  # the head is judged already; a body that stalls or breaks off only shows less of a block page
    answer.body = b"".join(parts)[:MOST_BODY]


def _read_head(sock: socket.socket, deadline: Deadline, received: bytes) -> tuple[bytes, bytes]:
    buffer = bytearray(received)
    searched = 0
    while True:
        end = _HEAD_END.search(buffer, searched)
        if end is not None:
            return bytes(buffer[: end.start()]), bytes(buffer[end.end() :])
        if len(buffer) > 5 and not buffer.startswith(b"HTTP/"):
            raise NoAnswer(f"does not answer in HTTP but with {printable(bytes(buffer[:24]))}")
        if len(buffer) > MOST_HEAD:
            raise NoAnswer(f"sends a head of over {MOST_HEAD} octets")
        searched = max(0, len(buffer) - 3)
        try:
            part = deadline.arm(sock).recv(8192)
        except ConnectionError as error:
            raise NoAnswer("resets the connection", cut=not buffer) from error
        if not part:
            raise NoAnswer(
                "closes the connection without an answer" if not buffer else "breaks off within the head",
                cut=not buffer,
            )
        buffer += part


def _parse(head: bytes, rest: bytes) -> Answer:
    lines = head.split(b"\n")
    status = _STATUS_LINE.fullmatch(lines[0].rstrip(b"\r"))
    if status is None:
        raise NoAnswer(f"does not answer in HTTP but with {printable(lines[0][:40])}")
    if len(lines) > MOST_FIELDS:
        raise NoAnswer(f"sends over {MOST_FIELDS} header fields")
    fields: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            key, text = printable(name.strip().lower(), 60), printable(value.strip(), 1000)
            fields[key] = f"{fields[key]}, {text}"[:1000] if key in fields else text
    return Answer(int(status.group(1)), printable(status.group(2) or b"", 80), fields, rest)
