# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Both ways into Zscaler Internet Access: a session of an administrator with an API key, and a token of OneAPI.

What a session has saved and not activated becomes active when it is ended (help.zscaler.com,
zia/getting-started-zia-api), whoever saved it with this account. So it is ended only where it is known that there is
nothing of that kind; otherwise it is left to expire, which it does after five minutes without a request.
"""

from __future__ import annotations

import abc
import json
import re
import time
import typing as t
import urllib.parse

from ansible_collections.managed_desktop.network.plugins.module_utils._api.client import ApiClient
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import Http
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Answer
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

JSON = {"Content-Type": "application/json", "Accept": "application/json"}
KEY_LENGTH = 12
_SESSION = "/api/v1/authenticatedSession"
_TOKEN = "/oauth2/v1/token"
_AUDIENCE = "https://api.zscaler.com"
_COOKIE = re.compile(r"JSESSIONID=([A-Za-z0-9._:-]{1,256})(?:;|$)")
_REASONS = ("code", "message", "error", "error_description")
_UNAUTHORISED = 401


class ZiaError(ApplianceError):
    """The service did not do what it was asked for, and said so, or said what nobody understands."""


class ZiaClient(ApiClient, abc.ABC):
    """One login. `prefix` stands before the path of every resource; `kind` is what results call this way in.

    `unsettled` is set while changes may be saved and not active that the end of the session would activate: until the
    status says that there are none. None says that it was not read yet.
    """

    prefix: t.ClassVar[str]
    kind: t.ClassVar[str]

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self.unsettled: bool | None = None

    def has_expired(self, answer: Answer) -> bool:
        return answer.status == _UNAUTHORISED


class SessionClient(ZiaClient):
    """Username, password and API key of an administrator."""

    prefix = "/api/v1"
    kind = "session"

    def __init__(self, http: Http, username: str, password: str, api_key: str) -> None:
        super().__init__(http)
        self._username = username
        self._password = password
        self._api_key = api_key
        self._cookie = ""

    def login(self) -> None:
        stamp = str(int(time.time() * 1000))
        given = {
            "apiKey": obfuscated(self._api_key, stamp),
            "username": self._username,
            "password": self._password,
            "timestamp": stamp,
        }
        self.http.hide(given["apiKey"])
        answer = self.http.send("POST", _SESSION, json.dumps(given).encode("ascii"), JSON, repeatable=True)
        cookies = map(_COOKIE.search, answer.headers.get_all("Set-Cookie") or ())
        found = [cookie.group(1) for cookie in cookies if cookie]
        if answer.status >= 500:
            raise self.http.unexpected("POST", _SESSION, answer, quoting=False)
        if answer.status != 200 or not found:
            raise ZiaError(
                f"{self.http.device} does not let {self.http.clean(self._username)} in ({_why(self.http, answer)}). "
                "Check username, password and api_key, that the tenant is on this cloud, and that this controller's "
                "clock is right."
            )
        self._cookie = found[-1]
        self.http.hide(self._cookie)

    def logout(self) -> None:
        if self.unsettled is False:
            self.http.send("DELETE", _SESSION, None, {**JSON, **self.authorisation()}, repeatable=True)

    def authorisation(self) -> dict[str, str]:
        return {"Cookie": f"JSESSIONID={self._cookie}"}


class TokenClient(ZiaClient):
    """Client ID and secret of OneAPI; there is no session that could be ended."""

    prefix = "/zia/api/v1"
    kind = "token"

    def __init__(self, http: Http, identity: Http, client_id: str, client_secret: str) -> None:
        super().__init__(http)
        self._identity = identity
        self._client_id = client_id
        self._client_secret = client_secret
        self._token = ""

    def login(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "audience": _AUDIENCE,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        body = urllib.parse.urlencode(form).encode("ascii")
        answer = self._identity.send("POST", _TOKEN, body, headers, repeatable=True)
        if answer.status >= 500:
            raise self._identity.unexpected("POST", _TOKEN, answer, quoting=False)
        if answer.status != 200:
            raise ZiaError(
                f"{self._identity.device} gives the client {self._identity.clean(self._client_id)} no token "
                f"({_why(self._identity, answer)}). Check client_id, client_secret and vanity_domain."
            )
        found = self._identity.parsed_json("POST", _TOKEN, answer, quoting=False)
        token = found.get("access_token") if isinstance(found, dict) else None
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]{1,16384}", token):
            raise ZiaError(f"{self._identity.device} answers POST {_TOKEN} without a token.")
        self._token = token
        for http in (self.http, self._identity):
            http.hide(token)

    def logout(self) -> None:
        """A token ends by itself."""

    def authorisation(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


def _why(http: Http, answer: Answer) -> str:
    """Return why a login was refused, in words that the API has for it.

    Nothing else of the answer is shown: it may hold a session that we could not read.
    """
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    given = [found.get(key) for key in _REASONS] if isinstance(found, dict) else []
    told = dict.fromkeys(http.clean(text) for text in given if isinstance(text, str) and text)
    return ": ".join([f"status {answer.status}", *told])


def obfuscated(api_key: str, stamp: str) -> str:
    """Return the API key as a login at this time (in milliseconds since 1970, as text) gives it.

    The rule is the vendor's (zia/getting-started-zia-api): digits of the time choose characters of the key.
    """
    high = stamp[-6:]
    low = f"{int(high) >> 1:06d}"
    return "".join([api_key[int(digit)] for digit in high] + [api_key[int(digit) + 2] for digit in low])
