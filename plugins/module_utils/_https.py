# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Requests over HTTP and their whole answers, bounded in size and in time.

`exchange` asks once, by way of a proxy where the environment names one; a `Connection` stays open for more. Both verify
certificates unless told otherwise, follow no redirect, keep no cookie, and take no login from a file of the
user's. What is asked again, and when, is for the caller to say: `ExchangeError.uncertain` tells whether the peer
may have done what it was asked for.
"""

from __future__ import annotations

import contextlib
import email.message
import http.client
import select
import socket
import ssl
import threading
import time
import typing as t
import urllib.error

from ansible.module_utils.urls import ConnectionError as UrlsConnectionError
from ansible.module_utils.urls import SSLValidationError, make_context, open_url

AGENT = "ansible-collection-managed_desktop.network"

_CHUNK = 65536
_LONGEST_REASON = 200
_UNFIT = "the request cannot be made: its address or one of its headers has characters that none may have"
"""Said instead of an error that quotes a header, which may be a secret."""


class ExchangeError(Exception):
    """No whole answer came. The message is a reason in ASCII, of bounded length, for a sentence of the caller's.

    `uncertain` says whether the request may have reached the peer.
    """

    def __init__(self, reason: str, uncertain: bool) -> None:
        super().__init__(reason)
        self.uncertain = uncertain


class Untrusted(ExchangeError):
    """The peer has no certificate that is trusted here; nothing was sent to it."""


class Unreached(ExchangeError):
    """There is no connection, or it broke before an answer began."""


class CutOff(ExchangeError):
    """The answer began and did not end."""


class TooSlow(ExchangeError):
    """The answer was not whole in time."""


class TooLarge(ExchangeError):
    """The answer is larger than anything that is expected here."""


class Answer(t.NamedTuple):
    """A whole answer, whatever its status; `headers` are found in upper or lower case."""

    status: int
    reason: str
    headers: email.message.Message
    body: bytes


class Way(t.NamedTuple):
    """How to ask: `timeout` is for one whole answer in seconds, `ca_path` a file of authorities in PEM."""

    timeout: float = 30.0
    ca_path: str | None = None
    validate_certs: bool = True
    use_proxy: bool = True
    max_bytes: int = 64 * 1024 * 1024


def exchange(
    method: str,
    url: str,
    way: Way,
    data: bytes | None = None,
    headers: t.Mapping[str, str] | None = None,
) -> Answer:
    """Send one request and return its whole answer.

    Where no answer came in time, the request may still be sent afterwards: the way to the peer is not in our hands, and
    looking up the name, connecting and agreeing on TLS have the whole time each. So that is always `uncertain`.

    Raises:
        ExchangeError: none came; the subclass says why.
    """
    wait = _Wait(way.timeout)
    return _within(wait, lambda: _ask(method, url, way, wait, data, headers or {}))


class Connection:
    """A connection to one peer that is kept open between requests, which over TLS saves most of their time."""

    def __init__(self, host: str, port: int, way: Way) -> None:
        """Only note where to; it is opened by the first request."""
        self._host, self._port, self._way = host, port, way
        self._open: http.client.HTTPSConnection | None = None

    def exchange(
        self, method: str, path: str, data: bytes | None = None, headers: t.Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request and return its whole answer.

        Where no answer came in time, nothing is sent any more.

        Raises:
            ExchangeError: none came; the subclass says why.
        """
        wait = _Wait(self._way.timeout)
        return _within(wait, lambda: self._ask(wait, method, path, data, headers or {}))

    def close(self) -> None:
        """End it; another request opens it again."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def __del__(self) -> None:
        """Leave no socket behind where nobody closed it, as after a crash of what used it."""
        self.close()

    def _ask(self, wait: _Wait, method: str, path: str, data: bytes | None, headers: t.Mapping[str, str]) -> Answer:
        connection = self._taken() or self._connected(wait)
        try:
            wait.sends_on(connection)
            connection.sock.settimeout(wait.left())
            connection.request(method, path, data, {"User-Agent": AGENT, **headers})
            response = connection.getresponse()
        except TooSlow:
            connection.close()
            raise
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            if isinstance(error, socket.timeout):
                raise wait.over(sent=True) from error
            raise Unreached(told(error), uncertain=True) from error
        except ValueError:
            connection.close()
            raise Unreached(_UNFIT, uncertain=True) from None
        try:
            answer = Answer(response.status, response.reason, response.headers, _body(response, self._way))
        except ExchangeError:
            connection.close()
            raise
        response.close()  # some Pythons leave it open to be read once more, and its connection unusable
        if response.will_close:
            connection.close()
        else:
            self._open = connection
        return answer

    def _taken(self) -> http.client.HTTPSConnection | None:
        """Return the connection that is open, for one request; whoever leaves that half-way leaves nothing open."""
        connection, self._open = self._open, None
        if connection is None:
            return None
        # What can be read now is no answer of ours, but the peer's end of it.
        if connection.sock is None or select.select([connection.sock], [], [], 0)[0]:
            connection.close()
            return None
        return connection

    def _connected(self, wait: _Wait) -> http.client.HTTPSConnection:
        way = self._way
        try:
            context = make_context(cafile=way.ca_path, validate_certs=way.validate_certs)
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=wait.left(), context=context)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except ssl.SSLCertVerificationError as error:
            raise Untrusted(told(error), uncertain=False) from error
        except socket.timeout as error:
            raise wait.over(sent=False) from error
        except (OSError, ValueError) as error:
            raise Unreached(told(error), uncertain=False) from error
        return connection


class _Wait:
    """How long somebody waits for an answer, and whether he still does. One thread asks, another one waits."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds
        self._given_up = threading.Event()
        self._sending: list[http.client.HTTPSConnection | None] = []

    def left(self) -> float:
        """Return how many seconds are left; a little where none are, since that is for the one who waits to say."""
        return max(0.001, self._ends - time.monotonic())

    def sends_on(self, connection: http.client.HTTPSConnection | None) -> None:
        """Note that from now on something may be sent; None where nobody knows on which connection.

        Raises:
            TooSlow: nobody waits any more, and nothing may be sent.
        """
        # In this order: whoever gives up either finds the connection and ends it, or is found to have given up.
        self._sending.append(connection)
        if self._given_up.is_set():
            raise self.over(sent=False)

    def give_up(self) -> TooSlow:
        """Have nothing sent from now on, as far as that is in our hands; return the error."""
        self._given_up.set()
        sending = list(self._sending)
        for connection in sending:
            if connection is not None:
                _wake(connection)
        return self.over(sent=bool(sending))

    def over(self, sent: bool) -> TooSlow:
        """Return the error for an answer that did not come in time."""
        what = "whole answer" if sent else "connection"
        return TooSlow(f"no {what} within {self.seconds:g} seconds", uncertain=sent)


