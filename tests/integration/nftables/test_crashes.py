# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that dies at any moment leaves no less than one whole list and nothing foreign, and the next run mends it."""

from __future__ import annotations

import random
import re
import threading
import time

import pytest
from nft_lab import BACKUPS, FRAGMENT, FRAGMENTS, RULES, Device, Killed, Refused, answer_of

from lab.services.gateway import RESTART
from lab.zone import address_of

OLD = ("old.example", "both.example", {"host": "ports.example", "tcp_ports": [443]}, {"network": "198.19.0.0/24"})
NEW = ("new.example", "both.example", {"host": "ports.example", "tcp_ports": [443, 8443]}, {"network": "198.19.1.0/24"})

STEPS = {
    "before anything is written": ("nftables", "stage", "before", 1),
    "half the list is written": ("module", "write_durably", "after", 2),
    "the list is written": ("nftables", "stage", "after", 1),
    "the list is checked": ("nftables", "validate", "after", 1),
    "the back-up is half written": ("manage", "write_backup", "before", 1),
    "the back-up is written": ("nftables", "save", "after", 1),
    "the files are in place": ("kernel", "add", "before", 1),
    "the kernel learns for both": ("kernel", "add", "after", 1),
    "dnsmasq is about to be restarted": ("resolver", "restart", "before", 1),
    "dnsmasq was restarted": ("resolver", "restart", "after", 1),
    "the kernel is about to forget the old list": ("kernel", "load", "before", 1),
    "the kernel has the list": ("kernel", "load", "after", 1),
    "the list is in force": ("nftables", "activate", "after", 1),
    "what is left is about to go": ("nftables", "tidy", "before", 1),
}


def assert_whole(device: Device) -> None:
    """One of the two lists is in force as a whole, and nothing that is on neither."""
    old, both, ports, new = device.allows("old.example", "both.example", "ports.example", "new.example")
    assert (both, ports) == (True, True)
    assert old or new
    old_net, new_net, foreign = device.allows("198.19.0.1", "198.19.1.1", "foreign.example")
    assert old_net or new_net
    assert foreign is False


def assert_tidy(device: Device) -> None:
    """Nothing of earlier runs is left but whole back-ups."""
    assert sorted(p.name for p in device.path(RULES).iterdir()) == [".allowlist.lock", "allowlist-managed_desktop.nft"]
    assert [p.name for p in device.path(FRAGMENTS).iterdir()] == ["allowlist-managed_desktop.conf"]
    names = [p.name for p in device.path(BACKUPS).iterdir()]
    assert all(re.fullmatch(r"\.provenance|[0-9T.]+-[0-9a-z]+\.json", name) for name in names), names


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_is_mended_by_the_next(device: Device, step: str) -> None:
    device.present(*OLD)
    assert device.allows("old.example", "both.example", "ports.example") == [True] * 3
    with pytest.raises(Killed):
        device.present(*NEW, interrupt=(*STEPS[step], "die"))
    assert_whole(device)
    device.present(*NEW)
    assert device.allows("old.example", "both.example", "ports.example", "new.example") == [False, True, True, True]
    assert device.allows("198.19.0.1", "198.19.1.1", "foreign.example") == [False, True, False]
    assert device.present(*NEW)["changed"] is False
    assert_tidy(device)


def test_a_run_that_dies_is_mended_where_only_names_change_and_so_the_ruleset_stays(device: Device) -> None:
    device.present("old.example", "both.example")
    with pytest.raises(Killed):
        device.present("new.example", "both.example", interrupt=(*STEPS["dnsmasq was restarted"], "die"))
    assert device.info()["in_step"] is False
    device.present("new.example", "both.example")
    assert device.allows("old.example", "both.example", "new.example") == [False, True, True]
    assert device.present("new.example", "both.example")["changed"] is False


@pytest.mark.parametrize("step", ["dnsmasq was restarted", "the kernel has the list"])
def test_a_first_run_that_dies_closes_nothing_and_is_mended(device: Device, step: str) -> None:
    with pytest.raises(Killed):
        device.present(*NEW, interrupt=(*STEPS[step], "die"))
    assert device.allows("new.example", "both.example", "198.19.1.1") == [True] * 3
    assert device.present(*NEW)["running"]["state"] == "running"
    assert device.allows("new.example", "foreign.example") == [True, False]


def test_a_first_run_that_dies_with_other_ports_is_mended(device: Device) -> None:
    with pytest.raises(Killed):
        device.present({"host": "*.a.example", "tcp_ports": [8443]}, interrupt=(*STEPS["dnsmasq was restarted"], "die"))
    assert device.allows("x.a.example") == [True]
    device.present("b.example")
    assert device.ask(("x.a.example", 443), ("x.a.example", 8443), ("b.example", 443)) == [False, False, True]


def test_another_list_after_a_removal_is_set(device: Device) -> None:
    device.present(*OLD)
    device.absent()
    device.present(*NEW)
    assert device.allows("old.example", "both.example", "ports.example", "new.example") == [False, True, True, True]


