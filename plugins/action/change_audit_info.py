# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.module_utils._change_options import AUDIT_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.audit import audit, to_text
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError


class ActionModule(ActionBase):
    """Looks through the controller's directory of changes."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(AUDIT_OPTIONS)
        try:
            found = audit(options["change_dir"], datetime.datetime.now(datetime.timezone.utc))
        except ChangeError as error:
            raise AnsibleActionFail(str(error)) from error
        result.update(changed=False, text=to_text(found), **found)
        return result
