# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Squid as an appliance: the steps of the flow, on files and the running proxy."""

from __future__ import annotations

import contextlib
import os
import re
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import (
    file_lock,
    read_text,
    refuse_unwritable,
    tidy_backups,
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
from ansible_collections.managed_desktop.network.plugins.module_utils._squid import followed, staging
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
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.staging import Staged
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import (
    DIRECTORY_MARK,
    STATE_MARK,
    Layout,
    Stored,
    checked_content,
    checked_provenance,
    lines_of,
    read_stored,
    rendered,
    stored_provenance,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.tls import tls_report

_INLINE = re.compile(rf'^(acl \S+ .*)"{DIRECTORY_MARK}/([A-Za-z0-9_-]+)"$', re.M)
_LINE_LENGTH = 4096  # Squid 5.7 cuts lines off after 8191 octets
_POLL = 0.05
_GONE = 5.0
_SILENCE = 2.0


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
            announced=stored.announced,
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
        announces = STATE_MARK in (snippet or "") or followed.is_followed(snippet or "")
        return Running(RUNNING, wanted.digest) if announces else Running(NONE)

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
        report = tls_report(self.config(), self.version.tls, "on_unsupported_protocol tunnel" in state.text)
        activation = None if state.digest is None else "helper" if followed.is_followed(state.text) else "reconfigure"
        return {"tls": report, "activation": activation}

    def preview(self, wanted: Wanted) -> None:
        for directory in (self.layout.snippet_dir, self.layout.list_dir, self.backup_dir):
            refuse_unwritable(directory)
        if wanted.content is None:
            self._check(None)
        elif followed.is_followed(wanted.content["snippet"]):
            followed.refuse_missing(self.layout.python)
            place = self.layout.directory("0" * 64, "0" * 8)
            self._check(rendered(wanted.content["snippet"], place, "", "", self.layout.python))
        else:
            self._check(_inlined(wanted.content))

    def validate(self, staged: Staged) -> None:
        if staged.directory is None:
            self._check(None)
            return
        snippet = read_text(staged.snippet or self.layout.snippet)
        self._check(snippet)
        if followed.is_followed(snippet):
            followed.refuse_missing(self.layout.python)
            list_file = staged.followed or os.path.join(staged.directory, followed.LIST)
            program = os.path.join(staged.directory, followed.PROGRAM)
            self.program.check_list([self.layout.python, *followed.OPTIONS.split(), program, "--check", list_file])

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
        os.makedirs(self.layout.list_dir, mode=staging.DIRECTORY_MODE, exist_ok=True)
        with file_lock(os.path.join(self.layout.list_dir, ".lock"), "a list of this Squid"):
            yield

    def stage(self, wanted: Wanted) -> Staged:
        stored = read_stored(self.layout)
        follower = stored.directory if wanted.content and self._could_follow(stored, wanted.content) else None
        return staging.stage(self.layout, wanted, follower)

    def _could_follow(self, stored: Stored, content: t.Mapping[str, t.Any]) -> bool:
        """Tell whether the helper that is in force can be given the list, so that Squid has nothing to reload."""
        if not stored.followed or stored.content is None:
            return False
        programs = [each["files"].get(followed.PROGRAM) for each in (stored.content, content)]
        if stored.content["snippet"] != content["snippet"] or programs[0] != programs[1]:
            return False
        running = self._running(stored)
        place = str(stored.directory)[-8:]
        return running.state == STOPPED or (running.generation or "").endswith(f".{place}")

    def activate(self, staged: Staged) -> None:
        staging.put(self.layout, staged)
        self._take_up(reload=staged.followed is None)

    def _take_up(self, reload: bool) -> None:
        """Have the running Squid take up what is stored, and wait until it says so; a stopped one does at its start.

        A list that the helper in force follows needs no reload.
        """
        if not self.program.runs():
            return
        if reload:
            self.program.reconfigure()
        what = "was told to reload" if reload else "has a helper that was given the list"
        stored = read_stored(self.layout)
        begun = heard = time.monotonic()
        while True:
            running = self._ask(stored)
            now = time.monotonic()
            if running is not None and _settled(running, stored.announced):
                return
            if running is not None or self.program.runs():
                heard = now
            elif now - heard > min(_GONE, self.activation_timeout):
                raise ApplianceError(f"Squid {what}, and does not run any more. See its cache.log.")
            if now - begun > self.activation_timeout:
                answer = f"answers '{running.state}'" if running else "does not answer"
                raise ApplianceError(
                    f"Squid {what}, but after {self.activation_timeout:g} s it {answer}. See its cache.log,"
                    " and whether proxy_url is this Squid's."
                )
            time.sleep(_POLL)

    def discard(self, staged: Staged | None) -> None:
        if staged is not None:
            staging.discard(self.layout, staged)

    def restore(self, state: State) -> None:
        stored: Stored = state.native
        staging.put_back(self.layout, stored, read_stored(self.layout))
        running = self._ask(stored) if stored.followed else None
        if running is None or running.state != RUNNING or not _settled(running, stored.announced):
            self._take_up(reload=True)

    def tidy(self) -> None:
        tidy_backups(self.backup_dir)
        staging.tidy(self.layout, read_stored(self.layout))


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
