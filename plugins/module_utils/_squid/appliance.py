# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Squid as an appliance: the steps of the flow, on files and the running proxy."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import (
    file_lock,
    read_backup,
    sync_directory,
    write_backup,
    write_durably,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    RUNNING,
    STOPPED,
    UNKNOWN,
    Appliance,
    ApplianceError,
    Running,
    State,
    Wanted,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.config import (
    Config,
    ConfigError,
    flattened,
    read_config,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.control import (
    Program,
    ask_running,
    proxy_url_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import (
    PROVENANCE,
    Layout,
    Stored,
    lines_of,
    read_stored,
    rendered,
    stored_provenance,
)

_LIST_MODE = 0o640
_DIRECTORY_MODE = 0o750
_INLINE = re.compile(r'^(acl \S+ .*)"@DIRECTORY@/([A-Za-z0-9_-]+)"$', re.M)
_PER_LINE = 40
_POLL = 0.05


class Staged(t.NamedTuple):
    """A list that is written and not read yet; `directory` and `snippet` are None where the list is to go."""

    digest: t.Optional[str]
    generation: t.Optional[str]
    directory: t.Optional[str]
    snippet: t.Optional[str]


class Squid(Appliance):
    """One named list on one Squid."""

    def __init__(
        self,
        layout: Layout,
        program: Program,
        config_file: str,
        backup_dir: str,
        proxy_url: t.Optional[str] = None,
        activation_timeout: float = 30.0,
    ) -> None:
        self.layout = layout
        self.program = program
        self.config_file = config_file
        self.backup_dir = os.path.join(backup_dir, layout.name)
        self.activation_timeout = activation_timeout
        self._proxy_url = proxy_url

    @property
    def state_host(self) -> str:
        """The reserved name that answers which list is running."""
        return f"{self.layout.name.replace('_', '-')}.allowlist.invalid"

    def config(self) -> Config:
        """Return the site's configuration around our snippet."""
        try:
            return read_config(self.config_file, self.layout.snippet)
        except ConfigError as error:
            raise ApplianceError(f"{error}.") from error

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self) -> State:
        stored = read_stored(self.layout)
        lines: t.Sequence[Line] = ()
        if stored.content is not None:
            lines = lines_of(stored.content, stored.provenance or {})
        return State(
            digest=stored.digest,
            running=self._running(stored),
            announced=_announced(stored),
            lines=lines,
            text=(stored.content or {}).get("snippet", ""),
            native=stored,
        )

    def _running(self, stored: Stored) -> Running:
        running = self._ask(stored)
        if running is None:
            return Running(UNKNOWN) if self.program.runs() else Running(STOPPED)
        return running

    def _ask(self, stored: Stored) -> t.Optional[Running]:
        answers = stored.raw is None or "http_access deny mdn_" in stored.raw
        return ask_running(self._proxy_url or proxy_url_of(self.config()), self.state_host, answers)

    def describe(self, wanted: Wanted) -> t.Tuple[t.Sequence[Line], str]:
        if wanted.content is None:
            return (), ""
        provenance = stored_provenance(wanted.content, wanted.provenance or {})
        return lines_of(wanted.content, provenance), wanted.content["snippet"]

    # -- judging -------------------------------------------------------------------------------------------------

    def preview(self, wanted: Wanted) -> None:
        if wanted.content is not None:
            self._check(_inlined(wanted.content))

    def validate(self, staged: Staged) -> None:
        if staged.snippet is None:
            self._check("")
            return
        with open(staged.snippet, encoding="latin-1", newline="") as file:
            self._check(file.read())

    def _check(self, snippet: str) -> None:
        whole = flattened(self.config_file, self.layout.snippet, snippet)
        self.program.check(whole, lambda: flattened(self.config_file, self.layout.snippet, ""))

    # -- writing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        os.makedirs(self.layout.home, mode=_DIRECTORY_MODE, exist_ok=True)
        with file_lock(os.path.join(self.layout.home, ".lock"), f"the list {self.layout.name}"):
            yield

    def save(self, state: State) -> str:
        stored: Stored = state.native
        content = {"platform": "squid", "content": stored.content, "provenance": stored.provenance}
        return write_backup(self.backup_dir, state.digest, content)

    def stage(self, wanted: Wanted) -> Staged:
        if wanted.content is None or wanted.digest is None:
            return Staged(None, None, None, None)
        generation = secrets.token_hex(4)
        directory = self.layout.directory(wanted.digest, generation)
        snippet = os.path.join(self.layout.snippet_dir, f".{os.path.basename(self.layout.snippet)}.{generation}")
        staged = Staged(wanted.digest, generation, directory, snippet)
        try:
            self._write(staged, wanted)
        except OSError:
            self.discard(staged)
            raise
        return staged

    def _write(self, staged: Staged, wanted: Wanted) -> None:
        directory, content = t.cast(str, staged.directory), t.cast(t.Dict[str, t.Any], wanted.content)
        os.mkdir(directory, _DIRECTORY_MODE)
        provenance = wanted.provenance or {}
        if "entries" not in provenance:
            provenance = stored_provenance(content, provenance)
        write_durably(os.path.join(directory, PROVENANCE), json.dumps(provenance, ensure_ascii=True), _LIST_MODE)
        for name, text in content["files"].items():
            write_durably(os.path.join(directory, name), text, _LIST_MODE)
        sync_directory(directory)
        text = rendered(content["snippet"], directory, str(staged.digest), str(staged.generation))
        write_durably(t.cast(str, staged.snippet), text, _LIST_MODE)

    def activate(self, staged: Staged) -> None:
        if staged.snippet is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.layout.snippet)
        else:
            os.rename(staged.snippet, self.layout.snippet)
        sync_directory(self.layout.snippet_dir)
        self._reload(staged.digest, staged.generation)

    def _reload(self, digest: t.Optional[str], generation: t.Optional[str]) -> None:
        """Make the running Squid read what is stored, and wait until it says so; a stopped one reads it at its start."""
        if not self.program.runs():
            return
        self.program.reconfigure()
        deadline = time.monotonic() + self.activation_timeout
        while True:
            running = self._ask(read_stored(self.layout))
            if running is not None and _settled(running, digest, generation):
                return
            if time.monotonic() > deadline:
                answer = f"answers '{running.state}' {running.digest or ''}" if running else "does not answer"
                raise ApplianceError(
                    f"Squid was told to reload, but after {self.activation_timeout:g} s it {answer}. See its cache.log."
                )
            time.sleep(_POLL)

    def discard(self, staged: t.Optional[Staged]) -> None:
        if staged is None:
            return
        if staged.snippet is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(staged.snippet)
        if staged.directory is not None:
            shutil.rmtree(staged.directory, ignore_errors=True)

    def restore(self, state: State) -> None:
        stored: Stored = state.native
        if stored.raw is None:
            self.activate(Staged(None, None, None, None))
            return
        temporary = os.path.join(self.layout.snippet_dir, f".{os.path.basename(self.layout.snippet)}.restore")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        write_durably(temporary, stored.raw, _LIST_MODE)
        os.rename(temporary, self.layout.snippet)
        sync_directory(self.layout.snippet_dir)
        self._reload(*_announced(stored))

    def tidy(self) -> None:
        current = read_stored(self.layout).directory
        for name in os.listdir(self.layout.home):
            path = os.path.join(self.layout.home, name)
            if path != current and re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]{8}", name):
                shutil.rmtree(path, ignore_errors=True)
        leftover = re.compile(rf"\.{re.escape(os.path.basename(self.layout.snippet))}\.([0-9a-f]{{8}}|restore)")
        for name in os.listdir(self.layout.snippet_dir):
            if leftover.fullmatch(name):
                os.unlink(os.path.join(self.layout.snippet_dir, name))


