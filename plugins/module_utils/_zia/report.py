# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the ``_info`` module tells of a tenant besides the list: who uses it, and how the page's requirements stand.

The Managed Desktop documents want no protocol detection for the listed endpoints, and TLS 1.2. What stands for the
first here is SSL inspection (help.zscaler.com, zia/configuring-ssl-inspection-policy).
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._zia import lists
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.api import Api, Forbidden
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.lists import Json
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.saved import Place, Saved, overlapping

_SOURCE = "https://help.zscaler.com/zia/configuring-ssl-inspection-policy"
_MOST = 20
_UNKNOWN = "unknown"
_SUB_ACTIONS = {"DECRYPT": "decryptSubActions", "DO_NOT_DECRYPT": "doNotDecryptSubActions"}
_FLOORS = {
    "DECRYPT": ("minClientTLSVersion", "minServerTLSVersion"),
    "DO_NOT_DECRYPT": ("minTLSVersion",),
}


def details(api: Api, saved: Saved, place: Place, status: str) -> Json:
    """Return what is told of the tenant."""
    names = {str(found["id"]): treatment for treatment, found in saved.categories.items() if found is not None}
    filtering = _told(api, "url_filtering", lambda rule: _filtering(rule, names))
    inspection = _told(api, "ssl_inspection", lambda rule: _inspection(rule, names))
    clashing = overlapping(saved)
    return {
        "activation": status,
        "urls_left": api.remaining(),
        "categories": {
            treatment: None
            if found is None
            else {
                "id": found["id"],
                "name": place.called[treatment],
                "ours": lists.is_ours(found, place.name, treatment),
                "urls": len(lists.urls_of(found)),
            }
            for treatment, found in saved.categories.items()
        },
        "url_filtering_rules": _UNKNOWN if filtering is None else filtering,
        "ssl_inspection_rules": _UNKNOWN if inspection is None else inspection,
        "overlapping": {name: _first(urls) for name, urls in clashing.items()},
        "protocol_detection": {
            "means": "SSL inspection",
            "switched_off_by": "an SSL inspection rule with the action Do Not Inspect that names the category of "
            "inspection_category, before every rule that inspects",
            "switched_off": _UNKNOWN if inspection is None else any(map(_switches_off, inspection)),
            "source": _SOURCE,
        },
        "tls_floor": {
            "set_by": "the minimum TLS version of the rule that a request meets; no rule of ours",
            "source": _SOURCE,
        },
    }


def _told(api: Api, policy: str, tell: t.Callable[[Json], t.Iterator[Json]]) -> list[Json] | None:
    """Return what is told of the rules of a policy; None where the account may not read them."""
    try:
        return [told for rule in api.rules(policy) for told in tell(rule)]
    except Forbidden:
        return None


def _switches_off(rule: Json) -> bool:
    spares = rule["action"] == "DO_NOT_DECRYPT" and rule["enabled"]
    return bool(spares and lists.BYPASS_INSPECTION in rule["categories"])


def _first(urls: t.Sequence[str]) -> Json:
    return {"count": len(urls), "urls": list(urls[:_MOST])}


def _named(rule: Json, names: t.Mapping[str, str]) -> list[str]:
    given = rule.get("urlCategories")
    return sorted({names[str(one)] for one in given if str(one) in names}) if isinstance(given, list) else []


def _filtering(rule: Json, names: t.Mapping[str, str]) -> t.Iterator[Json]:
    used = _named(rule, names)
    if used:
        yield {
            "name": str(rule.get("name")),
            "action": str(rule.get("action")),
            "enabled": rule.get("state") == "ENABLED",
            "categories": used,
        }


def _inspection(rule: Json, names: t.Mapping[str, str]) -> t.Iterator[Json]:
    used = _named(rule, names)
    if not used:
        return
    action = rule.get("action")
    kind = str(action.get("type")) if isinstance(action, dict) else _UNKNOWN
    settings = action.get(_SUB_ACTIONS.get(kind, "")) if isinstance(action, dict) else None
    floors = [settings.get(key) for key in _FLOORS.get(kind, ())] if isinstance(settings, dict) else []
    yield {
        "name": str(rule.get("name")),
        "action": kind,
        "enabled": rule.get("state") == "ENABLED",
        "categories": used,
        "minimum_tls": [str(floor) for floor in floors if floor] or _UNKNOWN,
    }
