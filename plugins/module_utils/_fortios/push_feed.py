# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A list as an external resource to which the controller pushes: a snapshot replaces all entries at once.

What the device holds is asked for with ``entry-list``. That this shows what was pushed, and what the device applies, no
page of the vendor's says; so what runs is always unknown. Where a device does not answer it, what this controller
pushed last counts as stored, with a warning, for as long as the object is the same.

The device has no lock for a feed. What is there is read again right before it is replaced, and nothing that somebody
else has pushed meanwhile is overwritten.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Job, Progress, wait_for
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.api import FortiClient, Reply
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.device import FortiAppliance, Json
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.pushed import PushedNote
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import Judgement
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    UNKNOWN,
    ApplianceError,
    Running,
    State,
    Wanted,
)

VARIANT = "push_feed"
SINCE = (7, 2, 1)
_RESOURCES = "cmdb/system/external-resource"
_ENTRIES = "monitor/system/external-resource/entry-list"
_PUSH = "monitor/system/external-resource/dynamic"
_LINE = re.compile(r"(\*\.)?[a-z0-9_.-]{1,253}")

_BY_MODEL = (7, 4, 4)
_MORE_DOMAINS = (7, 6, 3)
_MEGABYTE = 1_000_000


class Seen(t.NamedTuple):
    """What was read: the object (None: there is none), its lines (None: they cannot be asked for), and its limit."""

    resource: Json | None
    lines: tuple[str, ...] | None = None
    limit: int | None = None
    trouble: str = ""


