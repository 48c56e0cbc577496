# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source says today: that nothing is new, a new edition, or why it could not be asked. It never raises that.

A source tells what it has by a version: the web service by its own, a list by the SHA-256 of its bytes.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import shipped, stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.domains import with_domains
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    CURRENT,
    Document,
    Edition,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import read_content
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.webservice import import_webservice
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.announced import (
    Change,
    read_changes,
    with_announced,
    with_dates,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.client import MAX_WAIT, Client, shown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.errors import (
    Busy,
    RefusedAnswer,
    UpdateError,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.feeds import Feed, Listing, Service
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.in_force import rebound
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.service import (
    ASK_EVERY,
    WebService,
    date_of,
    version_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.store import Asked, State

Outcome = t.Literal["answered", "not_due", "busy", "failed"]

DAYS_AHEAD: t.Final = 7
"""How far a version may lie in the future; one that is believed makes every later one look older."""

ANNOUNCED_DAYS: t.Final = 60
"""How long ago something may have been announced that is of a day to come; the service's own custom is 30 days."""

_TITLE: t.Final = "Office 365 IP address and URL web service"

Named = tuple[str | None, str | None]
"""A version, and the query that it was asked with."""


class Known(t.NamedTuple):
    """What is kept of the source already: which answer is accepted, which one waits, and the accepted edition.

    `in_force` is the edition that counts now, which knows from which days its endpoints are wanted.
    """

    accepted: Named
    waiting: Named | None
    answer: Edition | None
    in_force: Edition | None

    @property
    def newest(self) -> str:
        """The newest version that the source itself named, empty where it named none yet."""
        return max(named[0] or "" for named in (self.accepted, self.waiting or (None, None)))

    @property
    def since(self) -> str:
        """The version of what is accepted; of a shipped edition, which has none, the first of its day."""
        if self.accepted[0]:
            return self.accepted[0]
        date = self.answer.document.date if self.answer else None
        return version_of(date) if date else "0000000000"


class News(t.NamedTuple):
    """What the source said. `stands` tells that it has what is accepted already; `edition` is one not kept so far."""

    outcome: Outcome
    message: str | None = None
    stands: bool = False
    version: str | None = None
    edition: Edition | None = None
    changes: tuple[Change, ...] = ()


def ask(feed: Feed, client: Client, state: State, known: Known, now: float) -> News:
    """Return what the source of `feed` says at `now` (seconds since 1970); `state` learns when it was asked."""
    asked = state.of(feed.address)
    if now < asked.not_before <= now + MAX_WAIT:
        until = datetime.datetime.fromtimestamp(asked.not_before, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        return News("busy", f"{shown(feed.address)} asked not to be asked before {until}, so it was not.")
    try:
        if isinstance(feed, Service):
            service = WebService(client, feed, state.client_id)
            return _ask_service(feed, service, asked, known, now)
        return _ask_listing(feed, client, asked, known, now)
    except Busy as error:
        asked.not_before = now + error.seconds
        return News("busy", str(error))
    except (UpdateError, CatalogueError) as error:
        return News("failed", str(error))


def _ask_service(feed: Service, service: WebService, asked: Asked, known: Known, now: float) -> News:
    outcome: Outcome = "not_due"
    if asked.seen is None or not 0 <= now - asked.at < ASK_EVERY or feed.seen_version > asked.seen:
        outcome = "answered"
        latest = service.version()
        asked.at = now
        _check_version(feed, latest, known, now)
        asked.seen = latest
    latest = asked.seen
    _check_version(feed, latest, known, now)
    if (latest, feed.query) == known.accepted:
        return News(outcome, stands=True, version=latest)
    if (latest, feed.query) == known.waiting:
        return News(outcome, version=latest)
    body = service.endpoints()
    today = _day(now)
    # What was announced before the accepted version may still be of a day to come, and not in the list yet.
    announced = version_of((today - datetime.timedelta(days=ANNOUNCED_DAYS)).isoformat())
    changes = read_changes(service.changes(min(known.since, announced, latest)))
    edition = _of_service(feed, latest, body, changes, known.in_force, today.isoformat())
    new = tuple(change for change in changes if change.version > known.since)
    return News("answered", version=latest, edition=edition, changes=new)


def _check_version(feed: Service, latest: str, known: Known, now: float) -> None:
    if latest < known.newest:
        raise RefusedAnswer(
            f"{shown(feed.address)} now has version {latest}, which is older than {known.newest} that is known already;"
            " an old copy is not taken. Ask again later, and check base_url if it stays so."
        )
    if latest[:8] > (_day(now) + datetime.timedelta(days=DAYS_AHEAD)).strftime("%Y%m%d"):
        raise RefusedAnswer(
            f"{shown(feed.address)} has version {latest}, which is of a day to come; check base_url and this"
            " controller's clock."
        )


def _of_service(
    feed: Service, version: str, body: bytes, changes: t.Sequence[Change], before: Edition | None, today: str
) -> Edition:
    where = shown(f"{feed.base_url}/endpoints/{feed.instance}")
    try:
        sets = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        begin = quoted(body[:40].decode("latin-1"))
        raise RefusedAnswer(f"The answer of {where} is no JSON; it begins with {begin}.") from error
    if not isinstance(sets, list) or not sets:
        raise RefusedAnswer(f"The answer of {where} has no sets of endpoints but {quoted(str(sets)[:40])}.")
    document = Document(_TITLE, where, date=date_of(version), sha256=hashlib.sha256(body).hexdigest())
    blank = Edition(feed.source, "new", CURRENT, document, instance=feed.instance)
    text = json.dumps(with_announced(sets, changes, feed.areas, today))
    edition = _asked_for(with_dates(import_webservice(text, blank), changes, before), feed)
    if not edition.entries:
        raise RefusedAnswer(f"The answer of {where} names nothing; an empty list would cut off every device.")
    return _finished(edition, feed)


def _asked_for(edition: Edition, feed: Service) -> Edition:
    """Return the edition without what was not asked for: a mirror may be a file that knows no parameters."""
    wanted = tuple(entry for entry in edition.entries if feed.wants(entry.endpoint))
    count = len(edition.entries) - len(wanted)
    if not count:
        return edition
    notice = f"The answer has {count} endpoints beyond what was asked for; they were left out."
    return dataclasses.replace(edition, entries=wanted, notices=(*edition.notices, notice))


def _ask_listing(feed: Listing, client: Client, asked: Asked, known: Known, now: float) -> News:
    body = client.get(feed.url)
    version = hashlib.sha256(body).hexdigest()
    asked.at, asked.seen = now, version
    if (version, feed.query) == known.accepted:
        return News("answered", stands=True, version=version)
    if (version, feed.query) == known.waiting:
        return News("answered", version=version)
    name = shown(feed.url)
    blank = Edition(feed.source, "new", CURRENT, Document(url=name, date=_day(now).isoformat(), sha256=version))
    edition = read_content(name, body, feed.format, blank)
    named = dataclasses.replace(edition, source=feed.source, document=blank.document)
    return News("answered", version=version, edition=_finished(named, feed))


def _finished(edition: Edition, feed: Feed) -> Edition:
    """Return the edition as it is kept: named for its day, its cloud and a digest of all that it says."""
    edition = with_domains(edition)
    begin = "-".join(filter(None, (edition.document.date, feed.track)))
    # What it is called before must not matter for what it will be called.
    unnamed = rebound(dataclasses.replace(edition, id=begin))
    digest = hashlib.sha256(stored.dump(unnamed).encode("utf-8")).hexdigest()
    return rebound(dataclasses.replace(unnamed, id=f"{begin}-{digest[:8]}"))


def shipped_before(feed: Feed) -> Edition | None:
    """Return the shipped edition that counts until the first update; None where the source is the user's own."""
    if feed.source not in shipped.sources():
        return None
    return shipped.load(feed.source, instance=feed.instance if isinstance(feed, Service) else None)


def _day(now: float) -> datetime.date:
    return datetime.datetime.fromtimestamp(now, datetime.timezone.utc).date()
