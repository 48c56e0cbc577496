# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.module_utils._change_options import PLAN_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import plan as plans
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import NOBODY
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.keeping import keep_plan, refuse_begun
from ansible_collections.managed_desktop.network.plugins.plugin_utils._release import RELEASE


class ActionModule(ActionBase):
    """Makes the plan of a change of what its appliances told, on the controller."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(PLAN_OPTIONS)
        try:
            directory = ChangeDirectory.of(options["change_dir"], options["change"])
            if options["step"] == "begin":
                refuse_begun(directory)
                return {**result, "changed": False}
            wish = plans.Wish(
                planned_by=options["planned_by"].strip() or NOBODY,
                ticket=options["ticket"] or options["change"],
                release=RELEASE,
                sizes=tuple(options["batches"]),
            )
            result.update(keep_plan(directory, plans.make(directory, options["appliances"], wish)))
        except ChangeError as error:
            raise AnsibleActionFail(str(error)) from error
        return result
