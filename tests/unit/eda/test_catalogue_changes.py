# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source without a network; tests/integration/eda has it talk HTTPS, and run under `ansible-rulebook`."""

from __future__ import annotations

import ast
import asyncio
import datetime
import email.utils
import json
import os
import runpy
import sys
import typing as t
import uuid
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.extensions.eda.plugins.event_source import catalogue_changes as source
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept, shipped

VERSION, LATER = "2025120100", "2026010500"
FILE = Path(source.__file__)


class Events(list[dict[str, t.Any]]):
    """A queue that only remembers."""

    async def put(self, event: dict[str, t.Any]) -> None:
        self.append(event["catalogue"])


def test_it_imports_the_standard_library_alone() -> None:
    names = set()
    for node in ast.walk(ast.parse(FILE.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module).partition(".")[0])
    assert "asyncio" in names
    assert names - sys.stdlib_module_names == set()


def test_it_loads_the_way_in_which_ansible_rulebook_does() -> None:
    assert asyncio.iscoroutinefunction(runpy.run_path(str(FILE))["main"])


def test_the_instances_are_those_of_the_catalogue() -> None:
    assert sorted(source.INSTANCES) == sorted(shipped.instances("microsoft365"))


def test_every_option_is_documented_with_its_default() -> None:
    import yaml

    options = yaml.safe_load(source.DOCUMENTATION)["options"]
    fields = source.Options.__dataclass_fields__
    assert sorted(options) == sorted(fields)
    for name, option in options.items():
        if not option.get("required"):
            assert (option.get("default") or "") == fields[name].default, name


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "state_file is not set"),
        ({"state_file": "s"}, "nothing is watched"),
        ({"state_file": "s", "instance": "", "catalogue_dir": None}, "nothing is watched"),
        ({"state_file": "s", "instance": "Mars"}, "none of Worldwide"),
        ({"state_file": "s", "instance": "Worldwide", "intervall": 1}, "no option 'intervall'"),
        ({"state_file": "s", "instance": "Worldwide", "interval": 60}, "once in 3600 seconds"),
        ({"state_file": "s", "instance": "Worldwide", "interval": "7200"}, "interval: give a number"),
        ({"state_file": "s", "instance": "Worldwide", "interval": True}, "interval: give a number"),
        ({"state_file": "s", "instance": "Worldwide", "interval": float("nan")}, "interval: give a number"),
        ({"state_file": "s", "instance": "Worldwide", "interval": float("inf")}, "interval: give a number"),
        ({"state_file": "s", "catalogue_dir": "d", "catalogue_interval": 0}, "catalogue_interval: give a number"),
        ({"state_file": 1, "instance": "Worldwide"}, "state_file: give text"),
        ({"state_file": "s", "instance": "Worldwide", "base_url": "http://mirror.example"}, "give https://"),
        ({"state_file": "s", "instance": "Worldwide", "base_url": "https://user@mirror.example"}, "without a login"),
        ({"state_file": "s", "instance": "Worldwide", "base_url": "https://mirror.example/?a=b"}, "give https://"),
        ({"state_file": "s", "instance": "Worldwide", "client_request_id": "me"}, "is no UUID"),
    ],
)
def test_options_that_do_not_fit_are_refused(args: dict[str, t.Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        source.Options.from_args(args)


def test_a_mirror_may_be_asked_more_often() -> None:
    given = {"state_file": "s", "instance": "China", "base_url": "https://mirror.example/list/", "interval": 5}
    options = source.Options.from_args(given)
    assert (options.version_url, options.interval) == ("https://mirror.example/list/version/China", 5.0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"<html>sign in</html>", "not JSON; it begins with '<html>sign in</html>'"),
        (b'{"instance": "Worldwide", "late', "not JSON"),
        (b"[" * 60000, "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[]", "not about Worldwide"),
        (b'{"instance": "China", "latest": "2025120100"}', "not about Worldwide"),
        (b'{"latest": "2025120100"}', "not about Worldwide"),
        (b'{"instance": "Worldwide"}', "not a version"),
        (b'{"instance": "Worldwide", "latest": 2025120100}', "not a version"),
        (b'{"instance": "Worldwide", "latest": "20251201"}', "not a version"),
        (b'{"instance": "Worldwide", "latest": "2025130100"}', "not a version"),
        (b'{"instance": "Worldwide", "latest": "9999123199"}', "of a day until now"),
        ('{"instance": "Worldwide", "latest": "\u0662025120100"}'.encode(), "not a version"),
        (b'{"instance": "Worldwide", "latest": "2025120100"}' + b" " * 70000, "longer than 65536"),
    ],
)
def test_an_answer_without_a_version_is_told_with_how_it_begins(content: bytes, said: str) -> None:
    with pytest.raises(source.NoAnswer, match=said):
        source.version_in(content, "Worldwide")


def test_the_version_of_an_answer() -> None:
    assert source.version_in(b'{"instance": "worldwide", "latest": "2025120100"}', "Worldwide") == VERSION


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("999999999", source.LONGEST_WAIT),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        (None, 0),
        ("Fri, 99 Nov 2026 12:00:00 GMT", 0),
        (
            email.utils.format_datetime(datetime.datetime(2026, 1, 1, 1, tzinfo=datetime.timezone.utc), usegmt=True),
            3600,
        ),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
        ("Wed, 31 Dec 2099 00:00:00 GMT", source.LONGEST_WAIT),
    ],
)
def test_both_forms_of_retry_after(value: str | None, seconds: float) -> None:
    new_year = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).timestamp()
    assert source.retry_after(value, new_year) == seconds


