# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._allowlist_action import AllowlistAction
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint


class ActionModule(AllowlistAction):
    """Squid: one artefact for a proxy that can splice TLS, one for a proxy that cannot."""

    module = "managed_desktop.network.squid_allowlist"
    place_options = ("name", "config_file", "snippet_dir", "snippet_prefix", "list_dir", "service_name")
    dialect_options = ("name", "clients", "activation", "access_rules", "authentication_acl", "protocol_detection")

    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        options = squid.Options.from_dict({"name": "managed_desktop", **_given(arguments)})
        artefact = squid.compile(endpoints, options)
        return {"tls": artefact, "plain": squid.without_tls(artefact)}


def _given(arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in arguments.items() if value is not None}
