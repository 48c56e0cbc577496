# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables with columns beside the names, in CSV and in Markdown: what each says, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import read_file
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.markdown import import_markdown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.separated import import_separated

BLANK = Edition("own.csv", "1", "current")


def csv(*lines):
    return import_separated("\n".join(lines) + "\n", BLANK)


def one(header, *cells):
    """The endpoint of a table of one row with these columns beside a host."""
    (entry,) = csv("|".join(["host", *header.split(";")]), "|".join(["a.example", *cells])).entries
    return entry.endpoint


def reasons(edition):
    return [(refusal.line, refusal.row, refusal.token, refusal.reason) for refusal in edition.refused]


def test_everything_that_a_row_says_is_kept():
    edition = csv(
        "Service Area,Title,ID,URLs,IPs,TCP Ports,UDP Ports,Category,Required,Treatments,Pinned,Express Route,"
        "Effective Date,Notes",
        'Exchange,Exchange Online,31,"*.a.example b.example",192.0.2.0/24,"443,80",3478-3481,optimize,no,'
        "bypass_inspection,yes,true,20260131,anything",
    )
    (row,) = edition.rows
    assert (row.number, row.service, row.title, row.set, row.tokens) == (1, "Exchange", "Exchange Online", "31", 3)
    assert (row.tied, row.express_route) == (True, True)
    assert [(entry.name, entry.token) for entry in edition.entries] == [
        ("*.a.example", 1), ("b.example", 2), ("192.0.2.0/24", 3)
    ]  # fmt: skip
    for entry in edition.entries:
        endpoint = entry.endpoint
        assert (endpoint.tcp_ports, endpoint.udp_ports) == (((80, 80), (443, 443)), ((3478, 3481),))
        assert (endpoint.ports_assumed, endpoint.category, endpoint.required) == (False, "Optimize", False)
        assert (endpoint.treatments, endpoint.pinned) == ({"allow", "bypass_inspection"}, True)
        (origin,) = endpoint.sources
        assert (origin.row, origin.set, origin.tied, origin.express_route) == (1, "31", True, True)
        assert origin.effective == "2026-01-31"


@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
def test_the_separator_is_the_one_of_the_header(separator):
    edition = csv(f"host{separator}service", f"a.example{separator}Mail")
    assert [(entry.name, entry.endpoint.service) for entry in edition.entries] == [("a.example", "Mail")]


@pytest.mark.parametrize(
    ("header", "cells", "tcp", "udp"),
    [
        ("ports", ["443"], [443], []),
        ("ports", ["80, 443"], [80, 443], []),
        ("ports", ["TCP: 80, 443"], [80, 443], []),
        ("ports", ["UDP: 3478-3481; TCP 443"], [443], ["3478-3481"]),
        ("ports", ["3478-3481/udp and 443/tcp"], [443], ["3478-3481"]),
        ("ports", ["9000\N{EN DASH}9010"], ["9000-9010"], []),
        ("ports", ["HTTPS"], [443], []),
        ("ports", ["HTTP/HTTPS"], [80, 443], []),
        ("protocol;port", ["udp", "123"], [], [123]),
        ("protocol;port", ["TCP/UDP", "53"], [53], [53]),
        ("protocol;port", ["https", ""], [443], []),
        ("tcp;udp", ["443", "443"], [443], [443]),
    ],
)
def test_ports_are_read_however_they_are_written(header, cells, tcp, udp):
    shown = one(header, *cells).to_dict()
    assert (shown["tcp_ports"], shown["udp_ports"], shown["ports_assumed"]) == (tcp, udp, False)


def test_without_ports_those_of_the_web_are_assumed_and_marked():
    endpoint = one("ports", "")
    assert (endpoint.tcp_ports, endpoint.ports_assumed) == (((80, 80), (443, 443)), True)


def test_one_cell_may_say_category_and_whether_it_is_required():
    assert (one("category", "Allow Optional Notes: x").category, one("category", "Allow Optional").required) == (
        "Allow", False
    )  # fmt: skip
    assert (one("category", "Default Required").category, one("category", "").category) == ("Default", None)


def test_a_path_may_have_its_own_column():
    edition = csv("host,path", "a.example,/p/*", "b.example,")
    assert [entry.name for entry in edition.entries] == ["a.example/p/*", "b.example"]


