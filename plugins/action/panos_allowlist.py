# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.appliance import VARIANT
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.options import MANAGE_OPTIONS, panos_from
from ansible_collections.managed_desktop.network.plugins.plugin_utils._api_action import ApiAllowlistAction
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import panos
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


class ActionModule(ApiAllowlistAction):
    """PAN-OS: one artefact for all devices with the same options."""

    module = "managed_desktop.network.panos_allowlist"
    place_options = ("name", "host", "port", "vsys", "device_group", "category", "push")
    dialect_options = (
        "name",
        "category",
        "access_rules",
        "clients",
        "from_zones",
        "to_zones",
        "rule_services",
        "max_entries",
    )
    options = MANAGE_OPTIONS
    make = panos_from

    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        options = panos.Options.from_dict({**arguments, "name": arguments.get("name") or "managed_desktop"})
        return {VARIANT: panos.compile(endpoints, options)}
