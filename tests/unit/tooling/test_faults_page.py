# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of faults says what was found, and nothing where nothing was tried."""

from __future__ import annotations

import pytest

from tools import faults

KILLED = {"kind": "killed", "platform": "squid", "version": "Squid 5.7", "found": {"old": 3, "new": 1}}
FULL = {"kind": "disk full", "platform": "pac", "version": "pacparser 1", "found": {"old": 2}}
FAILED = {"changes": 4, "requests": 1200, "failed": {"ConnectionRefusedError": 2}, "closed": [0.1, 0.3], "lost": 0}
FAILED.update(let_through=0, open_without=False)
LOAD = {"kind": "list changes under load", "platform": "squid", "version": "Squid 5.7", "found": FAILED}
NONE = {"kind": "removals under load", "platform": "squid", "version": "Squid 5.7", "found": {}}


def test_each_platform_has_what_was_found_of_it() -> None:
    lines = faults.page([KILLED, FULL, LOAD, NONE], "2026-11-27", 301).splitlines()
    assert "| fault | squid | pac |" in lines
    assert "| killed | 3 old, 1 new | - |" in lines
    assert "| disk full | - | 2 old |" in lines
    assert "| squid | list changes under load | 4 | 1,200 | 2 | 200 ms | 300 ms | 0 | 0 |" in lines
    assert not [line for line in lines if "removals" in line]


def test_what_both_means_and_why_requests_fail_is_said_where_it_was_found() -> None:
    both = {"kind": "killed", "platform": "nftables", "version": "nftables 1", "found": {"old": 1, "both": 2}}
    failed = {**LOAD, "platform": "nftables", "version": "nftables 1"}
    page = faults.page([KILLED, both, failed], "2026-11-27", 301)
    assert "| killed | 3 old, 1 new | 1 old, 2 both |" in page
    assert "*Both* is" in page
    assert "dnsmasq reads which names" in page
    assert "squid -k reconfigure" not in page
    assert "*Both* is" not in faults.page([KILLED], "2026-11-27", 301)


def test_no_results_leave_the_page_as_it_is(tmp_path) -> None:
    with pytest.raises(SystemExit, match="no results"):
        faults.main([str(tmp_path), str(tmp_path / "page.md")])
    assert not (tmp_path / "page.md").exists()
