# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three questions to the Office 365 IP address and URL web service, and what counts as an answer.

The service asks its users to send one id for each machine, to ask for the version at most once an hour, and for the
rest only when the version has moved.
"""

from __future__ import annotations

import datetime
import json
import re
import typing as t
import urllib.parse

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.client import Client
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import RefusedAnswer
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.feeds import Service

ASK_EVERY: t.Final = 3600.0
"""How many seconds lie at least between two questions for the version."""

_VERSION = re.compile(r"[0-9]{10}")


class WebService:
    """One cloud's answers, for one client."""

    def __init__(self, client: Client, feed: Service, client_id: str) -> None:
        """Ask for `feed` as the client of this id."""
        self._client = client
        self._feed = feed
        self._id = client_id

    def version(self) -> str:
        """Return the latest version: a date and a number of that day, ten digits together.

        Raises:
            UpdateError: there is no such answer.
        """
        where = self._url("version")
        data = self._json(where)
        if isinstance(data, list) and len(data) == 1:
            (data,) = data
        if not isinstance(data, dict):
            raise RefusedAnswer(f"The answer of {where} is no version but {quoted(str(data)[:40])}.")
        instance, latest = data.get("instance"), data.get("latest")
        if instance != self._feed.instance:
            raise RefusedAnswer(
                f"{where} answers for {quoted(str(instance))}, and {self._feed.instance} was asked for; check base_url."
            )
        if not isinstance(latest, str) or not _VERSION.fullmatch(latest) or _day(latest[:8]) is None:
            raise RefusedAnswer(f"The version that {where} answers, {quoted(str(latest))}, is no YYYYMMDDNN.")
        return latest

    def endpoints(self) -> bytes:
        """Return the whole list as it came.

        Raises:
            UpdateError: there is no such answer.
        """
        query = {"ServiceAreas": ",".join(self._feed.areas)}
        if self._feed.tenant:
            query["TenantName"] = self._feed.tenant
        if not self._feed.ipv6:
            query["NoIPv6"] = "true"
        return self._get(self._url("endpoints"), query)

    def changes(self, since: str) -> t.Any:
        """Return the changes since a version, as JSON that nobody has checked yet.

        Raises:
            UpdateError: there is no such answer.
        """
        return self._json(f"{self._url('changes')}/{since}")

    def _url(self, verb: str) -> str:
        return f"{self._feed.base_url}/{verb}/{self._feed.instance}"

    def _get(self, url: str, query: t.Mapping[str, str]) -> bytes:
        asked = urllib.parse.urlencode({"ClientRequestId": self._id, **query}, safe=",")
        return self._client.get(f"{url}?{asked}")

    def _json(self, url: str) -> t.Any:
        body = self._get(url, {})
        try:
            return json.loads(body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            begin = quoted(body[:40].decode("latin-1"))
            raise RefusedAnswer(
                f"The answer of {url} is no JSON ({type(error).__name__}); it begins with {begin}."
            ) from error


def date_of(version: str) -> str:
    """Return the day of a version, as ``2026-11-23``."""
    return f"{version[:4]}-{version[4:6]}-{version[6:8]}"


def version_of(date: str) -> str:
    """Return the first version of a day that is written as ``2026-11-23``."""
    return f"{date.replace('-', '')}00"


def _day(digits: str) -> datetime.date | None:
    try:
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
