# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever publishes lists of endpoints, on loopback: the Office 365 web service, and pages at addresses of their own.

It speaks real HTTPS with a certificate of the lab's authority. What it says is given to it as data, and it can be told
to misbehave: to be busy, to break the connection, to cut an answer off, to send something else.
"""

from __future__ import annotations

import collections
import contextlib
import gzip
import http.server
import json
import socket
import ssl
import struct
import threading
import time
import typing as t
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from lab.certificates import Authority, key_pem

Sets = list[dict[str, t.Any]]


@dataclass
class Cloud:
    """What the web service has for one instance: its latest version, its sets, and all changes that it tells of."""

    version: str
    sets: Sets
    changes: Sets = field(default_factory=list)


class Asked(t.NamedTuple):
    """One request, as it came: the path, its query by name, and how many seconds after the first it was."""

    path: str
    query: t.Mapping[str, str]
    at: float

    @property
    def verb(self) -> str:
        """The first part of the path: version, endpoints or changes."""
        return self.path.split("/")[1]


Fault = t.Callable[["Handler", bytes], None]
"""Answers in place of the good body that it is given."""


class EndpointLists:
    """The server. `clouds` are the instances of the web service, `pages` other lists by their path.

    `faults` of a verb, or of a path, are taken one after the other; when none is left it answers well.
    """

    def __init__(self, directory: Path, name: str = "127.0.0.1") -> None:
        """Make an authority and a certificate for `name` in `directory`, and listen on loopback."""
        authority = Authority.create(directory)
        key = ec.generate_private_key(ec.SECP256R1())
        pair = directory / "server.pem"
        pair.touch(mode=0o600)
        pair.write_bytes(authority.issue(name, key) + key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        self.ca_path = directory / "ca.pem"
        self.clouds: dict[str, Cloud] = {}
        self.pages: dict[str, bytes] = {}
        self.faults: dict[str, collections.deque[Fault]] = collections.defaultdict(collections.deque)
        self.asked: list[Asked] = []
        self._began = time.monotonic()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.lists = self
        self._server.context = context
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def verbs(self) -> list[str]:
        """Return what was asked for since the last call, by verb, and forget it."""
        found = [asked.verb for asked in self.asked]
        self.asked.clear()
        return found

    def answer(self, path: str, query: t.Mapping[str, str]) -> bytes | None:
        """Return the good answer to a request, and write down that it came; None where there is none."""
        self.asked.append(Asked(path, query, time.monotonic() - self._began))
        if path in self.pages:
            return self.pages[path]
        verb, _slash, rest = path[1:].partition("/")
        instance, _slash, since = rest.partition("/")
        cloud = self.clouds.get(instance)
        if cloud is None:
            return None
        if verb == "version":
            return _json({"instance": instance, "latest": cloud.version})
        if verb == "endpoints":
            return _json(_chosen(cloud.sets, query))
        if verb == "changes":
            return _json([change for change in cloud.changes if change["version"] > since])
        return None


def _json(data: t.Any) -> bytes:
    return json.dumps(data, indent=1).encode("utf-8")


def _chosen(sets: Sets, query: t.Mapping[str, str]) -> Sets:
    """Return the sets as the service's own parameters would have them; without ServiceAreas it hides MEM."""
    areas = {"Common", *(query.get("ServiceAreas") or "Exchange,SharePoint,Skype").split(",")}
    chosen = [dict(item) for item in sets if item["serviceArea"] in areas]
    for item in chosen:
        if query.get("NoIPv6", "").lower() == "true" and "ips" in item:
            item["ips"] = [network for network in item["ips"] if ":" not in network]
        tenant = query.get("TenantName")
        if tenant and "urls" in item:
            item["urls"] = [
                name.replace("*", tenant) if name.endswith((".onmicrosoft.com", "*.sharepoint.com")) else name
                for name in item["urls"]
            ]
    return chosen


class _Server(http.server.ThreadingHTTPServer):
    lists: EndpointLists
    context: ssl.SSLContext
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, t.Any]:
        carrier, address = super().get_request()
        carrier.settimeout(30)
        return self.context.wrap_socket(carrier, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """Say nothing: a client that does not trust the certificate goes away."""


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer, well or as the next fault says."""
        self.close_connection = True
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        body = self.server.lists.answer(parts.path, query)
        for key in (parts.path, parts.path.split("/")[1]):
            if self.server.lists.faults[key]:
                self.server.lists.faults[key].popleft()(self, body or b"")
                return
        if body is None:
            self.send(b"There is no such thing here.", status=404)
        else:
            self.send(body)

    def send(
        self, body: bytes, status: int = 200, fields: t.Mapping[str, str] | None = None, length: int | None = None
    ) -> None:
        """Answer with a body, whose length may be told falsely."""
        self.send_response(status)
        for name, value in (fields or {}).items():
            self.send_header(name, value)
        if fields is None or "Transfer-Encoding" not in fields:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: t.Any) -> None:
        """Write no log."""


def busy(seconds: str | None = "7200", status: int = 429) -> Fault:
    """Ask not to be asked for a while."""
    return lambda handler, _body: handler.send(b"", status, {"Retry-After": seconds} if seconds else {})


def sends(content: bytes, status: int = 200) -> Fault:
    """Send something else."""
    return lambda handler, _body: handler.send(content, status)


def alters(change: t.Callable[[bytes], bytes]) -> Fault:
    """Send the good answer, altered."""
    return lambda handler, body: handler.send(change(body))


def packs(handler: Handler, body: bytes) -> None:
    """Send the answer as gzip, which was not asked for."""
    handler.send(gzip.compress(body), fields={"Content-Encoding": "gzip"})


def cuts_off(handler: Handler, body: bytes) -> None:
    """Send half of the answer, and tell the whole length."""
    handler.send(body[: len(body) // 2], length=len(body))


def cuts_off_packed(handler: Handler, body: bytes) -> None:
    """Send half of the answer as gzip, and tell the length of that half."""
    packed = gzip.compress(body)
    handler.send(packed[: len(packed) // 2], fields={"Content-Encoding": "gzip"})


def cuts_off_chunks(handler: Handler, body: bytes) -> None:
    """Send half of the answer as a chunk, and not the end."""
    half = body[: len(body) // 2]
    handler.send(b"%x\r\n%b\r\n" % (len(half), half), fields={"Transfer-Encoding": "chunked"})


def sends_no_length(handler: Handler, body: bytes) -> None:
    """Send half of the answer, and no length."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body[: len(body) // 2])


def resets(handler: Handler, _body: bytes) -> None:
    """Break the connection."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        socket.socket.close(handler.connection)


def trickles(handler: Handler, body: bytes) -> None:
    """Send one octet now and then, for at most a minute."""
    with contextlib.suppress(OSError):
        handler.send(b"", length=len(body))
        for octet in body[:600]:
            handler.wfile.write(bytes([octet]))
            time.sleep(0.1)


def redirects(to: str, status: int = 302) -> Fault:
    """Send the client elsewhere."""
    return lambda handler, _body: handler.send(b"", status, {"Location": to})
