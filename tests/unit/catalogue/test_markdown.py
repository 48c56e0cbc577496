# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of names in Markdown: what is read, what is repaired, what is refused, and that nothing is lost."""

from __future__ import annotations

import re
import time

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Document, Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.markdown import import_markdown

HEADER = "Microsoft service | URLs required on allow list | Documentation source\n--- | --- | ---\n"


def read(page):
    return import_markdown(page, Edition("page", "1", "current", Document(url="https://docs.example/a/page")))


def cell(text):
    """The edition of one row whose cell of names is `text`."""
    return read(f"{HEADER}Mail | {text} | [Doc](https://docs.example/mail)\n")


def names(edition, hidden=False):
    return [entry.name for entry in edition.entries if entry.hidden is hidden]


def reasons(edition):
    return [(refusal.row, refusal.token, refusal.reason) for refusal in edition.refused]


def test_names_stand_between_line_breaks_of_any_spelling():
    found = cell("a.example<br>b.example<br/>c.example <BR /> d.example<br><br> <br>")
    assert names(found) == ["a.example", "b.example", "c.example", "d.example"]
    assert found.rows[0].tokens == 4


@pytest.mark.parametrize(
    ("written", "meant", "rules"),
    [
        (r"\*.a.example", "*.a.example", ()),
        (r"\*.*.a.example", "*.*.a.example", ()),
        (r"\*.\*.a.example", "*.*.a.example", ()),
        (r"\*cdn.a.example", "*cdn.a.example", ()),
        ("`*.a.example`", "*.a.example", ()),
        ("&#42;.a.example", "*.a.example", ()),
        ("a.example&nbsp;", "a.example", ()),
        (r"\ *.a.example", "*.a.example", ("space_in_escape",)),
        (r"\\*.a.example", "*.a.example", ("double_escape",)),
        ("A.Example", "a.example", ("lower_case",)),
        ("https://a.example", "a.example", ("scheme",)),
        ("HTTPS://A.example/", "a.example", ("scheme", "trailing_slash", "lower_case")),
        ("a.example/", "a.example", ("trailing_slash",)),
        ("a.example/Path/x.txt", "a.example/Path/x.txt", ()),
        (r"\*.a.example/p/\*", "*.a.example/p/*", ()),
        ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example", "xn--bcher-kva.example", ("a_labels",)),
        ("<tenant>.onmicrosoft.com", "<tenant>.onmicrosoft.com", ()),
        (r"\<Tenant\>-my.a.example", "<tenant>-my.a.example", ()),
        ("&lt;tenant&gt;.a.example", "<tenant>.a.example", ()),
        ("192.0.2.0/24", "192.0.2.0/24", ()),
        ("2001:db8::/32", "2001:db8::/32", ()),
    ],
)
def test_a_name_is_read_as_it_was_meant(written, meant, rules):
    found = cell(written)
    assert [(entry.name, entry.repairs) for entry in found.entries] == [(meant, rules)]
    assert found.refused == ()


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("*,,lync.com", "contains ','"),
        (r"\*", "last label is a wildcard"),
        (r"\*.com.", "trailing dot"),
        ("localhost", "at least two labels"),
        ("a b.example", "white space"),
        ("a.example;b.example", "contains ';'"),
        ("a.example, b.example", "white space"),
        ('"a.example"', "contains '\"'"),
        ("a.example&#10;http_access allow all", "white space or a control character"),
        ("a.example&#0;", "no A-label"),
        ("a\x07.example", "control character"),
        ("a.example\u200b", "control character"),
        ("\u202ea.example", "control character"),
        (".onmicrosoft.com", "placeholder before it may have been lost"),
        ("-my.a.example", "a piece of it, or a placeholder, was lost"),
        ("a-.b.example", "a piece of it, or a placeholder, was lost"),
        ("lost-", "torn name that nobody has reviewed"),
        ("<customer>.a.example", "only <tenant> can be filled"),
        ("<tenant.a.example", "contains '<'"),
        ("ftp://a.example", "only http and https"),
        ("a.example:8443", "write ports in a YAML list"),
        ("a.example/x?y=1", "contains '\\?'"),
        ("a.example/../etc", "dot segment"),
        ("a.example/%2e", "contains '%'"),
        ("a" * 64 + ".example", "64 characters"),
        (".".join(["a" * 60] * 5), "253"),
        ("192.0.2.1/24", "no network"),
        ("192.0.2.300", "no network"),
        ("[a.example](https://a.example) b.example", "is no host pattern"),
        ("**a.example**", "is no host pattern"),
    ],
)
def test_what_does_not_parse_is_refused_with_row_token_and_reason(written, reason):
    found = cell(f"good.example<br>{written}<br>fine.example")
    assert names(found) == ["good.example", "fine.example"]
    ((row, token, told),) = reasons(found)
    assert (row, token) == (1, 2)
    assert re.search(reason, told), told
    assert told.isprintable()


