# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever somebody does to the stored list is found, told, and undone."""

from __future__ import annotations

import json
import shutil
import typing as t

import pytest
from squid_lab import HOME, SNIPPET, Device

from tests.integration.appliance.called import Json, Refused

LIST: list[str | Json] = [
    {"host": "www.a.example", "service": "Mail"},
    {"host": "c.example", "service": "Files"},
    "*.b.example",
]


def edit(device: Device, old: str, new: str) -> None:
    names = device.files()[0]
    text = names.read_text()
    assert old in text
    names.write_text(text.replace(old, new))


def mended(device: Device) -> Json:
    """Set the list again; it must be as it was then, and the proxy run it."""
    result = device.present(*LIST, diff=True)
    assert result["changed"] is True
    assert result["after"]["digest"] == result["running"]["digest"]
    assert device.allows("www.a.example", "c.example", "x.b.example", "foreign.example") == [True, True, True, False]
    assert device.present(*LIST)["changed"] is False
    return result


def test_a_line_removed_and_a_foreign_line_added_are_told_and_undone(device: Device) -> None:
    device.present(*LIST)
    edit(device, "www.a.example\n", "")
    edit(device, "c.example\n", "c.example\nforeign.example\n")
    device.proxy.reconfigure()
    assert device.allows("www.a.example", "foreign.example") == [False, True]
    difference = mended(device)["difference"]
    assert difference["missing"]["by_service"] == {"Mail": ["www.a.example  tcp/80,443"]}
    assert difference["foreign"]["by_service"] == {"(no service)": ["foreign.example  tcp/80,443"]}
    assert difference["not_running"] is False


def change_a_rule(device: Device) -> None:
    snippet = device.path(SNIPPET)
    snippet.write_text(snippet.read_text().replace(" port 80 443", " port 1-65535"))


def forge_the_markers(device: Device) -> None:
    snippet = device.path(SNIPPET)
    text = snippet.read_text()
    snippet.write_text(text.replace(str(device.directory()).removeprefix(str(device.proxy.host.root)), "@DIRECTORY@"))


def announce_nothing(device: Device) -> None:
    snippet = device.path(SNIPPET)
    lines = snippet.read_text().splitlines(keepends=True)
    snippet.write_text("".join(line for line in lines if not line.startswith("deny_info")))


def make_the_list_a_directory(device: Device) -> None:
    names = device.files()[0]
    names.unlink()
    names.mkdir()


def make_the_list_a_pipe(device: Device) -> None:
    names = device.files()[0]
    names.unlink()
    device.lab.run("proxy", ["mkfifo", "/" + str(names.relative_to(device.proxy.host.root))])


def make_the_home_a_file(device: Device) -> None:
    shutil.rmtree(device.path(HOME))
    device.path(HOME).write_text("")


