# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A vendor's conversation over HTTPS: a login when first something is asked, one renewal, a logout at the end."""

from __future__ import annotations

import abc
import contextlib
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import Http
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Answer
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError


class ApiClient(abc.ABC):
    """One login on one device. Every method raises `ApplianceError` where it cannot do what it says."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.logged_in = False
        self._renewed = False

    @abc.abstractmethod
    def login(self) -> None:
        """Log in, so that `authorisation` has what requests need."""

    @abc.abstractmethod
    def logout(self) -> None:
        """End the session, where the API has any."""

    @abc.abstractmethod
    def authorisation(self) -> dict[str, str]:
        """Return the headers by which the device knows us."""

    @abc.abstractmethod
    def has_expired(self, answer: Answer) -> bool:
        """Tell whether an answer says that the device does not know our session, so that it did nothing."""

    def may_renew(self) -> bool:
        """Tell whether another login loses nothing, as it would where the session holds what was staged."""
        return True

    @contextlib.contextmanager
    def session(self) -> t.Iterator[None]:
        """Log out when the context ends, however it does, if anything was asked meanwhile.

        A logout that fails changes nothing for the list; the device ends the session by itself in time.
        """
        try:
            yield
        finally:
            if self.logged_in:
                self.logged_in = False
                with contextlib.suppress(ApplianceError):
                    self.logout()
            self.http.close()

    def send(
        self,
        method: str,
        path: str,
        data: bytes | None = None,
        headers: t.Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Send a request in our session, as `Http.send` does; a session that has expired is renewed, once in a run."""
        self.ensure_login()
        answer = self.http.send(method, path, data, {**(headers or {}), **self.authorisation()}, repeatable)
        if self.has_expired(answer) and not self._renewed and self.may_renew():
            self._renewed = True
            self.login()
            answer = self.http.send(method, path, data, {**(headers or {}), **self.authorisation()}, repeatable)
        return answer

    def ensure_login(self) -> None:
        """Log in unless that was done."""
        if not self.logged_in:
            self.login()
            self.logged_in = True
