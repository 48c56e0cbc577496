# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One list on a real firewall from its first rule to its removal."""

from __future__ import annotations

import pytest
from nft_lab import BACKUPS, FRAGMENT, RULES, RULESET, TABLE, Device, Refused

NAMES = ("www.a.example", "*.b.example")
PREDICTED = ("before", "after", "running", "difference")


def test_a_list_lets_through_what_it_names_and_nothing_else(device: Device) -> None:
    assert device.allows("www.a.example", "other.example") == [True, True]
    result = device.present(*NAMES, {"network": "198.19.0.0/24", "tcp_ports": [443]})
    assert (result["changed"], result["running"]["state"]) == (True, "running")
    assert result["before"] == {"digest": None, "entries": 0}
    assert result["after"]["digest"] == result["running"]["digest"]
    assert device.allows("www.a.example", "x.b.example", "y.x.b.example", "198.19.0.7") == [True] * 4
    assert device.allows("a.example", "other.example", "198.19.1.7") == [False] * 3
    assert device.ask(("www.a.example", 80), ("www.a.example", 8080), ("198.19.0.7", 80)) == [True, False, False]


def test_ports_of_udp_and_of_ranges_count(device: Device) -> None:
    device.present(
        {"host": "turn.example", "udp_ports": ["3478-3481"]},
        {"network": "198.19.7.0/24", "udp_ports": [3478], "tcp_ports": ["8000-8100"]},
    )
    asked = [("turn.example", 3480, "udp"), ("turn.example", 3482, "udp"), ("turn.example", 3480, "tcp")]
    assert device.ask(*asked) == [True, False, False]
    asked = [("198.19.7.1", 3478, "udp"), ("198.19.7.1", 8050, "tcp"), ("198.19.7.1", 8101, "tcp")]
    assert device.ask(*asked) == [True, True, False]


def test_a_second_run_changes_nothing_and_writes_nothing(device: Device) -> None:
    first = device.present(*NAMES)
    before, process, rules = device.snapshot(), device.process(), device.rules()
    again = device.present(*NAMES)
    assert again["changed"] is False
    assert again["after"] == again["before"] == first["after"]
    assert again["backup"] is None
    assert device.snapshot() == before
    assert device.process() == process, "dnsmasq was restarted"
    assert device.rules() == rules


@pytest.mark.parametrize("step", ["create", "change", "remove", "mend"])
def test_check_mode_writes_nothing_and_predicts_exactly(device: Device, step: str) -> None:
    if step != "create":
        device.present("www.a.example", "c.example")
    if step == "mend":
        fragment = device.path(FRAGMENT)
        fragment.write_text(fragment.read_text().replace("/c.example/", "/foreign.example/"))

    def change(check: bool) -> dict[str, object]:
        if step == "remove":
            return device.absent(check=check, diff=True)
        return device.present(*(("www.a.example", "c.example") if step == "mend" else NAMES), check=check, diff=True)

    before, process, rules = device.snapshot(), device.process(), device.rules()
    predicted = change(check=True)
    assert device.snapshot() == before
    assert (device.process(), device.rules()) == (process, rules)
    done = change(check=False)
    assert predicted["changed"] is done["changed"] is True
    assert {key: predicted[key] for key in PREDICTED} == {key: done[key] for key in PREDICTED}
    assert predicted["diff"] == done["diff"]
    assert change(check=True)["changed"] is False


def test_the_difference_is_told_by_service(device: Device) -> None:
    device.present({"host": "mail.example", "service": "Mail"}, {"host": "old.example", "service": "Mail"}, diff=True)
    result = device.present(
        {"host": "mail.example", "service": "Mail"},
        {"host": "*.files.example", "service": "Files", "tcp_ports": [443]},
        {"network": "192.0.2.0/24", "service": "Files", "tcp_ports": [443]},
        diff=True,
    )
    assert result["difference"]["missing"] == {
        "count": 2,
        "by_service": {"Files": ["*.files.example  tcp/443", "192.0.2.0/24  tcp/443"]},
        "truncated": False,
    }
    assert result["difference"]["foreign"]["by_service"] == {"Mail": ["old.example  tcp/80,443"]}
    shown = result["diff"][0]
    assert shown["before"] == "[Mail]\nold.example  tcp/80,443\n"


def test_an_absent_list_leaves_nothing_but_its_back_ups(device: Device) -> None:
    before = device.nft("list", "ruleset")
    device.present(*NAMES)
    result = device.absent()
    assert (result["changed"], result["running"]) == (True, {"state": "none", "digest": None})
    assert device.allows("www.a.example", "other.example") == [True, True]
    assert device.nft("list", "ruleset") == before
    assert not device.path(RULESET).exists()
    assert not device.path(FRAGMENT).exists()
    assert [path.name for path in device.path(RULES).iterdir()] == [".allowlist.lock"]
    assert all(path.suffix == ".json" for path in device.path(BACKUPS).iterdir())


