# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that say where a DNS firewall is, shared by the modules that manage and read it."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.appliance import Zones
from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.servers import SERVERS, Run

DEVICE_OPTIONS: dict[str, t.Any] = {
    "server": {"type": "str", "required": True, "choices": ["bind", "unbound", "pdns_recursor"]},
    "name": {"type": "str", "default": "managed_desktop"},
    "zone_dir": {"type": "path"},
    "control": {"type": "list", "elements": "str"},
    "resolver_address": {"type": "str", "default": "127.0.0.1"},
    "resolver_port": {"type": "int", "default": 53},
    "backup_dir": {"type": "path", "default": "/var/backups/managed_desktop.network/rpz"},
    "activation_timeout": {"type": "float", "default": 90.0},
}
INFO_OPTIONS: dict[str, t.Any] = {**DEVICE_OPTIONS, **_manage.INFO_OPTIONS}
DIALECT_OPTIONS: dict[str, t.Any] = {"widen_globs": {"type": "bool", "default": False}}

LONGEST_TIMEOUT = 3600

# A path is written between quotes into the lines that the site is told to add.
_PATH = (r"/[A-Za-z0-9_./@:+=,~-]*", "is not an absolute path of letters, digits and _ . / @ : + = , ~ -")
_FORMS = {
    "name": (
        r"[a-z][a-z0-9_]{0,19}",
        "is no list name; it has 1 to 20 lower-case letters, digits and underscores and begins with a letter",
    ),
    "zone_dir": _PATH,
    "backup_dir": _PATH,
    "resolver_address": (r"[0-9.]{7,15}|[0-9A-Fa-f:.]{2,45}", "is no IP address"),
}


def zones_from(params: t.Mapping[str, t.Any], run: Run) -> Zones:
    """Return the appliance that the module's parameters describe.

    Raises:
        ApplianceError: a value would not stay what it claims to be.
    """
    for option, (form, said) in _FORMS.items():
        value = params[option]
        if value is not None and not re.fullmatch(form, value):
            raise ApplianceError(f"{option}: {ascii(value)[:200]} {said}.")
    timeout, port = params["activation_timeout"], params["resolver_port"]
    if not 0 < timeout <= LONGEST_TIMEOUT:
        raise ApplianceError(f"activation_timeout: {timeout} is not between 0 and {LONGEST_TIMEOUT} seconds.")
    if not 1 <= port <= 65535:
        raise ApplianceError(f"resolver_port: {port} is not between 1 and 65535.")
    server = SERVERS[params["server"]](run, params["control"])
    return Zones(
        name=params["name"],
        server=server,
        run=run,
        zone_dir=params["zone_dir"] or server.zone_dir,
        backup_dir=os.path.join(params["backup_dir"], params["name"]),
        ask_at=(params["resolver_address"], port),
        timeout=timeout,
    )
