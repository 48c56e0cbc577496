# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The REST API of FortiOS: its envelope, its errors, its version.

The token goes in a header and never in an address, where logs would keep it.
"""

from __future__ import annotations

import json
import re
import typing as t
import urllib.parse

from ansible_collections.managed_desktop.network.plugins.module_utils._api.client import ApiClient
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import Http, HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Answer
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

Json = dict[str, t.Any]
Version = tuple[int, int, int]

NOT_FOUND = 404
_NOT_THERE = (404, 405)

SAID: dict[int, str] = {
    -3: "the entry is not found",
    -4: "the maximum number of entries has been reached",
    -5: "a duplicate entry already exists",
    -14: "permission denied",
    -15: "a duplicate entry already exists",
    -23: "the entry is in use",
    -37: "permission denied",
    -61: "the input is not as expected",
    -72: "a value exceeds the maximum number of characters",
    -651: "the input is not valid",
}
"""What the device's own codes mean, as far as they may meet us."""


class Reply(t.NamedTuple):
    """An answer: its HTTP status, and the envelope, which is empty where the answer was none of the API's."""

    status: int
    data: Json

    @property
    def ok(self) -> bool:
        """Whether the device did what it was asked for."""
        return self.status == 200 and self.data.get("status") == "success"

    @property
    def missing(self) -> bool:
        """Whether there is no such thing, or no such question, on the device."""
        return self.status in _NOT_THERE


class FortiClient(ApiClient):
    """The conversation with one virtual domain of one device.

    `version` and `serial` are what the device said of itself in its last answer; None before the first.
    """

    def __init__(self, http: Http, token: str, vdom: str) -> None:
        super().__init__(http)
        self._token = token
        self.vdom = vdom
        self.version: Version | None = None
        self.serial: str | None = None

    def login(self) -> None:
        """A token needs no login."""

    def logout(self) -> None:
        """And there is no session to end."""

    def authorisation(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def has_expired(self, answer: Answer) -> bool:
        return False

    def ask(
        self,
        method: str,
        path: str,
        query: t.Mapping[str, str] | None = None,
        body: Json | None = None,
        transaction: int | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        """Ask for ``/api/v2/`` and `path`, and return the answer whatever it says.

        All but a POST may be sent twice, unless `repeatable` says otherwise.

        Raises:
            HttpError: no answer came, it is none of this API, or the token is not accepted.
        """
        place = f"/api/v2/{path}"
        full = f"{place}?{urllib.parse.urlencode({**(query or {}), 'vdom': self.vdom})}"
        headers = {"Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode("ascii")
            headers["Content-Type"] = "application/json"
        if transaction is not None:
            headers["X-TRANSACTION-ID"] = str(transaction)
        again = method != "POST" if repeatable is None else repeatable
        answer = self.send(method, full, data, headers, again)
        if answer.status == 401:
            raise HttpError(
                f"{self.device} does not accept the access token: it is wrong, expired or revoked, or this controller "
                "is none of its administrator's trusted hosts.",
                uncertain=False,
            )
        return self._reply(method, place, answer)

    def _reply(self, method: str, place: str, answer: Answer) -> Reply:
        if answer.status in _NOT_THERE and not answer.body.lstrip().startswith(b"{"):
            return Reply(answer.status, {})
        if answer.status >= 500 and not answer.body.lstrip().startswith(b"{"):
            raise self.http.unexpected(method, place, answer)
        data = self.http.parsed_json(method, place, answer)
        if not isinstance(data, dict):
            raise self.http.unexpected(method, place, answer, "what is no answer of this API")
        self._remember(data)
        return Reply(answer.status, data)

    def _remember(self, data: Json) -> None:
        found = re.fullmatch(r"v(\d{1,3})\.(\d{1,3})\.(\d{1,3})", str(data.get("version")))
        if found:
            self.version = (int(found[1]), int(found[2]), int(found[3]))
        serial = data.get("serial")
        if isinstance(serial, str) and re.fullmatch(r"[A-Za-z0-9-]{1,40}", serial):
            self.serial = serial

    @property
    def device(self) -> str:
        """What messages call the device."""
        return self.http.device

    def needed(self, reply: Reply, what: str) -> Reply:
        """Return an answer if it is one of success.

        Raises:
            ApplianceError: `what` could not be done; the message says what the device said.
        """
        if reply.ok:
            return reply
        raise ApplianceError(f"{self.device} was to {what}, and {self.said(reply)}")

    def said(self, reply: Reply) -> str:
        """Return what the device said instead of doing something, as the end of a sentence."""
        if reply.status == 403:
            return (
                f"its answer is 403: the token's administrator may not. Give it the virtual domain {self.vdom} and a "
                "profile with write access to what is changed (Web Filter, Fabric)."
            )
        code = reply.data.get("error")
        known = SAID.get(code) if isinstance(code, int) else None
        parts = [known or "", self.http.clean(reply.data.get("cli_error", ""))]
        told = "; ".join(part for part in parts if part)
        number = f", error {code}" if isinstance(code, int) else ""
        return f"its answer is {reply.status}{number}{f' ({told})' if told else ''}."

    def since(self, version: Version) -> bool:
        """Tell whether the device has what came with a version; one that does not tell its own has it not."""
        return self.version is not None and self.version >= version


def shown_version(version: Version | None) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version)) if version else "unknown"
