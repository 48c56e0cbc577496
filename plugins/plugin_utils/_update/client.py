# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bounded GET over HTTPS, through the controller's own proxy settings, or of a file.

Bounded are the size of the answer (also unpacked), the time for all of it, and the redirects, which stay on HTTPS. An
answer that may have been cut off is refused: half a list of names looks like a whole one.
"""

from __future__ import annotations

import email.utils
import http.client
import os
import ssl
import stat
import threading
import time
import typing as t
import urllib.error
import urllib.parse
import zlib
from dataclasses import dataclass

from ansible.module_utils.urls import ConnectionError as UrlsConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url
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
_AGENT: t.Final = "ansible-collection-managed_desktop.network"


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
        return self._within_time(url)

    def _within_time(self, url: str) -> bytes:
        # A server that sends one octet now and then outlasts every timeout of a socket; a thread can be left behind.
        found: list[bytes | UpdateError] = []

        def ask() -> None:
            try:
                found.append(self._follow(url))
            except UpdateError as error:
                found.append(error)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self.timeout)
        if not found:
            raise UpdateError(f"{shown(url)} did not answer whole within {self.timeout:g} seconds; try again later.")
        if isinstance(found[0], UpdateError):
            raise found[0]
        return found[0]

    def _follow(self, url: str) -> bytes:
        asked = url
        for _step in range(MAX_REDIRECTS + 1):
            answer = self._ask(asked)
            if isinstance(answer, bytes):
                return answer
            asked = urllib.parse.urljoin(asked, answer)
            if urllib.parse.urlsplit(asked).scheme != "https":
                raise RefusedAnswer(
                    f"{shown(url)} redirects to {quoted(asked)}, which is not https; check the address and the proxy."
                )
        raise RefusedAnswer(f"{shown(url)} redirects more than {MAX_REDIRECTS} times; check the address.")

    def _ask(self, url: str) -> bytes | str:
        """Return the answer, or where to ask instead."""
        try:
            response = open_url(
                url,
                headers={"Accept-Encoding": "identity"},
                http_agent=_AGENT,
                timeout=self.timeout,
                ca_path=self.ca_path,
                follow_redirects="none",
                decompress=False,
                use_netrc=False,
            )
        except urllib.error.HTTPError as error:
            with error:
                return _status(url, error)
        except (
            SSLValidationError,
            urllib.error.URLError,
            UrlsConnectionError,
            http.client.HTTPException,
            OSError,
            ValueError,
        ) as error:
            raise UpdateError(_unasked(url, error)) from error
        with response:
            return self._body(url, response)

    def _body(self, url: str, response: t.Any) -> bytes:
        declared = response.headers.get("Content-Length")
        chunked = "chunked" in (response.headers.get("Transfer-Encoding") or "").lower()
        if declared is None and not chunked:
            raise RefusedAnswer(f"{shown(url)} does not say how long its answer is, so that one cut off looks whole.")
        try:
            raw = self._bounded(url, iter(lambda: response.read1(_CHUNK), b""))
        except (http.client.HTTPException, ssl.SSLError, OSError, ValueError) as error:
            if isinstance(error, UpdateError):
                raise
            raise RefusedAnswer(f"The answer of {shown(url)} was cut off ({_told(error)}); try again later.") from error
        if declared is not None and not chunked and declared.strip() != str(len(raw)):
            raise RefusedAnswer(
                f"The answer of {shown(url)} was cut off: {len(raw)} bytes of {quoted(declared)} came; try later."
            )
        encoding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
        if encoding == "identity":
            return raw
        if encoding not in ("gzip", "x-gzip"):
            raise RefusedAnswer(f"The answer of {shown(url)} is packed as {quoted(encoding)}, which was not asked for.")
        return self._unpacked(url, raw)

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
            raise RefusedAnswer(f"The answer of {shown(url)} cannot be unpacked ({_told(error)}).") from error
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
            raise UpdateError(f"{quoted(path)} cannot be read ({_told(error)}).") from error


def _unasked(url: str, error: Exception) -> str:
    """Return why nothing was heard of a source: it is not whom it should be, or not there."""
    if isinstance(error, SSLValidationError) or isinstance(
        getattr(error, "reason", error), ssl.SSLCertVerificationError
    ):
        return (
            f"{shown(url)} has no certificate that this controller trusts ({_told(error)}). Where your network inspects"
            " TLS, give its authority in ca_path."
        )
    return f"{shown(url)} could not be asked ({_told(error)}). Check the address, and the https_proxy set here."


def _status(url: str, error: urllib.error.HTTPError) -> str:
    if error.code in _REDIRECTS and error.headers.get("Location"):
        return str(error.headers["Location"])
    if error.code in _BUSY:
        seconds = retry_after(error.headers.get("Retry-After"))
        raise Busy(
            f"{shown(url)} answers {error.code} and asks not to be asked for {seconds:.0f} seconds; what is in force"
            " stays, and it is not asked before.",
            seconds,
        )
    raise RefusedAnswer(
        f"{shown(url)} answers {error.code} {quoted(str(error.reason))}; check the address and the proxy."
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


def _told(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return ascii(str(reason if reason is not None else error))[1:-1][:200]
