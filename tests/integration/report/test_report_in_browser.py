# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on a change in a real browser: on a phone, on a desk, in light, in dark, on paper, and with hostile names.

With ``ALLOWLIST_PICTURES`` a directory, its pictures are kept there.
"""

from __future__ import annotations

import datetime
import os
import typing as t
from pathlib import Path

import pytest

from lab import sample_changes
from tests.integration.report.browser import DESKTOP, PHONE, THEMES, Browser, browser
from tests.unit.evidence.test_report import HOSTILE

PICTURES = os.environ.get("ALLOWLIST_PICTURES")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Browser]:
    """One browser for all tests, with nothing left of what it did while it started."""
    with browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages on a change that was confirmed, one that was taken back, and one among hostile names."""
    root = tmp_path_factory.mktemp("changes")
    names = [name for name in HOSTILE if len(name) < 50 and "\ud800" not in name]
    hostile = sample_changes.Sample(root, "CHG-3", names)
    hostile.planned()
    hostile.approved(approver="<script>document.title='run'</script>")
    hostile.begun()
    batch = hostile.applied(1, {names[0]: "<img src=x onerror=alert(1)>\n" + "x" * 300})
    hostile.judged(batch)
    hostile.restored(batch.appliances)
    hostile.ended()
    day = datetime.timedelta(days=1)
    made = {
        "restored": sample_changes.restored(root, "CHG-1", 6),
        "confirmed": sample_changes.confirmed(root, "CHG-2", 6, sample_changes.BEGIN + day),
        "hostile": hostile,
    }
    return {name: sample.directory.report for name, sample in made.items()}


PAGES = ("restored", "confirmed", "hostile")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_page_is_whole_at_every_width(chromium: Browser, pages: dict[str, Path], page: str, width: int) -> None:
    for theme in THEMES:
        chromium.asked()
        chromium.open(pages[page], width, theme)
        assert chromium.complaints() == []
        assert chromium.asked() == [pages[page].as_uri()]
        assert chromium.wider_than_page() == 0
        assert chromium.run("return matchMedia('(prefers-color-scheme: dark)').matches") is (theme == "dark")
        if PICTURES:
            chromium.picture(Path(PICTURES) / f"{page}-{width}-{theme}.png")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_wrong(chromium: Browser, pages: dict[str, Path], page: str, theme: str) -> None:
    chromium.open(pages[page], PHONE if theme == "dark" else DESKTOP, theme)
    assert chromium.violations() == []


def test_axe_would_find_something_wrong(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.open(pages["confirmed"])
    chromium.run("document.querySelector('.quiet').style.color = '#ddd'; document.documentElement.lang = ''")
    rules = {violation.partition(":")[0] for violation in chromium.violations()}
    assert {"color-contrast", "html-has-lang"} <= rules


def test_names_run_nothing(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.open(pages["hostile"])
    assert chromium.run("return document.title") == "CHG-3: Taken back"
    assert chromium.run("return document.scripts.length + document.images.length") == 0
    assert "<script>document.title='run'</script>" in chromium.run("return document.body.innerText")


def test_the_page_s_policy_holds_even_where_a_script_had_come_in(
    chromium: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    text = pages["confirmed"].read_text(encoding="utf-8")
    evil = "<script>document.title = 'run'</script><p style='color: red' onclick='1'>x</p></main>"
    broken = tmp_path / "broken.html"
    broken.write_text(text.replace("</main>", evil), encoding="utf-8")
    chromium.open(broken)
    assert chromium.run("return document.title") == "CHG-2: Applied"
    assert "Content Security Policy" in " ".join(chromium.complaints())


def test_paper_shows_what_is_folded_on_a_screen(chromium: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    folded = "return [...document.querySelectorAll('details:not([open]) .entries li')].filter(e => e.checkVisibility({"
    folded += "contentVisibilityAuto: true, visibilityProperty: true})).length"
    chromium.open(pages["confirmed"])
    assert chromium.run("return document.querySelectorAll('details:not([open])').length") > 0
    assert chromium.run(folded) == 0
    chromium.open(pages["confirmed"], media="print")
    assert chromium.run(folded) > 100
    assert chromium.run("return getComputedStyle(document.querySelector('nav')).display") == "none"
    width = 720  # A4 within its margins, at 96 pixels an inch, and a little less
    chromium.open(pages["confirmed"], width, media="print")
    assert chromium.wider_than_page() == 0
    folder = Path(PICTURES) if PICTURES else tmp_path
    chromium.paper(folder / "confirmed.pdf")
    assert (folder / "confirmed.pdf").read_bytes().startswith(b"%PDF")


def test_links_lead_to_their_sections_and_what_scrolls_is_reached_by_keys(
    chromium: Browser, pages: dict[str, Path]
) -> None:
    chromium.open(pages["restored"], PHONE)
    for target in ("attention", "planned", "done", "seen", "losses", "timeline"):
        chromium.run(f"document.querySelector('nav a[href=\"#{target}\"]').click()")
        assert chromium.run("return location.hash") == f"#{target}"
    wider = (
        "return [...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.tabIndex)"
    )
    assert set(chromium.run(wider)) == {0}
