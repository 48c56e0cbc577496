# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A list that Squid's helper follows: one file beside the helper, replaced by a rename, and the helper itself.

The directory that the snippet names holds ``helper.py``, ``list`` and a provenance for each generation of the list. As
long as the snippet and the helper stay, only ``list`` is replaced; whatever else changes gets a directory of its own.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._files import (
    read_text,
    sync_directory,
    write_durably,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._squid import helper

LIST = "list"
PROGRAM = "helper.py"
PYTHON_MARK = "@PYTHON@"
OPTIONS = "-I -S -B"
"""How Python is started: without the environment, the site's packages, and files of its own."""

_MODE = 0o644  # the helper is started as Squid's own user, not as root


class Opened(t.NamedTuple):
    """What a list file says: all empty where it is damaged or missing. `text` are its bytes (latin-1)."""

    text: str | None
    digest: str | None
    generation: str | None
    files: dict[str, str]


def is_followed(snippet: str) -> bool:
    """Tell whether a snippet, with markers or without, has a helper follow its list."""
    return re.search(rf'^external_acl_type mdn_\S+ .*/{re.escape(PROGRAM)}" "[^"]+/{LIST}"$', snippet, re.M) is not None


def started(python: str) -> str:
    """Return how a snippet starts the helper, up to the helper's path."""
    return f" {python} {OPTIONS} "


def refuse_missing(python: str) -> None:
    """Tell that the helper could not be started.

    Raises:
        ApplianceError: there is no such program, or not everybody may run it.
    """
    try:
        mode = os.stat(python).st_mode
    except OSError as error:
        raise ApplianceError(
            f"helper_python: {python} cannot be found: {error.strerror}. Set it to a Python 3.9 or later of this host."
        ) from error
    if not stat.S_ISREG(mode) or not mode & 0o001:
        raise ApplianceError(
            f"helper_python: {python} is no program that Squid's own user may run. Set it to another Python."
        )


def open_list(directory: str) -> Opened:
    """Return what the list file of a directory says.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        text = read_text(os.path.join(directory, LIST))
    except (FileNotFoundError, NotADirectoryError):
        return Opened(None, None, None, {})
    try:
        return Opened(text, *helper.unpacked(text.encode("latin-1")))
    except ValueError:
        return Opened(text, None, None, {})


def read_program(directory: str) -> dict[str, str]:
    """Return the helper as the file of a list's content that it is; nothing where it is missing."""
    try:
        return {PROGRAM: read_text(os.path.join(directory, PROGRAM))}
    except (FileNotFoundError, NotADirectoryError):
        return {}


def write_program(directory: str, files: t.Mapping[str, str]) -> None:
    """Put the helper into a new directory, and let Squid's user in.

    Raises:
        OSError: it cannot be written, or a directory on the way cannot be opened to others.
    """
    write_durably(os.path.join(directory, PROGRAM), files.get(PROGRAM, ""), _MODE)
    home = os.path.dirname(directory)
    for place in (directory, home, os.path.dirname(home)):
        mode = stat.S_IMODE(os.stat(place).st_mode)
        if not mode & 0o001:
            os.chmod(place, mode | 0o001)


def write_list(path: str, digest: str, generation: str, files: t.Mapping[str, str]) -> None:
    """Write a list file under a name that nobody follows yet.

    Raises:
        OSError: it is there already, or cannot be written whole.
    """
    kept = {name: text for name, text in files.items() if name != PROGRAM}
    write_durably(path, helper.packed(digest, generation, kept), _MODE)


def staged_list(directory: str, generation: str) -> str:
    """Return the name under which a list waits for its turn."""
    return os.path.join(directory, f".{LIST}.{generation}")


def provenance_name(generation: str | None) -> str:
    """Return the name of the provenance of one generation of the list."""
    return f"provenance-{generation}.json"


def put(staged: str) -> None:
    """Rename a written list into place: from now on the helper answers by it.

    Raises:
        OSError: it cannot be done; the list that was there stays.
    """
    directory = os.path.dirname(staged)
    os.rename(staged, os.path.join(directory, LIST))
    sync_directory(directory)


def put_text(directory: str, text: str) -> None:
    """Put the bytes of an earlier list file back, where they are not what is there.

    Raises:
        OSError: it cannot be done.
    """
    if open_list(directory).text == text:
        return
    staged = staged_list(directory, "restore")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(staged)
    write_durably(staged, text, _MODE)
    put(staged)


def tidy(directory: str, generation: str | None) -> None:
    """Remove from a directory what is not of its list's present generation.

    Raises:
        OSError: something of it cannot be removed.
    """
    for name in os.listdir(directory):
        if name not in (LIST, PROGRAM, provenance_name(generation)) and re.match(rf"\.{LIST}\.|provenance-", name):
            os.unlink(os.path.join(directory, name))
