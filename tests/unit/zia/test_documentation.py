# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules document is what their action plugins take: no program that builds modules looks at these."""

from __future__ import annotations

import importlib
import typing as t

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.doc_fragments import api, selection, zia
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    ACCEPTANCE_OPTIONS,
    CHANGE_OPTIONS,
    SELECTION_OPTIONS,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.options import ZIA_INFO_OPTIONS, ZIA_OPTIONS

FRAGMENTS: t.Final = {"api": api, "selection": selection, "zia": zia}
BASE: t.Final = "ansible_collections.managed_desktop.network.plugins.modules"


def documented(module: str) -> dict[str, t.Any]:
    """The options of a module and of the fragments that it names, of which the earlier one goes before."""
    documentation = yaml.safe_load(importlib.import_module(f"{BASE}.{module}").DOCUMENTATION)
    found: dict[str, t.Any] = {}
    for name in documentation["extends_documentation_fragment"]:
        fragment, _dot, part = name.removeprefix("managed_desktop.network.").partition(".")
        text = getattr(FRAGMENTS[fragment].ModuleDocFragment, part.upper() or "DOCUMENTATION")
        for option, told in (yaml.safe_load(text).get("options") or {}).items():
            found[option] = {**told, **found.get(option, {})}
    return {**found, **(documentation.get("options") or {})}


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("zia_allowlist", {**SELECTION_OPTIONS, **ACCEPTANCE_OPTIONS, **CHANGE_OPTIONS, **ZIA_OPTIONS}),
        ("zia_allowlist_info", ZIA_INFO_OPTIONS),
    ],
)
def test_every_option_is_documented_as_it_is_taken(module: str, options: dict[str, t.Any]) -> None:
    found = documented(module)
    assert set(found) == set(options)
    for name, option in options.items():
        for key in ("type", "elements", "choices"):
            assert found[name].get(key) == option.get(key), (name, key)
        for key in ("default", "required"):
            assert (found[name].get(key) or None) == (option.get(key) or None), (name, key)


def test_no_option_of_a_tenant_is_taken_for_one_that_selects_endpoints() -> None:
    assert not {*SELECTION_OPTIONS, *ACCEPTANCE_OPTIONS, *CHANGE_OPTIONS} & {*ZIA_OPTIONS}


def test_secrets_are_known_as_such() -> None:
    secrets = {name for name, option in ZIA_OPTIONS.items() if option.get("no_log")}
    assert secrets == {"password", "api_key", "client_secret"}
