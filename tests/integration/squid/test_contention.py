# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once, disks that are full, directories that cannot be written, and how many back-ups are kept."""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t
from pathlib import Path

import pytest
from squid_lab import BACKUPS, HOME, LISTS, SNIPPET, Device

from tests.integration.appliance.called import CODE, Refused
from tests.integration.appliance.disks import fill, small_disk

CONF_D = "/etc/squid/conf.d"


@pytest.mark.parametrize("second", ["managed_desktop", "another"])
def test_of_two_runs_at_once_one_works_and_the_other_fails_clearly(device: Device, second: str) -> None:
    flag = f"{CODE}/go-lock"
    for path in (device.path(flag), device.path(f"{flag}.reached")):
        path.unlink(missing_ok=True)
    results: list[t.Any] = []
    first = threading.Thread(
        target=lambda: results.append(device.present("a.example", interrupt=("squid", "validate", "after", 1, flag)))
    )
    first.start()
    deadline = time.monotonic() + 10
    while not device.path(f"{flag}.reached").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(Refused, match=r"Another run is changing a list of this Squid.*process \d+ holds.*run again"):
        device.present("b.example", name=second)
    assert device.info()["stored"]["digest"] is None, "reading needs no lock"
    device.path(flag).touch()
    first.join()
    assert results[0]["changed"] is True
    assert device.allows("a.example", "b.example") == [True, False]
    device.present("b.example", name=second)
    assert device.allows("b.example") == [True]


def test_many_runs_at_once_leave_one_whole_list(device: Device) -> None:
    outcomes: list[str] = []

    def run(name: str) -> None:
        try:
            device.present(name, "both.example")
            outcomes.append("done")
        except Refused as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=run, args=(f"n{number}.example",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [said for said in outcomes if said != "done"]
    assert outcomes.count("done") >= 1
    assert all("Another run is changing" in said for said in refused)
    allowed = device.allows(*(f"n{number}.example" for number in range(4)), "both.example")
    assert allowed[:4].count(True) == 1
    assert allowed[4] is True
    assert device.info()["in_step"] is True


# -- disks -------------------------------------------------------------------------------------------------------

Mount = t.Callable[..., Path]


@pytest.fixture()
def mount(device: Device) -> t.Iterator[Mount]:
    """A function that puts a small disk over a directory of the host, with what was in it; taken away in the end."""
    with contextlib.ExitStack() as stack:
        yield lambda inside, options: stack.enter_context(small_disk(device, inside, options))


@pytest.mark.parametrize("place", [LISTS, CONF_D, BACKUPS])
def test_a_full_disk_leaves_the_old_list_in_force(device: Device, mount: Mount, place: str) -> None:
    device.present("old.example")
    fill(mount(place, "size=64k"))
    present = sorted(device.path(CONF_D).iterdir())
    with pytest.raises(Refused, match=r"No space left on device.*Nothing was changed"):
        device.present("new.example")
    assert device.allows("old.example", "new.example") == [True, False]
    assert sorted(device.path(CONF_D).iterdir()) == present
    assert list(device.path(HOME).iterdir()) == [device.directory()]
    assert not [path for path in device.path(BACKUPS).iterdir() if path.name.startswith(".")]
    assert device.present("old.example")["changed"] is False
    (device.path(place) / "filler").unlink()
    assert device.present("new.example")["changed"] is True


def test_a_disk_that_fills_up_in_the_middle_of_a_large_list_leaves_nothing_half_written(
    device: Device, mount: Mount
) -> None:
    mount(LISTS, "size=64k")
    with pytest.raises(Refused, match=r"No space left on device.*Nothing was changed"):
        device.present(*(f"name-{number}.example" for number in range(5000)))
    assert not device.path(HOME).exists()
    assert not device.path(SNIPPET).exists()


@pytest.mark.parametrize("place", [LISTS, CONF_D, BACKUPS])
def test_a_directory_that_cannot_be_written_is_foretold_and_named(device: Device, mount: Mount, place: str) -> None:
    device.present("old.example")
    mount(place, "size=64k")
    device.lab.run("proxy", ["mount", "-o", "remount,ro", place])
    for check, said in ((True, f"{place}.* cannot be written"), (False, "Read-only file system")):
        with pytest.raises(Refused, match=rf"{said}.*Nothing was changed"):
            device.present("new.example", check=check)
    assert device.allows("old.example", "new.example") == [True, False]
    assert device.present("old.example")["changed"] is False


def test_a_snippet_directory_that_is_not_there_is_named(device: Device) -> None:
    with pytest.raises(Refused, match=r"no include of the configuration reaches /etc/squid/none"):
        device.present("a.example", snippet_dir="/etc/squid/none")


# -- back-ups ----------------------------------------------------------------------------------------------------


def test_the_last_ten_back_ups_are_kept_and_readable_by_nobody_else(device: Device) -> None:
    made = [device.present(f"n{number}.example")["backup"] for number in range(12)]
    kept = device.info()["backups"]
    assert kept == made[2:]
    assert {device.path(path).stat().st_mode & 0o7777 for path in kept} == {0o600}
    assert device.path(BACKUPS).stat().st_mode & 0o7777 == 0o700
    device.restore(made[5])
    assert device.allows("n4.example", "n5.example", "n11.example") == [True, False, False]
    device.restore("latest")
    assert device.allows("n4.example", "n11.example") == [False, True]


def test_a_run_that_fails_before_it_changes_anything_uses_up_no_back_up(device: Device) -> None:
    device.present("a.example")
    device.present("b.example")
    kept = device.info()["backups"]
    device.proxy.configure("zz-broken.conf", "no_such on\n")
    for _attempt in range(2):
        with pytest.raises(Refused, match="no_such"):
            device.present("c.example")
    device.path(f"{CONF_D}/zz-broken.conf").unlink()
    assert device.info()["backups"] == kept
    device.restore("latest")
    assert device.allows("a.example", "b.example") == [True, False]


def test_the_back_ups_of_two_lists_are_apart(device: Device) -> None:
    device.present("a.example")
    device.present("b.example", name="another")
    device.absent(name="another")
    with pytest.raises(Refused, match="There is no back-up in"):
        device.restore("latest", name="third")
    assert device.restore("latest", name="another")["changed"] is True
    assert device.allows("a.example", "b.example") == [True, True]
