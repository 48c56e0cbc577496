# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions: logging in and out, what is pending in each, and how it is published or taken back."""

from __future__ import annotations

import secrets
import typing as t

from lab.simulators.checkpoint.errors import DETAILS, PAGING, Forms, Refusal, checked, not_found
from lab.simulators.checkpoint.state import Json, Revision, Session, Site, date, new_uid

if t.TYPE_CHECKING:
    from lab.simulators.checkpoint.server import ManagementServer

_LOGIN: Forms = {
    "user": str,
    "password": str,
    "api-key": str,
    "domain": str,
    "read-only": bool,
    "continue-last-session": bool,
    "enter-last-published-session": bool,
    "session-name": str,
    "session-description": str,
    "session-comments": str,
    "session-timeout": int,
}
_UID: Forms = {"uid": str}


def login(server: ManagementServer, given: t.Any) -> Json:
    """Answer ``login``."""
    fields = checked(given, _LOGIN)
    if ("api-key" in fields) == ("user" in fields):
        raise Refusal(400, "generic_err_missing_required_parameters", "Missing parameter: [user or api-key]")
    if fields.get("continue-last-session"):
        raise Refusal(501, "not_implemented", "Continuing a session is not simulated")
    server.count_login(fields.get("user", fields.get("api-key")), fields.get("domain"))
    administrator = server.authenticated(fields)
    domain = server.domain_of(fields.get("domain"), administrator)
    if administrator is None or domain is None:
        raise Refusal(400, "err_login_failed", "Authentication to server failed.")
    now = server.now()
    session = Session(
        uid=new_uid(),
        sid=secrets.token_urlsafe(32),
        administrator=administrator,
        domain=domain,
        read_only=administrator.read_only
        or fields.get("read-only", False)
        or fields.get("enter-last-published-session", False)
        or server.standby,
        timeout=float(fields.get("session-timeout", server.session_timeout)),
        opened=now,
        last_seen=now,
        name=fields.get("session-name", ""),
        description=fields.get("session-description", ""),
        comments=fields.get("session-comments", ""),
    )
    domain.sessions.append(session)
    server.issued.add(session.sid)
    return {
        "sid": session.sid,
        "uid": session.uid,
        "url": f"{server.url}/web_api",
        "session-timeout": int(session.timeout),
        "last-login-was-at": date(now),
        "api-server-version": server.api_version,
        "read-only": session.read_only,
        "standby": server.standby,
    }


def logout(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``logout``. What is pending stays, and stays locked."""
    checked(given, {})
    session.logged_out = server.now()
    if not session.changes:
        session.domain.sessions.remove(session)
    return {"message": "OK"}


def keepalive(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``keepalive``."""
    checked(given, {})
    return {"message": "OK"}


def show_one(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``show-session``; without an identifier, of the session that asks."""
    uid = checked(given, {**_UID, **DETAILS}).get("uid", session.uid)
    return shown(_named(session, uid))


def show_all(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``show-sessions``: those that are open, or those that were published."""
    fields = checked(given, {**PAGING, "view-published-sessions": bool})
    if fields.get("view-published-sessions"):
        found = [shown_revision(session, revision) for revision in reversed(session.domain.revisions)]
    else:
        found = [shown(other) for other in session.domain.sessions]
    return server.page(found, fields)


def show_last_published(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``show-last-published-session``."""
    checked(given, {})
    if not session.domain.revisions:
        raise not_found("last published session")
    return shown_revision(session, session.domain.revisions[-1])


def discard(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``discard``: of the session that asks, or of another one of the same administrator."""
    uid = checked(given, _UID).get("uid", session.uid)
    other = _own(session, uid)
    count = len(other.changes)
    other.changes.clear()
    if not other.connected:
        session.domain.sessions.remove(other)
    return {"message": "OK", "number-of-discarded-changes": count}


def disconnect(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``disconnect``: another session of the same administrator is over, with what is pending or without."""
    fields = checked(given, {**_UID, "discard": bool}, required=("uid",))
    other = _own(session, fields["uid"])
    if other is session:
        raise Refusal(400, "generic_error", "The current session cannot be disconnected")
    other.logged_out = server.now()
    if fields.get("discard", True) or not other.changes:
        session.domain.sessions.remove(other)
    return {"message": "OK"}


def publish(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``publish``: a task, at whose end everybody sees what the session changed."""
    if checked(given, _UID).get("uid", session.uid) != session.uid:
        raise Refusal(501, "not_implemented", "Publishing other than current session is not implemented")

    def work() -> tuple[str, list[Json]]:
        error = session.domain.publish_error
        if error:
            return "failed", [{"fault-message": error, "publishResponse": {"numberOfPublishedChanges": 0}}]
        count = len(session.changes)
        publish_now(server, session)
        return "succeeded", [{"publishResponse": {"numberOfPublishedChanges": count}}]

    return {"task-id": server.start(session, "Publish operation", work)}


def publish_now(server: ManagementServer, session: Session) -> None:
    """Make a revision of what a session changed; a session without changes makes none."""
    if not session.changes:
        return
    domain = session.domain
    sites: dict[str, Site | None] = {**domain.published, **session.changes}
    kept = {name: site for name, site in sites.items() if site is not None}
    published = max(server.now(), domain.revisions[-1].published + 0.001 if domain.revisions else 0.0)
    domain.revisions.append(
        Revision(new_uid(), session.name, session.administrator.name, session.description, published, kept)
    )
    session.changes.clear()


def shown(session: Session) -> Json:
    """Return an open session as the server shows it."""
    data = {
        "uid": session.uid,
        "name": session.name,
        "type": "session",
        "domain": session.domain.shown(),
        "state": "open",
        "user-name": session.administrator.name,
        "description": session.description,
        "comments": session.comments,
        "last-login-time": date(session.opened),
        "expired-session": session.expired,
        "application": "WEB_API",
        "changes": len(session.changes),
        "in-work": session.connected or bool(session.changes),
        "ip-address": "192.0.2.10",
        "locks": len(session.changes),
        "connection-mode": "read only" if session.read_only else "read write",
        "session-timeout": int(session.timeout),
    }
    if session.logged_out is not None:
        data["last-logout-time"] = date(session.logged_out)
    return data


def shown_revision(session: Session, revision: Revision) -> Json:
    """Return a published session as the server shows it."""
    return {
        "uid": revision.uid,
        "name": revision.name,
        "type": "session",
        "domain": session.domain.shown(),
        "state": "published",
        "user-name": revision.administrator,
        "description": revision.description,
        "publish-time": date(revision.published),
        "expired-session": False,
        "application": "WEB_API",
        "changes": 0,
        "in-work": False,
        "locks": 0,
        "connection-mode": "read write",
    }


def _named(session: Session, uid: str) -> Session:
    for other in session.domain.sessions:
        if other.uid == uid:
            return other
    raise not_found(uid)


def _own(session: Session, uid: str) -> Session:
    other = _named(session, uid)
    if other.administrator != session.administrator:
        raise Refusal(
            403, "generic_err_no_permissions", "You have no permission to manage other administrators' sessions"
        )
    return other
