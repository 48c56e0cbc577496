# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one virtual domain of a simulated FortiGate holds: tables, feeds, and transactions with their locks."""

from __future__ import annotations

import copy
import hashlib
import ipaddress
import json
import re
import time
import typing as t
import uuid
from dataclasses import dataclass, field

from lab.simulators.fortios.fields import KEYS, TABLES, Field, Version

Json = dict[str, t.Any]
Place = tuple[str, str]

NOT_FOUND = -3
TOO_MANY = -4
DUPLICATE = -5
USED = -23
UNEXPECTED = -61
TOO_LONG = -72
REFUSED = -37
OTHER_TRANSACTION = -39


class DeviceError(Exception):
    """What the device answers instead of doing something: an HTTP status, its own code, and a line of its shell."""

    def __init__(self, status: int, code: int, said: str = "") -> None:
        """Keep all three; the line may be empty."""
        super().__init__(said)
        self.status = status
        self.code = code
        self.said = said


@dataclass
class Transaction:
    """Changes that wait to be committed, each an object as it shall be (None: away), by table and key."""

    owner: str
    timeout: int
    expires: float = 0.0
    changes: dict[Place, Json | None] = field(default_factory=dict)

    def renew(self) -> None:
        """Begin to wait anew: nothing may happen for `timeout` seconds."""
        self.expires = time.monotonic() + self.timeout


