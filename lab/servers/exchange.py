# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 as the origin speaks it: bytes in, answers out, whatever carries them."""

from __future__ import annotations

import asyncio
import http
import json
import re
import typing as t

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)", re.IGNORECASE)
_HOST = re.compile(rb"\r\nhost:[ \t]*([^\r\n]*)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)
_STATUS = re.compile(r"/status/([2-5][0-9]{2})(?:[/?]|$)")
_DELAY = re.compile(r"/delay/([0-9]+(?:\.[0-9]+)?)(?:[/?]|$)")
_LONGEST_HEAD = 65536
_IDLE_SECONDS = 10.0


class Exchange:
    """One connection: requests in, answers out, in order, until the client is done.

    A request gets 200 and a JSON object that says what arrived, together with ``facts`` about the connection.
    ``/status/403`` gets that status, ``/delay/0.5`` its answer after that many seconds.
    """

    def __init__(
        self, facts: t.Mapping[str, t.Any], send: t.Callable[[bytes], None], close: t.Callable[[], None]
    ) -> None:
        """``send`` takes the bytes of answers, ``close`` ends the connection once they are sent."""
        self._facts = facts
        self._send = send
        self._close = close
        self._buffer = b""
        self._waiting: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._patience = self._loop.call_later(_IDLE_SECONDS, self._lose_patience)

    def feed(self, data: bytes) -> None:
        """Bytes from the client. A delayed answer holds back those behind it."""
        self._heard = self._loop.time()
        self._buffer += data
        if self._waiting is None:
            self._serve()

    def stop(self) -> None:
        """The client is gone: forget what it waited for."""
        self._patience.cancel()
        if self._waiting is not None:
            self._waiting.cancel()

    def _lose_patience(self) -> None:
        """Close an idle connection: a proxy would keep thousands, one for each name it was asked for."""
        left = self._heard + _IDLE_SECONDS - self._loop.time()
        if left <= 0 and self._waiting is None:
            self._close()
        else:
            self._patience = self._loop.call_later(max(left, 1.0), self._lose_patience)

    def _serve(self) -> None:
        """Answer every whole request that has arrived."""
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = _LENGTH.search(head)
            rest = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < rest:
                return
            self._buffer = self._buffer[rest:]
            words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
            if len(words) != 3:
                self._answer(400, {"error": "not an HTTP request"}, body=True, close=True)
                return
            delay = _DELAY.match(words[1])
            if delay:
                self._waiting = self._loop.call_later(float(delay[1]), self._resume, words, head)
                return
            self._respond(words, head)
        if len(self._buffer) > _LONGEST_HEAD:
            self._answer(431, {"error": "header too long"}, body=True, close=True)

    def _resume(self, words: list[str], head: bytes) -> None:
        self._waiting = None
        self._heard = self._loop.time()
        self._respond(words, head)
        self._serve()

    def _respond(self, words: list[str], head: bytes) -> None:
        method, path, version = words
        host = _HOST.search(head)
        asked = _STATUS.match(path)
        content = {"method": method, "host": host[1].decode("latin-1") if host else None, "path": path, **self._facts}
        self._answer(
            int(asked[1]) if asked else 200,
            content,
            body=method != "HEAD",
            close=version != "HTTP/1.1" or bool(_CLOSE.search(head)),
        )

    def _answer(self, status: int, content: t.Mapping[str, t.Any], body: bool, close: bool) -> None:
        payload = json.dumps(content).encode() + b"\n"
        try:
            reason = http.HTTPStatus(status).phrase
        except ValueError:
            reason = "As Asked"
        lines = [f"HTTP/1.1 {status} {reason}", "Server: lab-origin", "Cache-Control: no-store"]
        if status in (204, 304):
            body = False
        else:
            lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
        if close:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        self._send(head + payload if body else head)
        if close:
            self._close()
