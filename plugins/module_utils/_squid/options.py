# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that say where a Squid is, shared by the modules that manage and read it."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.appliance import Squid
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.control import Program, Run
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import Layout

DEVICE_OPTIONS: t.Dict[str, t.Any] = {
    "name": {"type": "str", "default": "managed_desktop"},
    "config_file": {"type": "path", "default": "/etc/squid/squid.conf"},
    "snippet_dir": {"type": "path", "default": "/etc/squid/conf.d"},
    "snippet_prefix": {"type": "str", "default": "20"},
    "list_dir": {"type": "path", "default": "/etc/squid/allowlist.d"},
    "backup_dir": {"type": "path", "default": "/var/backups/managed_desktop.network/squid"},
    "executable": {"type": "path", "default": "squid"},
    "service_name": {"type": "str"},
    "proxy_url": {"type": "str"},
    "activation_timeout": {"type": "float", "default": 30.0},
}

SELECTION_OPTIONS: t.Dict[str, t.Any] = {
    "sources": {"type": "list", "elements": "raw"},
    "edition": {"type": "str"},
    "services": {"type": "list", "elements": "str"},
    "tenant": {"type": "str"},
    "treatments": {
        "type": "list",
        "elements": "str",
        "choices": ["allow", "bypass_authentication", "bypass_inspection"],
    },
    "required_only": {"type": "bool"},
    "format": {"type": "str"},
    "endpoints": {"type": "list", "elements": "raw"},
    "accept_loss": {"type": "list", "elements": "dict"},
}
"""What the action plugin takes out before the module is called; here so that the module documents and refuses alike."""

MANAGE_OPTIONS: t.Dict[str, t.Any] = {
    **DEVICE_OPTIONS,
    **SELECTION_OPTIONS,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "restore": {"type": "str"},
    "clients": {"type": "list", "elements": "str"},
    "access_rules": {"type": "str", "choices": ["managed", "none"], "default": "managed"},
    "authentication_acl": {"type": "str"},
    "protocol_detection": {"type": "str", "choices": ["unmanaged", "disabled"], "default": "unmanaged"},
    "expect_before": {"type": "str"},
    "expect_after": {"type": "str"},
    "digests": {"type": "dict"},
    "needs": {"type": "dict"},
    "accepted_properties": {"type": "list", "elements": "str", "default": []},
    "artefact": {"type": "str", "no_log": True},
}

INFO_OPTIONS: t.Dict[str, t.Any] = {**DEVICE_OPTIONS, "include_entries": {"type": "bool", "default": False}}


def squid_from(params: t.Mapping[str, t.Any], run: Run) -> Squid:
    """Return the appliance that the module's parameters describe.

    Raises:
        ApplianceError: ``proxy_url`` is not of the form ``http://host:port``.
    """
    proxy_url = params["proxy_url"]
    if proxy_url is not None:
        parts = urlsplit(proxy_url)
        if parts.scheme != "http" or not parts.hostname or parts.username or parts.path not in ("", "/"):
            raise ApplianceError(f"proxy_url: {proxy_url!r} is not of the form http://host:port.")
    layout = Layout(params["name"], params["snippet_dir"], params["list_dir"], params["snippet_prefix"])
    return Squid(
        layout=layout,
        program=Program(run, params["executable"], params["config_file"], params["service_name"]),
        config_file=params["config_file"],
        backup_dir=params["backup_dir"],
        proxy_url=proxy_url,
        activation_timeout=params["activation_timeout"],
    )
