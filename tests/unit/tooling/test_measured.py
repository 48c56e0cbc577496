# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of measured figures are made from the figures, and from nothing else."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

ROOT = Path(__file__).parents[3]


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
