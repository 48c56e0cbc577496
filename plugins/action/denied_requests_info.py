# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.module_utils._denied.options import JUDGING_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept, shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import FindFile, select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._denied.judging import (
    Judge,
    judged,
    stored_endpoints,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._denied.text import to_text
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import EndpointError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import read_options, selected_some

MODULE: t.Final = "managed_desktop.network.denied_requests_info"


class ActionModule(ActionBase):
    """Has the log counted where it stands, and judges on the controller what comes back."""

    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        own = {key: arguments.pop(key) for key in JUDGING_OPTIONS if key in arguments}

        def find_file(name: str) -> str:
            return str(self._find_needle("files", name))

        try:
            options = read_options(own, JUDGING_OPTIONS)
            judge, odd = _judge(options, find_file)
        except (CatalogueError, EndpointError) as error:
            raise AnsibleActionFail(str(error)) from error
        found = self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars)
        result.update(found)
        if found.get("failed") or "denied" not in found:
            return result
        report = judged(judge, result.pop("denied"), options["limit"])
        if odd:
            entries = f"{', '.join(odd[:5])}{' and more' if len(odd) > 5 else ''}"
            report["warnings"] = [
                *result.get("warnings", []),
                f"entries: These are none and count as absent: {entries}.",
            ]
        result.update(report, changed=False, text=to_text(report).splitlines())
        return result


def _judge(options: dict[str, t.Any], find_file: FindFile) -> tuple[Judge, list[str]]:
    """Return the judge that the options describe, and the entries among them that are none."""
    directory = options["catalogue_dir"]
    names = sorted({*shipped.sources(), *(kept.sources(directory) if directory else ())})
    everything = select(
        names, find_file=find_file, tenant=options["tenant"], instance=options["instance"], catalogue_dir=directory
    )
    stored, odd = (None, []) if options["entries"] is None else stored_endpoints(options["entries"])
    return Judge.of(selected_some(options, find_file), everything, stored, options["denied_names"]), odd
