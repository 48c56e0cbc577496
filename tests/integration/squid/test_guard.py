# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that waits for its confirmation, on a real Squid."""

from __future__ import annotations

import time

import pytest
from squid_lab import BOTH_WAYS, Device

from tests.integration.appliance.called import Refused


@BOTH_WAYS
def test_a_change_that_is_not_confirmed_is_taken_back_by_the_device(device: Device) -> None:
    device.present("old.example")
    result = device.present("new.example", confirm_within=8)
    assert result["confirm_until"]
    assert device.allows("old.example", "new.example") == [False, True]
    deadline = time.monotonic() + 40
    while device.info()["guard"]["state"] != "fired" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert device.allows("old.example", "new.example") == [True, False]
    assert device.info()["in_step"] is True
    with pytest.raises(Refused, match="was not confirmed before"):
        device.confirm()
    assert device.present("new.example")["changed"] is True
    assert device.info()["guard"] is None


def test_a_change_that_is_confirmed_stays_and_leaves_nothing_behind(device: Device) -> None:
    device.present("old.example")
    armed = time.monotonic()
    device.present("new.example", confirm_within=12)
    with pytest.raises(Refused, match="waits for its confirmation"):
        device.present("third.example")
    assert device.confirm()["changed"] is True
    assert device.confirm()["changed"] is False
    time.sleep(max(armed + 14 - time.monotonic(), 0))
    assert device.allows("old.example", "new.example") == [False, True]
    assert len(list(device.path("/etc/squid/allowlist.d/managed_desktop").iterdir())) == 1


@BOTH_WAYS
def test_a_change_that_waits_can_be_taken_back_at_once(device: Device) -> None:
    device.present("old.example")
    device.present("new.example", confirm_within=60)
    assert device.restore("latest")["changed"] is True
    assert device.allows("old.example", "new.example") == [True, False]
    assert device.info()["guard"] is None


def test_a_run_that_finds_the_list_of_one_that_was_cut_off_is_told_that_it_waits(device: Device) -> None:
    device.present("old.example")
    until = device.present("new.example", confirm_within=60)["confirm_until"]
    again = device.present("new.example", confirm_within=60)
    assert (again["changed"], again["confirm_until"]) == (False, until)
    assert device.confirm()["changed"] is True
    assert "confirm_until" not in device.present("new.example", confirm_within=60)


@pytest.mark.parametrize("seconds", [0, -1, 86401])
def test_a_time_that_is_none_is_refused(device: Device, seconds: int) -> None:
    with pytest.raises(Refused, match=r"confirm_within: .* is not between 1 and 86400"):
        device.present("a.example", confirm_within=seconds)
