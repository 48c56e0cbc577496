# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A change that takes itself back: the list that was there returns by itself unless a later task confirms the new one.

The guard is a process of the device, forked from the module and cut loose from it, so that neither the controller's
death nor a cut connection, which the change itself may cause, keeps it from doing its work. All that it needs is in its
memory: the module's own files are gone by then. What it is about stands in a file beside the back-ups, which is only
changed by whoever holds the appliance's lock; so confirming and firing exclude each other.

A restart of the device ends the process. The file then says that the time is over and nobody fired, and the next run
tells so.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._files import (
    read_text,
    sync_directory,
    write_durably,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    ApplianceError,
    PendingChange,
    put_back,
)

if t.TYPE_CHECKING:
    from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import Appliance, State

ARMED = "armed"
FIRED = "fired"
FAILED = "failed"

LONGEST = 24 * 3600
_POLL = 0.2
_LOCK_PATIENCE = 300.0


class Guard:
    """The guard of one list.

    `seconds` is how long a change may wait for its confirmation, None where it needs none. With `overriding` a change
    that waits does not keep others out, as where it is taken back by hand.
    """

    def __init__(self, path: str, seconds: int | None = None, overriding: bool = False) -> None:
        self.path = path
        self.seconds = seconds
        self._overriding = overriding

    # -- what the file says --------------------------------------------------------------------------------------

    def read(self) -> dict[str, t.Any] | None:
        """Return what stands in the file: `state`, `token`, `until` (seconds since 1970), `digest` and `said`.

        Raises:
            ApplianceError: it cannot be read.
        """
        try:
            found = json.loads(read_text(self.path))
            if not isinstance(found, dict) or not {"state", "token", "until"} <= set(found):
                raise ValueError("it lacks its state")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise ApplianceError(
                f"{self.path}, where a change that waits for its confirmation is noted, cannot be read: {error}. Look "
                "at the list that is in force, and remove the file."
            ) from error
        return found

    def report(self) -> dict[str, t.Any] | None:
        """Return what a module's result says of it; None where nothing waits and nothing was taken back."""
        found = self.read()
        if found is None:
            return None
        shown = {"state": found["state"], "until": _clock(found["until"]), "digest": found.get("digest")}
        if found["state"] == ARMED and not _is_alive(found):
            shown["state"] = "lost"
        return {**shown, **({"said": found["said"]} if found.get("said") else {})}

    def refuse_pending(self) -> None:
        """Refuse another change while one waits for its confirmation.

        Raises:
            ApplianceError: one does.
        """
        found = None if self._overriding else self.read()
        if found is None or found["state"] != ARMED:
            return
        if _is_alive(found):
            raise PendingChange(
                f"A change of this list waits for its confirmation until {_clock(found['until'])}, and is taken back "
                "then. Confirm it with 'state: confirmed', or take it back now with 'restore: latest'."
            )
        raise PendingChange(
            f"A change of this list was to be confirmed until {_clock(found['until'])}, and the process that would "
            "have taken it back is gone, as after a restart of the device. Confirm it with 'state: confirmed', or take "
            "it back with 'restore: latest'."
        )

    def waits_with(self, digest: str | None) -> str | None:
        """Return until when the change that brought the list of `digest` waits for its confirmation.

        None where none waits, where it brought another list, or where it is being taken back by hand.

        Raises:
            ApplianceError: it cannot be read.
        """
        found = None if self._overriding else self.read()
        if found is None or found["state"] != ARMED or found.get("digest") != digest:
            return None
        return _clock(found["until"])

    # -- arming --------------------------------------------------------------------------------------------------

    def arm(self, appliance: Appliance, before: State, digest: str | None) -> str | None:
        """Start the process that puts `before` back, and return until when it waits; None where none is wanted.

        Call it with the appliance locked.

        Raises:
            ApplianceError: the file cannot be written, or the process cannot be started.
        """
        if self.seconds is None:
            return None
        token, until = secrets.token_hex(8), time.time() + self.seconds
        deadline = time.monotonic() + self.seconds
        noted = {"state": ARMED, "token": token, "until": until, "digest": digest}
        try:
            _cut_loose(
                lambda: self._wait(appliance, before, token, deadline), lambda pid: self._write({**noted, "pid": pid})
            )
        except OSError as error:
            raise ApplianceError(f"The guard that would take the change back cannot be armed: {error}.") from error
        return _clock(until)

    def clear(self) -> None:
        """Forget the change, which is confirmed or taken back; its process sees that and ends. Needs the lock."""
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            return
        sync_directory(os.path.dirname(self.path))

    def confirm(self) -> dict[str, t.Any] | None:
        """Make the change that waits lasting; return what it was, or None where none waits. Needs the lock.

        Raises:
            ApplianceError: it was taken back already.
        """
        found = self.read()
        if found is None:
            return None
        if found["state"] != ARMED:
            raise ApplianceError(
                f"The change was not confirmed before {_clock(found['until'])}: {found.get('said') or 'it is over'} "
                "Apply it again."
            )
        self.clear()
        return {"digest": found.get("digest"), "until": _clock(found["until"])}

    def _write(self, content: t.Mapping[str, t.Any]) -> None:
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        temporary = f"{self.path}.new"  # whoever writes it holds the lock; a run that died may have left it
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        write_durably(temporary, json.dumps(content, ensure_ascii=True), 0o600)
        os.rename(temporary, self.path)
        sync_directory(os.path.dirname(self.path))

    # -- the process ---------------------------------------------------------------------------------------------

    def _wait(self, appliance: Appliance, before: State, token: str, deadline: float) -> None:
        """Wait for the deadline, as long as the file names this guard; then put the list back."""
        while time.monotonic() < deadline:
            time.sleep(_POLL)
            if not self._names(token):
                return
        patience = time.monotonic() + _LOCK_PATIENCE
        while True:
            try:
                with appliance.lock():
                    self._fire(appliance, before, token)
                return
            except (ApplianceError, OSError):
                # Another run is at work; what it does may be this change's own end.
                if time.monotonic() > patience:
                    return
                time.sleep(_POLL)

    def _fire(self, appliance: Appliance, before: State, token: str) -> None:
        found = self.read()
        if found is None or found["token"] != token:
            return
        restored, said = put_back(appliance, before)
        self._write({**found, "state": FIRED if restored else FAILED, "said": said})

    def _names(self, token: str) -> bool:
        try:
            found = self.read()
        except ApplianceError:
            return True  # whoever damaged it did not confirm anything
        return found is not None and found["token"] == token


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _is_alive(found: t.Mapping[str, t.Any]) -> bool:
    """Whether the guard's process lives: that which has its number began when it did."""
    pid = found.get("pid")
    return isinstance(pid, list) and len(pid) == 2 and _started(pid[0]) == str(pid[1])


