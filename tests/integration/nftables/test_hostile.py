# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands, disks and input that mean no good; two runs at once; changes that wait; connections that would be cut."""

from __future__ import annotations

import json
import shutil
import threading
import time
import typing as t
from pathlib import Path

import pytest
from nft_lab import BACKUPS, CODE, FRAGMENT, FRAGMENTS, RULES, RULESET, TABLE, Device, Refused, answer_of

# -- hand edits --------------------------------------------------------------------------------------------------

BY_HAND = {
    "an element": ("add", "element", "inet", TABLE, "networks4", "{ 203.0.113.0/24 . tcp . 443 }"),
    "a client less": ("delete", "element", "inet", TABLE, "clients4", "{ 10.0.0.0/8 }"),
    "a rule": ("insert", "rule", "inet", TABLE, "decide", "accept"),
    "a strange rule": ("insert", "rule", "inet", TABLE, "decide", "ip", "daddr", "192.0.2.1", "counter", "accept"),
    "no rules": ("flush", "chain", "inet", TABLE, "decide"),
    "a chain": ("add", "chain", "inet", TABLE, "other"),
    "a map": ("add", "map", "inet", TABLE, "m", "{ type inet_service : verdict; }"),
    "no table": ("delete", "table", "inet", TABLE),
}


@pytest.mark.parametrize("what", BY_HAND)
def test_what_hands_change_in_the_kernel_is_found_and_undone(device: Device, what: str) -> None:
    listed = ("a.example", {"network": "198.19.0.0/24"})
    device.present(*listed)
    device.nft(*BY_HAND[what])
    assert device.info()["in_step"] is False
    result = device.present(*listed)
    assert (result["changed"], result["difference"]["not_running"]) == (True, True)
    assert device.info()["in_step"] is True
    assert device.allows("a.example", "198.19.0.1", "b.example") == [True, True, False]


