# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.info import PLANNING_OPTIONS
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.plan_codec import encode
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    AcceptanceError,
    parse_acceptances,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selected import editions_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import FindFile
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.frozen import thaw_endpoints
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.record import seen_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, EndpointError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._probes import Options, PlanError, plan
from ansible_collections.managed_desktop.network.plugins.plugin_utils._run_cache import key_of, remembered
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import (
    named_files,
    read_options,
    selected_some,
)

MODULE: t.Final = "managed_desktop.network.reachability_info"


class ActionModule(ActionBase):
    """Plans the probes on the controller, once for all hosts of a run, and sends them as one opaque text."""

    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        own = {key: arguments.pop(key) for key in PLANNING_OPTIONS if key in arguments}
        try:
            seen = seen_of(own.pop("record", None))
            if seen is None:
                return {**result, **self._probed(own, arguments, task_vars)}
            seen.begin()
            own["frozen"] = seen.endpoints()
            found = self._probed(own, arguments, task_vars)
            seen.tell(found)
        except ChangeError as error:
            raise AnsibleActionFail(str(error)) from error
        return {**result, **found}

    def _probed(self, own: dict[str, t.Any], arguments: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        facts: dict[str, t.Any] = {}
        if own.get("sources") or own.get("endpoints") or own.get("frozen"):
            if arguments.get("probes") or arguments.get("plan"):
                raise AnsibleActionFail("Give either probes, or sources and endpoints to plan them from, not both.")
            try:
                arguments["plan"], facts = self._planned(own)
            except (AcceptanceError, CatalogueError, EndpointError, PlanError) as error:
                raise AnsibleActionFail(str(error)) from error
        elif any(own.values()):
            name = next(name for name in PLANNING_OPTIONS if own.get(name))
            raise AnsibleActionFail(f"{name}: chooses among endpoints, but neither sources nor endpoints are given.")
        result: dict[str, t.Any] = self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars)
        result.get("invocation", {}).pop("module_args", None)
        warnings = facts.pop("warnings", [])
        if warnings:
            result["warnings"] = [*result.get("warnings", []), *warnings]
        result.update(facts)
        return result

    def _planned(self, own: dict[str, t.Any]) -> tuple[str, dict[str, t.Any]]:
        def find_file(name: str) -> str:
            return str(self._find_needle("files", name))

        chosen = read_options(own, PLANNING_OPTIONS)

        def make() -> dict[str, str]:
            endpoints, editions, warnings = _selected(chosen, find_file)
            options = Options(
                tuple(chosen["denied_names"] or ()), chosen["lab"], tuple(parse_acceptances(chosen["accept_loss"]))
            )
            planned = plan(endpoints, options)
            facts = {"unprobed": planned.unprobed, "editions": editions, "warnings": warnings}
            return {"plan": encode(planned.probes), "facts": json.dumps(facts)}

        key = key_of([MODULE, chosen], named_files(chosen, find_file))
        return remembered(key, make, "plan"), json.loads(remembered(key, make, "facts"))


def _selected(chosen: dict[str, t.Any], find_file: FindFile) -> tuple[t.Sequence[Endpoint], list[t.Any], list[str]]:
    """Return the endpoints to ask for, their editions and warnings: those that a plan kept, or what is selected now."""
    if chosen["frozen"] is not None:
        kept, editions = thaw_endpoints(chosen["frozen"])
        return [Endpoint.from_dict(item) for item in kept], editions, []
    selection = selected_some(chosen, find_file)
    return selection.endpoints, editions_of(selection), list(selection.warnings)
