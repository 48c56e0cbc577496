# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source: the published list has a new version, or another edition of a kept source is in force.

One file of the standard library alone. `ansible-rulebook` runs it as a script in its own Python, where neither the
collection nor what the collection requires can be imported, and where files beside it cannot be either.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import datetime
import email.utils
import fcntl
import http.client
import json
import logging
import math
import os
import re
import ssl
import tempfile
import threading
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path

DOCUMENTATION = r"""
name: catalogue_changes
short_description: Tells when the published list has a new version, or another edition is in force
version_added: 0.1.0
author: managed_desktop.network contributors
description:
  - Asks Microsoft's web service for the version of its list, and sends an event when it is higher than before.
  - Looks into the directory of kept editions, and sends an event when another edition of a source is in force.
  - It fetches no list and changes nothing but its own state file.
  - What was seen outlives a restart. A change while it was not running is told at the next start, and no change twice,
    but where the state file could not be written. The first start only remembers what there is.
  - An answer that is no version, or a lower one, sends no event. It is logged, and the service asked again later.
options:
  state_file:
    description: Where to remember what was seen. The directory is made with mode 0700, the file has mode 0600.
    type: path
    required: true
  instance:
    description: The cloud whose version is asked for. Without it the web service is not asked.
    type: str
    choices: [Worldwide, China, USGovDoD, USGovGCCHigh]
  base_url:
    description: The web service, or a mirror of it. Always HTTPS, and its certificate is verified.
    type: str
    default: https://endpoints.office.com
  ca_file:
    description: A file with certificate authorities in PEM, trusted besides the machine's own.
    type: path
  interval:
    description: Seconds between two questions, across restarts too. Microsoft's own service wants at least 3600.
    type: float
    default: 3600
  client_request_id:
    description: The UUID that the service knows this controller by. One is made and kept in O(state_file) if not set.
    type: str
  catalogue_dir:
    description: The directory of kept editions. Without it no directory is watched.
    type: path
  catalogue_interval:
    description: Seconds between two looks into O(catalogue_dir).
    type: float
    default: 60
"""

EXAMPLES = r"""
- name: Plan when the published list has a new version
  hosts: all,localhost
  sources:
    - managed_desktop.network.catalogue_changes:
        instance: Worldwide
        state_file: ~/.local/state/managed_desktop.network/new_version.json
  rules:
    - name: A new version
      condition: event.catalogue.kind == "version"
      action:
        run_playbook:
          name: managed_desktop.network.plan
"""

