# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own file, as an edition: read it, tell its format, import it, refuse it whole where it has a fault."""

from __future__ import annotations

import hashlib
import os
import stat
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    CURRENT,
    Document,
    Edition,
    Refusal,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import (
    CatalogueError,
    Fault,
    FileFaults,
    unknown,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.text import import_text
from ansible_collections.managed_desktop.network.plugins.plugin_utils._garbage import no_garbage_collection
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted

FORMATS: t.Final = ("auto", "markdown", "text", "yaml", "json", "csv")
MAX_BYTES: t.Final = 64 * 1024 * 1024
"""The largest file that is read: two million names."""

_BY_SUFFIX: t.Final = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".list": "text",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".json": "json",
    ".csv": "csv",
    ".psv": "csv",
    ".tsv": "csv",
}


def read_file(path: str, format: str = "auto") -> Edition:
    """Return the edition that the file at `path` holds.

    Its source is the file's name and its id the SHA-256 of its bytes, shortened, unless it names its own.

    Raises:
        CatalogueError: the file cannot be read, or has a fault (`FileFaults`, which lists them).
    """
    content = _read(path)
    digest = hashlib.sha256(content).hexdigest()
    blank = Edition(Path(path).name, f"sha256-{digest[:12]}", CURRENT, Document(sha256=digest), sha256=digest)
    return read_content(path, content, format, blank)


def read_content(name: str, content: bytes, format: str, blank: Edition) -> Edition:
    """Return `blank` with what the bytes of a file hold; messages call it `name`, whose suffix may tell its format.

    Raises:
        CatalogueError: the file has a fault (`FileFaults`, which lists them), or names nothing.
    """
    if format not in FORMATS:
        raise unknown("format", str(format), FORMATS)
    text = _decode(name, content)
    try:
        if format == "auto":
            format = format_of(name, text)
        with no_garbage_collection():
            edition = IMPORTERS[format](text, blank)
    except FileFaults as error:
        raise FileFaults(name, error.faults) from error
    except CatalogueError as error:
        raise CatalogueError(f"{name}: {error}") from error
    if edition.refused:
        faults = sorted(edition.refused, key=lambda refusal: (refusal.line or 0, refusal.token))
        raise FileFaults(name, [Fault(_place(refusal, format), refusal.reason) for refusal in faults])
    if not edition.entries:
        raise CatalogueError(f"{name}: The file names nothing; an empty list would cut off every device.")
    return edition


def format_of(path: str, text: str = "") -> str:
    """Return the format that a file's suffix says, otherwise its content."""
    suffix = Path(path).suffix.lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if text.lstrip()[:1] in ("[", "{"):
        return "json"
    from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tables import read_tables

    return "markdown" if read_tables(text).headers else "text"


def _import_markdown(text: str, blank: Edition) -> Edition:
    # Here and below, because a run that reads one format, or none, need not load them all.
    from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.markdown import import_markdown

    return import_markdown(text, blank)


def _import_json(text: str, blank: Edition) -> Edition:
    # Here, because most lists are no answers of the web service.
    from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.webservice import import_webservice

    return import_webservice(text, blank)


def _import_csv(text: str, blank: Edition) -> Edition:
    from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.separated import import_separated

    return import_separated(text, blank)


def _import_yaml(text: str, blank: Edition) -> Edition:
    # Here, because YAML takes longer to import than most lists to read.
    from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.listing import import_listing

    return import_listing(text, blank)


IMPORTERS: t.Final[dict[str, t.Callable[[str, Edition], Edition]]] = {
    "markdown": _import_markdown,
    "text": import_text,
    "yaml": _import_yaml,
    "json": _import_json,
    "csv": _import_csv,
}
"""What reads each format: a text and a blank edition in, the edition out."""


def _read(path: str) -> bytes:
    try:
        # A pipe would wait for its writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CatalogueError(f"{path}: It is no regular file; give the path of a list.")
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError(f"{path}: The file cannot be read: {error}.") from error
    if len(content) > MAX_BYTES:
        raise CatalogueError(f"{path}: The file has over {MAX_BYTES} bytes; that is no list of endpoints.")
    return content


def _decode(path: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = quoted(content[error.start : error.start + 4].decode("latin-1"))
        raise FileFaults(path, [Fault(f"line {line}", f"{found} is not UTF-8; save the file as UTF-8")]) from error


def _place(refusal: Refusal, format: str) -> str:
    if format == "text":
        return f"line {refusal.line}"  # which has one token, and is the row
    parts = [("line", refusal.line), ("row", refusal.row), ("token", refusal.token)]
    return ", ".join(f"{name} {number}" for name, number in parts if number)
