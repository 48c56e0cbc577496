# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""HTTPS to one device: what is asked again, and how a device that cannot be asked is told.

A request is repeated only where doing it twice is the same as once, or where it was surely not done. Everything else
that ends without an answer is `uncertain`: the caller has to look what became of it.
"""

from __future__ import annotations

import datetime
import email.utils
import html
import json
import random
import re
import time
import typing as t
from urllib.parse import quote, quote_plus

from ansible_collections.managed_desktop.network.plugins.module_utils._https import (
    Answer,
    Connection,
    ExchangeError,
    TooSlow,
    Untrusted,
    Way,
    exchange,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

TRIES = 4
"""How often a request is sent at most."""

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 60.0
_BUSY = 429
_PASSING = (500, 502, 503, 504)
_LONGEST_TEXT = 300
_LONGEST_READ = 10 * _LONGEST_TEXT

sleep = time.sleep
"""Waits between two tries; tests put another in its place."""


class HttpError(ApplianceError):
    """The device did not answer. `uncertain` says whether it may have done what it was asked for."""

    def __init__(self, message: str, uncertain: bool) -> None:
        super().__init__(message)
        self.uncertain = uncertain


class Busy(HttpError):
    """The device takes no more requests now, however often it was asked; it did nothing.

    `seconds` is how long it asks to wait where that is longer than anybody waits here.
    """

    def __init__(self, message: str, seconds: float | None = None) -> None:
        super().__init__(message, uncertain=False)
        self.seconds = seconds


class Http:
    """Where a device is, and how it is asked.

    `secrets` are texts that no message may hold. `device` is what messages call it.
    """

    def __init__(self, host: str, port: int, way: Way, secrets: t.Iterable[str | None] = ()) -> None:
        self.device = host if port == 443 else f"{_bracketed(host)}:{port}"
        self.base = f"https://{_bracketed(host)}:{port}"
        self.way = way
        self._connection = Connection(host, port, way)
        self._hidden: set[str] = set()
        self._secrets: re.Pattern[str] | None = None
        for secret in secrets:
            self.hide(secret)

    def hide(self, secret: str | None) -> None:
        """Keep one more text, such as a session that the device gave, out of every message, however it is written."""
        if secret and secret not in self._hidden:
            self._hidden.add(secret)
            forms = {form for hidden in self._hidden for form in written(hidden)}
            # The longest first, so that a secret that is part of another leaves nothing of it.
            alternatives = sorted(forms, key=lambda form: (-len(form), form))
            self._secrets = re.compile("|".join(map(re.escape, alternatives)), re.I)

    def clean(self, text: t.Any) -> str:
        """Return what a device said, fit for a message: printable, short, and without secrets.

        Give it all that was said: of a secret that was cut already, it does not know what is left.
        """
        shown = str(text)
        if self._secrets is not None:
            shown = self._secrets.sub("********", shown)
        shown = "".join(character if character.isprintable() else " " for character in shown[:_LONGEST_READ])
        shown = " ".join(shown.split())
        return shown if len(shown) <= _LONGEST_TEXT else f"{shown[:_LONGEST_TEXT]}…"

    def send(
        self,
        method: str,
        path: str,
        data: bytes | None = None,
        headers: t.Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Send a request and return the answer, whatever its status but 429 and those that say that it may pass.

        `path` begins with a slash and holds the query; messages leave the query out. `repeatable` says that doing it
        twice is the same as once.

        Raises:
            HttpError: no answer came, or none but that the device is not able to give one now.
        """
        place = path.partition("?")[0]
        for trial in range(1, TRIES + 1):
            last = trial == TRIES
            try:
                answer = self._exchange(method, path, data, headers)
            except ExchangeError as error:
                if last or isinstance(error, Untrusted) or (error.uncertain and not repeatable):
                    raise self._unanswered(method, place, error) from error
                sleep(_pause(trial))
                continue
            if answer.status == _BUSY and not last:
                sleep(self._asked_pause(method, place, answer, trial))
            elif answer.status in _PASSING and repeatable and not last:
                sleep(_pause(trial))
            else:
                return self._unless_failed(method, place, answer)
        raise AssertionError("the last try returns or raises")

    def _exchange(self, method: str, path: str, data: bytes | None, headers: t.Mapping[str, str] | None) -> Answer:
        if self.way.use_proxy:
            return exchange(method, self.base + path, self.way, data, headers)
        return self._connection.exchange(method, path, data, headers)

    def close(self) -> None:
        """End the connection; another request opens it again."""
        self._connection.close()

    def _asked_pause(self, method: str, place: str, answer: Answer, trial: int) -> float:
        """Return how long to wait for a busy device; one that says nothing of use gets the pause of any failure.

        Raises:
            Busy: it asks for longer than anybody waits here, so that asking again would be for nothing.
        """
        seconds = _asked_seconds(answer)
        if seconds is not None and seconds > _LONGEST_PAUSE:
            raise Busy(
                f"{self.device} answers {method} {place} with 429 and asks to wait {seconds:,.0f} seconds; at most "
                f"{_LONGEST_PAUSE:g} are waited here. Run again then.",
                seconds,
            )
        return seconds or _pause(trial)

    def _unless_failed(self, method: str, place: str, answer: Answer) -> Answer:
        if answer.status == _BUSY:
            raise Busy(
                f"{self.device} answers {method} {place} with 429, {TRIES} times over: it takes no more requests now. "
                "Run again later, or less often."
            )
        if 300 <= answer.status < 400:
            raise HttpError(
                f"{self.device} redirects {method} {place}, which no management API does. Check host and port.",
                uncertain=False,
            )
        return answer

    def _unanswered(self, method: str, place: str, error: ExchangeError) -> HttpError:
        asked = f"{self.device} was asked {method} {place}"
        if isinstance(error, Untrusted):
            return HttpError(
                f"{self.device} has no certificate that this controller trusts ({self.clean(error)}). Give the "
                "authority that signed it in ca_path.",
                uncertain=False,
            )
        if isinstance(error, TooSlow):
            return HttpError(f"{asked} and gave {error}. Look at its load, or raise timeout.", error.uncertain)
        said = "Whether it was done is not known." if error.uncertain else "Check host and port, and that it runs."
        return HttpError(f"{asked} and did not answer ({self.clean(error)}). {said}", error.uncertain)

    def unexpected(self, method: str, place: str, answer: Answer, what: str = "", quoting: bool = True) -> HttpError:
        """Return the error for an answer that is none of those which the API knows.

        Whether an answer of status 500 and above came before or after the fact, nobody knows. `quoting` is False for a
        login, whose answer may hold a secret that we could not read.
        """
        body = self.clean(answer.body.decode("utf-8", "replace")) if quoting else ""
        told = what or body or self.clean(answer.reason)
        return HttpError(
            f"{self.device} answers {method} {place} with status {answer.status}: {told}", answer.status >= 500
        )

    def parsed_json(self, method: str, place: str, answer: Answer, quoting: bool = True) -> t.Any:
        """Return the JSON of an answer. `quoting` is as for `unexpected`.

        Raises:
            HttpError: it is none.
        """
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            shown = f": {self.clean(answer.body.decode('utf-8', 'replace'))}" if quoting else ""
            raise HttpError(
                f"{self.device} answers {method} {place} with status {answer.status} and what is no JSON{shown}. Check "
                "that host and port are those of its management API.",
                uncertain=True,
            ) from error


