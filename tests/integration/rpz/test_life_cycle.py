# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One list on each real server, from its first line to its removal, and what goes wrong on the way."""

from __future__ import annotations

import stat
import time
import typing as t

import pytest

from tests.integration.appliance.called import Killed, Refused
from tests.integration.rpz.rpz_lab import BACKUPS, Device

NAMES = ("www.a.example", "*.b.example", "c.example", "*.c.example")
PREDICTED = ("before", "after", "running", "difference")


def test_from_the_first_line_to_the_removal(device: Device) -> None:
    assert device.resolves("www.a.example", "other.example.net") == [True, True]
    created = device.present(*NAMES, diff=True)
    assert (created["changed"], created["running"]["state"]) == (True, "running")
    assert created["running"]["digest"] == created["after"]["digest"]
    assert device.resolves("www.a.example", "x.b.example", "y.x.b.example", "c.example", "x.c.example") == [True] * 5
    assert device.resolves("a.example", "x.www.a.example", "b.example", "other.example.net", "com") == [False] * 5
    assert device.info()["denies_others"] is True

    before, files = device.snapshot(), device.zone_files()
    again = device.present(*NAMES)
    assert (again["changed"], again["backup"]) == (False, None)
    assert (device.snapshot(), device.zone_files()) == (before, files)

    changed = device.present("www.a.example", "d.example")
    assert changed["running"]["state"] == "running"
    assert device.resolves("d.example", "x.b.example") == [True, False]
    assert device.restore(changed["backup"])["changed"] is True
    assert device.resolves("d.example", "x.b.example") == [False, True]
    assert device.present(*NAMES)["changed"] is False

    assert device.absent()["changed"] is True
    assert device.resolves("www.a.example", "other.example.net") == [True, True]
    assert device.absent()["changed"] is False
    assert sorted(device.zone_files()) == ["managed_desktop.allow.rpz", "managed_desktop.deny.rpz"]


@pytest.mark.parametrize("step", ["create", "change", "remove", "mend"])
def test_check_mode_writes_nothing_and_predicts_exactly(device: Device, step: str) -> None:
    if step != "create":
        device.present("www.a.example", "c.example")
    if step == "mend":
        zone = device.path("/srv/dns/managed_desktop.allow.rpz")
        zone.write_text(zone.read_text().replace("\nc.example ", "\nforeign.example "))

    def change(check: bool) -> dict[str, t.Any]:
        if step == "remove":
            return device.absent(check=check, diff=True)
        return device.present(*(("www.a.example", "c.example") if step == "mend" else NAMES), check=check, diff=True)

    before, files = device.snapshot(), device.zone_files()
    predicted = change(check=True)
    assert (device.snapshot(), device.zone_files()) == (before, files)
    done = change(check=False)
    assert predicted["changed"] is done["changed"] is True
    assert {key: predicted[key] for key in (*PREDICTED, "diff")} == {key: done[key] for key in (*PREDICTED, "diff")}
    assert change(check=True)["changed"] is False


def test_the_serial_rises_only_where_the_list_changes(device: Device) -> None:
    def serial() -> int:
        return int(device.zone_files()["managed_desktop.allow.rpz"].split("hostmaster.localhost. ")[1].split()[0])

    device.present("a.example")
    first = serial()
    device.present("a.example")
    assert serial() == first
    device.present("b.example")
    assert serial() > first


def test_a_server_without_the_zones_is_told_what_to_add(device: Device) -> None:
    with pytest.raises(Refused, match=r"not_configured.*other\.allow\.rpz") as raised:
        device.present("a.example", name="other")
    assert "other.deny.rpz" in str(raised.value)
    result = device.present("a.example", name="other", accept=["not_configured"])
    assert (result["changed"], result["running"]["state"]) == (True, "unknown")
    assert device.present("a.example", name="other", accept=["not_configured"])["changed"] is False


