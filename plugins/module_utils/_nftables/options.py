# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that say where a firewall and its dnsmasq are, shared by the modules that manage and read a list."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.appliance import Nftables
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.kernel import Kernel, Run
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.resolver import Resolver
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.stored import Layout
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    ACCEPTANCE_OPTIONS,
    SELECTION_OPTIONS,
)

DEVICE_OPTIONS: dict[str, t.Any] = {
    "name": {"type": "str", "default": "managed_desktop"},
    "config_file": {"type": "path", "default": "/etc/nftables.conf"},
    "rules_dir": {"type": "path", "default": "/etc/nftables.d"},
    "backup_dir": {"type": "path", "default": "/var/backups/managed_desktop.network/nftables"},
    "executable": {"type": "path", "default": "nft"},
    "dnsmasq_executable": {"type": "path", "default": "dnsmasq"},
    "dnsmasq_config_file": {"type": "path", "default": "/etc/dnsmasq.conf"},
    "dnsmasq_conf_dir": {"type": "path", "default": "/etc/dnsmasq.d"},
    "dnsmasq_pid_file": {"type": "path", "default": "/run/dnsmasq/dnsmasq.pid"},
    "dnsmasq_restart": {"type": "list", "elements": "str", "default": ["systemctl", "restart", "dnsmasq"]},
    "dnsmasq_address": {"type": "str", "default": "127.0.0.1"},
    "dnsmasq_port": {"type": "int", "default": 53},
    "activation_timeout": {"type": "float", "default": 30.0},
}

MANAGE_OPTIONS: dict[str, t.Any] = {
    **DEVICE_OPTIONS,
    **SELECTION_OPTIONS,
    **ACCEPTANCE_OPTIONS,
    **_manage.MANAGE_OPTIONS,
    "clients": {"type": "list", "elements": "str"},
    "untouched_networks": {"type": "list", "elements": "str"},
    "hooks": {"type": "list", "elements": "str", "choices": ["forward", "output"], "default": ["forward"]},
    "everything_else": {"type": "str", "choices": ["reject", "drop", "leave"], "default": "reject"},
    "mark": {"type": "int"},
    "names": {"type": "str", "choices": ["dnsmasq", "none"], "default": "dnsmasq"},
    "filter_dns": {"type": "bool", "default": False},
    "upstreams": {"type": "list", "elements": "str"},
    "timeout": {"type": "int", "default": 86400},
    "limit_cache": {"type": "bool", "default": True},
    "learnt_addresses": {"type": "str", "choices": ["keep", "forget"], "default": "keep"},
    "warm_up": {"type": "float", "default": 5.0},
    "allow_lockout": {"type": "bool", "default": False},
}

INFO_OPTIONS: dict[str, t.Any] = {**DEVICE_OPTIONS, **_manage.INFO_OPTIONS}

LONGEST_TIMEOUT = 3600

# A path stands in a configuration of dnsmasq and in messages: nothing in it may mean more than a path.
_PATH = (r"/[A-Za-z0-9_./@:+=~-]*", "is not an absolute path of letters, digits and _ . / @ : + = ~ -")
_FORMS = {
    "name": (
        r"[a-z][a-z0-9_]{0,19}",
        "is no list name; it has 1 to 20 lower-case letters, digits and underscores and begins with a letter",
    ),
    **dict.fromkeys(("config_file", "rules_dir", "backup_dir", "dnsmasq_config_file", "dnsmasq_conf_dir"), _PATH),
    "dnsmasq_pid_file": _PATH,
}


def nftables_from(params: t.Mapping[str, t.Any], run: Run) -> Nftables:
    """Return the appliance that the module's parameters describe.

    Raises:
        ApplianceError: a value would not stay what it claims to be in a path or a configuration.
    """
    for option, (form, said) in _FORMS.items():
        if not re.fullmatch(form, params[option]):
            raise ApplianceError(f"{option}: {ascii(params[option])[:200]} {said}.")
    for option, low, high in (("activation_timeout", 0.1, LONGEST_TIMEOUT), ("dnsmasq_port", 1, 65535)):
        if not low <= params[option] <= high:
            raise ApplianceError(f"{option}: {params[option]} is not between {low} and {high}.")
    warm_up = params.get("warm_up", 0.0)
    if not 0 <= warm_up <= LONGEST_TIMEOUT:
        raise ApplianceError(f"warm_up: {warm_up} is not between 0 and {LONGEST_TIMEOUT} seconds.")
    if not params["dnsmasq_restart"]:
        raise ApplianceError("dnsmasq_restart: give the command and its arguments, each an item.")
    try:
        address = str(ipaddress.ip_address(params["dnsmasq_address"]))
    except ValueError as error:
        raise ApplianceError(f"dnsmasq_address: {error}.") from error
    layout = Layout(
        params["name"], params["rules_dir"].rstrip("/"), params["dnsmasq_conf_dir"].rstrip("/"), params["backup_dir"]
    )
    return Nftables(
        layout=layout,
        kernel=Kernel(run, params["executable"], layout.table),
        resolver=Resolver(
            run,
            params["dnsmasq_executable"],
            params["dnsmasq_config_file"],
            layout.conf_dir,
            params["dnsmasq_pid_file"],
            params["dnsmasq_restart"],
            address,
            params["dnsmasq_port"],
        ),
        config_file=params["config_file"],
        activation_timeout=params["activation_timeout"],
        warm_up=warm_up,
        forget=params.get("learnt_addresses") == "forget",
        allow_lockout=bool(params.get("allow_lockout")),
    )
