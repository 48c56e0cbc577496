# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory as lookups and updates read it: damaged, altered, or without what is asked for."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError

from tests.unit.update.conftest import NEXT, Updates, real_sets


def own(updates: Updates, *names: str, **given: t.Any) -> t.Any:
    page = updates.directory.parent / "own.txt"
    page.write_text("".join(f"{name}\n" for name in names))
    return updates(source="own", url=f"file://{page}", **given)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[: len(text) // 2], "index of kept editions cannot be read"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "another format"),
        (lambda text: text.replace(NEXT, "../../x"), "no version"),
        (lambda text: text.replace('"tracks"', '"trucks"'), "lacks or misspells"),
        (lambda text: text.replace('"in_force": "', '"in_force": "x'), "is named and not kept"),
    ],
)
def test_a_damaged_index_is_told_and_not_written_over(
    updates: Updates, damage: t.Callable[[str], str], said: str
) -> None:
    updates.publish(NEXT, real_sets())
    updates()
    path = updates.directory / "microsoft365" / "index.json"
    broken = damage(path.read_text())
    assert broken != path.read_text()
    path.write_text(broken)
    updates.later()
    with pytest.raises(CatalogueError, match=said):
        updates()
    assert path.read_text() == broken


def test_an_edition_that_was_altered_by_hand_is_not_used(updates: Updates) -> None:
    done = updates()
    path = updates.directory / "microsoft365" / f"{done.in_force.id}.json"
    path.write_text(path.read_text().replace("outlook.office.com", "outlook.example.com"))
    with pytest.raises(CatalogueError, match="was kept"):
        updates.in_force()
    with pytest.raises(CatalogueError, match="Put it back from a back-up"):
        updates()


def test_a_kept_edition_tells_the_digest_that_its_index_has(updates: Updates) -> None:
    done = updates()
    assert done.in_force
    index = kept.read_index(str(updates.directory), "microsoft365")
    found = kept.load("microsoft365", "latest", None, str(updates.directory))
    assert found.sha256 == index.digests[done.in_force.id]


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(updates: Updates, tmp_path: Path) -> None:
    updates()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for name in (".state/state.json", "microsoft365/index.json"):
        path = updates.directory / name
        path.unlink()
        path.symlink_to(victim)
        if name.startswith("micro"):
            with pytest.raises(CatalogueError):
                updates()
        else:
            updates()
    assert victim.read_text() == "precious"


def test_a_status_tells_what_waits_and_what_was(updates: Updates) -> None:
    first = own(updates, *(f"h{number}.example.com" for number in range(20)))
    waits = own(updates, "h0.example.com")
    assert waits.waiting
    assert kept.load("own", waits.waiting.id, None, str(updates.directory)).status == "draft"
    assert kept.load("own", "latest", None, str(updates.directory)).id == first.in_force.id
    own(updates, "h0.example.com", acknowledge=[waits.waiting_digest])
    assert kept.load("own", first.in_force.id, None, str(updates.directory)).status == "superseded"


def test_what_is_not_kept_comes_from_the_collection(updates: Updates) -> None:
    own(updates, "a.example.com")
    directory = str(updates.directory)
    assert kept.load("managed_desktop", "2023-10-19", None, directory).id == "2023-10-19"
    assert kept.load("microsoft365", "latest", "China", directory).instance == "China"
    with pytest.raises(CatalogueError, match="Did you mean 'own'"):
        kept.load("ovn", "latest", None, directory)
    with pytest.raises(CatalogueError, match="edition of own"):
        kept.load("own", "2026", None, directory)
