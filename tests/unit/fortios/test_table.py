# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A URL filter table and the list that it is: what is kept, what is ours, what counts as the same."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.table import (
    as_it_was,
    content_of,
    native_of,
)
from hypothesis import given
from hypothesis import strategies as st

URLS = st.sampled_from([f"{letter}.example" for letter in "abcdefgh"])


def wanted(*urls: str) -> dict[str, t.Any]:
    common = {"type": "simple", "action": "exempt", "exempt": ["fortiguard"], "status": "enable"}
    return {"entries": [{"url": url, **common} for url in urls]}


def shown(*entries: tuple[int, str], **more: t.Any) -> dict[str, t.Any]:
    common = {"type": "simple", "action": "exempt", "exempt": "fortiguard", "status": "enable", "q_origin_key": 1}
    return {"id": 7, "q_origin_key": 7, "entries": [{"id": i, "url": url, **common, **more} for i, url in entries]}


@given(st.lists(st.tuples(st.integers(1, 12), URLS), unique_by=lambda pair: pair[0]), st.sets(URLS, min_size=1))
def test_whatever_was_there_the_table_becomes_the_list(before: list[tuple[int, str]], urls: set[str]) -> None:
    list_wanted = wanted(*sorted(urls))
    fields = native_of(list_wanted, shown(*before) if before else None)
    numbers = [entry["id"] for entry in fields["entries"]]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) > 0
    assert "q_origin_key" not in str(fields)
    assert content_of(fields) == list_wanted
    for entry in fields["entries"]:
        known = [number for number, url in before if url == entry["url"]]
        assert not known or entry["id"] in known


def test_what_narrows_an_entry_is_no_part_of_the_list_and_is_taken_away() -> None:
    table = shown((3, "a.example"), **{"referrer-host": "only.example", "web-proxy-profile": "of the site"})
    assert content_of(table) != wanted("a.example")
    (entry,) = native_of(wanted("a.example"), table)["entries"]
    assert (entry["referrer-host"], entry["web-proxy-profile"]) == ("", "of the site")


def test_what_an_entry_skips_counts_only_where_it_exempts() -> None:
    allowing = shown((1, "a.example"), action="allow", exempt="av dlp")
    assert content_of(allowing)["entries"][0]["exempt"] == []
    content = wanted("a.example")
    content["entries"][0].update(action="allow", exempt=[])
    assert "exempt" not in native_of(content, allowing)["entries"][0]


def test_two_entries_of_one_url_are_not_one() -> None:
    assert content_of(shown((1, "a.example"), (2, "a.example"))) != content_of(shown((1, "a.example")))


def test_a_table_is_put_back_with_all_its_fields_and_its_key_where_it_is_made() -> None:
    table = {**shown((1, "a.example")), "comment": "x", "ip-addr-block": "enable"}
    again = as_it_was(table, there=True)
    assert (again["comment"], again["ip-addr-block"]) == ("x", "enable")
    assert "id" not in again
    assert as_it_was(table, there=False)["id"] == 7
    assert "q_origin_key" not in str(again)