@dataclass
class Vdom:
    """One virtual domain. `used` are the objects that something refers to; `feeds` hold what was pushed."""

    tables: dict[str, dict[str, Json]] = field(default_factory=lambda: {table: {} for table in TABLES})
    feeds: dict[str, list[str]] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    used: set[Place] = field(default_factory=set)
    most_entries: int = 32_000
    extra: dict[str, Field] = field(default_factory=dict)
    """Fields of an entry that this version has and nobody here knows of."""
    reversed: bool = False
    """Whether entries come back in another order than they were sent."""

    def revision(self, table: str) -> str:
        """Return what changes whenever something of a table does."""
        text = json.dumps(self.tables[table])
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def shown(self, table: str, key: str) -> Json:
        """Return an object as a reader sees it."""
        if key not in self.tables[table]:
            raise DeviceError(404, NOT_FOUND)
        found = dict(self.tables[table][key])
        found["q_origin_key"] = found[KEYS[table]]
        if isinstance(found.get("entries"), list):
            found["entries"] = [{**entry, "q_origin_key": entry["id"]} for entry in found["entries"]]
            if self.reversed:
                found["entries"].reverse()
        return found

    # -- changing ------------------------------------------------------------------------------------------------

    def change(self, place: Place, wanted: Json | None, transaction: Transaction | None) -> None:
        """Change an object, at once or when the transaction is committed; another transaction's are locked."""
        self.expire()
        for number, other in self.transactions.items():
            if place in other.changes and other is not transaction:
                said = f"object is currently being configured in another transaction (id={number}, {other.owner})"
                raise DeviceError(500, OTHER_TRANSACTION, said)
        if wanted is None and place in self.used:
            raise DeviceError(500, USED, "Entry is used")
        if transaction is None:
            self._apply(place, wanted)
        else:
            transaction.changes[place] = wanted

    def present(self, place: Place, transaction: Transaction | None) -> Json | None:
        """Return an object as it is for whoever works in this transaction."""
        changed = transaction is not None and place in transaction.changes
        found = transaction.changes[place] if transaction and changed else self.tables[place[0]].get(place[1])
        return None if found is None else dict(found)

    def commit(self, number: int) -> None:
        """Put all changes of a transaction in force, and end it."""
        for place, wanted in self.transactions.pop(number).changes.items():
            self._apply(place, wanted)

    def _apply(self, place: Place, wanted: Json | None) -> None:
        table, key = place
        if wanted is None:
            del self.tables[table][key]
            if table == "system/external-resource":
                self.feeds.pop(key, None)
        else:
            self.tables[table][key] = wanted

    def expire(self) -> None:
        """End the transactions in which nothing happened for too long."""
        now = time.monotonic()
        for number in [n for n, transaction in self.transactions.items() if transaction.expires < now]:
            del self.transactions[number]

    # -- what fits -----------------------------------------------------------------------------------------------

    def merged(self, table: str, version: Version, known: Json | None, given: t.Any) -> Json:
        """Return an object with what was given for it; lists are replaced whole."""
        if not isinstance(given, dict):
            raise DeviceError(400, UNEXPECTED)
        fields = {name: f for name, f in TABLES[table].items() if f.since <= version}
        made = known or {name: copy.deepcopy(f.default) for name, f in fields.items()}
        if made.get("uuid") == "":
            made["uuid"] = str(uuid.uuid4())
        for name, value in given.items():
            if name not in fields:
                raise DeviceError(424, UNEXPECTED, f"unknown field {name}")
            made[name] = self._checked(fields[name], name, value, version)
        self._refuse_unfit(table, made)
        return made

    def _checked(self, described: Field, name: str, value: t.Any, version: Version) -> t.Any:
        if name == "entries":
            return self._entries(described.children or {}, value, version)
        if described.children is not None:
            return {child: self._checked(f, child, value[child], version) for child, f in described.children.items()}
        if isinstance(described.default, int):
            if not isinstance(value, int) or isinstance(value, bool):
                raise DeviceError(424, UNEXPECTED, f"{name} is no number")
            if described.high and not described.low <= value <= described.high:
                raise DeviceError(424, UNEXPECTED, f"{name} is out of range")
            return value
        if not isinstance(value, str):
            raise DeviceError(424, UNEXPECTED, f"{name} is no text")
        if described.longest and len(value) > described.longest:
            raise DeviceError(424, TOO_LONG, f"{name} is too long")
        words = value.split() if described.many else [value]
        if described.values and not set(words) <= set(described.values):
            raise DeviceError(424, UNEXPECTED, f"{name} cannot be {value}")
        return " ".join(word for word in described.values if word in words) if described.many else value

    def _entries(self, fields: t.Mapping[str, Field], given: t.Any, version: Version) -> list[Json]:
        if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
            raise DeviceError(424, UNEXPECTED, "entries is no list of objects")
        if len(given) > self.most_entries:
            raise DeviceError(500, TOO_MANY, "Maximum number of entries has been reached")
        known = {name: f for name, f in {**fields, **self.extra}.items() if f.since <= version}
        entries = []
        for item in given:
            unknown = sorted(set(item) - set(known))
            if unknown:
                raise DeviceError(424, UNEXPECTED, f"unknown field {unknown[0]}")
            made = {name: f.default for name, f in known.items()}
            made.update({name: self._checked(known[name], name, value, version) for name, value in item.items()})
            if not made["url"] or not made["id"]:
                raise DeviceError(424, UNEXPECTED, "an entry has neither id nor url")
            if made["type"] == "regex":
                _refuse_bad_expression(made["url"])
            entries.append(made)
        if len({entry["id"] for entry in entries}) < len(entries):
            raise DeviceError(500, DUPLICATE, "A duplicate entry already exists")
        return entries

    def _refuse_unfit(self, table: str, made: Json) -> None:
        if table == "firewall/address":
            _refuse_unfit_address(made)
        if table != "system/external-resource":
            return
        if made["type"] in ("category", "domain"):
            if not made["category"]:
                raise DeviceError(424, UNEXPECTED, "category is not set")
            for name, other in self.tables[table].items():
                if name != made["name"] and other["category"] == made["category"]:
                    raise DeviceError(500, DUPLICATE, "A duplicate entry already exists")
        if made.get("update-method", "feed") == "feed" and not made["resource"]:
            raise DeviceError(424, UNEXPECTED, "resource is not set")


def _refuse_unfit_address(made: Json) -> None:
    if made["type"] == "fqdn" and not made["fqdn"]:
        raise DeviceError(424, UNEXPECTED, "fqdn is not set")
    try:
        ipaddress.IPv4Network("/".join(made["subnet"].split()), strict=False)
    except ValueError as error:
        raise DeviceError(424, UNEXPECTED, "subnet is no network") from error


def _refuse_bad_expression(text: str) -> None:
    try:
        re.compile(text)
    except re.error as error:
        raise DeviceError(424, UNEXPECTED, "invalid regular expression") from error
