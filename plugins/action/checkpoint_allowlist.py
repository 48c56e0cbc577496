# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.appliance import VARIANT
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.appliance import checkpoint_from
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.options import OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._api_action import ApiAllowlistAction
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import checkpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


class ActionModule(ApiAllowlistAction):
    """A Check Point management server: one artefact for all."""

    module = "managed_desktop.network.checkpoint_allowlist"
    place_options = ("name", "host", "port", "domain", "cloud_mgmt_id", "application_site", "policy_package", "targets")
    dialect_options = ("name",)
    options = OPTIONS
    make = checkpoint_from

    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        options = checkpoint.Options.from_dict({"name": arguments.get("name") or "managed_desktop"})
        return {VARIANT: checkpoint.compile(endpoints, options)}
