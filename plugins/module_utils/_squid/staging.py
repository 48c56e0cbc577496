# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Writing a list where nothing reads it yet, putting it in its place by one rename, removing what is left over."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._files import sync_directory, write_durably
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import Wanted
from ansible_collections.managed_desktop.network.plugins.module_utils._squid import followed
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import (
    PROVENANCE,
    Layout,
    Stored,
    rendered,
    stored_provenance,
)

LIST_MODE = 0o640
DIRECTORY_MODE = 0o750


class Staged(t.NamedTuple):
    """A list that is written and not read yet.

    `directory` is its own, new, and `snippet` is to be renamed into place; for a list that the helper in force is to
    follow, `snippet` is None and `followed` is to be renamed, in a `directory` that is there. All are None where the
    list is to go. `provenance` is a file that goes with `followed`.
    """

    directory: str | None = None
    snippet: str | None = None
    followed: str | None = None
    provenance: str | None = None


def stage(layout: Layout, wanted: Wanted, follower: str | None) -> Staged:
    """Write the list; `follower` is the directory whose helper is in force and can be given it, None without one.

    Raises:
        OSError: it cannot be written whole; then nothing of it is left.
    """
    if wanted.content is None or wanted.digest is None:
        return Staged()
    generation = secrets.token_hex(4)
    if follower is not None:
        names = (followed.staged_list(follower, generation), os.path.join(follower, _provenance(wanted, generation)))
        staged = Staged(follower, None, *names)
    else:
        snippet = os.path.join(layout.snippet_dir, f".{os.path.basename(layout.snippet)}.{generation}")
        staged = Staged(layout.directory(wanted.digest, generation), snippet)
    try:
        _write(layout, staged, wanted, generation)
    except OSError:
        discard(layout, staged)
        raise
    return staged


def _write(layout: Layout, staged: Staged, wanted: Wanted, generation: str) -> None:
    content, digest = t.cast("dict[str, t.Any]", wanted.content), str(wanted.digest)
    files, directory = content["files"], str(staged.directory)
    if staged.followed is None:
        os.makedirs(layout.home, mode=DIRECTORY_MODE, exist_ok=True)
        os.mkdir(directory, DIRECTORY_MODE)
    provenance = json.dumps(stored_provenance(content, wanted.provenance or {}), ensure_ascii=True)
    write_durably(os.path.join(directory, _provenance(wanted, generation)), provenance, LIST_MODE)
    if staged.followed is not None:
        followed.write_list(staged.followed, digest, generation, files)
    elif followed.is_followed(content["snippet"]):
        followed.write_program(directory, files)
        followed.write_list(os.path.join(directory, followed.LIST), digest, generation, files)
    else:
        for name, text in files.items():
            write_durably(os.path.join(directory, name), text, LIST_MODE)
    sync_directory(directory)
    sync_directory(layout.home)
    if staged.snippet is not None:
        text = rendered(content["snippet"], directory, digest, generation, layout.python)
        write_durably(staged.snippet, text, LIST_MODE)


def _provenance(wanted: Wanted, generation: str) -> str:
    snippet = (wanted.content or {}).get("snippet", "")
    return followed.provenance_name(generation) if followed.is_followed(snippet) else PROVENANCE


def put(layout: Layout, staged: Staged) -> None:
    """Put in place what was written, by one rename, or take the snippet away.

    Raises:
        OSError: it cannot be done; what was there stays.
    """
    if staged.followed is not None:
        followed.put(staged.followed)
        return
    if staged.snippet is None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(layout.snippet)
    else:
        os.rename(staged.snippet, layout.snippet)
    sync_directory(layout.snippet_dir)


def discard(layout: Layout, staged: Staged) -> None:
    """Remove what was written and never put in place."""
    for file in (staged.snippet, staged.followed, staged.provenance):
        if file is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(file)
    if staged.directory is not None and staged.followed is None:
        shutil.rmtree(staged.directory, ignore_errors=True)
        with contextlib.suppress(OSError):  # another list of this name is there
            os.rmdir(layout.home)


def put_back(layout: Layout, stored: Stored, present: Stored) -> None:
    """Put what was `stored` in the place of what is `present`.

    Raises:
        OSError: it cannot be done.
    """
    if stored.raw is None:
        put(layout, Staged())
        return
    if stored.list_text is not None and stored.directory is not None:
        followed.put_text(stored.directory, stored.list_text)
    if stored.raw == present.raw:
        return
    temporary = os.path.join(layout.snippet_dir, f".{os.path.basename(layout.snippet)}.restore")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    write_durably(temporary, stored.raw, LIST_MODE)
    put(layout, Staged(snippet=temporary))


def tidy(layout: Layout, current: Stored) -> None:
    """Remove what earlier lists and crashed runs left behind.

    Raises:
        OSError: something of it cannot be removed.
    """
    tidy_lists(layout, current)
    leftover = re.compile(rf"\.{re.escape(os.path.basename(layout.snippet))}\.([0-9a-f]{{8}}|restore)")
    for name in os.listdir(layout.snippet_dir):
        if leftover.fullmatch(name):
            os.unlink(os.path.join(layout.snippet_dir, name))


def tidy_lists(layout: Layout, current: Stored) -> None:
    """Remove the directories of earlier lists, and what a helper's directory has of them."""
    if not os.path.isdir(layout.home):
        return
    for name in os.listdir(layout.home):
        path = os.path.join(layout.home, name)
        if path != current.directory and re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]{8}", name):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)
    if current.directory is None:
        with contextlib.suppress(OSError):  # somebody keeps a file of their own there
            os.rmdir(layout.home)
    elif current.followed:
        followed.tidy(current.directory, current.list_generation)
