# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the prober sees of packet filters, resolvers and server-name filters: real ones, in network namespaces."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from programs import stop

APPLIANCE, CLIENT, CLIENT6 = "10.9.8.1", "10.9.8.2", "fd00:9:8::2"
SERVER = "198.51.100.10"
FILTERED_BY_NAME = "198.51.100.20"
SEPARATE = {
    "prohibited": "198.51.100.31",
    "port": "198.51.100.32",
    "reset": "198.51.100.33",
    "drop": "198.51.100.34",
    "host": "198.51.100.35",
    "own": "198.51.100.36",
}
PROHIBITED6 = "2001:db8::31"

RULES = f"""
table inet filter {{
  chain input {{
    type filter hook input priority 0;
    ip daddr {SEPARATE["prohibited"]} reject with icmp type admin-prohibited
    ip daddr {SEPARATE["port"]} reject
    ip daddr {SEPARATE["reset"]} meta l4proto tcp reject with tcp reset
    ip daddr {SEPARATE["drop"]} drop
    ip daddr {SEPARATE["host"]} reject with icmp type host-unreachable
    ip6 daddr {PROHIBITED6} reject with icmpv6 type admin-prohibited
  }}
}}
"""
HAPROXY = f"""
defaults
  mode tcp
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend tls
  bind {FILTERED_BY_NAME}:443
  tcp-request inspect-delay 3s
  tcp-request content reject unless {{ req.ssl_sni -i listed.test }}
  tcp-request content accept if {{ req.ssl_hello_type 1 }}
  default_backend origin
backend origin
  server origin {SERVER}:9
"""


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Network:
    """A client and an appliance, with a resolver and a server behind the appliance's packet filter."""

    def __init__(self, folder: Path) -> None:
        self.client, self.appliance = f"probe-c{os.getpid()}", f"probe-a{os.getpid()}"
        self.processes: list[subprocess.Popen[t.Any]] = []
        self.resolver = Path("/etc/netns") / self.client
        folder.mkdir()
        try:
            self._links()
            self._filters(folder)
            self._programs(folder)
        except BaseException:
            self.close()
            raise

    def _links(self) -> None:
        for name in (self.client, self.appliance):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        pair = ["link", "add", "name", "to-app", "netns", self.client]
        ip(*pair, "type", "veth", "peer", "name", "to-cli", "netns", self.appliance)
        for name, link, addresses in (
            (self.client, "to-app", [f"{CLIENT}/24", f"{CLIENT6}/64"]),
            (self.appliance, "to-cli", [f"{APPLIANCE}/24", "fd00:9:8::1/64"]),
        ):
            for address in addresses:
                ip("-n", name, "address", "add", address, "dev", link, *(["nodad"] if ":" in address else []))
            ip("-n", name, "link", "set", link, "up")
        for address in (SERVER, FILTERED_BY_NAME, *SEPARATE.values(), PROHIBITED6):
            ip("-n", self.appliance, "address", "add", address, "dev", "lo")
        ip("-n", self.client, "route", "add", "default", "via", APPLIANCE)
        ip("-n", self.client, "route", "add", "default", "via", "fd00:9:8::1")

    def _filters(self, folder: Path) -> None:
        (folder / "rules").write_text(RULES)
        subprocess.run(["ip", "netns", "exec", self.appliance, "nft", "-f", folder / "rules"], check=True)
        ip("-n", self.client, "route", "add", "prohibit", SEPARATE["own"])

    def _programs(self, folder: Path) -> None:
        self.resolver.mkdir(parents=True)
        (self.resolver / "resolv.conf").write_text(f"nameserver {APPLIANCE}\noptions timeout:1 attempts:1\n")
        names = {
            "good.test": SERVER,
            "sink.test": "0.0.0.0",
            "gone.test": "",
            "loop.test": "127.0.0.1",
            "listed.test": FILTERED_BY_NAME,
            "cut.test": FILTERED_BY_NAME,
            "drop.test": SEPARATE["drop"],
        }
        records = [f"--address=/{name}/{address}" for name, address in names.items()]
        self.start(
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--no-daemon",
            f"--listen-address={APPLIANCE}",
            "--bind-interfaces",
            f"--server=/silent.test/{SEPARATE['drop']}",
            *records,
        )
        self.start(sys.executable, "-m", "http.server", "80", "--bind", SERVER, "--directory", str(folder))
        if shutil.which("haproxy"):
            (folder / "haproxy.cfg").write_text(HAPROXY)
            self.start("haproxy", "-db", "-f", str(folder / "haproxy.cfg"))
        self._wait_for("good.test", 80)

    def start(self, *command: str) -> None:
        """Run a program on the appliance."""
        self.processes.append(
            subprocess.Popen(
                ["ip", "netns", "exec", self.appliance, *command],
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def _wait_for(self, host: str, port: int) -> None:
        for _attempt in range(50):
            if self.ask(host, port, "http")["cause"] == "ok":
                return
            time.sleep(0.1)
        raise RuntimeError("the namespace's server did not come up")

    def ask_all(self, probes: list[dict[str, t.Any]], **settings: t.Any) -> tuple[list[dict[str, t.Any]], float]:
        """Run probes on the client; return their results, and how long they took."""
        program = Path(__file__).with_name("probe_from_stdin.py")
        asked = {"probes": probes, "via": "direct", "settings": {"timeout": 4.0, "stage_timeout": 2.0, **settings}}
        done = subprocess.run(
            ["ip", "netns", "exec", self.client, sys.executable, program],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        answer = json.loads(done.stdout)
        return answer["results"], answer["seconds"]

    def ask(self, host: str, port: int, scheme: str = "https", **more: t.Any) -> dict[str, t.Any]:
        """Run one probe on the client."""
        return self.ask_all([{"host": host, "port": port, "scheme": scheme, **more}])[0][0]

    def close(self) -> None:
        """End the programs and take the namespaces down."""
        for process in self.processes:
            stop(process)
        for name in (self.client, self.appliance):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        shutil.rmtree(self.resolver, ignore_errors=True)


@pytest.fixture(scope="module")
def network(folder: Path) -> t.Iterator[Network]:
    """The namespaces; without root and the programs the tests fail, and say so."""
    made = Network(folder / "network")
    yield made
    made.close()


def test_a_name_that_resolves_to_a_server_that_answers_is_ok(network: Network) -> None:
    seen = network.ask("good.test", 80, "http")
    assert (seen["cause"], seen["policy"], seen["passed"], seen["address"]) == ("ok", "allowed", True, SERVER)
    assert list(seen["stages"]) == ["dns", "tcp", "http"]


@pytest.mark.parametrize(
    "how, cause, policy, said",
    [
        ("prohibited", "tcp_unreachable", "denied", "administratively prohibited"),
        ("port", "tcp_refused", "denied", "ICMP port unreachable"),
        ("reset", "tcp_refused", "unknown", "reset"),
        ("drop", "tcp_timeout", "unknown", "no answer"),
        ("host", "tcp_unreachable", "unknown", "by ICMP"),
        ("own", "tcp_unreachable", "denied", "this host's own rules"),
    ],
)
def test_each_way_of_a_packet_filter_to_refuse_is_told(
    network: Network, how: str, cause: str, policy: str, said: str
) -> None:
    seen = network.ask(SEPARATE[how], 443, expect="denied")
    assert (seen["cause"], seen["policy"]) == (cause, policy)
    assert said in seen["evidence"]["said"]
    assert seen["passed"] is (True if policy == "denied" else None)


def test_icmp_over_ipv6_is_read_as_well(network: Network) -> None:
    seen = network.ask(PROHIBITED6, 443)
    assert (seen["cause"], seen["policy"]) == ("tcp_unreachable", "denied")
    assert "administratively prohibited" in seen["evidence"]["said"]


def test_a_closed_port_proves_a_refusal_only_where_it_is_known_to_be_open(network: Network) -> None:
    assert network.ask(SEPARATE["reset"], 443, expect="denied")["passed"] is None
    assert network.ask(SEPARATE["reset"], 443, expect="denied", known_open=True)["passed"] is True


@pytest.mark.parametrize(
    "name, cause, policy, said",
    [
        ("gone.test", "dns_failure", "unknown", "NXDOMAIN"),
        ("refused.test", "dns_refused", "denied", "REFUSED"),
        ("sink.test", "dns_sinkhole", "denied", "0.0.0.0"),
        ("loop.test", "dns_sinkhole", "denied", "127.0.0.1"),
        ("silent.test", "dns_failure", "unknown", "no"),
    ],
)
def test_each_way_of_a_resolver_to_refuse_is_told(
    network: Network, name: str, cause: str, policy: str, said: str
) -> None:
    seen = network.ask(name, 443, expect="denied")
    assert (seen["cause"], seen["policy"], seen["evidence"]["layer"]) == (cause, policy, "dns")
    assert said in seen["evidence"]["said"]
    assert seen["passed"] is (True if policy == "denied" else None)


def test_a_black_hole_holds_nobody_longer_than_the_time_allowed(network: Network) -> None:
    probes = [{"host": "silent.test", "port": port} for port in (80, 443)]
    probes += [{"host": f"n{number}.silent.test", "port": 443} for number in range(20)]
    probes += [{"host": SEPARATE["drop"], "port": port} for port in range(1000, 1040)]
    results, seconds = network.ask_all(probes, timeout=2.0, stage_timeout=1.0, concurrency=64)
    assert seconds < 2.0 + 1.0
    assert {result["cause"] for result in results} == {"dns_failure", "tcp_timeout"}


def test_haproxy_cuts_a_server_name_that_is_not_listed(network: Network) -> None:
    if shutil.which("haproxy") is None:
        pytest.skip("haproxy is not installed on this machine; Squid's filter by server name is tested in any case")
    seen = network.ask("cut.test", 443, expect="denied")
    assert (seen["cause"], seen["policy"], seen["passed"]) == ("tls_reset", "denied", True)
