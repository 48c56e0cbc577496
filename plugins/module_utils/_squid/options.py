# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that say where a Squid is, shared by the modules that manage and read it."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    ACCEPTANCE_OPTIONS,
    SELECTION_OPTIONS,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.appliance import Squid
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.control import Program, Run
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import Layout

DEVICE_OPTIONS: dict[str, t.Any] = {
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
    "helper_python": {"type": "path", "default": "/usr/bin/python3"},
}

MANAGE_OPTIONS: dict[str, t.Any] = {
    **DEVICE_OPTIONS,
    **SELECTION_OPTIONS,
    **ACCEPTANCE_OPTIONS,
    **_manage.MANAGE_OPTIONS,
    "clients": {"type": "list", "elements": "str"},
    "activation": {"type": "str", "choices": ["reconfigure", "helper"], "default": "reconfigure"},
    "access_rules": {"type": "str", "choices": ["managed", "none"], "default": "managed"},
    "authentication_acl": {"type": "str"},
    "protocol_detection": {"type": "str", "choices": ["unmanaged", "disabled"], "default": "unmanaged"},
}

INFO_OPTIONS: dict[str, t.Any] = {**DEVICE_OPTIONS, **_manage.INFO_OPTIONS}

LONGEST_TIMEOUT = 3600

# A path is written between quotes into Squid's configuration, where $ begins a macro and \ an escape.
_PATH = (r"/[A-Za-z0-9_./@:+=,~ -]*", "is not an absolute path of letters, digits, spaces and _ . / @ : + = , ~ -")
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_FORMS = {
    "name": (
        r"[a-z][a-z0-9_]{0,19}",
        "is no list name; it has 1 to 20 lower-case letters, digits and underscores and begins with a letter",
    ),
    "config_file": _PATH,
    "snippet_dir": _PATH,
    "list_dir": _PATH,
    "backup_dir": _PATH,
    "snippet_prefix": (
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}",
        "does not begin a file name; it has 1 to 40 letters, digits, - and _ and begins with a letter or digit",
    ),
    "helper_python": (r"/[A-Za-z0-9_./+-]*", "is not an absolute path of letters, digits and _ . / + -"),
    "service_name": (r"[A-Za-z0-9]{1,32}", "is no service name; it has up to 32 letters and digits"),
    "proxy_url": (
        rf"http://([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):{_PORT}/?",
        "is not of the form http://host:port",
    ),
}


def squid_from(params: t.Mapping[str, t.Any], run: Run) -> Squid:
    """Return the appliance that the module's parameters describe.

    Raises:
        ApplianceError: a value would not stay what it claims to be in a path, a command or Squid's configuration.
    """
    for option, (form, said) in _FORMS.items():
        value = params[option]
        if value is not None and not re.fullmatch(form, value):
            raise ApplianceError(f"{option}: {ascii(value)[:200]} {said}.")
    timeout = params["activation_timeout"]
    if not 0 < timeout <= LONGEST_TIMEOUT:
        raise ApplianceError(f"activation_timeout: {timeout} is not between 0 and {LONGEST_TIMEOUT} seconds.")
    places = [params[key] for key in ("name", "snippet_dir", "list_dir", "snippet_prefix", "helper_python")]
    layout = Layout(*places)
    return Squid(
        layout=layout,
        program=Program(run, params["executable"], params["config_file"], params["service_name"]),
        config_file=params["config_file"],
        backup_dir=params["backup_dir"],
        proxy_url=params["proxy_url"],
        activation_timeout=params["activation_timeout"],
    )
