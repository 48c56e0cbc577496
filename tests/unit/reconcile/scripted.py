# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""An appliance in memory that does as its script says: each step can fail, and every step is noted."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    Appliance,
    Running,
    State,
    Wanted,
)

READING = {"read", "describe", "preview", "foresee"}
WRITING = {"lock", "save", "stage", "activate", "discard", "restore", "tidy"}


class Stored(t.NamedTuple):
    """A list on the device: digest, generation and entries."""

    digest: str
    generation: str
    entries: tuple[str, ...]


class Scripted(Appliance):
    """`stored` is what the files say, `loaded` what the daemon has in memory.

    `fails` maps a step to the errors that its calls raise in turn (None: the call succeeds). `meanwhile` maps a step
    to what somebody else does to the device when it is called. `daemon` is the state in which the daemon is.
    """

    def __init__(self, stored: Stored | None = None, loaded: Stored | None = None, daemon: str = RUNNING) -> None:
        self.stored = stored
        self.loaded = loaded
        self.daemon = daemon
        self.fails: dict[str, list[Exception | None]] = {}
        self.meanwhile: dict[str, t.Callable[[], None]] = {}
        self.loads_nothing = False
        self.steps: list[str] = []
        self.staged: list[Stored] = []
        self.backups: list[State] = []
        self.locked = False

    def _step(self, name: str) -> None:
        self.steps.append(name)
        self.meanwhile.pop(name, lambda: None)()
        planned = self.fails.get(name)
        error = planned.pop(0) if planned else None
        if error is not None:
            raise error

    @property
    def written(self) -> list[str]:
        """The steps that write, in order."""
        return [step for step in self.steps if step in WRITING]

    def _running(self) -> Running:
        if self.daemon != RUNNING:
            return Running(self.daemon)
        return Running(RUNNING, self.loaded.digest, self.loaded.generation) if self.loaded else Running(NONE)

    def read(self) -> State:
        self._step("read")
        if self.stored is None:
            return State(None, self._running())
        announced = (self.stored.digest, self.stored.generation)
        lines = [Line(entry, "Store") for entry in self.stored.entries]
        text = "rules of " + self.stored.digest
        return State(self.stored.digest, self._running(), announced, lines, text, native=self.stored)

    def describe(self, wanted: Wanted) -> tuple[t.Sequence[Line], str]:
        self._step("describe")
        entries = wanted.content["entries"] if wanted.content else ()
        return [Line(entry, "Store") for entry in entries], f"rules of {wanted.digest}" if wanted.digest else ""

    def preview(self, wanted: Wanted) -> None:
        self._step("preview")

    def foresee(self, before: State, wanted: Wanted) -> Running:
        self._step("foresee")
        return Running(RUNNING if wanted.digest else NONE, wanted.digest) if self.daemon == RUNNING else before.running

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        self._step("lock")
        self.locked = True
        try:
            yield
        finally:
            self.locked = False

    def save(self, state: State) -> str:
        self._step("save")
        self.backups.append(state)
        return f"/backups/{len(self.backups)}"

    def stage(self, wanted: Wanted) -> Stored | None:
        self._step("stage")
        if wanted.content is None:
            return None
        staged = Stored(str(wanted.digest), f"generation {len(self.steps)}", tuple(wanted.content["entries"]))
        self.staged.append(staged)
        return staged

    def validate(self, staged: Stored | None) -> None:
        self._step("validate")

    def activate(self, staged: Stored | None) -> None:
        self.stored = staged
        self._step("activate")
        self._load()

    def _load(self) -> None:
        if self.daemon == RUNNING and not self.loads_nothing:
            self.loaded = self.stored

    def discard(self, staged: Stored | None) -> None:
        self._step("discard")
        if staged in self.staged:
            self.staged.remove(staged)

    def restore(self, state: State) -> None:
        self._step("restore")
        self.stored = state.native
        self._load()

    def tidy(self) -> None:
        self._step("tidy")
        self.staged = [staged for staged in self.staged if staged == self.stored]
