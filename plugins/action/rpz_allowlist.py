# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.appliance import VARIANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._allowlist_action import AllowlistAction
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import rpz
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


class ActionModule(AllowlistAction):
    """Response policy zones: one artefact for all three servers."""

    module = "managed_desktop.network.rpz_allowlist"
    place_options = ("name", "server", "zone_dir")
    dialect_options = ("name", "widen_globs")

    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        options = rpz.Options.from_dict({**arguments, "name": arguments.get("name") or "managed_desktop"})
        return {VARIANT: rpz.compile(endpoints, options)}
