# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bounded GET over HTTPS, through the controller's own proxy settings, or of a file.

Bounded are the size of the answer (also unpacked), the time for all of it, and the redirects, which stay on HTTPS. An
answer that may have been cut off is refused: half a list of names looks like a whole one.
"""

from __future__ import annotations

import email.utils
import os
import stat
import time
import typing as t
import urllib.parse
import zlib
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.module_utils._https import (
    Answer,
    CutOff,
    ExchangeError,
    TooLarge,
    TooSlow,
    Untrusted,
    Way,
    exchange,
    is_chunked,
    told,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import (
    Busy,
    RefusedAnswer,
    UpdateError,
)

MAX_BYTES: t.Final = 16 * 1024 * 1024
"""The largest answer that is taken: forty times the web service's list of a cloud with everything in it."""
MAX_REDIRECTS: t.Final = 3
MAX_WAIT: t.Final = 7 * 24 * 3600.0
"""The longest that a source can ask not to be asked again; a month of silence would be an outage of ours."""
DEFAULT_WAIT: t.Final = 3600.0
"""How long to wait where a source that is busy does not say."""

_REDIRECTS: t.Final = (301, 302, 303, 307, 308)
_BUSY: t.Final = (429, 503)
_CHUNK: t.Final = 65536


@dataclass(frozen=True)
class Client:
    """How to ask: `timeout` is for one whole answer in seconds, `ca_path` a file of authorities in PEM."""

    timeout: float = 30.0
    ca_path: str | None = None
    max_bytes: int = MAX_BYTES

    def get(self, url: str) -> bytes:
        """Return what stands at `url`, which begins with ``https:`` or ``file:``.

        Raises:
            Busy: the source asks not to be asked now.
            RefusedAnswer: it answered with something else than a whole answer.
            UpdateError: it could not be asked.
        """
        scheme = urllib.parse.urlsplit(url).scheme
        if scheme == "file":
            return self._file(url)
        if scheme != "https":
            raise UpdateError(
                f"{quoted(url)} is neither https: nor file:; a list of what a firewall lets through is not taken from"
                " where others could change it on the way."
            )
        return self._follow(url)

    def _follow(self, url: str) -> bytes:
        ends = time.monotonic() + self.timeout
        asked = url
        for _step in range(MAX_REDIRECTS + 1):
            answer = self._ask(asked, max(ends - time.monotonic(), 0.0))
            if isinstance(answer, bytes):
                return answer
            asked = urllib.parse.urljoin(asked, answer)
            if urllib.parse.urlsplit(asked).scheme != "https":
                raise RefusedAnswer(
                    f"{shown(url)} redirects to {quoted(asked)}, which is not https; check the address and the proxy."
                )
        raise RefusedAnswer(f"{shown(url)} redirects more than {MAX_REDIRECTS} times; check the address.")

    def _ask(self, url: str, seconds: float) -> bytes | str:
        """Return the answer, or where to ask instead."""
        try:
            answer = exchange("GET", url, Way(seconds, self.ca_path, max_bytes=self.max_bytes))
        except ExchangeError as error:
            raise self._unasked(url, error) from error
        if answer.status >= 300:
            return _status(url, answer)
        if answer.headers.get("Content-Length") is None and not is_chunked(answer.headers):
            raise RefusedAnswer(f"{shown(url)} does not say how long its answer is, so that one cut off looks whole.")
        encoding = (answer.headers.get("Content-Encoding") or "identity").strip().lower()
        if encoding == "identity":
            return answer.body
        if encoding not in ("gzip", "x-gzip"):
            raise RefusedAnswer(f"The answer of {shown(url)} is packed as {quoted(encoding)}, which was not asked for.")
        return self._unpacked(url, answer.body)

    def _unasked(self, url: str, error: ExchangeError) -> UpdateError:
        """Return why nothing was heard of a source: it is not whom it should be, not there, or not whole."""
        if isinstance(error, Untrusted):
            return UpdateError(
                f"{shown(url)} has no certificate that this controller trusts ({error}). Where your network inspects"
                " TLS, give its authority in ca_path."
            )
        if isinstance(error, TooSlow):
            return UpdateError(f"{shown(url)} did not answer whole within {self.timeout:g} seconds; try again later.")
        if isinstance(error, TooLarge):
            return RefusedAnswer(f"{shown(url)} answers with over {self.max_bytes} bytes; that is no list.")
        if isinstance(error, CutOff):
            return RefusedAnswer(f"The answer of {shown(url)} was cut off ({error}); try again later.")
        return UpdateError(
            f"{shown(url)} could not be asked ({error}). Check the address, and the https_proxy set here."
        )

    def _bounded(self, url: str, parts: t.Iterator[bytes]) -> bytes:
        body = bytearray()
        for part in parts:
            body += part
            if len(body) > self.max_bytes:
                raise RefusedAnswer(f"{shown(url)} answers with over {self.max_bytes} bytes; that is no list.")
        return bytes(body)

    def _unpacked(self, url: str, raw: bytes) -> bytes:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            body = unpacker.decompress(raw, self.max_bytes + 1)
        except zlib.error as error:
            raise RefusedAnswer(f"The answer of {shown(url)} cannot be unpacked ({told(error)}).") from error
        if len(body) > self.max_bytes:
            raise RefusedAnswer(f"The answer of {shown(url)} unpacks to over {self.max_bytes} bytes; that is no list.")
        if not unpacker.eof:
            raise RefusedAnswer(f"The answer of {shown(url)} was cut off inside what is packed; try again later.")
        return body

    def _file(self, url: str) -> bytes:
        parts = urllib.parse.urlsplit(url)
        path = urllib.parse.unquote(parts.path)
        if parts.netloc not in ("", "localhost") or not path.startswith("/") or parts.query or parts.fragment:
            raise UpdateError(f"{quoted(url)} names no file of the controller; write file:///the/whole/path.")
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise UpdateError(f"{quoted(path)} is no regular file; give the path of a list.")
                return self._bounded(url, iter(lambda: stream.read(_CHUNK), b""))
        except (OSError, ValueError) as error:
            if isinstance(error, UpdateError):
                raise
            raise UpdateError(f"{quoted(path)} cannot be read ({told(error)}).") from error


def _status(url: str, answer: Answer) -> str:
    if answer.status in _REDIRECTS and answer.headers.get("Location"):
        return str(answer.headers["Location"])
    if answer.status in _BUSY:
        seconds = retry_after(answer.headers.get("Retry-After"))
        raise Busy(
            f"{shown(url)} answers {answer.status} and asks not to be asked for {seconds:.0f} seconds; what is in force"
            " stays, and it is not asked before.",
            seconds,
        )
    raise RefusedAnswer(
        f"{shown(url)} answers {answer.status} {quoted(answer.reason)}; check the address and the proxy."
    )


def retry_after(value: str | None, now: float | None = None) -> float:
    """Return how many seconds a ``Retry-After`` asks to wait, as a number or a date: at least one, at most a week."""
    text = (value or "").strip()
    seconds = DEFAULT_WAIT
    if text.isascii() and text.isdigit() and len(text) < 12:
        seconds = float(text)
    elif text:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - (time.time() if now is None else now)
        except (ValueError, TypeError, OverflowError):
            seconds = DEFAULT_WAIT
    return min(max(seconds, 1.0), MAX_WAIT)


def shown(url: str) -> str:
    """Return an address fit for a message: without a query, which holds the client id and perhaps the tenant."""
    parts = urllib.parse.urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return quoted(urllib.parse.urlunsplit((parts.scheme, place, parts.path, "", "")))[1:-1]
