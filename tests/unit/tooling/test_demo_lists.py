# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo of the fleet applies can be applied: each platform's losses are those that are accepted on it."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import judge, parse_acceptances
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import read_options, selected_some

from lab.demo import lists
from lab.demo.fleet import NAME, Fleet

PLATFORMS: t.Final = ("squid", "nftables", "panos", "fortios", "checkpoint", "zia")
ACTIONS: t.Final = "ansible_collections.managed_desktop.network.plugins.action"


def no_files(name: str) -> str:
    raise AssertionError(f"the demo's lists are shipped ones, and {name} is not")


@pytest.fixture(scope="module")
def appliances(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[dict[str, dict[str, t.Any]]]:
    """The variables of each appliance of the fleet, by its platform."""
    fleet = Fleet(tmp_path_factory.mktemp("fleet"))
    real = {one.name: one.variables() for one in fleet.real.values()}
    yield {**real, **{name: one.variables() for name, one in fleet.simulated.items()}}
    fleet.close()


def test_every_platform_of_the_fleet_is_looked_at(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.close()
    assert sorted(fleet.platforms.values()) == sorted(PLATFORMS)
    assert set(lists.FLEET.accepted_on) <= set(PLATFORMS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_the_fleet_loses_on_a_platform_is_what_is_accepted_there(
    platform: str, appliances: dict[str, dict[str, t.Any]]
) -> None:
    action = importlib.import_module(f"{ACTIONS}.{platform}_allowlist").ActionModule
    given = appliances[platform].get(f"allowlist_{platform}", {})
    arguments = {key: given.get(key) for key in action.dialect_options}
    settings = lists.FLEET.settings(NAME)
    chosen = {name.removeprefix("allowlist_"): value for name, value in lists.FLEET.variables.items()}
    endpoints = selected_some(read_options(chosen), no_files).endpoints
    artefacts = action.compile(object.__new__(action), endpoints, arguments)
    accepted = [*settings["allowlist_accept_loss"], *map(dict, lists.FLEET.accepted_on.get(platform, ()))]
    first = next(iter(artefacts.values()))
    judge(first.losses, parse_acceptances(accepted))
    assert first.entries > 100