def test_a_placeholder_in_a_table_is_filled(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("host,ports\n<tenant>.a.example,443\n")
    assert [e.subject for e in select([str(path)], tenant="contoso").endpoints] == ["contoso.a.example"]
    assert select([str(path)]).endpoints == ()


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("host,ports", "a.example,99999", "not within 1 to 65535"),
        ("host,ports", "a.example,443;80;x", "is no port"),
        ("host,ports", "http://a.example,443", "its scheme says another port than its row"),
        ("host,protocol", "a.example,sctp", "'sctp' is none of TCP, UDP, HTTP and HTTPS"),
        ("host,category", "a.example,Optimise", "'Optimise' is none of Optimize, Allow, Default"),
        ("host,required", "a.example,perhaps", "'perhaps' is neither yes nor no"),
        ("host,treatments", "a.example,deny", "'deny' is none of allow"),
        ("host,effective", "a.example,31.01.2026", "'31.01.2026' is no date such as 2026-01-31"),
        ("host,effective", "a.example,20261341", "is no date"),
        ("host,path", "a.example,p", "does not begin with /"),
        ("host,set", f"a.example,{'x' * 201}", "over 200 characters"),
        ("host,service", "a.example,a\x07b", "is no name of a service"),
        ("host,ips", "a.example,b.example", "'b.example' is no network"),
        ("host,ports", "*,443", "last label is a wildcard"),
        ("host,ports", ",443", "names nothing"),
        ("host,ports", "a.example", "has 1 cells, its header 2"),
        ("host,ports", "a.example,443,x", "has 3 cells, its header 2"),
    ],
)
def test_what_does_not_fit_is_refused_with_line_and_row_and_the_others_are_read(header, row, reason):
    edition = csv(header, "good.example,", row, "fine.example,")
    ((line, number, _token, told),) = reasons(edition)
    assert (line, number) == (3, 2) and reason in told and told.isprintable()
    assert {"good.example", "fine.example"} <= {entry.name for entry in edition.entries}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([""], "The table is empty"),
        (["host,colour", "a.example,red"], "no column 'colour'"),
        (["hots,ports", "a.example,443"], "Did you mean 'host"),
        (["host,url", "a.example,b.example"], "Two columns of the table are for names"),
        (["service,ports", "Mail,443"], "no column of names"),
        (['host,"ports', "a.example,443"], "cannot be read as a table"),
    ],
)
def test_a_table_that_cannot_be_understood_is_told(lines, reason):
    with pytest.raises(CatalogueError, match=reason):
        csv(*lines)


def test_a_file_with_a_fault_is_refused_whole_with_line_row_and_token(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("host,ports\na.example,443\n\n*,443\n")
    with pytest.raises(CatalogueError, match=r"own\.csv: 1 fault.*\n.*line 4, row 2, token 1"):
        read_file(str(path))


def test_a_cell_over_several_lines_keeps_the_lines_of_what_follows():
    assert reasons(csv("host,notes", '"a.example\nb.example",x', "*,x"))[0][:2] == (4, 2)


# -- in Markdown -------------------------------------------------------------------------------------------------


def markdown(head, *rows):
    columns = head.count("|") - 1
    page = "\n".join([head, "|" + " --- |" * columns, *rows]) + "\n"
    return import_markdown(page, Edition("page", "1", "current"))


def test_the_columns_of_a_markdown_table_say_the_same():
    edition = markdown(
        "| ID | Category | ER | Addresses | Ports |",
        "| 1 | Optimize<br>Required | Yes | `mail.a.example`<BR>`192.0.2.0/24` | **TCP:** 443, 80<BR>**UDP:** 443 |",
        "| 2 | Allow<BR>Optional<BR>**Notes:** mail | No | `*.b.example` | **TCP:** 587 |",
    )
    assert edition.refused == ()
    said = {entry.name: entry for entry in edition.entries}
    first, network, second = said["mail.a.example"], said["192.0.2.0/24"], said["*.b.example"]
    assert first.endpoint.category == network.endpoint.category == "Optimize"
    assert (first.endpoint.tcp_ports, first.endpoint.udp_ports) == (((80, 80), (443, 443)), ((443, 443),))
    assert (second.endpoint.tcp_ports, second.endpoint.required, second.endpoint.category) == (
        ((587, 587),), False, "Allow"
    )  # fmt: skip
    assert [(row.set, row.express_route) for row in edition.rows] == [("1", True), ("2", False)]
    assert not first.endpoint.ports_assumed


def test_a_cell_of_a_markdown_table_that_does_not_fit_refuses_its_row_and_no_other():
    edition = markdown("| URLs | Ports |", "| a.example | 443 |", "| b.example | many |", "| c.example | |")
    assert [entry.name for entry in edition.entries] == ["a.example", "c.example"]
    assert [(refusal.row, "is no port" in refusal.reason) for refusal in edition.refused] == [(2, True)]
