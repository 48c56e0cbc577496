# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.batches import batches_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError
from hypothesis import given
from hypothesis import strategies as st


def unringed(count: int) -> dict[str, None]:
    return {f"fw{number}": None for number in range(count)}


@pytest.mark.parametrize(
    ("count", "sizes", "expected"),
    [
        (0, [], []),
        (1, [], [1]),
        (15, [], [1, 1, 13]),
        (200, [], [1, 20, 179]),
        (5, ["2"], [2, 2, 1]),
        (5, [1, "50%"], [1, 2, 2]),
        (3, ["100%"], [3]),
        (3, ["1%"], [1, 1, 1]),
    ],
)
def test_sizes(count: int, sizes: list[t.Any], expected: list[int]) -> None:
    assert [len(batch) for batch in batches_of(unringed(count), sizes)] == expected


@given(st.integers(0, 300), st.lists(st.integers(1, 50) | st.integers(1, 100).map("{}%".format), max_size=4))
def test_every_appliance_is_in_one_batch_in_its_order(count: int, sizes: list[t.Any]) -> None:
    batches = batches_of(unringed(count), sizes)
    assert [name for batch in batches for name in batch] == list(unringed(count))
    assert all(batches)


def test_rings_are_batches_numbers_first_and_names_as_they_come() -> None:
    rings = {"a": "pilot", "b": "10", "c": 2, "d": "broad", "e": "2", "f": "pilot"}
    assert batches_of(rings, ["1"]) == [["c", "e"], ["b"], ["a", "f"], ["d"]]


def test_the_order_of_rings_is_that_of_the_fleet_whoever_changes() -> None:
    changing = {"b": "broad", "c": "pilot"}
    assert batches_of(changing, [], order=["pilot", "broad", "pilot", "rest", None]) == [["c"], ["b"]]


def test_an_appliance_without_a_ring_among_others_that_have_one_is_named() -> None:
    with pytest.raises(ChangeError, match=r"not for fw2\. Set it for all"):
        batches_of({"fw1": 1, "fw2": ""}, [])


@pytest.mark.parametrize("size", ["0", "-1", "0%", "101%", "1.5", "all", "", "1 %", "9999999", "²"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    with pytest.raises(ChangeError, match="neither a number"):
        batches_of(unringed(3), [size])
