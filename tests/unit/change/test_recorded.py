# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the task on an appliance writes down where it does not come to its end."""

from __future__ import annotations

import types
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.action.squid_allowlist import ActionModule
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results, steps
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeDirectory

from .changes import NOW, begin, planned, scene

Run = t.Callable[..., dict[str, t.Any]]


@pytest.fixture()
def directory(tmp_path: Path) -> ChangeDirectory:
    found = planned(tmp_path, ["fw1"])
    begin(found, ["fw1"])
    return found


@pytest.fixture()
def run(directory: ChangeDirectory, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the task that applies on fw1, whose module answers or breaks off as it is told."""
    monkeypatch.setattr(ActionBase, "run", lambda *_given: {})
    record = {"change": "CHG-1", "change_dir": str(directory.root), "step": "apply", "force": False}
    task = types.SimpleNamespace(args={"name": "managed_desktop", "record": record}, check_mode=False, diff=False)

    def once(answer: dict[str, t.Any] | Exception) -> dict[str, t.Any]:
        def asked(*_given: t.Any, **_more: t.Any) -> dict[str, t.Any]:
            if isinstance(answer, Exception):
                raise answer
            return dict(answer)

        action = ActionModule(task, None, None, None, None, None)
        monkeypatch.setattr(action, "_execute_module", asked)
        monkeypatch.setattr(action, "_catalogue_moved", lambda *_given: [])
        return action.run(task_vars={"inventory_hostname": "fw1"})

    return once


def asked_to_put_back(directory: ChangeDirectory) -> bool:
    steps.judge(directory, steps.Batch(1, ("fw1",)), scene(["fw1"]), 0, fail_on_unknown=False)
    return bool(steps.to_take_back(directory, ["fw1"]))


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ({"failed": True, "msg": "It refuses.", "invocation": {}}, False),
        ({"failed": True, "msg": "It refuses.", "invocation": {}, "backup": "/b/1"}, True),
        ({"failed": True, "msg": "MODULE FAILURE", "module_stdout": "", "rc": 137}, True),
    ],
)
def test_a_module_that_was_killed_may_have_changed_anything(
    directory: ChangeDirectory, run: Run, answer: dict[str, t.Any], asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ActionModule, "fetched", lambda *_given: b"")
    assert run(answer)["failed"] is True
    assert results.read(directory, "fw1")["message"] == answer["msg"]
    assert asked_to_put_back(directory) is asked


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AnsibleConnectionFailure("No route to host"), "No route to host"),
        (AnsibleError("No Python there"), "No Python there"),
        (KeyError("s3cret"), "The task broke off with KeyError, a fault of the collection. Run it with -vvv to see"),
    ],
)
def test_a_task_that_breaks_off_leaves_its_reason(
    directory: ChangeDirectory, run: Run, error: Exception, message: str
) -> None:
    with pytest.raises(type(error)):
        run(error)
    found = results.read(directory, "fw1")
    assert found["stage"] == "failed"
    assert found["message"].startswith(message)
    assert asked_to_put_back(directory)


def test_what_a_run_that_was_cut_off_may_have_changed_is_asked_whatever_the_next_one_says(
    directory: ChangeDirectory, run: Run
) -> None:
    run({"failed": True, "msg": "It refuses.", "invocation": {}})
    run({"failed": True, "msg": "It refuses again.", "invocation": {}})
    assert results.read(directory, "fw1")["unchanged"] is True
    results.advance(directory, "fw1", results.APPLYING, NOW)
    run({"failed": True, "msg": "It refuses.", "invocation": {}})
    assert asked_to_put_back(directory)


def test_an_option_that_is_missing_is_told_and_has_changed_nothing(directory: ChangeDirectory, run: Run) -> None:
    found = run(AnsibleActionFail("missing required arguments: host"))
    assert found == {"failed": True, "msg": "missing required arguments: host"}
    assert results.read(directory, "fw1")["message"] == "missing required arguments: host"
    assert not asked_to_put_back(directory)
