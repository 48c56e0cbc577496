# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What our session sees of a list: the object, its targets, and what they run of it."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint import installed
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.answers import (
    OURS,
    Site,
    Target,
    session_of,
    site_of,
    targets_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.api import (
    NOT_FOUND,
    CommandError,
    ManagementApi,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.installed import Fact
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.options import Place
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    UNKNOWN,
    ApplianceError,
    Running,
)

Json = dict[str, t.Any]

FULL = {"details-level": "full"}


class Sight:
    """What was seen last: `site` (None: there is none) and `targets`."""

    def __init__(self, api: ManagementApi, place: Place, backup_dir: str) -> None:
        self.api = api
        self.place = place
        self.backup_dir = backup_dir
        self.site: Site | None = None
        self.targets: list[Target] = []
        self._modified: int | None = None
        self._ran: list[installed.Ran] = []
        self._learnt: list[Fact] = []
        self._before: list[Fact] = []
        self._just_installed = False
        self._fresh = False

    def look(self) -> tuple[Json | None, Running]:
        """Return the object's content, None without one, and what the targets run."""
        if not self._fresh:
            self.site = self.shown()
            if self.site is None or self.site.lock != OURS:
                # What is pending in our own session says nothing of what is published.
                self._modified = self.site.modified if self.site is not None else None
            self.targets = self._read_targets()
        self._fresh = False
        content = self.site.content if self.site is not None else None
        return content, self._running(content)

    def shown(self) -> Site | None:
        """Return the object as it is now."""
        try:
            return self.api.asked("show-application-site", {"name": self.place.site, **FULL}, site_of)
        except CommandError as error:
            if error.code != NOT_FOUND:
                raise
            return None

    def has_locked(self, site: Site) -> None:
        """Know the object as it was just locked; what was seen a moment ago need not be asked for again."""
        self.site, self._fresh = site, True

    def has_changed(self) -> None:
        """Know that the object is not as it was seen any more."""
        self._fresh = False

    def told(self) -> list[Json]:
        """Return what each target runs, as the module's result shows it."""
        clean = self.api.http.clean
        return [{"name": clean(one.target), "state": one.state, "digest": one.digest} for one in self._ran]

    @property
    def tells_revisions(self) -> bool:
        """Whether the server tells of every target what it runs."""
        return bool(self.targets) and all(target.revisions is not None for target in self.targets)

    def revisions(self) -> list[int]:
        """Return when the revisions that run were published."""
        return [revision for target in self.targets for revision in target.revisions or ()]

    # -- what is learnt ------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Keep in mind what runs now, since it is about to change."""
        self._just_installed = False
        self._before += self._learnt

    def has_installed(self) -> None:
        """Know that the object, as it is published, was just installed on all targets."""
        self._just_installed = True

    def keep(self) -> None:
        """Keep what was learnt for later runs, where something was installed.

        Raises:
            OSError: it cannot be written.
        """
        if self._before or self._just_installed:
            installed.keep_facts(self.backup_dir, [*(self._learnt if self._just_installed else ()), *self._before])
        installed.tidy_facts(self.backup_dir)

    # -- the targets ---------------------------------------------------------------------------------------------

    def _read_targets(self) -> list[Target]:
        package = self.place.package
        if package is None:
            return []
        try:
            found = self.api.asked("show-package", {"name": package, **FULL}, targets_of)
        except CommandError as error:
            if error.code != NOT_FOUND:
                raise
            raise ApplianceError(f"policy_package: there is none of the name {package}.") from error
        missing = sorted(set(self.place.targets) - {target.name for target in found})
        if missing:
            raise ApplianceError(f"targets: {', '.join(missing)} is no installation target of {package}.")
        chosen = [target for target in found if not self.place.targets or target.name in self.place.targets]
        if not chosen:
            raise ApplianceError(f"{package} has no installation targets, so that nothing would run it.")
        return chosen

    def _running(self, content: Json | None) -> Running:
        digest = content_digest(content) if content is not None else None
        ours = [Fact(digest, self._modified, one) for one in self.revisions()] if self._just_installed else []
        facts = [*ours, *self._before, *installed.read_facts(self.backup_dir)]
        self._ran, self._learnt = installed.ran(self.targets, digest, self._modified, facts, self._newest)
        states = {one.state for one in self._ran}
        if states == {installed.RUNS}:
            return Running(RUNNING, digest) if digest is not None else Running(NONE)
        if states == {installed.NEVER}:
            return Running(NONE)
        if states & {installed.OLDER, installed.NEVER}:
            digests = {one.digest for one in self._ran}
            return Running(RUNNING, digests.pop() if len(digests) == 1 else None)
        return Running(UNKNOWN)

    def _newest(self) -> int | None:
        try:
            return self.api.asked("show-last-published-session", {}, session_of).published
        except CommandError as error:
            if error.code != NOT_FOUND:
                raise
            return None
