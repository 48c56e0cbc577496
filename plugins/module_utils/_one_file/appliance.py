# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A list that is one file, which others fetch: a proxy auto-configuration file, or a list that appliances poll.

No program reads it on this host, so putting it in place is all there is to activating it. Where `url` says from where
it is fetched, what is served there is what runs.
"""

from __future__ import annotations

import abc
import contextlib
import json
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
_PROVENANCE = ".provenance"
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
        provenance = self._provenance()
        digest = None if content is None else content_digest(content)
        return State(
            digest=digest,
            running=self._running(),
            announced=(digest, None),
            lines=() if body is None else self._lines(body, provenance),
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
        return self._lines(body, self.checked_provenance(wanted.provenance)), self._frame(body)

    def _entries(self, body: str) -> t.Iterator[str]:
        for line in body.split("\n"):
            text = line.rstrip("\r").rstrip(",")
            if self.is_entry(text):
                yield text

    def _lines(self, body: str, provenance: Json) -> list[Line]:
        told = provenance.get("entries", {})
        lines = []
        for entry in self._entries(body):
            service, shown = told.get(entry, ("", ""))
            lines.append(Line(shown or entry, service))
        return lines

    def _frame(self, body: str | None) -> str:
        """Return the file without its entries: what changes where an option does."""
        if body is None:
            return ""
        return "\n".join(line for line in body.split("\n") if not self.is_entry(line.rstrip("\r").rstrip(",")))

    def _provenance(self) -> Json:
        """Return what is noted of the stored list; what is damaged counts as absent: only the report rests on it."""
        try:
            return self.checked_provenance(json.loads(read_text(os.path.join(self.backup_dir, _PROVENANCE))))
        except (OSError, ValueError, RecursionError):
            return {"entries": {}}

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
        entries = provenance.get("entries") if isinstance(provenance, dict) else None
        return {
            "entries": {
                entry: told
                for entry, told in (entries.items() if isinstance(entries, dict) else ())
                if isinstance(told, list) and len(told) == 2 and all(isinstance(text, str) for text in told)
            }
        }

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
        self._note(wanted)
        staged = self._temporary(secrets.token_hex(4))
        write_durably(staged, wanted.content["body"], self.mode)
        return staged

    def _note(self, wanted: Wanted) -> None:
        """Keep who asks for each entry; it is found by the entry's text, so what was noted before stays beside it."""
        noted = os.path.join(self.backup_dir, _PROVENANCE)
        entries = {**self._provenance()["entries"], **self.checked_provenance(wanted.provenance)["entries"]}
        kept = {*self._entries(self._body() or ""), *self._entries((wanted.content or {})["body"])}
        temporary = f"{noted}.{secrets.token_hex(4)}"
        text = json.dumps({"entries": {entry: told for entry, told in entries.items() if entry in kept}})
        write_durably(temporary, text, 0o600)
        os.rename(temporary, noted)

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
        for directory, base in (
            (os.path.dirname(self.path), f".{os.path.basename(self.path)}"),
            (self.backup_dir, _PROVENANCE),
        ):
            leftover = re.compile(rf"{re.escape(base)}\.[0-9a-f]{{8}}")
            for name in os.listdir(directory):
                if leftover.fullmatch(name):
                    os.unlink(os.path.join(directory, name))
