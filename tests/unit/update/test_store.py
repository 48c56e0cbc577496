# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import UpdateError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.store import Store

from tests.unit.update.conftest import Updates
from tests.unit.update.samples import edition


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_have_narrow_modes_and_state_is_private(updates: Updates) -> None:
    updates()
    state = updates.directory / ".state"
    assert (mode(updates.directory), mode(state), mode(state / "state.json")) == (0o750, 0o700, 0o600)
    assert {mode(path) for path in updates.directory.glob("microsoft365/*")} == {0o640}


def test_two_stores_at_once_cannot_both_be_locked(tmp_path: Path) -> None:
    with (
        Store(str(tmp_path), writing=True).locked(),
        pytest.raises(UpdateError, match=r"Another update of .* is under way"),
        Store(str(tmp_path), writing=True).locked(),
    ):
        pass
    with Store(str(tmp_path), writing=True).locked():
        pass


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / ".new-one.json").write_text("{")
    with Store(str(tmp_path), writing=True).locked():
        assert list((tmp_path / "own").iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"client_id": "x", "asked": {}}', '{"client_id": 1}', "[" * 100_000])
def test_a_state_that_cannot_be_read_is_made_anew(updates: Updates, text: str) -> None:
    updates()
    (updates.directory / ".state" / "state.json").write_text(text)
    done = updates()
    assert not done.changed and done.news.outcome == "answered"
    assert json.loads((updates.directory / ".state" / "state.json").read_text())["client_id"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("at", "x"), ("at", None), ("not_before", []), ("seen", 5), ("seen", "../../etc"), ("seen", "2026")],
)
def test_a_state_that_somebody_edited_does_no_harm(updates: Updates, key: str, value: object) -> None:
    updates()
    path = updates.directory / ".state" / "state.json"
    state = json.loads(path.read_text())
    next(iter(state["asked"].values()))[key] = value
    path.write_text(json.dumps(state))
    updates.server.verbs()
    done = updates()
    assert not done.changed and done.news.outcome in ("answered", "not_due")
    assert set(updates.server.verbs()) <= {"version"}


def test_a_state_that_is_a_link_or_a_pipe_is_not_followed(updates: Updates, tmp_path: Path) -> None:
    updates()
    path = updates.directory / ".state" / "state.json"
    other = tmp_path / "other.json"
    other.write_text(path.read_text())
    path.unlink()
    path.symlink_to(other)
    before = other.read_text()
    assert updates().news.outcome == "answered"
    assert other.read_text() == before and not path.is_symlink()


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2}', '{"format": 1, "editions": {}}'])
def test_an_index_that_cannot_be_read_stops_the_run(updates: Updates, text: str) -> None:
    updates()
    kept.index_path(str(updates.directory), "microsoft365").write_text(text)
    with pytest.raises(CatalogueError, match="index of kept editions cannot be read"):
        updates()


def test_an_edition_that_somebody_edited_is_not_used(updates: Updates) -> None:
    done = updates()
    assert done.in_force
    path = updates.directory / "microsoft365" / f"{done.in_force.id}.json"
    path.write_text(path.read_text().replace("aka.ms", "aka.mx"))
    for use in (updates, updates.in_force):
        with pytest.raises(CatalogueError, match="its SHA-256 is"):
            use()


def test_without_writing_nothing_is_made(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "none"), writing=False)
    with store.locked():
        store.keep(store.state())
        assert len(store.add(edition("[a.example]"))) == 64
        store.add_page("own", "one", "text")
        store.commit("own", kept.Index())
    assert not (tmp_path / "none").exists()
