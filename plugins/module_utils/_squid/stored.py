# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One list as it stands on a Squid host: a snippet, and a directory of list files that it names.

The digest of what is stored is computed from the bytes, never read: what an editor changed shows. The digest covers
the content, which is the snippet with markers for its directory, digest and generation, and the list files. Where a
helper follows the list, these stand in one file, and the helper is one of them; see `followed`.
"""

from __future__ import annotations

import json
import os
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._squid import followed
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.helper import GROUPS

PROVENANCE = "provenance.json"
DIRECTORY_MARK = "@DIRECTORY@"
STATE_MARK = "@DIGEST@/@GENERATION@"
_STATE = re.compile(r"^deny_info 302:http://[a-z0-9.-]+/([0-9a-f]{64})/([0-9a-f]{8}) ", re.M)
_TITLE = re.compile(r"^# (.+)\nacl mdn_[a-z0-9_]+?_(p[0-9a-z_]+)_ports port ", re.M)
_FILE_NAME = re.compile(r"(?!\.{1,2}$)[^/\0]{1,255}")


class Layout(t.NamedTuple):
    """Where the files of one list stand."""

    name: str
    snippet_dir: str
    list_dir: str
    snippet_prefix: str = "20"
    python: str = "/usr/bin/python3"

    @property
    def snippet(self) -> str:
        """The file that Squid includes: the only one that is renamed into place."""
        return os.path.join(self.snippet_dir, f"{self.snippet_prefix}-allowlist-{self.name}.conf")

    @property
    def home(self) -> str:
        """The directory that holds this list's directories, and nobody else's."""
        return os.path.join(self.list_dir, self.name)

    def directory(self, digest: str, generation: str) -> str:
        """The directory of one written list."""
        return os.path.join(self.home, f"{digest[:16]}-{generation}")


class Stored(t.NamedTuple):
    """What stands there; all None where there is no snippet. `raw` are the snippet's bytes as text (latin-1).

    `announced` is the digest and generation that a Squid gives which runs this. `list_text` are the bytes of the list
    file that a helper follows.
    """

    raw: str | None = None
    digest: str | None = None
    directory: str | None = None
    content: dict[str, t.Any] | None = None
    provenance: dict[str, t.Any] | None = None
    announced: tuple[str | None, str | None] = (None, None)
    list_text: str | None = None

    @property
    def followed(self) -> bool:
        """Whether a helper follows the list."""
        return self.directory is not None and followed.is_followed(self.raw or "")

    @property
    def list_generation(self) -> str | None:
        """The generation of the list itself, where a helper follows it."""
        return (self.announced[1] or "").partition(".")[0] or None


def read_stored(layout: Layout) -> Stored:
    """Return the list that is stored.

    Raises:
        OSError: a file exists and cannot be read.
    """
    try:
        raw = read_text(layout.snippet)
    except FileNotFoundError:
        return Stored()
    directory = _named_directory(layout, raw)
    if directory is None or any(mark in raw for mark in (DIRECTORY_MARK, STATE_MARK, followed.PYTHON_MARK)):
        content: dict[str, t.Any] = {"snippet": raw, "files": {}}
        return Stored(raw, content_digest(content), None, content, {}, announced(raw))
    if followed.is_followed(raw):
        return _read_followed(layout, raw, directory)
    files, provenance = _read_files(directory)
    content = {"snippet": _with_markers(raw, directory), "files": files}
    return Stored(raw, content_digest(content), directory, content, provenance, announced(raw))


def _read_followed(layout: Layout, raw: str, directory: str) -> Stored:
    opened = followed.open_list(directory)
    snippet = raw.replace(directory, DIRECTORY_MARK)
    snippet = snippet.replace(followed.started(layout.python), followed.started(followed.PYTHON_MARK))
    content = {"snippet": snippet, "files": {**opened.files, **followed.read_program(directory)}}
    digest = content_digest(content)
    # The helper goes on with the list in memory where the file is damaged; no generation fits that.
    says = (opened.digest, f"{opened.generation}.{directory[-8:]}") if opened.digest else (digest, None)
    provenance = _provenance(os.path.join(directory, followed.provenance_name(opened.generation)))
    return Stored(raw, digest, directory, content, provenance, says, opened.text)


def _named_directory(layout: Layout, raw: str) -> str | None:
    """Return the directory whose lists a snippet names; for one that names none, that of the list it announces."""
    named = re.search(rf'"({re.escape(layout.home)}/[0-9a-f]{{16}}-[0-9a-f]{{8}})/', raw)
    if named:
        return named.group(1)
    digest, generation = announced(raw)
    return layout.directory(digest, generation) if digest and generation else None


def announced(snippet: str | None) -> tuple[str | None, str | None]:
    """Return digest and generation as the text of a snippet makes Squid announce them; None where it does not."""
    found = _STATE.search(snippet or "")
    return (found.group(1), found.group(2)) if found else (None, None)


def checked_content(content: t.Any) -> dict[str, t.Any]:
    """Return `content` if it is a snippet and list files that stay within their directory.

    Raises:
        ApplianceError: it is not; nothing that is written on a device comes from it then.
    """
    files: t.Any = content.get("files") if isinstance(content, dict) else None
    sound = isinstance(files, dict) and set(content) == {"snippet", "files"} and isinstance(content["snippet"], str)
    if not sound or not all(isinstance(text, str) for text in files.values()):
        raise ApplianceError("The list is not of the form {snippet: text, files: {name: text}}.")
    for name in files:
        if not _FILE_NAME.fullmatch(name) or name == PROVENANCE:
            raise ApplianceError(f"The list names a file {name!r}, which is no name for a list file.")
    return t.cast(dict[str, t.Any], content)


def rendered(snippet: str, directory: str, digest: str, generation: str, python: str = "") -> str:
    """Return the snippet with the markers filled in; the reverse of what reading does."""
    filled = snippet.replace(DIRECTORY_MARK, directory).replace(STATE_MARK, f"{digest}/{generation}")
    return filled.replace(followed.PYTHON_MARK, python)


def _with_markers(raw: str, directory: str) -> str:
    state = "/".join(part for part in announced(raw) if part)
    return (raw.replace(state, STATE_MARK) if state else raw).replace(directory, DIRECTORY_MARK)


def _read_files(directory: str) -> tuple[dict[str, str], dict[str, t.Any]]:
    files: dict[str, str] = {}
    provenance: dict[str, t.Any] = {}
    try:
        names = sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return {}, {}
    for name in names:
        path = os.path.join(directory, name)
        if name == PROVENANCE:
            provenance = _provenance(path)
        elif os.path.isfile(path):
            files[name] = read_text(path)
    return files, provenance


def _provenance(path: str) -> dict[str, t.Any]:
    """Return the stored provenance; what is damaged counts as absent, since nothing but the report rests on it."""
    try:
        return checked_provenance(json.loads(read_text(path)))
    except (OSError, ValueError, RecursionError):
        return {}


def checked_provenance(found: t.Any) -> dict[str, t.Any]:
    """Return a stored provenance without whatever in it is not of its form."""
    entries = found.get("entries") if isinstance(found, dict) else None
    return {
        "entries": {
            file: {entry: told for entry, told in known.items() if _is_pair(told)}
            for file, known in (entries.items() if isinstance(entries, dict) else ())
            if isinstance(known, dict)
        }
    }


def _is_pair(told: t.Any) -> bool:
    return isinstance(told, list) and len(told) == 2 and all(isinstance(text, str) for text in told)


# -- for people --------------------------------------------------------------------------------------------------


def stored_provenance(content: t.Mapping[str, t.Any], provenance: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the provenance of a compiled list keyed by entry, so that it still fits after somebody edits a list.

    One that comes from a back-up is of that form already.
    """
    if "entries" in provenance:
        return checked_provenance(provenance)
    services = provenance.get("services", [""])
    shown = provenance.get("shown", {})
    entries: dict[str, dict[str, list[str]]] = {}
    for file, text in _lists(content).items():
        indices, subjects = provenance.get("files", {}).get(file, []), shown.get(file, [])
        entries[file] = {
            entry: [services[indices[n]] if n < len(indices) else "", ", ".join(subjects[n]) if subjects else ""]
            for n, entry in enumerate(text.splitlines())
        }
    return {"entries": entries}


