# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options of every module that speaks to a device's management API from the controller."""

from __future__ import annotations

import os
import re
import typing as t

from ansible.module_utils.basic import env_fallback
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import Http
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Way
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

Options = dict[str, t.Any]

API_OPTIONS: Options = {
    "name": {"type": "str", "default": "managed_desktop"},
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 443},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "use_proxy": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 30.0},
    "backup_dir": {"type": "path", "default": "~/.ansible/managed_desktop.network"},
}
"""Where the device is, and how it is asked; each platform adds its credentials and the place of the list."""

MANAGE_OPTIONS: Options = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "restore": {"type": "str"},
    "expect_before": {"type": "list", "elements": "str"},
    "expect_after": {"type": "str"},
    "activation_timeout": {"type": "float", "default": 600.0},
}
"""What a module that sets a list has besides: as for every other platform, without the guard, which needs a process on
the device, and without what the action plugin tells a module, which has it at hand here."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


def secret(*variables: str) -> Options:
    """Return an option for a secret that may come from these environment variables instead."""
    return {"type": "str", "no_log": True, "fallback": (env_fallback, list(variables))}


def login(*variables: str) -> Options:
    """Return an option for what is no secret, such as a user's name, that may come from the environment as well."""
    return {"type": "str", "fallback": (env_fallback, list(variables))}


def http_of(params: t.Mapping[str, t.Any], secrets: t.Iterable[str | None]) -> Http:
    """Return the way to the device that the parameters name.

    Raises:
        ApplianceError: one of them does not fit.
    """
    if not _NAME.fullmatch(params["name"]):
        raise ApplianceError(f"name: {params['name']!r} is no name of a list: [a-z][a-z0-9_]{{0,19}}.")
    if not _HOST.fullmatch(params["host"]):
        raise ApplianceError(f"host: {params['host'][:80]!r} is neither a name nor an address.")
    if not 1 <= params["port"] <= 65535:
        raise ApplianceError(f"port: {params['port']} is not between 1 and 65535.")
    if not 0 < params["timeout"] <= 3600:
        raise ApplianceError(f"timeout: {params['timeout']} is not between 0 and 3600 seconds.")
    way = Way(params["timeout"], params["ca_path"], params["validate_certs"], params["use_proxy"])
    return Http(params["host"], params["port"], way, secrets)


def backups_of(platform: str, params: t.Mapping[str, t.Any], *place: str | None) -> str:
    """Return the directory on the controller for the back-ups of one list on one device.

    `place` tells lists of the same name apart that stand in different parts of the device, such as a vsys.
    """
    parts = [params["host"], str(params["port"]), *(part for part in place if part), params["name"]]
    return os.path.join(params["backup_dir"], platform, *(_as_file_name(part) for part in parts))


def _as_file_name(text: str) -> str:
    """Return a text as one part of a path that no other text becomes."""
    return re.sub(r"[^A-Za-z0-9-]", lambda found: f"_{ord(found[0]):x}_", text)
