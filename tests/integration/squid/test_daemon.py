# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Squid that is stopped, starts or stops meanwhile, cannot be found, or cannot be asked."""

from __future__ import annotations

import threading
import time
import typing as t

import pytest
from squid_lab import BACKUPS, HOME, SNIPPET, Device

from tests.integration.appliance.called import CODE, Refused


def test_a_stopped_squid_gets_its_files_and_the_result_says_so(device: Device) -> None:
    device.proxy.kill()
    predicted = device.present("a.example", check=True)
    result = device.present("a.example")
    assert predicted["running"] == result["running"] == {"state": "stopped", "digest": None}
    assert result["changed"] is True
    assert not device.proxy.host.sockets(3128), "the module does not start what somebody stopped"
    before = device.snapshot()
    assert device.present("a.example")["changed"] is False
    assert device.snapshot() == before
    assert device.info()["running"]["state"] == "stopped"
    device.proxy.start()
    assert device.allows("a.example", "b.example") == [True, False]
    assert device.present("a.example")["changed"] is False
    device.proxy.kill()
    assert device.absent()["running"]["state"] == "stopped"
    device.proxy.start()
    assert device.allows("a.example") == [False]


def test_a_stopped_squid_does_not_get_a_list_that_it_would_refuse(device: Device) -> None:
    device.proxy.kill()
    device.proxy.configure("zz-broken.conf", "no_such on\n")
    with pytest.raises(Refused, match="no_such"):
        device.present("a.example")
    assert not device.path(SNIPPET).exists()


Moment = t.Literal["before", "after"]


def meanwhile(device: Device, moment: Moment, action: t.Callable[[], object]) -> dict[str, t.Any]:
    """Set a new list, and do something just before or after Squid is told to reload."""
    device.present("old.example")
    flag = f"/run/allowlist-tests/go-{moment}"
    reached = device.path(f"{flag}.reached")
    for path in (reached, device.path(flag)):
        path.unlink(missing_ok=True)
    outcome: dict[str, t.Any] = {}

    def run() -> None:
        try:
            outcome["result"] = device.present("new.example", interrupt=("program", "reconfigure", moment, 1, flag))
        except Refused as error:
            outcome["refused"] = str(error)

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 10
    while not reached.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert reached.exists()
    action()
    device.path(flag).touch()
    thread.join()
    return outcome


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_squid_that_restarts_meanwhile_runs_the_new_list(device: Device, moment: Moment) -> None:
    def restart() -> None:
        device.proxy.kill()
        device.path("/run/squid.pid").unlink()
        device.proxy.start()

    outcome = meanwhile(device, moment, restart)
    assert outcome["result"]["running"]["digest"] == outcome["result"]["after"]["digest"]
    assert device.allows("old.example", "new.example") == [False, True]


def test_a_squid_that_is_ended_meanwhile_is_told_and_has_its_old_list(device: Device) -> None:
    outcome = meanwhile(device, "before", device.proxy.kill)
    assert "reconfigure' failed" in outcome["refused"]
    assert "The list that was there has been put back." in outcome["refused"]
    device.path("/run/squid.pid").unlink()
    device.proxy.start()
    assert device.allows("old.example", "new.example") == [True, False]


def test_a_squid_that_is_still_starting_is_waited_for(device: Device) -> None:
    device.proxy.kill()
    device.path("/run/squid.pid").unlink()
    process = device.lab.popen(
        "proxy", ["sh", "-c", "sleep 0.05; cd /run/squid && exec squid -YC -f /etc/squid/squid.conf"]
    )
    result = device.present("a.example")
    process.wait()
    assert result["running"]["state"] in ("running", "stopped")
    assert device.allows("a.example") == [True]
    assert device.present("a.example")["changed"] is False


def unchanged(device: Device, match: str, **options: t.Any) -> None:
    for check in (True, False):
        with pytest.raises(Refused, match=match) as error:
            device.present("a.example", check=check, **options)
        assert "Nothing was changed" in str(error.value)
    assert not device.path(SNIPPET).exists()
    assert not device.path(HOME).exists()
    assert not device.path(BACKUPS).exists()


