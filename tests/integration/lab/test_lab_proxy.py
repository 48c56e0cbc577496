# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy is a real Squid with the distribution's own configuration."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from lab import Lab, LabError
from lab.certificates import Authority
from lab.services import Squid
from lab.services.squid import CONFIGURATION
from lab.zone import Zone

ASK = """
import json, socket, ssl, sys
target, port, ca = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
peer = socket.create_connection(("10.77.0.3", port), 10)
if target.startswith("http://"):
    peer.sendall(f"GET {target} HTTP/1.1\\r\\nHost: {target.split('/')[2]}\\r\\nConnection: close\\r\\n\\r\\n".encode())
else:
    peer.sendall(f"CONNECT {target} HTTP/1.1\\r\\nHost: {target}\\r\\n\\r\\n".encode())
head = b""
while b"\\r\\n\\r\\n" not in head and (data := peer.recv(4096)):
    head += data
issuer = None
if ca:
    context = ssl.create_default_context(cafile=ca[0])
    tls = context.wrap_socket(peer, server_hostname=target.split(":")[0])
    issuer = dict(pair[0] for pair in tls.getpeercert()["issuer"])["commonName"]
print(json.dumps([int(head.split()[1]), "X-Squid-Error: ERR_ACCESS_DENIED" in head.decode("latin-1"), issuer]))
"""


def ask(lab: Lab, target: str, port: int = 3128, *ca: str) -> tuple[int, bool, str | None]:
    """Status, whether Squid itself refused, and who signed what was seen through the tunnel."""
    status, refused, issuer = json.loads(lab.run("desk1", ["python3", "-c", ASK, target, str(port), *ca]).stdout)
    return status, refused, issuer


@pytest.mark.parametrize("target", ["www.example.com:443", "http://www.example.com/"])
def test_a_freshly_installed_squid_refuses_a_desk(lab: Lab, proxy: Squid, target: str) -> None:
    assert ask(lab, target) == (403, True, None)
    assert "TCP_DENIED/403" in proxy.host.path("/var/log/squid/access.log").read_text()


def test_the_configuration_is_the_machines_own_file_byte_for_byte(lab: Lab, proxy: Squid) -> None:
    theirs = lab.run("proxy", ["sha256sum", CONFIGURATION]).stdout.split()[0]
    assert theirs == hashlib.sha256(Path(CONFIGURATION).read_bytes()).hexdigest()


def test_squid_has_dropped_to_its_own_user(lab: Lab, proxy: Squid) -> None:
    worker = lab.run("proxy", ["sh", "-c", f"cat /proc/{proxy.pid}/task/{proxy.pid}/children"]).stdout.split()[0]
    owner = lab.run("proxy", ["stat", "-c", "%U", f"/proc/{worker}/cwd/."], check=False)
    status = lab.run("proxy", ["sh", "-c", f"sed -n 's/^Uid:\\t[0-9]*\\t\\([0-9]*\\).*/\\1/p' /proc/{worker}/status"])
    assert status.stdout.strip() == lab.run("proxy", ["id", "-u", "proxy"]).stdout.strip(), owner.stderr


@pytest.mark.parametrize("target", ["www.example.com:443", "http://www.example.com/"])
def test_an_allow_rule_opens_the_way_to_the_origin(lab: Lab, proxy: Squid, target: str) -> None:
    proxy.configure("50-test.conf", "acl t dstdomain -n www.example.com\nhttp_access allow t\n")
    proxy.reconfigure()
    assert ask(lab, target)[:2] == (200, False)
    assert ask(lab, target.replace("www", "other"))[:2] == (403, True)


def test_tls_goes_through_the_tunnel_to_the_origin_itself(lab: Lab, proxy: Squid) -> None:
    proxy.configure("50-test.conf", "http_access allow all\n")
    proxy.reconfigure()
    assert ask(lab, "www.example.com:443", 3128, "/etc/ssl/lab-ca.pem") == (200, False, "Lab CA")


