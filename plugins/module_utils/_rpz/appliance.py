# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A DNS firewall as an appliance: two zone files of ours, which the site's configuration names once.

A list that is absent leaves zones without a policy behind, so that the configuration stays good.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import (
    file_lock,
    read_text,
    refuse_unwritable,
    sync_directory,
    tidy_backups,
    write_durably,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import Judgement, ListAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._provenance import (
    checked,
    lines_of,
    note,
    read_noted,
    tidy_noted,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    STOPPED,
    UNKNOWN,
    ApplianceError,
    Running,
    State,
    Wanted,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.query import ask_text
from ansible_collections.managed_desktop.network.plugins.module_utils._rpz.servers import MEASURED, Run, Server

VARIANT = "zones"
NOT_CONFIGURED = "not_configured"
SERIAL_MARK, DIGEST_MARK = "@SERIAL@", "@DIGEST@"
_T = t.TypeVar("_T")
_MODE = 0o644
_NEVER_LISTED = "com"  # a pattern has two labels at least
_NO_ERROR, _NO_SUCH_NAME = 0, 3
_POLL = 0.1
_SERIAL = re.compile(r"^@ SOA \S+ \S+ (\d+) ", re.M)
_STATE = re.compile(r'^(\S+) TXT "([0-9a-f]{64}) (\d+)"$', re.M)
_RECORD = re.compile(r"^(\S+) CNAME rpz-passthru\.$", re.M)
_EMPTY = (
    "; No list: nothing is decided here.\n$TTL 60\n"
    "@ SOA localhost. hostmaster.localhost. {serial} 3600 600 86400 60\n@ NS localhost.\n"
)
_EMPTY_FORM = re.compile(re.escape(_EMPTY).replace(r"\{serial\}", r"\d+"))


class Files(t.NamedTuple):
    """The texts of both zone files; None where one is not there."""

    allow: str | None
    deny: str | None


class Staged(t.NamedTuple):
    """Both zones where nothing reads them yet."""

    allow: str
    deny: str


class Zones(ListAppliance):
    """One named list on one server."""

    platform = "rpz"
    module = "rpz_allowlist"

    def __init__(
        self,
        name: str,
        server: Server,
        run: Run,
        zone_dir: str,
        backup_dir: str,
        ask_at: tuple[str, int],
        timeout: float,
    ) -> None:
        self.name = name
        self.server = server
        self.backup_dir = backup_dir
        self.activation_timeout = timeout
        self._run = run
        self._ask_at = ask_at
        self.zones = {f"{name}.{kind}.rpz": os.path.join(zone_dir, f"{name}.{kind}.rpz") for kind in ("allow", "deny")}

    @property
    def _paths(self) -> tuple[str, str]:
        allow, deny = self.zones.values()
        return allow, deny

    @property
    def state_host(self) -> str:
        """The name whose TXT record tells which list runs."""
        return f"{self.name.replace('_', '-')}.allowlist.example"

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self) -> State:
        files = self._files()
        content = self._content(files)
        digest = None if content is None else content_digest(content)
        provenance = read_noted(self.backup_dir)
        return State(
            digest=digest,
            running=self._running(),
            announced=_announced(files) if content else (None, None),
            lines=self._lines(content, provenance),
            text=_frame(content),
            content=content,
            provenance=provenance if content else None,
            native=files,
        )

    def _files(self) -> Files:
        texts: list[str | None] = []
        for path in self._paths:
            try:
                texts.append(read_text(path))
            except FileNotFoundError:
                texts.append(None)
        return Files(*texts)

    def _content(self, files: Files) -> dict[str, t.Any] | None:
        if all(text is None or _EMPTY_FORM.fullmatch(text) for text in files):
            return None
        allow = files.allow or ""
        digest, serial = _announced(files)
        if digest and serial:
            allow = allow.replace(f'"{digest} {serial}"', f'"{DIGEST_MARK} {SERIAL_MARK}"')
            allow = allow.replace(f" hostmaster.localhost. {serial} ", f" hostmaster.localhost. {SERIAL_MARK} ")
        return {"allow": allow, "deny": files.deny or ""}

    def _lines(self, content: t.Mapping[str, t.Any] | None, provenance: t.Mapping[str, t.Any]) -> list[Line]:
        return [] if content is None else lines_of(_RECORD.findall(content["allow"]), dict(provenance))

    def _running(self) -> Running:
        if self.server.version() is None:
            return Running(STOPPED)
        if not self._known():
            return Running(UNKNOWN)
        answer = ask_text(*self._ask_at, self.state_host)
        if answer is None:
            return Running(UNKNOWN)
        if answer.text is None:
            return Running(NONE)
        digest, _space, serial = answer.text.partition(" ")
        return Running(RUNNING, digest, serial)

    def _denies_others(self) -> bool | None:
        """Return whether a name that every resolver of the internet knows is denied; None where that proves nothing."""
        answer = ask_text(*self._ask_at, _NEVER_LISTED)
        return {_NO_ERROR: False, _NO_SUCH_NAME: True}.get(answer.code) if answer else None

    def _known(self) -> bool:
        return all(self.server.knows(zone, path) for zone, path in self.zones.items())

    def foresee(self, before: State, wanted: Wanted) -> Running:
        if before.running.state in (STOPPED, UNKNOWN):
            return before.running
        return Running(RUNNING, wanted.digest) if wanted.digest else Running(NONE)

    def describe(self, wanted: Wanted) -> tuple[t.Sequence[Line], str]:
        return self._lines(wanted.content, checked(wanted.provenance)), _frame(wanted.content)

    def details(self, state: State) -> dict[str, t.Any]:
        return {
            "denies_others": self._denies_others(),
            "configuration": self.server.lines(self.zones),
        }

    def facts(self) -> dict[str, t.Any]:
        version = self.server.version()
        measured = version is not None and version.startswith(MEASURED[self.server.kind])
        return {"server": self.server.kind, "version": version, "dialect_measured": measured}

    # -- judging -------------------------------------------------------------------------------------------------

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        if self.server.version() is None or self._known():
            return Judgement(VARIANT)
        detail = (
            f"the server does not have the zones {' and '.join(self.zones)}; write them once with this loss accepted, "
            f"and add to its configuration:\n{self.server.lines(self.zones)}\n"
        )
        return Judgement(VARIANT, [{"property": NOT_CONFIGURED, "result": "unsupported", "detail": detail}])

    def checked_content(self, content: t.Any) -> dict[str, t.Any]:
        if (
            not isinstance(content, dict)
            or set(content) != {"allow", "deny"}
            or not all(isinstance(text, str) for text in content.values())
            or "$INCLUDE" in "".join(content.values()).upper()
        ):
            raise ApplianceError("The list is not of the form {allow: text, deny: text}.")
        return content

    def checked_provenance(self, provenance: t.Any) -> dict[str, t.Any]:
        return checked(provenance)

    def preview(self, wanted: Wanted) -> None:
        directory = os.path.dirname(self._paths[0])
        if not os.path.isdir(directory):
            raise ApplianceError(f"{directory}, where the zones are to stand, is not a directory. Make it first.")
        for needed in (directory, self.backup_dir):
            refuse_unwritable(needed)

    def validate(self, staged: Staged) -> None:
        """Let BIND's checker judge the zones, where it is; the dialect writes none that a server would not take."""
        checker = shutil.which("named-checkzone", path="/usr/bin:/usr/sbin:/bin:/sbin:/usr/local/bin:/usr/local/sbin")
        if checker is None:
            return
        for zone, path in zip(self.zones, staged):
            status, out, err = self._run([checker, "-q", "-k", "ignore", "-i", "none", zone, path])
            if status:
                said = self._run([checker, "-k", "ignore", "-i", "none", zone, path])
                shown = " ".join((said[1] + said[2] or out + err).split())[:400]
                raise ApplianceError(f"named-checkzone does not accept the zone {zone}: {shown}.")

    # -- writing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        os.makedirs(self.backup_dir, mode=0o700, exist_ok=True)
        with file_lock(os.path.join(self.backup_dir, ".lock"), f"the zones of {self.name}"):
            yield

    def stage(self, wanted: Wanted) -> Staged:
        serial = self._next_serial()
        if wanted.content is None:
            return self._write(Files(_EMPTY.format(serial=serial), _EMPTY.format(serial=serial)))
        entries = {*_RECORD.findall(self._files().allow or ""), *_RECORD.findall(wanted.content["allow"])}
        note(self.backup_dir, wanted.provenance, entries)
        allow = wanted.content["allow"].replace(SERIAL_MARK, str(serial)).replace(DIGEST_MARK, str(wanted.digest))
        return self._write(Files(allow, wanted.content["deny"]))

    def _next_serial(self) -> int:
        """Return a serial above those that were, which tells two loads of one list apart as well."""
        found = [int(number) for text in self._files() for number in _SERIAL.findall(text or "")]
        return max([int(time.time()), *(number + 1 for number in found)]) % 2**32 or 1

    def _write(self, files: Files) -> Staged:
        mark = secrets.token_hex(4)
        staged = Staged(*(f"{os.path.dirname(path)}/.{os.path.basename(path)}.{mark}" for path in self._paths))
        try:
            for path, text in zip(staged, files):
                write_durably(path, text or "", _MODE)
        except OSError:
            self.discard(staged)
            raise
        return staged

    def activate(self, staged: Staged) -> None:
        self._put(staged)
        self._reload()

    def _put(self, staged: Staged) -> None:
        for temporary, path in _in_turn(zip(staged, self._paths), read_text(staged.deny)):
            os.rename(temporary, path)
        sync_directory(os.path.dirname(self._paths[0]))

    def _reload(self) -> None:
        """Have the running server read the zones, and wait until it answers by them.

        A stopped one reads them when it starts.
        """
        if self.server.version() is None or not self._known():
            return
        files = self._files()
        self.server.reload(_in_turn(self.zones, files.deny))
        wanted, denies = _announced(files), _denies(files.deny)
        deadline = time.monotonic() + self.activation_timeout
        while True:
            running = self._running()
            if _settled(running, wanted) and not (denies and self._denies_others() is False):
                return
            if time.monotonic() > deadline:
                raise ApplianceError(self._why_not(running, wanted))
            time.sleep(_POLL)

    def _why_not(self, running: Running, wanted: tuple[str | None, str | None]) -> str:
        where = f"{self._ask_at[0]} port {self._ask_at[1]}"
        if _settled(running, wanted):
            what = "does not deny what is not listed"
        else:
            what = f"says '{running.state}' of the list {(running.digest or '')[:12]}".rstrip()
        return (
            f"The zones are written and the server was told to reload, but after {self.activation_timeout:g} s the "
            f"resolver at {where} {what}. BIND waits for up to 60 s by itself (min-update-interval). See its log, and "
            f"whether its configuration has, in this order:\n{self.server.lines(self.zones)}\n"
        )

    def discard(self, staged: Staged | None) -> None:
        for path in staged or ():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def restore(self, state: State) -> None:
        files: Files = state.native
        serial = self._next_serial()
        texts = [text if text is not None else _EMPTY.format(serial=serial) for text in files]
        self._put(self._write(Files(*texts)))
        self._reload()

    def tidy(self) -> None:
        tidy_backups(self.backup_dir)
        tidy_noted(self.backup_dir)
        for path in self._paths:
            leftover = re.compile(rf"\.{re.escape(os.path.basename(path))}\.[0-9a-f]{{8}}")
            for name in os.listdir(os.path.dirname(path)):
                if leftover.fullmatch(name):
                    os.unlink(os.path.join(os.path.dirname(path), name))


def _denies(deny: str | None) -> bool:
    return "* CNAME ." in (deny or "")


def _in_turn(both: t.Iterable[_T], deny: str | None) -> list[_T]:
    """Return what is to be done to the allowing and the denying zone in the order in which it has to be done.

    At no moment may the second deny what the first does not have: it begins to deny last, and stops first.
    """
    return list(both) if _denies(deny) else list(both)[::-1]


def _announced(files: Files) -> tuple[str | None, str | None]:
    found = _STATE.search(files.allow or "")
    return (found.group(2), found.group(3)) if found else (None, None)


def _settled(running: Running, wanted: tuple[str | None, str | None]) -> bool:
    if running.state == RUNNING:
        return (running.digest, running.generation) == wanted
    return running.state == NONE and wanted == (None, None)


def _frame(content: t.Mapping[str, t.Any] | None) -> str:
    """Return the zones without the list's own records: what changes where an option does."""
    if content is None:
        return ""
    allow, deny = str(content["allow"]), str(content["deny"])
    return _RECORD.sub("", allow).rstrip("\n") + "\n" + deny