def test_a_program_that_is_not_there_is_named(device: Device) -> None:
    unchanged(device, r"'/opt/none/squid' cannot be run: No such file.*set executable", executable="/opt/none/squid")


def test_a_program_that_is_no_squid_is_named(device: Device) -> None:
    unchanged(device, r"'/bin/true -v' does not tell a Squid version", executable="/bin/true")


def test_a_squid_that_is_too_old_is_named(device: Device) -> None:
    old = f"{CODE}/old-squid"
    device.path(old).write_text("#!/bin/sh\necho Squid Cache: Version 3.5.28\n")
    device.path(old).chmod(0o755)
    unchanged(device, r"Squid 3\.5\.28 is too old: version 4 or later", executable=old)


def test_a_proxy_url_where_nothing_answers_is_told_before_anything_is_written(device: Device) -> None:
    unchanged(device, r"nothing answers at http://127\.0\.0\.1:9.*Set proxy_url", proxy_url="http://127.0.0.1:9")


def test_a_proxy_url_of_something_else_is_told_and_the_old_list_put_back(device: Device) -> None:
    device.present("old.example")
    with pytest.raises(Refused, match=r"after 0\.5 s it answers 'none'.*whether proxy_url is this Squid's"):
        device.present("new.example", proxy_url="http://10.77.0.10:80", activation_timeout=0.5)
    assert device.allows("old.example", "new.example") == [True, False]


def test_a_configuration_that_is_not_there_is_named(device: Device) -> None:
    unchanged(device, r"/etc/squid/none\.conf cannot be read: No such file", config_file="/etc/squid/none.conf")


def test_a_port_on_one_address_only_is_found(device: Device) -> None:
    file = device.path("/etc/squid/squid.conf")
    file.write_text(file.read_text().replace("\nhttp_port 3128\n", "\nhttp_port 10.77.0.3:3128\n"))
    device.proxy.reconfigure()
    assert device.present("a.example")["running"]["state"] == "running"


# -- validation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil, said",
    [
        ("content['files'].update({'p80_443-names': 'a.example\\n.a.example\\n'})", r"ERROR: '\.?a\.example'"),
        ("content['files'].update({'p80_443-names': '.a.example\\nb.a.example\\n'})", "WARNING: .* is a subdomain of"),
        ("content['files'].update({'p80_443-names': ''})", "empty ACL"),
        ("content['files'].clear()", "Can not open file"),
        ("content.update(snippet=content['snippet'] + 'acl x dstdom_regex ^(\\n')", "ERROR: .*regular expression"),
        ("content.update(snippet=content['snippet'] + 'http_access allow none_such\\n')", "ACL not found: none_such"),
        ("content.update(snippet=content['snippet'] + 'nonsense\\n')", "unrecognized: 'nonsense'"),
    ],
)
def test_whatever_squid_complains_of_stops_the_run(device: Device, spoil: str, said: str) -> None:
    device.present("old.example")
    stored = device.path(SNIPPET).read_bytes()
    with pytest.raises(Refused, match=rf"does not accept the configuration with this list: .*{said}.*Nothing was"):
        device.spoiled(lambda content: exec(spoil, {"content": content}), "a.example")
    assert device.path(SNIPPET).read_bytes() == stored
    assert list(device.path(HOME).iterdir()) == [device.directory()]
    assert device.allows("old.example") == [True]


def test_running_results_are_waited_for_in_parallel_reads(device: Device) -> None:
    """Reading while another run changes the list disturbs neither."""
    device.present("old.example")
    flag = f"{CODE}/go-read"
    device.path(flag).unlink(missing_ok=True)
    thread = threading.Thread(
        target=device.present, args=("new.example",), kwargs={"interrupt": ("squid", "save", "after", 1, flag)}
    )
    thread.start()
    told = [device.info()["in_step"] for dummy in range(3)]
    device.path(flag).touch()
    thread.join()
    assert told == [True] * 3
    assert device.present("new.example")["changed"] is False
