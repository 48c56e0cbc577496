# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a list means: the treatments that a request gets."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants

LIST = [
    Endpoint.from_dict(fields)
    for fields in (
        {"host": "*.example.com"},
        {"host": "pinned.example.com", "tcp_ports": [443], "treatments": ["bypass_inspection"]},
        {"host": "login.example.com", "treatments": ["bypass_authentication"]},
        {"host": "web.example.net", "path": "/ncsi.txt"},
        {"host": "web.example.net", "path": "/dist/*"},
        {"host": "turn.example.net", "udp_ports": ["3478-3481"]},
        {"network": "192.0.2.0/24", "tcp_ports": [443]},
        {"network": "2001:db8::/32", "tcp_ports": [443]},
    )
]
ALLOW = {"allow"}


def asked(host: str, port: int = 443, **fields: t.Any) -> frozenset[str]:
    return grants(LIST, Request("CONNECT", fields.pop("scheme", None), host, port, **fields))


def got(path: str, port: int = 80, scheme: str = "http") -> frozenset[str]:
    return grants(LIST, Request("GET", scheme, "web.example.net", port, path))


@pytest.mark.parametrize("host", ["www.example.com", "WWW.Example.Com", "www.example.com.", "a.b.c.example.com"])
def test_a_name_is_granted_in_any_spelling(host: str) -> None:
    assert asked(host) == ALLOW


@pytest.mark.parametrize(
    "host", ["example.com", "evilexample.com", "www.example.com.evil.test", "www.example.com..", ""]
)
def test_a_look_alike_is_not(host: str) -> None:
    assert asked(host) == set()


def test_a_request_gets_the_union_over_all_endpoints_that_cover_it() -> None:
    assert asked("pinned.example.com", 443) == {"allow", "bypass_inspection"}
    assert asked("pinned.example.com", 80) == ALLOW
    assert asked("login.example.com") == {"allow", "bypass_authentication"}


def test_other_ports_and_other_transports_are_not_granted() -> None:
    assert asked("www.example.com", 8443) == set()
    assert asked("turn.example.net", 3478, transport="udp") == ALLOW
    assert asked("turn.example.net", 3478) == set()
    assert asked("www.example.com", 443, transport="udp") == set()


def test_an_exact_path_is_granted_as_written_on_plain_http_only() -> None:
    assert got("/ncsi.txt") == ALLOW
    for path in ("/", "/NCSI.TXT", "/ncsi.txt/", "/ncsi.txt?x", "/a/../ncsi.txt", "/ncsi%2etxt", "//ncsi.txt"):
        assert got(path) == set(), path
    assert got("/ncsi.txt", scheme="https") == set()
    assert got("/ncsi.txt", port=8080) == set()
    assert asked("web.example.net", 80) == set()


def test_a_path_that_ends_in_a_star_is_a_prefix_without_dot_segments_and_escapes() -> None:
    for path in ("/dist/", "/dist/a", "/dist/a/b.c"):
        assert got(path) == ALLOW, path
    for path in ("/dist", "/dist/../x", "/dist/./x", "/dist/%2e%2e/x", "/dist/a?b", "/Dist/a"):
        assert got(path) == set(), path


def test_a_network_is_granted_by_address_written_or_resolved() -> None:
    assert asked("192.0.2.9") == ALLOW
    assert asked("[2001:db8::9]") == ALLOW
    assert asked("host.example.org", resolved="192.0.2.9") == ALLOW
    assert asked("192.0.3.9") == set()
    assert asked("host.example.org") == set()
    assert asked("192.0.2.9", 80) == set()


def test_an_address_is_never_a_name() -> None:
    assert grants([Endpoint.from_dict({"host": "*.example.com"})], Request("CONNECT", None, "192.0.2.1", 443)) == set()
