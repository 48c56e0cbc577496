# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables import unknown

PROJECT = Path(__file__).resolve().parents[3]
PAGES = [
    "README.md",
    "docs/troubleshooting.md",
    "docs/variables.md",
    *(str(page.relative_to(PROJECT)) for page in sorted(PROJECT.glob("roles/*/README.md"))),
]


def text_of(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")


def variables_in(tree: t.Any) -> set[str]:
    if isinstance(tree, dict):
        inner = (variables_in(value) for value in tree.values())
        return {key for key in tree if str(key).startswith("allowlist_")}.union(*inner)
    return set()


def test_the_inventory_of_the_readme_is_about_ten_lines_and_complete() -> None:
    block = re.search(r"^```yaml\n(all:.*?)^```$", text_of("README.md"), re.M | re.S)
    assert block
    inventory = yaml.safe_load(block[1])
    assert len(block[1].splitlines()) <= 12
    assert set(inventory["all"]["children"]) == {"appliances", "test_hosts"}
    assert {"allowlist_platform", "allowlist_via", "allowlist_behind"} <= variables_in(inventory)
    assert unknown(variables_in(inventory)) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_variable_that_a_page_names_exists(page: str) -> None:
    prose = text_of(page).replace("allowlist_tennant", "")
    roles = {path.name for path in (PROJECT / "roles").iterdir()}
    named = set(re.findall(r"\ballowlist_[a-z_]+\b", prose)) - roles
    assert unknown(named - {"allowlist_"}) == []


def test_the_readme_names_all_that_a_playbook_can_call() -> None:
    folders = ("plugins/modules", "plugins/lookup", "plugins/filter", "plugins/test")
    names = {file.stem for folder in folders for file in (PROJECT / folder).glob("[!_]*.py")}
    names |= {path.name for path in (PROJECT / "roles").iterdir()}
    names |= {path.stem for path in (PROJECT / "playbooks").glob("*.yml")}
    names |= {path.stem for path in (PROJECT / "extensions" / "eda").rglob("*") if path.suffix in (".py", ".yml")}
    readme = text_of("README.md")
    assert sorted(name for name in names if f"`{name}`" not in readme) == []


@pytest.mark.parametrize("page", ["README.md", *(page for page in PAGES if page.startswith("roles/"))])
def test_links_of_pages_that_galaxy_shows_are_absolute_and_lead_to_files_of_ours(page: str) -> None:
    repository = yaml.safe_load(text_of("galaxy.yml"))["repository"]
    links = re.findall(r"\]\(([^)]+)\)", text_of(page))
    for link in links:
        assert link.startswith(f"{repository}/blob/main/"), link
        if not link.endswith("docs/measured.md"):  # written by ./run bench
            assert (PROJECT / link.partition("/blob/main/")[2]).exists(), link
