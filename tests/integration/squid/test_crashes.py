# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that dies at any moment leaves the old list or the new one, whole, and the next run makes it right."""

from __future__ import annotations

import random
import re
import time

import pytest
from squid_lab import BACKUPS, HOME, SNIPPET, Device, Killed, Refused, answer_of

OLD, NEW = ("old.example", "both.example"), ("new.example", "both.example")

STEPS = {
    "before anything is written": ("squid", "stage", "before", 1),
    "half the list is written": ("module", "write_durably", "after", 2),
    "the snippet is written": ("squid", "stage", "after", 1),
    "the list is checked": ("squid", "validate", "after", 1),
    "the back-up is half written": ("manage", "write_backup", "before", 1),
    "the back-up is written": ("squid", "save", "after", 1),
    "the snippet is in place": ("program", "reconfigure", "before", 1),
    "Squid is told to reload": ("program", "reconfigure", "after", 1),
    "Squid runs the list": ("squid", "activate", "after", 1),
    "old lists are about to go": ("squid", "tidy", "before", 1),
    "old lists are half gone": ("module", "tidy_lists", "before", 1),
}


def assert_whole(device: Device) -> None:
    """One of the two lists is in force, and a Squid that starts now has one too."""
    old, both, new = device.allows("old.example", "both.example", "new.example")
    assert both and old != new
    device.proxy.kill()
    device.path("/run/squid.pid").unlink()
    device.proxy.start()
    old, both, new = device.allows("old.example", "both.example", "new.example")
    assert both and old != new


def assert_tidy(device: Device) -> None:
    """Nothing of earlier runs is left but whole back-ups."""
    assert list(device.path(HOME).iterdir()) == [device.directory()]
    assert sorted(p.name for p in device.path("/etc/squid/conf.d").iterdir()) == [
        "20-allowlist-managed_desktop.conf",
        "debian.conf",
    ]
    assert all(re.fullmatch(r"[0-9T.]+-[0-9a-z]+\.json", p.name) for p in device.path(BACKUPS).iterdir())


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_is_mended_by_the_next(device: Device, step: str) -> None:
    device.present(*OLD)
    with pytest.raises(Killed):
        device.present(*NEW, interrupt=(*STEPS[step], "die"))
    assert_whole(device)
    device.present(*NEW)
    assert device.allows("old.example", "both.example", "new.example") == [False, True, True]
    assert device.present(*NEW)["changed"] is False
    device.present(*OLD)
    assert_tidy(device)


@pytest.mark.parametrize("step", ["the snippet is in place", "Squid is told to reload"])
def test_a_removal_that_dies_is_mended_by_the_next(device: Device, step: str) -> None:
    device.present(*OLD)
    with pytest.raises(Killed):
        device.absent(interrupt=(*STEPS[step], "die"))
    result = device.absent()
    assert result["running"]["state"] == "none"
    assert device.allows("old.example") == [False]


def test_between_writing_and_reloading_is_not_in_step(device: Device) -> None:
    device.present(*OLD)
    with pytest.raises(Killed):
        device.present(*NEW, interrupt=(*STEPS["the snippet is in place"], "die"))
    told = device.info()
    assert told["in_step"] is False
    assert told["stored"]["digest"] != told["running"]["digest"]
    result = device.present(*NEW)
    assert (result["changed"], result["difference"]["not_running"]) == (True, True)


def test_death_at_random_moments_never_leaves_less_than_a_whole_list(device: Device) -> None:
    chosen = random.Random(20261123)
    device.present(*OLD)
    deaths = 0
    for turn in range(12):
        wanted = (NEW, OLD)[turn % 2]
        params = device.prepared(*wanted)
        process = device.begin(params)
        time.sleep(chosen.uniform(0.05, 0.45))
        process.kill()
        try:
            answer_of(process)
        except Killed:
            deaths += 1
        old, both, new = device.allows("old.example", "both.example", "new.example")
        assert both and old != new
    assert deaths, "no run was killed before its end"
    device.present("last.example")
    device.present(*NEW)
    assert_tidy(device)


def test_a_back_up_that_was_cut_off_does_not_stand_in_the_way(device: Device) -> None:
    device.present(*OLD)
    device.present(*NEW)
    device.path(BACKUPS).joinpath(".29991231T235959.000000000-none.json.1234").write_text('{"digest": ')
    assert len(device.info()["backups"]) == 2
    device.restore("latest")
    assert device.allows("old.example", "new.example") == [True, False]
    assert_tidy(device)


# -- Squid does not do as it is told -----------------------------------------------------------------------------


def wrapper(device: Device, script: str) -> str:
    """Put a program between the module and Squid that does something else at a certain word."""
    path = "/run/allowlist-tests/wrapped-squid"
    device.path(path).write_text(f'#!/bin/sh\n{script}\nexec squid "$@"\n')
    device.path(path).chmod(0o755)
    return path


def test_a_list_that_is_not_run_in_time_is_taken_back(device: Device) -> None:
    device.present(*OLD)
    stored = device.path(SNIPPET).read_bytes()
    deaf = wrapper(device, 'case "$*" in *reconfigure*) exit 0;; esac')
    with pytest.raises(Refused, match=r"after 0\.5 s it answers 'running'.*list that was there has been put back") as e:
        device.present(*NEW, executable=deaf, activation_timeout=0.5)
    assert e.value.facts["backup"]
    assert device.path(SNIPPET).read_bytes() == stored
    assert device.allows("old.example", "new.example") == [True, False]
    assert device.present(*OLD)["changed"] is False
    assert list(device.path(HOME).iterdir()) == [device.directory()]


def test_the_first_list_is_taken_back_to_none(device: Device) -> None:
    deaf = wrapper(device, 'case "$*" in *reconfigure*) exit 0;; esac')
    with pytest.raises(Refused, match=r"after 0\.5 s it answers 'none'.*has been put back"):
        device.present(*NEW, executable=deaf, activation_timeout=0.5)
    assert not device.path(SNIPPET).exists()
    assert not device.path(HOME).exists()
    assert device.info()["in_step"] is True


def test_a_squid_that_refuses_to_reload_keeps_the_old_list(device: Device) -> None:
    device.present(*OLD)
    broken = "/etc/squid/conf.d/zz-broken.conf"
    once = f'case "$*" in *reconfigure*) if [ ! -e /run/once ]; then touch /run/once; echo no_such >{broken}; fi;; esac'
    with pytest.raises(Refused, match=r"reconfigure' failed: .*no_such.*Putting back.*failed as well: .*no_such"):
        device.present(*NEW, executable=wrapper(device, once))
    device.path("/run/once").unlink()
    assert device.allows("old.example", "new.example") == [True, False]
    device.path(broken).unlink()
    told = device.info()
    assert told["stored"]["digest"] == told["running"]["digest"], "what is stored is the list that still runs"
    assert device.present(*OLD)["changed"] is False


def test_a_squid_that_dies_of_the_reload_is_told_soon(device: Device) -> None:
    device.present(*OLD)
    deadly = 'case "$*" in *reconfigure*) kill -9 $(cat /run/squid.pid) $(pidof -x "(squid-1)"); exit 0;; esac'
    begun = time.monotonic()
    with pytest.raises(Refused, match=r"does not run any more.*has been put back"):
        device.present(*NEW, executable=wrapper(device, deadly), activation_timeout=1)
    assert time.monotonic() - begun < 10
    device.path("/run/squid.pid").unlink(missing_ok=True)
    device.proxy.start()
    assert device.allows("old.example", "new.example") == [True, False]