@pytest.mark.parametrize("path", [RULESET, FRAGMENT])
def test_what_hands_change_in_a_file_is_found_and_undone(device: Device, path: str) -> None:
    device.present("a.example")
    written = device.path(path)
    stored = written.read_text()
    for spoilt in (stored + "# by hand\n", stored[: len(stored) // 2], "", stored.replace("a.example", "b.example")):
        if spoilt == stored:
            continue
        written.write_text(spoilt)
        assert device.present("a.example")["changed"] is True
        assert device.info()["in_step"] is True
        assert device.present("a.example")["changed"] is False
    written.unlink()
    assert device.present("a.example")["changed"] is True
    assert device.allows("a.example", "b.example") == [True, False]


def test_a_binary_file_in_place_of_ours_is_replaced(device: Device) -> None:
    device.present("a.example")
    device.path(RULESET).write_bytes(bytes(range(256)))
    assert device.present("a.example")["changed"] is True
    assert device.present("a.example")["changed"] is False


# -- input -------------------------------------------------------------------------------------------------------

SPOILT: dict[str, tuple[t.Callable[[dict[str, t.Any]], object], str]] = {
    "another table": (lambda c: c.update(ruleset=c["ruleset"].replace(TABLE, "site")), "does not replace the table"),
    "a second table": (lambda c: c.update(ruleset=c["ruleset"] + "flush ruleset\n"), "does not replace the table"),
    "a command": (
        lambda c: c.update(ruleset=c["ruleset"].replace("\t\treject", "\t\tjump x\n\t\treject")),
        "no rule of",
    ),
    "a name to resolve": (
        lambda c: c.update(ruleset=c["ruleset"].replace("10.0.0.0/8", "cafe.bad")),
        "clients4 has an",
    ),
    "an include": (lambda c: c.update(fragment=c["fragment"] + "conf-file=/etc/shadow\n"), "no line of a fragment"),
    "a script": (lambda c: c.update(fragment=c["fragment"] + "dhcp-script=/bin/sh\n"), "no line of a fragment"),
    "another's set": (lambda c: c.update(fragment=c["fragment"].replace(f"#{TABLE}#", "#site#")), "no line of a frag"),
    "more": (lambda c: c.update(more=""), "not of the form"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_list_that_was_tampered_with_is_refused_before_anything_is_written(device: Device, what: str) -> None:
    spoil, said = SPOILT[what]
    before, rules = device.snapshot(), device.rules()
    with pytest.raises(Refused, match=rf"{said}.*Nothing was changed"):
        device.spoiled(spoil, "a.example")
    assert (device.snapshot(), device.rules()) == (before, rules)


def test_a_back_up_that_was_tampered_with_is_refused(device: Device) -> None:
    device.present("a.example")
    backup = device.present("b.example")["backup"]
    path = device.path(backup)
    assert path.stat().st_mode & 0o7777 == 0o600
    content = json.loads(path.read_text())
    content["content"]["ruleset"] = content["content"]["ruleset"].replace("reject", "accept")
    path.write_text(json.dumps(content))
    with pytest.raises(Refused, match="its digest does not fit"):
        device.restore(backup)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rules_dir": "/etc/nft\nables"}, "rules_dir: .* is not an absolute path"),
        ({"dnsmasq_conf_dir": "relative"}, "dnsmasq_conf_dir: 'relative' is not an absolute path"),
        ({"dnsmasq_address": "localhost"}, "dnsmasq_address: 'localhost' does not appear"),
        ({"dnsmasq_port": 0}, "dnsmasq_port: 0 is not between"),
        ({"dnsmasq_restart": []}, "dnsmasq_restart: give the command"),
        ({"activation_timeout": 0.0}, "activation_timeout: 0.0 is not between"),
        ({"executable": "no-such-nft"}, "The program 'no-such-nft' cannot be run"),
        ({"executable": "/bin/true"}, "'/bin/true --version' tells no version"),
        ({"dnsmasq_executable": "no-such"}, "The program 'no-such' cannot be run"),
        ({"dnsmasq_conf_dir": "/etc/none"}, "/etc/none is not there. Make it"),
    ],
)
def test_an_option_that_does_not_fit_is_named(device: Device, given: dict[str, t.Any], said: str) -> None:
    before = device.snapshot()
    with pytest.raises(Refused, match=said):
        device.present("a.example", **given)
    assert {path: at for path, at in device.snapshot().items() if not path.startswith((RULES, "/var", "/etc"))} == {
        path: at for path, at in before.items() if not path.startswith((RULES, "/var", "/etc"))
    }
    assert not device.path(RULESET).exists()


def test_a_broken_configuration_of_the_site_is_told_from_ours(device: Device) -> None:
    device.path(f"{FRAGMENTS}/site.conf").write_text("no-such-option\n")
    for check in (True, False):
        with pytest.raises(
            Refused, match=r"site's own configuration: .*no-such-option|site's own configuration: .*bad op"
        ):
            device.present("a.example", check=check)


def test_a_directory_that_dnsmasq_does_not_read_is_found_out(device: Device) -> None:
    device.path("/etc/elsewhere").mkdir(exist_ok=True)
    with pytest.raises(Refused, match=r"whether it reads /etc/elsewhere.*has been put back"):
        device.present("a.example", dnsmasq_conf_dir="/etc/elsewhere", activation_timeout=0.5)
    assert list(device.path("/etc/elsewhere").iterdir()) == []


# -- disks and contention ----------------------------------------------------------------------------------------

Mount = t.Callable[..., Path]


@pytest.fixture()
def mount(device: Device) -> t.Iterator[Mount]:
    """A function that puts a small disk over a directory of the host, with what was in it; taken away in the end."""
    mounted = []

    def over(inside: str, options: str) -> Path:
        directory = device.path(inside)
        directory.mkdir(parents=True, exist_ok=True)
        kept = device.path(f"{CODE}/kept")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(directory, kept)
        device.lab.run("gateway", ["mount", "-t", "tmpfs", "-o", options, "tmpfs", inside])
        mounted.append(inside)
        shutil.copytree(kept, directory, dirs_exist_ok=True)
        return directory

    yield over
    for inside in mounted:
        device.lab.run("gateway", ["umount", "-l", inside])


@pytest.mark.parametrize("place", [RULES, FRAGMENTS, BACKUPS])
def test_a_full_disk_leaves_the_old_list_in_force(device: Device, mount: Mount, place: str) -> None:
    device.present("old.example")
    directory = mount(place, "size=64k")
    with (directory / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"x" * 4096)
    with pytest.raises(Refused, match=r"No space left on device.*Nothing was changed"):
        device.present("new.example")
    assert device.allows("old.example", "new.example") == [True, False]
    assert not [path for path in directory.iterdir() if path.name.startswith(".allowlist-")]
    (directory / "filler").unlink()
    assert device.present("old.example")["changed"] is False
    assert device.present("new.example")["changed"] is True


@pytest.mark.parametrize("place", [RULES, FRAGMENTS, BACKUPS])
def test_a_directory_that_cannot_be_written_is_foretold_and_named(device: Device, mount: Mount, place: str) -> None:
    device.present("old.example")
    mount(place, "size=64k")
    device.lab.run("gateway", ["mount", "-o", "remount,ro", place])
    for check, said in ((True, f"{place}.* cannot be written"), (False, "Read-only file system")):
        with pytest.raises(Refused, match=rf"{said}.*Nothing was changed"):
            device.present("new.example", check=check)
    assert device.present("old.example")["changed"] is False


def test_of_two_runs_at_once_one_works_and_the_other_fails_clearly(device: Device) -> None:
    flag = f"{CODE}/go-lock"
    for path in (device.path(flag), device.path(f"{flag}.reached")):
        path.unlink(missing_ok=True)
    results: list[t.Any] = []
    interrupt = ("nftables", "validate", "after", 1, flag)
    first = threading.Thread(target=lambda: results.append(device.present("a.example", interrupt=interrupt)))
    first.start()
    deadline = time.monotonic() + 10
    while not device.path(f"{flag}.reached").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(Refused, match=r"Another run is changing a list of this firewall.*run again"):
        device.present("b.example")
    device.path(flag).touch()
    first.join()
    assert results[0]["changed"] is True
    assert device.allows("a.example", "b.example") == [True, False]


def test_the_last_ten_back_ups_are_kept(device: Device) -> None:
    made = [device.present({"network": f"198.19.{n}.0/24"}, names="none")["backup"] for n in range(12)]
    assert device.info()["backups"] == made[2:]


# -- changes that wait, and connections --------------------------------------------------------------------------


def test_a_change_that_is_not_confirmed_is_taken_back_by_the_device(device: Device) -> None:
    device.present("old.example")
    assert device.present("new.example", confirm_within=2)["confirm_until"]
    assert device.allows("old.example", "new.example") == [False, True]
    deadline = time.monotonic() + 15
    while device.info()["guard"]["state"] != "fired" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert device.allows("old.example", "new.example") == [True, False]
    assert device.info()["in_step"] is True


def test_a_change_that_is_confirmed_stays(device: Device) -> None:
    device.present("old.example")
    device.present("new.example", confirm_within=2)
    assert device.confirm()["changed"] is True
    time.sleep(3)
    assert device.allows("old.example", "new.example") == [False, True]


def test_a_list_that_would_cut_the_connection_is_refused(device: Device) -> None:
    came = {"SSH_CONNECTION": "10.77.0.101 50000 10.77.0.1 22"}

    def present(**options: t.Any) -> t.Any:
        params = device.prepared("a.example", hooks=["forward", "output"], **options)
        return answer_of(device.begin(params, env=came))

    with pytest.raises(Refused, match=r"cut the connection.*10\.77\.0\.101 is not on the list \(output\).*Nothing was"):
        present()
    assert answer_of(device.begin(device.prepared("a.example"), env=came))["changed"] is True, "forward is no matter"
    assert present(untouched_networks=["10.77.0.101/32"])["changed"] is True
    assert present(allow_lockout=True)["changed"] is True
    own = device.lab.run("gateway", ["curl", "-sS", "-m", "3", "http://198.18.9.9/"], check=False)
    assert own.returncode != 0, "what the firewall itself sends is judged"


def test_a_connection_that_is_passed_on_is_looked_at_both_ways(device: Device) -> None:
    params = device.prepared("a.example")
    with pytest.raises(
        Refused, match=r"10\.77\.0\.101 is one of the list's clients, and 198\.18\.0\.9 is not on the list"
    ):
        answer_of(device.begin(params, env={"SSH_CONNECTION": "10.77.0.101 50000 198.18.0.9 22"}))


def test_ten_thousand_endpoints_go_on_and_stay_quick(device: Device) -> None:
    names = [f"n{number}.site{number % 100}.example" for number in range(8000)]
    networks = [{"network": f"2001:db8:{2 * n:x}::/48"} for n in range(2000)]
    result = device.present(*names, *networks, warm_up=0.0)
    assert result["after"]["entries"] == 10000
    again = device.present(*names, *networks, warm_up=0.0)
    assert again["changed"] is False
    assert again["seconds"] < 5
    assert device.allows("n7.site7.example", "other.example") == [True, False]
