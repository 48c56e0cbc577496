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

INSTANCES: t.Final = ("Worldwide", "China", "USGovDoD", "USGovGCCHigh")
"""The clouds that the web service answers for; the first is the default."""

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


def instances(source: str) -> list[str]:
    """Return the clouds that a shipped source has editions of, the default first; none where it knows no clouds.

    Raises:
        CatalogueError: there is no such source.
    """
    found = {_instance(edition) for edition in editions(source)}
    return [name for name in INSTANCES if name in found]


def load(source: str, edition: str = LATEST, instance: str | None = None) -> Edition:
    """Return an edition by its id, or the latest; of a source with several clouds, of one of them.

    The id of such an edition ends in its instance, which may be left off where `instance` is given.

    Raises:
        CatalogueError: there is no such source, edition or instance, or the edition is of another instance.
    """
    ids = editions(source)
    clouds = instances(source)
    wanted = known_instance(instance) if instance else None
    if not clouds:
        wanted = None
    elif wanted is None and edition not in ids:
        wanted = clouds[0]
    if wanted is not None:
        if wanted not in clouds:
            raise unknown(f"instance of {source}", wanted, clouds)
        if edition in ids and _instance(edition) != wanted:
            raise CatalogueError(f"Edition {edition} of {source} is of {_instance(edition)}; {wanted} was asked for.")
        ids = [id for id in ids if _instance(id) == wanted]
        edition = f"{edition}-{wanted.lower()}" if f"{edition}-{wanted.lower()}" in ids else edition
    if edition == LATEST:
        edition = ids[-1]
    elif edition not in ids:
        raise unknown(f"edition of {source}", str(edition), [*ids, LATEST])
    return _load(source, edition)


def known_instance(name: str) -> str:
    """Return the instance of this name, in any case, as the web service writes it.

    Raises:
        CatalogueError: there is no such instance.
    """
    for known in INSTANCES:
        if known.casefold() == str(name).casefold():
            return known
    raise unknown("instance", str(name), INSTANCES)


def _instance(edition: str) -> str | None:
    """Return the instance that an edition's id names after its date."""
    rest = edition[len("2025-12-01-") :].partition("-")[0]
    return next((name for name in INSTANCES if name.lower() == rest), None)


@lru_cache(maxsize=32)
def _load(source: str, edition: str) -> Edition:
    path = _DATA / source / f"{edition}.json"
    try:
        return stored.load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CatalogueError(
            f"The shipped edition {edition} of {source} cannot be read ({error}); install the collection anew."
        ) from error
