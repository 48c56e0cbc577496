# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in: sessions of administrators with an API key, and tokens of OneAPI's clients."""

from __future__ import annotations

import secrets
import time
import typing as t
from dataclasses import dataclass, field

from lab.simulators.server import Reply, Request
from lab.simulators.zia.refusals import Refusal, invalid_body, refused

USER: t.Final = "robot@corp.example"
READER: t.Final = "reader@corp.example"
PASSWORD: t.Final = "a-long-password-of-the-robot"
KEY: t.Final = "aB3dE5gH7jK9"
CLIENT: t.Final = "client-of-the-robot"
SECRET: t.Final = "a-long-secret-of-the-client"
VANITY: t.Final = "corp"
_AUDIENCE: t.Final = "https://api.zscaler.com"
_SESSION: t.Final = 300.0
_CLOCKS_DIFFER: t.Final = 7200.0


@dataclass
class Session:
    """One login; `used` says whether anything was asked in it."""

    admin: str
    ends: float
    used: bool = False


@dataclass
class Logins:
    """Administrators with passwords, clients with secrets, those that may only read, and who is in."""

    admins: dict[str, str] = field(default_factory=lambda: {USER: PASSWORD, READER: PASSWORD})
    clients: dict[str, str] = field(default_factory=lambda: {CLIENT: SECRET})
    readers: set[str] = field(default_factory=lambda: {READER})
    sessions: dict[str, Session] = field(default_factory=dict)
    tokens: dict[str, Session] = field(default_factory=dict)
    token_seconds: int = 3600
    issued: set[str] = field(default_factory=set)
    """Every session and token that was given."""

    @property
    def made(self) -> int:
        """How many sessions and tokens were given in all."""
        return len(self.issued)

    def expire(self) -> None:
        """End every session and token, as time does."""
        for session in (*self.sessions.values(), *self.tokens.values()):
            session.ends = 0.0

    # -- sessions ------------------------------------------------------------------------------------------------

    def open(self, request: Request) -> Reply:
        """``POST /authenticatedSession``."""
        given = _object(request)
        if set(given) != {"apiKey", "username", "password", "timestamp"}:
            raise invalid_body()
        user = str(given["username"])
        stamp = str(given["timestamp"])
        if not stamp.isdigit() or abs(int(stamp) / 1000 - time.time()) > _CLOCKS_DIFFER:
            raise refused(400, "INVALID_INPUT_ARGUMENT", "Invalid timestamp")
        if given["apiKey"] != obfuscated(KEY, stamp):
            raise refused(401, "AUTHENTICATION_FAILED", "AUTHENTICATION_FAILED")
        if self.admins.get(user) != given["password"]:
            raise refused(400, "INVALID_USERNAME_OR_PASSWORD", "Invalid email or password")
        mark = secrets.token_hex(16).upper()
        self.sessions[mark] = Session(user, time.monotonic() + _SESSION)
        self.issued.add(mark)
        said = {"authType": "ADMIN_LOGIN", "obfuscateApiKey": True}
        return Reply.of_json(said, 200, **{"Set-Cookie": f"JSESSIONID={mark}; Path=/; Secure; HttpOnly"})

    def told(self, request: Request) -> Reply:
        """``GET /authenticatedSession``."""
        found = self._session(request)
        return Reply.of_json({"authType": "ADMIN_LOGIN", "obfuscateApiKey": True} if found else {})

    def close(self, request: Request) -> str:
        """``DELETE /authenticatedSession``; return whose session it was."""
        admin = self.admin_of(request)
        self.sessions.pop(_cookie(request), None)
        return admin

    def _session(self, request: Request) -> Session | None:
        found = self.sessions.get(_cookie(request))
        if found is None or found.ends < time.monotonic():
            return None
        found.used = True
        found.ends = time.monotonic() + _SESSION
        return found

    # -- tokens --------------------------------------------------------------------------------------------------

    def token(self, request: Request) -> Reply:
        """``POST /oauth2/v1/token`` of the identity service."""
        given = request.form()
        if given.get("grant_type") != "client_credentials" or given.get("audience") != _AUDIENCE:
            raise Refusal(Reply.of_json({"error": "invalid_request"}, 400))
        name = given.get("client_id", "")
        if name not in self.clients or self.clients[name] != given.get("client_secret"):
            raise Refusal(Reply.of_json({"error": "invalid_client"}, 401))
        mark = secrets.token_urlsafe(32)
        self.tokens[mark] = Session(name, time.monotonic() + self.token_seconds)
        self.issued.add(mark)
        return Reply.of_json({"access_token": mark, "token_type": "Bearer", "expires_in": self.token_seconds})

    # -- who asks ------------------------------------------------------------------------------------------------

    def admin_of(self, request: Request, one_api: bool = False) -> str:
        """Return who asks; a request of nobody is refused as each of both ways in was recorded to do, or documented."""
        if one_api:
            found = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
            if found is None or found.ends < time.monotonic():
                raise Refusal(Reply.of_json({"detail": "unauthorized", "type": "", "title": "", "status": ""}, 401))
            found.used = True
            return found.admin
        session = self._session(request)
        if session is None:
            raise refused(401, "SESSION_NOT_VALID", "SESSION_NOT_VALID")
        return session.admin


def obfuscated(key: str, stamp: str) -> str:
    """Return the API key as a login of this time has to give it (zia/getting-started-zia-api)."""
    high = stamp[-6:]
    low = f"{int(high) >> 1:06d}"
    return "".join(key[int(digit)] for digit in high) + "".join(key[int(digit) + 2] for digit in low)


def _cookie(request: Request) -> str:
    cookies = dict(part.strip().partition("=")[::2] for part in request.headers.get("cookie", "").split(";"))
    return cookies.get("JSESSIONID", "")


def _object(request: Request) -> dict[str, t.Any]:
    try:
        given = request.json()
    except ValueError:
        raise invalid_body() from None
    if not isinstance(given, dict):
        raise invalid_body()
    return given
