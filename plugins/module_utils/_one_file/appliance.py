# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A list that is one file, which others fetch: a proxy auto-configuration file, or a list that appliances poll.

No program reads it on this host, so putting it in place is all there is to activating it. Where `url` says from where
it is fetched, what is served there is what runs.
"""

from __future__ import annotations

import abc
import contextlib
import os
import re
import secrets
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
from ansible_collections.managed_desktop.network.plugins.module_utils._one_file.served import fetch
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._provenance import (
    checked,
    lines_of,
    note,
    read_noted,
    tidy_noted,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    UNKNOWN,
    ApplianceError,
    Running,
    State,
    Wanted,
)

VARIANT = "file"
_POLL = 0.1

Json = dict[str, t.Any]


class OneFile(ListAppliance, abc.ABC):
    """One named list in one file at `path`."""

    def __init__(self, path: str, mode: int, backup_dir: str, url: str | None, activation_timeout: float) -> None:
        self.path = path
        self.mode = mode
        self.backup_dir = backup_dir
        self.url = url
        self.activation_timeout = activation_timeout

    @abc.abstractmethod
    def is_entry(self, line: str) -> bool:
        """Return whether a line of the file is an entry."""

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self) -> State:
        body = self._body()
        content = None if body is None else {"body": body}
        provenance = read_noted(self.backup_dir)
        digest = None if content is None else content_digest(content)
        return State(
            digest=digest,
            running=self._running(),
            announced=(digest, None),
            lines=() if body is None else self.lines(body, provenance),
            text=self._frame(body),
            content=content,
            provenance=provenance if content else None,
            native=body,
        )

    def _body(self) -> str | None:
        try:
            return read_text(self.path)
        except FileNotFoundError:
            return None

    def _running(self) -> Running:
        if self.url is None:
            return Running(UNKNOWN)
        found = fetch(self.url)
        if found.status == "answered":
            return Running(RUNNING, content_digest({"body": found.body}))
        return Running(NONE if found.status == "missing" else UNKNOWN)

    def foresee(self, before: State, wanted: Wanted) -> Running:
        if before.running.state == UNKNOWN:
            return before.running
        return Running(RUNNING, wanted.digest) if wanted.digest else Running(NONE)

    def describe(self, wanted: Wanted) -> tuple[t.Sequence[Line], str]:
        if wanted.content is None:
            return (), ""
        body = wanted.content["body"]
        return self.lines(body, checked(wanted.provenance)), self._frame(body)

    def lines(self, body: str, provenance: Json) -> list[Line]:
        """Return the entries of a file as people read them."""
        return lines_of(self._entries(body), provenance)

    def _entries(self, body: str) -> t.Iterator[str]:
        for line in body.split("\n"):
            text = line.rstrip("\r").rstrip(",")
            if self.is_entry(text):
                yield text

    def _frame(self, body: str | None) -> str:
        """Return the file without its entries: what changes where an option does."""
        if body is None:
            return ""
        return "\n".join(line for line in body.split("\n") if not self.is_entry(line.rstrip("\r").rstrip(",")))

    # -- judging -------------------------------------------------------------------------------------------------

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        return Judgement(VARIANT)

    def facts(self) -> Json:
        return {"path": self.path}

    def checked_content(self, content: t.Any) -> Json:
        if not isinstance(content, dict) or set(content) != {"body"} or not isinstance(content["body"], str):
            raise ApplianceError("The list is not of the form {body: text}.")
        return content

    def checked_provenance(self, provenance: t.Any) -> Json:
        return checked(provenance)

    def preview(self, wanted: Wanted) -> None:
        directory = os.path.dirname(self.path)
        if not os.path.isdir(directory):
            raise ApplianceError(f"{directory}, where the file is to stand, is not a directory. Make it first.")
        for needed in (directory, self.backup_dir):
            refuse_unwritable(needed)

    def validate(self, staged: str | None) -> None:
        """Nothing on this host could judge the file: its form was made sure of where it was compiled."""

    # -- writing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        os.makedirs(self.backup_dir, mode=0o700, exist_ok=True)
        with file_lock(os.path.join(self.backup_dir, ".lock"), self.path):
            yield

    def stage(self, wanted: Wanted) -> str | None:
        if wanted.content is None:
            return None
        entries = {*self._entries(self._body() or ""), *self._entries(wanted.content["body"])}
        note(self.backup_dir, wanted.provenance, entries)
        staged = self._temporary(secrets.token_hex(4))
        write_durably(staged, wanted.content["body"], self.mode)
        return staged

    def _temporary(self, mark: str) -> str:
        return os.path.join(os.path.dirname(self.path), f".{os.path.basename(self.path)}.{mark}")

    def activate(self, staged: str | None) -> None:
        self._put(staged)
        self._wait_until_served()

    def _put(self, staged: str | None) -> None:
        if staged is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
        else:
            os.rename(staged, self.path)
        sync_directory(os.path.dirname(self.path))

    def _wait_until_served(self) -> None:
        if self.url is None:
            return
        body = self._body()
        wanted = None if body is None else content_digest({"body": body})
        deadline = time.monotonic() + self.activation_timeout
        while True:
            running = self._running()
            if running.state == UNKNOWN or running.digest == wanted:
                return
            if time.monotonic() > deadline:
                raise ApplianceError(
                    f"{self.path} is written, but after {self.activation_timeout:g} s {self.url} serves "
                    f"{(running.digest or 'nothing')[:12]}. See whether url is where this file is served, and whether "
                    "a cache stands before it."
                )
            time.sleep(_POLL)

    def discard(self, staged: str | None) -> None:
        if staged is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(staged)

    def restore(self, state: State) -> None:
        staged = None
        if state.native is not None:
            staged = self._temporary(secrets.token_hex(4))
            write_durably(staged, state.native, self.mode)
        self._put(staged)

    def tidy(self) -> None:
        tidy_backups(self.backup_dir)
        tidy_noted(self.backup_dir)
        leftover = re.compile(rf"\.{re.escape(os.path.basename(self.path))}\.[0-9a-f]{{8}}")
        for name in os.listdir(os.path.dirname(self.path)):
            if leftover.fullmatch(name):
                os.unlink(os.path.join(os.path.dirname(self.path), name))
