# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How wide each wildcard of a list is: what else of the list it covers, and who can register names under it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    LITERAL,
    HostPattern,
    reversed_labels,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._markdown_text import code, prose, table
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import (
    Suffix,
    list_version,
    registrable,
    strangers,
)


@dataclass(frozen=True)
class Breadth:
    """One wildcard. `covers` are the other hosts of the list, patterns or not, whose names all match it."""

    host: HostPattern
    covers: tuple[str, ...]
    strangers: Suffix | None
    registrable: str | None
    services: tuple[str, ...]

    def to_dict(self) -> dict[str, t.Any]:
        """Return it as plain data."""
        return {
            "host": self.host.text,
            "count": len(self.covers),
            "covers": list(self.covers),
            "strangers": self.strangers._asdict() if self.strangers else None,
            "registrable": self.registrable,
            "services": list(self.services),
        }


def breadth(endpoints: t.Sequence[Endpoint]) -> list[Breadth]:
    """Return the breadth of each wildcard: first those under which strangers register, then the widest first.

    A host counts once, however many rows, paths and ports it has, and never for itself. Ports and paths do not matter
    here: counted is what the pattern admits by name.
    """
    hosts = {endpoint.host.text: endpoint.host for endpoint in endpoints if endpoint.host is not None}
    index = Index(endpoint for endpoint in endpoints if endpoint.host is not None and endpoint.host.kind != LITERAL)
    covers: dict[str, list[HostPattern]] = {}
    for host in hosts.values():
        for wider in {str(endpoint.host) for endpoint in index.covering(host)} - {host.text}:
            covers.setdefault(wider, []).append(host)
    services: dict[str, set[str]] = {}
    for endpoint in endpoints:
        if endpoint.host is not None:
            services.setdefault(endpoint.host.text, set()).update(endpoint.services)
    found = [
        Breadth(
            host=host,
            covers=tuple(covered.text for covered in sorted(covers.get(host.text, ()), key=reversed_labels)),
            strangers=strangers(host),
            registrable=registrable(host),
            services=tuple(sorted(services[host.text])),
        )
        for host in hosts.values()
        if host.kind != LITERAL
    ]
    return sorted(found, key=lambda item: (item.strangers is None, -len(item.covers), reversed_labels(item.host)))


def to_markdown(found: t.Sequence[Breadth], subject: str) -> str:
    """Return the page. `subject` says in plain words which list it is of."""
    open_to_others = sum(1 for item in found if item.strangers)
    rows = [
        [
            code(item.host.text),
            str(len(item.covers)),
            f"**yes**, under {code(item.strangers.suffix)} ({prose(item.strangers.reason)})"
            if item.strangers
            else "no",
            code(item.registrable) if item.registrable else "none",
            "<br>".join(map(prose, item.services)) or "-",
        ]
        for item in found
    ]
    parts = [
        "# Breadth of the wildcards",
        f"Of {prose(subject)}: {len(found)} wildcards, {open_to_others} of them open to names of strangers.",
    ]
    if rows:
        headings = ["Wildcard", "Covers:", "Strangers can register", "Registrable domain", "Services"]
        parts.append(table(headings, rows))
    parts.append(
        "Covers counts the other hosts of the same list, patterns or not. Domains and strangers are judged by "
        f"{prose(list_version())} and the reviewed tables of the collection."
    )
    return "\n\n".join(parts) + "\n"
