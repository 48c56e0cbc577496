# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a firewall that follows names stumbles over: caches, timeouts, reloads, shared addresses, names below names."""

from __future__ import annotations

import subprocess
import time

import pytest
from nft_lab import FRAGMENT, FRAGMENTS, Device, Refused

from lab.zone import address_of

FILTER = {"filter_dns": True, "upstreams": ["10.78.0.10"]}


# -- what a name stands for --------------------------------------------------------------------------------------


def test_without_the_filter_names_below_are_admitted_as_declared(device: Device) -> None:
    device.present("a.example", "*.w.example")
    assert device.allows("x.a.example", "w.example") == [True, True]
    assert device.allows("xa.example", "example", "aw.example") == [False] * 3


def test_with_the_filter_exact_names_and_wildcards_are_exact(device: Device) -> None:
    device.present("a.example", "*.w.example", "d.example", "*.d.example", "b.w.example", **FILTER)
    assert device.allows("a.example", "x.w.example", "y.x.w.example", "d.example", "x.d.example") == [True] * 5
    assert device.allows("x.a.example", "w.example", "xa.example", "other.example") == [False] * 4
    assert device.allows("A.EXAMPLE", "b.w.example") == [True, True]


def test_the_filter_is_exact_where_the_site_has_no_other_upstream(device: Device) -> None:
    site = device.path("/etc/dnsmasq.conf")
    site.write_text(site.read_text().replace("server=10.78.0.10\n", ""))
    device.gateway.restart()
    device.present("a.example", "*.w.example", **FILTER)
    assert device.allows("a.example", "x.w.example") == [True, True]
    assert device.allows("x.a.example", "w.example", "other.example") == [False] * 3


def test_other_sites_at_the_same_address_are_admitted_as_the_property_says(device: Device) -> None:
    device.lab.zone.answer("stranger.example", address_of("a.example"))
    artefact = device.compile(["a.example"], device.params_with_defaults({}))["ruleset"]
    assert [loss.prop for loss in artefact.losses if loss.stops] == ["shared_addresses"]
    device.present("a.example")
    assert device.allows("a.example", "stranger.example") == [True, True]


def test_a_fresh_name_is_let_through_at_its_first_packet(device: Device) -> None:
    device.present("*.a.example")
    assert device.allows(*(f"fresh{number}.a.example" for number in range(200))) == [True] * 200


def test_networks_that_overlap_and_touch_are_one_set_of_addresses(device: Device) -> None:
    networks = (
        {"network": "198.19.0.0/24", "tcp_ports": [443]},
        {"network": "198.19.0.0/25", "tcp_ports": ["400-500"]},
        {"network": "198.19.1.0/24", "tcp_ports": [443]},
        {"network": "198.19.0.0/16", "tcp_ports": [80, 443]},
    )
    device.present(*networks)
    assert device.info()["in_step"] is True
    assert device.present(*networks)["changed"] is False
    asked = [("198.19.0.1", 450), ("198.19.0.200", 450), ("198.19.9.1", 443), ("198.19.9.1", 444)]
    assert device.ask(*asked) == [True, False, True, False]


# -- caches and timeouts -----------------------------------------------------------------------------------------


def test_only_a_new_connection_makes_an_address_last_longer(device: Device) -> None:
    device.present("*.a.example", timeout=60)
    address = address_of("x.a.example")
    assert device.allows("x.a.example") == [True]
    time.sleep(2.2)
    left = device.members("t80_443_4")[address]
    device.lab.run("gateway", ["sh", "-c", f"kill -HUP {device.process()}"])  # empties the cache
    assert device.ask(("x.a.example", 8080)) == [False], "asked upstream again, and not let through"
    assert device.members("t80_443_4")[address] <= left, "an address that is added again lasts no longer"
    assert device.allows("x.a.example") == [True]
    assert device.members("t80_443_4")[address] > left