def test_the_state_is_kept_with_narrow_modes_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.json"
    with source.State.opened(path) as state:
        state.asked["https://a.example"] = {"version": VERSION, "not_before": 1.5}
        state.in_force["/kept"] = {"microsoft365": {"worldwide": "e1"}}
        state.save()
    with source.State.opened(path) as again:
        assert again == state
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert sorted(file.name for file in path.parent.iterdir()) == ["state.json", "state.json.lock"]


def test_a_state_is_one_process_s(tmp_path: Path) -> None:
    with (
        source.State.opened(tmp_path / "s"),
        pytest.raises(ValueError, match="another ansible-rulebook"),
        source.State.opened(tmp_path / "s"),
    ):
        pass


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"asked": {"u": {"version": "x", "not_before": 0}}},
        {"asked": {"u": {"version": 1, "not_before": 0}}},
        {"asked": {"u": {"version": VERSION}}},
        {"asked": []},
        {"in_force": {"d": []}},
        {"client_request_id": "x"},
    ],
)
def test_a_damaged_state_is_refused_and_left_as_it_is(tmp_path: Path, change: dict[str, t.Any]) -> None:
    path = tmp_path / "s"
    text = json.dumps({"format": 1, "client_request_id": str(uuid.uuid4()), "asked": {}, "in_force": {}, **change})
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="cannot be used"), source.State.opened(path):
        pass
    assert path.read_text(encoding="utf-8") == text


def test_a_torn_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").write_text('{"format": 1, "asked', encoding="utf-8")
    with pytest.raises(ValueError, match="Put it back from a back-up"), source.State.opened(tmp_path / "s"):
        pass


def test_a_state_that_cannot_be_written_is_told_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with source.State.opened(tmp_path / "s") as state:
        state.save()
        before = (tmp_path / "s").read_text()

        def full(_handle: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        state.asked["u"] = {"version": VERSION, "not_before": 0.0}
        state.save()
    assert "No space left on device" in caplog.text
    assert (tmp_path / "s").read_text() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["s", "s.lock"]


def keep(directory: Path, edition: str, name: str = "microsoft365", track: str = "worldwide") -> None:
    """Write an index as an update does."""
    index = kept.Index({edition: "0" * 64}, {track: kept.Track(edition, edition)})
    path = kept.index_path(str(directory), name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(index.to_text(), encoding="utf-8")


def look(tmp_path: Path, *steps: t.Callable[[], None]) -> Events:
    """Watch a directory, each step after one look at least and before another; return the events."""
    events = Events()
    options = source.Options(tmp_path / "state" / "s", catalogue_dir=str(tmp_path / "kept"), catalogue_interval=0.001)

    async def run() -> None:
        with source.State.opened(options.state_file) as state:
            task = asyncio.create_task(source.watch_directory(events, options, state))
            for step in (*steps, lambda: None):
                await asyncio.sleep(0.02)  # in one loop with the watch, whose time comes first
                step()
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    return events


def test_another_edition_in_force_is_told_once(tmp_path: Path) -> None:
    keep(tmp_path / "kept", "e1")
    assert look(tmp_path, lambda: keep(tmp_path / "kept", "e2")) == [
        {"kind": "in_force", "source": "microsoft365", "track": "worldwide", "previous": "e1", "edition": "e2"}
    ]
    assert look(tmp_path) == []


def test_a_change_while_it_was_not_running_is_told(tmp_path: Path) -> None:
    keep(tmp_path / "kept", "e1")
    assert look(tmp_path) == []
    keep(tmp_path / "kept", "e2")
    assert [event["edition"] for event in look(tmp_path)] == ["e2"]


def test_the_first_edition_of_a_source_is_told_where_the_directory_was_known(tmp_path: Path) -> None:
    events = look(tmp_path, lambda: keep(tmp_path / "kept", "e1", track=""))
    assert events == [{"kind": "in_force", "source": "microsoft365", "track": "", "previous": None, "edition": "e1"}]


def test_a_source_that_vanishes_and_comes_back_is_no_change(tmp_path: Path) -> None:
    path = kept.index_path(str(tmp_path / "kept"), "microsoft365")
    keep(tmp_path / "kept", "e1")
    assert look(tmp_path, path.unlink, lambda: keep(tmp_path / "kept", "e1")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100000,
        '{"format": 2, "tracks": {}}',
        '{"format": 1, "tracks": {"": {}}}',
        '{"format": 1, "tracks": {"": {"in_force": 7}}}',
        '{"format": 1, "tracks": {"": {"in_force": "{{ 7 }}"}}}',
        '{"format": 1, "tracks": {"a\\nb": {"in_force": "e2"}}}',
    ],
)
def test_an_index_that_is_none_is_told_once_and_does_no_harm(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    keep(tmp_path / "kept", "e1")
    path = kept.index_path(str(tmp_path / "kept"), "microsoft365")

    def spoil() -> None:
        path.write_text(text, encoding="utf-8")

    events = look(tmp_path, spoil, lambda: None, lambda: keep(tmp_path / "kept", "e2"))
    assert [event["edition"] for event in events] == ["e2"]
    assert caplog.text.count("cannot be read") == 1


def test_no_directory_yet_is_no_fault(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert look(tmp_path) == []
    assert "WARNING" not in caplog.text


def test_certificates_that_are_none_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing", encoding="utf-8")
    args = {"state_file": str(tmp_path / "s"), "instance": "Worldwide", "ca_file": str(tmp_path / "ca.pem")}
    with pytest.raises(ValueError, match="no certificates can be read"):
        asyncio.run(source.main(Events(), args))
