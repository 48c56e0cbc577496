# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts see the network that they are meant to see, and nothing else."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import Lab
from lab.topology import CA_FILE
from lab.zone import Zone, address_of

HOSTS = ["origin", "resolver", "proxy", "desk1", "desk2"]

FETCH = """
import http.client, json, ssl, sys
url = json.load(sys.stdin)
if url["tls"]:
    context = ssl.create_default_context(cafile=url["ca"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.minimum_version = getattr(ssl.TLSVersion, url["lowest"])
    context.maximum_version = getattr(ssl.TLSVersion, url["highest"])
    if url["lowest"] == "TLSv1":
        context.set_ciphers("ALL:@SECLEVEL=0")
    connection = http.client.HTTPSConnection(url["host"], url["port"], context=context, timeout=10)
else:
    connection = http.client.HTTPConnection(url["host"], url["port"], timeout=10)
try:
    connection.request(url["method"], url["path"])
    answer = connection.getresponse()
    print(json.dumps({"status": answer.status, "body": answer.read().decode()}))
except OSError as error:
    print(json.dumps({"error": repr(error)}))
"""

RESOLVE = """
import json, socket, sys
try:
    print(json.dumps(sorted({info[4][0] for info in socket.getaddrinfo(sys.argv[1], 80)})))
except socket.gaierror as error:
    names = {socket.EAI_NONAME: "no such name", socket.EAI_NODATA: "no address", socket.EAI_AGAIN: "try again"}
    print(json.dumps(names.get(error.errno, str(error))))
"""


def fetch(lab: Lab, host: str, port: int, tls: bool = True, **options: t.Any) -> dict[str, t.Any]:
    url = {
        "host": host,
        "port": port,
        "tls": tls,
        "ca": CA_FILE,
        "method": "GET",
        "path": "/",
        "lowest": "TLSv1_2",
        "highest": "TLSv1_3",
    }
    return json.loads(
        lab.run("desk1", ["python3", "-W", "ignore", "-c", FETCH], input=json.dumps(url | options)).stdout
    )


def resolve(lab: Lab, name: str) -> t.Any:
    return json.loads(lab.run("desk2", ["python3", "-c", RESOLVE, name]).stdout)


def test_any_name_has_an_address_of_its_own(lab: Lab) -> None:
    names = [f"host-{number}.example.com" for number in range(5)]
    addresses = [resolve(lab, name) for name in names]
    assert addresses == [[address_of(name)] for name in names]
    assert len({address for [address] in addresses}) == len(names)


def test_case_does_not_change_the_address(lab: Lab) -> None:
    assert resolve(lab, "WWW.Example.COM") == resolve(lab, "www.example.com")


def test_hosts_of_the_lab_are_known_by_name_and_by_address(lab: Lab) -> None:
    assert resolve(lab, "proxy.lab.test") == ["10.77.0.3"]
    told = lab.run("desk1", ["python3", "-c", "import socket; print(socket.gethostbyaddr('10.77.0.3')[0])"]).stdout
    assert told == "proxy.lab.test\n"


def test_names_below_invalid_do_not_exist(lab: Lab) -> None:
    assert resolve(lab, "anything.invalid") == "no such name"


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("NXDOMAIN", "no such name"),
        ("NODATA", "no address"),
        ("REFUSED", "try again"),
        ("SERVFAIL", "try again"),
        ("0.0.0.0", ["0.0.0.0"]),
        (["198.18.0.1", "198.18.0.2"], ["198.18.0.1", "198.18.0.2"]),
    ],
)
def test_an_answer_set_for_a_name_holds_at_once(lab: Lab, zone: Zone, answer: t.Any, seen: t.Any) -> None:
    assert resolve(lab, "set.example.net") == [address_of("set.example.net")]
    zone.answer("set.example.net", answer)
    assert resolve(lab, "set.example.net") == seen


def test_a_wildcard_answer_covers_what_is_below_and_not_the_name_itself(lab: Lab, zone: Zone) -> None:
    zone.answer("*.nx.example.net", "NXDOMAIN")
    zone.answer("not.nx.example.net", "198.18.0.9")
    assert resolve(lab, "a.b.nx.example.net") == "no such name"
    assert resolve(lab, "nx.example.net") == [address_of("nx.example.net")]
    assert resolve(lab, "not.nx.example.net") == ["198.18.0.9"]


def test_answers_are_forgotten_on_reset(lab: Lab, zone: Zone) -> None:
    zone.answer("set.example.net", "NXDOMAIN")
    zone.reset()
    assert resolve(lab, "set.example.net") == [address_of("set.example.net")]


def test_an_address_can_claim_any_name(lab: Lab, zone: Zone) -> None:
    zone.point("198.18.7.7", "spoof.example.com")
    asked = "import socket; print(socket.gethostbyaddr('198.18.7.7')[0])"
    assert lab.run("proxy", ["python3", "-c", asked]).stdout == "spoof.example.com\n"


def test_the_origin_answers_over_http_and_says_what_it_was_asked(lab: Lab) -> None:
    answer = fetch(lab, "www.example.com", 80, tls=False, path="/a?b=c", method="POST")
    said = json.loads(answer["body"])
    assert answer["status"] == 200
    assert (said["method"], said["scheme"], said["host"], said["path"]) == ("POST", "http", "www.example.com", "/a?b=c")
    assert said["address"] == address_of("www.example.com")
    assert said["client"] == lab.topology.host("desk1").address


