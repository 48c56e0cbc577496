# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules document is what their action plugins take: no program that builds modules looks at these."""

from __future__ import annotations

import importlib
import typing as t

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    ACCEPTANCE_OPTIONS,
    CHANGE_OPTIONS,
    SELECTION_OPTIONS,
)

PLUGINS: t.Final = "ansible_collections.managed_desktop.network.plugins"
OF_EVERY_LIST: t.Final = {**SELECTION_OPTIONS, **ACCEPTANCE_OPTIONS, **CHANGE_OPTIONS}
SECRETS: t.Final = {
    "checkpoint_allowlist": {"password", "api_key"},
    "fortios_allowlist": {"access_token"},
    "panos_allowlist": {"password", "api_key"},
    "zia_allowlist": {"password", "api_key", "client_secret"},
}
MODULES: t.Final = sorted([*SECRETS, *(f"{name}_info" for name in SECRETS)])


def taken(module: str) -> dict[str, t.Any]:
    """The options that the action plugin checks."""
    return dict(importlib.import_module(f"{PLUGINS}.action.{module}").ActionModule.options)


def documented(module: str) -> dict[str, t.Any]:
    """The options of a module and of the fragments that it names, of which the earlier one goes before."""
    documentation = yaml.safe_load(importlib.import_module(f"{PLUGINS}.modules.{module}").DOCUMENTATION)
    found: dict[str, t.Any] = {}
    for name in documentation["extends_documentation_fragment"]:
        fragment, _dot, part = name.removeprefix("managed_desktop.network.").partition(".")
        told = importlib.import_module(f"{PLUGINS}.doc_fragments.{fragment}").ModuleDocFragment
        for option, words in (
            yaml.safe_load(getattr(told, part.upper() or "DOCUMENTATION")).get("options") or {}
        ).items():
            found[option] = {**words, **found.get(option, {})}
    return {**found, **(documentation.get("options") or {})}


@pytest.mark.parametrize("module", MODULES)
def test_every_option_is_documented_as_it_is_taken(module: str) -> None:
    found = documented(module)
    options = {**taken(module), **({} if module.endswith("_info") else OF_EVERY_LIST)}
    assert set(found) == set(options)
    for name, option in options.items():
        for key in ("type", "elements", "choices"):
            assert found[name].get(key) == option.get(key), (name, key)
        for key in ("default", "required"):
            assert (found[name].get(key) or None) == (option.get(key) or None), (name, key)


@pytest.mark.parametrize("module", SECRETS)
def test_no_option_of_a_device_is_taken_for_one_that_selects_endpoints(module: str) -> None:
    assert not OF_EVERY_LIST.keys() & taken(module).keys()


@pytest.mark.parametrize("module", SECRETS)
def test_secrets_are_known_as_such(module: str) -> None:
    assert {name for name, option in taken(module).items() if option.get("no_log")} == SECRETS[module]