def test_an_unknown_tear_is_never_joined():
    found = cell("groupsapi-<br>prod.outlookgroups.ms")
    assert names(found) == ["prod.outlookgroups.ms"]
    assert "torn name" in found.refused[0].reason


def test_a_known_tear_at_the_end_of_a_cell_is_not_mended_from_the_next_row():
    found = read(f"{HEADER}A | groupsapi- | x\nB | rod.outlookgroups.ms | x\n")
    assert names(found) == ["rod.outlookgroups.ms"]
    assert reasons(found)[0][:2] == (1, 1)


def test_a_link_in_the_cell_of_names_becomes_documentation_where_the_separator_is_missing():
    found = read(f"{HEADER}Mail | a.example<br>b.example  [Doc (x)](https://docs.example/m(v=1))\n")
    assert names(found) == ["a.example", "b.example"]
    assert found.rows[0].repairs == ("link_in_cell",)
    assert found.rows[0].documentation == (("Doc (x)", "https://docs.example/m(v=1)"),)


def test_documentation_of_a_row_may_be_several_links_and_relative():
    found = read(f"{HEADER}Mail | a.example | [A](/x/y(v=ws.10)) and <br> [B](sub.md) [A](/x/y(v=ws.10))\n")
    assert found.rows[0].documentation == (
        ("A", "https://docs.example/x/y(v=ws.10)"),
        ("B", "https://docs.example/a/sub.md"),
    )


@pytest.mark.parametrize(
    "page",
    [
        "Service | URLs | Doc\n--- | --- | ---\nMail | a.example | [D](d)\n",
        "| Service | URLs | Doc |\n| --- | --- | --- |\n| Mail | a.example | [D](d) |\n",
        "|Service|URLs|Doc|\r\n|:--|:-:|--:|\r\n|Mail|a.example|[D](d)|\r\n",
        "| Service | URLs\n--- | --- | ---\nMail | a.example | [D](d)",
        "  | Service | URLs |\n  | --- | --- |\n  | Mail | a.example | [D](d)",
        "| URLs | Service |\n| - | - |\n| a.example | Mail | [D](d) |\n",
        "| Product | Required endpoints |\n|---|---|\n| Mail | a.example | [D](d) |\n",
        "Text | of a | page\n\n# URLs\n\n| Service | FQDN |\n|---|---|\n| Mail | a.example | [D](d) |\n\nMore text.\n",
    ],
)
def test_tables_are_read_with_and_without_outer_bars_and_exact_rules(page):
    found = read(page)
    assert [(entry.name, entry.endpoint.service) for entry in found.entries] == [("a.example", "Mail")]
    assert [link.title for link in found.rows[0].documentation] == ["D"]
    assert found.refused == ()


def test_rows_are_numbered_through_all_tables_of_the_page():
    found = read(f"{HEADER}A | a.example |\n\n{HEADER}B | b.example |\nC | c.example | |\n")
    assert [(entry.row, entry.name) for entry in found.entries] == [
        (1, "a.example"),
        (2, "b.example"),
        (3, "c.example"),
    ]


