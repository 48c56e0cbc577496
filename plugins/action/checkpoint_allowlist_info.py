# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.appliance import checkpoint_from
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.options import INFO_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._api_action import ApiInfoAction


class ActionModule(ApiInfoAction):
    """Reads a list on a Check Point management server."""

    options = INFO_OPTIONS
    make = checkpoint_from
