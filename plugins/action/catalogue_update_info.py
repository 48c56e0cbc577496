# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.options import INFO_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.report import asked_in, of_directory


class ActionModule(ActionBase):
    """Reads the controller's directory of kept editions."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(INFO_OPTIONS)
        try:
            sources = of_directory(options["catalogue_dir"], options["source"])
        except CatalogueError as error:
            raise AnsibleActionFail(str(error)) from error
        result.update(changed=False, sources=sources, asked=asked_in(options["catalogue_dir"]))
        return result
