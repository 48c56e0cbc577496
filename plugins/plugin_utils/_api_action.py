# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules whose devices have an API: all of their work is done here, on the controller, without a module.

It is what the module of any other platform does on its host, and four times faster than a module that the controller
runs for itself. The user arranges nothing: no connection, no delegation.
"""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import (
    Deliver,
    ListAppliance,
    manage,
    report,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._allowlist_action import AllowlistAction

Params = t.Mapping[str, t.Any]
MakeApi = t.Callable[[Params, Progress], ListAppliance]
"""Makes the appliance of checked options, which tells how far long work is."""

_SECONDS_BETWEEN = 5.0
"""How long at least between two lines of progress of one host; two hundred hosts are to stay readable."""


class ApiAllowlistAction(AllowlistAction):
    """Sets a list through a device's API; an engine adds its dialect, its options and its appliance."""

    _requires_connection = False

    options: t.ClassVar[dict[str, t.Any]]
    make: t.ClassVar[MakeApi]

    def set_list(self, arguments: dict[str, t.Any], task_vars: t.Any, deliver: Deliver | None) -> dict[str, t.Any]:
        internal = {key: arguments.pop(key) for key in self.internal if key in arguments}
        params, secrets = checked_options(self.options, arguments)
        params = {"digests": {}, "needs": {}, "accepted_properties": [], "accepted_ports": [], **params, **internal}
        make = type(self).make
        try:
            done = manage(
                lambda given: make(given, progress_of(task_vars)),
                params,
                self._task.check_mode,
                self._task.diff,
                deliver,
            )
        except ReconcileError as error:
            done = {"failed": True, "msg": str(error), **error.facts}
        return t.cast("dict[str, t.Any]", remove_values(done, secrets))

    def fetched(self, path: str, task_vars: t.Any) -> bytes:
        return Path(path).read_bytes()


class ApiInfoAction(ActionBase):
    """Reads a list through a device's API."""

    _supports_check_mode = True
    _requires_connection = False

    options: t.ClassVar[dict[str, t.Any]]
    make: t.ClassVar[MakeApi]

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        """Return what the device says."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        params, secrets = checked_options(self.options, dict(self._task.args))
        make = type(self).make
        try:
            found = report(lambda given: make(given, progress_of(task_vars)), params)
        except ReconcileError as error:
            found = {"failed": True, "msg": str(error), **error.facts}
        result.update(remove_values({"changed": False, **found}, secrets))
        return result


def checked_options(options: dict[str, t.Any], given: dict[str, t.Any]) -> tuple[dict[str, t.Any], set[str]]:
    """Return the options as a module would have them, and the secrets among them.

    Raises:
        AnsibleActionFail: one is missing, unknown or does not fit.
    """
    result = ArgumentSpecValidator(options).validate(given)
    secrets = set(result._no_log_values)
    if result.error_messages:
        raise AnsibleActionFail(str(remove_values("; ".join(result.error_messages), secrets)))
    return dict(result.validated_parameters), secrets


def progress_of(task_vars: t.Mapping[str, t.Any]) -> Progress:
    """Return what tells a person at the terminal how far the work on this host is."""
    host = str((task_vars or {}).get("inventory_hostname", ""))
    display = Display()
    last = [0.0]

    def tell(text: str) -> None:
        now = time.monotonic()
        if now - last[0] >= _SECONDS_BETWEEN:
            last[0] = now
            display.display(f"{host}: {text}")

    return tell