def _wake(connection: http.client.HTTPSConnection) -> None:
    """Have whoever still waits for the answer get none, and close the connection."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            # Not the method of SSLSocket, which takes the TLS away from whoever reads at this moment.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _within(wait: _Wait, ask: t.Callable[[], Answer]) -> Answer:
    # A server that sends one octet now and then outlasts every timeout of a socket; a thread can be left behind.
    found: list[Answer | ExchangeError] = []

    def asking() -> None:
        try:
            found.append(ask())
        except ExchangeError as error:
            found.append(error)

    thread = threading.Thread(target=asking, name="exchange", daemon=True)
    thread.start()
    thread.join(wait.seconds)
    if not found:
        raise wait.give_up()
    outcome = found.pop()
    try:
        if isinstance(outcome, ExchangeError):
            raise outcome
        return outcome
    finally:
        del outcome  # an error that is kept by what it was raised in keeps connections as well


def _ask(method: str, url: str, way: Way, wait: _Wait, data: bytes | None, headers: t.Mapping[str, str]) -> Answer:
    try:
        wait.sends_on(None)
        response = open_url(
            url,
            data=data,
            method=method,
            headers={"Accept-Encoding": "identity", **headers},
            http_agent=AGENT,
            timeout=wait.left(),
            ca_path=way.ca_path,
            validate_certs=way.validate_certs,
            use_proxy=way.use_proxy,
            follow_redirects="none",
            decompress=False,
            use_netrc=False,
        )
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, str(error.reason), error.headers, _body(error, way))
    except (SSLValidationError, UrlsConnectionError, http.client.HTTPException, OSError) as error:
        raise _unasked(error) from error
    except ValueError:
        raise Unreached(_UNFIT, uncertain=False) from None
    with response:
        return Answer(response.status, str(response.reason), response.headers, _body(response, way))


def _body(response: t.Any, way: Way) -> bytes:
    """Return all of the body; where its length was told, it is that long."""
    body = bytearray()
    try:
        for part in iter(lambda: response.read1(_CHUNK), b""):
            body += part
            if len(body) > way.max_bytes:
                raise TooLarge(f"over {way.max_bytes} bytes", uncertain=True)
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise CutOff(told(error), uncertain=True) from error
    declared = response.headers.get("Content-Length")
    if declared is not None and not is_chunked(response.headers) and declared.strip() != str(len(body)):
        raise CutOff(f"{len(body)} bytes of {ascii(declared)[:40]} came", uncertain=True)
    return bytes(body)


def is_chunked(headers: email.message.Message) -> bool:
    """Tell whether an answer came in chunks, which say themselves where it ends."""
    return "chunked" in (headers.get("Transfer-Encoding") or "").lower()


def _unasked(error: BaseException) -> ExchangeError:
    reason = getattr(error, "reason", error)
    if isinstance(error, SSLValidationError) or isinstance(reason, ssl.SSLCertVerificationError):
        return Untrusted(told(error), uncertain=False)
    # A handshake that fails, a name that is not found, a port that is closed: nothing was asked for. Whatever else
    # ends a connection may have ended it while the peer was at work.
    certain = isinstance(reason, (ssl.SSLError, socket.gaierror, ConnectionRefusedError, ValueError))
    return Unreached(told(error), uncertain=not certain)


def told(error: BaseException) -> str:
    """Return what an error says, in ASCII and of bounded length; nothing of what a peer said."""
    if isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
        return "what it says is no HTTP"
    reason = getattr(error, "reason", None)
    return ascii(str(reason if reason is not None else error))[1:-1][:_LONGEST_REASON]
