# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.doc_fragments.update import ModuleDocFragment
from ansible_collections.managed_desktop.network.plugins.modules import catalogue_update, catalogue_update_info
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.feeds import Listing, Service
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.options import (
    FEED_OPTIONS,
    INFO_OPTIONS,
    UPDATE_OPTIONS,
    read_client,
    read_wish,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variable import UPDATE
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables import VARIABLES, of_role


@pytest.mark.parametrize(
    ("module", "options"), [(catalogue_update, UPDATE_OPTIONS), (catalogue_update_info, INFO_OPTIONS)]
)
def test_the_documentation_of_a_module_is_its_argument_spec(module: t.Any, options: t.Any) -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    documented |= yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    for option in documented.values():
        assert option.pop("description")
    assert documented == options


def test_a_feed_has_the_same_keys_in_the_inventory() -> None:
    (feeds,) = (variable for variable in VARIABLES if variable.name == "feeds")
    assert {option.name for option in feeds.options} == FEED_OPTIONS.keys()
    for option in feeds.options:
        specification = FEED_OPTIONS[option.name]
        assert (option.type, option.elements) == (specification["type"], specification.get("elements"))
        assert list(option.choices) == specification.get("choices", [])


def test_the_other_variables_have_the_defaults_of_the_module() -> None:
    for variable in of_role(UPDATE):
        if variable.name in UPDATE_OPTIONS and variable.name != "catalogue_dir":
            assert variable.default == UPDATE_OPTIONS[variable.name]["default"]


def given(**options: t.Any) -> dict[str, t.Any]:
    return {**{name: spec.get("default") for name, spec in UPDATE_OPTIONS.items()}, **options}


def test_without_options_it_is_the_web_service_with_every_area() -> None:
    feed = read_wish(given()).feed
    assert feed == Service()
    assert feed.address == "https://endpoints.office.com/Worldwide"


def test_a_list_has_a_name_of_its_own() -> None:
    assert read_wish(given(source="own", url="file:///x.txt")).feed == Listing("own", "file:///x.txt")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"source": "own"}, "give its url"),
        ({"source": "microsoft365", "url": "https://a.example/"}, "another name than microsoft365"),
        ({"source": "a/b", "url": "https://a.example/"}, "cannot name a list"),
        ({"source": ".state", "url": "https://a.example/"}, "cannot name a list"),
        ({"source": "own", "url": "https://a.example/", "tenant": "contoso"}, "option of the web service"),
        ({"source": "own", "url": "https://a.example/", "service_areas": ["MEM"]}, "option of the web service"),
        ({"source": "own", "url": "http://a.example/"}, "begins with https://"),
        ({"source": "own", "url": "https://a.example/\nx"}, "begins with https://"),
        ({"source": "own", "url": "https://user@a.example/"}, "no password in it"),
        ({"base_url": "http://a.example"}, "base_url"),
        ({"tenant": "a/b"}, "neither a label"),
        ({"max_removed": float("nan")}, "no share"),
        ({"max_removed": -1.0}, "no share"),
        ({"grace": 100_000}, "no number of days"),
        ({"pinned": ["a..b"]}, "pinned"),
        ({"pinned": ["192.0.2.1/24"]}, "pinned"),
        ({"acknowledge": ["abcdef"]}, "is no digest"),
        ({"acknowledge": ["g" * 64]}, "is no digest"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, t.Any], said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        read_wish(given(**options))


@pytest.mark.parametrize("timeout", [0.0, -1.0, float("inf"), float("nan")])
def test_a_time_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(CatalogueError, match="timeout"):
        read_client(given(timeout=timeout))


def test_a_token_in_an_address_is_not_kept() -> None:
    one, two = (Listing("own", f"https://a.example/list.txt?token=secret{number}") for number in (1, 2))
    assert "secret" not in one.address + one.query and "token" not in one.address
    assert one.address != two.address and one.query != two.query
