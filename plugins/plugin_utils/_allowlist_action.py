# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of every ``<engine>_allowlist``: select, compile, judge the losses, talk to the module."""

from __future__ import annotations

import abc
import base64
import json
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import Deliver
from ansible_collections.managed_desktop.network.plugins.module_utils._package import unpack
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    ACCEPTANCE_OPTIONS,
    CHANGE_OPTIONS,
    SELECTION_OPTIONS,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    AcceptanceError,
    Artefact,
    judge,
    parse_acceptances,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selected import editions_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError, write_bytes
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.frozen import Frozen, freeze, thaw
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.place import place_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.record import LONG, Record, record_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import told
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, EndpointError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._run_cache import key_of, remembered
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import (
    named_files,
    read_options,
    selected,
    selected_some,
)

_CHOSEN_HERE: t.Final = (*SELECTION_OPTIONS, *ACCEPTANCE_OPTIONS, *CHANGE_OPTIONS)
"""The options that a module never sees."""


def _broken_off(error: Exception) -> str:
    """Return why a task did not come to its end; what a fault of ours says is not for people, and may hold anything."""
    if isinstance(error, (AnsibleError, ChangeError)):
        return str(error)
    return f"The task broke off with {type(error).__name__}, a fault of the collection. Run it with -vvv to see where."


class Compiled(t.NamedTuple):
    """What the run cache keeps beside the artefacts: all that the result says of the list."""

    digests: dict[str, str]
    needs: dict[str, t.Any]
    facts: dict[str, t.Any]
    warnings: list[str]


class List(t.NamedTuple):
    """The list that a task is about: what is said of it, where its variants come from, and where it was frozen."""

    compiled: Compiled
    deliver: Deliver
    frozen: dict[str, t.Any] | None = None