def test_the_cache_keeps_nothing_for_longer_than_the_sets_do(device: Device) -> None:
    device.present("a.example", timeout=90)
    assert "max-cache-ttl=90\nmax-ttl=90\n" in device.path(FRAGMENT).read_text()
    site = device.path("/etc/dnsmasq.conf")
    site.write_text(site.read_text() + "max-cache-ttl=600\n")
    with pytest.raises(Refused, match=r"illegal repeated keyword.*set limit_cache to false"):
        device.present("b.example", timeout=90)
    with pytest.raises(Refused, match=r"site_cache .*dnsmasq answers from its cache for 600 s.*90 s after"):
        device.present("b.example", timeout=90, limit_cache=False)
    assert device.present("b.example", timeout=600, limit_cache=False)["changed"] is True


def test_a_reload_of_the_sites_ruleset_is_noticed_and_mended(device: Device) -> None:
    device.present("*.a.example")
    assert device.allows("x.a.example") == [True]
    device.gateway.reload_rules()
    assert device.allows("x.a.example") == [False], "answered from the cache, which fills no set"
    assert device.info()["in_step"] is False
    result = device.present("*.a.example")
    assert (result["changed"], result["difference"]["not_running"]) == (True, True)
    assert device.allows("x.a.example") == [True]
    assert device.present("*.a.example")["changed"] is False


def test_a_flushed_ruleset_is_noticed_and_mended(device: Device) -> None:
    device.present("*.a.example")
    assert device.allows("x.a.example") == [True]
    device.nft("flush", "ruleset")
    assert device.info()["running"]["state"] == "running", "dnsmasq still has the list"
    assert device.info()["in_step"] is False
    assert device.present("*.a.example")["changed"] is True
    assert device.allows("x.a.example", "other.example") == [True, False]


# -- what was learnt ---------------------------------------------------------------------------------------------


def test_addresses_learnt_for_names_that_stay_survive_a_change(device: Device) -> None:
    device.present("*.stays.example", "*.goes.example")
    addresses = [address_of(name) for name in ("x.stays.example", "y.stays.example")]
    assert device.allows("x.stays.example", "y.stays.example") == [True, True]
    device.lab.zone.answer("*.stays.example", "NXDOMAIN")
    device.present("*.stays.example", "*.goes.example", "added.example")
    assert device.allows(*addresses) == [True, True], "a name came in"
    device.present("*.stays.example", "added.example")
    assert device.allows(*addresses) == [True, True], "a name went"
    device.present({"host": "*.stays.example", "tcp_ports": [443, 8443]}, "added.example")
    assert device.allows(*addresses) == [True, True], "its ports changed"
    left = device.members("kept4")
    assert left
    assert max(left.values()) < 86400, "nothing makes them last longer"


def test_a_name_that_is_taken_out_is_closed_at_once(device: Device) -> None:
    device.present("a.example", "b.example")
    assert device.allows("a.example", "b.example") == [True, True]
    device.present("a.example")
    assert device.allows("a.example", "b.example", address_of("b.example")) == [True, False, False]


def test_what_was_learnt_can_be_forgotten(device: Device) -> None:
    device.present("*.a.example")
    assert device.allows("x.a.example") == [True]
    device.present("*.a.example", "b.example", learnt_addresses="forget")
    assert device.allows(address_of("x.a.example")) == [False]
    assert device.allows("y.a.example", "b.example") == [True, True]


