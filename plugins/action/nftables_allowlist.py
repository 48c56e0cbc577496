# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._allowlist_action import AllowlistAction
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import nftables
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


class ActionModule(AllowlistAction):
    """A Linux firewall: one artefact for all."""

    module = "managed_desktop.network.nftables_allowlist"
    place_options = ("name", "config_file", "rules_dir", "dnsmasq_config_file", "dnsmasq_conf_dir")
    dialect_options = tuple(field.name for field in dataclasses.fields(nftables.Options))

    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        given = {key: value for key, value in arguments.items() if value is not None}
        options = nftables.Options.from_dict({"name": "managed_desktop", **given})
        return {"ruleset": nftables.compile(endpoints, options)}
