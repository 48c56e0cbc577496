# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Transactions of FortiOS: changes that nobody sees until they are committed, and objects held meanwhile.

A transaction in which nothing happens ends by itself, with all it holds, after the seconds that it was begun with. One
that a crashed run of ours left is known by a note on the controller. Its number alone proves nothing, for the device
gives numbers again; so it is aborted only where the device shows that it changes our object and nothing else (FortiOS
7.4.1 and later), and waits for its end otherwise. The same holds of a transaction of this run once a commit was asked
for: whether that was done or failed, the device may have dropped it and given its number to somebody else.

An answer that got lost when a transaction was begun leaves one that holds nothing; that too ends by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text, write_durably
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.api import FortiClient, Reply
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

SINCE = (6, 4, 0)
SHOWN_SINCE = (7, 4, 1)
_FILE = ".transaction"
_ROOT = "cmdb"


class Transactions:
    """The transactions of one list; `table` and `key` are the object that they change."""

    def __init__(self, client: FortiClient, directory: str, table: str, key: str, timeout: int) -> None:
        self.client = client
        self._note = os.path.join(directory, _FILE)
        self._table = table
        self._key = key
        self._timeout = timeout
        self.number: int | None = None
        self._commit_asked = False
        self._earlier: tuple[int, float] | None = None

    def begin(self) -> int:
        """Begin a transaction, and end one of ours that a crashed run left.

        Raises:
            ApplianceError: the device has no transactions, or begins none.
        """
        self._end_left()
        self._earlier = self._left()
        reply = self.client.ask(
            "POST", _ROOT, {"action": "transaction-start"}, {"timeout": self._timeout}, repeatable=True
        )
        results = self.client.needed(reply, "begin a transaction").data.get("results")
        found = results.get("transaction-id", results.get("transaction_id")) if isinstance(results, dict) else None
        if not isinstance(found, int) or isinstance(found, bool):
            raise ApplianceError(f"{self.client.device} began a transaction and did not say its number.")
        self.number, self._commit_asked = found, False
        self._write_note(found, time.time() + 2 * self._timeout)
        return found

    def seen(self) -> None:
        """See whether the transaction still is, where the device can show it.

        Raises:
            ApplianceError: it is not.
        """
        if self.number is not None and self.client.since(SHOWN_SINCE):
            self.client.needed(self._show(self.number), f"show transaction {self.number}")

    def commit(self) -> Reply:
        """Commit, and return what the device says. From then on the number may be that of somebody else's."""
        self._commit_asked = True
        return self._end("transaction-commit", repeatable=False)

    def waits(self) -> bool:
        """Tell whether our transaction still waits under its number, as far as the device can show it."""
        if self.number is None or not self.client.since(SHOWN_SINCE):
            return False
        shown = self._show(self.number)
        return shown.ok and self._is_ours(shown.data.get("results"))

    def abort(self) -> None:
        """Abort what was begun, if anything was; what has ended already is no fault.

        After a commit was asked for it is aborted only where the device shows that it is ours; otherwise it is left to
        its own end, and the note of it stays.

        Raises:
            ApplianceError: it goes on.
        """
        if self.number is None:
            return
        if self._commit_asked and not self.waits():
            self._earlier = self._left()
            self.ended()
            return
        reply = self._end("transaction-abort", repeatable=True)
        if not reply.missing:
            self.client.needed(reply, f"abort transaction {self.number}")
        self.ended()

    def ended(self) -> None:
        """Forget the transaction, which was committed or aborted; not one that an earlier run left."""
        self.number = None
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._note)
        if self._earlier is not None:
            self._write_note(*self._earlier)

    def hint(self) -> str:
        """Return what may hold our object, if that was a run of ours."""
        if self._earlier is None:
            return ""
        stamp = time.strftime("%H:%M:%S", time.gmtime(self._earlier[1]))
        return f" A run of this list that did not end holds its object at the latest until {stamp} UTC."

    def _end(self, action: str, repeatable: bool) -> Reply:
        return self.client.ask("POST", _ROOT, {"action": action}, transaction=self.number, repeatable=repeatable)

    def _show(self, number: int) -> Reply:
        return self.client.ask("GET", _ROOT, {"action": "transaction-show"}, transaction=number)

    def _end_left(self) -> None:
        left = self._left()
        if left is None:
            return
        self.number, self._commit_asked, self._earlier = left[0], False, None
        if self.waits():
            self.abort()
        self.number = None

    def _is_ours(self, results: t.Any) -> bool:
        """Tell whether the commands that wait change our object and nothing else."""
        lines = [line.strip() for text in _texts(results) for line in text.splitlines()]
        tables = {line[len("config ") :] for line in lines if line.startswith("config ")}
        keys = {line.split(" ", 1)[1].strip('"') for line in lines if line.startswith(("edit ", "delete "))}
        return self._table in tables and tables <= {self._table, "entries"} and self._key in keys

    def _left(self) -> tuple[int, float] | None:
        try:
            found = json.loads(read_text(self._note))
            number, until = int(found["number"]), float(found["until"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return (number, until) if until > time.time() else None

    def _write_note(self, number: int, until: float) -> None:
        text = json.dumps({"number": number, "until": until})
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._note)
        write_durably(self._note, text, 0o600)


def _texts(results: t.Any) -> t.Iterator[str]:
    """Yield every text of an answer of which no source shows the form in full."""
    if isinstance(results, str):
        yield results
    elif isinstance(results, (list, tuple)):
        for item in results:
            yield from _texts(item)
    elif isinstance(results, dict):
        yield from _texts(list(results.values()))
