# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.place import elsewhere, place_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables import VARIABLES

ACTIONS = Path(__file__).resolve().parents[3] / "plugins" / "action"
SETTING = sorted(path.stem for path in ACTIONS.glob("*.py") if "dialect_options" in path.read_text(encoding="utf-8"))


def test_the_place_is_what_the_options_name_and_the_address() -> None:
    arguments = {"name": "list", "vdom": None, "method": "url_filter", "access_token": "secret"}
    assert place_of(("name", "vdom", "method"), arguments, {"ansible_host": "192.0.2.1"}) == {
        "name": "list",
        "method": "url_filter",
        "ansible_host": "192.0.2.1",
    }


def test_the_same_place_is_no_other() -> None:
    assert elsewhere({"name": "list", "targets": ["gw-1"]}, {"name": "list", "targets": ["gw-1"]}) is None


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"name": "list", "device_group": "B"}, "device_group is 'B', and was 'A'"),
        ({"name": "list"}, "device_group is not set, and was 'A'"),
        ({"name": "list", "device_group": "A", "vsys": "vsys2"}, "vsys is 'vsys2', and was not set"),
    ],
)
def test_what_differs_is_told(now: dict[str, t.Any], said: str) -> None:
    found = elsewhere({"name": "list", "device_group": "A"}, now)
    assert found is not None
    assert said in found
    assert "Nothing was changed" in found


@pytest.mark.parametrize("module", SETTING)
def test_every_platform_says_where_its_list_is_and_names_no_secret(module: str) -> None:
    name = f"ansible_collections.managed_desktop.network.plugins.action.{module}"
    options = importlib.import_module(name).ActionModule.place_options
    platform = module.partition("_")[0]
    (variable,) = (one for one in VARIABLES if one.name == platform)
    keys = {option.name: option for option in variable.options}
    assert options[0] == "name"
    for option in options[1:]:
        assert option in keys, f"{platform} has no option {option}"
        assert not keys[option].secret
