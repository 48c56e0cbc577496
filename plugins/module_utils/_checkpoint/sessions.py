# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Sessions on the server: which are ours, which were left by a run that died, and what others have published.

A session of ours is known by its name, which begins with the object's, and by its administrator; its description names
the controller. Whoever holds this controller's lock for the list knows that no other session of this controller is
alive. One of another controller is dead only where the server says that nobody can use it any more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import secrets
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.answers import (
    Session,
    page_of,
    session_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.api import (
    NOT_FOUND,
    CommandError,
    ManagementApi,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text, write_durably
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

_COLLECTION = "managed_desktop.network"
_TOKEN = re.compile(r"[0-9a-f]{8}")
_CONTROLLER = re.compile(r"controller ([0-9a-f]{12})")
_LIMIT = 500
_MOST_PAGES = 200


_FILE = ".session"


def noted(backup_dir: str) -> str | None:
    """Return the name of the session in which a run of this controller set about to change the list and did not end."""
    try:
        found = json.loads(read_text(os.path.join(backup_dir, _FILE)))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def note(backup_dir: str, name: str) -> None:
    """Note that a session is about to change the list; call it with the list locked.

    Raises:
        OSError: it cannot be written.
    """
    path = os.path.join(backup_dir, _FILE)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    write_durably(path, json.dumps(name), 0o600)


def forget(backup_dir: str, name: str) -> None:
    """Remove the note of a session that has ended."""
    with contextlib.suppress(OSError):
        if noted(backup_dir) == name:
            os.unlink(os.path.join(backup_dir, _FILE))


def name_for(site: str) -> str:
    """Return the name of a new session that changes an application-site."""
    return f"{_COLLECTION} {site} {secrets.token_hex(4)}"


def description_for(backup_dir: str) -> str:
    """Return what tells later runs which controller a session belongs to."""
    return f"Ansible collection {_COLLECTION}, controller {_controller(backup_dir)}"


def _controller(backup_dir: str) -> str:
    """Whoever can take the same lock is the same controller."""
    place = f"{platform.node()}:{os.path.realpath(backup_dir)}"
    return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def is_ours(api: ManagementApi, session: Session, site: str) -> bool:
    """Tell whether a session was opened by this collection to change an application-site, for our administrator.

    A name is what anybody may give to his session, so it alone says nothing.
    """
    prefix = f"{_COLLECTION} {site} "
    named = session.name.startswith(prefix) and bool(_TOKEN.fullmatch(session.name[len(prefix) :]))
    return named and bool(session.administrator) and session.administrator == _administrator(api)


def _administrator(api: ManagementApi) -> str:
    """Return whose credentials ours are."""
    if not api.administrator:
        api.administrator = api.asked("show-session", {}, session_of).administrator
    return api.administrator


def clear_left_over(api: ManagementApi, site: str, backup_dir: str) -> None:
    """Take back what runs of ours that died left pending for an application-site, so that no lock of theirs stays.

    Raises:
        ApplianceError: another controller is changing it at this moment.
    """
    found = list(_all(api, {}))
    api.administrator = next((one.administrator for one in found if one.uid == api.uid), api.administrator)
    for one in found:
        if one.uid == api.uid or not is_ours(api, one, site):
            continue
        controller = _CONTROLLER.search(one.description)
        if not one.over and (controller is None or controller[1] != _controller(backup_dir)):
            if not one.changes:
                continue  # it only reads, or has not begun
            raise ApplianceError(
                f"Another controller is changing {site} on {api.http.device} at this moment, in the session "
                f"{one.name!r} of {api.http.clean(one.administrator)}. Wait for it and run again; if it died, its "
                "session is over in ten minutes."
            )
        _end(api, one.uid)


def end_orphans(api: ManagementApi) -> None:
    """End sessions that this run opened and cannot use, because the server's answer to the login was lost.

    A session that only reads may end none; those are over in ten minutes by themselves.
    """
    for one in list(_all(api, {})):
        if one.uid != api.uid and one.name == api.identity.session_name:
            _end(api, one.uid)


def _end(api: ManagementApi, uid: str) -> None:
    try:
        api.call("disconnect", {"uid": uid, "discard": True}, repeatable=True)
    except CommandError as error:
        if error.code != NOT_FOUND:
            raise


def who_has(api: ManagementApi, uid: str, administrator: str) -> str:
    """Return words for the session that has an application-site locked, as far as the server tells."""
    who = api.http.clean(administrator) or "another administrator"
    named = api.http.clean(uid)
    for one in _all(api, {}) if uid else ():
        if one.uid == uid and one.name:
            named = f"{api.http.clean(one.name)!r} ({named})"
    return f"{who}, in the session {named}" if named else who


def left_over_by_us(api: ManagementApi, site: str, uid: str, backup_dir: str) -> bool:
    """Tell whether the session that has an application-site locked is one that the next real run would end."""
    for one in _all(api, {}):
        if one.uid == uid and is_ours(api, one, site):
            controller = _CONTROLLER.search(one.description)
            return one.over or (controller is not None and controller[1] == _controller(backup_dir))
    return False


def published_by_others(api: ManagementApi, site: str, since: int) -> list[Session]:
    """Return what others have published after a time (milliseconds since 1970), the latest first."""
    last = api.asked("show-last-published-session", {}, session_of)
    if last.published is not None and last.published <= since:
        return []
    found = [
        one
        for one in _all(api, {"view-published-sessions": True})
        if one.published is not None and one.published > since and not is_ours(api, one, site)
    ]
    return sorted(found, key=lambda one: -(one.published or 0))


def _all(api: ManagementApi, payload: t.Mapping[str, t.Any]) -> t.Iterator[Session]:
    """Yield every session. Raises `ApplianceError` where a list does not end."""
    offset = 0
    for _page in range(_MOST_PAGES):
        given = {**payload, "limit": _LIMIT, "offset": offset, "details-level": "full"}
        items, last, total = api.asked("show-sessions", given, page_of)
        for item in items:
            yield api.parsed("show-sessions", item, session_of)
        if not items or last >= total:
            return
        offset = last
    raise ApplianceError(f"{api.http.device} lists sessions without an end.")
