# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import datetime
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.module_utils._change_options import DRIFT_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _drift
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeError,
    Plain,
    read_json,
    write_report,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.drift import failing, look
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.record import look_file
from ansible_collections.managed_desktop.network.plugins.plugin_utils._drift_outputs import to_junit, to_metrics

_WRITERS: t.Final[dict[str, t.Callable[[Plain], str]]] = {
    "drift.json": _drift.to_json,
    "drift.xml": to_junit,
    "drift.prom": to_metrics,
}
_KEPT: t.Final = ("state", "kind", "first_seen", "unknown_since", "whose", "agreed")


class ActionModule(ActionBase):
    """Sums up what the tasks of this run told of their appliances, on the controller."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(DRIFT_OPTIONS)
        root = Path(options["change_dir"]) if options["change_dir"] else None
        try:
            told = self._told(options, task_vars or {})
            now = datetime.datetime.now(datetime.timezone.utc)
            report = look(told, root, now, writing=not self._task.check_mode)
            if options["report_dir"] and not self._task.check_mode:
                for name, write in _WRITERS.items():
                    write_report(Path(options["report_dir"]) / name, write(report))
        except ChangeError as error:
            raise AnsibleActionFail(str(error)) from error
        result.update(
            changed=False,
            appliances={name: _short(found) for name, found in report["appliances"].items()},
            counts=report["counts"],
            text=_drift.to_text(report).splitlines(),
            failing=failing(report, told),
        )
        return result

    def _told(self, options: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> dict[str, Plain]:
        """Return what each appliance told; of a play in batches, those whose turn has not come are left out."""
        expected = options["appliances"] if options["expected"] is None else options["expected"]
        told: dict[str, Plain] = {}
        for name in options["appliances"]:
            try:
                told[name] = read_json(look_file(name))
            except FileNotFoundError:
                if name in expected:
                    told[name] = {"message": _why(options["failures_in"], name, task_vars)}
        if len(told) == len(set(options["appliances"])):
            for name in told:  # another play of this run must not take them for its own
                with contextlib.suppress(FileNotFoundError):
                    look_file(name).unlink()
        return told


def _why(variable: str | None, name: str, task_vars: t.Mapping[str, t.Any]) -> str:
    """Return why an appliance told nothing, as far as it is known."""
    failure = task_vars["hostvars"][name].get(variable) if variable else None
    said = failure.get("msg") if isinstance(failure, t.Mapping) else None
    return str(said) if said else _drift.NOT_REACHED


def _short(found: Plain) -> Plain:
    counts: Plain = {side: found[side]["count"] for side in ("missing", "foreign") if side in found}
    return {**{key: found[key] for key in _KEPT if key in found}, **counts}
