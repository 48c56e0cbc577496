# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on the shipped catalogue: up to date, complete, and ready for what is not there yet."""

from __future__ import annotations

import dataclasses
import re

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import mends, shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Refusal

from tools import catalogue_page


@pytest.fixture(scope="module")
def text():
    return catalogue_page.PAGE.read_text(encoding="utf-8")


def section(text, source):
    return text.partition(f"\n## {source}\n")[2].partition("\n## ")[0]


def test_the_page_is_what_the_catalogue_gives(text):
    assert catalogue_page.page(catalogue_page.catalogue()) == text, "run python -m tools.catalogue_page"


@pytest.mark.parametrize("source", shipped.sources())
def test_every_edition_has_its_row_with_status_and_all_counts(text, source):
    for id in shipped.editions(source):
        edition = shipped.load(source, id)
        (row,) = re.findall(rf"^\| `{re.escape(id)}` \| .*$", section(text, source), re.M)
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        account = edition.account()
        assert cells[1] == f"**{edition.status}**"
        assert cells[7:13] == [
            str(account[key]) for key in ("tokens", "imported", "mended", "placeholder", "hidden", "refused")
        ]
        assert int(cells[7]) == sum(map(int, cells[8:13]))
        assert edition.document.sha256 in section(text, source)


@pytest.mark.parametrize("source", shipped.sources())
def test_every_mend_hidden_row_placeholder_and_ground_is_there(text, source):
    own = section(text, source)
    for id in shipped.editions(source):
        edition = shipped.load(source, id)
        for entry in edition.entries:
            if entry.repairs or entry.template:
                assert f"`{entry.name}`" in own
                assert re.search(rf"`{re.escape(id)}`: [0-9., ]*\b{entry.row}\.{entry.token}\b", own)
        for row in edition.rows:
            if row.hidden or row.repairs:
                assert re.search(rf"`{re.escape(id)}`: [0-9, ]*\b{row.number}\b", own)
        for rule in {rule for item in (*edition.entries, *edition.rows) for rule in item.repairs}:
            assert mends.why(rule).partition("'")[0][:40].split("*")[0] in own
        assert all(ground.url in own for ground in edition.grounds.values())
        assert "Nothing was refused." in own


def test_a_refusal_would_be_told_with_its_place_and_reason():
    edition = dataclasses.replace(
        shipped.load("quick_assist"), refused=(Refusal(3, 2, "*,,lync.com|x", "it is | no <b>name</b>"),)
    )
    made = catalogue_page.page({"quick_assist": [edition]})
    assert "Nothing was refused." not in made
    (row,) = re.findall(r"^\| .*lync.*$", made, re.M)
    assert "`2023-08-10`: 3.2" in row and "<b>" not in row and row.count(" | ") == 2
