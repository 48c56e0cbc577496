# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One probe, stage by stage: DNS, TCP, CONNECT, TLS, HTTP."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.managed_desktop.network.plugins.module_utils._probe import signals, tls
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.answer import (
    Answer,
    NoAnswer,
    read_answer,
    read_body,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import (
    ALLOWED,
    CAUSES,
    DENIED,
    SERVICE_FAILED,
    UNKNOWN,
    StageError,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.deadline import Deadline
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.der import Issuer
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe, ProbeError, Result
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.resolve import Address, Resolver
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.tcp import connect
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.text import printable
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.via import Via

_Outcome = t.TypeVar("_Outcome")


@dataclass(frozen=True)
class Settings:
    """What holds for all probes of a run; `timeout` is for a whole probe, `stage_timeout` for each of its stages."""

    via: Via = field(default_factory=Via)
    ca_file: str | None = None
    expected_issuers: tuple[str, ...] = ()
    block_pages: tuple[str, ...] = ()
    timeout: float = 15.0
    stage_timeout: float = 5.0
    concurrency: int = 32


class Prober:
    """Runs probes under the same settings; `probe` may be called from many threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.resolver = Resolver(most_pending=2 * settings.concurrency)
        self._issuers = [(text.lower(), _pattern(text, "expected_issuers")) for text in settings.expected_issuers]
        self._block_pages = [_pattern(text, "block_page") for text in settings.block_pages]
        try:
            self.contexts = tls.Contexts(settings.ca_file)
            self.contexts.get()
        except (OSError, ssl.SSLError) as error:
            raise ProbeError(f"ca_file: cannot read certificates from '{settings.ca_file}' ({error})") from error

    def probe(self, probe: Probe) -> Result:
        """Run one probe; whatever happens on the network is in the result, nothing is raised."""
        return _Attempt(self, probe).run()

    def is_expected(self, issuer: Issuer | None) -> bool:
        """Tell whether an issuer is one of the expected, by the value of an attribute or by regular expression."""
        if issuer is None:
            return False
        values = {value.lower() for _kind, value in issuer.attributes}
        return any(text in values or pattern.search(issuer.text) for text, pattern in self._issuers)

    def is_unexpected(self, issuer: Issuer | None) -> bool:
        """Tell whether issuers were named and this is none of them."""
        return bool(self._issuers) and not self.is_expected(issuer)

    @property
    def block_pages(self) -> list[re.Pattern[str]]:
        """The site's own patterns for block pages."""
        return self._block_pages


class _Attempt:
    """The state of one probe while it runs."""

    def __init__(self, prober: Prober, probe: Probe) -> None:
        self._prober, self._probe = prober, probe
        self._via = prober.settings.via
        self._whole = Deadline(prober.settings.timeout)
        self._result = Result(probe)

    def run(self) -> Result:
        try:
            with contextlib.closing(self._reach()) as sock:
                self._talk(sock)
        except StageError as end:
            self._conclude(end)
        except (OSError, ValueError) as error:
            # The stages translate what they know; an error beyond that must not end the other probes.
            self._conclude(StageError("tcp_reset", f"{type(error).__name__}: {printable(str(error))}", policy=UNKNOWN))
        return self._result

    # -- the way there -------------------------------------------------------------------------------------------

    def _reach(self, timed: bool = True) -> socket.socket:
        """Return a connection upon which the endpoint is next to speak."""
        if self._via.proxy_host is None:
            addresses = self._timed("dns", timed, lambda end: self._prober.resolver.addresses(self._probe.host, end))
            sock = self._timed("tcp", timed, lambda end: connect(addresses, self._probe.port, end))
        else:
            sock = self._timed("tcp", timed, self._reach_proxy)
            if self._probe.scheme != "http":
                try:
                    self._timed("connect", timed, lambda end: self._open_tunnel(sock, end))
                except (OSError, StageError):
                    sock.close()
                    raise
        if self._via.proxy_host is None:
            self._result.address = sock.getpeername()[0]
        return sock

    def _reach_proxy(self, deadline: Deadline) -> socket.socket:
        host, port = t.cast(str, self._via.proxy_host), self._via.proxy_port
        try:
            addresses: list[Address] = self._prober.resolver.addresses(host, deadline)
            return connect(addresses, port, deadline)
        except StageError as error:
            raise StageError("proxy_unreachable", f"{self._via.text}: {error.said}") from error

    def _open_tunnel(self, sock: socket.socket, deadline: Deadline) -> None:
        target = self._probe.authority
        request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{self._login()}\r\n"
        try:
            deadline.arm(sock).sendall(request.encode("ascii"))
            answer = read_answer(sock, deadline)
            if answer.status >= 300:
                read_body(sock, answer, deadline.share(4))
        except socket.timeout as error:
            said = f"the proxy gave no answer to CONNECT in {deadline.seconds:.3g} s"
            raise StageError("proxy_upstream_failed", said) from error
        except (NoAnswer, ConnectionError) as error:
            said = error.said if isinstance(error, NoAnswer) else "resets the connection"
            raise StageError("proxy_unreachable", f"what listens at {self._via.text} {said}") from error
        refused = signals.refused_by_proxy(answer, self._prober.block_pages)
        if refused is not None:
            raise refused

    def _login(self) -> str:
        return f"Proxy-Authorization: {self._via.authorization}\r\n" if self._via.authorization else ""

    # -- what is said there --------------------------------------------------------------------------------------

    def _talk(self, sock: socket.socket) -> None:
        if self._probe.scheme == "tcp":
            self._end("ok", "the connection was taken", layer="tcp")
        elif self._probe.scheme == "http":
            self._timed("http", True, lambda end: self._ask(sock, end))
        else:
            with self._timed("tls", True, lambda end: self._secure(sock, end)) as secure:
                issuer = tls.issuer(secure)
                self._note_tls(secure, issuer)
                self._timed("http", True, lambda end: self._ask(secure, end, issuer, verified=True))

    def _note_tls(self, secure: ssl.SSLSocket, issuer: Issuer | None) -> None:
        self._result.tls_version = tls.version(secure)
        self._result.issuer = issuer.text if issuer is not None else None

    def _secure(self, sock: socket.socket, deadline: Deadline) -> ssl.SSLSocket:
        pin = self._probe.tls or tls.ANY_CURRENT
        try:
            return tls.handshake(sock, self._probe.host, self._prober.contexts.get(pin), deadline)
        except tls.NotVerified as error:
            sock.close()
            raise self._untrusted(error, pin) from error
        except StageError as error:
            if error.cause in ("tls_reset", "tls_version") and self._only_speaks_old_tls():
                said = f"the server speaks no TLS above {self._result.tls_version}"
                raise StageError("tls_version", said) from error
            raise

    def _untrusted(self, error: tls.NotVerified, pin: tls.Pin) -> StageError:
        """Look at the certificate once more, without trusting it and without saying anything over it."""
        issuer = None
        with contextlib.suppress(OSError, StageError), contextlib.closing(self._reach(timed=False)) as again:
            look = self._prober.contexts.get(pin, verify=False)
            with tls.handshake(again, self._probe.host, look, Deadline(self._stage, self._whole)) as secure:
                issuer = tls.issuer(secure)
                self._note_tls(secure, issuer)
        shown = f"the certificate of '{issuer.text}'" if issuer is not None else "the certificate"
        self_issued = issuer is not None and issuer.self_issued
        if issuer is not None and not self_issued and self._prober.is_unexpected(issuer):
            return StageError("tls_intercepted", f"{shown}, who is not expected here, does not verify: {error.said}")
        return StageError("tls_untrusted", f"{shown} does not verify: {error.said}")

    def _only_speaks_old_tls(self) -> bool:
        legacy = self._prober.contexts.legacy
        if legacy is None or self._probe.tls not in (None, tls.ANY_CURRENT, ("1.2", "1.2"), ("1.3", "1.3")):
            return False
        with contextlib.suppress(OSError, StageError), contextlib.closing(self._reach(timed=False)) as again:
            deadline = Deadline(self._stage, self._whole)
            with tls.handshake(again, self._probe.host, legacy, deadline) as secure:
                self._result.tls_version = tls.version(secure)
                return True
        return False

    def _ask(
        self, sock: socket.socket, deadline: Deadline, issuer: Issuer | None = None, verified: bool = False
    ) -> None:
        """Send the request and judge the answer; `issuer` is that of the certificate, where one was `verified`."""
        try:
            deadline.arm(sock).sendall(self._request())
            answer = read_answer(sock, deadline)
        except socket.timeout as error:
            said = f"no answer to the request in {deadline.seconds:.3g} s"
            raise StageError(
                "tcp_timeout", said, policy=ALLOWED if verified else UNKNOWN, service=SERVICE_FAILED, layer="http"
            ) from error
        except (NoAnswer, OSError) as error:
            raise self._no_answer(error, verified) from error
        self._result.status = answer.status
        end_to_end = verified and self._prober.is_expected(issuer)
        if not end_to_end:
            if _may_be_block_page(answer):
                with contextlib.suppress(socket.timeout):
                    read_body(sock, answer, deadline.share(2))
            refused = signals.refused_by_filter(answer, self._prober.block_pages)
            if (
                refused is None
                and not verified
                and self._via.proxy_host is not None
                and answer.status in (502, 503, 504)
            ):
                refused = StageError("proxy_upstream_failed", f"the proxy answers {answer.line}", policy=UNKNOWN)
            if refused is not None:
                raise refused
        if verified and self._prober.is_unexpected(issuer):
            said = f"'{self._result.issuer}' is trusted, but not expected here; within: {answer.line}"
            raise StageError("tls_intercepted", said, policy=ALLOWED)
        if answer.status >= 500:
            raise StageError("http_status", f"the origin answers {answer.line}", status=answer.status)
        self._end("ok", f"the origin answers {answer.line}")

    def _request(self) -> bytes:
        probe = self._probe
        through = self._via.proxy_host is not None and probe.scheme == "http"
        target = f"http://{probe.host_header}{probe.path}" if through else probe.path
        login = self._login() if through else ""
        return (
            f"GET {target} HTTP/1.1\r\nHost: {probe.host_header}\r\nUser-Agent: reachability_info\r\n"
            f"Accept: */*\r\n{login}Connection: close\r\n\r\n"
        ).encode("ascii")

    def _no_answer(self, error: Exception, verified: bool) -> StageError:
        cut = error.cut if isinstance(error, NoAnswer) else isinstance(error, ConnectionError)
        said = error.said if isinstance(error, NoAnswer) else f"ends the connection ({printable(str(error), 80)})"
        if verified:
            cause = "tls_reset" if cut or not isinstance(error, NoAnswer) else "http_status"
            said = f"the certificate is verified, but then the server {said}"
            return StageError(cause, said, policy=ALLOWED, service=SERVICE_FAILED, layer="http")
        if self._via.proxy_host is not None:
            return StageError("proxy_upstream_failed", f"after the request the proxy {said}")
        if cut:
            return StageError("tcp_reset", f"after the request the peer {said}", layer="http")
        return StageError("http_status", f"what answers {said}", policy=UNKNOWN)

    # -- bookkeeping ---------------------------------------------------------------------------------------------

    @property
    def _stage(self) -> float:
        return self._prober.settings.stage_timeout

    def _timed(self, stage: str, counted: bool, act: t.Callable[[Deadline], _Outcome]) -> _Outcome:
        begun = time.monotonic()
        try:
            return act(Deadline(self._stage, self._whole))
        finally:
            if counted:
                self._result.stages[stage] = round((time.monotonic() - begun) * 1000, 1)

    def _end(self, cause: str, said: str, layer: str | None = None) -> None:
        meaning = CAUSES[cause]
        self._conclude(StageError(cause, said, layer=layer or meaning.layer))

    def _conclude(self, end: StageError) -> None:
        result = self._result
        result.cause, result.layer, result.said = end.cause, end.layer, printable(end.said, 300)
        result.policy, result.service = end.policy, end.service
        if end.status is not None:
            result.status = end.status
        if self._probe.made_up:
            result.service = UNKNOWN if result.service == SERVICE_FAILED else result.service
            if end.cause in ("tls_reset", "tcp_reset") and result.policy == DENIED:
                result.policy = UNKNOWN  # no server needs to know an invented name
        if end.cause == "tcp_refused" and self._probe.known_open and self._via.proxy_host is None:
            result.policy = DENIED


def _may_be_block_page(answer: Answer) -> bool:
    return "html" in answer.fields.get("content-type", "html") and answer.status != 304


def _pattern(text: str, option: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise ProbeError(f"{option}: '{printable(text, 80)}' is no regular expression ({error})") from error
