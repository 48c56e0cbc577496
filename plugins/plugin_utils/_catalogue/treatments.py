# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which endpoints need more than to be allowed, and which document says so: a reviewed table.

A name gets a treatment where the document's own pattern covers all of it; a wider wildcard gets none of its part. A
network gets what all names of its set get, since it stands for them.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition, Entry, Ground
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostPattern, covers, parse

_PRINCIPLES: t.Final = (
    "Microsoft 365 network connectivity principles",
    "https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-network-connectivity-principles",
    "2020-06-23",
)
_INTUNE: t.Final = (
    "Network endpoints for Microsoft Intune",
    "https://learn.microsoft.com/intune/intune-service/fundamentals/intune-endpoints",
    "2025-08-21",
)
_INTUNE_GOVERNMENT: t.Final = (
    "US government endpoints for Microsoft Intune",
    "https://learn.microsoft.com/intune/intune-service/fundamentals/intune-us-government-endpoints",
    "2025-08-11",
)

_CATEGORY: t.Final = "category"
_CATEGORIES: t.Final = ("Optimize", "Allow")

GROUNDS: t.Final[dict[str, Ground]] = {
    # Reviewed 2026-11-23.
    _CATEGORY: Ground(
        BYPASS_INSPECTION,
        *_PRINCIPLES,
        "Endpoints of the categories Optimize and Allow go past devices that intercept and decrypt.",
    ),
    "intune_inspection": Ground(
        BYPASS_INSPECTION,
        *_INTUNE,
        "Inspection of TLS is not supported for the management service. Its apex, which the web service lists in the "
        "same"
        " set with the category Allow, is counted with it.",
    ),
    "attestation_inspection": Ground(
        BYPASS_INSPECTION,
        *_INTUNE,
        "Inspection of TLS is not supported for the endpoints of device health attestation.",
    ),
    "intune_authentication": Ground(
        BYPASS_AUTHENTICATION, *_INTUNE, "Some tasks of the management service reach it without a login at the proxy."
    ),
    "government_inspection": Ground(
        BYPASS_INSPECTION, *_INTUNE_GOVERNMENT, "Inspection of TLS is not supported for the management service."
    ),
    "government_authentication": Ground(
        BYPASS_AUTHENTICATION,
        *_INTUNE_GOVERNMENT,
        "Some tasks of the management service reach it without a login at the proxy.",
    ),
}

_NAMES: t.Final[tuple[tuple[str, tuple[HostPattern, ...]], ...]] = tuple(
    (ground, tuple(map(parse, names)))
    for ground, names in (
        ("intune_inspection", ("manage.microsoft.com", "*.manage.microsoft.com", "*.dm.microsoft.com")),
        ("attestation_inspection", ("*.attest.azure.net",)),
        ("intune_authentication", ("manage.microsoft.com", "*.azureedge.net", "graph.microsoft.com")),
        ("government_inspection", ("*.manage.microsoft.us", "has.spserv.microsoft.com")),
        ("government_authentication", ("manage.microsoft.us",)),
    )
)


def with_treatments(edition: Edition) -> Edition:
    """Return the edition with the treatments that the table gives its entries, each with its ground."""
    grounds = [_grounds(entry) for entry in edition.entries]
    shared: dict[int, set[str]] = {}
    for entry, found in zip(edition.entries, grounds, strict=True):
        if entry.endpoint.host is not None:
            shared.setdefault(entry.row, set(found)).intersection_update(found)
    sets = {row.number: row.set for row in edition.rows if row.tied}
    by_set: dict[str | None, set[str]] = {}
    for number, found_in_row in shared.items():
        if number in sets:
            by_set.setdefault(sets[number], set(found_in_row)).intersection_update(found_in_row)
    entries = tuple(
        _with_grounds(entry, found | by_set.get(sets.get(entry.row), set()) if entry.endpoint.network else found)
        for entry, found in zip(edition.entries, grounds, strict=True)
    )
    used = {ground for entry in entries for ground in entry.endpoint.sources[0].grounds}
    return dataclasses.replace(edition, entries=entries, grounds={name: GROUNDS[name] for name in sorted(used)})


def _grounds(entry: Entry) -> set[str]:
    found = {_CATEGORY} if entry.endpoint.category in _CATEGORIES else set()
    host = entry.endpoint.host
    if host is not None:
        found.update(ground for ground, names in _NAMES if any(covers(name, host) for name in names))
    return found


def _with_grounds(entry: Entry, grounds: set[str]) -> Entry:
    if not grounds:
        return entry
    (origin,) = entry.endpoint.sources
    return entry._replace(
        endpoint=dataclasses.replace(
            entry.endpoint,
            treatments=entry.endpoint.treatments | {GROUNDS[ground].treatment for ground in grounds},
            sources=(dataclasses.replace(origin, grounds=tuple(sorted(grounds))),),
        )
    )
