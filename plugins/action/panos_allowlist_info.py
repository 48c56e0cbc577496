# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.module_utils._panos.options import INFO_OPTIONS, panos_from
from ansible_collections.managed_desktop.network.plugins.plugin_utils._api_action import ApiInfoAction


class ActionModule(ApiInfoAction):
    """Reads a list on PAN-OS."""

    options = INFO_OPTIONS
    make = panos_from
