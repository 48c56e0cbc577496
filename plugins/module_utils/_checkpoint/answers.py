# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the management server answers, as far as a list needs it: typed, and refused where it is of another form."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.site import REGULAR, URLS, content_of
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

Json = dict[str, t.Any]

UNLOCKED = "unlocked"
OURS = "locked by current session"

_IN_PROGRESS = "in progress"
_DONE = ("succeeded", "succeeded with warnings")


class Malformed(ApplianceError):
    """An answer that is not what the API's reference says; the message says what it lacks."""


class Site(t.NamedTuple):
    """An application-site as our session sees it. `modified` is in milliseconds since 1970, as every time here.

    `lock` is one of the words of the API; `holder` and `holding_session` say who has it locked, where the server does.
    """

    content: Json
    modified: int
    lock: str
    holder: str
    holding_session: str
    valid: bool


class Target(t.NamedTuple):
    """One installation target: when the revisions that it, or each of its members, runs were published.

    `revisions` is empty where it never had a policy, None where the server does not say.
    """

    name: str
    revisions: tuple[int, ...] | None


class Session(t.NamedTuple):
    """One session; `published` is when it was, None while it is open. `over` says that nobody can use it any more."""

    uid: str
    name: str
    administrator: str
    description: str
    changes: int
    over: bool
    published: int | None


class TargetResult(t.NamedTuple):
    """What became of an installation on one target."""

    target: str
    succeeded: bool
    said: str


class Task(t.NamedTuple):
    """How far a task is, with what was said of each target and in all."""

    uid: str
    name: str
    ended: bool
    succeeded: bool
    percent: int
    said: list[str]
    targets: list[TargetResult]
    started: int


def site_of(data: t.Any) -> Site:
    """Read the answer of ``show-application-site``, and of what changes one."""
    found = _mapping(data, "an application-site")
    # One that is made of a signature has no URLs at all.
    urls, regular = found.get(URLS, []), found.get(REGULAR, False)
    if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls) or not isinstance(regular, bool):
        raise Malformed("the URLs of the application-site are of no known form")
    meta = _mapping(found.get("meta-info"), "meta-info")
    return Site(
        content_of(urls, regular),
        _posix(meta.get("last-modify-time"), "last-modify-time"),
        _text(meta.get("lock", UNLOCKED)),
        _text(meta.get("locking-admin")),
        _text(meta.get("locking-session-id")),
        meta.get("validation-state") != "error",
    )


def targets_of(data: t.Any) -> list[Target]:
    """Read the targets from the answer of ``show-package``.

    A server that names targets, but not what they run, does not say; a target of which it says nothing runs nothing.
    """
    package = _mapping(data, "a policy package")
    told = package.get("installation-targets-revision")
    if told is None:
        named = package.get("installation-targets")
        found = [_mapping(one, "a target") for one in (named if isinstance(named, list) else [])]
        return [Target(_name(one.get("name"), "a target"), None) for one in found]
    return [
        Target(_name(one.get("target-name"), "a target"), _revisions(one))
        for one in (_mapping(item, "a target") for item in _items(told, "targets"))
    ]


def _revisions(target: Json) -> tuple[int, ...]:
    members = [_mapping(one, "a member") for one in _items(target.get("cluster-members-revision", []), "members")]
    found = [one["revision"] for one in [target, *members] if one.get("revision") is not None]
    return tuple(_posix(_mapping(one, "a revision").get("publish-time"), "publish-time") for one in found)


def session_of(data: t.Any) -> Session:
    """Read one session, open or published."""
    found = _mapping(data, "a session")
    changes = found.get("changes", 0)
    published = found.get("publish-time")
    return Session(
        _name(found.get("uid"), "a session"),
        _text(found.get("name")),
        _text(found.get("user-name")),
        _text(found.get("description")),
        changes if isinstance(changes, int) else 0,
        bool(found.get("expired-session")) or found.get("last-logout-time") is not None,
        None if published is None else _posix(published, "publish-time"),
    )


def page_of(data: t.Any, key: str = "objects") -> tuple[list[t.Any], int, int]:
    """Read one page of a list: what is on it, the number of its last object, and how many there are."""
    found = _mapping(data, "a list")
    items = _items(found.get(key, []), "objects")
    last, total = found.get("to", len(items)), found.get("total", len(items))
    if not isinstance(last, int) or not isinstance(total, int):
        raise Malformed("a list does not say how long it is")
    return items, last, total


def task_id_of(data: t.Any) -> str:
    """Read the identifier of the task that was started."""
    return _name(_mapping(data, "a task").get("task-id"), "the task")


def tasks_of(data: t.Any) -> list[Task]:
    """Read the answer of ``show-task`` and ``show-tasks``."""
    return [_task(_mapping(one, "a task")) for one in _items(_mapping(data, "tasks").get("tasks"), "tasks")]


def _task(found: Json) -> Task:
    status, percent = _text(found.get("status")), found.get("progress-percentage", 0)
    if not status:
        raise Malformed("a task has no status")
    started = found.get("start-time")
    details = found.get("task-details")
    told = [one for one in (details if isinstance(details, list) else []) if isinstance(one, dict)]
    return Task(
        _text(found.get("task-id")),
        _text(found.get("task-name")),
        status != _IN_PROGRESS,
        status in _DONE,
        max(0, min(100, percent)) if isinstance(percent, int) else 0,
        [text for one in told for text in _said(one)],
        [_result(one) for one in told if one.get("gatewayName")],
        0 if started is None else _posix(started, "start-time"),
    )


def _result(detail: Json) -> TargetResult:
    succeeded = _text(detail.get("statusCode")) in _DONE
    return TargetResult(_text(detail["gatewayName"]), succeeded, "; ".join(_said(detail)))


def _said(detail: Json) -> list[str]:
    """Return what one part of a task says, errors before all else."""
    fault = _text(detail.get("fault-message"))
    if fault:
        return [fault]
    stages = detail.get("stagesInfo")
    messages = [
        message
        for stage in (stages if isinstance(stages, list) else [])
        if isinstance(stage, dict) and isinstance(stage.get("messages"), list)
        for message in stage["messages"]
        if isinstance(message, dict)
    ]
    errors = [_text(message.get("message")) for message in messages if message.get("type") == "err"]
    return [text for text in errors or [_text(detail.get("statusDescription"))] if text]


# -- forms -------------------------------------------------------------------------------------------------------


def _mapping(value: t.Any, what: str) -> Json:
    if not isinstance(value, dict):
        raise Malformed(f"{what} is of no known form")
    return value


def _items(value: t.Any, what: str) -> list[t.Any]:
    if not isinstance(value, list):
        raise Malformed(f"{what} are no list")
    return value


def _posix(value: t.Any, what: str) -> int:
    found = value.get("posix") if isinstance(value, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise Malformed(f"{what} is no time")
    return found


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else ""


def _name(value: t.Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise Malformed(f"{what} has no name")
    return value
