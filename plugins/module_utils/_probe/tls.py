# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""TLS handshakes: verified, pinned to versions, and only looked at."""

from __future__ import annotations

import socket
import ssl
import threading
import typing as t
import warnings

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import DENIED, UNKNOWN, StageError
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.deadline import Deadline
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.der import Issuer, issuer_of
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.text import printable

Pin = tuple[str, str]
ANY_CURRENT: t.Final[Pin] = ("1.2", "1.3")
"""What a probe without a pin speaks: the requirement is TLS 1.2 or later, so nothing older is offered."""

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

# OpenSSL's X509_V_ERR_* for a chain that leads to nobody we know: openssl/x509_vfy.h.
_UNKNOWN_ISSUER = frozenset({19, 20, 21})

# RFC 8446 section 6: alert 70 protocol_version, 86 inappropriate_fallback; and OpenSSL's own refusals of a version.
_VERSION_REASONS = (
    "PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "INAPPROPRIATE_FALLBACK",
    "NO_PROTOCOLS_AVAILABLE",
    "VERSION_TOO_LOW",
)
_ACCESS_DENIED = "ACCESS_DENIED"  # RFC 8446: alert 49, "a valid certificate or PSK was received, but" access denied
_NO_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNEXPECTED_MESSAGE",
    "LENGTH_TOO_SHORT",
    "LENGTH_MISMATCH",
    "BAD_RECORD_TYPE",
)


class NotVerified(Exception):
    """The certificate did not verify. `unknown_issuer`: because its chain leads to nobody this host knows."""

    def __init__(self, error: ssl.SSLCertVerificationError) -> None:
        super().__init__(str(error))
        self.said = printable(error.verify_message or error.reason)
        self.unknown_issuer = error.verify_code in _UNKNOWN_ISSUER


class Contexts:
    """The SSL contexts of one run, each made once: loading the trust store takes longer than a handshake.

    `ca_file` is trusted besides the host's own store. The context for old versions is made at once, while there is
    one thread only: the `warnings` module, which would complain, is not made for threads.
    """

    def __init__(self, ca_file: str | None) -> None:
        self._ca_file = ca_file
        self._made: dict[tuple[Pin, bool], ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self.legacy = self._legacy()

    def get(self, pin: Pin = ANY_CURRENT, verify: bool = True) -> ssl.SSLContext:
        """Return the context that speaks the versions of `pin` and verifies, or only looks."""
        with self._lock:
            known = self._made.get((pin, verify))
            if known is None:
                known = self._made[pin, verify] = self._context(verify)
                known.minimum_version, known.maximum_version = _VERSIONS[pin[0]], _VERSIONS[pin[1]]
            return known

    def _context(self, verify: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if verify:
            context.load_default_certs()
            if self._ca_file is not None:
                context.load_verify_locations(self._ca_file)
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _legacy(self) -> ssl.SSLContext | None:
        context = self._context(verify=False)
        try:
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        except (ssl.SSLError, ValueError):
            return None  # this host's OpenSSL was built without the old versions
        return context


def handshake(sock: socket.socket, host: str, context: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    """Return the socket with TLS upon it.

    Raises:
        NotVerified: TLS was spoken, but the certificate does not prove to be that of `host`.
        StageError: tls_version, tls_reset, or tcp_timeout at the layer tls.
    """
    try:
        return context.wrap_socket(deadline.arm(sock), server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise NotVerified(error) from error
    except socket.timeout as error:
        said = f"no answer to the ClientHello in {deadline.seconds:.3g} s"
        raise StageError("tcp_timeout", said, layer="tls") from error
    except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise _cut(error) from error
    except ssl.SSLError as error:
        raise _alerted(error) from error
    except (OSError, ValueError) as error:  # Python 3.9 reports an end within the handshake as OSError(0)
        raise _cut(error) from error


def issuer(sock: ssl.SSLSocket) -> Issuer | None:
    """Return who issued the peer's certificate, whether it was verified or not."""
    certificate = sock.getpeercert(True)
    return issuer_of(certificate) if certificate else None


def version(sock: ssl.SSLSocket) -> str:
    """Return the TLS version spoken, such as ``1.2``."""
    return (sock.version() or "").replace("TLSv", "")


def _cut(error: Exception) -> StageError:
    how = "reset" if isinstance(error, ConnectionError) else "closed"
    return StageError("tls_reset", f"the connection was {how} right after the ClientHello, without an alert")


def _alerted(error: ssl.SSLError) -> StageError:
    reason = error.reason or ""
    said = f"the handshake ended with {printable(reason or str(error))}"
    if any(part in reason for part in _VERSION_REASONS):
        return StageError("tls_version", said)
    if any(part in reason for part in _NO_TLS):
        return StageError("tls_reset", f"what answers does not speak TLS ({printable(reason)})", policy=UNKNOWN)
    if "EOF" in reason:
        return _cut(error)
    return StageError("tls_reset", said, policy=DENIED if _ACCESS_DENIED in reason else UNKNOWN)
