# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Just enough DER to read who issued a certificate.

`SSLSocket.getpeercert()` is empty when the certificate was not verified, which is when its issuer matters most.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.text import printable

# X.520 attribute types, by the content octets of their object identifiers, as RFC 4514 section 3 writes them.
_ATTRIBUTES: t.Final = {
    b"\x55\x04\x03": "CN",
    b"\x55\x04\x06": "C",
    b"\x55\x04\x07": "L",
    b"\x55\x04\x08": "ST",
    b"\x55\x04\x0a": "O",
    b"\x55\x04\x0b": "OU",
}
_CONTEXT_VERSION = 0xA0
_MOST_NAMES = 16


class Issuer(t.NamedTuple):
    """Who issued a certificate: its attributes in order, and whether the certificate names itself as issuer."""

    attributes: tuple[tuple[str, str], ...]
    self_issued: bool

    @property
    def text(self) -> str:
        """The issuer as one line, such as ``CN=Example CA, O=Example``."""
        return ", ".join(f"{kind}={value}" for kind, value in self.attributes)


def issuer_of(certificate: bytes) -> Issuer | None:
    """Return the issuer of a DER certificate, or None where the octets are no certificate."""
    try:
        _tag, outer, _end = _element(certificate, 0)
        _tag, fields, _end = _element(outer, 0)
        place = 0
        tag, _content, after = _element(fields, place)
        place = after if tag == _CONTEXT_VERSION else place
        for _field in ("serial number", "signature algorithm"):
            _tag, _content, place = _element(fields, place)
        _tag, issuer, place = _element(fields, place)
        _tag, _validity, place = _element(fields, place)
        _tag, subject, place = _element(fields, place)
        return Issuer(tuple(_attributes(issuer)), issuer == subject)
    except (IndexError, ValueError):
        return None


def _element(octets: bytes, place: int) -> tuple[int, bytes, int]:
    """Return tag, content and the place after the element that begins at `place`."""
    tag, length = octets[place], octets[place + 1]
    place += 2
    if length & 0x80:
        width = length & 0x7F
        if not 1 <= width <= 4:
            raise ValueError("a length of no or over four octets")
        length = int.from_bytes(octets[place : place + width], "big")
        place += width
    if place + length > len(octets):
        raise ValueError("an element longer than what holds it")
    return tag, octets[place : place + length], place + length


def _attributes(name: bytes) -> t.Iterator[tuple[str, str]]:
    place = 0
    for _count in range(_MOST_NAMES):
        if place >= len(name):
            return
        _tag, relative, place = _element(name, place)
        _tag, pair, _end = _element(relative, 0)
        _tag, kind, after = _element(pair, 0)
        tag, value, _end = _element(pair, after)
        if kind in _ATTRIBUTES:
            yield _ATTRIBUTES[kind], printable(_decoded(tag, value), 100)


def _decoded(tag: int, value: bytes) -> str:
    if tag == 0x1E:  # BMPString
        return value.decode("utf-16-be", "replace")
    return value.decode("utf-8", "replace")
