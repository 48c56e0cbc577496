# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One list on a real Squid from its first line to its removal."""

from __future__ import annotations

import pytest
from squid_lab import HOME, LISTS, SNIPPET, Device

from tests.integration.appliance.called import Refused

NAMES = ("www.a.example", "*.b.example")
PREDICTED = ("before", "after", "running", "difference")


def test_a_list_lets_through_what_it_names_and_nothing_else(device: Device) -> None:
    assert device.allows("www.a.example", "x.b.example") == [False, False]
    result = device.present(*NAMES)
    assert (result["changed"], result["running"]["state"]) == (True, "running")
    assert result["before"] == {"digest": None, "entries": 0}
    assert result["after"]["digest"] == result["running"]["digest"]
    assert device.allows("www.a.example", "x.b.example", "y.x.b.example") == [True] * 3
    assert device.allows("b.example", "a.example", "x.www.a.example", "other.example") == [False] * 4


def test_a_second_run_changes_nothing_and_writes_nothing(device: Device) -> None:
    first = device.present(*NAMES)
    before, sockets = device.snapshot(), device.proxy.host.sockets(3128)
    again = device.present(*NAMES)
    assert again["changed"] is False
    assert again["after"] == again["before"] == first["after"]
    assert again["backup"] is None
    assert device.snapshot() == before
    assert device.proxy.host.sockets(3128) == sockets, "Squid was reloaded"


@pytest.mark.parametrize("step", ["create", "change", "remove", "mend"])
def test_check_mode_writes_nothing_and_predicts_exactly(device: Device, step: str) -> None:
    if step != "create":
        device.present("www.a.example", "c.example")
    if step == "mend":
        names = device.files()[0]
        names.write_text(names.read_text().replace("c.example\n", "foreign.example\n"))

    def change(check: bool) -> dict[str, object]:
        if step == "remove":
            return device.absent(check=check, diff=True)
        return device.present(*(("www.a.example", "c.example") if step == "mend" else NAMES), check=check, diff=True)

    before, sockets = device.snapshot(), device.proxy.host.sockets(3128)
    predicted = change(check=True)
    assert device.snapshot() == before
    assert device.proxy.host.sockets(3128) == sockets, "Squid was reloaded"
    done = change(check=False)
    assert predicted["changed"] is done["changed"] is True
    assert {key: predicted[key] for key in PREDICTED} == {key: done[key] for key in PREDICTED}
    assert predicted["diff"] == done["diff"]
    assert change(check=True)["changed"] is False


def test_check_mode_predicts_what_runs_where_the_list_does_not_say(device: Device) -> None:
    for first, second in (("managed", "none"), ("none", "managed"), ("none", "none")):
        device.present("a.example", access_rules=first)
        predicted = device.present("b.example", access_rules=second, check=True)
        done = device.present("b.example", access_rules=second)
        assert predicted["running"] == done["running"], (first, second)
        assert done["running"]["state"] == ("unknown" if second == "none" else "running")
        assert device.present("b.example", access_rules=second)["changed"] is False


def test_check_mode_foretells_a_failure(device: Device) -> None:
    device.proxy.configure("zz-broken.conf", "no_such_directive on\n")
    for check in (True, False):
        with pytest.raises(Refused, match=r"site's own configuration.*no_such_directive"):
            device.present(*NAMES, check=check)


def test_the_difference_is_told_by_service(device: Device) -> None:
    device.present({"host": "mail.example", "service": "Mail"}, {"host": "old.example", "service": "Mail"}, diff=True)
    result = device.present(
        {"host": "mail.example", "service": "Mail"},
        {"host": "*.files.example", "service": "Files", "tcp_ports": [443]},
        diff=True,
    )
    assert result["difference"]["missing"] == {
        "count": 1,
        "by_service": {"Files": ["*.files.example  tcp/443"]},
        "truncated": False,
    }
    assert result["difference"]["foreign"]["by_service"] == {"Mail": ["old.example  tcp/80,443"]}
    shown = result["diff"][0]
    assert shown["before"] == "[Mail]\nold.example  tcp/80,443\n"
    assert shown["after"] == "[Files]\n*.files.example  tcp/443\n"


def test_an_absent_list_leaves_nothing_but_its_back_ups(device: Device) -> None:
    device.present(*NAMES)
    result = device.absent()
    assert (result["changed"], result["running"]) == (True, {"state": "none", "digest": None})
    assert device.allows("www.a.example") == [False]
    assert not device.path(SNIPPET).exists()
    assert not device.path(HOME).exists()
    assert [path.name for path in device.path(LISTS).iterdir()] == [".lock"]


def test_removing_what_is_not_there_writes_nothing(device: Device) -> None:
    before = device.snapshot()
    assert device.absent()["changed"] is False
    device.present(*NAMES)
    device.absent()
    assert device.snapshot().keys() - before.keys()  # the back-ups
    before = device.snapshot()
    assert device.absent()["changed"] is False
    assert device.snapshot() == before


def test_two_lists_of_one_squid_do_not_touch_each_other(device: Device) -> None:
    device.present("a.example", name="managed_desktop")
    second = device.present("b.example", name="managed_desktop_more")
    assert second["site_warnings"] == []
    assert device.allows("a.example", "b.example") == [True, True]
    assert device.present("a.example", name="managed_desktop")["changed"] is False
    assert device.present("b.example", name="managed_desktop_more")["changed"] is False
    device.absent(name="managed_desktop")
    assert device.allows("a.example", "b.example") == [False, True]
    assert device.present("b.example", name="managed_desktop_more")["changed"] is False


def test_the_prefix_decides_where_the_snippet_stands(device: Device) -> None:
    device.proxy.configure("30-site.conf", "http_access deny all\n")
    device.present("a.example", snippet_prefix="29")
    assert device.allows("a.example") == [True]
    device.absent(snippet_prefix="29")
    with pytest.raises(Refused, match=r"30-site\.conf line 1 \('http_access deny all'\) comes before the list"):
        device.present("a.example", snippet_prefix="31")


def test_a_plan_is_refused_when_the_device_or_the_intent_has_moved(device: Device) -> None:
    planned = device.present(*NAMES, check=True)
    device.present("moved.example")
    for check in (True, False):
        with pytest.raises(Refused, match="has moved: it holds"):
            device.present(*NAMES, expect_before=["none"], check=check)
    with pytest.raises(Refused, match="The intent has moved"):
        device.present("other.example", expect_after=planned["after"]["digest"])
    device.absent()
    done = device.present(*NAMES, expect_before=["none"], expect_after=planned["after"]["digest"])
    assert done["after"] == planned["after"]


def test_the_info_module_tells_the_stored_and_the_running_list(device: Device) -> None:
    before = device.snapshot()
    empty = device.info()
    assert (empty["stored"]["digest"], empty["running"]["state"], empty["in_step"]) == (None, "none", True)
    assert device.snapshot() == before
    done = device.present({"host": "a.example", "service": "Mail"})
    told = device.info()
    assert told["stored"] == done["after"]
    assert told["running"] == done["running"]
    assert told["entries"] == {"Mail": ["a.example  tcp/80,443"]}
    assert told["backups"] == [done["backup"]]
    assert told["squid"] == {"version": "5.7", "tls": True, "dialect_measured": True}
