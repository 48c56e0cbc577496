# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks one resolver for the addresses of many names, and prints what it answered. Runs on a test host.

Reads ``{"server": address, "names": [name, …]}`` and prints a list: true where an address came, false where the name is
said not to exist, a text where neither.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

WORKERS = 8
TIMEOUT = 3.0
TRIES = 3
NXDOMAIN = 3


def ask(server: str, name: str) -> bool | str:
    """Return what the resolver made of one name."""
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("ascii").rstrip(b".").split(b"."))
    said = "no answer"
    for _attempt in range(TRIES):
        identity = os.urandom(2)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(TIMEOUT)
            sock.connect((server, 53))
            sock.send(identity + b"\x01\x00\0\x01\0\0\0\0\0\0" + labels + b"\0\0\x01\0\x01")
            try:
                reply = sock.recv(4096)
            except OSError as error:
                said = f"{type(error).__name__}: {error}"
                continue
        code, (answers,) = reply[3] & 15, struct.unpack("!H", reply[6:8])
        if code == 0 and answers:
            return True
        if code == NXDOMAIN:
            return False
        said = f"code {code}, {answers} answers"
    return said


def main() -> None:
    """Answer what standard input asks."""
    asked = json.load(sys.stdin)
    with ThreadPoolExecutor(WORKERS) as pool:
        json.dump(list(pool.map(lambda name: ask(asked["server"], name), asked["names"])), sys.stdout)


if __name__ == "__main__":
    main()
