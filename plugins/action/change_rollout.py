# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.module_utils._change_options import ROLLOUT_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import lease, steps
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import Policy
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.rollout import Batch, Verdict
from ansible_collections.managed_desktop.network.plugins.plugin_utils._text_table import shortened

Plain = dict[str, t.Any]


class ActionModule(ActionBase):
    """One step of a run of a change, on the controller."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> Plain:
        result: Plain = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(ROLLOUT_OPTIONS)
        step = {
            "begin": self._begin,
            "proceed": self._proceed,
            "judge": self._judge,
            "undo": self._undo,
            "end": self._end,
        }[options["step"]]
        try:
            scene = steps.Scene(
                appliances=tuple(options["appliances"]),
                behind={host: tuple(names or ()) for host, names in options["behind"].items()},
                run=lease.this_run(),
                now=datetime.datetime.now(datetime.timezone.utc),
                writing=not self._task.check_mode,
            )
            if options["step"] == "begin" and not options["change"]:
                steps.refuse_beside(Path(options["change_dir"]), scene)
                return {**result, "changed": False}
            directory = ChangeDirectory.of(options["change_dir"], options["change"])
            result.update({"changed": False, **step(directory, scene, options)})
        except ChangeError as error:
            raise AnsibleActionFail(str(error)) from error
        return result

    @staticmethod
    def _begin(directory: ChangeDirectory, scene: steps.Scene, options: Plain) -> Plain:
        return steps.begin(directory, _policy(options), scene, options["moved"] == "skip")

    @staticmethod
    def _proceed(directory: ChangeDirectory, scene: steps.Scene, options: Plain) -> Plain:
        steps.proceed(directory, options["batch"] or 0, _policy(options), scene)
        return {}

    @staticmethod
    def _judge(directory: ChangeDirectory, scene: steps.Scene, options: Plain) -> Plain:
        batch = Batch(options["batch"] or 0, scene.appliances)
        if options["confirmed"]:
            verdict = steps.judge_confirmed(directory, batch, scene, options["max_failed"])
            asked = steps.to_leave_out if verdict.stands else steps.to_take_back
            said = "It is confirmed." if verdict.stands else "It could not be confirmed, and is taken back."
            return {**verdict._asdict(), "take_back": asked(directory, batch.appliances), "said": said}
        verdict = steps.judge(directory, batch, scene, options["max_failed"], options["fail_on_unknown"])
        take_back = [] if verdict.stands else steps.to_take_back(directory, batch.appliances)
        return {**verdict._asdict(), "take_back": take_back, "said": _said(verdict, directory, scene)}

    @staticmethod
    def _undo(directory: ChangeDirectory, scene: steps.Scene, options: Plain) -> Plain:
        take_back = steps.undo(directory, scene, options["force"])
        others = steps.not_in_run(directory, scene)
        if not others:
            return {"take_back": take_back, "not_in_run": others}
        whose = f"This run does not have all that change {directory.id} has changed"
        said = f"{whose}, and leaves as it is: {shortened(others)}."
        return {"take_back": take_back, "not_in_run": others, "warnings": [said]}

    @staticmethod
    def _end(directory: ChangeDirectory, scene: steps.Scene, _options: Plain) -> Plain:
        return steps.end(directory, scene)


def _policy(options: Plain) -> Policy:
    return Policy(options["require_approval"], options["allowed_signers"] or "", options["four_eyes"])


def _said(verdict: Verdict, directory: ChangeDirectory, scene: steps.Scene) -> str:
    counts = verdict.probed
    seen = "No test host is behind it."
    if counts["test_hosts"]:
        told = ", ".join(f"{counts[name]} {name}" for name in ("passed", "failed", "unknown"))
        later = f" Of these, {counts['waiting']} wait for appliances of later batches." if counts["waiting"] else ""
        seen = f"{counts['probes']} probes from {counts['test_hosts']} test hosts: {told}.{later}"
    if not verdict.stands:
        return f"It does not stand, and is taken back. {seen}"
    return f"It stands. {seen} {steps.progress(directory, scene.now)}"
