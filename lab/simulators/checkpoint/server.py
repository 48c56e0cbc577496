# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server itself: it finds the session and the command of a request, and lets tasks go on."""

from __future__ import annotations

import re
import time
import typing as t
from pathlib import Path

from lab.simulators.checkpoint import policy, sessions, sites
from lab.simulators.checkpoint.errors import Refusal, wrong_session
from lab.simulators.checkpoint.state import Administrator, Domain, Gateway, Json, Revision, Session, Task, new_uid
from lab.simulators.server import Reply, Request, Simulator

_PATH = re.compile(r"(?:/([A-Za-z0-9-]+))?/web_api/(?:v([0-9.]+)/)?([a-z-]+)")

Command = t.Callable[["ManagementServer", Session, t.Any], Json]

_READING: t.Mapping[str, Command] = {
    "keepalive": sessions.keepalive,
    "logout": sessions.logout,
    "show-session": sessions.show_one,
    "show-sessions": sessions.show_all,
    "show-last-published-session": sessions.show_last_published,
    "show-application-site": sites.show,
    "equals": sites.equals,
    "show-package": policy.show_package,
    "show-task": policy.show_task,
    "show-tasks": policy.show_tasks,
}
_WRITING: t.Mapping[str, Command] = {
    "discard": sessions.discard,
    "disconnect": sessions.disconnect,
    "publish": sessions.publish,
    "add-application-site": sites.add,
    "set-application-site": sites.change,
    "delete-application-site": sites.delete,
    "install-policy": policy.install,
}


