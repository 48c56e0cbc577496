# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.client import (
    DEFAULT_WAIT,
    MAX_WAIT,
    Client,
    retry_after,
    shown,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import RefusedAnswer, UpdateError

from lab.servers import endpoint_lists as play
from lab.servers.endpoint_lists import EndpointLists


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 1.0),
        ("99999999", MAX_WAIT),
        ("9" * 5000, DEFAULT_WAIT),
        ("Fri, 27 Nov 2026 12:02:00 GMT", 120.0),
        ("Fri, 27 Nov 2020 12:02:00 GMT", 1.0),
        ("soon", DEFAULT_WAIT),
        ("-5", DEFAULT_WAIT),
        ("", DEFAULT_WAIT),
        (None, DEFAULT_WAIT),
        ("²", DEFAULT_WAIT),
    ],
)
def test_how_long_to_wait(value: str | None, seconds: float) -> None:
    assert retry_after(value, now=1795780800.0) == seconds


def test_an_address_is_shown_without_what_may_be_private() -> None:
    assert shown("https://me:secret@a.example/x?ClientRequestId=1&TenantName=contoso#y") == "https://a.example/x"
    assert "\n" not in shown("https://a.example/x\ny")


def get(server: EndpointLists, path: str = "/list", **options: int) -> bytes:
    return Client(5.0, str(server.ca_path), **options).get(server.url + path)


def test_a_page_is_read_as_it_is(server: EndpointLists) -> None:
    server.pages["/list"] = b"a.example\r\n\x00"
    assert get(server) == b"a.example\r\n\x00"


def test_redirects_are_followed_within_https_and_not_for_ever(server: EndpointLists) -> None:
    server.pages["/new"] = b"here"
    server.faults["/list"].append(play.redirects("/new"))
    assert get(server) == b"here"
    server.faults["/list"].extend([play.redirects("/list")] * 10)
    with pytest.raises(RefusedAnswer, match="redirects more than 3 times"):
        get(server)
    server.faults["/list"].clear()
    server.faults["/list"].append(play.redirects(server.url.replace("https", "http") + "/new"))
    with pytest.raises(RefusedAnswer, match="which is not https"):
        get(server)


@pytest.mark.parametrize("fault", [None, play.packs])
def test_an_answer_that_is_too_large_is_refused(server: EndpointLists, fault: play.Fault | None) -> None:
    server.pages["/list"] = b"x" * 10_001
    server.faults["/list"].extend([fault] if fault else [])
    with pytest.raises(RefusedAnswer, match="over 10000 bytes"):
        get(server, max_bytes=10_000)


def test_a_bomb_is_not_unpacked(server: EndpointLists) -> None:
    bomb = gzip.compress(b"0" * 30_000_000)
    server.pages["/list"] = b""
    server.faults["/list"].append(
        lambda handler, _body: handler.send(bomb, fields={"Content-Encoding": "gzip"}, length=len(bomb))
    )
    with pytest.raises(RefusedAnswer, match="unpacks to over"):
        get(server)


def test_another_packing_is_refused(server: EndpointLists) -> None:
    server.pages["/list"] = b""
    server.faults["/list"].append(lambda handler, _body: handler.send(b"x", fields={"Content-Encoding": "br"}))
    with pytest.raises(RefusedAnswer, match="packed as 'br'"):
        get(server)


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "ftp://127.0.0.1/x", "/etc/hosts", "data:,x", ""])
def test_only_https_and_files_are_asked(url: str) -> None:
    with pytest.raises(UpdateError, match="neither https: nor file:"):
        Client().get(url)


@pytest.mark.parametrize(
    "url", ["file://host.example/x", "file:relative", "file:///x?y", "file:///does/not/exist", "file:///%00"]
)
def test_files_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(UpdateError, match=r"names no file|cannot be read"):
        Client().get(url)


def test_a_file_is_read_and_a_directory_is_not(tmp_path: Path) -> None:
    (tmp_path / "a b").write_bytes(b"x")
    assert Client().get(f"file://{tmp_path}/a%20b") == b"x"
    with pytest.raises(UpdateError, match="cannot be read"):
        Client().get(f"file://{tmp_path}")
