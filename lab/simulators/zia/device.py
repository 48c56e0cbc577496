# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant as a server: both ways in, what is asked where, and what may be asked how often."""

from __future__ import annotations

import copy
import time
import typing as t
from pathlib import Path

from lab.simulators.server import Reply, Request, Simulator
from lab.simulators.zia.activation import Activation, Config
from lab.simulators.zia.categories import Categories, Category
from lab.simulators.zia.logins import Logins
from lab.simulators.zia.refusals import Refusal, invalid_body, no_such_resource, refused
from lab.simulators.zia.urls import fault_of, in_its_order

_LEGACY, _ONE_API = "/api/v1", "/zia/api/v1"
_ACTIONS: t.Final = ("ADD_TO_LIST", "REMOVE_FROM_LIST")
COLLEAGUE: t.Final = "colleague@corp.example"


class Zia(Simulator):
    """One tenant. Attributes that tests set:

    `rules` are those of both policies, by where they are asked for, and `unseen` the places that nobody may read.
    `busy` is how many of the next writes find the edit lock taken; `maintenance` lets nobody write; `counted` has the
    documented limits of requests hold, by `clock`; `before` is called with each request that is let in, before it is
    answered.
    """

    def __init__(self, directory: Path, **more: t.Any) -> None:
        """A tenant without custom categories."""
        self.logins = Logins()
        self.categories = Categories()
        self.activation = Activation(Config(self.categories.by_id, []))
        self.rules: dict[str, list[dict[str, t.Any]]] = {"/urlFilteringRules": [], "/sslInspectionRules": []}
        self.unseen: set[str] = set()
        self.busy = 0
        self.maintenance = False
        self.counted = False
        self.clock: t.Callable[[], float] = time.monotonic
        self.before: t.Callable[[Request], None] | None = None
        self._times: dict[str, list[float]] = {}
        super().__init__(directory, **more)
        self.issued = self.logins.issued

    @property
    def exempted(self) -> list[str]:
        """The URLs that are exempted from the login, as saved."""
        return self.activation.saved.exempted

    @property
    def active(self) -> Config:
        """What policies rest on."""
        return self.activation.active

    def edit(self, change: t.Callable[[Config], t.Any], admin: str = COLLEAGUE, activate: bool = False) -> None:
        """Let somebody save a change in the portal."""
        with self.lock:
            change(self.activation.saved)
            self.activation.saved_by(admin)
            if activate:
                self.activation.activate(admin)
                while self.activation.under_way:
                    self.activation.status()

    def add(self, **fields: t.Any) -> Category:
        """Let the colleague make a category and activate it, and return it."""
        made: list[Category] = []
        body = {"superCategory": "USER_DEFINED", "urls": ["made.example.org"], **fields}
        self.edit(lambda config: made.append(self.categories.add(body, config.exempted)), activate=True)
        return made[0]

    def named(self, name: str, saved: bool = False) -> Category | None:
        """Return a category by its name, as it is active or as it is saved."""
        config = self.activation.saved if saved else self.active
        return next((c for c in config.categories.values() if c["configuredName"] == name), None)

    # -- requests ------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Reply:
        """Do what is asked for, and return the answer."""
        try:
            return self._answered(request)
        except Refusal as refusal:
            return refusal.reply

    def _answered(self, request: Request) -> Reply:
        if (request.method, request.path) == ("POST", "/oauth2/v1/token"):
            return self.logins.token(request)
        one_api = request.path.startswith(f"{_ONE_API}/")
        if not one_api and not request.path.startswith(f"{_LEGACY}/"):
            raise no_such_resource()
        place = request.path.removeprefix(_ONE_API if one_api else _LEGACY)
        if request.method in ("POST", "PUT") and request.body:
            kind = request.headers.get("content-type", "").partition(";")[0]
            if kind != "application/json":
                raise Refusal(Reply(b"", 415))
        if self.counted:
            self._count(request, place)
        if place == "/authenticatedSession" and not one_api:
            return self._session(request)
        admin = self.logins.admin_of(request, one_api)
        if self.before is not None:
            self.before(request)
        reply = self._of(request, place, admin)
        mode = "read-only" if self.maintenance else "read-write"
        return Reply(reply.body, reply.status, {**reply.headers, "x-zscaler-mode": mode})

    def _session(self, request: Request) -> Reply:
        if request.method == "POST":
            return self.logins.open(request)
        if request.method == "GET":
            return self.logins.told(request)
        if request.method == "DELETE":
            self.activation.activate(self.logins.close(request))  # "logs out using DELETE /authenticatedSession"
            return Reply.of_json(self.activation.status())
        raise Refusal(Reply(b"", 405))

    def _of(self, request: Request, place: str, admin: str) -> Reply:
        asked = (request.method, place)
        if asked == ("GET", "/status"):
            return Reply.of_json(self.activation.status())
        if asked == ("GET", "/authSettings/exemptedUrls"):
            return Reply.of_json({"urls": in_its_order(self.exempted)})
        if request.method == "GET" and place in self.rules:
            if place in self.unseen:
                raise refused(403, "SCOPE_LIMITED", "The role of the administrator does not allow this operation.")
            return Reply.of_json(self.rules[place])
        if place == "/urlCategories" or place.startswith("/urlCategories/"):
            if request.method == "GET":
                return Reply.of_json(self._categories(request, place))
        elif asked not in (("POST", "/status/activate"), ("POST", "/authSettings/exemptedUrls")):
            raise no_such_resource()
        self._refuse_write(admin)
        if asked == ("POST", "/status/activate"):
            if request.body not in (b"", b"{}"):
                raise invalid_body()
            self.activation.activate(admin)
            return Reply.of_json(self.activation.status())
        done = self._exempt(request) if place.startswith("/authSettings") else self._write(request, place)
        self.activation.saved_by(admin)
        return done

    def _refuse_write(self, admin: str) -> None:
        if self.maintenance:
            said = "The API service is undergoing a scheduled upgrade and is in read-only mode."
            raise refused(403, "STATE_READONLY", said, **{"x-zscaler-mode": "read-only"})
        if admin in self.logins.readers:
            raise refused(403, "SCOPE_LIMITED", "The role of the administrator does not allow this operation.")
        if self.busy:
            self.busy -= 1
            raise refused(409, "EDIT_LOCK_NOT_AVAILABLE")

    def _categories(self, request: Request, place: str) -> t.Any:
        if place == "/urlCategories":
            return self.categories.listed(request.query)
        if request.query:
            raise invalid_body()
        name = place.removeprefix("/urlCategories/")
        if name == "urlQuota":
            return self.categories.quota(self.exempted)
        if name == "lite":
            return [{key: c[key] for key in ("id", "configuredName")} for c in self.categories.by_id.values()]
        return self.categories.one(name)

    def _write(self, request: Request, place: str) -> Reply:
        if request.method == "POST" and place == "/urlCategories":
            return Reply.of_json(self.categories.add(_body(request), self.exempted))
        identity = place.removeprefix("/urlCategories/")
        if request.method == "DELETE" and place != "/urlCategories":
            self.categories.remove(identity)
            return Reply(b"", 204)
        if request.method != "PUT" or place == "/urlCategories":
            raise Refusal(Reply(b"", 405))
        if not request.query:
            return Reply.of_json(self.categories.replace(identity, _body(request), self.exempted))
        if set(request.query) != {"action"} or request.query["action"] not in _ACTIONS:
            raise invalid_body()
        done = self.categories.amend(identity, request.query["action"], _body(request), self.exempted)
        return Reply.of_json(done)

    def _exempt(self, request: Request) -> Reply:
        """What was given comes back, not the whole list (recorded).

        What becomes of an entry that is there already, or not there, is not known, so both are refused.
        """
        given = _body(request)
        urls = given.get("urls") if isinstance(given, dict) and set(given) == {"urls"} else None
        if not isinstance(urls, list) or request.query.get("action") not in _ACTIONS or len(request.query) != 1:
            raise invalid_body()
        if any(fault_of(url) for url in urls):
            raise refused(400, "INVALID_INPUT_ARGUMENT", "Invalid URL in the list.")
        adding = request.query["action"] == "ADD_TO_LIST"
        if any((url in self.exempted) == adding for url in urls):
            raise refused(400, "INVALID_INPUT_ARGUMENT", "The list has the URL already, or does not have it.")
        if adding:
            self.exempted.extend(urls)
        else:
            self.exempted[:] = [url for url in self.exempted if url not in urls]
        return Reply.of_json({"urls": in_its_order(urls)})

    def _count(self, request: Request, place: str) -> None:
        """Refuse what comes more often than documented (zia/api-rate-limit-summary)."""
        limits = {"GET": ((2, 1.0, "SECOND"), (1000, 3600.0, "HOUR"))}
        found = limits.get(request.method, ((1, 1.0, "SECOND"), (400, 3600.0, "HOUR")))
        if place == "/status/activate":
            found = ((10, 60.0, "MINUTE"), (40, 3600.0, "HOUR"))
        now = self.clock()
        times = self._times.setdefault(f"{request.method} {place}", [])
        for most, seconds, unit in found:
            recent = [moment for moment in times if moment > now - seconds]
            if len(recent) >= most:
                wait = str(int(recent[-most] + seconds - now))
                told = {"message": f"Rate Limit ({most}/{unit}) exceeded", "Retry-After": f"{wait} seconds"}
                raise Refusal(Reply.of_json(told, 429, **{"Retry-After": wait}))
        times.append(now)


def _body(request: Request) -> t.Any:
    try:
        return copy.deepcopy(request.json())
    except ValueError:
        raise invalid_body() from None