def test_removing_what_is_not_there_writes_nothing(device: Device) -> None:
    before = device.snapshot()
    assert device.absent()["changed"] is False
    assert device.snapshot() == before


def test_what_was_there_can_be_put_back(device: Device) -> None:
    device.present("old.example")
    done = device.present("new.example", {"network": "198.19.0.0/24"})
    device.restore("latest")
    assert device.allows("old.example", "new.example", "198.19.0.1") == [True, False, False]
    assert device.info()["in_step"] is True
    device.restore("latest")
    assert device.info()["stored"] == done["after"]
    assert device.allows("old.example", "new.example", "198.19.0.1") == [False, True, True]


def test_two_lists_judge_their_own_clients(device: Device) -> None:
    desk1, desk2 = "10.77.0.101/32", "10.77.0.102/32"
    device.present("a.example", clients=[desk1])
    second = device.present("b.example", name="second", clients=[desk2], limit_cache=False, accept=["site_cache"])
    assert any("judges the same traffic" in warning for warning in second["site_warnings"])
    assert device.allows("a.example", "b.example") == [True, False]
    assert device.allows("a.example", "b.example", client="desk2") == [False, True]
    assert device.present("a.example", clients=[desk1])["changed"] is False
    device.absent(clients=[desk1])
    assert device.allows("a.example", "b.example") == [True, True]
    assert device.allows("a.example", "b.example", client="desk2") == [False, True]


def test_a_plan_is_refused_when_the_device_or_the_intent_has_moved(device: Device) -> None:
    planned = device.present(*NAMES, check=True)
    device.present("moved.example")
    with pytest.raises(Refused, match="has moved: it holds"):
        device.present(*NAMES, expect_before=["none"])
    with pytest.raises(Refused, match="The intent has moved"):
        device.present("other.example", expect_after=planned["after"]["digest"])


def test_the_info_module_tells_the_stored_and_the_running_list(device: Device) -> None:
    empty = device.info()
    assert (empty["stored"]["digest"], empty["running"]["state"], empty["in_step"]) == (None, "none", True)
    done = device.present({"host": "a.example", "service": "Mail"})
    told = device.info()
    assert (told["stored"], told["running"]) == (done["after"], done["running"])
    assert told["entries"] == {"Mail": ["a.example  tcp/80,443"]}
    assert told["backups"] == [done["backup"]]
    assert told["learnt"]["t80_443_4"] == 1, "the exact name was asked for after the reload"
    assert told["nftables"] == {"version": "1.0.6", "dnsmasq": "2.90", "dialect_measured": True}


def test_networks_alone_need_no_dnsmasq(device: Device) -> None:
    device.gateway.kill()
    result = device.present({"network": "198.19.0.0/24"}, names="none", accept=["names_without_networks"])
    assert result["running"]["state"] == "running"
    assert device.allows("198.19.0.1", "198.19.1.1") == [True, False]
    assert not device.path(FRAGMENT).exists()
    assert device.present({"network": "198.19.0.0/24"}, names="none")["changed"] is False


def test_what_is_left_to_the_site_gets_a_mark(device: Device) -> None:
    site = "table inet site { chain f { type filter hook forward priority 0; policy drop; ct state established accept; "
    device.path("/run/site.nft").write_text(site + "meta mark 7 accept; reject with icmpx admin-prohibited; }; }\n")
    device.nft("-f", "/run/site.nft")
    result = device.present("a.example", everything_else="leave", mark=7)
    assert any("inet site f (forward) drops by default" in warning for warning in result["site_warnings"])
    assert device.allows("a.example", "b.example") == [True, False]
    assert "policy drop" in device.nft("list", "table", "inet", "site"), "the site's table stands as it was"
    assert device.present("a.example", everything_else="leave", mark=7)["changed"] is False
    assert TABLE in device.nft("list", "tables")


def test_a_hosts_start_brings_the_list_back(device: Device) -> None:
    device.present("a.example", {"network": "198.19.0.0/24"})
    device.gateway.kill()
    device.lab.run("gateway", ["nft", "flush", "ruleset"])
    device.lab.run("gateway", ["rm", "-rf", "/run/managed_desktop.network"])
    device.gateway.start()
    assert device.info()["in_step"] is True
    assert device.present("a.example", {"network": "198.19.0.0/24"})["changed"] is False
    assert device.allows("a.example", "198.19.0.1", "b.example") == [True, True, False]


def test_a_ruleset_that_no_start_would_load_is_warned_of(device: Device) -> None:
    device.path("/etc/nftables.conf").write_text("flush ruleset\n")
    result = device.present("a.example")
    assert any("would be gone after a restart" in warning for warning in result["site_warnings"])
