# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady load of requests, from the test host this is started on, until a file appears; prints how they fared.

Reads ``{"kind": "tunnel" | "resolve" | "through" | "connect" | "fetch", "server": [host, port], "allowed": name,
"denied": name, "stop": path, "every": seconds}``; ``connect`` takes addresses for names, and no server. Most requests
are for the allowed name, every fifth for the denied one. One that fails is tried again every few milliseconds, as a
client does: what then succeeds was closed for that long, what does not is lost.
"""

from __future__ import annotations

import collections
import errno
import hashlib
import json
import os
import socket
import sys
import time

PATIENCE = 10.0
TIMEOUT = 3.0
AGAIN = 0.002


def tunnel(server, name):
    """Return what an HTTP proxy made of CONNECT: ``allowed``, ``denied``, or what went wrong."""
    with socket.create_connection(server, TIMEOUT) as connection:
        connection.sendall(f"CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n".encode())
        head = connection.recv(65536)
    status = head[9:12]
    return {b"200": "allowed", b"403": "denied"}.get(status, f"status {status.decode() or 'none'}")


def resolve(server, name):
    """Return what a resolver made of a question for the address."""
    return asked(server, name)[0]


def asked(server, name):
    """Return what a resolver made of a question for the address, and its reply; a single address ends that."""
    identity = os.urandom(2)
    labels = b"".join(bytes([len(label)]) + label for label in name.encode().split(b"."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(TIMEOUT)
        sock.connect(server)
        sock.send(identity + b"\x01\x00\0\x01\0\0\0\0\0\0" + labels + b"\0\0\x01\0\x01")
        reply = sock.recv(4096)
    code, answers = reply[3] & 15, int.from_bytes(reply[6:8], "big")
    if code == 3:
        return "denied", reply
    return "allowed" if code == 0 and answers else f"code {code}, {answers} answers", reply


def through(server, name):
    """Return what became of a name that is resolved and then connected to: the resolver, or the firewall on the way."""
    answer, reply = asked(server, name)
    return connect(None, socket.inet_ntoa(reply[-4:])) if answer == "allowed" else f"resolver: {answer}"


def connect(_server, address):
    """Return what a firewall made of a connection to port 443: it says "prohibited" where it denies."""
    try:
        with socket.create_connection((address, 443), TIMEOUT):
            return "allowed"
    except OSError as error:
        if error.errno in (errno.EHOSTUNREACH, errno.EACCES):
            return "denied"
        raise


def fetch(server, name, bodies):
    """Return whether the file that is served is whole and has the name; `bodies` counts what was seen, by digest."""
    with socket.create_connection(server, TIMEOUT) as connection:
        connection.sendall(b"GET /list HTTP/1.0\r\n\r\n")
        received = b""
        while True:
            chunk = connection.recv(65536)
            if not chunk:
                break
            received += chunk
    head, _blank, body = received.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    if b" 200 " not in lines[0] or f"content-length: {len(body)}".encode() not in lines:
        return f"{lines[0].decode()}, {len(body)} octets"
    bodies[hashlib.sha256(body).hexdigest()] += 1
    return "allowed" if name.encode() in body else "denied"


def main():
    """Ask until told to stop."""
    told = json.load(sys.stdin)
    server = tuple(told["server"])
    bodies = collections.Counter()
    kinds = {"tunnel": tunnel, "resolve": resolve, "through": through, "connect": connect}
    kinds["fetch"] = lambda at, name: fetch(at, name, bodies)

    def ask(name):
        try:
            return kinds[told["kind"]](server, name)
        except OSError as error:
            return type(error).__name__

    failed, closed = collections.Counter(), []
    requests = lost = let_through = 0
    begun = time.monotonic()
    while not os.path.exists(told["stop"]):
        if requests % 5 == 4:
            let_through += ask(told["denied"]) == "allowed"
        else:
            first = time.monotonic()
            answer = ask(told["allowed"])
            if answer != "allowed":
                failed[answer] += 1
                while answer != "allowed" and time.monotonic() < first + PATIENCE:
                    time.sleep(AGAIN)
                    answer = ask(told["allowed"])
                lost += answer != "allowed"
                closed.append(time.monotonic() - first)
        requests += 1
        time.sleep(told["every"])
    found = {"requests": requests, "failed": failed, "lost": lost, "let_through": let_through, "closed": closed}
    json.dump({**found, "seconds": time.monotonic() - begun, "bodies": bodies}, sys.stdout)


if __name__ == "__main__":
    main()
