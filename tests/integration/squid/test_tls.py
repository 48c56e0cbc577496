# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that must not be inspected, on a proxy that inspects TLS; and the documents' TLS 1.2 requirement."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest
from squid_lab import BOTH_WAYS, Device

from lab.certificates import Authority
from tests.integration.appliance.called import CODE, Json, Refused

PINNED: Json = {"host": "*.pinned.example", "treatments": ["bypass_inspection"]}
PORT = "http_port 3129 ssl-bump tls-cert=/etc/squid/proxy-ca.pem generate-host-certificates=on"
HELPER = "sslcrtd_program /usr/lib/squid/security_file_certgen -s /var/spool/squid/ssl_db -M 4MB\nsslcrtd_children 2"
STORE = "/var/spool/squid/ssl_db"
MAKE_STORE = f"rm -rf {STORE}; /usr/lib/squid/security_file_certgen -c -s {STORE} -M 4MB; chown -R proxy:proxy {STORE}"
TRUST = "tls_outgoing_options cafile=/etc/ssl/lab-ca.pem"


@pytest.fixture()
def bumping(device: Device, tmp_path: Path) -> t.Callable[..., None]:
    """A function that makes the proxy inspect TLS on port 3129, by these rules in this file."""
    Authority.create(tmp_path / "ca", "Proxy CA")
    device.path("/etc/squid/proxy-ca.pem").write_bytes((tmp_path / "ca" / "ca-with-key.pem").read_bytes())
    device.lab.run("proxy", ["sh", "-c", MAKE_STORE])

    def configure(*rules: str, file: str = "50-site-bump.conf") -> None:
        device.proxy.configure("05-ports.conf", "\n".join([PORT, HELPER, TRUST, "acl SSL_ports port 8080", ""]))
        device.proxy.configure(file, "\n".join([*rules, ""]))
        device.proxy.reconfigure()

    return configure


def issuers(device: Device, *names: str, port: int = 3129) -> list[list[str]]:
    questions: list[Json] = [{"to": f"{name}:443", "tls": True} for name in names]
    return [answer["issuer"] for answer in device.ask(*questions, port=port)]


@BOTH_WAYS
@pytest.mark.parametrize(
    "rules", [["ssl_bump bump all"], ["acl step1 at_step SslBump1", "ssl_bump peek step1", "ssl_bump bump all"]]
)
def test_endpoints_that_bypass_inspection_are_spliced_and_the_others_bumped(
    device: Device, bumping: t.Callable[..., None], rules: list[str]
) -> None:
    bumping(*rules)
    device.present("plain.example")
    assert issuers(device, "plain.example") == [["Proxy CA"]]
    result = device.present("plain.example", PINNED)
    assert result["site_losses"] == []
    assert issuers(device, "plain.example", "x.pinned.example") == [["Proxy CA"], ["Lab CA"]]
    assert issuers(device, "plain.example", port=3128) == [["Lab CA"]]
    assert device.present("plain.example", PINNED)["changed"] is False
    assert device.info()["tls"]["tls_inspection"] == "on"


def test_a_bump_rule_before_the_list_is_refused_with_the_line(device: Device, bumping: t.Callable[..., None]) -> None:
    bumping("# ours", "ssl_bump bump all", file="10-site-bump.conf")
    for options in ({}, {"access_rules": "none"}):
        with pytest.raises(Refused, match=r"10-site-bump\.conf line 2 \('ssl_bump bump all'\) inspects TLS before"):
            device.present(PINNED, **options)
    with pytest.raises(Refused, match=r"10-site-bump\.conf line 2"):
        device.present("plain.example", protocol_detection="disabled")
    device.present("plain.example")
    assert issuers(device, "plain.example") == [["Proxy CA"]]


def test_without_a_bumping_port_there_is_nothing_to_bypass(device: Device) -> None:
    with pytest.raises(Refused, match=r"(?s)tls_inspection +unsupported .*{property: tls_inspection, reason: ''}"):
        device.present(PINNED)
    result = device.present(PINNED, accept=["tls_inspection"])
    assert [loss["property"] for loss in result["site_losses"]] == ["tls_inspection"]
    assert device.allows("x.pinned.example") == [True]


def test_a_port_that_begins_to_inspect_is_answered_by_the_next_run(
    device: Device, bumping: t.Callable[..., None]
) -> None:
    device.present("plain.example", PINNED, accept=["tls_inspection"])
    bumping("ssl_bump bump all")
    assert issuers(device, "x.pinned.example") == [["Proxy CA"]]
    assert device.present("plain.example", PINNED)["changed"] is True
    assert issuers(device, "x.pinned.example") == [["Lab CA"]]