def test_a_stopped_server_gets_the_list_when_it_starts(device: Device) -> None:
    device.server.kill()
    result = device.present("a.example")
    assert (result["changed"], result["running"]["state"]) == (True, "stopped")
    device.server.start()
    assert device.info()["running"]["state"] == "running"
    assert device.resolves("a.example", "b.example") == [True, False]
    assert device.present("a.example")["changed"] is False


def test_a_list_that_the_checker_refuses_leaves_everything_as_it_was(device: Device) -> None:
    device.present("a.example")
    files = device.zone_files()
    for line in ("bad..name CNAME rpz-passthru.", 'x.example CNAME .\nx.example TXT "y"', "$INCLUDE /etc/passwd"):
        with pytest.raises(Refused, match=r"(does not accept the zone|is not of the form).*Nothing was changed"):
            device.spoiled(lambda content, line=line: content.update(allow=content["allow"] + line + "\n"), "b.example")
    assert device.zone_files() == files
    assert device.resolves("a.example", "b.example") == [True, False]


@pytest.mark.parametrize("step", ["_write", "save", "_put", "_reload"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_dies_leaves_the_old_list_or_the_new_one(device: Device, step: str, when: str) -> None:
    device.present("old.example")
    with pytest.raises(Killed):
        device.present("new.example", interrupt=["zones", step, when, 1, "die"])
    assert device.resolves("old.example", "new.example") in ([True, False], [False, True])
    assert device.present("new.example")["running"]["state"] == "running"
    assert device.resolves("old.example", "new.example") == [False, True]
    assert sorted(device.zone_files()) == ["managed_desktop.allow.rpz", "managed_desktop.deny.rpz"]


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_removal_that_dies_denies_nobody_what_the_list_allows(device: Device, nth: int) -> None:
    """The zones are put in place one after the other: the denying one first, since the allowing one is empty then."""
    device.present("old.example")
    with pytest.raises(Killed):
        device.absent(interrupt=["os", "rename", "after", nth, "die"])
    device.server.kill()
    device.path(device.server.pid_file).unlink(missing_ok=True)
    device.server.start()
    assert device.resolves("old.example") == [True]
    device.absent()
    assert device.resolves("old.example", "other.example.net") == [True, True]
    assert device.absent()["changed"] is False


def test_an_address_at_which_nobody_answers_is_told_and_the_old_list_put_back(device: Device) -> None:
    device.present("old.example")
    with pytest.raises(Refused, match=r"after 0\.5 s the resolver at 127\.0\.0\.9 port 53 says 'unknown'"):
        device.present("new.example", resolver_address="127.0.0.9", activation_timeout=0.5)
    assert device.resolves("old.example", "new.example") == [True, False]


def test_what_nobody_confirms_is_taken_back(device: Device) -> None:
    device.present("old.example")
    device.present("new.example", confirm_within=1)
    deadline = time.monotonic() + 15
    while device.info()["guard"]["state"] != "fired" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert device.resolves("old.example", "new.example") == [True, False]


def test_back_ups_are_for_us_alone_and_two_runs_do_not_mix(device: Device) -> None:
    device.present("a.example")
    device.present("b.example")
    backups = list(device.path(BACKUPS).glob("*.json"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in backups} == {0o600}
    import fcntl

    with device.path(f"{BACKUPS}/.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Refused, match="Another run is changing"):
            device.present("c.example")


@pytest.mark.parametrize(
    ("option", "value"),
    [("name", "../x"), ("zone_dir", 'x"'), ("zone_dir", '/x"; }'), ("resolver_address", "a.example"),
     ("resolver_port", 0), ("activation_timeout", 0), ("backup_dir", "/x\n")],
)  # fmt: skip
def test_an_option_that_is_not_what_it_claims_is_refused_by_name(device: Device, option: str, value: t.Any) -> None:
    params = {**device.params_with_defaults({}), option: value, "state": "absent"}
    with pytest.raises(Refused, match=f"{option}: .*Nothing was changed"):
        device.call(params)
