# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of measured figures are made from the figures, and from nothing else."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLATFORMS = ("rpz_allowlist", "pac_file", "nftables_allowlist")
APIS = ("panos", "fortios_push_feed", "fortios_url_filter", "checkpoint", "zia")


def report():
    specification = importlib.util.spec_from_file_location("bench_report", ROOT / "tests" / "bench" / "report.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def measured():
    return json.loads((ROOT / "docs" / "measured.json").read_text(encoding="utf-8"))


def test_the_readme_shows_the_figures_that_were_measured():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert report().into_readme(readme, measured()) == readme


def test_the_page_shows_the_figures_that_were_measured():
    page = (ROOT / "docs" / "measured.md").read_text(encoding="utf-8")
    assert report().markdown(measured()) == page


def test_no_group_of_figures_is_left_out():
    """Each group of ``./run bench`` has left what it measures; one that failed or was never run would be missing."""
    known = {figure["id"] for figure in measured()["figures"]}
    of_groups = {
        "lab": {"again-seed", "again-10000", "push-copy", "push-lines", "probes-curl-95", "probes-uri-1000"},
        "platforms": {f"{what}-{module}" for what in ("push", "again") for module in PLATFORMS},
        "api": {f"api-push-{name}" for name in APIS}
        | {"api-per-object-fortios", "api-per-object-checkpoint", "api-fleet"},
        "catalogue": {"load-managed_desktop", "load-microsoft365", "lookup-play", "import-markdown", "explain-allowed"},
        "patterns": {"minimise"},
        "change": {"fleet-plan", "fleet-drift"},
    }
    assert {group: sorted(ids - known) for group, ids in of_groups.items() if ids - known} == {}
