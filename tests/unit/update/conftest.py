# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that publishes lists over real HTTPS on loopback, and updates from it."""

from __future__ import annotations

import copy
import functools
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.options import (
    UPDATE_OPTIONS,
    read_client,
    read_wish,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.run import Result, update
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.store import Store

from lab.servers.endpoint_lists import Cloud, EndpointLists

FIXTURES = Path(__file__).parents[1] / "catalogue" / "fixtures"
DAY = 86400.0
HOUR = 3600.0
NOW = 1795780800.0
"""2026-11-27 12:00 UTC."""
FIRST = "2025120100"
NEXT = "2026112700"


@functools.cache
def _answer(instance: str) -> str:
    return (FIXTURES / "microsoft365" / f"2025-12-01-{instance.lower()}.json").read_text(encoding="utf-8-sig")


def real_sets(instance: str = "Worldwide") -> list[dict[str, t.Any]]:
    """Return the real sets of 2025-12-01."""
    sets: list[dict[str, t.Any]] = json.loads(_answer(instance))
    return copy.deepcopy(sets)


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[EndpointLists]:
    server = EndpointLists(tmp_path_factory.mktemp("lists"))
    yield server
    server.close()


@pytest.fixture()
def server(_server: EndpointLists) -> EndpointLists:
    """The server, with the real answer of 2025-12-01 for each cloud, and nothing else."""
    _server.pages.clear()
    _server.faults.clear()
    _server.asked.clear()
    clouds = ("Worldwide", "China", "USGovDoD", "USGovGCCHigh")
    _server.clouds = {instance: Cloud(FIRST, real_sets(instance)) for instance in clouds}
    return _server


class Updates:
    """Updates of one directory, at a time that the test sets."""

    def __init__(self, directory: Path, server: EndpointLists) -> None:
        self.directory = directory
        self.server = server
        self.now = NOW

    def __call__(self, check: bool = False, **given: t.Any) -> Result:
        """Update the web service, or with `url` a list; `given` are options of the module."""
        options = {name: spec.get("default") for name, spec in UPDATE_OPTIONS.items()}
        options.update(ca_path=str(self.server.ca_path), base_url=self.server.url, timeout=5.0)
        options.update(given)
        store = Store(str(self.directory), writing=not check)
        return update(store, read_client(options), read_wish(options), self.now)

    def later(self, seconds: float = HOUR + 1) -> None:
        """Let time pass."""
        self.now += seconds

    def publish(self, version: str, sets: list[dict[str, t.Any]], changes: t.Sequence[dict[str, t.Any]] = ()) -> None:
        """Let the web service have another version of Worldwide."""
        self.server.clouds["Worldwide"] = Cloud(version, sets, list(changes))

    def in_force(self, source: str = "microsoft365", instance: str | None = None) -> set[str]:
        """Return the names and networks that the directory has in force."""
        return {entry.name for entry in kept.load(source, "latest", instance, str(self.directory)).entries}

    def files(self) -> dict[str, bytes]:
        """Return every file of the directory."""
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in sorted(self.directory.rglob("*"))
            if path.is_file()
        }


@pytest.fixture()
def updates(tmp_path: Path, server: EndpointLists) -> Updates:
    """Updates of a directory that does not exist yet."""
    return Updates(tmp_path / "kept", server)
