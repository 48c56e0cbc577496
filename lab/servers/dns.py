# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet's name servers in one: answers every question from a ``lab.zone.Zone`` (RFC 1035, UDP and TCP)."""

from __future__ import annotations

import asyncio
import ipaddress
import struct
import sys
import typing as t
from pathlib import Path

from lab.zone import Zone

_A, _PTR = 1, 12
_CODES = {"NODATA": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
_TTL = 60


class Responder:
    """Turns the bytes of a query into the bytes of its answer."""

    def __init__(self, zone: Zone) -> None:
        """Answer from this zone, as its file stands at each query."""
        self.zone = zone
        self._seen: tuple[int, int] | None = None

    def respond(self, query: bytes) -> bytes | None:
        """The answer, or None for no answer at all."""
        self._refresh()
        try:
            name, kind, end = _question(query)
        except (IndexError, struct.error, UnicodeDecodeError):
            return None  # not a question; a name server drops it
        records: list[bytes] = []
        found: str | list[str]
        if kind == _PTR and name.endswith(".in-addr.arpa"):
            address = ".".join(reversed(name.removesuffix(".in-addr.arpa").split(".")))
            pointer = self.zone.pointers.get(address)
            found = [pointer] if pointer else "NXDOMAIN"
            records = [_encode(pointer)] if pointer else []
        else:
            found = self.zone.look_up(name)
            if kind == _A and not isinstance(found, str):
                records = [ipaddress.IPv4Address(address).packed for address in found]
        if found == "SILENT":
            return None
        code = _CODES[found] if isinstance(found, str) else 0
        # Flags: response, authoritative, recursion available, and "recursion desired" as it was asked.
        flags = 0x8480 | (query[2] & 1) << 8 | code
        header = query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
        answers = b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, _TTL, len(data)) + data for data in records)
        return header + query[12:end] + answers

    def _refresh(self) -> None:
        status = self.zone.file.stat()
        version = (status.st_ino, status.st_mtime_ns)
        if version != self._seen:
            self.zone.load()
            self._seen = version


def _question(query: bytes) -> tuple[str, int, int]:
    """Name, type, and where the question ends. The bytes of the question are sent back as they came."""
    if query[2] & 0x80 or struct.unpack_from("!H", query, 4)[0] != 1:
        raise IndexError
    labels = []
    position = 12
    while length := query[position]:
        labels.append(query[position + 1 : position + 1 + length].decode("ascii"))
        position += 1 + length
    kind = struct.unpack_from("!H", query, position + 1)[0]
    return ".".join(labels).lower(), kind, position + 5


def _encode(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class _Datagrams(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def __init__(self, responder: Responder) -> None:
        self.responder = responder

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = t.cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self.responder.respond(data)
        if answer is not None:
            self.transport.sendto(answer, addr)


async def serve(zone: Zone, address: str) -> None:
    """Answer on port 53 of the address until the process ends."""
    responder = Responder(zone)

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                answer = responder.respond(await reader.readexactly(length))
                if answer is not None:
                    writer.write(struct.pack("!H", len(answer)) + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: _Datagrams(responder), local_addr=(address, 53))
    server = await asyncio.start_server(stream, address, 53)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Zone(Path(sys.argv[1])), sys.argv[2]))