def _started(pid: t.Any) -> str | None:
    """Return when a process started, in ticks since the machine did; with its number that names it for good."""
    try:
        with open(f"/proc/{int(pid)}/stat", encoding="latin-1") as file:
            fields = file.read().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except (OSError, ValueError, IndexError):
        return None


def _cut_loose(work: t.Callable[[], None], note: t.Callable[[list[t.Any]], None]) -> None:
    """Run `work` in a process of its own session, which nothing of ours holds or waits for.

    `note` is told how to know the process, and `work` begins once that is written down; if it never is, it never does.

    Raises:
        OSError: the process cannot be started, or not be noted.
    """
    told, telling = os.pipe()
    waiting, going = os.pipe()
    first = os.fork()
    if first == 0:
        # Nothing may return from here into the module's own code.
        try:
            os.setsid()
            if os.fork() == 0:
                # Only then does the module go on: a lock that it gives up is held as long as this process has it open.
                _let_go(telling, waiting)
                os.write(telling, f"{os.getpid()} {_started(os.getpid())}".encode("ascii"))
                os.close(telling)
                if os.read(waiting, 1):
                    work()
        finally:
            os._exit(0)
    try:
        os.close(waiting)
        os.close(telling)
        os.waitpid(first, 0)
        said = os.read(told, 64).decode("ascii").split()
        if len(said) != 2:
            raise OSError("the process did not start")
        note([int(said[0]), said[1]])
        os.write(going, b"!")
    finally:
        os.close(told)
        os.close(going)


def _let_go(*keep: int) -> None:
    """Leave the module's directory, and every file that it has open: Ansible waits until its output is closed."""
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    start = 3
    for kept in [*sorted(keep), min(os.sysconf("SC_OPEN_MAX"), 65536)]:
        os.closerange(start, kept)
        start = kept + 1
