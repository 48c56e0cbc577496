# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.appliance import VARIANT
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.options import ZIA_OPTIONS, tenant_from
from ansible_collections.managed_desktop.network.plugins.plugin_utils._api_action import (
    ApiAllowlistAction,
    checked_options,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import zia
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


class ActionModule(ApiAllowlistAction):
    """Zscaler Internet Access: one artefact for all tenants with the same options."""

    module = "managed_desktop.network.zia_allowlist"
    place_options = ("name", "host", "port", "cloud", "vanity_domain", "category", "inspection_category")
    dialect_options = ("name", "inspection_category", "exempt_authentication", "widen_globs", "max_urls")
    options = ZIA_OPTIONS
    make = tenant_from

    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        given = {key: value for key, value in arguments.items() if value is not None}
        params, _secrets = checked_options({key: ZIA_OPTIONS[key] for key in self.dialect_options}, given)
        return {VARIANT: zia.compile(endpoints, zia.Options.from_dict(params))}