class AllowlistAction(ActionBase, abc.ABC):
    """The flow of one task; an engine adds its dialect."""

    _supports_check_mode = True
    _supports_diff = True
    _heard = True

    module: str
    dialect_options: tuple[str, ...]
    place_options: tuple[str, ...]
    """Which options say where the list is, so that an approved one is set nowhere else."""

    internal: t.ClassVar[tuple[str, ...]] = ("digests", "needs", "accepted_properties", "accepted_ports", "artefact")
    """What the module is told besides what the task says."""

    @abc.abstractmethod
    def compile(self, endpoints: t.Sequence[Endpoint], arguments: t.Mapping[str, t.Any]) -> dict[str, Artefact]:
        """Return the artefact of each variant of device; raises `ValueError` where an option does not fit."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        own = {key: arguments.pop(key) for key in _CHOSEN_HERE if key in arguments}
        host = str((task_vars or {}).get("inventory_hostname", ""))
        try:
            record = record_of(own.get("record"), host, self.module, writing=not self._task.check_mode)
            if record is None:
                result.update(self._done(own, arguments, task_vars))
            else:
                record.begin()
                try:
                    result.update(self._recorded(record, own, arguments, task_vars))
                except AnsibleConnectionFailure as error:
                    record.not_reached(str(error))
                    raise
                except Exception as error:
                    record.tell({"failed": True, "msg": _broken_off(error)}, heard=False)
                    raise
                record.tell(result, self._heard)
                if not record.foresees():
                    result["changed"] = False
                for key in LONG:
                    result.pop(key, None)
        except ChangeError as error:
            raise AnsibleActionFail(str(error)) from error
        return result

    def _recorded(
        self, record: Record, own: dict[str, t.Any], arguments: dict[str, t.Any], task_vars: t.Any
    ) -> dict[str, t.Any]:
        """Do what the change says, and keep the back-up for it."""
        if record.has_nothing_to_do():
            return {"changed": False}
        place = place_of(self.place_options, arguments, task_vars or {})
        wrong = record.elsewhere(place)
        if wrong is not None:
            return {"failed": True, "msg": wrong}
        given = record.arguments()
        own.update((key, given.pop(key)) for key in CHANGE_OPTIONS if key in given)
        result = self._done(own, {**arguments, **given}, task_vars)
        result["place"] = place
        if own.get("frozen") is not None and "editions" in result:
            result["warnings"] = [*result.get("warnings", []), *self._catalogue_moved(own, result["editions"])]
        copy = record.backup()
        if copy is not None and result.get("backup"):
            try:
                write_bytes(copy, self.fetched(str(result["backup"]), task_vars), private=True)
            except (ChangeError, OSError) as error:
                result.update(failed=True, msg=f"The list is set, but its back-up could not be kept: {error}")
        return result

    def _catalogue_moved(self, own: dict[str, t.Any], planned: list[dict[str, str]]) -> list[str]:
        """Warn where the sources have other editions by now: what was approved is set all the same."""

        def find_file(name: str) -> str:
            return str(self._find_needle("files", name))

        chosen = read_options(own)

        def make() -> dict[str, str]:
            return {"editions": json.dumps(editions_of(selected(chosen, find_file)))}

        try:
            now = json.loads(remembered(key_of(["editions", chosen], named_files(chosen, find_file)), make, "editions"))
        except (CatalogueError, EndpointError, AnsibleError) as error:
            return [f"What the catalogue says now is not known ({error}). The list that was planned is set."]
        if now == planned:
            return []
        moved = f"from {told(planned)} to {told(now)}"
        said = f"The catalogue has moved since the plan was made, {moved}. The list that was planned is set; "
        return [f"{said}plan another change for what is new."]

    def _done(self, own: dict[str, t.Any], arguments: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        try:
            return self._set(own, arguments, task_vars)
        except (CatalogueError, EndpointError, AcceptanceError, ChangeError, ValueError, AnsibleActionFail) as error:
            return {"failed": True, "msg": str(error)}

    def _set(self, own: dict[str, t.Any], arguments: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        if arguments.get("state", "present") != "present" or arguments.get("restore") is not None:
            return self.set_list(arguments, task_vars, None)
        wanted = self._thawed(own["frozen"]) if own.get("frozen") is not None else self._compiled(own, arguments)
        accepted = parse_acceptances(wanted.compiled.facts["accepted"])
        arguments.update(
            digests=wanted.compiled.digests,
            needs=wanted.compiled.needs,
            accepted_properties=[item.subject for item in accepted if item.is_property and not item.ports],
            accepted_ports=[span for item in accepted for span in item.ports],
        )
        result = self.set_list(arguments, task_vars, wanted.deliver)
        result.get("invocation", {}).pop("module_args", None)
        return self._reported(result, wanted)

    def set_list(self, arguments: dict[str, t.Any], task_vars: t.Any, deliver: Deliver | None) -> dict[str, t.Any]:
        """Have the list set and return the result: by the module, which gets the list only where it needs it."""
        answer = self._asked(arguments, task_vars)
        needed = answer.pop("artefact_needed", None)
        if needed and deliver is not None:
            arguments["artefact"] = deliver(needed)
            answer = self._asked(arguments, task_vars)
        return answer

    def _asked(self, arguments: dict[str, t.Any], task_vars: t.Any) -> dict[str, t.Any]:
        answer: dict[str, t.Any] = self._execute_module(self.module, module_args=arguments, task_vars=task_vars)
        # A module that comes to its end says how it was called, even where it fails; one that crashed or was killed
        # says nothing.
        self._heard = not answer.get("failed") or "invocation" in answer
        return answer

    def fetched(self, path: str, task_vars: t.Any) -> bytes:
        """Return a back-up that the module has written on its host.

        Raises:
            ChangeError: it cannot be read.
        """
        found = self._execute_module("ansible.builtin.slurp", module_args={"src": path}, task_vars=task_vars)
        if found.get("failed"):
            raise ChangeError(f"The back-up {path} cannot be copied into the change: {found.get('msg')}")
        return base64.b64decode(found["content"])

    def _thawed(self, reference: t.Any) -> List:
        """Return the list that a plan kept."""
        kept = thaw(reference)
        if kept.module != self.module:
            raise ChangeError(
                f"{reference['file']} is a list for {kept.module}, and this task is {self.module}: allowlist_platform "
                "of the appliance was changed since the plan was made. Make a new plan."
            )
        return List(Compiled(kept.digests, kept.needs, kept.facts, kept.warnings), kept.packed)

    def _compiled(self, own: dict[str, t.Any], arguments: dict[str, t.Any]) -> List:
        """Return the list that the task's options select and compile to, once in a run for all that ask alike."""
        key, make = self._plan(own, arguments)
        compiled = Compiled(**json.loads(remembered(key, make, "facts")))

        def deliver(variant: str) -> str:
            return remembered(key, make, f"artefact-{variant}")

        directory = own.get("freeze_to")
        if directory is None:
            return List(compiled, deliver)

        def keep() -> dict[str, str]:
            lists = {name: unpack(deliver(name), digest) for name, digest in compiled.digests.items()}
            frozen = Frozen(self.module, lists, compiled.needs, compiled.facts, compiled.warnings)
            return {"kept": json.dumps(freeze(Path(directory), frozen, json.loads(remembered(key, make, "endpoints"))))}

        return List(compiled, deliver, json.loads(remembered(key_of(["freeze", key, directory], ()), keep, "kept")))

    def _plan(self, own: dict[str, t.Any], arguments: dict[str, t.Any]) -> tuple[str, t.Callable[[], dict[str, str]]]:
        def find_file(name: str) -> str:
            return str(self._find_needle("files", name))

        options = {name: arguments.get(name) for name in self.dialect_options}
        chosen = read_options(own)
        accepted = own.get("accept_loss") or []
        freezing = own.get("freeze_to") is not None
        key = key_of([self.module, chosen, accepted, options, freezing], named_files(chosen, find_file))

        def make() -> dict[str, str]:
            selection = selected_some(chosen, find_file)
            artefacts = self.compile(selection.endpoints, options)
            first = next(iter(artefacts.values()))
            judge(first.losses, parse_acceptances(accepted))
            if not first.entries:
                raise CatalogueError(
                    f"None of the {len(selection.endpoints)} endpoints becomes an entry on this platform, so that "
                    "nothing would be let through. Select others; to take a list away, use state: absent."
                )
            facts = {
                "losses": [loss.to_dict() for loss in first.losses],
                "accepted": accepted,
                "editions": editions_of(selection),
                "endpoints": len(selection.endpoints),
                "entries": first.entries,
                "covered": len(first.covered_by),
            }
            digests = {variant: artefact.digest for variant, artefact in artefacts.items()}
            compiled = Compiled(digests, first.needs, facts, list(selection.warnings))
            parts = {f"artefact-{variant}": artefact.packed() for variant, artefact in artefacts.items()}
            if freezing:
                parts["endpoints"] = json.dumps([endpoint.to_dict() for endpoint in selection.endpoints])
            return {**parts, "facts": json.dumps(compiled._asdict())}

        return key, make

    def _reported(self, result: dict[str, t.Any], wanted: List) -> dict[str, t.Any]:
        """Return the module's result with what is known of the list here."""
        compiled = wanted.compiled
        site = result.pop("site_losses", [])
        result.update(compiled.facts)
        result["losses"] = [*compiled.facts["losses"], *site]
        warnings = [*compiled.warnings, *result.pop("site_warnings", [])]
        if warnings:
            result["warnings"] = [*result.get("warnings", []), *warnings]
        if wanted.frozen is not None:
            result["frozen"] = wanted.frozen
        return result
