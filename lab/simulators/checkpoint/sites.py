# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application-sites: shown as a session sees them, changed in it alone, and locked for others until it is over."""

from __future__ import annotations

import dataclasses
import typing as t
from collections import abc

from lab.simulators.checkpoint.errors import DETAILS, Forms, Refusal, checked, identified, invalid, locked, not_found
from lab.simulators.checkpoint.state import Json, Session, Site, date, new_uid

if t.TYPE_CHECKING:
    from lab.simulators.checkpoint.server import ManagementServer

_OTHERS: Forms = {
    "primary-category": str,
    "description": str,
    "additional-categories": (list, dict),
    "tags": (list, dict, str),
    "groups": (list, dict, str),
    "color": str,
    "comments": str,
}
_ADD: Forms = {
    **_OTHERS,
    **DETAILS,
    "name": str,
    "url-list": (list, str),
    "application-signature": str,
    "urls-defined-as-regular-expression": bool,
    "ignore-warnings": bool,
    "ignore-errors": bool,
}
_SET: Forms = {**_ADD, "uid": str, "new-name": str, "url-list": (list, str, dict)}
_NAMED: Forms = {**DETAILS, "name": str, "uid": str}
_DEFAULTS: Json = {
    "risk": "Unknown",
    "user-defined": True,
    "additional-categories": [],
    "description": "",
    "groups": [],
    "comments": "",
    "color": "black",
    "icon": "Objects/application",
    "tags": [],
}


def seen(session: Session) -> dict[str, Site]:
    """Return the application-sites by name as a session sees them: what is published, and its own changes."""
    found = {**session.domain.published, **session.changes}
    return {name: site for name, site in found.items() if site is not None}


def show(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``show-application-site``."""
    return shown(server, session, _found(session, identified(checked(given, _NAMED))))


def equals(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``equals``, which the vendor's collection asks and the reference leaves out: is an object like that?"""
    asked = checked(given, {"type": str, "params": dict}, required=("type", "params"))
    if asked["type"] != "application-site":
        raise Refusal(501, "not_implemented", "Other objects are not simulated")
    wanted = checked(asked["params"], _SET)
    there = shown(server, session, _found(session, identified({k: wanted[k] for k in ("name", "uid") if k in wanted})))
    return {"equals": all(there.get(name) == value for name, value in wanted.items())}


def add(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``add-application-site``."""
    fields = checked(given, _ADD, required=("name", "primary-category"))
    name = fields["name"]
    if name in seen(session) or session.domain.holder(name, session):
        raise invalid(f"More than one object named '{name}' exists.")
    if "url-list" not in fields and "application-signature" not in fields:
        raise Refusal(400, "generic_err_missing_required_parameters", "Missing parameter: [url-list]")
    now = server.now()
    site = Site(
        uid=new_uid(),
        name=name,
        urls=_urls(server, fields.get("url-list", [])),
        regular=fields.get("urls-defined-as-regular-expression", False),
        others={**_DEFAULTS, **_others(fields)},
        created=now,
        modified=now,
        modifier=session.administrator.name,
    )
    session.changes[name] = site
    return shown(server, session, site)


def change(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``set-application-site``. Whatever it changes, even nothing, the object is locked from then on."""
    fields = checked(given, _SET)
    site = _free(session, identified(fields))
    if "new-name" in fields:
        raise Refusal(501, "not_implemented", "Renaming is not simulated")
    urls = _changed(server, site.urls, fields["url-list"]) if "url-list" in fields else site.urls
    changed = dataclasses.replace(
        site,
        urls=urls,
        regular=fields.get("urls-defined-as-regular-expression", site.regular),
        others={**site.others, **_others(fields)},
        modified=server.now(),
        modifier=session.administrator.name,
    )
    session.changes[site.name] = changed
    return shown(server, session, changed)


def delete(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``delete-application-site``."""
    site = _free(session, identified(checked(given, {**_NAMED, "ignore-warnings": bool})))
    for package in session.domain.packages.values():
        if site.name in package.uses:
            raise invalid(f"Object '{site.name}' cannot be deleted because it is used in policy {package.name}.")
    if site.name in session.domain.published:
        session.changes[site.name] = None
    else:
        del session.changes[site.name]
    return {"message": "OK"}


def shown(server: ManagementServer, session: Session, site: Site) -> Json:
    """Return an application-site as a session is shown it."""
    urls = list(site.urls) if server.keeps_order else sorted(site.urls, key=lambda url: url[::-1])
    return {
        "uid": site.uid,
        "name": site.name,
        "type": "application-site",
        "domain": session.domain.shown(),
        "application-id": 1073741849,
        **site.others,
        "url-list": urls,
        "urls-defined-as-regular-expression": site.regular,
        "meta-info": {
            "validation-state": "ok",
            "last-modify-time": date(site.modified),
            "last-modifier": site.modifier,
            "creation-time": date(site.created),
            "creator": site.modifier,
            **_lock(session, site.name),
        },
        "read-only": session.read_only,
    }


def _lock(session: Session, name: str) -> Json:
    if name in session.changes:
        return {"lock": "locked by current session"}
    holder = session.domain.holder(name, session)
    if holder is None:
        return {"lock": "unlocked"}
    return {
        "lock": "locked by other session",
        "locking-admin": holder.administrator.name,
        "locking-session-id": holder.uid,
    }


def _found(session: Session, wanted: str) -> Site:
    for site in seen(session).values():
        if wanted in (site.name, site.uid):
            return site
    raise not_found(wanted)


def _free(session: Session, wanted: str) -> Site:
    site = _found(session, wanted)
    if session.domain.holder(site.name, session):
        raise locked(site.name)
    return site


def _others(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if name in _OTHERS}


def _changed(server: ManagementServer, urls: tuple[str, ...], wanted: t.Any) -> tuple[str, ...]:
    if not isinstance(wanted, dict):
        return _urls(server, wanted)
    added, removed = (_urls(server, wanted.get(key, [])) if wanted.get(key) else () for key in ("add", "remove"))
    return tuple(dict.fromkeys([*(url for url in urls if url not in removed), *added]))


def _urls(server: ManagementServer, wanted: t.Any) -> tuple[str, ...]:
    urls = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(urls, abc.Sequence) or not all(isinstance(url, str) and url for url in urls):
        raise Refusal(400, "generic_err_invalid_parameter", "Invalid parameter for [url-list]. Invalid value")
    if not urls:
        raise invalid("An application-site needs at least one URL.")
    if len(set(urls)) != len(urls):
        raise invalid("The URL list has duplicate values.")
    if server.most_urls is not None and len(urls) > server.most_urls:
        raise invalid(f"The URL list has {len(urls)} URLs; at most {server.most_urls} are allowed.")
    if server.longest_url is not None and max(map(len, urls)) > server.longest_url:
        raise invalid(f"A URL is longer than {server.longest_url} characters.")
    return tuple(urls)
