# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in a file: an edition or a clear error, never anything else, and nothing hostile gets through."""

from __future__ import annotations

import dataclasses
import re

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import files, stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.markdown import import_markdown
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tools.import_catalogue import fixture, with_domains

BLANK = Edition("page", "1", "current")
HEADER = "| Service | URLs required |\n| --- | --- |\n"
SAFE = re.compile(r"(?:[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)+|[0-9a-f.:]+/[0-9]+)(?:/[A-Za-z0-9._~!$&()+,=:@/-]*\*?)?")

PIECES = st.sampled_from(
    ["a.example", "*.b.example", "\\*", "<br>", "|", "\n", "\r", "<!--", "-->", "```", "---", "| --- | --- |\n", HEADER,
     "<tenant>", "[x](y)", "groupsapi-", "rod.outlookgroups.ms", "&lt;", "\\", ".", "-", "/", "https://", "\u2028",
     "\x0b", "\x00",
     "10.0.0.0/8", "::/0", "#", "- ", "{", "}", "[", "]", ": ", "'", '"', ";", "&a", "!!str", "endpoints"]
)  # fmt: skip
PAGES = st.lists(PIECES | st.text(max_size=6), max_size=40).map("".join)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def safe_names(edition):
    return [
        entry.name.replace("<tenant>", "t")
        for entry in edition.entries
        if not SAFE.fullmatch(entry.name.replace("<tenant>", "t"))
    ]


@MANY
@given(PAGES)
@example("")
@example(f"{HEADER}|")
def test_a_page_gives_an_edition_whose_names_are_all_safe(page):
    found = import_markdown(HEADER + page, BLANK)
    assert safe_names(found) == []
    account = found.account()
    assert account["tokens"] == sum(row.tokens for row in found.rows)
    assert all(refusal.reason.isprintable() for refusal in found.refused)


@MANY
@given(PAGES)
def test_a_page_is_stored_and_read_back_the_same(page):
    found = with_domains(import_markdown(HEADER + page, BLANK))
    text = stored.dump(found)
    again = stored.load(text)
    assert stored.dump(again) == text
    assert sorted(map(repr, again.entries)) == sorted(map(repr, found.entries))
    assert dataclasses.replace(again, entries=()) == dataclasses.replace(found, entries=())


@MANY
@given(PAGES, st.sampled_from(["auto", "markdown", "text", "yaml"]))
def test_a_file_gives_an_edition_or_an_error_of_the_catalogue(tmp_path, page, format):
    path = tmp_path / "own"
    path.write_bytes(page.encode("utf-8", "surrogatepass"))
    try:
        found = files.read_file(str(path), format)
    except CatalogueError as error:
        assert str(error).replace("\n", "").isprintable()
        return
    assert safe_names(found) == []
    assert found.entries


@MANY
@given(st.binary(max_size=60), st.sampled_from(["auto", "markdown", "text", "yaml"]))
def test_bytes_give_an_edition_or_an_error_of_the_catalogue(tmp_path, content, format):
    path = tmp_path / "own"
    path.write_bytes(content)
    try:
        found = files.read_file(str(path), format)
    except CatalogueError:
        return
    assert safe_names(found) == []


@MANY
@given(st.text(max_size=30))
def test_no_token_is_repaired_into_a_name_without_its_rule(token):
    page = f"{HEADER}| A | {token} |\n"
    for entry in import_markdown(page, BLANK).entries:
        if entry.raw is None:
            plain = token.replace("\\", "")
            assert entry.name in plain or "&" in token


@pytest.mark.parametrize("hidden", [False, True])
def test_a_fixture_of_a_fixture_is_the_same_and_says_the_same(hidden):
    tables = f"{HEADER}| A | a.example |\n"
    page = f"# Title\n\nProse | with a bar.\n\n{tables}\n" + (f"<!--\n{tables}-->\n" if hidden else tables)
    once = fixture(page)
    assert "Prose" not in once and "Title" not in once
    assert fixture(once) == once
    assert import_markdown(once, BLANK) == import_markdown(page, BLANK)