@pytest.mark.parametrize(
    "host", ["www.example.com", "a_b.example.com", "x" * 63 + ".example.com", "xn--mnchen-3ya.example"]
)
def test_the_origin_proves_any_name_with_a_strictly_valid_certificate(lab: Lab, host: str) -> None:
    answer = fetch(lab, host, 443)
    assert answer.get("status") == 200, answer
    assert json.loads(answer["body"])["tls"] == "TLSv1.3"


def test_nobody_else_trusts_the_lab(lab: Lab) -> None:
    answer = fetch(lab, "www.example.com", 443, ca="/etc/ssl/certs/ca-certificates.crt")
    assert "CERTIFICATE_VERIFY_FAILED" in answer["error"]


@pytest.mark.parametrize(
    ("port", "highest", "outcome"),
    [
        (12443, "TLSv1_3", "TLSv1.2"),
        (4443, "TLSv1_3", "TLSv1.3"),
        (4443, "TLSv1_2", "ALERT_PROTOCOL_VERSION"),
        (443, "TLSv1_2", "TLSv1.2"),
        (10443, "TLSv1_1", "TLSv1.1"),
    ],
)
def test_each_tls_port_speaks_its_versions_and_tells_others_so(lab: Lab, port: int, highest: str, outcome: str) -> None:
    lowest = "TLSv1" if port == 10443 else "TLSv1_2"
    answer = fetch(lab, "www.example.com", port, lowest=lowest, highest=highest)
    if "ALERT" in outcome:
        assert outcome in answer["error"]
    else:
        assert json.loads(answer["body"])["tls"] == outcome


def test_a_client_without_old_versions_cannot_use_the_old_port(lab: Lab) -> None:
    assert "SSL" in fetch(lab, "www.example.com", 10443)["error"]


@pytest.mark.parametrize("status", [204, 302, 403, 404, 500, 599])
def test_a_status_path_gets_that_status(lab: Lab, status: int) -> None:
    assert fetch(lab, "www.example.com", 443, path=f"/status/{status}")["status"] == status


def test_pipelined_requests_are_answered_in_order_even_behind_a_delay(lab: Lab) -> None:
    script = """
import socket
peer = socket.create_connection(("www.example.com", 80), 5)
paths = ["/delay/0.2", "/second", "/third"]
ask = "".join(f"GET {path} HTTP/1.1\\r\\nHost: www.example.com\\r\\n\\r\\n" for path in paths)
peer.sendall(ask.replace("third HTTP/1.1", "third HTTP/1.0").encode())
got = b""
while data := peer.recv(65536):
    got += data
print([got.index(f'"path": "{path}"'.encode()) for path in paths])
"""
    places = json.loads(lab.run("desk1", ["python3", "-c", script]).stdout)
    assert places == sorted(places)


def test_more_connections_stay_open_than_a_shell_allows_files(lab: Lab) -> None:
    script = """
import resource, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
peers = [socket.create_connection(("www.example.com", 80), 5) for _ in range(1500)]
for peer in peers:
    peer.sendall(b"GET / HTTP/1.1\\r\\nHost: www.example.com\\r\\n\\r\\n")
print(sum(peer.recv(4096).startswith(b"HTTP/1.1 200") for peer in peers))
"""
    assert lab.run("desk1", ["python3", "-c", script]).stdout == "1500\n"


def test_an_idle_connection_is_closed_and_a_slow_answer_is_not_idleness(lab: Lab) -> None:
    script = """
import socket, time
def ask(path):
    peer = socket.create_connection(("www.example.com", 80), 30)
    peer.sendall(f"GET {path} HTTP/1.1\\r\\nHost: www.example.com\\r\\n\\r\\n".encode())
    return peer
slow, idle = ask("/delay/11"), ask("/")
idle.recv(4096)
begun = time.monotonic()
print(idle.recv(4096), 9 < time.monotonic() - begun < 12, slow.recv(4096)[:12])
"""
    assert lab.run("desk1", ["python3", "-c", script]).stdout == "b'' True b'HTTP/1.1 200'\n"


def test_a_port_that_nobody_serves_refuses(lab: Lab) -> None:
    assert "ConnectionRefusedError" in fetch(lab, "www.example.com", 81, tls=False)["error"]


@pytest.mark.parametrize("host", HOSTS)
def test_no_host_has_a_way_out(lab: Lab, host: str) -> None:
    routes = lab.run(host, ["ip", "route", "show"]).stdout + lab.run(host, ["ip", "-6", "route", "show"]).stdout
    assert "10.77.0.0/24" in routes
    assert "default" not in routes
    attempt = "import socket; socket.create_connection(('192.0.2.1', 80), 5)"
    assert "Network is unreachable" in lab.run(host, ["python3", "-c", attempt], check=False).stderr


@pytest.mark.parametrize("host", HOSTS)
def test_each_host_has_its_own_name_address_and_processes(lab: Lab, host: str) -> None:
    assert lab.run(host, ["hostname"]).stdout == f"{host}\n"
    addresses = lab.run(host, ["ip", "-4", "-o", "address", "show", "dev", "eth0"]).stdout
    assert f" {lab.topology.host(host).address}/24 " in addresses
    assert lab.run(host, ["cat", "/proc/1/comm"]).stdout == "sleep\n"
    assert lab.run(host, ["cat", "/etc/hostname", "/etc/resolv.conf"]).stdout == f"{host}\nnameserver 10.77.0.53\n"
    assert f"{lab.topology.host(host).address} {host}.lab.test {host}\n" in lab.run(host, ["cat", "/etc/hosts"]).stdout
