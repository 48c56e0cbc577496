# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One update of one source: ask, judge, keep, put in force, and tell.

Whatever the source says or does, the edition in force stays until a better one stands in the directory as a whole.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.difference import (
    Difference,
    difference,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update import ticket
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.asking import (
    Known,
    News,
    ask,
    shipped_before,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.client import Client
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.feeds import Feed
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.in_force import held_in, with_held
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.store import Store
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.valve import (
    Held,
    Policy,
    Reason,
    Verdict,
    filled,
    judge,
)


@dataclass(frozen=True)
class Wish:
    """What one task asks for; `acknowledged` are digests, or their beginnings, of editions that may be put in force."""

    feed: Feed
    policy: Policy = field(default_factory=Policy)
    acknowledged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What an update did, or with a store that is not written to, would do.

    `in_force` is what counts now, `digest` that of its file where it is kept; `waiting` is kept and waits with
    `waiting_digest` for `reasons`. `ticket` is the page, where something changed, and `ticket_path` where it stands.
    """

    news: News
    changed: bool
    in_force: Edition | None
    digest: str | None
    held: tuple[Held, ...]
    released: tuple[Held, ...] = ()
    waiting: Edition | None = None
    waiting_digest: str | None = None
    reasons: tuple[Reason, ...] = ()
    difference: Difference | None = None
    ticket: str | None = None
    ticket_path: str | None = None


@dataclass(frozen=True)
class _Standing:
    """What counts before anything was asked: the edition in force, the last accepted answer, and what is held."""

    index: kept.Index
    track: kept.Track | None
    in_force: Edition | None
    answer: Edition | None
    waiting: Edition | None

    @property
    def held(self) -> tuple[Held, ...]:
        return tuple(held_in(self.in_force)) if self.in_force else ()

    @property
    def known(self) -> Known:
        track = self.track
        waiting = track.waiting if track else None
        return Known(
            (track.version, track.query) if track else (None, None),
            (waiting.version, waiting.query) if waiting else None,
            self.answer,
            self.in_force,
        )


@dataclass(frozen=True)
class _Step:
    """What shall be in force or wait from now on. `judged` is the edition that was judged, if one was."""

    in_force: Edition | None
    answer: Edition | None
    held: tuple[Held, ...]
    released: tuple[Held, ...]
    judged: Edition | None = None
    verdict: Verdict | None = None
    accepted: bool = False

    @property
    def waits(self) -> bool:
        return self.judged is not None and not self.accepted


def update(store: Store, client: Client, wish: Wish, now: float) -> Result:
    """Update one source at `now` (seconds since 1970), and return what was done.

    Raises:
        UpdateError: the directory is in use or cannot be written.
        CatalogueError: the directory is damaged.
    """
    with store.locked():
        state = store.state()
        store.keep(state)  # a client id is used only if it can be kept
        standing = _standing(store, wish.feed)
        news = ask(wish.feed, client, state, standing.known, now)
        store.keep(state)
        today = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).date()
        step = _decide(store, standing, news, wish, today)
        return _keep(store, standing, news, step, wish.feed, today)


def _standing(store: Store, feed: Feed) -> _Standing:
    index = store.index(feed.source)
    track = index.tracks.get(feed.track)
    if track is None:
        before = shipped_before(feed)
        return _Standing(index, None, before, before, None)
    waiting = store.edition(index, feed.source, track.waiting.edition) if track.waiting else None
    in_force, answer = (store.edition(index, feed.source, name) for name in (track.in_force, track.answer))
    return _Standing(index, track, in_force, answer, waiting)


def _decide(store: Store, standing: _Standing, news: News, wish: Wish, today: datetime.date) -> _Step:
    policy, day = wish.policy, today.isoformat()
    due = tuple(item for item in standing.held if policy.grace <= 0 or item.until <= day)
    step = _Step(standing.in_force, standing.answer, standing.held, due)
    if due and standing.answer:
        left = tuple(item for item in standing.held if item not in due)
        step = replace(step, in_force=with_held(standing.answer, left, standing.in_force), held=left)
    candidate = news.edition or _still_waiting(standing, news, wish.feed)
    if candidate is None:
        return step
    before, held = step.answer, step.held
    if standing.track is None or standing.track.query != wish.feed.query:
        before = _within(before, wish.feed) if before else None
        held = tuple(item for item in held if wish.feed.wants(item.entry.endpoint))
    verdict = judge(before, held, candidate, policy, today)
    step = replace(step, judged=candidate, verdict=verdict)
    digest = store.digest(candidate)
    if verdict.reasons and not any(digest.startswith(given) for given in wish.acknowledged):
        return step
    return replace(
        step,
        in_force=with_held(candidate, verdict.held, step.in_force),
        answer=candidate,
        held=verdict.held,
        accepted=True,
    )


def _still_waiting(standing: _Standing, news: News, feed: Feed) -> Edition | None:
    """Return the edition that waits, if it is still an answer to what is asked for."""
    named = standing.known.waiting
    return standing.waiting if named and named[1] == feed.query and not news.stands else None


def _within(edition: Edition, feed: Feed) -> Edition:
    """Return the part of an edition that the feed asks for: what its own options leave out is not lost."""
    return edition.with_entries(tuple(entry for entry in edition.entries if feed.wants(entry.endpoint)))


def _keep(store: Store, standing: _Standing, news: News, step: _Step, feed: Feed, today: datetime.date) -> Result:
    index, track = _next(store, standing, news, step, feed)
    changed = index != standing.index
    result = Result(
        news=news,
        changed=changed,
        in_force=step.in_force,
        digest=index.digests.get(step.in_force.id) if step.in_force else None,
        held=step.held,
        released=step.released,
    )
    if step.waits and step.judged and step.verdict:
        digest = index.digests[step.judged.id]
        result = replace(result, waiting=step.judged, waiting_digest=digest, reasons=step.verdict.reasons)
    elif track and track.waiting:  # asked for with other options, and not judged by these
        result = replace(result, waiting=standing.waiting, waiting_digest=index.digests[track.waiting.edition])
    if not changed:
        return result
    after = step.judged if step.waits else step.in_force
    if after is not None and (step.judged or step.released):
        found, page = _told(standing, news, step, result, after, today)
        path = store.add_page(feed.source, after.id, page)
        result = replace(result, difference=found, ticket=page, ticket_path=str(path))
    store.commit(feed.source, index)
    return result


def _next(
    store: Store, standing: _Standing, news: News, step: _Step, feed: Feed
) -> tuple[kept.Index, kept.Track | None]:
    """Write the files of the editions that are new, and return the index that shall name them."""
    track, known = standing.track, standing.known
    if step.in_force is None or step.answer is None or (track is None and step.judged is None):
        return standing.index, track
    of_judged = known.waiting if news.edition is None and known.waiting else (news.version, feed.query)
    of_answer, waiting = known.accepted, None
    if step.accepted:
        of_answer = of_judged
    elif step.judged:
        waiting = kept.Waiting(step.judged.id, *of_judged)
    elif track and not news.stands:
        waiting = track.waiting
    digests = dict(standing.index.digests)
    for edition in (step.in_force, step.answer, step.judged):
        if edition is not None and edition.id not in digests:
            digests[edition.id] = store.add(edition)
    following = kept.Track(step.in_force.id, step.answer.id, *of_answer, waiting)
    return kept.Index(digests, {**standing.index.tracks, feed.track: following}), following


def _told(
    standing: _Standing, news: News, step: _Step, result: Result, after: Edition, today: datetime.date
) -> tuple[Difference, str]:
    verdict = step.verdict
    shown = after
    if step.waits and verdict:  # what would be in force
        shown = with_held(after, verdict.held, step.in_force)
    found = difference(_endpoints(standing.in_force), _endpoints(shown))
    page = ticket.to_markdown(
        ticket.Facts(
            before=standing.in_force,
            after=after,
            difference=found,
            today=today.isoformat(),
            digest=result.waiting_digest if step.waits else None,
            reasons=result.reasons,
            held=verdict.held if verdict else step.held,
            released=step.released,
            restored=verdict.restored if verdict else (),
            changes=news.changes,
        )
    )
    return found, page


def _endpoints(edition: Edition | None) -> list[Endpoint]:
    return [filled(entry) for entry in edition.entries if not entry.hidden] if edition else []
