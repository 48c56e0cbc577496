# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Publishing, and installing the policy on the gateways: tasks of the server, followed to their end.

Where the answer to the beginning is lost, what became of it is looked up: a session without changes has been published,
and a task of the package's that began since then is the installation. An installation brings all that is published to
the gateways, ours and that of others.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api import jobs
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Job, Progress, wait_for
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.answers import (
    Task,
    session_of,
    task_id_of,
    tasks_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.api import (
    NOT_FOUND,
    CommandError,
    ManagementApi,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.options import Place
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

_INSTALLATION = "policy installation"
_LOOKS = 20
_BETWEEN_LOOKS = 0.5
_MOST_TARGETS = 20


class Activation:
    """Puts what our session changed in force. `seconds` is how long each of the two tasks may take."""

    def __init__(self, api: ManagementApi, place: Place, seconds: float, progress: Progress) -> None:
        self.api = api
        self.place = place
        self.seconds = seconds
        self.progress = progress
        self.published = 0
        """When publishing began, by the server's clock."""

    # -- publishing ----------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Publish what is pending in our session.

        Raises:
            ApplianceError: it was not published.
        """
        try:
            # Whatever a second publication finds pending is ours as well, and usually it is nothing.
            uid = self.api.parsed("publish", self.api.call("publish", {}, repeatable=True), task_id_of)
            self.api.publishing = True
            task = self._ended(uid, f"Publishing on {self.api.http.device}")
        except HttpError as error:
            if not error.uncertain or not self._was_published():
                raise
        else:
            self.published = task.started
            if not task.succeeded:
                raise ApplianceError(f"{self.api.http.device} does not publish the list: {self._said(task)}")
        finally:
            self.api.publishing = False
        self.api.holder = None

    def _was_published(self) -> bool:
        """Look whether nothing is pending any more; a publication that is under way gets its time."""
        self.api.publishing = True
        for _look in range(_LOOKS):
            try:
                if self.api.asked("show-session", {"uid": self.api.holder}, session_of).changes == 0:
                    return True
            except CommandError as error:
                return error.code == NOT_FOUND
            jobs.sleep(_BETWEEN_LOOKS)
        return False

    # -- installing ----------------------------------------------------------------------------------------------

    def install(self) -> None:
        """Install the policy package on its targets.

        Raises:
            ApplianceError: it was not installed on all of them; the message says on which, and why.
        """
        task = self._ended(self._begun(), f"Installing {self.place.package}")
        if not task.succeeded:
            raise ApplianceError(
                f"{self.place.package} was not installed on all targets: {self._by_target(task) or self._said(task)}"
            )

    def _begun(self) -> str:
        payload: dict[str, t.Any] = {
            "policy-package": self.place.package,
            "access": True,
            "threat-prevention": False,
            **({"targets": list(self.place.targets)} if self.place.targets else {}),
        }
        for last in (False, True):
            try:
                return self.api.parsed("install-policy", self.api.call("install-policy", payload), task_id_of)
            except HttpError as error:
                if not error.uncertain or last:
                    raise
            found = self._begun_already()
            if found is not None:
                return found
        raise AssertionError("the last try returns or raises")

    def _begun_already(self) -> str | None:
        since = [task for task in self._installations({}) if task.started >= self.published]
        return max(since, key=lambda task: task.started).uid if since else None

    def _installations(self, payload: t.Mapping[str, t.Any]) -> list[Task]:
        given = {**payload, "limit": 50, "details-level": "full"}
        found = self.api.asked("show-tasks", given, tasks_of)
        package = (self.place.package or "").lower()
        named = [task for task in found if task.name.lower().startswith(_INSTALLATION)]
        return [task for task in named if package in task.name.lower()]

    def refuse_under_way(self) -> None:
        """Refuse to begin while the package is being installed.

        Raises:
            ApplianceError: it is.
        """
        if any(not task.ended for task in self._installations({"status": "in progress"})):
            raise ApplianceError(
                f"{self.place.package} is being installed on {self.api.http.device} at this moment. Wait for it and "
                "run again."
            )

    # -- tasks ---------------------------------------------------------------------------------------------------

    def _ended(self, uid: str, what: str) -> Task:
        """Return a task when it has ended."""
        seen: list[Task] = []

        def look() -> Job:
            tasks = self.api.asked("show-task", {"task-id": uid, "details-level": "full"}, tasks_of)
            if not tasks:
                raise HttpError(f"{self.api.http.device} shows no task {self.api.http.clean(uid)}.", uncertain=True)
            seen[:] = tasks[:1]
            return Job(tasks[0].ended, tasks[0].succeeded, tasks[0].percent)

        wait_for(look, what, self.seconds, self.progress)
        return seen[0]

    def _said(self, task: Task) -> str:
        told = "; ".join(dict.fromkeys(task.said)) or "its task has failed and does not say why"
        return f"{self.api.http.clean(told).rstrip('.')}."

    def _by_target(self, task: Task) -> str:
        failed = [one for one in task.targets if not one.succeeded]
        shown = [
            f"{self.api.http.clean(one.target)} ({self.api.http.clean(one.said).rstrip('.') or 'without a reason'})"
            for one in failed[:_MOST_TARGETS]
        ]
        if not shown:
            return ""
        more = f" and {len(failed) - _MOST_TARGETS} more" if len(failed) > _MOST_TARGETS else ""
        return f"it failed on {', '.join(shown)}{more}, and succeeded on {len(task.targets) - len(failed)}."
