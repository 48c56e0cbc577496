# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small editions for the tests of the pure parts."""

from __future__ import annotations

import dataclasses

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    CURRENT,
    Document,
    Edition,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.listing import import_listing


def edition(text: str, id: str = "one") -> Edition:
    """Return an edition of a YAML list."""
    found = import_listing(text, Edition("own", id, CURRENT, Document(date="2026-01-01", sha256="0" * 64)))
    return dataclasses.replace(found, source="own", id=id)


def names(entries: object) -> list[str]:
    """Return the names of entries, or of what is held, sorted."""
    found = [getattr(item, "entry", item) for item in entries]  # type: ignore[attr-defined]
    return sorted(item.name for item in found)
