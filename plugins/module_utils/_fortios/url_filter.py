# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A list as one table of the URL filter, changed inside a transaction.

The whole table is the list's. Fields of the table and of its entries that nobody here knows are written back as they
were. What the device holds is what it applies (Fortinet, "Workspace mode": after the commit a change is there for all
processes and in the kernel).
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios import table as forms
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.api import FortiClient, Reply
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.device import FortiAppliance, Json
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.transactions import SINCE, Transactions
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

NAMES_ALONE_SINCE = (7, 6, 3)
FLOW = "flow"
PROXY = "proxy"
_PATH = "cmdb/webfilter/urlfilter"


class Seen(t.NamedTuple):
    """What was read: the table as the device shows it (None: there is none), and the revision of all tables."""

    table: Json | None
    revision: t.Any


class UrlFilter(FortiAppliance):
    """One table by its number."""

    def __init__(
        self,
        client: FortiClient,
        name: str,
        table_id: int,
        declared_mode: str | None,
        backup_dir: str,
        timeout: float,
        transaction_timeout: int,
        progress: Progress,
    ) -> None:
        super().__init__(client, name, backup_dir, timeout, progress)
        self.table_id = table_id
        self.declared_mode = declared_mode
        key = str(table_id)
        self.transactions = Transactions(client, backup_dir, "webfilter urlfilter", key, transaction_timeout)
        self._profiles: dict[str, str | None] | None = None
        self._read: Seen = Seen(None, None)
        self._wanted: str | None = None

    @property
    def place(self) -> str:
        return f"URL filter table {self.table_id}"

    # -- reading -------------------------------------------------------------------------------------------------

    def look(self) -> Seen:
        reply = self.client.ask("GET", f"{_PATH}/{self.table_id}")
        table = None
        if not reply.missing:
            table = forms.checked_table(self.one_result(reply, self.place), self.place, self.device)
            self.refuse_others(table.get("comment"))
        if self._profiles is None:
            self._profiles = self._users()
        self.refuse_version(SINCE, "transactions")
        return Seen(table, reply.data.get("revision"))

    def state_of(self, seen: Seen) -> State:
        self._read = seen
        if seen.table is None:
            return self.stored(None, Running(NONE))
        content = forms.content_of(seen.table)
        return self.stored(content, Running(RUNNING, content_digest(content)), native=seen.table)

    def _users(self) -> dict[str, str | None]:
        """Return the web filter profiles that use the table, each with its mode of inspection."""
        query = {"format": "name|feature-set|web"}
        reply = self.client.needed(self.client.ask("GET", "cmdb/webfilter/profile", query), "show its profiles")
        results = reply.data.get("results")
        if not isinstance(results, list):
            raise ApplianceError(f"{self.device} shows of its web filter profiles what is no list.")
        users: dict[str, str | None] = {}
        for row in results:
            web = row.get("web") if isinstance(row, dict) else None
            if isinstance(web, dict) and web.get("urlfilter-table") == self.table_id:
                mode = row.get("feature-set")
                users[self.client.http.clean(row.get("name"))] = mode if mode in (FLOW, PROXY) else None
        return users

    # -- judging -------------------------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        """The mode of inspection for which entries are written: flow unless all that use the table are proxies."""
        told = set((self._profiles or {}).values())
        if told == {PROXY}:
            return PROXY
        if FLOW in told and self.declared_mode == PROXY:
            names = ", ".join(sorted(name for name, mode in (self._profiles or {}).items() if mode == FLOW))
            raise ApplianceError(
                f"inspection_mode is proxy, but on {self.device} the profile {names} uses {self.place} and inspects in "
                "flow mode, where a simple entry matches every name that contains it. Leave inspection_mode out."
            )
        unknown = told <= {None}
        return self.declared_mode if unknown and self.declared_mode else FLOW

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        variant = f"{self.mode}_7_6_3" if self.client.since(NAMES_ALONE_SINCE) else self.mode
        warnings = []
        if not self._profiles:
            warnings.append(
                f"No web filter profile of {self.device} uses {self.place}, so that the list has no effect. Set "
                f"urlfilter-table {self.table_id} in the profile of the policy."
            )
        return Judgement(variant, warnings=warnings)

    def facts(self) -> Json:
        known = super().facts()
        return {**known, "inspection_mode": self.mode, "profiles": sorted(self._profiles or {})}

    def checked_content(self, content: t.Any) -> Json:
        return forms.checked_content(content)

    def entries_of(self, content: t.Mapping[str, t.Any]) -> t.Iterable[str]:
        return [entry["url"] for entry in content["entries"]]

    def refuse_unfit(self, wanted: Wanted) -> None:
        self.refuse_secondary()
        if wanted.content is None:
            return
        if self.mode == FLOW and any(entry["type"] == "simple" for entry in wanted.content["entries"]):
            raise ApplianceError(
                f"{self.place} on {self.device} is used in flow mode, where a simple entry matches every name that "
                "contains it, and the list has simple entries. Compile it anew instead of putting a back-up back."
            )
        if ("include_subdomains" in wanted.content) != self.client.since(NAMES_ALONE_SINCE):
            raise ApplianceError(
                f"The list was compiled for another version than {self.device} runs: include-subdomains came with "
                "FortiOS 7.6.3. Compile it anew instead of putting a back-up back."
            )

    # -- writing -------------------------------------------------------------------------------------------------

    def stage(self, wanted: Wanted) -> int:
        self.refuse_unfit(wanted)
        self.note_provenance(wanted)
        self._wanted = wanted.digest
        number = self.transactions.begin()
        self._write(number, self._native(wanted.content))
        return number

    def _native(self, content: t.Mapping[str, t.Any] | None) -> Json | None:
        """Return the fields of the table to write for a list; those that are not ours stay as they are."""
        if content is None:
            return None
        known = self._read.table
        fields = forms.native_of(content, known)
        return (
            fields
            if known is not None
            else {"id": self.table_id, "name": self.name, "comment": self._comment, **fields}
        )

    @property
    def _comment(self) -> str:
        return f"{self.marker}: written by Ansible, not to be edited"

    def _write(self, number: int, fields: Json | None) -> None:
        """Write into a transaction: the fields of the table, or that it is to go (None)."""
        path = f"{_PATH}/{self.table_id}"
        there = self._read.table is not None
        if fields is None:
            reply = self.client.ask("DELETE", path, transaction=number) if there else None
        elif there:
            reply = self.client.ask("PUT", path, body=fields, transaction=number)
        else:
            # Asked for a second time it is there already, in the same transaction.
            reply = self.client.ask("POST", _PATH, body=fields, transaction=number, repeatable=True)
            if not reply.ok:
                del fields["id"]
                retried = self.client.ask("PUT", path, body=fields, transaction=number)
                reply = retried if retried.ok else reply
        if reply is not None and not reply.ok:
            raise ApplianceError(
                f"{self.device} was to prepare {self.place} in a transaction, and {self.client.said(reply)}"
                f"{self.transactions.hint()}"
            )

    def validate(self, staged: int) -> None:
        """See that the transaction is there, and that nobody changed the table before it was held by it."""
        self.transactions.seen()
        now = self.look()
        if now.revision is not None and now.revision == self._read.revision:
            return
        if now.table != self._read.table:
            raise ApplianceError(
                f"{self.place} on {self.device} was changed by somebody else while this run prepared its own change. "
                "Look at it, then run again."
            )

    def activate(self, staged: int) -> None:
        self._commit()

    def _commit(self) -> None:
        """Commit; where the answer leaves open what became of it, look, and try once more if ours still waits."""
        said = self._committed()
        if said is None or self._holds_wanted():
            return
        if self.transactions.waits() and (self._committed() is None or self._holds_wanted()):
            return
        raise ApplianceError(said)

    def _committed(self) -> str | None:
        """Return None if the device says that it committed, and otherwise what it says."""
        try:
            reply: Reply = self.transactions.commit()
        except HttpError as error:
            if not error.uncertain:
                raise
            return str(error)
        return None if reply.ok else f"{self.device} was to commit the transaction, and {self.client.said(reply)}"

    def _holds_wanted(self) -> bool:
        return self._digest_of(self.look()) == self._wanted

    @staticmethod
    def _digest_of(seen: Seen) -> str | None:
        return None if seen.table is None else content_digest(forms.content_of(seen.table))

    def discard(self, staged: int | None) -> None:
        self.transactions.abort()

    def restore(self, state: State) -> None:
        """Put the table back, unless it is there still, or somebody else has changed it meanwhile."""
        with contextlib.suppress(ApplianceError):
            self.transactions.abort()  # also one that the device says it committed, and did not
        now = self.look()
        found = self._digest_of(now)
        if found == state.digest:
            return
        if found != self._wanted:
            raise ApplianceError(
                f"{self.place} on {self.device} was changed by somebody else since; it was left as it is now."
            )
        self._read, self._wanted = now, state.digest
        number = self.transactions.begin()
        before: Json | None = state.native
        self._write(number, None if before is None else forms.as_it_was(before, there=now.table is not None))
        self._commit()

    def tidy(self) -> None:
        self.transactions.ended()
        super().tidy()
