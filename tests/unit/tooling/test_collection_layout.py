# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection's files promise each other, and no other tool checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))
ROLES = sorted(path for path in (ROOT / "roles").glob("*") if path.is_dir())


def load(name: str):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("."))


def is_named_in_a_test(module: str) -> bool:
    """Search every test but those of this directory, which name files and call nothing."""
    own = Path(__file__).parent
    paths = [path for path in (ROOT / "tests").rglob("*") if path.suffix in (".py", ".yml") and own not in path.parents]
    return any(re.search(rf"\b{module}\b", path.read_text(encoding="utf-8")) for path in paths)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_named_in_a_test(module):
    assert is_named_in_a_test(module)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_role_has_argument_specs_and_a_readme(role):
    assert load(f"roles/{role.name}/meta/argument_specs.yml")["argument_specs"]["main"]["short_description"]
    assert re.search(r"^# \S", (role / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_sanity_ignores_nothing():
    assert list((ROOT / "tests").rglob("ignore*.txt")) == []


def test_the_version_is_the_newest_released_or_one_that_has_fragments():
    version = load("galaxy.yml")["version"]
    changelog = ROOT / "changelogs" / "changelog.yaml"
    released = sorted(load("changelogs/changelog.yaml")["releases"], key=version_of) if changelog.exists() else []
    fragments = list((ROOT / "changelogs" / "fragments").glob("*.yml"))
    newest = released[-1] if released else "0.0.0"
    assert version_of(version) >= version_of(newest)
    assert version in released or fragments, f"{version} is not released, and no fragment says what it brings"


def test_every_changelog_section_of_a_fragment_is_configured():
    known = {name for name, _title in load("changelogs/config.yaml")["sections"]} | {"release_summary", "trivial"}
    for fragment in (ROOT / "changelogs" / "fragments").glob("*.yml"):
        assert set(load(f"changelogs/fragments/{fragment.name}")) <= known, fragment.name


def test_python_requirements_set_no_upper_limit():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirements = [line for line in lines if line and not line.startswith("#")]
    assert requirements
    assert [line for line in requirements if not re.fullmatch(r"[a-z0-9-]+(>=[\d.]+)?", line)] == []


def test_the_execution_environment_names_files_that_ship():
    ignored = load("galaxy.yml")["build_ignore"]
    for name in load("meta/execution-environment.yml")["dependencies"].values():
        assert (ROOT / name).is_file()
        assert name not in ignored
