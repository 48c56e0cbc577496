# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of an update, and of a look into the directory, as plain data."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import unknown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.in_force import held_in
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.run import Result, Wish
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.store import State, Store
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.valve import Held

Plain = dict[str, t.Any]

NAMED: t.Final = 50
"""How many names of a reason a result holds; the page has the rest by service."""


def of_update(result: Result, wish: Wish) -> Plain:
    """Return the result of an update, as the module documents it."""
    waiting = _edition(result.waiting, result.waiting_digest)
    if waiting is not None:
        waiting["reasons"] = [
            {"rule": reason.rule, "text": reason.text, "names": list(reason.names[:NAMED])} for reason in result.reasons
        ]
    return {
        "changed": result.changed,
        "source": wish.feed.source,
        "instance": getattr(wish.feed, "instance", None),
        "asked": result.news.outcome,
        "version": result.news.version,
        "in_force": _edition(result.in_force, result.digest),
        "waiting": waiting,
        "held": _held(result.held),
        "released": sorted({item.entry.name for item in result.released}),
        "counts": result.difference.to_dict()["counts"] if result.difference else None,
        "ticket": result.ticket,
        "ticket_path": result.ticket_path,
    }


def warnings_of(result: Result, wish: Wish) -> list[str]:
    """Return what a user should know of an update that did not fail."""
    found = []
    if result.news.outcome == "busy" and result.news.message:
        found.append(result.news.message)
    if result.waiting:
        why = " ".join(reason.text for reason in result.reasons) or "It was asked for with other options."
        found.append(
            f"Edition {result.waiting.id} of {wish.feed.source} is kept and not in force. {why} To put it in force,"
            f" acknowledge {result.waiting_digest}."
        )
    return found


def of_directory(directory: str, source: str | None) -> list[Plain]:
    """Return what is kept in a directory, by source and cloud.

    Raises:
        CatalogueError: there is no such source, or the directory is damaged.
    """
    known = kept.sources(directory)
    if source is not None and source not in known:
        raise unknown(f"source in {directory}", source, known)
    store = Store(directory, writing=False)
    return [_source(store, name) for name in known if source in (None, name)]


def asked_in(directory: str) -> list[Plain]:
    """Return when each source was asked last; nothing where that is not this user's to read."""
    state: State = Store(directory, writing=False).state()
    return [
        {"address": address, "at": _time(asked.at), "not_before": _time(asked.not_before), "version": asked.seen}
        for address, asked in sorted(state.asked.items())
    ]


def _source(store: Store, source: str) -> Plain:
    index = store.index(source)
    tracks = []
    for _name, track in sorted(index.tracks.items()):
        in_force = store.edition(index, source, track.in_force)
        waiting = store.edition(index, source, track.waiting.edition) if track.waiting else None
        tracks.append(
            {
                "instance": in_force.instance,
                "version": track.version,
                "in_force": _edition(in_force, index.digests[in_force.id]),
                "waiting": _edition(waiting, index.digests[waiting.id] if waiting else None),
                "held": _held(held_in(in_force)),
            }
        )
    editions = [{"edition": edition, "sha256": digest} for edition, digest in sorted(index.digests.items())]
    return {"source": source, "editions": editions, "tracks": tracks}


def _edition(edition: Edition | None, digest: str | None) -> Plain | None:
    if edition is None:
        return None
    return {"edition": edition.id, "sha256": digest, "date": edition.document.date, "endpoints": edition.unique}


def _held(held: t.Iterable[Held]) -> list[Plain]:
    found = sorted({(item.entry.name, item.row.service or "", item.until) for item in held})
    return [{"name": name, "service": service or None, "until": until} for name, service, until in found]


def _time(seconds: float) -> str | None:
    if seconds <= 0:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
