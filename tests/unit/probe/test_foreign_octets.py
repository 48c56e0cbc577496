# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates, DNS messages and HTTP heads from peers that may send anything."""

from __future__ import annotations

import datetime
import socket
import struct

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._probe import dns_query
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.answer import (
    MOST_HEAD,
    NoAnswer,
    read_answer,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.deadline import Deadline
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.der import issuer_of
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.info import _reference
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.signals import refused_by_filter
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st


def certificate(issuer: list[tuple[x509.ObjectIdentifier, str]], subject: str = "www.example.org") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    start = datetime.datetime(2026, 1, 1)
    builder = (
        x509.CertificateBuilder()
        .issuer_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in issuer]))
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .public_key(key.public_key())
        .serial_number(2**150)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=1))
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


GOOD = certificate(
    [(NameOID.COUNTRY_NAME, "US"), (NameOID.ORGANIZATION_NAME, "Example"), (NameOID.COMMON_NAME, "CA 1")]
)


def test_the_issuer_is_read_in_order() -> None:
    issuer = issuer_of(GOOD)
    assert issuer is not None
    assert issuer.text == "C=US, O=Example, CN=CA 1"
    assert not issuer.self_issued


def test_a_self_issued_certificate_is_told() -> None:
    issuer = issuer_of(certificate([(NameOID.COMMON_NAME, "www.example.org")]))
    assert issuer is not None
    assert issuer.self_issued


def test_an_issuer_with_control_characters_is_fit_to_show() -> None:
    issuer = issuer_of(certificate([(NameOID.COMMON_NAME, "\x1b[2J\u202eevil" + "x" * 50)]))
    assert issuer is not None
    assert issuer.text.isascii() and issuer.text.isprintable()


@given(st.binary(max_size=300))
def test_any_octets_are_a_certificate_or_none(octets: bytes) -> None:
    issuer = issuer_of(octets)
    assert issuer is None or issuer.text.isprintable()


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_certificate_raises_nothing(place: int, octet: int) -> None:
    issuer = issuer_of(GOOD[:place] + bytes([octet]) + GOOD[place + 1 :])
    assert issuer is None or issuer.text.isprintable()
    cut = issuer_of(GOOD[:place])
    assert cut is None or cut.text.isprintable()


# -- DNS ---------------------------------------------------------------------------------------------------------


def reply(code: int, options: bytes = b"") -> bytes:
    header = b"\xab\xcd" + struct.pack("!HHHHH", 0x8180 | code, 1, 0, 0, 1)
    question = b"\x01a\x07example\x00" + struct.pack("!HH", 1, 1)
    return header + question + b"\x00" + struct.pack("!HHIH", 41, 1232, 0, len(options)) + options


@pytest.mark.parametrize(
    "message, code, blocked",
    [
        (reply(3), "NXDOMAIN", None), (reply(5), "REFUSED", None), (reply(2), "SERVFAIL", None),
        (reply(3, struct.pack("!HHH", 15, 2, 15)), "NXDOMAIN", "Blocked"),
        (reply(3, struct.pack("!HH4sHHH", 10, 4, b"abcd", 15, 6, 17) + b"text"), "NXDOMAIN", "Filtered"),
        (reply(3, struct.pack("!HHH", 15, 2, 6)), "NXDOMAIN", None),
        (reply(11), "response code 11", None),
    ],
)  # fmt: skip
def test_response_codes_and_extended_errors_are_read(message: bytes, code: str, blocked: str | None) -> None:
    assert dns_query._read("192.0.2.53", message) == ("192.0.2.53", code, blocked)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=100))
def test_a_resolver_that_answers_rubbish_is_survived(rubbish: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dns_query, "_exchange", lambda *_: rubbish)
        patch.setattr(dns_query, "_nameservers", lambda *_: ["192.0.2.53"])
        verdict = dns_query.ask("a.example", Deadline(1))
    assert verdict is not None
    assert verdict.code.isprintable()


# -- HTTP --------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_any_octets_are_an_answer_or_none(octets: bytes, as_head: bool) -> None:
    sent = b"HTTP/1.1 403 " + octets + b"\r\n\r\n" if as_head else octets
    near, far = socket.socketpair()
    with near, far:
        far.sendall(sent)
        far.shutdown(socket.SHUT_WR)
        try:
            answer = read_answer(near, Deadline(5))
        except NoAnswer as error:
            assert error.said.isascii() and error.said.isprintable()
            return
        assert answer.line.isprintable() and all(v.isprintable() for pair in answer.fields.items() for v in pair)
        refused = refused_by_filter(answer, [])
        assert refused is None or refused.said.isprintable()


def test_a_head_just_within_the_limit_is_read() -> None:
    near, far = socket.socketpair()
    with near, far:
        filler = b"X-Filler: " + b"a" * (MOST_HEAD - 100)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        far.sendall(b"HTTP/1.1 200 OK\r\n" + filler + b"\r\n\r\nbody")
        answer = read_answer(near, Deadline(5))
    assert (answer.status, answer.rest) == (200, b"body")
    assert len(answer.fields["x-filler"]) == 1000


@pytest.mark.parametrize("text, host, port", [("a.example", "a.example", 443), ("a.example:8443", "a.example", 8443),
                                              ("2001:db8::1", "2001:db8::1", 443)])  # fmt: skip
def test_a_reference_is_a_host_perhaps_with_a_port(text: str, host: str, port: int) -> None:
    assert (_reference(text).host, _reference(text).port) == (host, port)
