# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import re

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference import difference
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.announced import Change
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.ticket import (
    MAX_ROWS,
    Facts,
    to_markdown,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.valve import Reason

from tests.unit.update.samples import edition


def facts(before: str, after: str, **more: object) -> Facts:
    one, two = edition(before), edition(after, "two")
    found = difference([entry.endpoint for entry in one.entries], [entry.endpoint for entry in two.entries])
    return Facts(one, two, found, "2026-11-27", **more)  # type: ignore[arg-type]


def test_a_page_of_what_is_in_force() -> None:
    page = to_markdown(facts("[a.example]", "[a.example, b.example]"))
    assert page.startswith("# Update of own\n\nFrom `one` to `two`.\n\n**In force.**\n")
    assert "| added | `b.example` | **newly admitted** |" in page


def test_a_page_of_what_waits_says_why_and_how_to_acknowledge_it() -> None:
    reason = Reason("wider", "It adds 1 endpoint wider than anything before.", ("*.example",))
    page = to_markdown(facts("[a.example]", "['*.example']", digest="0" * 64, reasons=(reason,)))
    assert "**Kept, and not in force.**" in page
    assert "- It adds 1 endpoint wider than anything before. `*.example`" in page
    assert f"`allowlist_update_acknowledge: [{'0' * 64}]`" in page


def test_the_first_edition_comes_from_nothing() -> None:
    page = to_markdown(facts("[a.example]", "[a.example]")._replace(before=None))
    assert "From nothing to `two`." in page


def test_foreign_text_is_no_markup() -> None:
    hostile = Change("2026112700", "1", "<script>", "[x](https://a.example) | y", added=(("urls", "a|b\n# c"),))
    one = facts("[a.example]", "[a.example]", changes=(hostile,))
    page = to_markdown(one._replace(after=dataclasses.replace(one.after, notices=("<b>note</b>\n# no title",))))
    (row,) = (line for line in page.splitlines() if line.startswith("| 2026112700"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 7 and not re.search(r"(?<!\\)(<|>|\[|\]|#)", row)
    assert "<b>" not in page
    assert [line for line in page.splitlines() if line.startswith("# ")] == ["# Update of own"]


def test_a_table_has_an_end() -> None:
    changes = tuple(Change("2026112700", str(number), "add") for number in range(MAX_ROWS + 5))
    page = to_markdown(facts("[a.example]", "[a.example]", changes=changes))
    assert page.count("| 2026112700 |") == MAX_ROWS and "And 5 more." in page
