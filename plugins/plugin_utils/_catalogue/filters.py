# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked of an endpoint itself."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError, unknown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    CATEGORIES,
    TREATMENTS,
    Endpoint,
    EndpointError,
    Ports,
    parse_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted


class Filters(t.NamedTuple):
    """What an endpoint must have at least one of; an empty filter asks nothing."""

    treatments: frozenset[str]
    categories: frozenset[str]
    required_only: bool
    tcp_ports: Ports
    udp_ports: Ports

    @classmethod
    def read(
        cls,
        treatments: t.Sequence[str] | None,
        categories: t.Sequence[str] | None,
        required_only: bool,
        ports: t.Sequence[str | int] | None,
    ) -> Filters:
        """Return the filters that a user wrote: categories in any case, ports as ``443`` or ``udp/3478-3481``.

        Raises:
            CatalogueError: one is unknown, or no port.
        """
        for treatment in treatments or ():
            if treatment not in TREATMENTS:
                raise unknown("treatment", str(treatment), TREATMENTS)
        tcp, udp = _ports(ports or ())
        chosen = frozenset(_category(category) for category in categories or ())
        return cls(frozenset(treatments or ()), chosen, required_only, tcp, udp)

    def keep(self, endpoint: Endpoint) -> bool:
        """Tell whether the endpoint has what is asked for."""
        if self.required_only and not endpoint.required:
            return False
        if self.treatments and endpoint.treatments.isdisjoint(self.treatments):
            return False
        if self.categories and endpoint.category not in self.categories:
            return False
        if not self.tcp_ports and not self.udp_ports:
            return True
        return _meet(endpoint.tcp_ports, self.tcp_ports) or _meet(endpoint.udp_ports, self.udp_ports)


def _category(written: t.Any) -> str:
    for category in CATEGORIES:
        if category.casefold() == str(written).casefold():
            return category
    raise unknown("category", str(written), CATEGORIES)


def _ports(written: t.Sequence[str | int]) -> tuple[Ports, Ports]:
    spans: dict[str, list[str]] = {"tcp": [], "udp": []}
    for item in written:
        before, slash, after = str(item).lower().partition("/")
        if slash and before not in spans:
            raise CatalogueError(f"ports: {quoted(str(item))} is no port; write 443, 9000-9010, tcp/443 or udp/3478.")
        spans[before if slash else "tcp"].append(after if slash else before)
    try:
        return parse_ports(spans["tcp"], "ports"), parse_ports(spans["udp"], "ports")
    except EndpointError as error:
        raise CatalogueError(f"{error}.") from error


def _meet(a: Ports, b: Ports) -> bool:
    return any(low <= other_high and other_low <= high for low, high in a for other_low, other_high in b)
