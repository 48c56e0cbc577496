# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy packages, their installation on gateways, and tasks."""

from __future__ import annotations

import typing as t

from lab.simulators.checkpoint.errors import DETAILS, PAGING, Forms, Refusal, checked, identified, not_found
from lab.simulators.checkpoint.sessions import shown_revision
from lab.simulators.checkpoint.state import Gateway, Json, Package, Session, Task, date

if t.TYPE_CHECKING:
    from lab.simulators.checkpoint.server import ManagementServer

_INSTALL: Forms = {
    "policy-package": str,
    "targets": (list, str),
    "access": bool,
    "desktop-security": bool,
    "qos": bool,
    "threat-prevention": bool,
    "install-on-all-cluster-members-or-fail": bool,
    "prepare-only": bool,
    "revision": str,
    "ignore-warnings": bool,
}


def show_package(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``show-package``, with the revision that each target runs."""
    wanted = identified(checked(given, {**DETAILS, "name": str, "uid": str}))
    package = _package(session, wanted)
    data: Json = {
        "uid": package.uid,
        "name": package.name,
        "type": "package",
        "domain": session.domain.shown(),
        "access": True,
        "threat-prevention": False,
        "installation-targets": [
            {"uid": gateway.uid, "name": gateway.name, "type": "simple-gateway"} for gateway in package.gateways
        ],
    }
    if server.shows_revisions:
        data["installation-targets-revision"] = [
            {"target-name": gateway.name, "target-uid": gateway.uid, **_revision(session, gateway)}
            for gateway in package.gateways
        ]
    return data


def _revision(session: Session, gateway: Gateway) -> Json:
    if gateway.revision is None:
        return {}
    shown = shown_revision(session, gateway.revision)
    if not gateway.members:
        return {"revision": shown}
    return {
        "cluster-members-revision": [
            {"name": f"{gateway.name}-{number}", "revision": shown} for number in range(1, gateway.members + 1)
        ]
    }


def install(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``install-policy``: a task that brings what is published now to each target."""
    fields = checked(given, _INSTALL, required=("policy-package",))
    package = _package(session, fields["policy-package"])
    if "revision" in fields or fields.get("prepare-only"):
        raise Refusal(501, "not_implemented", "Installing an older revision is not simulated")
    targets = _targets(package, fields.get("targets"))
    for task in session.domain.tasks.values():
        if task.status == "in progress" and any(gateway in task.gateways for gateway in targets):
            raise Refusal(409, "err_policy_installation_failed", "Another policy installation is in progress")
    if not session.domain.revisions:
        raise Refusal(400, "err_policy_installation_failed", "Nothing was ever published")
    revision = session.domain.revisions[-1]

    def work() -> tuple[str, list[Json]]:
        details = []
        for gateway in targets:
            if gateway.fails is None:
                gateway.revision = revision
            details.append(_told(gateway))
        failed = [gateway for gateway in targets if gateway.fails is not None]
        status = "succeeded" if not failed else "failed" if len(failed) == len(targets) else "partially succeeded"
        return status, details

    return {"task-id": server.start(session, f"Policy installation - {package.name}", work, tuple(targets))}


def _told(gateway: Gateway) -> Json:
    kind, text = ("err", gateway.fails) if gateway.fails is not None else ("info", "Policy was installed")
    return {
        "gatewayId": gateway.uid,
        "gatewayName": gateway.name,
        "statusCode": "failed" if gateway.fails is not None else "succeeded",
        "statusDescription": text,
        "stagesInfo": [{"stage": "Commit", "type": kind, "messages": [{"type": kind, "message": text}]}],
    }


def show_task(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``show-task``: one task, or several."""
    wanted = checked(given, {**DETAILS, "task-id": (str, list)}, required=("task-id",))["task-id"]
    tasks = []
    for uid in [wanted] if isinstance(wanted, str) else wanted:
        if uid not in session.domain.tasks:
            raise not_found(uid)
        tasks.append(_shown(server, session.domain.tasks[uid]))
    return {"tasks": tasks}


def show_tasks(server: ManagementServer, session: Session, given: t.Any) -> Json:
    """Answer ``show-tasks``, the latest first."""
    fields = checked(given, {**PAGING, "initiator": str, "status": str, "from-date": str, "to-date": str})
    wanted = fields.get("status", "all")
    if wanted not in ("all", "successful", "failed", "in progress"):
        raise Refusal(400, "generic_err_invalid_parameter", "Invalid parameter for [status]. Invalid value")
    tasks = [
        _shown(server, task)
        for task in reversed(session.domain.tasks.values())
        if fields.get("initiator", task.administrator) == task.administrator
        and wanted in ("all", {"succeeded": "successful"}.get(task.status, task.status))
    ]
    page = server.page(tasks, fields)
    return {"tasks": page.pop("objects"), **page}


def _shown(server: ManagementServer, task: Task) -> Json:
    share = min(1.0, (server.now() - task.started) / task.seconds) if task.seconds else 1.0
    return {
        "task-id": task.uid,
        "uid": task.uid,
        "type": "task",
        "task-name": task.name,
        "status": task.status,
        "progress-percentage": int(100 * share) if task.status == "in progress" else 100,
        "progress-description": "",
        "start-time": date(task.started),
        "suppressed": False,
        "comments": "",
        "task-details": task.details,
    }


def _package(session: Session, wanted: str) -> Package:
    for package in session.domain.packages.values():
        if wanted in (package.name, package.uid):
            return package
    raise not_found(wanted)


def _targets(package: Package, wanted: list[t.Any] | str | None) -> list[Gateway]:
    if wanted is None:
        return list(package.gateways)
    found = []
    for name in [wanted] if isinstance(wanted, str) else wanted:
        gateway = next((gateway for gateway in package.gateways if name in (gateway.name, gateway.uid)), None)
        if gateway is None:
            raise not_found(str(name))
        found.append(gateway)
    return found
