# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a proxy, from the host this is started on: the questions are on standard input as JSON, the answers come so too.

Each question is ``{"via": [host, port], "to": "host:port"}`` for a tunnel, with ``"url"`` instead of ``"to"`` for plain
HTTP, and perhaps ``"login": "user:password"``, ``"tls": true`` for the issuer of the certificate seen inside the
tunnel, ``"send": text`` for what comes back when this is said inside it.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import sys
import time


def ask(question):
    """Return the status, and what was asked for inside the tunnel."""
    target = question.get("url") or question["to"]
    method = "GET" if "url" in question else "CONNECT"
    lines = [f"{method} {target} HTTP/1.1", f"Host: {target}", "Connection: close"]
    if "login" in question:
        lines.append("Proxy-Authorization: Basic " + base64.b64encode(question["login"].encode()).decode())
    with connected(question["via"]) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = connection.recv(1) if method == "CONNECT" else connection.recv(65536)
            if not chunk:
                return {"status": None}
            head += chunk
        answer = {"status": int(head.split()[1])}
        if answer["status"] == 200 and question.get("tls"):
            answer["issuer"] = issuer(connection, target.rpartition(":")[0])
        if answer["status"] == 200 and "send" in question:
            answer["received"] = said(connection, question["send"])
    return answer


def connected(proxy):
    """Return a connection; a proxy that reloads shuts its port for a moment."""
    deadline = time.monotonic() + 3
    while True:
        try:
            return socket.create_connection(tuple(proxy), 10)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def issuer(connection, name):
    """Return the common name that the certificate's issuer has, of those that the lab knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with context.wrap_socket(connection, server_hostname=name) as secure:
        certificate = secure.getpeercert(binary_form=True)
    return [known for known in ("Lab CA", "Proxy CA") if known.encode() in certificate]


def said(connection, text):
    """Return the first that comes back, empty where the tunnel is closed instead."""
    connection.sendall(text.encode())
    try:
        return connection.recv(65536).decode("latin-1")
    except OSError:
        return ""


if __name__ == "__main__":
    json.dump([ask(question) for question in json.load(sys.stdin)], sys.stdout)
