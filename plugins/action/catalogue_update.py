# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import UpdateError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.options import (
    UPDATE_OPTIONS,
    read_client,
    read_wish,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.report import of_update, warnings_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.run import update
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.store import Store


class ActionModule(ActionBase):
    """Updates one source on the controller; nothing is sent to a host."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(UPDATE_OPTIONS)
        store = Store(options["catalogue_dir"], writing=not self._task.check_mode)
        try:
            wish = read_wish(options)
            done = update(store, read_client(options), wish, time.time())
        except (CatalogueError, UpdateError) as error:
            raise AnsibleActionFail(str(error)) from error
        result.update(of_update(done, wish))
        if warnings := warnings_of(done, wish):
            result["warnings"] = [*result.get("warnings", []), *warnings]
        if done.ticket and self._task.diff:
            result["diff"] = {"prepared": done.ticket}
        if done.news.outcome == "failed":
            in_force = done.in_force.id if done.in_force else "nothing"
            result.update(failed=True, msg=f"{done.news.message} In force stays {in_force}.")
        return result
