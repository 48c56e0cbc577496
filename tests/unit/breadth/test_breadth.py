# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The breadth of the wildcards: what each covers of its list, as data and as a page."""

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.breadth import breadth, to_markdown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import covers, parse

SEED = "2018-08-29-aad339da"


def listed(*items):
    return [Endpoint.from_dict(item if isinstance(item, dict) else {"host": item}) for item in items]


def by_host(endpoints):
    return {item.host.text: item for item in breadth(endpoints)}


def test_the_widest_wildcard_of_the_store_row_covers_21_hosts_of_the_seed():
    seed = by_host(select(["managed_desktop"], edition=SEED).endpoints)
    widest = seed["*.microsoft.com"]
    assert len(widest.covers) == 21
    assert {"c.microsoft.com", "*.update.microsoft.com", "mp.microsoft.com"} < set(widest.covers)
    assert (widest.services, widest.registrable, widest.strangers) == (
        ("Microsoft Store for Business",),
        "microsoft.com",
        None,
    )


def test_every_count_is_what_asking_each_pair_gives():
    endpoints = select(["managed_desktop"], edition="2023-10-19").endpoints
    hosts = {endpoint.host.text for endpoint in endpoints}
    found = by_host(endpoints)
    assert set(found) == {host for host in hosts if "*" in host}
    for host, item in found.items():
        assert set(item.covers) == {other for other in hosts if other != host and covers(parse(host), parse(other))}


def test_a_host_counts_once_and_never_for_itself():
    found = by_host(
        listed(
            "*.a.example",
            {"host": "*.a.example", "tcp_ports": [8080]},
            {"host": "x.a.example", "path": "/p"},
            {"host": "x.a.example", "tcp_ports": [443]},
            "a.example",
            {"network": "192.0.2.0/24"},
        )
    )
    assert found["*.a.example"].covers == ("x.a.example",)
    assert list(found) == ["*.a.example"]


def test_wildcards_that_admit_strangers_come_first_and_then_the_widest():
    found = breadth(listed("*.a.example", "x.a.example", "*.blob.core.windows.net", "*.b.example", "*.*.a.example"))
    assert [item.host.text for item in found] == [
        "*.blob.core.windows.net",
        "*.a.example",
        "*.*.a.example",
        "*.b.example",
    ]
    assert found[0].to_dict() == {
        "host": "*.blob.core.windows.net",
        "count": 0,
        "covers": [],
        "strangers": {"suffix": "blob.core.windows.net", "reason": "storage accounts"},
        "registrable": None,
        "services": [],
    }


def test_the_page_has_a_row_for_each_wildcard_and_no_markup_from_service_names():
    hostile = "Team | <script>alert(1)</script> `x` [y](https://z.example)"
    page = to_markdown(breadth(listed({"host": "*.a.example", "service": hostile}, "*.azureedge.net")), "a|b")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows[0] == (
        "| `*.azureedge.net` | 0 | **yes**, under `azureedge.net` (content delivery networks) | none | - |"
    )
    assert rows[1].startswith("| `*.a.example` | 0 | no | `a.example` | Team \\| \\<script\\>alert(1)")
    assert "Of a\\|b: 2 wildcards, 1 of them open to names of strangers." in page


def test_a_list_without_wildcards_has_no_table():
    assert "|" not in to_markdown(breadth(listed("a.example")), "own")
