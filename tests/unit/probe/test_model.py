# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes from foreign data, the way they travel, and the way out."""

from __future__ import annotations

import base64
import json
import typing as t
import zlib

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe, ProbeError
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.plan_codec import decode, encode
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.text import printable
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.via import Via

HOSTILE = [
    "",
    "*.example.org",
    "a..b",
    "a b",
    "a\r\nHost: b",
    "a\x00b",
    "-a.example",
    "a" * 64 + ".example",
    "a/b",
    "ä.b",
    "a.example:443",
    "[::1]",
    ".".join(["a" * 50] * 6),
    "user@a.example",
    "a\u202eb.example",
]


@pytest.mark.parametrize("host", HOSTILE)
def test_what_is_no_host_is_refused_by_name(host: str) -> None:
    with pytest.raises(ProbeError, match=r"^probes\[3\]\.host: ") as refused:
        Probe.from_dict({"host": host}, "probes[3]")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "host, kept",
    [
        ("WWW.Example.ORG.", "www.example.org"),
        ("_dmarc.a", "_dmarc.a"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
    ],
)
def test_names_and_addresses_are_taken(host: str, kept: str) -> None:
    assert Probe.from_dict({"host": host}).host == kept


@pytest.mark.parametrize(
    "data, where",
    [
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"port": "443x"}, "port"),
        ({"port": "4" * 5000}, "port"),
        ({"scheme": "ftp"}, "scheme"),
        ({"scheme": "tcp"}, "port"),
        ({"path": "x"}, "path"),
        ({"path": "/a b"}, "path"),
        ({"path": "/a\r\nX: y"}, "path"),
        ({"path": "/" + "a" * 3000}, "path"),
        ({"expect": "maybe"}, "expect"),
        ({"kind": "odd"}, "kind"),
        ({"tls": "1.2"}, "tls"),
        ({"tls": {"min": "1.3", "max": "1.2"}}, "tls"),
        ({"tls": {"min": "1.1"}}, "tls.min"),
        ({"treatments": ["bypass"]}, "treatments"),
        ({"colour": 1}, " unknown key 'colour'"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(data: dict[str, t.Any], where: str) -> None:
    with pytest.raises(ProbeError) as refused:
        Probe.from_dict({"host": "www.example.org", **data}, "probes[0]")
    assert where in str(refused.value)


FULL = Probe(
    "www.example.org",
    8443,
    "https",
    "/x",
    "denied",
    "denied",
    ("1.2", "1.3"),
    True,
    True,
    ("A", "B"),
    "*.example.org",
    "group",
    True,
    ("allow", "bypass_inspection"),
)


def test_probes_survive_as_plain_data_and_as_a_plan() -> None:
    probes = [FULL, Probe("a.example"), Probe("b.example", 80, "http")]
    assert [Probe.from_dict(probe.to_dict()) for probe in probes] == probes
    assert decode(encode(probes)) == probes


def test_a_thousand_probes_travel_in_a_few_kilobytes() -> None:
    probes = [Probe(f"host{number}.example.org", services=("Office 365",)) for number in range(1000)]
    assert len(encode(probes)) < 16_000


def packed(octets: bytes) -> str:
    return base64.b64encode(zlib.compress(octets)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "AAAA",
        packed(b"{"),
        packed(b"{}"),
        packed(b"[1]"),
        packed(json.dumps([{"host": "*"}]).encode()),
        base64.b64encode(zlib.compress(b"[]")[:-5]).decode(),
    ],
)
def test_a_plan_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ProbeError, match=r"^plan"):
        decode(text)


def test_a_plan_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(decode.__globals__, "MOST_OCTETS", 1000)
    with pytest.raises(ProbeError, match=r"larger than 1000"):
        decode(packed(b" " * 10_000_000))


@pytest.mark.parametrize(
    "text, said",
    [
        ("pac+http://wpad.example.org/wpad.dat", "'pac' is not supported"),
        ("https://proxy:3128", "neither"),
        ("http://proxy", "neither"),
        ("http://proxy:0", "neither"),
        ("http://proxy:99999", "neither"),
        ("proxy:3128", "neither"),
        ("http://u:secret@proxy:3128", "proxy_username"),
        ("http://[1::2::3]:3128", "IPv6"),
        ("http://pro\nxy:3128", "neither"),
    ],
)
def test_another_way_out_is_refused_and_no_secret_shown(text: str, said: str) -> None:
    with pytest.raises(ProbeError, match=r"^via: ") as refused:
        Via.parse(text)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_login_is_kept_out_of_what_is_shown() -> None:
    via = Via.parse("http://[2001:DB8::1]:3128/", "user", "sécret")
    assert (via.text, via.proxy_host, via.proxy_port) == ("http://[2001:DB8::1]:3128", "2001:db8::1", 3128)
    assert via.authorization == "Basic " + base64.b64encode("user:sécret".encode()).decode()
    assert str(via.authorization) not in repr(via)


@pytest.mark.parametrize("login", [("a:b", "c"), (None, "c")])
def test_a_login_that_cannot_be_is_refused(login: tuple[str | None, str]) -> None:
    with pytest.raises(ProbeError, match="proxy_"):
        Via.parse("http://proxy.example.org:3128", *login)


def test_foreign_text_is_shown_as_one_line_of_ascii() -> None:
    assert printable(b"a\x1b[31m\r\n\x00\xff") == "a\\x1b[31m\\x0d\\x0a\\x00\\xff"
    assert printable("\u202e\U0001f600") == "\\u202e\\U0001f600"
    assert len(printable("x" * 10_000, 100)) == 100
    assert len(printable("\x00" * 10_000, 100)) == 100
