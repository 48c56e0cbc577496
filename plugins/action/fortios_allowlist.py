# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.appliance import fortios_from
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.options import OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._api_action import ApiAllowlistAction
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import fortios
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


class ActionModule(ApiAllowlistAction):
    """A feed, or a URL filter for each kind of device."""

    module = "managed_desktop.network.fortios_allowlist"
    place_options = ("name", "host", "port", "vdom", "method", "feed", "table_id")
    dialect_options = ("name", "method", "feed_type", "entry_action", "exempt", "inspection_mode", "max_entries")
    options = OPTIONS
    make = fortios_from

    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        return fortios.variants(endpoints, {**arguments, "name": arguments.get("name") or "managed_desktop"})
