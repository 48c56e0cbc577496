# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and networks of one set: which of them a dialect uses.

A source that gives both for one set means that either is enough. An appliance that matches names uses the names and
only the networks of sets without names; one that matches addresses alone does the reverse. What ties them is written
in each origin (`Origin.tied`), so that it holds after filtering and merging: a set whose names were filtered out has
not become a set without names.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

COVERED_BY_NAME: t.Final = "covered_by_name"
"""What stands for a network in an artefact's ``covered_by``: the names of its own set."""


class ForNames(t.NamedTuple):
    """What an appliance that matches names uses, and the networks that it leaves to the names of their sets."""

    usable: tuple[Endpoint, ...]
    covered_by_name: tuple[Endpoint, ...]


class ForNetworks(t.NamedTuple):
    """What an appliance that matches addresses alone uses, the names that it leaves to the networks of their sets,
    and the names that no network stands for: such an appliance cannot let them through."""

    usable: tuple[Endpoint, ...]
    covered_by_network: tuple[Endpoint, ...]
    without_networks: tuple[Endpoint, ...]


def for_names(endpoints: t.Iterable[Endpoint]) -> ForNames:
    """Divide endpoints for a dialect that matches names. A network that any set without names asks for is usable."""
    usable: list[Endpoint] = []
    covered: list[Endpoint] = []
    for endpoint in endpoints:
        (covered if endpoint.network is not None and _always_tied(endpoint) else usable).append(endpoint)
    return ForNames(tuple(usable), tuple(covered))


def for_networks(endpoints: t.Iterable[Endpoint]) -> ForNetworks:
    """Divide endpoints for a dialect that matches addresses alone.

    A name that several sets ask for on the same ports is covered where one of them has networks.
    """
    usable: list[Endpoint] = []
    covered: list[Endpoint] = []
    without: list[Endpoint] = []
    for endpoint in endpoints:
        if endpoint.network is not None:
            usable.append(endpoint)
        else:
            (covered if any(origin.tied for origin in endpoint.sources) else without).append(endpoint)
    return ForNetworks(tuple(usable), tuple(covered), tuple(without))


def sets_of(endpoints: t.Iterable[Endpoint]) -> list[tuple[str, str, str | None]]:
    """Return the sets that the endpoints stand in, as source, edition and id, sorted; the id is None without sets."""
    found = {(origin.source, origin.edition, origin.set) for endpoint in endpoints for origin in endpoint.sources}
    return sorted(found, key=lambda item: (item[0], item[1], item[2] or ""))


def _always_tied(endpoint: Endpoint) -> bool:
    return bool(endpoint.sources) and all(origin.tied for origin in endpoint.sources)
