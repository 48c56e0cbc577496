# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer that stalls, floods or lies cannot hang the prober, fill its memory or write into its messages."""

from __future__ import annotations

import socket
import time
import typing as t

import pytest
from conftest import Ask
from programs import Server


def read_request(sock: socket.socket) -> None:
    """Read what was sent, so that closing is no reset."""
    sock.recv(65536)


def silent(sock: socket.socket) -> None:
    read_request(sock)
    time.sleep(20)


def one_octet_at_a_time(sock: socket.socket) -> None:
    read_request(sock)
    for octet in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000:
        sock.sendall(bytes([octet]))
        time.sleep(0.05)


def a_head_without_end(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"X-Filler: " + b"a" * 8000 + b"\r\n")


def a_line_without_end(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(b"HTTP/1.1 200 ")
    while True:
        sock.sendall(b"a" * 65536)


def a_body_of_a_gigabyte(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1073741824\r\n\r\n")
    for _chunk in range(16384):
        sock.sendall(b"a" * 65536)


def a_body_that_never_comes(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n")
    time.sleep(20)


def a_thousand_fields(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"\r\n")


def interim_answers_without_end(sock: socket.socket) -> None:
    read_request(sock)
    while True:
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def octets_of_no_protocol(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(bytes(range(256)) * 64)


def control_characters(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(b"HTTP/1.1 403 \x1b[31mRed\x00\x07\xff\xe2\x80\xae\r\nX-Squid-Error: ERR\x1b]0;title\x07\x9b\r\n\r\n")


def a_length_that_lies(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\nContent-Length: 99999999999999999999999\r\n\r\nhello")


def nothing_at_all(sock: socket.socket) -> None:
    read_request(sock)


def an_old_style_answer(sock: socket.socket) -> None:
    read_request(sock)
    sock.sendall(b"<html>hello</html>")


Peer = t.Callable[[socket.socket], None]
HTTP_PEERS: list[tuple[Peer, str, str]] = [
    (silent, "tcp_timeout", "unknown"),
    (one_octet_at_a_time, "tcp_timeout", "unknown"),
    (a_head_without_end, "http_status", "unknown"),
    (a_line_without_end, "http_status", "unknown"),
    (a_body_of_a_gigabyte, "ok", "allowed"),
    (a_body_that_never_comes, "ok", "allowed"),
    (a_thousand_fields, "http_status", "unknown"),
    (interim_answers_without_end, "http_status", "unknown"),
    (octets_of_no_protocol, "http_status", "unknown"),
    (control_characters, "proxy_denied", "denied"),
    (a_length_that_lies, "ok", "allowed"),
    (nothing_at_all, "tcp_reset", "denied"),
    (an_old_style_answer, "http_status", "unknown"),
]
LIMIT = {"timeout": 2.0, "stage_timeout": 1.0}


def assert_fit_to_show(seen: dict[str, t.Any]) -> None:
    for text in (seen["evidence"]["said"], seen.get("issuer") or ""):
        assert text.isascii() and text.isprintable(), ascii(text)
        assert len(text) <= 300


@pytest.mark.parametrize("peer, cause, policy", HTTP_PEERS, ids=[peer.__name__ for peer, _c, _p in HTTP_PEERS])
def test_an_origin_that_lies_ends_in_time_with_a_cause(ask: Ask, peer: Peer, cause: str, policy: str) -> None:
    server = Server(peer)
    begun = time.monotonic()
    seen = ask("127.0.0.1", server.port, "http", **LIMIT)
    server.close()
    assert time.monotonic() - begun < LIMIT["timeout"] + 1
    assert (seen["cause"], seen["policy"]) == (cause, policy)
    assert_fit_to_show(seen)


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("peer", [peer for peer, _cause, _policy in HTTP_PEERS], ids=lambda peer: peer.__name__)
def test_a_proxy_that_lies_ends_in_time_and_proves_nothing_good(ask: Ask, peer: Peer, scheme: str) -> None:
    server = Server(peer)
    begun = time.monotonic()
    seen = ask("www.example.org", 443, scheme, f"http://127.0.0.1:{server.port}", **LIMIT)
    server.close()
    assert time.monotonic() - begun < LIMIT["timeout"] + 1
    if scheme == "https":
        assert seen["passed"] is not True
    assert_fit_to_show(seen)


@pytest.mark.parametrize("peer", [peer for peer, _cause, _policy in HTTP_PEERS], ids=lambda peer: peer.__name__)
def test_what_speaks_no_tls_ends_in_time_and_is_never_reached(ask: Ask, peer: Peer) -> None:
    server = Server(peer)
    begun = time.monotonic()
    seen = ask("127.0.0.1", server.port, **LIMIT)
    server.close()
    assert time.monotonic() - begun < LIMIT["timeout"] + 1
    assert seen["cause"] in ("tls_reset", "tcp_timeout")
    assert seen["passed"] is not True
    assert_fit_to_show(seen)


def test_clear_text_on_a_tls_port_is_no_proof_of_a_refusal(ask: Ask) -> None:
    server = Server(an_old_style_answer)
    seen = ask("127.0.0.1", server.port, expect="denied", **LIMIT)
    server.close()
    assert (seen["cause"], seen["policy"], seen["passed"]) == ("tls_reset", "unknown", None)


def test_a_site_s_own_block_page_is_recognised_by_its_pattern(ask: Ask) -> None:
    def block(sock: socket.socket) -> None:
        read_request(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Blocked by Example Corp</h1>")

    server = Server(block)
    assert ask("127.0.0.1", server.port, "http")["cause"] == "ok"
    seen = ask("127.0.0.1", server.port, "http", block_pages=("blocked by \\w+ corp",))
    server.close()
    assert (seen["cause"], seen["policy"]) == ("proxy_denied", "denied")
