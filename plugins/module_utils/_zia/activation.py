# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Activation: the service does it in its own time, and puts nothing in force while somebody else still edits."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Job, Progress, wait_for
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.api import ACTIVE, IN_PROGRESS, Api
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.login import ZiaError

_PERCENT: t.Final = {ACTIVE: 100, IN_PROGRESS: 50}


def settled(api: Api, status: str, seconds: float, progress: Progress) -> str:
    """Return the status once no activation is under way; `status` is what it was last.

    Raises:
        ApplianceError: one is under way for longer than `seconds`.
    """
    last = [status]

    def look() -> Job:
        if last[0] == IN_PROGRESS:
            last[0] = api.status()
        return Job(last[0] != IN_PROGRESS, True, _PERCENT.get(last[0], 0))

    wait_for(look, "The activation that is under way", seconds, progress)
    return last[0]


def activate(api: Api, seconds: float, progress: Progress) -> None:
    """Have what is saved activated, and wait until it is.

    Raises:
        ApplianceError: it is not, within `seconds`.
    """
    last = [""]

    def look() -> Job:
        last[0] = api.status() if last[0] else _asked(api)
        return Job(last[0] == ACTIVE, True, _PERCENT.get(last[0], 0))

    try:
        wait_for(look, "The activation", seconds, progress)
    except (HttpError, ZiaError):
        raise
    except ApplianceError as error:
        raise ApplianceError(
            f"{api.client.http.device} was asked to activate, and after {seconds:g} seconds its status is {last[0]}: "
            "it puts nothing in force while other administrators have saved changes that they did not activate. The "
            "Activation menu of the admin portal names them."
        ) from error


def _asked(api: Api) -> str:
    try:
        return api.activate()
    except HttpError as error:
        if not error.uncertain:
            raise
        return api.status()