class PushFeed(FortiAppliance):
    """One external resource by its name."""

    def __init__(
        self,
        client: FortiClient,
        name: str,
        feed: str,
        feed_type: str | None,
        category: int | None,
        backup_dir: str,
        timeout: float,
        progress: Progress,
    ) -> None:
        super().__init__(client, name, backup_dir, timeout, progress)
        self.feed = feed
        self.feed_type = feed_type
        self.category = category
        self._note = PushedNote(backup_dir)
        self._read = Seen(None)
        self._sent: frozenset[str] | None = None

    @property
    def place(self) -> str:
        return f"External resource {self.feed}"

    # -- reading -------------------------------------------------------------------------------------------------

    def look(self) -> Seen:
        reply = self.client.ask("GET", f"{_RESOURCES}/{self.feed}")
        resource = None
        if not reply.missing:
            resource = self.one_result(reply, self.place)
            self.refuse_others(resource.get("comments"))
        self.refuse_version(SINCE, "pushed feeds")
        if resource is None:
            return Seen(None)
        self._refuse_other_kind(resource)
        return self._with_lines(resource, self.client.ask("GET", _ENTRIES, {"mkey": self.feed}))

    def _refuse_other_kind(self, resource: Json) -> None:
        if resource.get("update-method") != "push":
            raise ApplianceError(
                f"{self.place} on {self.device} is fetched from somewhere (update-method feed), so that nothing can be "
                "pushed to it. Set update-method push, or choose another."
            )
        if self.feed_type is not None and resource.get("type") != self.feed_type:
            found = self.client.http.clean(resource.get("type"))
            raise ApplianceError(
                f"{self.place} on {self.device} is of type {found}, and feed_type is {self.feed_type}."
            )

    def _with_lines(self, resource: Json, reply: Reply) -> Seen:
        if reply.missing:
            return Seen(resource)
        results = self.client.needed(reply, f"show the entries of {self.place}").data.get("results")
        entries = results.get("entries") if isinstance(results, dict) else None
        if not isinstance(results, dict) or not isinstance(entries, list):
            return Seen(resource)
        lines = [entry.get("entry") if isinstance(entry, dict) else entry for entry in entries]
        if not all(isinstance(line, str) for line in lines):
            raise ApplianceError(f"{self.device} shows entries of {self.place} that are no texts.")
        limit = results.get("accepted_limit")
        trouble = "it has more entries than it takes, and left out the rest" if results.get("overflow") is True else ""
        invalid = results.get("invalid_count")
        if not trouble and isinstance(invalid, int) and invalid > 0:
            trouble = f"it calls {invalid} of them invalid"
        known = limit if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0 else None
        return Seen(resource, tuple(t.cast("list[str]", lines)), known, trouble)

    def state_of(self, seen: Seen) -> State:
        self._read = seen
        return self.stored(self._content_of(seen), Running(UNKNOWN), native=seen)

    def _content_of(self, seen: Seen) -> Json | None:
        if seen.resource is None:
            return None
        if seen.lines is None:
            return self._noted(seen.resource)
        return {
            "type": str(seen.resource.get("type")),
            "status": str(seen.resource.get("status")),
            "entries": sorted(set(seen.lines), key=lambda line: (tuple(reversed(line.split("."))), line)),
        }

    def _noted(self, resource: Json) -> Json | None:
        noted = self._note.read(resource.get("uuid"), self.client.serial)
        try:
            return {**self.checked_content(noted), "status": str(resource.get("status"))}
        except ApplianceError:
            return None

    def foresee(self, before: State, wanted: Wanted) -> Running:
        return Running(UNKNOWN)

    # -- judging -------------------------------------------------------------------------------------------------

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        seen: Seen = self._first
        warnings = []
        if seen.resource is not None and seen.lines is None:
            warnings.append(
                f"{self.device} does not show the entries of {self.place}. What this controller pushed last counts as "
                "stored; what others pushed since is not seen."
            )
        return Judgement(VARIANT, warnings=warnings)

    def checked_content(self, content: t.Any) -> Json:
        if not isinstance(content, dict) or set(content) != {"type", "status", "entries"}:
            raise ApplianceError("The list is not of the form {type: ..., status: ..., entries: [...]}.")
        if content["type"] not in ("domain", "category") or content["status"] not in ("enable", "disable"):
            raise ApplianceError("The list is of a type or a status that no list has.")
        entries = content["entries"]
        if not isinstance(entries, list) or not all(isinstance(e, str) and _LINE.fullmatch(e) for e in entries):
            raise ApplianceError("The list has an entry that is neither a name nor a wildcard.")
        return content

    def entries_of(self, content: t.Mapping[str, t.Any]) -> t.Iterable[str]:
        return t.cast("list[str]", content["entries"])

    def refuse_unfit(self, wanted: Wanted) -> None:
        self.refuse_secondary()
        if wanted.content is None:
            return
        if self._read.resource is None and self.category is None:
            raise ApplianceError(
                f"{self.place} is not on {self.device}, and to make it a category is needed. Give category the number "
                "of one that no feed has, from 192 to 221."
            )
        if self._read.resource is None:
            self._refuse_taken_category()
        entries = wanted.content["entries"]
        most, largest, told = self._limits(wanted.content["type"])
        size = sum(len(entry) + 1 for entry in entries)
        if len(entries) > most or size > largest:
            raise ApplianceError(
                f"The list has {len(entries):,} entries and {size:,} bytes, and {self.device} takes {most:,} entries "
                f"and {largest:,} bytes ({told}); it leaves out the rest without a word. Choose fewer services."
            )

    def _refuse_taken_category(self) -> None:
        """Refuse a category that another feed has, which the device says only once the feed is to be made."""
        reply = self.client.ask("GET", _RESOURCES, {"format": "name|category"})
        found = self.client.needed(reply, "show its external resources").data.get("results")
        if not isinstance(found, list):
            raise ApplianceError(f"{self.device} shows of its external resources what is no list.")
        others = [row.get("name") for row in found if isinstance(row, dict) and row.get("category") == self.category]
        if others:
            raise ApplianceError(
                f"category: {self.category} is that of the external resource {self._quoted(others[0])} on "
                f"{self.device}. Give the number of one that no feed has, from 192 to 221."
            )

    def _limits(self, feed_type: str) -> tuple[int, int, str]:
        """Return how many entries and bytes the device takes, and who says so.

        Fortinet, "External resource entry limit enhancements" (FortiOS 7.4.4), for the smallest models, which the API
        does not tell from others; and "External threat list resource entry limits": 300,000 of any type until 7.6.2.
        """
        if not self.client.since(_BY_MODEL):
            return 131_072, 10 * _MEGABYTE, "any model before FortiOS 7.4.4"
        if self._read.limit is not None:
            return self._read.limit, 32 * _MEGABYTE, "its own figure"
        if feed_type == "category":
            return 150_000, 32 * _MEGABYTE, "the smallest model"
        domains = 1_000_000 if self.client.since(_MORE_DOMAINS) else 300_000
        return domains, 32 * _MEGABYTE, "the smallest model"

    # -- writing -------------------------------------------------------------------------------------------------

    def stage(self, wanted: Wanted) -> Wanted:
        """Nothing can be staged on the device; all that is known of the list beforehand is judged."""
        self.refuse_unfit(wanted)
        self.note_provenance(wanted)
        return wanted

    def validate(self, staged: Wanted) -> None:
        """See that nobody pushed in the meantime."""
        if self._digest_of(self.look()) != self._digest_of(self._read):
            raise ApplianceError(
                f"{self.place} on {self.device} was changed by somebody else while this run prepared its own change. "
                "Look at it, then run again."
            )

    def activate(self, staged: Wanted) -> None:
        self._put(self._read.resource, staged.content)

    def _put(self, resource: Json | None, content: Json | None, as_before: Json | None = None) -> None:
        """Bring the device from an object (None: there is none) to a list, in an object `as_before` if it is made."""
        if content is None:
            self._remove()
            return
        switched = resource is not None and resource.get("status") != content["status"]
        if resource is None:
            self._make(content, as_before)
        elif switched and content["status"] == "disable":
            self._switch("disable")
        self._push(content["entries"])
        if switched and content["status"] != "disable":
            self._switch(content["status"])  # not before it has the entries that shall be in force
        self._wait_for(content)

    def _switch(self, status: str) -> None:
        reply = self.client.ask("PUT", f"{_RESOURCES}/{self.feed}", body={"status": status})
        self.client.needed(reply, f"switch {self.place} to {status}")

    def _make(self, content: Json, as_before: Json | None) -> None:
        fields: Json = {
            "name": self.feed,
            "type": content["type"],
            "status": content["status"],
            "update-method": "push",
            "category": self.category,
            "comments": f"{self.marker}: written by Ansible, not to be edited",
        }
        if as_before is not None:
            fields = {name: value for name, value in as_before.items() if name != "q_origin_key"}
        try:
            reply = self.client.ask("POST", _RESOURCES, body=fields)
        except HttpError as error:
            if not error.uncertain or self.look().resource is None:
                raise
            return
        if not reply.ok and (reply.status < 500 or self.look().resource is None):
            self.client.needed(reply, f"make {self.place}")

    def _remove(self) -> None:
        reply = self.client.ask("DELETE", f"{_RESOURCES}/{self.feed}")
        if not reply.missing:
            self.client.needed(reply, f"remove {self.place}; a profile that uses it has to let go of it first")
        self._note.forget()

    def _push(self, entries: t.Sequence[str]) -> None:
        """Replace all entries at once. Doing it twice is the same as once."""
        self._sent = frozenset(entries)
        command = {"name": self.feed, "command": "snapshot", "entries": list(entries)}
        reply = self.client.ask("POST", _PUSH, body={"commands": [command]}, repeatable=True)
        results = self.client.needed(reply, f"take the list for {self.place}").data.get("results")
        said = results[0] if isinstance(results, list) and len(results) == 1 else results
        if isinstance(said, dict) and said.get("status", "success") == "success" and not said.get("invalidEntries"):
            return
        told = ""
        if isinstance(said, dict):
            wrong = said.get("invalidEntries")
            named = ", ".join(map(str, wrong[:5])) if isinstance(wrong, list) else ""
            told = self.client.http.clean(said.get("error") or (f"invalid entries: {named}" if named else ""))
        raise ApplianceError(f"{self.device} did not take the list for {self.place} ({told or 'it does not say why'}).")

    def _wait_for(self, content: Json) -> None:
        """Wait until the device shows what was pushed, where it shows anything."""
        last: list[Seen] = []

        def shown() -> Job:
            seen = self.look()
            last[:] = [seen]
            same = seen.lines is None or self._digest_of(seen) == content_digest(content)
            done = same and not seen.trouble
            return Job(done or bool(seen.trouble), succeeded=done, percent=100 if done else 0)

        job = wait_for(shown, f"{self.place} on {self.device}", self.activation_timeout, self.progress)
        if not job.succeeded:
            raise ApplianceError(f"{self.device} took the list for {self.place}, but {last[0].trouble}.")
        self._first = last[0]  # what the flow reads back, it need not ask for again
        if last[0].lines is None:
            self._note.write((last[0].resource or {}).get("uuid"), self.client.serial, content)
        else:
            self._note.forget()

    def discard(self, staged: Wanted | None) -> None:
        """Nothing was staged on the device."""

    def restore(self, state: State) -> None:
        """Push what was there, unless nothing was sent, or somebody else has pushed meanwhile."""
        now = self.look()
        if self._sent is None and self._digest_of(now) == state.digest:
            return
        before: Seen = state.native
        # What is left of a list of ours that was cut off is no work of others, nor is what was there all along.
        lines = set(now.lines or ())
        ours = lines <= (self._sent or frozenset()) or lines == set(before.lines or ())
        if self._digest_of(now) != state.digest and not ours:
            raise ApplianceError(
                f"Somebody else has changed {self.place} on {self.device} since; it was left as it is."
            )
        if before.resource is not None and state.content is None:
            raise ApplianceError(f"What {self.place} held before is not known, since {self.device} does not show it.")
        self._put(now.resource, None if state.content is None else dict(state.content), before.resource)

    def _digest_of(self, seen: Seen) -> str | None:
        content = self._content_of(seen)
        return None if content is None else content_digest(content)