EDITS: dict[str, t.Callable[[Device], t.Any]] = {
    "snippet edited": change_a_rule,
    "snippet deleted": lambda device: device.path(SNIPPET).unlink(),
    "snippet emptied": lambda device: device.path(SNIPPET).write_text(""),
    "snippet forged": forge_the_markers,
    "snippet made silent": announce_nothing,
    "list deleted": lambda device: device.files()[0].unlink(),
    "list emptied": lambda device: device.files()[0].write_text(""),
    "list not UTF-8": lambda device: device.files()[0].write_bytes(b"\xff\xfe\x85.example\n\xc3\x85\n"),
    "list made a directory": make_the_list_a_directory,
    "list made a pipe": make_the_list_a_pipe,
    "a file added": lambda device: (device.directory() / "more.swp").write_text("x.example\n"),
    "directory deleted": lambda device: shutil.rmtree(device.directory()),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_undone(device: Device, what: str) -> None:
    done = device.present(*LIST)
    EDITS[what](device)
    seen = device.info()
    assert seen["stored"]["digest"] != done["after"]["digest"]
    predicted = device.present(*LIST, check=True, diff=True)
    result = mended(device)
    assert result["before"] == seen["stored"]
    assert predicted["difference"] == result["difference"]
    assert predicted["diff"] == result["diff"]


@pytest.mark.parametrize("what", ["snippet edited", "snippet made silent", "snippet forged", "a file added"])
def test_what_stood_there_by_hand_can_be_restored(device: Device, what: str) -> None:
    device.present(*LIST)
    EDITS[what](device)
    device.proxy.host.run(["squid", "-k", "reconfigure"], check=False)
    edited = device.info()["stored"]["digest"]
    backup = mended(device)["backup"]
    if what == "snippet forged":  # it names no list that is there, so Squid refuses it
        with pytest.raises(Refused, match=r"does not accept the configuration.*Nothing was changed"):
            device.restore(backup)
    else:
        assert device.restore(backup)["after"]["digest"] == edited
        assert device.restore(backup)["changed"] is False


@pytest.mark.parametrize("where", [SNIPPET, HOME])
def test_what_cannot_be_mended_is_named(device: Device, where: str) -> None:
    device.present(*LIST)
    if where == HOME:
        make_the_home_a_file(device)
    else:
        device.path(where).unlink()
        device.path(where).mkdir()
    before = device.snapshot()
    with pytest.raises(Refused, match=rf"{where}.*Nothing was changed"):
        device.present(*LIST)
    assert device.snapshot().keys() == before.keys()


DAMAGE = [
    "",
    "{",
    "[]",
    '{"entries": [], "groups": 5}',
    '{"entries": {"p80_443-names": 7}, "groups": {"p80_443": ["x"]}}',
    '{"entries": {"p80_443-names": {"c.example": "Files", "www.a.example": [1, 2]}}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", DAMAGE)
def test_a_damaged_provenance_is_only_missed_in_the_report(device: Device, text: str) -> None:
    device.present(*LIST)
    (device.directory() / "provenance.json").write_text(text)
    assert device.present(*LIST)["changed"] is False
    edit(device, "c.example\n", "")
    assert device.present(*LIST)["difference"]["missing"]["by_service"].keys() == {"Files"}


def test_services_survive_a_restore(device: Device) -> None:
    device.present(*LIST)
    backup = device.absent()["backup"]
    predicted = device.restore(backup, check=True)
    result = device.restore("latest")
    assert predicted["difference"] == result["difference"]
    assert result["difference"]["missing"]["by_service"].keys() == {"(no service)", "Files", "Mail"}
    assert device.info()["entries"].keys() == {"(no service)", "Files", "Mail"}
    assert "Files" in json.dumps(json.loads((device.directory() / "provenance.json").read_text()))


def test_what_is_stored_and_not_running_is_told_and_made_to_run(device: Device) -> None:
    device.present("old.example")
    old = device.path(SNIPPET).read_text()
    device.present(*LIST)
    wanted = device.info()["stored"]
    text = device.path(SNIPPET).read_text()
    directory = device.directory()
    shutil.copytree(directory, directory.with_name("kept"))
    device.path(SNIPPET).write_text(old)
    device.path(SNIPPET).unlink()
    device.proxy.reconfigure()
    device.path(SNIPPET).write_text(text)
    seen = device.info()
    assert (seen["stored"], seen["running"]["state"], seen["in_step"]) == (wanted, "none", False)
    result = mended(device)
    assert result["difference"]["not_running"] is True
    assert result["difference"]["missing"]["count"] == result["difference"]["foreign"]["count"] == 0
    assert {"before": "stored, but not running\n", "after": "stored and running\n"} in result["diff"]


def test_what_is_running_and_not_stored_is_stopped(device: Device) -> None:
    device.present(*LIST)
    device.path(SNIPPET).unlink()
    seen = device.info()
    assert (seen["stored"]["digest"], seen["running"]["state"], seen["in_step"]) == (None, "running", False)
    assert device.allows("c.example") == [True]
    assert device.absent()["changed"] is True
    assert device.allows("c.example") == [False]
    assert device.absent()["changed"] is False
