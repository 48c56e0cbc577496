# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes as the parts of the collection make them, without any appliance."""

from __future__ import annotations

import datetime
import json
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils._package import Package, content_digest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import plan as plans
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import steps
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import Policy, written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeDirectory
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.frozen import Frozen, freeze
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.keeping import keep_plan
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.lease import Run
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.record import record_of

ANY = Policy()
NOW = datetime.datetime(2099, 11, 27, 20, 0, tzinfo=datetime.timezone.utc)
RUN = Run("controller", 1, "1", "here")
PLATFORM = "managed_desktop.network.squid_allowlist"
WISH = plans.Wish(planned_by="alice", ticket="CHG-1", release="0.1.0", sizes=("1", "2"))
Plain = dict[str, t.Any]


def minutes(count: float) -> datetime.datetime:
    """So many minutes after NOW."""
    return NOW + datetime.timedelta(minutes=count)


def lists(name: str = "a.example") -> Frozen:
    """A compiled list of one name."""
    content = {"entries": [name]}
    editions = [{"source": "managed_desktop", "edition": "2023-10-19", "status": "current"}]
    facts = {"losses": [], "accepted": [], "editions": editions, "endpoints": 1, "entries": 1, "covered": 0}
    return Frozen(PLATFORM, {"file": Package(content, {"entries": {}})}, {"entries": 1}, facts, [])


def digest(name: str = "a.example") -> str:
    """The digest of such a list."""
    return content_digest({"entries": [name]})


def told(directory: ChangeDirectory, name: str = "a.example", before: str | None = None) -> Plain:
    """What the task on an appliance returns in check mode."""
    changed = before != digest(name)
    side = {"count": int(changed), "by_service": {"Store": [name]} if changed else {}, "truncated": False}
    none = {"count": 0, "by_service": {}, "truncated": False}
    kept = freeze(directory.lists, lists(name), [{"host": name, "service": "Store"}])
    return {
        "changed": changed,
        "before": {"digest": before, "entries": 0},
        "after": {"digest": digest(name), "entries": 1},
        "running": {"state": "running", "digest": digest(name)},
        "difference": {"missing": side, "foreign": none, "not_running": False},
        **lists(name).facts,
        "warnings": [],
        "place": {"name": "managed_desktop"},
        "frozen": kept,
    }


def planned(root: Path, appliances: t.Sequence[str], wish: plans.Wish = WISH, **rings: t.Any) -> ChangeDirectory:
    """A change with a plan for these appliances, none of which has a list."""
    directory = ChangeDirectory.of(str(root), wish.ticket)
    for name in appliances:
        options = {"change": directory.id, "change_dir": str(root), "ring": rings.get(name, "")}
        record = record_of(options, name, PLATFORM)
        assert record is not None
        record.begin()
        record.tell(told(directory))
    keep_plan(directory, plans.make(directory, appliances, wish))
    return directory


def scene(
    appliances: t.Sequence[str], run: Run = RUN, now: datetime.datetime = NOW, **behind: list[str]
) -> steps.Scene:
    """A run over these appliances."""
    return steps.Scene(tuple(appliances), behind, run, now)


def begin(directory: ChangeDirectory, appliances: t.Sequence[str], policy: Policy = ANY, **more: t.Any) -> Plain:
    """Begin a run."""
    return steps.begin(directory, policy, scene(appliances, **more), skip_moved=False)


def step(directory: ChangeDirectory, name: str, kind: str, result: Plain, force: bool = False) -> Plain:
    """Do what a task of an appliance does, with this result; return the options that the change gave it."""
    options = {"change": directory.id, "change_dir": str(directory.root), "step": kind, "force": force}
    record = record_of(options, name, PLATFORM)
    assert record is not None
    record.begin()
    given = record.arguments()
    record.tell(result)
    return given


def applied(name: str = "a.example", **more: t.Any) -> Plain:
    """The result of a task that set the list."""
    found = {"changed": True, "before": {"digest": None}, "after": {"digest": digest(name)}, "backup": "/backups/1"}
    return {**found, "running": {"state": "running"}, **more}


def approve(directory: ChangeDirectory, **facts: t.Any) -> bytes:
    """Write an approval of the plan as it is, for one hour around NOW."""
    _plan, plan_digest = plans.read(directory)
    given = {
        "change": directory.id,
        "plan": plan_digest,
        "approver": "bob",
        "ticket": "CHG-1",
        "not_before": written(minutes(-30)),
        "not_after": written(minutes(30)),
        **facts,
    }
    content = "".join(f"{key}: {json.dumps(value)}\n" for key, value in given.items() if value is not None).encode()
    directory.approval.write_bytes(content)
    return content
