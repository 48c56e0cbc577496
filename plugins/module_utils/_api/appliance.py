# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""An appliance that is managed through its API, by the controller: what is the same for all vendors.

Back-ups, the note of who asks for each entry, and a lock against other runs of this controller are files of the
controller's. Against other controllers there is what the device has, in `device_lock`.
"""

from __future__ import annotations

import abc
import contextlib
import os
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.client import ApiClient
from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import (
    file_lock,
    refuse_unwritable,
    tidy_backups,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._guard import Guard
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import ListAppliance
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
    Running,
    State,
    Wanted,
)

VARIANT = "list"
"""The compiled form, where a platform has only one."""

Json = dict[str, t.Any]


class ApiAppliance(ListAppliance, abc.ABC):
    """One named list on one device.

    A platform adds the steps that speak to the device: `read`, `stage`, `validate`, `activate`, `discard`, `restore`,
    what of a wanted list the device would refuse (`refuse_unfit`), and what holds it against others (`device_lock`).
    """

    def __init__(self, client: ApiClient, backup_dir: str) -> None:
        self.client = client
        self.backup_dir = backup_dir
        self._found: t.Mapping[str, t.Any] | None = None

    @property
    def device(self) -> str:
        """What messages call the device."""
        return self.client.http.device

    @abc.abstractmethod
    def entries_of(self, content: t.Mapping[str, t.Any]) -> t.Iterable[str]:
        """Return every entry of a list as the key under which its provenance is noted."""

    @abc.abstractmethod
    def refuse_unfit(self, wanted: Wanted) -> None:
        """Raise `ApplianceError` where the device would not take the list, or is not ours to change now.

        It asks the device and writes nothing. Check mode calls it, and `stage` has to before it writes.
        """

    def device_lock(self) -> contextlib.AbstractContextManager[None]:
        """Hold the device against other controllers, where it can be held."""
        return contextlib.nullcontext()

    # -- what the flow asks for ----------------------------------------------------------------------------------

    def session(self) -> contextlib.AbstractContextManager[None]:
        return self.client.session()

    def guard(self, seconds: int | None = None, overriding: bool = False) -> Guard | None:
        return None

    def facts(self) -> Json:
        return {"device": self.device}

    def checked_provenance(self, provenance: t.Any) -> Json:
        return checked(provenance)

    def describe(self, wanted: Wanted) -> tuple[t.Sequence[Line], str]:
        if wanted.content is None:
            return (), ""
        return lines_of(self.entries_of(wanted.content), checked(wanted.provenance)), ""

    def stored(self, content: Json | None, running: Running, native: t.Any = None) -> State:
        """Return a state whose list `content` is stored, with what is noted of its entries."""
        self._found = content
        if content is None:
            return State(None, running, native=native)
        provenance = read_noted(self.backup_dir)
        digest = content_digest(content)
        lines = lines_of(self.entries_of(content), provenance)
        return State(digest, running, (digest, None), lines, content=content, provenance=provenance, native=native)

    def foresee(self, before: State, wanted: Wanted) -> Running:
        return Running(RUNNING, wanted.digest) if wanted.digest else Running(NONE)

    def preview(self, wanted: Wanted) -> None:
        refuse_unwritable(self.backup_dir)
        self.refuse_unfit(wanted)

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        os.makedirs(self.backup_dir, mode=0o700, exist_ok=True)
        with self.file_lock(), self.device_lock():
            yield

    def file_lock(self) -> contextlib.AbstractContextManager[None]:
        """Hold the list against other runs of this controller."""
        return file_lock(os.path.join(self.backup_dir, ".lock"), f"this list of {self.device}")

    def note_provenance(self, wanted: Wanted) -> None:
        """Note who asks for the entries of the wanted list, beside what is known of those that were read last."""
        known = set(self.entries_of(self._found)) if self._found else set()
        if wanted.content is not None:
            note(self.backup_dir, wanted.provenance, known.union(self.entries_of(wanted.content)))

    def tidy(self) -> None:
        tidy_backups(self.backup_dir)
        tidy_noted(self.backup_dir)
