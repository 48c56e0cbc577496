# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sources and editions there are. Only an edition that is asked for is read."""

from __future__ import annotations

import typing as t
from functools import lru_cache
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError, unknown

LATEST: t.Final = "latest"

_DATA: t.Final = Path(__file__).parent.parent / "data"


def sources() -> list[str]:
    """Return the names of the shipped sources."""
    return sorted(entry.name for entry in _DATA.iterdir() if entry.is_dir())


def editions(source: str) -> list[str]:
    """Return the ids of the editions of a shipped source, oldest first: they begin with their date.

    Raises:
        CatalogueError: there is no such source.
    """
    if source not in sources():
        raise unknown("source", source, sources())
    return sorted(path.stem for path in (_DATA / source).glob("*.json"))


def load(source: str, edition: str = LATEST) -> Edition:
    """Return an edition by its id, or the latest.

    Raises:
        CatalogueError: there is no such source or edition.
    """
    ids = editions(source)
    if edition == LATEST:
        edition = ids[-1]
    elif edition not in ids:
        raise unknown(f"edition of {source}", str(edition), [*ids, LATEST])
    return _load(source, edition)


@lru_cache(maxsize=8)
def _load(source: str, edition: str) -> Edition:
    path = _DATA / source / f"{edition}.json"
    try:
        return stored.load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CatalogueError(
            f"The shipped edition {edition} of {source} cannot be read ({error}); install the collection anew."
        ) from error
