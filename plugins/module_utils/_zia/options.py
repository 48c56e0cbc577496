# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that say where a tenant is and who asks, shared by the modules that manage and read its lists."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import Http
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._api.options import (
    API_OPTIONS,
    MANAGE_OPTIONS,
    backups_of,
    http_of,
    login,
    secret,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import INFO_OPTIONS
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.appliance import Tenant
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.lists import ALLOW, BYPASS_INSPECTION
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.login import (
    KEY_LENGTH,
    SessionClient,
    TokenClient,
    ZiaClient,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.saved import MOST_CATEGORIES, Place

Options = dict[str, t.Any]
Params = t.Mapping[str, t.Any]

LOGIN_OPTIONS: Options = {
    "username": login("ZIA_USERNAME"),
    "password": secret("ZIA_PASSWORD"),
    "api_key": secret("ZIA_API_KEY"),
    "client_id": login("ZSCALER_CLIENT_ID"),
    "client_secret": secret("ZSCALER_CLIENT_SECRET"),
    "vanity_domain": login("ZSCALER_VANITY_DOMAIN"),
}
DEVICE_OPTIONS: Options = {
    **API_OPTIONS,
    "host": {"type": "str"},
    "cloud": login("ZIA_CLOUD", "ZSCALER_CLOUD"),
    "login_host": {"type": "str"},
    **LOGIN_OPTIONS,
    "category": {"type": "str"},
    "inspection_category": {"type": "str"},
    "exempt_authentication": {"type": "bool", "default": False, "no_log": False},
}
DIALECT_OPTIONS: Options = {"widen_globs": {"type": "bool", "default": False}, "max_urls": {"type": "int"}}
ZIA_OPTIONS: Options = {
    **DEVICE_OPTIONS,
    **MANAGE_OPTIONS,
    **DIALECT_OPTIONS,
    "super_category": {"type": "str", "default": "USER_DEFINED"},
    "adopt": {"type": "bool", "default": False},
    "max_categories": {"type": "int"},
}
"""What the module that sets a list has, but for what selects it."""
ZIA_INFO_OPTIONS: Options = {**DEVICE_OPTIONS, **INFO_OPTIONS}

_CLOUD = re.compile(r"[a-z0-9]{1,32}")
_CATEGORY = re.compile(r"[A-Za-z0-9_.() -]{1,255}")
_SUPER_CATEGORY = re.compile(r"[A-Z0-9_]{1,64}")
_VANITY = re.compile(r"[A-Za-z0-9-]{1,63}")
_HOST_AND_PORT = re.compile(r"([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_API_KEY = re.compile(rf"[!-~]{{{KEY_LENGTH}}}")
_GOVERNMENT = {
    "gov": ("api.zscalergov.net", "zidentitygov.net"),
    "govus": ("api.zscalergov.us", "zidentitygov.us"),
}
"""The clouds of OneAPI that follow no rule: the host of the API, and the domain of the identity service."""


def tenant_from(params: Params, progress: Progress) -> Tenant:
    """Return the appliance that the parameters describe.

    Raises:
        ApplianceError: one of them does not fit.
    """
    if params.get("activation_timeout", 600.0) <= 0:
        raise ApplianceError(f"activation_timeout: {params['activation_timeout']} is no number of seconds.")
    client, tenant = _client(params)
    place = _place(params)
    placed = {**params, "host": client.http.base[len("https://") :].rpartition(":")[0]}
    backup_dir = backups_of("zia", placed, tenant)
    return Tenant(client, backup_dir, place, params.get("activation_timeout", 600.0), progress)


def _place(params: Params) -> Place:
    called = {ALLOW: params["category"] or params["name"]}
    if params["inspection_category"]:
        called[BYPASS_INSPECTION] = params["inspection_category"]
    for name in called.values():
        if not _CATEGORY.fullmatch(name):
            raise ApplianceError(
                f"category: {name[:80]!r} is no name of a category, which has letters, digits, underscores, hyphens, "
                "dots, parentheses and spaces only."
            )
    if len(set(called.values())) < len(called):
        raise ApplianceError("inspection_category is the same as category; what is not inspected needs one of its own.")
    super_category = params.get("super_category", "USER_DEFINED")
    if not _SUPER_CATEGORY.fullmatch(super_category):
        raise ApplianceError(f"super_category: {super_category[:80]!r} is no super category, such as USER_DEFINED.")
    most = params.get("max_categories")
    if most is not None and most < 1:
        raise ApplianceError(f"max_categories: {most} is no number of categories.")
    adopt = params.get("adopt", False)
    exempting = params["exempt_authentication"]
    return Place(params["name"], called, exempting, super_category, adopt, most or MOST_CATEGORIES)


def _client(params: Params) -> tuple[ZiaClient, str]:
    """Return the login, and what tells the tenant from others on the same host."""
    session = [key for key in ("username", "password", "api_key") if params[key]]
    token = [key for key in ("client_id", "client_secret", "vanity_domain") if params[key]]
    if len(token) == 3 and not params["password"]:
        return _token_client(params), str(params["vanity_domain"])
    if len(session) == 3 and not params["client_secret"]:
        return _session_client(params), str(params["username"]).rpartition("@")[2]
    raise ApplianceError(
        "Give either username, password and api_key, or client_id, client_secret and vanity_domain (OneAPI), by option "
        f"or by environment. Of these there are now: {', '.join([*session, *token]) or 'none'}."
    )


def _session_client(params: Params) -> SessionClient:
    key = str(params["api_key"])
    if not _API_KEY.fullmatch(key):
        raise ApplianceError(f"api_key: an API key of the cloud service has {KEY_LENGTH} characters.")
    cloud = _cloud(params)
    host = params["host"]
    if not host and not cloud:
        raise ApplianceError("Give cloud, such as zscalertwo, or host: where the tenant is.")
    host = host or (f"admin.{cloud}.net" if cloud == "zspreview" else f"zsapi.{cloud}.net")
    http = http_of({**params, "host": host}, [params["password"], key])
    return SessionClient(http, params["username"], params["password"], key)


def _token_client(params: Params) -> TokenClient:
    vanity = str(params["vanity_domain"])
    if not _VANITY.fullmatch(vanity):
        raise ApplianceError(f"vanity_domain: {vanity[:80]!r} is none; give it without zslogin.net.")
    cloud = _cloud(params)
    if cloud in _GOVERNMENT:
        host, domain = _GOVERNMENT[cloud]
    elif cloud in ("", "production"):
        host, domain = "api.zsapi.net", "zslogin.net"
    else:
        host, domain = f"api.{cloud}.zsapi.net", f"zslogin{cloud}.net"
    secrets = [params["client_secret"]]
    http = http_of({**params, "host": params["host"] or host}, secrets)
    return TokenClient(http, _identity(params, f"{vanity}.{domain}", secrets), params["client_id"], secrets[0])


def _identity(params: Params, host: str, secrets: t.Sequence[str]) -> Http:
    found = _HOST_AND_PORT.fullmatch(params["login_host"] or host)
    if found is None:
        raise ApplianceError(f"login_host: {params['login_host'][:80]!r} is neither a host nor host:port.")
    return http_of({**params, "host": found.group(1), "port": int(found.group(2) or 443)}, secrets)


def _cloud(params: Params) -> str:
    cloud = str(params["cloud"] or "").lower()
    if cloud and not _CLOUD.fullmatch(cloud):
        raise ApplianceError(f"cloud: {cloud[:80]!r} is no name of a cloud; give it without a domain, as zscalertwo.")
    return cloud