def test_a_removal_that_dies_is_mended_by_the_next(device: Device) -> None:
    device.present(*OLD)
    with pytest.raises(Killed):
        device.absent(interrupt=("resolver", "restart", "before", 1, "die"))
    result = device.absent()
    assert (result["changed"], result["running"]["state"]) == (True, "none")
    assert device.allows("foreign.example") == [True]


def test_death_at_random_moments_never_leaves_less_than_a_whole_list(device: Device) -> None:
    chosen = random.Random(20261127)
    device.present(*OLD)
    deaths = 0
    for turn in range(8):
        process = device.begin(device.prepared(*(NEW, OLD)[turn % 2]))
        time.sleep(chosen.uniform(0.05, 0.6))
        process.kill()
        try:
            answer_of(process)
        except Killed:
            deaths += 1
        assert_whole(device)
    assert deaths, "no run was killed before its end"
    device.present("last.example")
    device.present(*NEW)
    assert_tidy(device)


def test_no_new_connection_fails_while_the_list_changes(device: Device) -> None:
    """To addresses that the client knows; while dnsmasq restarts, a name may have to be asked for twice."""
    device.present(*OLD)
    answers: list[bool | str] = []
    assert device.allows("both.example", "ports.example") == [True, True]
    known = [address_of("both.example"), address_of("ports.example")]
    done = threading.Event()

    def load() -> None:
        while not done.is_set():
            answers.extend(device.allows(*known * 20))

    thread = threading.Thread(target=load)
    thread.start()
    for turn in range(8):
        device.present(*(NEW, OLD)[turn % 2])
    done.set()
    thread.join()
    assert len(answers) > 200
    assert set(answers) == {True}


# -- dnsmasq does not do as it is told ---------------------------------------------------------------------------


def test_a_restart_that_fails_is_taken_back(device: Device) -> None:
    device.present(*OLD)
    stored = device.path(FRAGMENT).read_bytes()
    with pytest.raises(Refused, match=r"'/bin/false' failed \(1\).*list that was there has been put back") as raised:
        device.present(*NEW, dnsmasq_restart=["/bin/false"])
    assert raised.value.facts["backup"]
    assert device.path(FRAGMENT).read_bytes() == stored
    assert device.allows("old.example", "new.example") == [True, False]
    assert device.present(*OLD)["changed"] is False


def test_a_restart_that_does_nothing_is_found_out_and_taken_back(device: Device) -> None:
    device.present(*OLD)
    with pytest.raises(Refused, match=r"after 0\.5 s it has another list.*has been put back"):
        device.present(*NEW, dnsmasq_restart=["/bin/true"], activation_timeout=0.5)
    assert device.present(*OLD)["changed"] is False


def test_the_first_list_is_taken_back_to_none(device: Device) -> None:
    before = device.nft("list", "ruleset")
    with pytest.raises(Refused, match=r"after 0\.5 s it has another list.*has been put back"):
        device.present(*NEW, dnsmasq_restart=["/bin/true"], activation_timeout=0.5)
    assert device.nft("list", "ruleset") == before
    assert not device.path(FRAGMENT).exists()
    assert device.info()["in_step"] is True


def test_a_dnsmasq_that_does_not_come_back_is_told(device: Device) -> None:
    device.present(*OLD)
    kill = ["/bin/sh", "-c", "kill -9 $(cat /run/dnsmasq/dnsmasq.pid)"]
    with pytest.raises(Refused, match=r"after 0\.5 s it does not run"):
        device.present(*NEW, dnsmasq_restart=kill, activation_timeout=0.5)
    device.gateway.restart()
    assert device.allows("old.example", "new.example") == [True, False]
    assert device.present(*OLD)["changed"] is False


def test_a_name_that_is_taken_out_while_dnsmasq_is_stopped_is_closed_as_well(device: Device) -> None:
    device.present(*OLD)
    assert device.allows("old.example", "both.example", "ports.example") == [True] * 3
    device.gateway.kill()
    device.present("both.example", {"host": "ports.example", "tcp_ports": [443]}, "new.example")
    assert device.allows(address_of("old.example"), address_of("ports.example")) == [False, True]
    device.gateway.restart()
    assert device.allows("old.example", "both.example", "ports.example", "new.example") == [False, True, True, True]


def test_a_stopped_dnsmasq_gets_its_files_and_the_result_says_so(device: Device) -> None:
    device.gateway.kill()
    predicted = device.present(*NEW, check=True)
    result = device.present(*NEW)
    assert result["running"] == predicted["running"] == {"state": "stopped", "digest": None}
    assert device.present(*NEW)["changed"] is False
    assert device.allows("198.19.1.1", "198.19.0.1") == [True, False]
    device.lab.run("gateway", [RESTART])
    assert device.info()["running"]["state"] == "running"
    assert device.allows("new.example") == [True]