INSTANCES: t.Final = ("Worldwide", "China", "USGovDoD", "USGovGCCHigh")
BASE_URL: t.Final = "https://endpoints.office.com"
HOURLY: t.Final = 3600.0
LONGEST_WAIT: t.Final = 86400.0
FORMAT: t.Final = 1
_MOST_OCTETS: t.Final = 65536
_SILENCE: t.Final = 30.0  # seconds for which the service may say nothing
_PATIENCE: t.Final = 120.0  # seconds after which an answer that trickles in is given up
_AHEAD: t.Final = datetime.timedelta(days=31)  # a version of a later day than this would silence all that follow
_VERSION = re.compile(r"([0-9]{8})[0-9]{2}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

log = logging.getLogger("managed_desktop.network.catalogue_changes")
Plain = dict[str, t.Any]


class Queue(t.Protocol):
    """Where events go."""

    async def put(self, event: Plain) -> None:
        """Hand one event to the rules."""


class NoAnswer(Exception):
    """The web service told no version; `wait` is for how many seconds it wants to be left alone."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        """Say why, and how long to wait."""
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True)
class Options:
    """What the rulebook says, checked."""

    state_file: Path
    instance: str = ""
    base_url: str = BASE_URL
    ca_file: str = ""
    interval: float = HOURLY
    client_request_id: str = ""
    catalogue_dir: str = ""
    catalogue_interval: float = 60.0

    @classmethod
    def from_args(cls, args: t.Mapping[str, t.Any]) -> Options:
        """Return the options that a rulebook gives; what is empty counts as not set.

        Raises:
            ValueError: one is unknown, missing, or does not fit; the message names it.
        """
        given = {name: value for name, value in args.items() if value not in (None, "")}
        known = cls.__dataclass_fields__
        if unknown := sorted(given.keys() - known.keys()):
            raise ValueError(f"catalogue_changes has no option {unknown[0]!a}; it has {', '.join(known)}")
        if "state_file" not in given:
            raise ValueError("state_file is not set: name a file of yours in which to remember what was seen")
        if "instance" not in given and "catalogue_dir" not in given:
            raise ValueError("nothing is watched: set instance, catalogue_dir, or both")
        for name, value in given.items():
            if name.endswith("interval"):
                given[name] = _seconds(name, value)
            elif not isinstance(value, str):
                raise ValueError(f"{name}: give text, not {value!a}")
        for name in ("state_file", "ca_file", "catalogue_dir"):
            if name in given:
                given[name] = os.path.expanduser(given[name])
        made = cls(**{**given, "state_file": Path(given["state_file"])})
        made._check_service()
        return made

    def _check_service(self) -> None:
        if self.instance and self.instance not in INSTANCES:
            raise ValueError(f"instance: {self.instance!a} is none of {', '.join(INSTANCES)}")
        parts = urllib.parse.urlsplit(self.base_url)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"base_url: give https://host[:port][/path], without a login; not {self.base_url!a}")
        if parts.hostname == urllib.parse.urlsplit(BASE_URL).hostname and self.interval < HOURLY:
            raise ValueError(f"interval: {parts.hostname} may be asked once in 3600 seconds, not in {self.interval:g}")
        if self.client_request_id:
            _uuid("client_request_id", self.client_request_id)

    @property
    def version_url(self) -> str:
        """What is asked, without the client's id."""
        return f"{self.base_url.rstrip('/')}/version/{self.instance}"


def _seconds(name: str, value: t.Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value < math.inf:
        raise ValueError(f"{name}: give a number of seconds, 1 or more, not {value!a}")
    return float(value)


def _uuid(name: str, value: t.Any) -> str:
    try:
        return str(uuid.UUID(str(value)))
    except ValueError as error:
        raise ValueError(f"{name}: {value!a} is no UUID") from error


@dataclass
class State:
    """What was seen, which `save` writes in one step. One process at a time has it, from `opened` on.

    `asked` is by URL the highest version seen, None before the first, and the time before which not to ask again, in
    seconds since 1970. `in_force` is by directory, source and track the edition in force.
    """

    path: Path
    client_request_id: str
    asked: dict[str, Plain] = field(default_factory=dict)
    in_force: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    @classmethod
    @contextlib.contextmanager
    def opened(cls, path: Path) -> t.Iterator[State]:
        """Give the state in a file, or a new one.

        Raises:
            ValueError: another process has it, or the file holds something else.
            OSError: it cannot be read, or its directory not be made.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ValueError(f"{path}: another ansible-rulebook uses it; give each its own state_file") from error
            yield cls._read(path)

    @classmethod
    def _read(cls, path: Path) -> State:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(path, str(uuid.uuid4()))
        except (ValueError, RecursionError) as error:
            raise _damaged(path, str(error)) from error
        try:
            if data["format"] != FORMAT:
                raise ValueError(f"its format is {data['format']!a}, not {FORMAT}")
            asked = {
                url: {"version": item["version"], "not_before": float(item["not_before"])}
                for url, item in data["asked"].items()
            }
            if odd := [item for item in asked.values() if not _is_version(item["version"] or "2000010100")]:
                raise ValueError(f"{odd[0]['version']!a} is no version")
            in_force = {d: {s: dict(tracks) for s, tracks in kept.items()} for d, kept in data["in_force"].items()}
            return cls(path, _uuid("client_request_id", data["client_request_id"]), asked, in_force)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise _damaged(path, str(error)) from error

    def save(self) -> None:
        """Write the file in one step; where that fails, say so and go on with what is in memory."""
        names = ("client_request_id", "asked", "in_force")
        text = json.dumps({"format": FORMAT, **{name: getattr(self, name) for name in names}}, indent=1) + "\n"
        try:
            _replace(self.path, text)
        except OSError as error:
            log.error("%s cannot be written: %s. A restart now would tell again what was told since.", self.path, error)


def _damaged(path: Path, why: str) -> ValueError:
    return ValueError(
        f"{path} cannot be used: {why}. Put it back from a back-up, or take it away: then what there is counts as seen."
    )


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _is_version(value: t.Any, today: datetime.date | None = None) -> bool:
    found = _VERSION.fullmatch(value) if isinstance(value, str) else None
    try:
        day = datetime.datetime.strptime(found[1], "%Y%m%d").date() if found else None
    except ValueError:
        return False
    return day is not None and (today is None or day <= today + _AHEAD)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: t.Any, **_more: t.Any) -> None:
        """Follow none: the service has no reason to send anybody elsewhere, and a captive portal has."""


def make_opener(ca_file: str) -> urllib.request.OpenerDirector:
    """Return what asks, through the proxy that the environment names if any.

    Raises:
        ValueError: there are no certificates in `ca_file`.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise ValueError(f"ca_file: no certificates can be read from {ca_file}: {error}") from error
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect)


def ask(opener: urllib.request.OpenerDirector, options: Options, client_request_id: str) -> str:
    """Return the version that the web service tells; blocks.

    Raises:
        NoAnswer: it told none.
    """
    url = f"{options.version_url}?ClientRequestId={client_request_id}"
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    try:
        with opener.open(request, timeout=_SILENCE) as response:
            content = response.read(_MOST_OCTETS + 1)
    except urllib.error.HTTPError as error:
        with error:
            wait = retry_after(error.headers.get("Retry-After"), time.time())
            if error.code == http.HTTPStatus.TOO_MANY_REQUESTS:
                wait = wait or HOURLY
            raise NoAnswer(f"it answered {error.code}", wait) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    return version_in(content, options.instance)


def retry_after(value: str | None, now: float) -> float:
    """Return the seconds that a Retry-After header of either form asks for; 0 where there is none or it is nonsense."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), LONGEST_WAIT)
    try:
        then = email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    return min(max(then - now, 0.0), LONGEST_WAIT)


def version_in(content: bytes, instance: str) -> str:
    """Return the version that an answer tells.

    Raises:
        NoAnswer: it tells none, or that of another instance.
    """
    start = ascii(content[:60].decode("latin-1"))
    if len(content) > _MOST_OCTETS:
        raise NoAnswer(f"the answer is longer than {_MOST_OCTETS} octets; it begins with {start}")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NoAnswer(f"the answer is not JSON; it begins with {start}") from error
    if not isinstance(data, dict) or str(data.get("instance")).casefold() != instance.casefold():
        raise NoAnswer(f"the answer is not about {instance}; it begins with {start}")
    today = datetime.datetime.now(datetime.timezone.utc).date()
    if not _is_version(data.get("latest"), today):
        raise NoAnswer(f"latest is {str(data.get('latest'))[:40]!a}, not a version YYYYMMDDNN of a day until now")
    return str(data["latest"])


async def in_thread(function: t.Callable[..., str], *arguments: t.Any) -> str:
    """Run a blocking call in a thread that never holds up the end of the program.

    Raises:
        NoAnswer: `function` did, or it took too long.
    """
    outcome: concurrent.futures.Future[str] = concurrent.futures.Future()

    def work() -> None:
        with contextlib.suppress(concurrent.futures.InvalidStateError):  # nobody waits any more
            try:
                outcome.set_result(function(*arguments))
            except Exception as error:  # noqa: BLE001 - raised again where it is awaited
                outcome.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(outcome), _PATIENCE)
    except asyncio.TimeoutError as error:
        raise NoAnswer(f"the answer was not whole after {_PATIENCE:g} seconds") from error


async def watch_service(queue: Queue, options: Options, state: State) -> None:
    """Ask for the version for ever, and send an event each time that it is higher than before."""
    opener = make_opener(options.ca_file)
    client = options.client_request_id or state.client_request_id
    url = options.version_url
    seen = state.asked.setdefault(url, {"version": None, "not_before": 0.0})
    while True:
        # At most so long: where the clock was set back, the time stands far in the future.
        await asyncio.sleep(min(seen["not_before"] - time.time(), max(options.interval, LONGEST_WAIT)))
        seen["not_before"] = time.time() + options.interval
        state.save()  # before asking: a program that is started again and again asks no more often
        try:
            version = await in_thread(ask, opener, options, client)
        except NoAnswer as error:
            wait = max(options.interval, error.wait)
            seen["not_before"] = time.time() + wait
            then = f"The last one seen is {seen['version']}; next question in {wait:.0f} seconds."
            log.warning("%s told no version: %s. %s", url, error, then)
        else:
            await _compare(queue, options.instance, url, seen, version)
        state.save()


async def _compare(queue: Queue, instance: str, url: str, seen: Plain, version: str) -> None:
    last = seen["version"]
    if last is None:
        log.info("%s is at %s, which is the first version seen", url, version)
    elif version < last:
        log.warning("%s went back from %s to %s. Nothing is done until it is past %s.", url, last, version, last)
        return
    elif version > last:
        log.info("%s moved from %s to %s", url, last, version)
        await queue.put({"catalogue": {"kind": "version", "instance": instance, "previous": last, "version": version}})
    seen["version"] = version  # after the event: told twice is better than never


def editions_in_force(directory: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Return by source and track what is in force in a directory of kept editions, and what cannot be read."""
    found: dict[str, dict[str, str]] = {}
    faults = []
    for path in sorted(Path(directory).glob("*/index.json")):
        if not _NAME.fullmatch(path.parent.name):
            continue
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise ValueError(f"its format is {data['format']!a}, not {FORMAT}")
            tracks = {track: item["in_force"] for track, item in data["tracks"].items()}
            if odd := [text for text in (*filter(None, tracks), *tracks.values()) if not _NAME.fullmatch(text)]:
                raise ValueError(f"{odd[0][:40]!a} is no name")
            found[path.parent.name] = tracks
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            faults.append(f"{path} cannot be read: {type(error).__name__}: {error}")
    return found, faults


async def watch_directory(queue: Queue, options: Options, state: State) -> None:
    """Look into the directory for ever, and send an event for each source and track with another edition in force."""
    directory = os.path.abspath(options.catalogue_dir)
    told: list[str] = []
    while True:
        found, faults = editions_in_force(directory)
        for fault in faults:
            if fault not in told:
                log.warning("%s. What was in force there counts until it can be read.", fault)
        told = faults
        events = _changes(state.in_force.get(directory), found)
        for event in events:
            log.info("%s: %s is at %s, before at %s", directory, event["source"], event["edition"], event["previous"])
            await queue.put({"catalogue": event})
        if events or directory not in state.in_force:
            known = state.in_force.setdefault(directory, {})
            for source, tracks in found.items():
                known.setdefault(source, {}).update(tracks)  # after the events, as with versions
            state.save()
        await asyncio.sleep(options.catalogue_interval)


def _changes(known: dict[str, dict[str, str]] | None, found: dict[str, dict[str, str]]) -> list[Plain]:
    """Return an event for each track that differs from what is known; none where nothing is known yet."""
    return [
        {"kind": "in_force", "source": source, "track": track, "previous": previous, "edition": edition}
        for source, tracks in found.items()
        for track, edition in sorted(tracks.items())
        if known is not None and edition != (previous := known.get(source, {}).get(track))
    ]


async def main(queue: Queue, args: Plain) -> None:
    """Watch what the options name; `ansible-rulebook` calls it and ends it by cancelling.

    Raises:
        ValueError, OSError: the options or the state file cannot be used.
    """
    options = Options.from_args(args)
    with State.opened(options.state_file) as state:
        watches = []
        if options.instance:
            watches.append(asyncio.create_task(watch_service(queue, options, state)))
        if options.catalogue_dir:
            watches.append(asyncio.create_task(watch_directory(queue, options, state)))
        try:
            await asyncio.gather(*watches)
        finally:
            for watch in watches:  # none outlives the lock on the state file
                watch.cancel()
