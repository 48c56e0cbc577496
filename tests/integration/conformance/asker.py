# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts requests to a proxy, many at a time, and prints what it answered. Runs on a test host; standard library only.

Reads one JSON document ``{"proxy": [host, port], "requests": [[method, host, port, path], …]}`` and prints a JSON list:
true where the proxy let the request pass, false where it denied it, a text where it did neither.
"""

from __future__ import annotations

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

WORKERS = 12
TIMEOUT = 20.0


def ask(proxy: tuple[str, int], method: str, host: str, port: int, path: str | None) -> bool | str:
    """Return what the proxy made of one request."""
    authority = f"{host}:{port}"
    target = authority if method == "CONNECT" else f"http://{host if port == 80 else authority}{path}"
    head = f"{method} {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(proxy, TIMEOUT) as connection:
            connection.settimeout(TIMEOUT)
            connection.sendall(head.encode("ascii"))
            answer = b""
            while b"\r\n\r\n" not in answer:
                chunk = connection.recv(4096)
                if not chunk:
                    break
                answer += chunk
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    if not answer.startswith(b"HTTP/1."):
        return f"no answer: {answer[:60]!r}"
    return b"X-Squid-Error: ERR_ACCESS_DENIED" not in answer


def main() -> None:
    """Answer what standard input asks."""
    asked = json.load(sys.stdin)
    proxy = (asked["proxy"][0], asked["proxy"][1])
    with ThreadPoolExecutor(WORKERS) as pool:
        answers = list(pool.map(lambda request: ask(proxy, *request), asked["requests"]))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
