# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options of a list on a Check Point management server, and their forms."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._api.options import (
    API_OPTIONS,
    MANAGE_OPTIONS,
    login,
    secret,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

Options = dict[str, t.Any]

DEVICE_OPTIONS: Options = {
    **API_OPTIONS,
    "username": login("CHECKPOINT_USERNAME"),
    "password": secret("CHECKPOINT_PASSWORD"),
    "api_key": secret("CHECKPOINT_API_KEY"),
    "domain": {"type": "str"},
    "cloud_mgmt_id": login("CHECKPOINT_CLOUD_MGMT_ID"),
    "application_site": {"type": "str"},
    "policy_package": {"type": "str"},
    "targets": {"type": "list", "elements": "str", "default": []},
}
LIST_OPTIONS: Options = {
    "primary_category": {"type": "str", "default": "Custom_Application_Site"},
    "install_others": {"type": "bool", "default": False},
}
OPTIONS: Options = {**DEVICE_OPTIONS, **MANAGE_OPTIONS, **LIST_OPTIONS}
INFO_OPTIONS: Options = {**DEVICE_OPTIONS, **_manage.INFO_OPTIONS}

_CLOUD_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_LONGEST_NAME = 100


class Place(t.NamedTuple):
    """Which object the list is, and where it is installed. Without a package it is published and not installed.

    `targets` is empty where all targets of the package are meant.
    """

    domain: str | None
    site: str
    package: str | None
    targets: tuple[str, ...]


def place_of(params: t.Mapping[str, t.Any]) -> Place:
    """Return the place of the list.

    Raises:
        ApplianceError: an option does not fit.
    """
    site = params["application_site"] or params["name"]
    named = {"application_site": site, "domain": params["domain"], "policy_package": params["policy_package"]}
    for option, value in [*named.items(), *(("targets", target) for target in params["targets"])]:
        if value is not None and (not value.strip() or not value.isprintable() or len(value) > _LONGEST_NAME):
            raise ApplianceError(
                f"{option}: {ascii(value)[:80]} is no name of an object; it has 1 to {_LONGEST_NAME} printable "
                "characters."
            )
    if params["targets"] and params["policy_package"] is None:
        raise ApplianceError("targets: they need policy_package, which says what is installed on them.")
    return Place(params["domain"], site, params["policy_package"], tuple(dict.fromkeys(params["targets"])))


def credentials_of(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return what a login is given to know who we are.

    Raises:
        ApplianceError: that is neither a key, nor a user with a password.
    """
    user, password, key = (params[option] or None for option in ("username", "password", "api_key"))
    named = user is not None and password is not None
    # One half of the other may come from the environment, where somebody else needs it.
    if key is not None and not named:
        return {"api-key": key}
    if user is not None and password is not None and key is None:
        return {"user": user, "password": password}
    raise ApplianceError("Give either api_key, or username and password, and not both.")


def base_path_of(params: t.Mapping[str, t.Any]) -> str:
    """Return where the API is below the host: Smart-1 Cloud has one for each customer.

    Raises:
        ApplianceError: the identifier of the customer would not stay one.
    """
    cloud = params["cloud_mgmt_id"]
    if not cloud:
        return "/web_api"
    if not _CLOUD_ID.fullmatch(cloud):
        raise ApplianceError(f"cloud_mgmt_id: {ascii(cloud)[:80]} is no identifier of letters, digits and hyphens.")
    return f"/{cloud}/web_api"
