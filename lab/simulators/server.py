# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS server under every simulated device: certificates, requests and replies, faults, latency."""

from __future__ import annotations

import abc
import http.server
import json
import socket
import ssl
import threading
import time
import typing as t
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from lab.certificates import Authority, key_pem
from lab.simulators.faults import Fault, FaultScript

_LONGEST_BODY = 64 * 1024 * 1024
_IDLE_SECONDS = 30.0

Device = t.TypeVar("Device", bound="Simulator")


@dataclass(frozen=True)
class Request:
    """One request as it came; `path` is decoded and without the query, header names are in lower case."""

    method: str
    path: str
    query: t.Mapping[str, str]
    headers: t.Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """Return the query and, where the body is a form, its fields."""
        found = dict(self.query)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            found.update(urllib.parse.parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))
        return found

    def json(self) -> t.Any:
        """Return the body as JSON; an empty one is an empty mapping. ValueError where it is none."""
        return json.loads(self.body) if self.body else {}


@dataclass(frozen=True)
class Reply:
    """What the device answers."""

    body: bytes = b""
    status: int = 200
    headers: t.Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, data: t.Any, status: int = 200, **headers: str) -> Reply:
        """A reply in JSON."""
        return cls(json.dumps(data).encode("utf-8"), status, {"Content-Type": "application/json", **headers})

    @classmethod
    def of_xml(cls, text: str, status: int = 200) -> Reply:
        """A reply in XML."""
        return cls(text.encode("utf-8"), status, {"Content-Type": "application/xml; charset=UTF-8"})


class Simulator(abc.ABC):
    """One device. It listens from its making until `close`; its state is plain attributes that tests read and set.

    `handle` is called with the device's lock held: one request at a time, as far as its state goes.
    """

    def __init__(self, directory: Path, address: str = "127.0.0.1", port: int = 0, latency: float = 0.0) -> None:
        """Listen on loopback; `directory` is for its certificate, `latency` is in seconds and before each answer.

        Devices that share a directory share one authority, ``ca.pem``.
        """
        self.script = FaultScript()
        self.latency = latency
        self.requests: list[str] = []
        """What was asked for since it was cleared, as method and path, without what a body or query says."""
        self.connections = 0
        """How many connections were opened since it was set to 0."""
        self.issued: set[str] = set()
        """Every session, key and token that it gave to whoever logged in: none of them is for people to see."""
        self.lock = threading.RLock()
        self.ca_path = directory / "ca.pem"
        self._server = _Server((address, port), self, _context(directory, address))
        self.address = address
        self.port = int(self._server.server_address[1])
        self.url = f"https://{address}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @abc.abstractmethod
    def handle(self, request: Request) -> Reply:
        """Do what is asked for, and return the answer."""

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self: Device) -> Device:
        """Return itself."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """Stop listening."""
        self.close()


def _context(directory: Path, address: str) -> ssl.SSLContext:
    ready = (directory / "ca.key").exists()
    authority = Authority.load(directory) if ready else Authority.create(directory)
    pair = directory / f"{address}.pem"
    if not pair.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        pair.touch(mode=0o600)
        pair.write_bytes(authority.issue(address, key) + key_pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], simulator: Simulator, context: ssl.SSLContext) -> None:
        super().__init__(place, http.server.BaseHTTPRequestHandler)
        self.simulator = simulator
        self.context = context

    def finish_request(self, request: t.Any, client_address: t.Any) -> None:
        """In the connection's own thread: TLS, unless a fault comes before it, then the requests."""
        self.simulator.connections += 1
        fault = self.simulator.script.next()
        if fault is Fault.NO_HANDSHAKE:
            return
        request.settimeout(_IDLE_SECONDS)
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.context.wrap_socket(request, server_side=True) as secured:
            _Handler(secured, client_address, self, fault)

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """Say nothing: a client that does not trust the certificate goes away."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def __init__(self, connection: t.Any, client: t.Any, server: _Server, fault: Fault | None) -> None:
        self._first: tuple[Fault | None] | None = (fault,)
        super().__init__(connection, client, server)

    def __getattr__(self, name: str) -> t.Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        fault = self._next_fault()
        simulator = self.server.simulator
        request = self._request()
        if request is None:
            return
        if fault is Fault.NO_HANDSHAKE:
            self.close_connection = True  # the script was set while the connection was open: its end is all there is
            return
        if simulator.latency:
            time.sleep(simulator.latency)
        simulator.requests.append(f"{request.method} {request.path}")
        refusal = {
            Fault.ERROR: Reply(b"Internal error", 500),
            Fault.UNAVAILABLE: Reply(b"Service unavailable", 503),
            Fault.BUSY: Reply(b"Too many requests", 429, {"Retry-After": "1"}),
        }
        if fault in refusal:
            self._send(refusal[fault])
            return
        with simulator.lock:
            reply = simulator.handle(request)
        if fault is Fault.DELAY:
            time.sleep(simulator.script.seconds)
        if fault is Fault.LOST:
            self.close_connection = True
            return
        if fault is Fault.ERROR_AFTER:
            reply = Reply(b"Internal error", 500)
        if fault is Fault.GARBAGE:
            reply = Reply(b"<<{\xff garbage", reply.status)
        self._send(reply, cut_off=fault is Fault.CUT_OFF)

    def _next_fault(self) -> Fault | None:
        """The fault of a connection's first request was drawn with the connection."""
        if self._first is not None:
            (fault,) = self._first
            self._first = None
            return fault
        return self.server.simulator.script.next()

    def _request(self) -> Request | None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LONGEST_BODY:
            self._send(Reply(b"Too large", 413))
            return None
        parts = urllib.parse.urlsplit(self.path)
        return Request(
            self.command,
            urllib.parse.unquote(parts.path),
            dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )

    def _send(self, reply: Reply, cut_off: bool = False) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        if self.server.simulator.script.coming() is Fault.NO_HANDSHAKE:
            self.send_header("Connection", "close")  # the next request needs a handshake, which is the one that fails
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if cut_off else reply.body)
        if cut_off:
            self.close_connection = True

    def log_message(self, format: str, *args: t.Any) -> None:
        """Write no log."""
