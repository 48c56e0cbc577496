# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet's web servers in one: any host over HTTP, any SNI over TLS with a certificate of the lab's CA.

One process and one thread serve some thousands of requests a second, which is what the proxies in front of it need.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import resource
import ssl
import sys
import tempfile
import typing as t
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from lab.certificates import Authority, key_pem
from lab.servers.exchange import Exchange
from lab.topology import DOMAIN

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_CERTIFICATES_KEPT = 1024
_BACKLOG = 4096
_CHUNK = 65536


class Certificates:
    """One TLS context per server name, all with one key, the latest kept."""

    def __init__(self, authority: Authority) -> None:
        """Certificates signed by this authority."""
        self._authority = authority
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._key_pem = key_pem(self._key)
        self._context_for = functools.lru_cache(maxsize=_CERTIFICATES_KEPT)(self._make)

    def _make(self, name: str, old: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if old:
            # OpenSSL 3 has the SHA-1 signatures of TLS 1.1 at level 0 only; the level comes with the certificate.
            context.set_ciphers("ALL:@SECLEVEL=0")
        # The ssl module reads certificates from files only.
        with tempfile.NamedTemporaryFile() as file:
            file.write(self._authority.issue(name, self._key) + self._key_pem)
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def listener(self, lowest: str, highest: str) -> ssl.SSLContext:
        """The context of a port: it sets the versions, and the certificate of clients that name no server."""
        old = lowest in ("1.0", "1.1")
        context = self._make(f"origin.{DOMAIN}", old)
        context.minimum_version, context.maximum_version = _VERSIONS[lowest], _VERSIONS[highest]

        def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _port: ssl.SSLContext) -> None:
            if name:
                connection.context = self._context_for(name.lower().rstrip("."), old)

        context.sni_callback = choose
        return context


class Plain(asyncio.Protocol):
    """A connection without TLS."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        carrier = t.cast(asyncio.Transport, transport)
        self._exchange = Exchange(_facts(carrier, None), carrier.write, carrier.close)

    def data_received(self, data: bytes) -> None:
        """The client has said something."""
        self._exchange.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._exchange.stop()


class Secure(asyncio.Protocol):
    """A connection with TLS. asyncio's own TLS drops the alert of a failed handshake; clients of this one get it."""

    _carrier: asyncio.Transport

    def __init__(self, context: ssl.SSLContext) -> None:
        """A connection to a port with this context."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._exchange: Exchange | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        self._carrier = t.cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """The client has said something."""
        self._incoming.write(data)
        try:
            if self._exchange is None:
                self._tls.do_handshake()
                self._exchange = Exchange(_facts(self._carrier, self._tls.version()), self._send, self._close)
            while received := self._tls.read(_CHUNK):
                self._exchange.feed(received)
            self._close()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError:
            self._flush()
            self._carrier.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        if self._exchange is not None:
            self._exchange.stop()

    def _send(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    def _close(self) -> None:
        with contextlib.suppress(ssl.SSLError):  # the client's half of the farewell is not waited for
            self._tls.unwrap()
        self._flush()
        self._carrier.close()

    def _flush(self) -> None:
        self._carrier.write(self._outgoing.read())


def _facts(carrier: asyncio.Transport, tls: str | None) -> dict[str, t.Any]:
    address, port = carrier.get_extra_info("sockname")
    return {
        "scheme": "https" if tls else "http",
        "tls": tls,
        "address": address,
        "port": port,
        "client": carrier.get_extra_info("peername")[0],
    }


async def serve(authority: Authority, http_ports: t.Sequence[int], tls_ports: t.Mapping[str, t.Sequence[str]]) -> None:
    """Listen on all addresses: ``http_ports``, and ``tls_ports`` (port to lowest and highest version)."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    loop = asyncio.get_running_loop()
    certificates = Certificates(authority)
    for http_port in http_ports:
        await loop.create_server(Plain, "0.0.0.0", http_port, backlog=_BACKLOG)
    for tls_port, (lowest, highest) in tls_ports.items():
        secure = functools.partial(Secure, certificates.listener(lowest, highest))
        await loop.create_server(secure, "0.0.0.0", int(tls_port), backlog=_BACKLOG)
    await asyncio.Event().wait()


if __name__ == "__main__":
    _options = json.loads(sys.argv[2])
    asyncio.run(serve(Authority.load(Path(sys.argv[1])), _options["http"], _options["tls"]))