@pytest.fixture()
def plain_squid(device: Device, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path, on the proxy, of the program of Debian's package `squid`, which is built without OpenSSL."""
    folder = tmp_path_factory.getbasetemp() / "plain-squid"
    if not folder.exists():
        folder.mkdir()
        subprocess.run(["apt-get", "download", "squid"], cwd=folder, check=True, capture_output=True)
        subprocess.run(["dpkg-deb", "-x", next(folder.glob("*.deb")), folder / "root"], check=True)
    program = f"{CODE}/plain-squid"
    device.path(program).write_bytes((folder / "root/usr/sbin/squid").read_bytes())
    device.path(program).chmod(0o755)
    return program


def test_a_squid_without_tls_says_so(device: Device, plain_squid: str) -> None:
    device.proxy.stop()
    device.lab.run("proxy", ["sh", "-c", f"cd /run/squid && exec {plain_squid} -YC -f /etc/squid/squid.conf"])
    with pytest.raises(Refused, match=r"tls_inspection +unsupported +this Squid has no TLS"):
        device.present(PINNED, executable=plain_squid)
    result = device.present(PINNED, "plain.example", accept=["tls_inspection"], executable=plain_squid)
    assert result["squid"]["tls"] is False
    assert result["running"]["state"] == "running"
    assert device.allows("x.pinned.example", "plain.example", "other.example") == [True, True, False]
    told = device.info(executable=plain_squid)["tls"]
    assert (told["tls_inspection"], told["protocol_detection"]) == ("off", "off")


HELLO = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@BOTH_WAYS
def test_disabled_detection_tunnels_whatever_is_spoken_to_listed_hosts_and_to_no_others(
    device: Device, bumping: t.Callable[..., None]
) -> None:
    site = ["acl others dstdomain other.example", "http_access allow others", "acl step1 at_step SslBump1"]
    bumping(*site, "ssl_bump peek step1", "ssl_bump bump all")
    listed: Json = {"host": "listed.example", "tcp_ports": [443, 8080]}

    def heard() -> list[bool]:
        questions: list[Json] = [{"to": f"{name}:8080", "send": HELLO} for name in ("listed.example", "other.example")]
        return [" 200 " in answer["received"].partition("\r\n")[0] for answer in device.ask(*questions, port=3129)]

    device.present(listed)
    assert heard() == [False, False]
    assert issuers(device, "listed.example", "other.example") == [["Proxy CA"], ["Proxy CA"]]
    assert device.info()["tls"]["protocol_detection_of_list"] == "on"
    device.present(listed, protocol_detection="disabled")
    assert heard() == [True, False]
    assert issuers(device, "listed.example", "other.example") == [["Lab CA"], ["Proxy CA"]]
    told = device.info()["tls"]
    assert (told["protocol_detection"], told["protocol_detection_of_list"]) == ("on", "off")


@BOTH_WAYS
def test_disabled_detection_holds_where_the_site_looks_first(device: Device, bumping: t.Callable[..., None]) -> None:
    """The site peeks before the list is read, so that what is no TLS is found out and has to be tunnelled then."""
    bumping("acl step1 at_step SslBump1", "ssl_bump peek step1", file="10-site-peek.conf")
    device.proxy.configure("60-site-bump.conf", "ssl_bump bump all\n")
    device.present({"host": "listed.example", "tcp_ports": [443, 8080]}, protocol_detection="disabled")
    [answer] = device.ask({"to": "listed.example:8080", "send": HELLO}, port=3129)
    assert " 200 " in answer["received"].partition("\r\n")[0]


@pytest.mark.parametrize(
    "rules, inspection, detection",
    [
        (["ssl_bump bump all"], "on", "on"),
        (["ssl_bump splice all"], "off", "off"),
        (["acl s1 at_step SslBump1", "ssl_bump peek s1", "ssl_bump splice all"], "off", "on"),
        (["ssl_bump bump all", "on_unsupported_protocol tunnel all"], "on", "off"),
        (["acl some ssl::server_name x.example", "ssl_bump splice some"], "off", "unknown"),
        ([], "off", "off"),
    ],
)
def test_the_report_says_what_the_configuration_does_with_tls(
    device: Device, bumping: t.Callable[..., None], rules: list[str], inspection: str, detection: str
) -> None:
    bumping(*rules)
    told = device.info()["tls"]
    assert (told["tls_inspection"], told["protocol_detection"]) == (inspection, detection)
    assert told["bumping_ports"] == ["http_port 3129"]


def test_the_report_says_between_which_versions(device: Device) -> None:
    plain = device.info()["tls"]
    assert plain["client_side"] == plain["server_side"] == {"lowest": None, "highest": None}
    options = "tls_outgoing_options min-version=1.2 options=NO_SSLv3,NO_TLSv1_3\n"
    device.proxy.configure("05-site.conf", f"{PORT} options=NO_TLSv1,NO_TLSv1_1\n{options}")
    told = device.info()["tls"]
    assert told["client_side"] == {"lowest": "1.2", "highest": None}
    assert told["server_side"] == {"lowest": "1.2", "highest": "1.2"}