def lines_of(content: t.Mapping[str, t.Any], provenance: t.Mapping[str, t.Any]) -> list[Line]:
    """Return the list's entries as people read them, with what a stored `provenance` knows of each."""
    lines = []
    files = _lists(content)
    titles = {group: title for title, group in _TITLE.findall(content["snippet"])}
    titles.update(_pairs(content["files"].get(GROUPS, "")))
    for file in sorted(files):
        group, _dash, kind = file.partition("-")
        title = titles.get(group, group)
        apexes = set(files.get(f"{group}-apexes", "").splitlines())
        below = {entry[1:] for entry in files.get(f"{group}-below", "").splitlines()}
        told = provenance.get("entries", {}).get(file, {})
        for entry in files[file].splitlines():
            if kind == "apexes" and entry in below:
                continue
            if kind == "paths" and entry in told:
                continue
            service, subject = told.get(entry, ("", ""))
            lines.append(Line(f"{subject or _subject(kind, entry, apexes)}  {title}", service))
    return lines


def _lists(content: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return the files of a list that hold entries."""
    return {name: text for name, text in content["files"].items() if name not in (GROUPS, followed.PROGRAM)}


def _pairs(text: str) -> t.Iterator[tuple[str, str]]:
    for line in text.splitlines():
        group, _space, title = line.partition(" ")
        yield group, title


def _subject(kind: str, entry: str, apexes: set[str]) -> str:
    if kind == "apexes":
        return f"not {entry}"
    if kind == "below" and entry[1:] in apexes:
        return f"*{entry}"
    if entry.startswith("."):
        return f"*{entry} and {entry[1:]}"
    return f"{kind} {entry}" if kind.startswith(("globs", "urls", "prefix", "paths")) else entry
