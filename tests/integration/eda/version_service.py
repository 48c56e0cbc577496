# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the web service's ``/version`` over HTTPS on loopback, truthfully or not."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import struct
import threading
import typing as t
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from lab.certificates import Authority, key_pem

Answer = t.Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """One question: what the test has scripted, and otherwise the version."""

    server: VersionService

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        scripted = self.server.script.pop(0) if self.server.script else None
        (scripted or tell(self.server.version))(self)

    def send(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        """Answer; with `length`, lie about how long the body is."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: t.Any) -> None:
        """Say nothing."""


def tell(version: t.Any, instance: str = "Worldwide") -> Answer:
    return lambda handler: handler.send(200, json.dumps({"instance": instance, "latest": version}).encode())


def refuse(status: int, **headers: str) -> Answer:
    return lambda handler: handler.send(status, b"no", **headers)


def html(handler: Handler) -> None:
    handler.send(200, b"<html>sign in</html>")


def truncated(handler: Handler) -> None:
    handler.send(200, b'{"instance": "World', length=400)


def reset(handler: Handler) -> None:
    """End the connection with a TCP reset, and no word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket.close(handler.connection)


FAULTS: t.Final[dict[str, Answer]] = {
    "a reset": reset,
    "500": refuse(500),
    "429": refuse(429, Retry_After="1"),
    "a redirect": refuse(302, Location="https://127.0.0.1:9/"),
    "HTML": html,
    "truncated": truncated,
    "nonsense": tell({"a": 1}),
    "another instance": tell("2026110100", "China"),
    "backwards": tell("2018010100"),
}


class VersionService(http.server.ThreadingHTTPServer):
    """A web service with a certificate of the lab's own authority, whose `ca_file` is to be trusted."""

    daemon_threads = True

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), Handler)
        self.version = "2025120100"
        self.asked: list[str] = []
        self.script: list[Answer] = []
        authority = Authority.create(folder / "ca")
        self.ca_file = str(folder / "ca" / "ca.pem")
        key = ec.generate_private_key(ec.SECP256R1())
        pem = folder / "server.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(authority.issue(host, key) + key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://{host}:{self.server_address[1]}"

    def handle_error(self, *_arguments: t.Any) -> None:
        """Resets, and clients that trust nobody, are what the tests are about."""

    def __enter__(self) -> VersionService:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_arguments: t.Any) -> None:
        self.shutdown()
        self.server_close()