class ManagementServer(Simulator):
    """One management server. With several domains, each login names one."""

    def __init__(
        self,
        directory: Path,
        administrators: t.Sequence[Administrator],
        domains: t.Sequence[Domain] = (),
        address: str = "127.0.0.1",
        port: int = 0,
        latency: float = 0.0,
    ) -> None:
        """Listen; `domains` without any is a server of one domain, ``SMC User``."""
        self.administrators = list(administrators)
        self.domains = {domain.name: domain for domain in (domains or (Domain("SMC User"),))}
        self.several_domains = bool(domains)
        self.api_version = "1.9"
        self.session_timeout = 600.0
        self.standby = False
        self.keeps_order = True
        """Whether it shows URLs in the order in which they were given."""
        self.shows_revisions = True
        """Whether it tells which revision each target runs."""
        self.task_seconds = 0.0
        """How long publishing and installing take."""
        self.logins_per_minute: int | None = None
        self.most_urls: int | None = None
        self.longest_url: int | None = None
        self.largest_request: int | None = None
        self.cloud_id: str | None = None
        """What stands before the path of the API, as in Smart-1 Cloud."""
        self.expires_at: set[str] = set()
        """Commands at which the session of whoever asks is found to be over, each once."""
        self.ahead = 0.0
        """How many seconds its clock is ahead of ours."""
        self._logins: list[tuple[float, t.Any]] = []
        super().__init__(directory, address, port, latency)

    # -- the conversation ----------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Reply:
        """Do what is asked for, and return the answer."""
        try:
            return Reply.of_json(self._answer(request))
        except Refusal as refusal:
            return Reply.of_json(refusal.body, refusal.status)

    def _answer(self, request: Request) -> Json:
        self._go_on()
        found = _PATH.fullmatch(request.path)
        if request.method != "POST" or not found or request.headers.get("content-type") != "application/json":
            raise Refusal(404, "err_bad_url", "The requested URL was not found, or is not a POST of JSON")
        cloud, version, command = found.groups()
        if cloud != self.cloud_id:
            raise Refusal(404, "err_bad_url", "The requested URL was not found")
        if version not in (None, self.api_version):
            raise Refusal(400, "err_unknown_api_version", f"Unknown API version: {version}")
        if self.largest_request is not None and len(request.body) > self.largest_request:
            raise Refusal(413, "generic_error", f"The request has more than {self.largest_request} bytes")
        try:
            given = request.json() if request.body else None
        except ValueError:
            given = None
        if command == "login":
            return sessions.login(self, given)
        session = self._session(request.headers.get("x-chkp-sid", ""), command)
        if command in _WRITING and session.read_only:
            raise Refusal(403, "generic_err_no_permissions", "The session is read-only")
        run = _READING.get(command) or _WRITING.get(command)
        if run is None:
            raise Refusal(404, "generic_err_command_not_found", f"The command {command} was not found")
        return run(self, session, given)

    def _session(self, sid: str, command: str) -> Session:
        if not sid:
            raise Refusal(401, "generic_err_missing_session_id", "Missing header: [X-chkp-sid]")
        session = next((one for one in self.all_sessions() if one.sid == sid and one.connected), None)
        if session is None:
            raise wrong_session(sid)
        if command in self.expires_at:
            self.expires_at.discard(command)
            self.expire(session)
            raise wrong_session(sid)
        session.last_seen = self.now()
        return session

    def page(self, found: t.Sequence[Json], fields: Json) -> Json:
        """Return a part of a list, as every command does that shows several objects."""
        start, limit = fields.get("offset", 0), fields.get("limit", 50)
        part: list[t.Any] = list(found[start : start + limit])
        total = len(found)
        if fields.get("details-level", "standard") != "full":
            kept = ("uid", "name", "type", "domain")
            part = [{key: one[key] for key in kept if key in one} for one in part]
        if not part:
            return {"objects": [], "total": total}
        return {"from": start + 1, "to": start + len(part), "total": total, "objects": part}

    # -- who may log in ------------------------------------------------------------------------------------------

    def count_login(self, who: t.Any, domain: str | None) -> None:
        """Count a login. Refusal where there were too many within a minute."""
        now = self.now()
        self._logins = [login for login in self._logins if login[0] > now - 60]
        same = [login for login in self._logins if login[1] == (who, domain)]
        if self.logins_per_minute is not None and len(same) >= self.logins_per_minute:
            raise Refusal(429, "err_too_many_requests", "Too many requests in a given amount of time")
        self._logins.append((now, (who, domain)))

    def authenticated(self, fields: Json) -> Administrator | None:
        """Return the administrator whose credentials these are."""
        for one in self.administrators:
            if "api-key" in fields and one.api_key and fields["api-key"] == one.api_key:
                return one
            if fields.get("user") == one.name and one.password and fields.get("password") == one.password:
                return one
        return None

    def domain_of(self, name: str | None, administrator: Administrator | None) -> Domain | None:
        """Return the domain to work in, where it is open to the administrator."""
        if name is None:
            return None if self.several_domains else next(iter(self.domains.values()))
        found = next((one for one in self.domains.values() if name in (one.name, one.uid)), None)
        if found is None or administrator is None or not self.several_domains:
            return None
        return found if not administrator.domains or found.name in administrator.domains else None

    # -- time ----------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """The time of the server's clock."""
        return time.time() + self.ahead

    def start(
        self,
        session: Session,
        name: str,
        work: t.Callable[[], tuple[str, list[Json]]],
        gateways: tuple[Gateway, ...] = (),
    ) -> str:
        """Begin a task, and return its identifier."""
        task = Task(name, session.administrator.name, self.now(), self.task_seconds, work, gateways)
        session.domain.tasks[task.uid] = task
        return task.uid

    def _go_on(self) -> None:
        """Finish the tasks whose time is over, and end the sessions that nobody used for too long."""
        now = self.now()
        for domain in self.domains.values():
            for task in domain.tasks.values():
                if task.status == "in progress" and now >= task.started + task.seconds:
                    task.status, task.details = task.work()
        for session in self.all_sessions():
            if session.connected and now > session.last_seen + session.timeout:
                self.expire(session)

    def settle(self) -> None:
        """Wait until every task is over."""
        while True:
            with self.lock:
                self._go_on()
                if all(task.status != "in progress" for one in self.domains.values() for task in one.tasks.values()):
                    return
            time.sleep(0.01)

    def expire(self, session: Session) -> None:
        """End a session as time does: what is pending in it stays, and stays locked."""
        session.expired = True
        if not session.changes:
            session.domain.sessions.remove(session)

    # -- for tests -----------------------------------------------------------------------------------------------

    @property
    def domain(self) -> Domain:
        """The domain, where there is one."""
        return next(iter(self.domains.values()))

    def all_sessions(self) -> list[Session]:
        """Every session that is not over, or has something pending."""
        return [session for domain in self.domains.values() for session in domain.sessions]

    def published_urls(self, name: str) -> tuple[str, ...] | None:
        """What is published of an application-site; None where there is none."""
        site = self.domain.published.get(name)
        return None if site is None else site.urls

    def running_urls(self, gateway: Gateway, name: str) -> tuple[str, ...] | None:
        """What a gateway runs of it; None where it runs no policy, or one without it."""
        site = gateway.revision.sites.get(name) if gateway.revision else None
        return None if site is None else site.urls

    def foreign_session(self, administrator: Administrator, domain: Domain | None = None, name: str = "") -> Session:
        """Open a session of somebody else, as SmartConsole does; change it as it is."""
        now = self.now()
        session = Session(
            new_uid(), new_uid(), administrator, domain or self.domain, False, 36000.0, now, now, name=name
        )
        with self.lock:
            session.domain.sessions.append(session)
        return session

    def foreign_add(self, session: Session, name: str, urls: t.Sequence[str]) -> None:
        """Make an application-site in such a session."""
        with self.lock:
            sites.add(self, session, {"name": name, "primary-category": "x", "url-list": list(urls)})

    def foreign_change(self, session: Session, name: str, urls: t.Sequence[str]) -> None:
        """Change an application-site in such a session; it is locked from then on."""
        with self.lock:
            sites.change(self, session, {"name": name, "url-list": list(urls)})

    def foreign_describe(self, session: Session, name: str, fields: Json) -> None:
        """Change other fields of an application-site in such a session."""
        with self.lock:
            sites.change(self, session, {"name": name, **fields})

    def foreign_publish(self, session: Session) -> Revision:
        """Publish such a session, or something else where it has no changes."""
        with self.lock:
            if not session.changes:
                other = f"other-{len(session.domain.revisions)}"
                self.foreign_add(session, other, ["x.example/"])
            sessions.publish_now(self, session)
            return session.domain.revisions[-1]

    def foreign_install(self, session: Session, package: str) -> None:
        """Begin an installation in such a session."""
        with self.lock:
            policy.install(self, session, {"policy-package": package})
