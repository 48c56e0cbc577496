# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.appliance import fortios_from
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.options import INFO_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._api_action import ApiInfoAction


class ActionModule(ApiInfoAction):
    """What the device holds."""

    options = INFO_OPTIONS
    make = fortios_from
