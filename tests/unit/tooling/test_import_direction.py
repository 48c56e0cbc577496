# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports point one way: modules -> module_utils <- plugin_utils <- lookup, filter, test, action."""

from __future__ import annotations

import ast
import sys
import typing as t
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
OURS = "ansible_collections.managed_desktop.network.plugins"
CALLED_BY_USERS = ("action", "filter", "lookup", "test")

# Directory under plugins -> directories under plugins that its files may import, its own always among them.
MAY_IMPORT = {
    "modules": {"module_utils"},
    "module_utils": {"module_utils"},
    "plugin_utils": {"plugin_utils", "module_utils"},
    "doc_fragments": set[str](),
    **{key: {"plugin_utils", "module_utils"} for key in CALLED_BY_USERS},
}


def imported_names(source: str, package: str) -> t.Iterator[str]:
    """Yield the full name of every module that `source`, a module of `package`, imports; at any depth of the code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def faults(path: Path, source: str) -> list[str]:
    """Return the imports of the file at `path` (relative to plugins) that its directory may not make."""
    directory = path.parts[0]
    found = []
    for name in imported_names(source, ".".join([OURS, *path.parent.parts])):
        if name.startswith(f"{OURS}."):
            allowed = name.removeprefix(f"{OURS}.").split(".")[0] in MAY_IMPORT[directory]
        elif directory in ("modules", "module_utils"):
            top = name.split(".")[0]
            allowed = top in sys.stdlib_module_names or name.startswith("ansible.module_utils.")
        else:
            allowed = not name.startswith("ansible_collections.")
        if not allowed:
            found.append(f"plugins/{path} imports {name}")
    return found


def python_files() -> list[Path]:
    return sorted(path.relative_to(PLUGINS) for path in PLUGINS.rglob("*.py"))


def test_there_are_files_to_check():
    assert len(python_files()) > 10


def test_every_plugin_directory_has_a_rule():
    assert {path.parts[0] for path in python_files()} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", python_files(), ids=str)
def test_imports_point_the_right_way(path):
    assert faults(path, (PLUGINS / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path, source",
    [
        ("modules/x.py", f"from {OURS}.plugin_utils._hosts import parse"),
        ("modules/x.py", f"from {OURS}.plugin_utils import _hosts"),
        ("modules/x.py", f"import {OURS}.plugin_utils._hosts"),
        ("modules/x.py", "from ..plugin_utils import _hosts"),
        ("modules/x.py", "import yaml"),
        ("module_utils/x.py", f"from {OURS}.plugin_utils._hosts import parse"),
        ("module_utils/x.py", f"from {OURS}.modules.squid_allowlist import main"),
        ("module_utils/_squid/x.py", "from ...plugin_utils._hosts import parse"),
        ("module_utils/x.py", "def late():\n    import netaddr"),
        ("module_utils/x.py", "from ansible.plugins.loader import lookup_loader"),
        ("plugin_utils/x.py", f"from {OURS}.lookup.endpoints import LookupModule"),
        ("plugin_utils/x.py", f"from {OURS}.modules.squid_allowlist import main"),
        (
            "plugin_utils/x.py",
            "from ansible_collections.community.general.plugins.module_utils.version import LooseVersion",
        ),
        ("lookup/x.py", f"from {OURS}.filter.hosts import FilterModule"),
        ("doc_fragments/x.py", f"from {OURS}.plugin_utils._hosts import parse"),
    ],
)
def test_an_import_against_the_direction_is_found(path, source):
    assert len(faults(Path(path), source)) == 1


@pytest.mark.parametrize(
    "path, source",
    [
        ("modules/x.py", f"from {OURS}.module_utils._reconcile import reconcile"),
        ("modules/x.py", "import json\nfrom ansible.module_utils.basic import AnsibleModule"),
        ("module_utils/_squid/x.py", "from . import site\nfrom .._reconcile import Appliance"),
        ("plugin_utils/x.py", "import netaddr\nfrom ansible.errors import AnsibleError"),
        ("action/x.py", f"from {OURS}.plugin_utils._allowlist_action import ActionBase"),
    ],
)
def test_an_import_along_the_direction_is_left_alone(path, source):
    assert faults(Path(path), source) == []
