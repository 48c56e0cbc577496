# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the harness of faults needs of a platform: one class for each, and it joins in.

Two lists are set in turn. They are long enough to be caught half-way, and share one name, which is therefore allowed
at every moment; another is in neither, and never is.
"""

from __future__ import annotations

import abc
import contextlib
import typing as t

from tests.integration.appliance.called import CalledDevice, Json

SIZE = 300
BOTH, NEITHER = "both.example", "neither.example"
OLD = (*(f"old-{number:04}.example" for number in range(SIZE)), BOTH)
NEW = (*(f"new-{number:04}.example" for number in range(SIZE)), BOTH)
_ASKED = [*(names[place] for names in (OLD, NEW) for place in (0, SIZE // 2, SIZE - 1)), BOTH, NEITHER]
_SERVED = {
    (True, True, True, False, False, False, True, False): "old",
    (False, False, False, True, True, True, True, False): "new",
}
_BOTH_SERVED = (True, True, True, True, True, True, True, False)

Step = tuple[str, str, str, int]


class Target(abc.ABC):
    """A real program on a host of a lab, with the appliance that manages its list.

    `steps` are moments of a run, as driver.py's `interrupt` takes them; at `reload` the list is written and about to
    be put in force. `places` are the directories that a run writes into, beside `backups`.
    """

    platform: str
    device: CalledDevice
    steps: t.ClassVar[t.Mapping[str, Step]]
    reload: t.ClassVar[Step]
    places: tuple[str, ...]
    backups: str
    options: t.Mapping[str, t.Any] = {}
    closes: t.ClassVar[bool] = False
    """Whether the program refuses requests for a moment when it reloads: told then, not held against it."""
    may_serve_both: t.ClassVar[bool] = False
    """Whether a run that dies may leave the names of both lists let through, until the next run or a restart."""

    @property
    @abc.abstractmethod
    def version(self) -> str:
        """The program, with its version."""

    @abc.abstractmethod
    def fresh(self) -> None:
        """Running, without a list or a back-up."""

    @abc.abstractmethod
    def stop(self) -> None:
        """End the program at once, as a crash would."""

    @abc.abstractmethod
    def start(self) -> None:
        """Start it, and return when it answers."""

    @abc.abstractmethod
    def allows(self, names: t.Sequence[str]) -> list[t.Any]:
        """Ask from a test host whether each name is allowed: true or false, or what else came of it."""

    @abc.abstractmethod
    def leftovers(self) -> list[str]:
        """Return the files that a finished run has no use for."""

    @abc.abstractmethod
    def refusing(self) -> Json:
        """Return options with which the program is told to reload and does not."""

    @abc.abstractmethod
    def without_checker(self) -> contextlib.AbstractContextManager[Json]:
        """Hide the program that validates; the options go into the call that is made meanwhile."""

    @abc.abstractmethod
    def load(self) -> Json:
        """Return ``kind`` and ``server`` of the requests, as load.py takes them."""

    def load_of_known(self) -> Json:
        """Return the same, and what to ask for, of a client that needs no name resolved: where names are followed."""
        raise NotImplementedError(f"{self.platform} follows no names")

    def present(self, *names: str | Json, **more: t.Any) -> Json:
        """Set the list."""
        return self.device.present(*names, **{**self.options, **more})

    def prepared(self, *names: str) -> Json:
        """Return the parameters of a call that sets the list."""
        return self.device.prepared(*names, **self.options)

    def restart(self) -> None:
        """End the program and start it again, which then knows nothing but its files."""
        self.stop()
        self.start()

    def served(self) -> str:
        """Return which of the two lists is in force, ``old`` or ``new``, or ``both`` where that may be.

        Raises:
            AssertionError: neither is, whole and alone.
        """
        answers = tuple(self.allows(_ASKED))
        if self.may_serve_both and answers == _BOTH_SERVED:
            return "both"
        assert answers in _SERVED, f"{self.platform} serves neither list: {dict(zip(_ASKED, answers, strict=True))}"
        return _SERVED[answers]
