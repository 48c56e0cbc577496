# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list as categories hold it, and what is noted of it on the controller."""

from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._zia import lists, saved
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.note import (
    Note,
    Staged,
    read_note,
    tidy_note,
    write_note,
)

PLACE: t.Final = saved.Place("list", {"allow": "list", "bypass_inspection": "apart"}, True, "USER_DEFINED", False)


def category(name: str, *urls: str, **more: t.Any) -> dict[str, t.Any]:
    treatment = "allow" if name == "list" else "bypass_inspection"
    return {
        "id": "CUSTOM_03",
        "configuredName": name,
        "superCategory": "USER_DEFINED",
        "urls": [*urls],
        "description": lists.marker("list", treatment),
        "val": 130,
        **more,
    }


def found(*categories: dict[str, t.Any], exempted: t.Iterable[str] = ()) -> saved.Saved:
    return saved.saved(categories, frozenset(exempted), PLACE, "device")


def test_a_mark_fits_into_a_description_whatever_the_name_of_the_list() -> None:
    assert len(lists.marker("x" * 20, "bypass_inspection")) <= 256
    assert lists.marker("a", "allow") != lists.marker("b", "allow") != lists.marker("a", "bypass_inspection")


def test_what_comes_back_in_any_order_is_the_same_content() -> None:
    one = saved.content_of(found(category("list", "b.example", "a.example", "a.example")), frozenset(), PLACE)
    other = saved.content_of(found(category("list", "a.example", "b.example", val=9)), frozenset(), PLACE)
    assert (
        one
        == other
        == {
            "allow": ["a.example", "b.example"],
            "bypass_inspection": [],
            "bypass_authentication": [],
        }
    )


def test_nothing_of_ours_is_no_list() -> None:
    theirs = category("theirs", "a.example")
    assert saved.content_of(found(theirs, exempted=["a.example"]), frozenset(), PLACE) is None
    assert saved.content_of(found(exempted=["a.example"]), frozenset(["a.example"]), PLACE) is not None


def test_what_else_matches_and_whose_it_is_are_part_of_the_content() -> None:
    content = saved.content_of(
        found(category("list", "a.example", keywords=["x", "x"], description="mine")), frozenset(), PLACE
    )
    assert content and content["besides"] == {"allow": {"keywords": ["x"]}} and content["foreign"] == ["allow"]
    assert lists.is_content(content)
    body = lists.body_of(content, "allow", None, "list", "list", "USER_DEFINED")
    assert body and body["keywords"] == ["x"] and body["urls"] == ["a.example"]


def test_a_put_keeps_what_we_do_not_know_and_empties_what_matches_more() -> None:
    known = category("list", "a.example", keywords=["x"], scopes=[1], superCategory="NEWS", newField={"a": 1})
    body = lists.body_of({"allow": ["b.example"]}, "allow", known, "list", "list", "USER_DEFINED")
    assert body == {**known, "urls": ["b.example"], "keywords": []}


def test_an_empty_part_makes_no_category() -> None:
    content = {"allow": ["a.example"], "bypass_inspection": []}
    assert lists.body_of(content, "bypass_inspection", None, "list", "apart", "USER_DEFINED") is None


def test_growth_counts_each_url_once_wherever_it_stands() -> None:
    there = found(
        category("list", "a.example", "b.example"),
        category("theirs", "c.example", dbCategorizedUrls=["d.example"]),
        exempted=["e.example", "ours.example"],
    )
    ours = frozenset(["ours.example"])

    def growth(*urls: str) -> int:
        content = {"allow": [*urls], "bypass_inspection": [], "bypass_authentication": [*urls]}
        return saved.growth(there, content, ours)

    assert growth("a.example", "b.example", "ours.example") == 0
    assert growth("a.example", "c.example", "d.example", "e.example") == -2
    assert growth("1.example", "2.example", "3.example", "4.example") == 1


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"bypass_inspection": []},
        {"allow": "a"},
        {"allow": [1]},
        {"allow": ["a\n"]},
        {"allow": [], "x": []},
        {"allow": [], "besides": {"allow": {"urls": []}}},
        {"allow": [], "besides": {"allow": {"keywords": "x"}}},
        {"allow": [], "besides": {"bypass_authentication": {}}},
        {"allow": [], "foreign": "allow"},
    ],
)
def test_what_is_no_content_is_known(content: t.Any) -> None:
    assert not lists.is_content(content)


def test_a_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    staged = Staged({"allow": "a"}, {"allow": "b"}, 12.5)
    note = Note("digest", frozenset(["a.example"]), frozenset(["b.example"]), staged)
    write_note(str(tmp_path / "new"), note)
    assert read_note(str(tmp_path / "new")) == note
    assert stat.S_IMODE((tmp_path / "new" / ".zia.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"active": 1}', json.dumps({"active": None, "added": 1}), "[" * 100_000]
)
def test_a_damaged_note_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / ".zia.json").write_text(text, encoding="utf-8")
    assert read_note(str(tmp_path)) == Note()


def test_what_a_crash_left_of_a_note_is_removed(tmp_path: Path) -> None:
    write_note(str(tmp_path), Note("digest"))
    (tmp_path / ".zia.json.0123abcd").write_text("{", encoding="utf-8")
    (tmp_path / ".zia.json.mine").write_text("", encoding="utf-8")
    tidy_note(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".zia.json", ".zia.json.mine"]
