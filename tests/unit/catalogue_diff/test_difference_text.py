# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The difference as a page for a ticket."""

from __future__ import annotations

import re

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference import difference
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference_text import to_markdown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


def page(before, after):
    def listed(side):
        items = [item if isinstance(item, dict) else {"host": item} for item in side]
        return [Endpoint.from_dict({"service": "Mail", **item}) for item in items]

    return to_markdown(difference(listed(before), listed(after)), "own 1 (superseded)", "own 2 (current)")


def rows(text):
    return [line for line in text.splitlines() if line.startswith("| ") and "`" in line]


def test_the_page_says_what_was_compared_and_what_each_change_means():
    text = page(
        ["x.a.example", "y.a.example", "lost.example", "*.n.example", {"host": "c.example", "tcp_ports": [443]}],
        ["*.a.example", "x.n.example", "new.example", {"host": "c.example", "tcp_ports": [80, 443]}],
    )
    assert text.startswith("# Changes of the list of endpoints\n\nFrom own 1 (superseded) to own 2 (current).\n\n")
    assert "| added | 3 | 2 admit what was not admitted before |" in text
    assert "| removed | 4 | 2 take something away that devices could reach |" in text
    assert "| changed | 1 | 1 admit more or less than before |" in text
    assert "\n## Mail\n" in text
    assert set(rows(text)) == {
        "| removed | `x.a.example` | still covered by `*.a.example` |",
        "| removed | `y.a.example` | still covered by `*.a.example` |",
        "| removed | `lost.example` | **can no longer be reached** |",
        "| removed | `*.n.example` | **narrowed**: of it is left `x.n.example` |",
        "| added | `*.a.example` | **widens** `x.a.example`, `y.a.example` |",
        "| added | `x.n.example` | was covered already, by `*.n.example` |",
        "| added | `new.example` | **newly admitted** |",
        "| changed | `c.example` | TCP: 443 \N{RIGHTWARDS ARROW} 80, 443: **admits more** |",
    }


def test_two_lists_that_are_the_same_need_no_table():
    text = page(["a.example"], ["a.example"])
    assert text.endswith("Nothing changed. 1 endpoints are the same.\n")
    assert "|" not in text


def test_an_endpoint_of_no_service_has_a_heading_too():
    found = difference([], [Endpoint.from_dict({"host": "a.example"})])
    assert "\n## No service\n" in to_markdown(found, "a", "b")


def test_nothing_from_a_list_is_markup_on_the_page():
    hostile = "Mail | <b>x</b> `y` [z](https://z.example)\n# H"
    found = difference([], [Endpoint.from_dict({"host": "a.example", "service": "Mail"})])
    text = to_markdown(found, hostile, "b")
    assert re.findall(r"(?<!\\)[<`\[\]|](?=[^\n]*https)", text) == []
    assert "\n# H" not in text and "\\<b\\>x" in text


def test_a_renamed_service_stands_at_the_top_and_its_endpoints_under_the_new_name():
    sides = [
        select(["managed_desktop"], edition=edition, tenant="contoso").endpoints
        for edition in ("2023-03-15", "2023-10-19")
    ]
    text = to_markdown(difference(*sides), "a", "b")
    assert (
        "## Renamed services\n\n| Before | After |\n| --- | --- |\n| Azure Active Directory | Microsoft Entra ID |"
        in text
    )


def test_the_change_of_2022_as_a_page():
    sides = [
        select(["managed_desktop"], edition=edition, tenant="contoso").endpoints
        for edition in ("2022-06-28", "2022-09-15")
    ]
    assert rows(to_markdown(difference(*sides), "a", "b")) == [
        "| removed | `docs.microsoft.com` | still covered by `*.microsoft.com` |",
        "| added | `learn.microsoft.com` | was covered already, by `*.microsoft.com` |",
    ]
