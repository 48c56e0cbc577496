# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A tenant of Zscaler Internet Access as an appliance: one or two URL categories, and exempted URLs.

The service has one database for all who edit, and tells of it whether all is active, not what is. So what runs is known
where everything is active; while something is pending, it is known where the list is the one that was last seen active.
Everything of a list is saved first and activated in one step. By the vendor's help that puts nothing of others in force
that they did not activate themselves (zia/saving-and-activating-changes-zia-admin-portal).
"""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.appliance import VARIANT, ApiAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import Judgement
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    ApplianceError,
    Running,
    State,
    Wanted,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._zia import lists, report
from ansible_collections.managed_desktop.network.plugins.module_utils._zia import saved as of
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.activation import activate, settled
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.api import ACTIVE, Api, Missing
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.lists import Category, Json
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.login import ZiaClient
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.note import (
    Note,
    Staged,
    read_note,
    tidy_note,
    write_note,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.saved import EXEMPTED, Place, Saved

_NOT_ACTIVE = "pending"


class Tenant(ApiAppliance):
    """One named list of one tenant."""

    platform = "zia"
    module = "zia_allowlist"

    def __init__(
        self, client: ZiaClient, backup_dir: str, place: Place, activation_timeout: float, progress: Progress
    ) -> None:
        super().__init__(client, backup_dir)
        self.api = Api(client)
        self.place = place
        self._zia = client
        self._timeout = activation_timeout
        self._progress = progress
        self._wanted_exempted: frozenset[str] = frozenset()
        self._before = Saved({}, frozenset(), ())
        self._status = ""
        self._note_before: Note | None = None
        self._written: list[str] = []
        self._left: dict[str, Category | None] = {}
        self._carried_on = False

    # -- reading -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def session(self) -> t.Iterator[None]:
        with super().session():
            try:
                yield
            finally:
                if self._zia.logged_in and self._zia.unsettled is None:
                    with contextlib.suppress(ApplianceError):
                        self._look()

    def _look(self) -> None:
        """Ask whether all is active, on which it depends how the session is left."""
        self._status = self.api.status()
        self._zia.unsettled = self._status != ACTIVE

    def read(self) -> State:
        self._look()
        self._before = self._saved_now()
        content = of.content_of(self._before, self._counting(read_note(self.backup_dir)), self.place)
        return self.stored(content, self._running(content), self._before)

    def _saved_now(self) -> Saved:
        categories = self.api.categories()
        return of.saved(categories, self._exempted_now(), self.place, self.device)

    def _exempted_now(self) -> frozenset[str]:
        return self.api.exempted() if self.place.exempting else frozenset()

    def _counting(self, note: Note) -> frozenset[str]:
        """Return the exempted URLs that count for the list where they stand: ours, and those that it wants."""
        return note.added | note.found | self._wanted_exempted

    def _running(self, content: Json | None) -> Running:
        digest = None if content is None else content_digest(content)
        if self._status != ACTIVE and not read_note(self.backup_dir).was_active(digest):
            return Running(RUNNING, None, _NOT_ACTIVE)
        return Running(RUNNING, digest) if digest else Running(NONE)

    def entries_of(self, content: t.Mapping[str, t.Any]) -> t.Iterable[str]:
        for treatment in (*lists.CATEGORIES, EXEMPTED):
            for url in content.get(treatment, ()):
                yield lists.entry_key(treatment, url)
        for treatment, fields in content.get("besides", {}).items():
            for field, texts in fields.items():
                yield from (lists.entry_key(treatment, f"{field} {text}") for text in texts)

    def facts(self) -> Json:
        return {"device": self.device, "login": self._zia.kind}

    def details(self, state: State) -> Json:
        return report.details(self.api, self._before, self.place, self._status)

    # -- judging -------------------------------------------------------------------------------------------------

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        self._wanted_exempted = frozenset(needs.get("exempted", ()))
        return Judgement(VARIANT)

    def checked_content(self, content: t.Any) -> Json:
        if not lists.is_content(content) or set(content) - {"besides", "foreign"} != self.place.parts:
            raise ApplianceError(
                f"The list does not consist of {', '.join(sorted(self.place.parts))}. Give inspection_category and "
                "exempt_authentication as they were when it was made."
            )
        return t.cast(Json, content)

    def from_backup(self, which: str) -> Wanted:
        """Return what a back-up holds. Once it is put back it is ours, whosesoever it was."""
        wanted = super().from_backup(which)
        if wanted.content is None:
            return wanted
        content = {key: value for key, value in wanted.content.items() if key != "foreign"}
        return wanted._replace(digest=content_digest(content), content=content)

    def refuse_unfit(self, wanted: Wanted) -> None:
        of.refuse_foreign(self._before, self.place, wanted.content is None, self.device)
        self._status = settled(self.api, self._status, self._timeout, self._progress)
        self._carried_on = self._status != ACTIVE
        note = read_note(self.backup_dir)
        if self._carried_on and not (note.staged and note.staged.covers(of.parts_of(self._before))):
            raise ApplianceError(
                f"{self.device} has changes that are saved and not active (status {self._status}), and they are not "
                "those of a run of this controller. Whose they are, its API does not tell; the Activation menu of the "
                "admin portal does. Have them activated, then run again."
            )
        made = [
            key for key, known in self._before.categories.items() if known is None and self._body(key, None, wanted)
        ]
        of.refuse_too_many(self._before, self.place, len(made), self.device)
        more = of.growth(self._before, wanted.content, note.added)
        left = self.api.remaining() if more > 0 else 0
        if more > left:
            raise ApplianceError(
                f"The list needs {more:,} custom URLs more than there are now, and {self.device} has {left:,} left "
                "(urlQuota, for all categories and exempted URLs together). Choose fewer services, or have it raised."
            )

    # -- writing -------------------------------------------------------------------------------------------------

    def stage(self, wanted: Wanted) -> Wanted:
        self._note_before, self._written, self._left = None, [], {}
        self.refuse_unfit(wanted)
        before = self._before
        bodies = {key: self._body(key, before.categories[key], wanted) for key in self.place.called}
        exempted = _exempted_of(wanted.content)
        self.note_provenance(wanted)
        self._begin(bodies, exempted)
        for key, body in bodies.items():
            known = before.categories[key]
            if not _differ(known, body):
                continue
            self._refuse_moved(key, known)
            self._written.append(key)
            self._left[key] = body
            self._left[key] = self._write(known, body)
            self._refuse_other(self._left[key], body)
        if self.place.exempting:
            self._exempt(exempted, read_note(self.backup_dir).added)
        return wanted

    def _body(self, key: str, known: Category | None, wanted: Wanted) -> Category | None:
        if wanted.content is None:
            return None
        place = self.place
        return lists.body_of(wanted.content, key, known, place.name, place.called[key], place.super_category)

    def _begin(self, bodies: t.Mapping[str, Category | None], exempted: frozenset[str]) -> None:
        """Note what is about to be written, so that the next run knows it for ours if this one does not end it."""
        note = self._note_before = read_note(self.backup_dir)
        now, after = of.parts_of(self._before), {key: lists.part_digest(body) for key, body in bodies.items()}
        first = note.staged.before if note.staged and note.staged.covers(now) else now
        if self.place.exempting:
            there = self._before.exempted
            added = (note.added & there) | (exempted - there)
            note = note._replace(added=added, found=(exempted & there) - added)
        write_note(self.backup_dir, note._replace(staged=Staged(first, after, time.time())))

    def _refuse_moved(self, key: str, known: Category | None) -> None:
        if known is None:
            return
        try:
            now = self.api.category(known["id"])
        except Missing:
            now = {}
        if not lists.unchanged(known, now):
            raise ApplianceError(
                f"Somebody changed the category {self.place.called[key]!r} of {self.device} at this moment, after it "
                "was read. Run again; what it holds then counts as it stands."
            )

    def _write(self, known: Category | None, body: Category | None) -> Category | None:
        """Bring one category to what it has to be, and return what was saved."""
        self._zia.unsettled = True
        if body is None:
            self.api.delete(str((known or {}).get("id")))
            return None
        try:
            return self.api.create(body) if known is None else self.api.replace(known["id"], body)
        except HttpError as error:
            found = self._named(body["configuredName"]) if error.uncertain else None
            if found is None or not lists.same(found, body):
                raise
            return found

    def _refuse_other(self, saved: Category | None, body: Category | None) -> None:
        if saved is not None and body is not None and not lists.same(saved, body):
            raise ApplianceError(
                f"{self.device} saved the category {body['configuredName']!r}, but with "
                f"{len(saved.get('urls') or ()):,} URLs instead of {len(body['urls']):,}, or with other settings."
            )

    def _named(self, called: str) -> Category | None:
        return next((c for c in self.api.categories() if c.get("configuredName") == called), None)

    def _exempt(self, wanted: frozenset[str], removable: frozenset[str]) -> None:
        """Exempt what is wanted, and of the rest what we put there and nobody else did."""
        now = self.api.exempted()
        missing = sorted(wanted - now, key=lists.url_order)
        superfluous = sorted((removable - wanted) & now, key=lists.url_order)
        if missing or superfluous:
            self._written.append(EXEMPTED)
            self._zia.unsettled = True
        if missing:
            self.api.exempt(missing)
        if superfluous:
            self.api.require_login(superfluous)

    def validate(self, staged: Wanted) -> None:
        """The service checks what it is given when it saves it, and its answer was compared with what was asked."""

    def activate(self, staged: Wanted) -> None:
        self._activate()
        note = read_note(self.backup_dir)
        kept = note.added & _exempted_of(staged.content)
        write_note(self.backup_dir, note._replace(added=kept).seen_active(staged.digest))

    def _activate(self) -> None:
        activate(self.api, self._timeout, self._progress)
        self._zia.unsettled = False

    # -- putting back --------------------------------------------------------------------------------------------

    def discard(self, staged: Wanted | None) -> None:
        if self._written:
            self._put_back(self._before, self._found)
        elif self._note_before is not None:
            write_note(self.backup_dir, self._note_before)

    def restore(self, state: State) -> None:
        self._put_back(state.native, state.content)

    def _put_back(self, before: Saved, content: t.Mapping[str, t.Any] | None) -> None:
        """Bring what we wrote of the list to what it was, unless somebody wrote it after us."""
        if self._carried_on:
            raise ApplianceError(
                "An earlier run of this controller had saved its list and not activated it, so what there was before "
                "is not known here. What is saved is left as it is, for the next run to end"
            )
        now = self._saved_now()
        written = [key for key in self._written if key in before.categories]
        for key in written:
            self._refuse_overwritten(key, before.categories[key], now.categories[key])
        for key in written:
            self._put_back_category(key, before.categories[key], now.categories[key])
        if EXEMPTED in self._written:
            self._exempt(_exempted_of(content), read_note(self.backup_dir).added - before.exempted)
        if self.api.status() != ACTIVE:
            self._activate()
        self._zia.unsettled = False
        digest = None if content is None else content_digest(content)
        write_note(self.backup_dir, (self._note_before or Note()).seen_active(digest))
        self._written = []

    def _refuse_overwritten(self, key: str, before: Category | None, now: Category | None) -> None:
        if _differ(now, before) and _differ(now, self._left[key]):
            raise ApplianceError(
                f"Somebody changed the category {self.place.called[key]!r} of {self.device} after this run wrote it, "
                "so it is left as it stands. Look who else sets this list, then run again."
            )

    def _put_back_category(self, key: str, before: Category | None, now: Category | None) -> None:
        if before is not None and now is None:
            self._write(None, lists.as_new(before))
        elif now is not None and before is not None and not lists.same(now, before):
            self._write(now, before)
        elif now is not None and before is None and lists.is_ours(now, self.place.name, key):
            self._write(now, None)

    def tidy(self) -> None:
        super().tidy()
        tidy_note(self.backup_dir)


def _exempted_of(content: t.Mapping[str, t.Any] | None) -> frozenset[str]:
    return frozenset((content or {}).get(EXEMPTED, ()))


def _differ(known: Category | None, body: Category | None) -> bool:
    if known is None or body is None:
        return known is not body
    return not lists.same(known, body)
