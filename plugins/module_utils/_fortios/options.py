# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options of the modules for FortiOS, and what of them does not fit together."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._api.options import (
    API_OPTIONS,
    MANAGE_OPTIONS,
    secret,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

PUSH_FEED = "push_feed"
URL_FILTER = "url_filter"

PLACE_OPTIONS: dict[str, t.Any] = {
    "access_token": {**secret("FORTIOS_ACCESS_TOKEN"), "required": True},
    "vdom": {"type": "str", "default": "root"},
    "method": {"type": "str", "choices": [PUSH_FEED, URL_FILTER], "required": True},
    "feed": {"type": "str"},
    "table_id": {"type": "int"},
    "inspection_mode": {"type": "str", "choices": ["proxy", "flow"]},
}
"""Where on the device the list is, and what is said of its place."""

DIALECT_OPTIONS: dict[str, t.Any] = {
    "feed_type": {"type": "str", "choices": ["domain", "category"], "default": "domain"},
    "entry_action": {"type": "str", "choices": ["exempt", "allow", "monitor"], "default": "exempt"},
    "exempt": {
        "type": "list",
        "elements": "str",
        "choices": [
            "activex-java-cookie",
            "all",
            "antiphish",
            "av",
            "dlp",
            "fortiguard",
            "pass",
            "range-block",
            "web-content",
        ],
        "default": ["fortiguard"],
    },
    "max_entries": {"type": "int"},
}

OPTIONS: dict[str, t.Any] = {
    **API_OPTIONS,
    **MANAGE_OPTIONS,
    **PLACE_OPTIONS,
    **DIALECT_OPTIONS,
    "category": {"type": "int"},
    "transaction_timeout": {"type": "int", "default": 60},
}
INFO_OPTIONS: dict[str, t.Any] = {**API_OPTIONS, **PLACE_OPTIONS, **_manage.INFO_OPTIONS}

_FEED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,34}")
_VDOM = re.compile(r"[A-Za-z0-9_-]{1,31}")
_TOKEN = re.compile(r"[!-~]{1,1024}")


def refuse_malformed(params: t.Mapping[str, t.Any]) -> None:
    """Refuse options that would not stay what they claim to be in a request, or do not go together.

    Raises:
        ApplianceError: the message names the option, and never holds the token.
    """
    if not _TOKEN.fullmatch(params["access_token"] or ""):
        raise ApplianceError("access_token: it is empty, too long, or has characters that no token has.")
    if not _VDOM.fullmatch(params["vdom"]):
        raise ApplianceError(f"vdom: {ascii(params['vdom'])[:80]} is no name of a virtual domain.")
    feed = feed_of(params)
    if params["method"] == PUSH_FEED and not _FEED.fullmatch(feed):
        raise ApplianceError(
            f"feed: {ascii(feed)[:80]} is no name of an external resource; it has 1 to 35 letters, digits and . _ -"
        )
    table = params["table_id"]
    if params["method"] == URL_FILTER and (table is None or not 1 <= table <= 4294967295):
        raise ApplianceError("table_id: method url_filter needs the number of the table, from 1 to 4294967295.")
    category = params.get("category")
    if category is not None and not 192 <= category <= 221:
        raise ApplianceError(f"category: {category} is not between 192 and 221, where categories of feeds are.")
    if not 10 <= params.get("transaction_timeout", 10) <= 3600:
        raise ApplianceError(f"transaction_timeout: {params['transaction_timeout']} is not from 10 to 3600 seconds.")


def feed_of(params: t.Mapping[str, t.Any]) -> str:
    """Return the name of the external resource; that of the list where none is given."""
    return str(params["feed"] or params["name"])
