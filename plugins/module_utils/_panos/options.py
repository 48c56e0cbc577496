# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options of the modules for PAN-OS."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._api import options as api
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.api import KEY, PanosClient
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.appliance import PanosAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.panorama import (
    OFFLINE,
    OWN,
    PUSHES,
    REFUSE,
    DeviceGroup,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.place import SHARED, Place
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

DEVICE_OPTIONS: api.Options = {
    **api.API_OPTIONS,
    "username": api.login("PANOS_USERNAME"),
    "password": api.secret("PANOS_PASSWORD"),
    "api_key": api.secret("PANOS_API_KEY"),
    "vsys": {"type": "str", "default": "vsys1"},
    "device_group": {"type": "str"},
    "category": {"type": "str"},
    "access_rules": {"type": "str", "choices": ["none", "managed"], "default": "none"},
    "push": {"type": "str", "choices": list(PUSHES), "default": OWN},
    "offline_devices": {"type": "str", "choices": list(OFFLINE), "default": REFUSE},
}
DIALECT_OPTIONS: api.Options = {
    "clients": {"type": "list", "elements": "str"},
    "from_zones": {"type": "list", "elements": "str"},
    "to_zones": {"type": "list", "elements": "str"},
    "rule_services": {"type": "list", "elements": "str"},
    "max_entries": {"type": "int"},
}
MANAGE_OPTIONS: api.Options = {
    **api.MANAGE_OPTIONS,
    **DEVICE_OPTIONS,
    **DIALECT_OPTIONS,
    "rule_position": {"type": "str", "choices": ["top", "bottom"], "default": "top"},
}
INFO_OPTIONS: api.Options = {**DEVICE_OPTIONS, **_manage.INFO_OPTIONS}

_CATEGORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,19}")
_GROUP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,62}")
_VSYS = re.compile(r"vsys[1-9][0-9]{0,2}|shared")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,62}")


def panos_from(params: t.Mapping[str, t.Any], progress: Progress) -> PanosAppliance:
    """Return the list that a module's parameters describe.

    Raises:
        ApplianceError: one of them does not fit.
    """
    client = PanosClient(
        api.http_of(params, [params["password"], params["api_key"]]),
        _checked("username", params["username"], _USER, "the administrator whose changes are committed"),
        params["password"],
        params["api_key"],
    )
    if bool(params["password"]) == bool(params["api_key"]):
        raise ApplianceError("Give either password or api_key (PANOS_PASSWORD, PANOS_API_KEY), not both and not none.")
    if params["api_key"] and not KEY.fullmatch(params["api_key"]):
        raise ApplianceError("api_key: it is too long, or has characters that no key has, such as a line break.")
    group = params["device_group"]
    if group is not None:
        _checked("device_group", group, _GROUP, "a device group of a Panorama")
    place = Place(
        _checked(
            "category", params["category"] or params["name"], _CATEGORY, "a URL category of at most 20 characters"
        ),
        _checked("vsys", params["vsys"], _VSYS, "vsys1, another one, or shared"),
        group,
        params["access_rules"] == "managed",
    )
    if place.rules and place.vsys == SHARED and group is None:
        raise ApplianceError("vsys: shared has no rules. Set access_rules to none, or name a vsys.")
    backups = api.backups_of("panos", params, group or params["vsys"])
    return PanosAppliance(
        client,
        backups,
        place,
        params["name"],
        (params.get("activation_timeout", 0.0), progress),
        DeviceGroup(client, place, params["push"], params["offline_devices"]) if group is not None else None,
        params.get("rule_position", "top"),
    )


def _checked(option: str, value: t.Any, pattern: t.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ApplianceError(f"{option}: {str(value)[:80]!a} is not {what}.")
    return value