def test_an_open_connection_outlives_its_name(device: Device) -> None:
    device.present("a.example")
    script = (
        "import socket,sys; s=socket.create_connection((sys.argv[1],80)); print('open',flush=True); input();"
        "s.sendall(b'GET / HTTP/1.1\\r\\nHost: a.example\\r\\n\\r\\n'); s.settimeout(5); print(s.recv(12).decode())"
    )
    client = device.lab.popen(
        "desk1",
        ["/usr/bin/python3", "-c", script, address_of("a.example")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with client:
        assert client.stdout.readline() == "open\n"
        device.present("b.example")
        assert device.allows("a.example") == [False]
        out, _err = client.communicate("\n", timeout=10)
    assert out.startswith("HTTP/1.1 ")


# -- dnsmasq's own rules -----------------------------------------------------------------------------------------


def test_a_fragment_counts_only_once_dnsmasq_was_restarted(device: Device) -> None:
    device.present("a.example")
    pid = device.process()
    device.present("b.example")
    assert device.process() != pid
    fragment = device.path(FRAGMENT)
    stored = fragment.read_text()
    fragment.write_text(stored.replace("/b.example/", "/c.example/"))
    assert (
        device.info()["in_step"] is False or device.info()["stored"] != device.present("b.example", check=True)["after"]
    )
    assert device.present("b.example")["difference"]["foreign"]["count"] == 1
    assert device.allows("b.example", "c.example") == [True, False]


def test_a_change_of_networks_alone_does_not_restart_dnsmasq(device: Device) -> None:
    device.present("a.example", {"network": "198.19.0.0/24"})
    pid = device.process()
    device.present("a.example", {"network": "198.19.1.0/24"})
    assert device.process() == pid
    assert device.allows("a.example", "198.19.1.1", "198.19.0.1") == [True, True, False]


def test_an_empty_label_and_a_long_line_are_never_written(device: Device) -> None:
    own = "4#inet#mdn_managed_desktop#t80_443_4,6#inet#mdn_managed_desktop#t80_443_6"
    lines = {f"nftset=//{own}": "is no line of a fragment", f"# {'x' * 1100}": "dnsmasq takes 1024"}
    for line, said in lines.items():
        with pytest.raises(Refused, match=said):
            device.spoiled(
                lambda content, line=line: content.update(fragment=content["fragment"] + line + "\n"), "a.example"
            )
    assert not device.path(FRAGMENT).exists()


def test_dnsmasq_itself_takes_an_empty_label_and_opens_every_name(device: Device) -> None:
    """Why the test before this one matters."""
    device.present("a.example")
    own = "4#inet#mdn_managed_desktop#t80_443_4,6#inet#mdn_managed_desktop#t80_443_6"
    device.path(f"{FRAGMENTS}/foreign.conf").write_text(f"nftset=/https://x.example/{own}\n")
    device.gateway.restart()
    assert device.allows("anything.example") == [True]


def test_ipv6_follows_names_as_ipv4_does(device: Device) -> None:
    def ip(host: str, *words: str) -> None:
        device.lab.run(host, ["ip", "-6", *words])

    ip("gateway", "address", "replace", "2001:db8:77::1/64", "dev", "eth0", "nodad")
    ip("gateway", "address", "replace", "2001:db8:78::1/64", "dev", "eth1", "nodad")
    ip("desk1", "address", "replace", "2001:db8:77::101/64", "dev", "eth0", "nodad")
    ip("desk1", "route", "replace", "2001:db8:78::/64", "via", "2001:db8:77::1")
    ip("origin", "address", "replace", "2001:db8:78::10/64", "dev", "eth0", "nodad")
    ip("origin", "address", "replace", "2001:db8:78::11/64", "dev", "eth0", "nodad")
    ip("origin", "route", "replace", "2001:db8:77::/64", "via", "2001:db8:78::1")
    upstream = ["--no-resolv", "--no-hosts", "--port=5353", "--bind-interfaces", "--listen-address=10.78.0.10"]
    names = ["--address=/six.example/2001:db8:78::10", "--local=/six.example/"]
    pid = "--pid-file=/run/six.pid"
    device.lab.run("origin", ["dnsmasq", "--conf-file=/dev/null", pid, *upstream, *names])
    try:
        clients = ["2001:db8:77::/64", "10.77.0.0/24"]
        asked = {"clients": clients, "filter_dns": True, "upstreams": ["10.78.0.10#5353"]}
        device.present("six.example", {"network": "2001:db8:78::11/128", "tcp_ports": [8443]}, **asked)
        assert device.allows("six.example", "2001:db8:78::10", "2001:db8:78::11") == [True, True, False]
        assert device.ask(("2001:db8:78::11", 8443), ("six.example", 8443)) == [True, False]
        assert "2001:db8:78::10" in device.members("t80_443_6")
        assert device.info()["in_step"] is True
    finally:
        device.lab.run("origin", ["sh", "-c", "kill $(cat /run/six.pid)"])
