# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of every ``<engine>_allowlist``: select, compile, judge the losses, talk to the module."""

from __future__ import annotations

import abc
import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    AcceptanceError,
    Artefact,
    judge,
    parse_acceptances,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import Selection, select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, EndpointError, merge
from ansible_collections.managed_desktop.network.plugins.plugin_utils._run_cache import key_of, remembered

SELECTION_OPTIONS: t.Final = (
    "sources",
    "edition",
    "services",
    "tenant",
    "treatments",
    "required_only",
    "format",
    "endpoints",
)
DEFAULT_SOURCES: t.Final = ("managed_desktop",)


class Compiled(t.NamedTuple):
    """What the run cache keeps beside the artefacts: all that the result says of the list."""

    digests: dict[str, str]
    needs: dict[str, t.Any]
    facts: dict[str, t.Any]
    warnings: list[str]


def selected(arguments: t.Mapping[str, t.Any], find_file: t.Callable[[str], str]) -> Selection:
    """Return the endpoints that a task's selection options ask for; an inline list is merged with the sources.

    Raises:
        CatalogueError: a source or filter is unknown, or a file has faults.
        EndpointError: the inline list has a fault; the message names the item.
    """
    inline = arguments.get("endpoints")
    sources = arguments.get("sources") or ([] if inline is not None else list(DEFAULT_SOURCES))
    found = Selection((), (), (), ())
    if sources:
        found = select(
            [sources] if isinstance(sources, (str, dict)) else sources,
            edition=arguments.get("edition") or "latest",
            services=arguments.get("services"),
            tenant=arguments.get("tenant"),
            treatments=arguments.get("treatments"),
            required_only=bool(arguments.get("required_only")),
            format=arguments.get("format") or "auto",
            find_file=find_file,
        )
    if inline is None:
        return found
    if not isinstance(inline, list):
        raise EndpointError("endpoints: give a list of endpoints")
    own = [_inline_endpoint(item, f"endpoints[{number}]") for number, item in enumerate(inline)]
    return Selection(tuple(merge([*found.endpoints, *own])), found.editions, found.warnings, found.left_out)


def _inline_endpoint(item: t.Any, where: str) -> Endpoint:
    if isinstance(item, str):
        return Endpoint.from_dict({"host": item}, where)
    if isinstance(item, dict):
        return Endpoint.from_dict(item, where)
    raise EndpointError(f"{where}: {ascii(str(item))[:80]} is neither a name nor a mapping")


def named_files(arguments: t.Mapping[str, t.Any], find_file: t.Callable[[str], str]) -> list[str]:
    """Return the paths of the user's files among the sources, for the cache key."""
    files = []
    for item in arguments.get("sources") or ():
        name = item.get("source") if isinstance(item, dict) else item
        if isinstance(name, str) and ("/" in name or "." in name):
            files.append(find_file(name))
    return files


class AllowlistAction(ActionBase, abc.ABC):
    """The flow of one task; an engine adds its dialect."""

    _supports_check_mode = True
    _supports_diff = True

    module: str
    dialect_options: tuple[str, ...]

    @abc.abstractmethod
    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        """Return the artefact of each variant of device; raises `ValueError` where an option does not fit."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        own = {key: arguments.pop(key) for key in (*SELECTION_OPTIONS, "accept_loss") if key in arguments}
        if arguments.get("state", "present") != "present" or arguments.get("restore") is not None:
            result.update(self._execute_module(self.module, module_args=arguments, task_vars=task_vars))
            return result
        try:
            accepted = parse_acceptances(own.get("accept_loss"))
            key, make = self._plan(own, arguments)
            compiled = Compiled(**json.loads(remembered(key, make, "facts")))
        except (CatalogueError, EndpointError, AcceptanceError, ValueError) as error:
            raise AnsibleActionFail(str(error)) from error
        arguments.update(
            digests=compiled.digests,
            needs=compiled.needs,
            accepted_properties=[item.subject for item in accepted if item.is_property],
        )
        answer = self._execute_module(self.module, module_args=arguments, task_vars=task_vars)
        needed = answer.get("artefact_needed")
        if needed:
            arguments["artefact"] = remembered(key, make, f"artefact-{needed}")
            answer = self._execute_module(self.module, module_args=arguments, task_vars=task_vars)
        result.update(answer)
        result.pop("artefact_needed", None)
        result.get("invocation", {}).pop("module_args", None)
        self._report(result, compiled)
        return result

    def _plan(self, own: dict[str, t.Any], arguments: dict[str, t.Any]) -> tuple[str, t.Callable[[], dict[str, str]]]:
        def find_file(name: str) -> str:
            return str(self._find_needle("files", name))

        options = {name: arguments.get(name) for name in self.dialect_options}
        key = key_of([self.module, own, options], named_files(own, find_file))

        def make() -> dict[str, str]:
            selection = selected(own, find_file)
            artefacts = self.compile(selection.endpoints, options)
            first = next(iter(artefacts.values()))
            judge(first.losses, parse_acceptances(own.get("accept_loss")))
            facts = {
                "losses": [loss.to_dict() for loss in first.losses],
                "accepted": own.get("accept_loss") or [],
                "editions": [_edition_facts(edition) for edition in selection.editions],
                "endpoints": len(selection.endpoints),
                "entries": first.entries,
                "covered": len(first.covered_by),
            }
            digests = {variant: artefact.digest for variant, artefact in artefacts.items()}
            compiled = Compiled(digests, first.needs, facts, list(selection.warnings))
            parts = {f"artefact-{variant}": artefact.packed() for variant, artefact in artefacts.items()}
            return {**parts, "facts": json.dumps(compiled._asdict())}

        return key, make

    def _report(self, result: dict[str, t.Any], compiled: Compiled) -> None:
        site = result.pop("site_losses", [])
        result.update(compiled.facts)
        result["losses"] = [*compiled.facts["losses"], *site]
        warnings = [*compiled.warnings, *result.pop("site_warnings", [])]
        if warnings:
            result["warnings"] = [*result.get("warnings", []), *warnings]


def _edition_facts(edition: t.Any) -> dict[str, t.Any]:
    return {"source": edition.source, "edition": edition.id, "status": edition.status}
