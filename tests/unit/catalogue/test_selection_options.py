# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a task: checked, with their defaults, and what they select together."""

from __future__ import annotations

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.info import PLANNING_OPTIONS
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import SELECTION_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import EndpointError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import (
    named_files,
    read_options,
    selected,
    selected_some,
)

SEED = {"sources": ["managed_desktop"], "edition": "2018-08-29-aad339da"}


def subjects(**arguments):
    return [endpoint.subject for endpoint in selected(read_options(arguments), str).endpoints]


def test_options_that_are_not_given_or_null_have_their_defaults():
    options = read_options({"edition": None, "services": None})
    assert options == {name: option.get("default") for name, option in SELECTION_OPTIONS.items()}


@pytest.mark.parametrize(
    ("written", "meant"), [("no", False), ("false", False), (False, False), ("yes", True), ("True", True), (1, True)]
)
def test_a_text_that_says_no_is_no(written, meant):
    assert read_options({"required_only": written})["required_only"] is meant
    assert read_options({"lab": written}, PLANNING_OPTIONS)["lab"] is meant


def test_one_text_is_a_list_of_one():
    assert read_options({"sources": "intune", "services": "Exchange,MEM", "ports": 443}) == {
        **read_options({}), "sources": ["intune"], "services": ["Exchange", "MEM"], "ports": ["443"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"required_only": "perhaps"}, "required_only"),
        ({"format": "jason"}, "auto, markdown, text, yaml, json, csv"),
        ({"treatments": ["deny"]}, "treatments"),
        ({"services": {"a": 1}}, "services"),
        ({"sources": {"source": "intune"}}, "sources"),
        ({"endpoints": 7.5}, "endpoints"),
    ],
)
def test_a_value_of_another_type_is_told_with_its_option(arguments, reason):
    with pytest.raises((CatalogueError, EndpointError), match=reason):
        selected(read_options(arguments), str)


def test_without_sources_the_shipped_list_is_meant_unless_endpoints_are_given():
    assert len(subjects(edition=SEED["edition"])) == 94
    assert subjects(endpoints=["a.example"]) == ["a.example"]
    assert subjects(endpoints=["a.example"], sources=[]) == ["a.example"]
    assert len(subjects(endpoints=["a.example"], **SEED)) == 95
    for nothing in ({"sources": []}, {"endpoints": []}, {"endpoints": [], "sources": []}):
        with pytest.raises(CatalogueError, match="No source was given"):
            subjects(**nothing)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"ports": ["9999"]}, r"no endpoint.*Too narrow may be ports\.\s.*state: absent"),
        (
            {"treatments": ["bypass_authentication"], "required_only": True},
            "Too narrow may be treatments, required_only",
        ),
        ({"sources": ["own.txt"]}, "<tenant>.onmicrosoft.com left out, because no tenant"),
    ],
)
def test_a_selection_of_nothing_is_no_list(arguments, said, tmp_path):
    (tmp_path / "own.txt").write_text("<tenant>.onmicrosoft.com\n")
    options = read_options({**SEED, **arguments})
    assert selected(options, lambda name: str(tmp_path / name)).endpoints == ()
    with pytest.raises(CatalogueError, match=said):
        selected_some(options, lambda name: str(tmp_path / name))


def test_a_selection_of_something_is_what_was_selected():
    assert selected_some(read_options(SEED), str) == selected(read_options(SEED), str)


def test_endpoints_written_here_stay_whatever_the_filters():
    found = subjects(endpoints=["a.example", {"host": "login.live.com"}], services=["Delivery Optimization"], **SEED)
    assert {"a.example", "login.live.com"} < set(found) and len(found) == 5 + 2


def test_a_fault_in_endpoints_written_here_names_the_item():
    with pytest.raises(EndpointError, match=r"endpoints\[1\]: '7' is neither"):
        subjects(endpoints=["a.example", 7])
    with pytest.raises(EndpointError, match=r"endpoints\[0\]"):
        subjects(endpoints=["a.example\nacl all src all"])


def test_every_option_reaches_the_selection():
    teams = {"sources": ["microsoft365"], "services": ["Skype"], "ports": ["udp/3478"], "categories": ["Optimize"]}
    networks = [subject for subject in subjects(**teams) if "/" in subject]
    assert networks
    assert subjects(**teams, instance="China") != subjects(**teams)
    published = {"sources": ["managed_desktop"], "edition": "2018-09-24"}
    assert len(subjects(**published, include_hidden=True)) > len(subjects(**published))
    assert subjects(**published, treatments=["bypass_inspection"], include_hidden=True)
    assert len(subjects(sources=["defender_endpoint"], required_only=True)) < len(
        subjects(sources=["defender_endpoint"])
    )


def test_the_cache_key_covers_files_and_kept_editions():
    options = read_options({"sources": ["intune", "own.txt", {"source": "files/a"}, 7], "catalogue_dir": "/srv/kept"})
    assert named_files(options, lambda name: f"/found/{name}") == [
        "/srv/kept/intune/index.json", "/found/own.txt", "/found/files/a"
    ]  # fmt: skip
    assert named_files(read_options({}), str) == []
