# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._one_file.appliance import VARIANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._allowlist_action import AllowlistAction
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import pac
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


class ActionModule(AllowlistAction):
    """A proxy auto-configuration file: one artefact for all hosts."""

    module = "managed_desktop.network.pac_file"
    place_options = ("name", "path")
    dialect_options = ("name", "proxies", "listed", "bypass_inspection", "bypass_authentication")

    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        options = pac.Options.from_dict({**arguments, "name": arguments.get("name") or "managed_desktop"})
        return {VARIANT: pac.compile(endpoints, options)}
