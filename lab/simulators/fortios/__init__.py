# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A FortiGate: its REST API as far as URL filters, external resources, addresses and transactions go.

Sources: Fortinet, "View batch transaction commands through the REST API" (FortiOS 7.4.1), "Using the REST API to push
updates to external threat feeds" (7.2.1), "Workspace mode", "External resource entry limit enhancements" (7.4.4); a
recorded answer of ``entry-list`` (7.4.2) in "How to FortiManager API"; field tables as `fields` says. The code and the
words with which a device refuses an object that another transaction holds, no source has: they are made up.
"""

from __future__ import annotations

import re
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from lab.simulators.fortios.fields import KEYS, TABLES, Version
from lab.simulators.fortios.store import (
    DUPLICATE,
    NOT_FOUND,
    REFUSED,
    UNEXPECTED,
    DeviceError,
    Json,
    Transaction,
    Vdom,
)
from lab.simulators.server import Reply, Request, Simulator

_API = "/api/v2/"
_QUERY = {"vdom", "action", "format", "filter", "start", "count", "mkey", "include_notes", "counts_only", "status_only"}
_LINE = re.compile(r"(\*\.)?([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}")


@dataclass
class Admin:
    """An API administrator: `writes` by its profile, `vdoms` that it is for, `left` requests until it expires."""

    name: str
    writes: bool = True
    vdoms: tuple[str, ...] = ("root",)
    left: int | None = None


@dataclass
class _Asked:
    """A request that may be answered, with where it goes and who asks."""

    request: Request
    admin: Admin
    vdom: Vdom
    transaction: Transaction | None = None
    extra: Json = field(default_factory=dict)


class FortiGate(Simulator):
    """One device; what tests set and read are the attributes below."""

    def __init__(self, directory: Path, **server: t.Any) -> None:
        """Listen; `server` goes to the server underneath."""
        self.version: Version = (7, 6, 4)
        self.serial = "FGVM02TM00000001"
        self.admins = {"token-of-the-lab": Admin("automation")}
        self.vdoms = {"root": Vdom()}
        self.peers: list[Json] = []
        """What ``ha-peer`` tells; empty for a device that stands alone."""
        self.fail_commits = 0
        """How many commits fail from now on."""
        self.accepted_limit = 1_000_000
        self.entry_list_answers = True
        self.stale_reads = 0
        """How many times ``entry-list`` still shows the list before the last push."""
        self._before_push: dict[str, list[str]] = {}
        super().__init__(directory, **server)

    def handle(self, request: Request) -> Reply:
        """Do what is asked for, or answer with the device's error."""
        try:
            asked = self._asked(request)
            results = self._route(asked)
        except DeviceError as error:
            if error.status == 401:
                return Reply(b"<!DOCTYPE HTML><html><body><h1>Unauthorized</h1></body></html>", 401)
            told = {"error": error.code, "status": "error", **({"cli_error": error.said} if error.said else {})}
            return self._reply(request, error.status, told)
        return self._reply(request, 200, {"results": results, "status": "success", **asked.extra})

    def _reply(self, request: Request, status: int, told: Json) -> Reply:
        version = "v" + ".".join(map(str, self.version))
        common = {"vdom": request.query.get("vdom", "root"), "serial": self.serial, "version": version, "build": 3596}
        return Reply.of_json({"http_method": request.method, "http_status": status, **told, **common}, status)

    def _asked(self, request: Request) -> _Asked:
        token = request.headers.get("authorization", "")
        admin = self.admins.get(token[len("Bearer ") :]) if token.startswith("Bearer ") else None
        if admin is None or admin.left == 0:
            raise DeviceError(401, 0)
        if admin.left is not None:
            admin.left -= 1
        unknown = sorted(set(request.query) - _QUERY)
        if unknown:
            raise DeviceError(400, UNEXPECTED, f"unknown parameter {unknown[0]}")
        name = request.query.get("vdom", "root")
        if name not in self.vdoms:
            raise DeviceError(424, NOT_FOUND, "unknown vdom")
        if name not in admin.vdoms or (request.method != "GET" and not admin.writes):
            raise DeviceError(403, REFUSED)
        vdom = self.vdoms[name]
        vdom.expire()
        asked = _Asked(request, admin, vdom)
        if "x-transaction-id" in request.headers:
            asked.transaction = self._transaction(asked)
        return asked

    def _transaction(self, asked: _Asked) -> Transaction:
        number = asked.request.headers["x-transaction-id"]
        found = asked.vdom.transactions.get(int(number)) if number.isdigit() else None
        if found is None:
            raise DeviceError(404, NOT_FOUND, "transaction not found")
        if found.owner != asked.admin.name:
            raise DeviceError(403, REFUSED)
        found.renew()
        return found

    def _route(self, asked: _Asked) -> t.Any:
        path = asked.request.path.rstrip("/")
        if not path.startswith(_API):
            raise DeviceError(404, NOT_FOUND)
        kind, _slash, rest = path[len(_API) :].partition("/")
        if kind == "monitor":
            return self._monitor(asked, rest)
        if kind == "cmdb" and not rest:
            return self._transact(asked)
        if kind == "cmdb":
            return self._configure(asked, rest)
        raise DeviceError(404, NOT_FOUND)

    # -- configuration -------------------------------------------------------------------------------------------

    def _configure(self, asked: _Asked, rest: str) -> t.Any:
        parts = rest.split("/", 2)
        table, key = "/".join(parts[:2]), parts[2] if len(parts) == 3 else ""
        if table not in TABLES:
            raise DeviceError(404, NOT_FOUND)
        before = asked.vdom.revision(table)
        asked.extra = {"path": parts[0], "name": parts[1], "revision": before, **({"mkey": key} if key else {})}
        if asked.request.method == "GET":
            return self._read(asked, table, key)
        self._write(asked, table, key)
        after = asked.vdom.revision(table)
        asked.extra.update({"revision": after, "revision_changed": after != before, "old_revision": before})
        return {}

    def _read(self, asked: _Asked, table: str, key: str) -> list[Json]:
        keys = [key] if key else sorted(asked.vdom.tables[table])
        found = [asked.vdom.shown(table, name) for name in keys]
        wanted = asked.request.query.get("format")
        if wanted:
            found = [{name: row[name] for name in wanted.split("|") if name in row} for row in found]
        return found

    def _write(self, asked: _Asked, table: str, key: str) -> None:
        method = asked.request.method
        given = self._body(asked)
        if method == "POST" and not key:
            key = str(given.get(KEYS[table], "")) if isinstance(given, dict) else ""
        if not key or method not in ("POST", "PUT", "DELETE"):
            raise DeviceError(405, UNEXPECTED)
        known = asked.vdom.present((table, key), asked.transaction)
        if method == "POST" and known is not None:
            raise DeviceError(500, DUPLICATE)
        if method != "POST" and known is None:
            raise DeviceError(404, NOT_FOUND)
        wanted = None
        if method != "DELETE":
            wanted = asked.vdom.merged(table, self.version, known, given)
            if str(wanted[KEYS[table]]) != key:
                raise DeviceError(424, UNEXPECTED, "the key cannot be changed")
        asked.vdom.change((table, key), wanted, asked.transaction)

    def _body(self, asked: _Asked) -> t.Any:
        try:
            return asked.request.json()
        except ValueError as error:
            raise DeviceError(400, UNEXPECTED, "the body is no JSON") from error

    # -- transactions --------------------------------------------------------------------------------------------

    def _transact(self, asked: _Asked) -> t.Any:
        action = asked.request.query.get("action", "")
        asked.extra = {"action": action}
        if asked.request.method == "POST" and action == "transaction-start":
            given = self._body(asked)
            timeout = given.get("timeout", 300) if isinstance(given, dict) else None
            if not isinstance(timeout, int) or not 1 <= timeout <= 86400:
                raise DeviceError(424, UNEXPECTED, "timeout")
            number = min(set(range(1, len(asked.vdom.transactions) + 2)) - set(asked.vdom.transactions))  # used again
            asked.vdom.transactions[number] = Transaction(asked.admin.name, timeout)
            asked.vdom.transactions[number].renew()
            return {"transaction-id": number}
        if asked.transaction is None:
            raise DeviceError(400, UNEXPECTED, "no transaction")
        number = int(asked.request.headers["x-transaction-id"])
        if asked.request.method == "GET" and action == "transaction-show" and self.version >= (7, 4, 1):
            return {"transaction-id": number, "commands": _commands(asked.transaction)}
        if asked.request.method == "POST" and action == "transaction-commit":
            if self.fail_commits:
                self.fail_commits -= 1
                del asked.vdom.transactions[number]
                raise DeviceError(500, UNEXPECTED, "the transaction could not be committed and was aborted")
            asked.vdom.commit(number)
            return {"transaction-id": number}
        if asked.request.method == "POST" and action == "transaction-abort":
            del asked.vdom.transactions[number]
            return {"transaction-id": number}
        raise DeviceError(405, UNEXPECTED)

    # -- monitor -------------------------------------------------------------------------------------------------

    def _monitor(self, asked: _Asked, rest: str) -> t.Any:
        method = asked.request.method
        if method == "GET" and rest == "system/status":
            return {"model_name": "FortiGate", "model_number": "VM64-KVM", "model": "FGVMK6", "hostname": "lab"}
        if method == "GET" and rest == "system/ha-peer":
            return self.peers
        if method == "GET" and rest == "system/external-resource/entry-list" and self.entry_list_answers:
            return self._entry_list(asked)
        if method == "POST" and rest == "system/external-resource/dynamic" and self.version >= (7, 2, 1):
            return self._push(asked)
        raise DeviceError(404, NOT_FOUND)

    def _entry_list(self, asked: _Asked) -> Json:
        name = asked.request.query.get("mkey", "")
        if name not in asked.vdom.tables["system/external-resource"]:
            raise DeviceError(404, NOT_FOUND)
        lines = asked.vdom.feeds.get(name, [])
        if self.stale_reads:
            self.stale_reads -= 1
            lines = self._before_push.get(name, [])
        kept = lines[: self.accepted_limit]
        valid = [line for line in kept if _LINE.fullmatch(line)]
        return {
            "status": "success",
            "resource_file_status": "downloaded",
            "last_content_update_time": int(time.time()),
            "entries": [{"entry": line, "valid": _LINE.fullmatch(line) is not None} for line in kept],
            "valid_count": len(valid),
            "invalid_count": len(kept) - len(valid),
            "accepted_count": len(kept),
            "accepted_limit": self.accepted_limit,
            "overflow": len(kept) < len(lines),
        }

    def _push(self, asked: _Asked) -> list[Json]:
        given = self._body(asked)
        commands = given.get("commands") if isinstance(given, dict) and set(given) == {"commands"} else None
        if not isinstance(commands, list) or not commands:
            raise DeviceError(424, UNEXPECTED, "commands")
        return [self._command(asked, command) for command in commands]

    def _command(self, asked: _Asked, command: t.Any) -> Json:
        if not isinstance(command, dict) or set(command) != {"name", "command", "entries"}:
            raise DeviceError(424, UNEXPECTED, "a command has name, command and entries")
        name, verb, entries = command["name"], command["command"], command["entries"]
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            raise DeviceError(424, UNEXPECTED, "entries is no list of texts")
        feed = asked.vdom.tables["system/external-resource"].get(name)
        if feed is None or feed.get("update-method") != "push":
            return {
                "name": name,
                "command": verb,
                "status": "error",
                "error": "no such push feed",
                "invalidEntries": [],
            }
        held = asked.vdom.feeds.get(name, [])
        self._before_push[name] = list(held)
        if verb == "snapshot":
            asked.vdom.feeds[name] = list(entries)
        elif verb == "add":
            asked.vdom.feeds[name] = [*held, *(entry for entry in entries if entry not in held)]
        elif verb == "remove":
            asked.vdom.feeds[name] = [entry for entry in held if entry not in entries]
        else:
            return {"name": name, "command": verb, "status": "error", "error": "no such command", "invalidEntries": []}
        invalid = [entry for entry in entries if not _LINE.fullmatch(entry)]
        return {"name": name, "command": verb, "status": "success", "error": "", "invalidEntries": invalid}


def _commands(transaction: Transaction) -> str:
    """Return the waiting changes as the device's shell writes them, as far as it is known."""
    lines = []
    for (table, key), wanted in transaction.changes.items():
        lines += [f"config {table.replace('/', ' ')}", f"{'edit' if wanted else 'delete'} {key}"]
        lines += [f"set {name} {value}" for name, value in (wanted or {}).items() if isinstance(value, (str, int))]
        lines += ["next", "end"]
    return "\n".join(lines)
