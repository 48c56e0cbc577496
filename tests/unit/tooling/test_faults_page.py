# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of faults says what was found, and nothing where nothing was tried."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from lab.simulators.faults import Fault
from tests.integration.simulators.platforms import TARGETS
from tools import faults

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"


def result(kind: str, platform: str, found: t.Any, order: int = 0, **more: t.Any) -> dict[str, t.Any]:
    return {
        "kind": kind,
        "platform": platform,
        "version": f"{platform} 1",
        "found": found,
        "order": order,
        "size": 301,
        **more,
    }


KILLED = result("killed", "squid", {"old": 3, "new": 1})
FULL = result("disk full", "pac", {"old": 2}, 1)
FAILED = {"changes": 4, "requests": 1200, "failed": {"ConnectionRefusedError": 2}, "closed": [0.1, 0.3], "lost": 0}
FAILED.update(let_through=0, open_without=False)
LOAD = result("list changes under load", "squid", FAILED, 2)
NONE = result("removals under load", "squid", {}, 3)


def page(*results: dict[str, t.Any], day: str = "2026-11-27") -> str:
    return faults.page(faults.known_with([], [faults.in_short(one, day) for one in results]))


def test_each_platform_has_what_was_found_of_it() -> None:
    lines = page(KILLED, FULL, LOAD, NONE).splitlines()
    assert "| fault | pac | squid |" in lines
    assert "| killed | - | 3 old, 1 new |" in lines
    assert "| disk full | 2 old | - |" in lines
    assert "| squid | list changes under load | 4 | 1,200 | 2 | 200 ms | 300 ms | 0 | 0 |" in lines
    assert not [line for line in lines if "removals" in line]


def test_what_both_means_and_why_requests_fail_is_said_where_it_was_found() -> None:
    both = result("killed", "nftables", {"old": 1, "both": 2})
    found = page(KILLED, both, {**LOAD, "platform": "nftables"})
    assert "| killed | 1 old, 2 both | 3 old, 1 new |" in found
    assert "*Both* is" in found
    assert "dnsmasq reads which names" in found
    assert "squid -k reconfigure" not in found
    assert "*Both* is not" not in page(KILLED)


def test_a_run_over_some_platforms_replaces_what_is_known_of_those_alone(tmp_path: Path) -> None:
    target = tmp_path / "faults.md"
    known = [faults.in_short(one, "2026-01-01") for one in (KILLED, FULL)]
    target.with_suffix(".json").write_text(json.dumps(known))
    folder = tmp_path / "results"
    (folder / "simulated").mkdir(parents=True)
    (folder / "one.json").write_text(json.dumps({**KILLED, "found": {"old": 4}}))
    simulated = result("500", "zia", {"old": 1, "new": 7}, 100, section="simulated")
    (folder / "simulated" / "zia.json").write_text(json.dumps(simulated))
    faults.main([str(folder), str(target)])
    found = target.read_text()
    assert "| killed | - | 4 old |" in found
    assert "| disk full | 2 old | - |" in found
    assert "on 2026-01-01 with pac: pac 1" in found
    assert "## On simulated devices" in found
    assert "| 500 | 1 old, 7 new |" in found


def test_the_page_that_is_kept_is_made_of_what_is_kept_with_it() -> None:
    assert faults.page(json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))) == PAGE.read_text(
        encoding="utf-8"
    )


def test_no_results_leave_the_page_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no results"):
        faults.main([str(tmp_path), str(tmp_path / "page.md")])
    assert not (tmp_path / "page.md").exists()


def test_every_simulated_platform_met_every_fault() -> None:
    """What is said on the pages of the platforms is found on the committed page."""
    kept = json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))
    met = {(result["platform"], result["kind"]) for result in kept if result.get("section") == "simulated"}
    assert met == {(platform, fault.value) for platform in TARGETS for fault in Fault}
