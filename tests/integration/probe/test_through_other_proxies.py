# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the prober sees through tinyproxy and e2guardian: the real programs where they are installed.

Where they are not, the conversations that they had with the prober's requests are replayed; the test's name says which.
"""

from __future__ import annotations

import shutil
import socket
import typing as t
from pathlib import Path

import pytest
from conftest import Ask, Origins
from programs import Server, start_e2guardian, start_tinyproxy, stop

# What tinyproxy 1.11.1 and e2guardian 5.3.5 of Debian 12 answered, first part, to CONNECT and to GET.
RECORDED = {
    "tinyproxy": {
        "https": b"HTTP/1.1 403 Filtered\r\nServer: tinyproxy/1.11.1\r\nContent-Type: text/html\r\n"
        b"Connection: close\r\n\r\n<?xml",
        "http": b"HTTP/1.1 403 Filtered\r\nServer: tinyproxy/1.11.1\r\nContent-Type: text/html\r\n"
        b"Connection: close\r\n\r\n<?xml",
    },
    "e2guardian": {
        "https": b"HTTP/1.1 302 Redirect\r\nLocation: http://internal.test.e2guardian.org\r\nServer: e2guardian\r\n"
        b"Connection: close\r\n\r\n",
        "http": b"HTTP/1.1 200 \r\nContent-type: text/html\r\n\r\n<!DOCTYPE html PUBLIC>\n<!--\n"
        b"Custom E2 Guardian Block page by Pfsensation",
    },
}
STARTERS = {"tinyproxy": start_tinyproxy, "e2guardian": start_e2guardian}


@pytest.fixture(scope="module", params=["tinyproxy", "e2guardian"])
def filtering(request: pytest.FixtureRequest, folder: Path) -> t.Iterator[tuple[str, int]]:
    """Name and port of a real filtering proxy."""
    name = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed on this machine; its recorded answers are tested instead")
    process, port = STARTERS[name](folder / name)
    yield name, port
    stop(process)


@pytest.mark.parametrize(
    "scheme, status",
    [("https", {"tinyproxy": 403, "e2guardian": 302}), ("http", {"tinyproxy": 403, "e2guardian": 200})],
)
def test_a_real_filter_is_recognised(
    ask: Ask, origins: Origins, filtering: tuple[str, int], scheme: str, status: dict[str, int]
) -> None:
    name, port = filtering
    seen = ask("denied.test", getattr(origins, scheme), scheme, f"http://127.0.0.1:{port}", expect="denied")
    assert (seen["cause"], seen["policy"], seen["passed"]) == ("proxy_denied", "denied", True)
    assert seen["status"] == status[name]
    assert name in seen["evidence"]["said"]


def test_tinyproxy_lets_through_what_is_listed_and_says_what_is_dead(ask: Ask, origins: Origins, folder: Path) -> None:
    if shutil.which("tinyproxy") is None:
        pytest.skip("tinyproxy is not installed on this machine")
    process, port = start_tinyproxy(folder / "tinyproxy-listed")
    try:
        via = f"http://127.0.0.1:{port}"
        for scheme in ("https", "http"):
            assert ask("127.0.0.1", getattr(origins, scheme), scheme, via)["cause"] == "ok"
            own = ask("127.0.0.1", getattr(origins, scheme), scheme, via, path="/forbidden")
            assert (own["cause"], own["status"]) == ("ok", 403)
            dead = ask("dead.test", origins.closed, scheme, via)
            assert (dead["cause"], dead["policy"]) == ("proxy_upstream_failed", "allowed")
    finally:
        stop(process)


def test_e2guardian_s_page_for_a_dead_name_is_no_refusal(ask: Ask, origins: Origins, folder: Path) -> None:
    if shutil.which("e2guardian") is None:
        pytest.skip("e2guardian is not installed on this machine")
    process, port = start_e2guardian(folder / "e2guardian-dead", listed=["no-such-name.invalid"])
    try:
        seen = ask("no-such-name.invalid", 80, "http", f"http://127.0.0.1:{port}")
        assert (seen["cause"], seen["policy"], seen["status"]) == ("proxy_upstream_failed", "allowed", 200)
    finally:
        stop(process)


@pytest.mark.parametrize("name", sorted(RECORDED))
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_recorded_answer_of_a_filter_is_recognised(ask: Ask, name: str, scheme: str) -> None:
    def replay(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(RECORDED[name][scheme])

    server = Server(replay)
    seen = ask("denied.test", 8080, scheme, f"http://127.0.0.1:{server.port}")
    server.close()
    assert (seen["cause"], seen["policy"]) == ("proxy_denied", "denied")
    assert name in seen["evidence"]["said"]