def wanted_from_backup(backup_dir: str, which: str) -> Wanted:
    """Return what a back-up holds as the list to put back.

    Raises:
        ApplianceError: there is no such back-up, it is damaged, or it is of another platform.
    """
    backup = read_backup(backup_dir, which)
    if backup.get("platform") != "squid":
        raise ApplianceError(f"The back-up {which} is not of a Squid.")
    content = backup.get("content")
    if content is None:
        return Wanted(None)
    if content_digest(content) != backup["digest"]:
        raise ApplianceError(f"The back-up {which} was altered: its digest does not fit its content.")
    return Wanted(backup["digest"], content, backup.get("provenance"))


def _settled(running: Running, digest: t.Optional[str], generation: t.Optional[str]) -> bool:
    """Whether there is nothing more to wait for: the list runs, or the proxy answers and cannot say which one does."""
    if running.state == RUNNING:
        return (running.digest, running.generation) == (digest, generation)
    return running.state == UNKNOWN or digest is None


def _announced(stored: Stored) -> t.Tuple[t.Optional[str], t.Optional[str]]:
    """Return digest and generation as the stored snippet's own text announces them to clients."""
    found = re.search(r"^deny_info 302:http://[^/]+/([0-9a-f]{64})/([0-9a-f]{8}) ", stored.raw or "", re.M)
    return (found.group(1), found.group(2)) if found else (None, None)


def _inlined(content: t.Mapping[str, t.Any]) -> str:
    """Return the snippet with its lists written into it, so that it can be checked without writing a file."""

    def lines(match: t.Match[str]) -> str:
        entries = content["files"][match.group(2)].split("\n")[:-1]
        chunks = [entries[start : start + _PER_LINE] for start in range(0, len(entries), _PER_LINE)]
        return "\n".join(f"{match.group(1)}{' '.join(chunk)}" for chunk in chunks)

    text = _INLINE.sub(lines, content["snippet"])
    return text.replace("@DIGEST@", "0" * 64).replace("@GENERATION@", "0" * 8)