def written(secret: str) -> set[str]:
    """Return a secret as it is written by itself, and as it comes back in an answer or an error: escaped."""
    as_json = json.dumps(secret)[1:-1]
    plain_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    forms = {secret, as_json, plain_json, repr(secret)[1:-1], ascii(secret)[1:-1], " ".join(secret.split()) or secret}
    forms |= {form.replace("/", "\\/") for form in (as_json, plain_json)}  # as PHP writes it
    forms |= {escaped(secret, safe, errors="replace") for escaped in (quote, quote_plus) for safe in ("", "/")}
    forms |= {html.escape(secret), html.escape(secret, quote=False), html.escape(secret).replace("&#x27;", "&#39;")}
    return forms


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _pause(trial: int) -> float:
    """Return how long to wait after a try, in seconds: longer each time, and not the same for all who wait."""
    return float(_FIRST_PAUSE * 2 ** (trial - 1) * random.uniform(0.75, 1.25))


def _asked_seconds(answer: Answer) -> float | None:
    """Return how long a busy device asks to wait, as a number of seconds or as a time; None where it says nothing."""
    text = (answer.headers.get("Retry-After") or "").strip()
    number = text.split(" ")[0]  # ZIA writes "2 seconds", and "0 seconds" where it means the rest of this one
    if number.isascii() and number.isdigit() and len(number) < 12:
        return float(number) or None
    moment = _moment(text)
    if moment is None:
        return None
    # By the device's own clock, where it tells it.
    now = _moment(answer.headers.get("Date") or "") or datetime.datetime.now(datetime.timezone.utc)
    seconds = (moment - now).total_seconds()
    return seconds if seconds > 0 else None


def _moment(text: str) -> datetime.datetime | None:
    """Read a time as HTTP writes it."""
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):  # which of them, the versions of Python do not agree
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=datetime.timezone.utc)