def test_a_name_that_does_not_exist_is_squids_own_error(lab: Lab, proxy: Squid, zone: Zone) -> None:
    proxy.configure("50-test.conf", "http_access allow all\n")
    proxy.restart()
    zone.answer("gone.example.com", "NXDOMAIN")
    assert ask(lab, "gone.example.com:443")[0] >= 500


def test_a_bumping_port_shows_the_inspectors_certificate(lab: Lab, proxy: Squid, tmp_path: Path) -> None:
    Authority.create(tmp_path, "Inspection CA")
    for file in ("ca-with-key.pem", "ca.pem"):
        proxy.host.path(f"/etc/squid/{file}").write_bytes((tmp_path / file).read_bytes())
    lab.host("desk1").path("/etc/ssl/inspection.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
    store = "/var/spool/squid/ssl_db"
    lab.run("proxy", ["sh", "-c", f"rm -rf {store}; /usr/lib/squid/security_file_certgen -c -s {store} -M 4MB"])
    lab.run("proxy", ["chown", "-R", "proxy:proxy", store])
    proxy.configure(
        "50-test.conf",
        f"sslcrtd_program /usr/lib/squid/security_file_certgen -s {store} -M 4MB\n"
        "http_port 3129 ssl-bump tls-cert=/etc/squid/ca-with-key.pem generate-host-certificates=on\n"
        "tls_outgoing_options cafile=/etc/ssl/lab-ca.pem\n"
        "ssl_bump bump all\nhttp_access allow all\n",
    )
    proxy.restart()
    assert ask(lab, "www.example.com:443", 3129, "/etc/ssl/inspection.pem") == (200, False, "Inspection CA")
    assert ask(lab, "www.example.com:443", 3128, "/etc/ssl/lab-ca.pem") == (200, False, "Lab CA")


def test_reset_leaves_nothing_of_a_test_behind(lab: Lab, proxy: Squid) -> None:
    proxy.configure("50-test.conf", "http_access allow all\n")
    proxy.host.path(CONFIGURATION).write_text("http_port 3128\nhttp_access allow all\n")
    proxy.restart()
    assert ask(lab, "www.example.com:443")[0] == 200
    proxy.reset()
    assert ask(lab, "www.example.com:443") == (403, True, None)
    assert sorted(path.name for path in proxy.host.path("/etc/squid/conf.d").iterdir()) == ["debian.conf"]


def test_a_broken_configuration_fails_the_start_with_squids_words(lab: Lab, proxy: Squid) -> None:
    proxy.stop()
    proxy.configure("50-test.conf", "http_access allow undefined\n")
    with pytest.raises(LabError, match="ACL not found: undefined"):
        proxy.start()
    assert not proxy.running


def test_a_broken_configuration_fails_reconfigure_and_squid_stays(lab: Lab, proxy: Squid) -> None:
    proxy.configure("50-test.conf", "http_access allow undefined\n")
    with pytest.raises(LabError, match="ACL not found: undefined"):
        proxy.reconfigure()
    assert ask(lab, "www.example.com:443") == (403, True, None)


def test_a_killed_squid_leaves_its_pid_file_and_starts_again(lab: Lab, proxy: Squid) -> None:
    before = proxy.pid
    proxy.kill()
    assert not proxy.running
    assert proxy.pid == before
    proxy.start()
    assert proxy.running
    assert ask(lab, "www.example.com:443") == (403, True, None)


def test_the_resolver_can_die_and_come_back(lab: Lab) -> None:
    resolver = lab.services["resolver"]
    look = ["getent", "hosts", "www.example.com"]
    resolver.kill()
    try:
        assert lab.run("desk1", look, check=False, env={"RES_OPTIONS": "timeout:1 attempts:1"}).returncode == 2
    finally:
        resolver.start()
    assert lab.run("desk1", look).stdout.endswith("www.example.com\n")
