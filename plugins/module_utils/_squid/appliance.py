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
    read_text,
    refuse_unwritable,
    sync_directory,
    tidy_backups,
    write_durably,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import Judgement, ListAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    STOPPED,
    UNKNOWN,
    ApplianceError,
    Running,
    State,
    Wanted,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.config import (
    Config,
    ConfigError,
    read_config,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.control import (
    Program,
    Version,
    ask_running,
    proxy_url_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.site import SiteError, inspect
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import (
    DIRECTORY_MARK,
    PROVENANCE,
    STATE_MARK,
    Layout,
    Stored,
    announced,
    checked_content,
    checked_provenance,
    lines_of,
    read_stored,
    rendered,
    stored_provenance,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.tls import tls_report

_LIST_MODE = 0o640
_DIRECTORY_MODE = 0o750
_INLINE = re.compile(rf'^(acl \S+ .*)"{DIRECTORY_MARK}/([A-Za-z0-9_-]+)"$', re.M)
_LINE_LENGTH = 4096  # Squid 5.7 cuts lines off after 8191 octets
_POLL = 0.05
_GONE = 5.0
_SILENCE = 2.0


class Staged(t.NamedTuple):
    """A list that is written and not read yet; `directory` and `snippet` are None where the list is to go."""

    digest: str | None
    generation: str | None
    directory: str | None
    snippet: str | None


class Squid(ListAppliance):
    """One named list on one Squid."""

    platform = "squid"
    module = "squid_allowlist"

    def __init__(
        self,
        layout: Layout,
        program: Program,
        config_file: str,
        backup_dir: str,
        proxy_url: str | None = None,
        activation_timeout: float = 30.0,
    ) -> None:
        self.layout = layout
        self.program = program
        self.config_file = config_file
        self.backup_dir = os.path.join(backup_dir, layout.name)
        self.activation_timeout = activation_timeout
        self._proxy_url = proxy_url
        self._version: Version | None = None

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
            announced=announced(stored.raw),
            lines=lines,
            text=(stored.content or {}).get("snippet", ""),
            content=stored.content,
            provenance=stored.provenance,
            native=stored,
        )

    def _running(self, stored: Stored) -> Running:
        running = self._ask(stored)
        if running is None:
            return Running(UNKNOWN) if self.program.runs() else Running(STOPPED)
        return running

    def _ask(self, stored: Stored) -> Running | None:
        config = self.config()
        return ask_running(self._address(config), self.state_host, self._answers(stored.raw, config))

    def _address(self, config: Config) -> str | None:
        return self._proxy_url or proxy_url_of(config)

    def _answers(self, snippet: str | None, config: Config) -> bool:
        """Tell whether Squid, running this snippet, answers for the reserved name: by our rule or the site's."""
        acl = f"mdn_{self.layout.name}_state"
        if snippet is None or f"http_access deny {acl}" in snippet:
            return True
        return any(rule.name == "http_access" and acl in rule.words for rule in config.all)

    def foresee(self, before: State, wanted: Wanted) -> Running:
        if before.running.state == STOPPED:
            return before.running
        snippet = None if wanted.content is None else wanted.content["snippet"]
        config = self.config()
        now = ask_running(self._address(config), self.state_host, True)
        if now is None or now.state == UNKNOWN or not self._answers(snippet, config):
            return Running(UNKNOWN)
        return Running(RUNNING, wanted.digest) if STATE_MARK in (snippet or "") else Running(NONE)

    def describe(self, wanted: Wanted) -> tuple[t.Sequence[Line], str]:
        if wanted.content is None:
            return (), ""
        provenance = stored_provenance(wanted.content, wanted.provenance or {})
        return lines_of(wanted.content, provenance), wanted.content["snippet"]

    # -- judging -------------------------------------------------------------------------------------------------

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        try:
            site = inspect(self.config(), self.layout.snippet, needs, params)
        except SiteError as error:
            raise ApplianceError(str(error)) from error
        losses = [blocked.loss() for blocked in site.blocked]
        if self.version.tls and site.bumps:
            return Judgement("tls", losses, site.warnings)
        if "bypass_inspection" in needs["treatments"]:
            detail = "this Squid has no TLS or no bumping port, so there is no inspection that it could be told to skip"
            losses.append({"property": "tls_inspection", "result": "unsupported", "detail": detail})
        return Judgement("plain", losses, site.warnings)

    def checked_content(self, content: t.Any) -> dict[str, t.Any]:
        return checked_content(content)

    def checked_provenance(self, provenance: t.Any) -> dict[str, t.Any]:
        return checked_provenance(provenance)

    @property
    def version(self) -> Version:
        """What ``squid -v`` says, asked once."""
        if self._version is None:
            self._version = self.program.version()
        return self._version

    def facts(self) -> dict[str, t.Any]:
        version = self.version
        return {"version": version.number, "tls": version.tls, "dialect_measured": version.measured}

    def details(self, state: State) -> dict[str, t.Any]:
        return {"tls": tls_report(self.config(), self.version.tls, "on_unsupported_protocol tunnel" in state.text)}

    def preview(self, wanted: Wanted) -> None:
        for directory in (self.layout.snippet_dir, self.layout.list_dir, self.backup_dir):
            refuse_unwritable(directory)
        self._check(None if wanted.content is None else _inlined(wanted.content))

    def validate(self, staged: Staged) -> None:
        self._check(None if staged.snippet is None else read_text(staged.snippet))

    def _check(self, snippet: str | None) -> None:
        config = self.config()
        if snippet is None and config.alone is not None:
            raise ApplianceError(
                f"{config.alone.place} ('{config.alone.text}') matches no other file than this list's, so Squid would "
                "not start again without it. Put another file there, or remove that line."
            )
        if snippet is None:
            present = read_stored(self.layout).raw or ""
            self.program.check(config.with_snippet(""), lambda: config.with_snippet(present), "without this list")
        else:
            self.program.check(config.with_snippet(snippet), lambda: config.with_snippet(""), "with this list")
        self._refuse_silence(config)

    def _refuse_silence(self, config: Config) -> None:
        """A Squid that runs and cannot be reached would only be found out after the new list is in force."""
        address = self._address(config)
        deadline = time.monotonic() + _SILENCE
        while ask_running(address, self.state_host, True) is None:
            if not self.program.runs():
                return
            if time.monotonic() > deadline:
                raise ApplianceError(
                    f"Squid runs, but nothing answers at {address}, where it would be asked which list is running. "
                    "Set proxy_url to where this host reaches it."
                )
            time.sleep(_POLL)

    # -- writing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        os.makedirs(self.layout.list_dir, mode=_DIRECTORY_MODE, exist_ok=True)
        with file_lock(os.path.join(self.layout.list_dir, ".lock"), "a list of this Squid"):
            yield

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
        directory, content = t.cast(str, staged.directory), t.cast(dict[str, t.Any], wanted.content)
        os.makedirs(self.layout.home, mode=_DIRECTORY_MODE, exist_ok=True)
        os.mkdir(directory, _DIRECTORY_MODE)
        provenance = stored_provenance(content, wanted.provenance or {})
        write_durably(os.path.join(directory, PROVENANCE), json.dumps(provenance, ensure_ascii=True), _LIST_MODE)
        for name, text in content["files"].items():
            write_durably(os.path.join(directory, name), text, _LIST_MODE)
        sync_directory(directory)
        sync_directory(self.layout.home)
        text = rendered(content["snippet"], directory, str(staged.digest), str(staged.generation))
        write_durably(t.cast(str, staged.snippet), text, _LIST_MODE)

    def activate(self, staged: Staged) -> None:
        if staged.snippet is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.layout.snippet)
        else:
            os.rename(staged.snippet, self.layout.snippet)
        sync_directory(self.layout.snippet_dir)
        self._reload()

    def _reload(self) -> None:
        """Make the running Squid read what is stored, and wait until it says so; a stopped one does at its start."""
        if not self.program.runs():
            return
        self.program.reconfigure()
        stored = read_stored(self.layout)
        begun = heard = time.monotonic()
        while True:
            running = self._ask(stored)
            now = time.monotonic()
            if running is not None and _settled(running, announced(stored.raw)):
                return
            if running is not None or self.program.runs():
                heard = now
            elif now - heard > min(_GONE, self.activation_timeout):
                raise ApplianceError("Squid was told to reload, and does not run any more. See its cache.log.")
            if now - begun > self.activation_timeout:
                answer = f"answers '{running.state}'" if running else "does not answer"
                raise ApplianceError(
                    f"Squid was told to reload, but after {self.activation_timeout:g} s it {answer}. See its cache.log,"
                    " and whether proxy_url is this Squid's."
                )
            time.sleep(_POLL)

    def discard(self, staged: Staged | None) -> None:
        if staged is None:
            return
        if staged.snippet is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(staged.snippet)
        if staged.directory is not None:
            shutil.rmtree(staged.directory, ignore_errors=True)
            with contextlib.suppress(OSError):  # another list of this name is there
                os.rmdir(self.layout.home)

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
        self._reload()

    def tidy(self) -> None:
        tidy_backups(self.backup_dir)
        self._tidy_lists(read_stored(self.layout).directory)
        leftover = re.compile(rf"\.{re.escape(os.path.basename(self.layout.snippet))}\.([0-9a-f]{{8}}|restore)")
        for name in os.listdir(self.layout.snippet_dir):
            if leftover.fullmatch(name):
                os.unlink(os.path.join(self.layout.snippet_dir, name))

    def _tidy_lists(self, current: str | None) -> None:
        if not os.path.isdir(self.layout.home):
            return
        for name in os.listdir(self.layout.home):
            path = os.path.join(self.layout.home, name)
            if path != current and re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]{8}", name):
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    os.unlink(path)
        if current is None:
            with contextlib.suppress(OSError):  # somebody keeps a file of their own there
                os.rmdir(self.layout.home)


def _settled(running: Running, expected: tuple[str | None, str | None]) -> bool:
    """Whether there is nothing more to wait for: the list runs, or the proxy answers and cannot say which one does."""
    if running.state == RUNNING:
        return (running.digest, running.generation) == expected
    return running.state == UNKNOWN or expected == (None, None)


def _inlined(content: t.Mapping[str, t.Any]) -> str:
    """Return the snippet with its lists written into it, so that it can be checked without writing a file."""

    def lines(match: t.Match[str]) -> str:
        entries = content["files"][match.group(2)].split("\n")[:-1]
        chunks: list[list[str]] = []
        length = _LINE_LENGTH
        for entry in entries:
            length += len(entry) + 1
            if length > _LINE_LENGTH:
                chunks.append([])
                length = len(entry)
            chunks[-1].append(entry)
        return "\n".join(f"{match.group(1)}{' '.join(chunk)}" for chunk in chunks)

    return _INLINE.sub(lines, content["snippet"]).replace(STATE_MARK, f"{'0' * 64}/{'0' * 8}")