def test_tables_without_a_column_of_names_are_not_read():
    found = read(
        f"Service | Documentation source - URLs required\n--- | ---\nA | not.example\n\n{HEADER}B | b.example |\n"
    )
    assert names(found) == ["b.example"]


def test_tables_in_fenced_code_are_not_read():
    found = read(
        f"```\n{HEADER}A | a.example |\n```\n\n~~~~\n{HEADER}A | a.example |\n~~~~\n\n{HEADER}B | b.example |\n"
    )
    assert names(found) == ["b.example"]


def test_a_page_without_such_a_table_is_an_error():
    with pytest.raises(CatalogueError, match="no table with a column of names"):
        read("# Title\n\nSome | table\n--- | ---\na | b.example\n")


def test_a_row_that_lost_its_separator_is_refused_and_not_lost():
    found = read(f"{HEADER}Mail  a.example<br>b.example\nWeb | c.example |\n")
    assert names(found) == ["c.example"]
    assert "is a separator missing?" in found.refused[0].reason


def test_a_row_behind_an_empty_line_is_refused_and_not_lost():
    found = read(f"{HEADER}| A | a.example | |\n\n| B | b.example | |\n\nProse.\n\n| C | c.example | |\n")
    assert names(found) == ["a.example"]
    assert [refusal.line for refusal in found.refused] == [5]


def test_the_name_of_a_service_may_hold_no_control_characters():
    found = read(f"{HEADER}Mail\x00 | a.example |\n")
    assert names(found) == []
    assert found.refused[0].row == 1


# -- comments ----------------------------------------------------------------------------------------------------


def test_a_table_in_a_comment_is_hidden():
    found = read(f"{HEADER}A | a.example |\n\n<!---\n{HEADER}B | b.example |\n-->\n\n{HEADER}C | c.example |\n")
    assert (names(found), names(found, hidden=True)) == (["a.example", "c.example"], ["b.example"])
    assert [row.hidden for row in found.rows] == [False, True, False]


def test_rows_within_a_table_can_be_hidden():
    found = read(f"{HEADER}A | a.example |\n<!--\nB | b.example |\n-->\nC | c.example |\n<!-- D | d.example | -->\n")
    assert (names(found), names(found, hidden=True)) == (["a.example", "c.example"], ["b.example", "d.example"])


def test_names_within_a_row_can_be_hidden():
    found = cell("a.example<!-- <br>b.example<br> -->c.example<br>d.example")
    assert (names(found), names(found, hidden=True)) == (["a.example", "c.example", "d.example"], ["b.example"])


def test_a_comment_without_an_end_hides_the_rest():
    found = read(f"{HEADER}A | a.example |\n<!--\nB | b.example |\nC | c.example |\n")
    assert (names(found), names(found, hidden=True)) == (["a.example"], ["b.example", "c.example"])


# -- size --------------------------------------------------------------------------------------------------------


def seconds_for(rows):
    page = HEADER + "".join(f"| S{n % 50} | \\*.a{n}.example<br>b{n}.example |\n" for n in range(rows))
    best = float("inf")
    for _try in range(3):
        begin = time.process_time()
        found = read(page)
        best = min(best, time.process_time() - begin)
    assert len(found.entries) == 2 * rows
    return best


def test_time_grows_with_the_number_of_rows_and_not_with_its_square():
    assert seconds_for(16_000) < 24 * seconds_for(2_000)


@pytest.mark.parametrize(
    "line",
    ["<!--" * 50_000, "<br" * 50_000, "|" * 100_000, "[](" * 50_000, "[" * 100_000, "\\" * 100_000, "&#" * 50_000],
)
def test_no_line_takes_long_to_read(line):
    begin = time.process_time()
    read(f"{HEADER}A | {line} |\nB | b.example |\n")
    assert time.process_time() - begin < 2
