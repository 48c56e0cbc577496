# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own directory of editions, which updates fill: which there are, and which one is in force.

    <directory>/<source>/index.json        what is kept, with digests, and what is in force; the only file that counts
    <directory>/<source>/<edition>.json    an edition as `stored` writes it; never changed once it is there
    <directory>/<source>/<edition>.md      what it changed, for the ticket

Only read here; `_update/store.py` writes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import typing as t
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import shipped, stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError, unknown

INDEX: t.Final = "index.json"
FORMAT: t.Final = 1
SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_EDITION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"[0-9]{10}|[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Waiting:
    """An edition that is not put in force until it is acknowledged; `version` and `query` are those of its answer."""

    edition: str
    version: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class Track:
    """One line of editions of a source: that of one cloud, or its only one.

    `in_force` is the edition that counts, and `answer` the last accepted one as the source gave it; they differ while
    removed endpoints are held. `version` is the source's own name of that answer, `query` what else it was asked with.
    """

    in_force: str
    answer: str
    version: str | None = None
    query: str | None = None
    waiting: Waiting | None = None


@dataclass(frozen=True)
class Index:
    """What is kept of one source: the SHA-256 of each edition's file, and the tracks by cloud ("" without clouds)."""

    digests: t.Mapping[str, str] = field(default_factory=dict)
    tracks: t.Mapping[str, Track] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the text of the file; `from_text` reads it back."""
        data = {
            "format": FORMAT,
            "editions": {edition: {"sha256": digest} for edition, digest in sorted(self.digests.items())},
            "tracks": {name: dataclasses.asdict(track) for name, track in sorted(self.tracks.items())},
        }
        return json.dumps(data, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Index:
        """Return the index that `text` holds.

        Raises:
            ValueError: it is none.
        """
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"it has another format than {FORMAT}")
        try:
            digests = {str(edition): str(item["sha256"]) for edition, item in data["editions"].items()}
            tracks = {str(name): _track(item) for name, item in data["tracks"].items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it lacks or misspells {error}") from error
        for edition, digest in digests.items():
            if not _EDITION_ID.fullmatch(edition) or not _SHA256.fullmatch(digest):
                raise ValueError(f"{edition[:40]!a} is no edition with a digest")
        for track in tracks.values():
            for edition in (track.in_force, track.answer, *([track.waiting.edition] if track.waiting else [])):
                if edition not in digests:
                    raise ValueError(f"{edition[:40]!a} is named and not kept")
        return cls(digests, tracks)


def _track(data: t.Mapping[str, t.Any]) -> Track:
    waiting = data["waiting"]
    if waiting is not None:
        waiting = Waiting(str(waiting["edition"]), _version(waiting["version"]), _text(waiting["query"]))
    version, query = _version(data["version"]), _text(data["query"])
    return Track(str(data["in_force"]), str(data["answer"]), version, query, waiting)


def _version(value: t.Any) -> str | None:
    """Return a version; it becomes part of an address that is asked."""
    if value is not None and not _VERSION.fullmatch(value):
        raise ValueError(f"{value[:40]!a} is no version")
    return t.cast("str | None", value)


def _text(value: t.Any) -> str | None:
    return None if value is None else str(value)


def index_path(directory: str, source: str) -> Path:
    """Return where the index of a source stands."""
    return Path(directory) / source / INDEX


def sources(directory: str) -> list[str]:
    """Return the sources that the directory keeps editions of."""
    return sorted(path.parent.name for path in Path(directory).glob(f"*/{INDEX}") if path.parent.name[0] != ".")


def read_index(directory: str, source: str) -> Index:
    """Return what is kept of a source; an empty index where nothing is.

    Raises:
        CatalogueError: the index cannot be read.
    """
    path = index_path(directory, source)
    try:
        return Index.from_text(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Index()
    except (OSError, ValueError, RecursionError) as error:
        raise CatalogueError(
            f"{path}: The index of kept editions cannot be read: {error}. Put it back from a back-up of the directory,"
            " or take the directory of this source away and update anew."
        ) from error


def read_edition(directory: str, source: str, edition: str, sha256: str) -> Edition:
    """Return one kept edition, as it was when it was kept.

    Raises:
        CatalogueError: its file is gone, or is not the one that was kept.
    """
    return _read(Path(directory) / source / f"{edition}.json", sha256)


@lru_cache(maxsize=8)
def _read(path: Path, sha256: str) -> Edition:
    try:
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ValueError(f"its SHA-256 is {found}, and {sha256} was kept")
        return stored.load(content.decode("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CatalogueError(
            f"{path}: The edition cannot be used: {error}. Put it back from a back-up, or choose another edition."
        ) from error


def find(directory: str, source: str, edition: str, instance: str | None = None) -> Edition | None:
    """Return a kept edition by its id, or with ``latest`` the one in force; None where there is no such one.

    An edition that is not in force has the status ``draft`` while it waits to be acknowledged, and ``superseded``
    otherwise.

    Raises:
        CatalogueError: the directory is damaged.
    """
    if not SOURCE_NAME.fullmatch(source):
        return None
    index = read_index(directory, source)
    track = index.tracks.get(_track_name(source, instance))
    if edition == shipped.LATEST:
        if track is None:
            return None
        edition = track.in_force
    if edition not in index.digests:
        return None
    found = read_edition(directory, source, edition, index.digests[edition])
    if instance and found.instance and found.instance != shipped.known_instance(instance):
        raise CatalogueError(f"Edition {edition} of {source} is of {found.instance}; {instance} was asked for.")
    if edition in {track.in_force for track in index.tracks.values()}:
        return found
    waiting = {track.waiting.edition for track in index.tracks.values() if track.waiting}
    return dataclasses.replace(found, status="draft" if edition in waiting else "superseded")


def _track_name(source: str, instance: str | None) -> str:
    if source in shipped.sources() and (clouds := shipped.instances(source)):
        return shipped.known_instance(instance).lower() if instance else clouds[0].lower()
    return ""


def editions(source: str, directory: str | None) -> list[str]:
    """Return the ids of all editions of a source, shipped and kept; those that begin with their date oldest first.

    Raises:
        CatalogueError: there is no such source, or the directory is damaged.
    """
    own = set(read_index(directory, source).digests) if directory and SOURCE_NAME.fullmatch(source) else set()
    if source in shipped.sources():
        own.update(shipped.editions(source))
    if not own:
        raise unknown("source", source, {*shipped.sources(), *(sources(directory) if directory else ())})
    return sorted(own)


def load(source: str, edition: str, instance: str | None, directory: str | None) -> Edition:
    """Return an edition from the directory, where one is given and has it, otherwise from the shipped ones.

    Raises:
        CatalogueError: there is no such source, edition or instance, or the directory is damaged.
    """
    if not directory:
        return shipped.load(source, edition, instance)
    found = find(directory, source, edition, instance)
    if found is not None:
        return found
    known = sources(directory)
    if source not in shipped.sources():
        if source in known:
            raise unknown(f"edition of {source}", edition, [*read_index(directory, source).digests, shipped.LATEST])
        raise unknown("source", source, {*shipped.sources(), *known})
    return shipped.load(source, edition, instance)
