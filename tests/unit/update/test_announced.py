# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.announced import (
    read_changes,
    with_announced,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import RefusedAnswer

SETS = [{"id": 1, "serviceArea": "Exchange", "urls": ["a.example"]}]
TODAY = "2026-11-27"


def change(number: int = 1, version: str = "2026112700", **rest: t.Any) -> dict[str, t.Any]:
    return {"id": 1, "endpointSetId": number, "disposition": "change", "version": version, **rest}


def adds(*urls: str, day: str = "20261231") -> dict[str, t.Any]:
    return {"effectiveDate": day, "urls": list(urls)}


def urls_after(*changes: dict[str, t.Any]) -> dict[int, list[str]]:
    sets = with_announced(SETS, read_changes(list(changes)), ["Common", "Exchange"], TODAY)
    return {item["id"]: item.get("urls", []) for item in sets}


def test_a_name_of_a_day_to_come_is_added_to_its_set() -> None:
    assert urls_after(change(add=adds("b.example"))) == {1: ["a.example", "b.example"]}
    assert SETS[0]["urls"] == ["a.example"]


def test_a_name_of_a_day_that_is_past_is_no_longer_announced() -> None:
    assert urls_after(change(add=adds("b.example", day="20261127"))) == {1: ["a.example"]}


def test_what_is_listed_already_is_not_listed_twice() -> None:
    assert urls_after(change(add=adds("A.Example"))) == {1: ["a.example"]}


def test_what_was_announced_and_taken_back_is_not_added() -> None:
    later = change(version="2026112701", remove={"urls": ["b.example"]})
    assert urls_after(later, change(add=adds("b.example"))) == {1: ["a.example"]}
    gone = change(version="2026112701", disposition="Remove")
    assert urls_after(change(add=adds("b.example")), gone) == {1: ["a.example"]}


def test_a_set_that_is_announced_is_made_if_its_area_was_asked_for() -> None:
    new = {"ServiceArea": "Exchange", "Category": "Default", "tcpPorts": "443"}
    assert urls_after(change(2, current=new, add=adds("b.example"))) == {1: ["a.example"], 2: ["b.example"]}
    assert urls_after(change(2, current={"serviceArea": "MEM"}, add=adds("b.example"))) == {1: ["a.example"]}


@pytest.mark.parametrize(
    "data",
    [
        {},
        "x",
        [1],
        [change(version="1")],
        [change(version="20261127xx")],
        [change(version=True)],
        [change("x")],  # type: ignore[arg-type]
        [change(add=[])],
        [change(add={"urls": "a.example"})],
        [change(add={"urls": [1]})],
        [change(add=adds("b.example", day="20261399"))],
        [change(add=adds("b.example", day="tomorrow"))],
        [change(1 << 40)],
    ],
)
def test_what_is_no_list_of_changes_is_refused(data: t.Any) -> None:
    with pytest.raises(RefusedAnswer):
        read_changes(data)


def test_more_than_is_known_of_a_change_does_not_matter() -> None:
    (found,) = read_changes([change(surprise={"a": 1}, impact=None)])
    assert (found.set, found.impact) == ("1", None)
