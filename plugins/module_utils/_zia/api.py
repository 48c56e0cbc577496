# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What is asked of Zscaler Internet Access, and what its answers have to look like."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api import http as http_layer
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Answer
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.lists import MATCHING, Category
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.login import JSON, ZiaClient, ZiaError

ACTIVE, PENDING, IN_PROGRESS = "ACTIVE", "PENDING", "INPROGRESS"

_LOCKED_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""How long to wait, in seconds, where another administrator is saving at the same moment."""
_IDENTITY = re.compile(r"[A-Za-z0-9_]{1,64}")
_EXEMPTED = "/authSettings/exemptedUrls"
_RULES = {"url_filtering": "/urlFilteringRules", "ssl_inspection": "/sslInspectionRules"}


class Missing(ZiaError):
    """What was asked for is not there."""


class Forbidden(ZiaError):
    """The account may not do that."""


class Api:
    """The resources of a tenant that a list is made of. Every method raises `ApplianceError`."""

    def __init__(self, client: ZiaClient) -> None:
        self.client = client

    # -- activation ----------------------------------------------------------------------------------------------

    def status(self) -> str:
        """Return whether all that was saved is active, by whomever it was saved: the API does not say by whom."""
        return self._status("GET", "/status")

    def activate(self) -> str:
        """Have what we saved activated, and return the status. Doing it twice is the same as once."""
        return self._status("POST", "/status/activate", {})

    def _status(self, method: str, path: str, body: t.Any = None) -> str:
        found = self._ask(method, path, body)
        status = found.get("status") if isinstance(found, dict) else None
        if not isinstance(status, str):
            raise self._odd(method, path, "no status")
        return status

    # -- categories ----------------------------------------------------------------------------------------------

    def categories(self) -> list[Category]:
        """Return every custom category, whole."""
        found = self._ask("GET", "/urlCategories?customOnly=true")
        if not isinstance(found, list):
            raise self._odd("GET", "/urlCategories", "no list")
        return [self._category("GET", "/urlCategories", item) for item in found]

    def category(self, identity: str) -> Category:
        """Return one category. `Missing` where there is none of that id."""
        path = f"/urlCategories/{identity}"
        return self._category("GET", path, self._ask("GET", path))

    def create(self, body: Category) -> Category:
        """Make a category."""
        return self._category("POST", "/urlCategories", self._ask("POST", "/urlCategories", body, repeatable=False))

    def replace(self, identity: str, body: Category) -> Category:
        """Put a whole category. Doing it twice is the same as once."""
        path = f"/urlCategories/{identity}"
        return self._category("PUT", path, self._ask("PUT", path, body))

    def delete(self, identity: str) -> None:
        """Delete a category; that is also done where it is gone already."""
        try:
            self._ask("DELETE", f"/urlCategories/{identity}")
        except Missing:
            return

    def remaining(self) -> int:
        """Return how many custom URLs more the tenant takes."""
        found = self._ask("GET", "/urlCategories/urlQuota")
        left = found.get("remainingUrlsQuota") if isinstance(found, dict) else None
        if not isinstance(left, int) or isinstance(left, bool):
            raise self._odd("GET", "/urlCategories/urlQuota", "no remainingUrlsQuota")
        return left

    def _category(self, method: str, path: str, found: t.Any) -> Category:
        if not isinstance(found, dict) or not _IDENTITY.fullmatch(str(found.get("id"))):
            raise self._odd(method, path, "a category without an id")
        for key in ("configuredName", "description", "superCategory", "type"):
            if key in found and not isinstance(found[key], (str, type(None))):
                raise self._odd(method, path, f"a {key} that is no text")
        for key in ("urls", *MATCHING):
            value = found.get(key)
            if value is not None and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
                raise self._odd(method, path, f"{key} that are no texts")
        return found

    # -- exempted URLs -------------------------------------------------------------------------------------------

    def exempted(self) -> frozenset[str]:
        """Return the URLs that are exempted from the login, whoever put them there."""
        found = self._ask("GET", _EXEMPTED)
        urls = found.get("urls") if isinstance(found, dict) else None
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            raise self._odd("GET", _EXEMPTED, "no urls")
        return frozenset(urls)

    def exempt(self, urls: t.Sequence[str]) -> None:
        """Add URLs that are not there to those that are exempted."""
        self._amend("ADD_TO_LIST", urls)

    def require_login(self, urls: t.Sequence[str]) -> None:
        """Take URLs that are there from those that are exempted."""
        self._amend("REMOVE_FROM_LIST", urls)

    def _amend(self, action: str, urls: t.Sequence[str]) -> None:
        try:
            self._ask("POST", f"{_EXEMPTED}?action={action}", {"urls": list(urls)}, repeatable=False)
        except HttpError as error:
            if not error.uncertain:
                raise
            there = self.exempted()
            if any((url in there) != (action == "ADD_TO_LIST") for url in urls):
                raise

    # -- rules ---------------------------------------------------------------------------------------------------

    def rules(self, policy: str) -> list[dict[str, t.Any]]:
        """Return the rules of a policy, ``url_filtering`` or ``ssl_inspection``, in their order."""
        found = self._ask("GET", _RULES[policy])
        if not isinstance(found, list) or not all(isinstance(rule, dict) for rule in found):
            raise self._odd("GET", _RULES[policy], "no list of rules")
        return found

    # -- one request ---------------------------------------------------------------------------------------------

    def _ask(self, method: str, path: str, body: t.Any = None, repeatable: bool = True) -> t.Any:
        data = None if body is None else json.dumps(body).encode("ascii")
        place = self.client.prefix + path
        for pause in (*_LOCKED_PAUSES, None):
            answer = self.client.send(method, place, data, JSON, repeatable)
            if pause is None or answer.status != 409 or _said(answer).get("code") != "EDIT_LOCK_NOT_AVAILABLE":
                break
            http_layer.sleep(pause)
        if answer.status == 204 or (method == "DELETE" and answer.status == 200):
            return None
        if answer.status == 200:
            return self.client.http.parsed_json(method, place.partition("?")[0], answer)
        raise self._refusal(method, place.partition("?")[0], answer)

    def _refusal(self, method: str, place: str, answer: Answer) -> ApplianceError:
        http = self.client.http
        told = _said(answer)
        code, message = http.clean(told.get("code", "")), http.clean(told.get("message", ""))
        said = ": ".join(part for part in (code, message) if part)
        if answer.status == 404 and method in ("GET", "PUT", "DELETE"):
            return Missing(f"{http.device} has no {place} ({said or 'status 404'}).")
        if answer.status == 401:
            return ZiaError(
                f"{http.device} does not know our login any more at {method} {place}, and did not after another one. "
                "See whether the account was disabled meanwhile."
            )
        if answer.status == 403 and code == "STATE_READONLY":
            return ZiaError(f"{http.device} is being upgraded and takes no changes ({said}). Run again later.")
        if answer.status == 403:
            return Forbidden(
                f"{http.device} does not let this account do {method} {place} ({said or 'status 403'}). Its role needs "
                "the functional scopes for URL categories, authentication settings where they are exempted, and "
                "activation."
            )
        if answer.status == 409:
            return ZiaError(
                f"{http.device} was asked {method} {place} {len(_LOCKED_PAUSES) + 1} times while another administrator "
                f"was saving ({said or 'status 409'}). Run again when nobody edits, or see which name is taken."
            )
        return http.unexpected(method, place, answer, said)

    def _odd(self, method: str, path: str, what: str) -> ApplianceError:
        place = path.partition("?")[0]
        return ZiaError(
            f"{self.client.http.device} answers {method} {self.client.prefix}{place} with {what}. Check that host is "
            "that of its API."
        )


def _said(answer: Answer) -> dict[str, t.Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
