# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the harness of faults needs of a platform that is managed through an API: one class for each, and it joins in.

The module's flow runs in the test's own process, as it does in that of the action plugin.
"""

from __future__ import annotations

import abc
import typing as t
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress, nobody
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import ListAppliance, manage, report
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

from lab.simulators.server import Simulator

Json = dict[str, t.Any]

OLD = ("old.example.com", "*.old.example.net", "both.example.org")
NEW = ("new.example.com", "*.new.example.net", "both.example.org")


class Refused(Exception):
    """The module failed; the text is its message."""


class ApiTarget(abc.ABC):
    """One simulated device, and the appliance that manages a list on it.

    `options` and `info_options` are the modules' argument specifications; `secrets` are texts of the credentials that
    no message may hold.
    """

    platform: t.ClassVar[str]
    options: t.ClassVar[Json]
    info_options: t.ClassVar[Json]
    secrets: t.ClassVar[tuple[str, ...]]
    simulator: Simulator

    def __init__(self, directory: Path) -> None:
        """Keep certificates and back-ups below `directory`; `fresh` makes the device."""
        self.directory = directory

    @abc.abstractmethod
    def fresh(self) -> None:
        """A device in its first state: without a list of ours, with work of others, pending where it can be."""

    @abc.abstractmethod
    def make(self, params: t.Mapping[str, t.Any], progress: Progress) -> ListAppliance:
        """Make the appliance, as the action plugin does."""

    @abc.abstractmethod
    def compile(self, endpoints: t.Sequence[Endpoint], params: Json) -> dict[str, Artefact]:
        """Compile, as the action plugin does."""

    @abc.abstractmethod
    def credentials(self) -> Json:
        """Return the options by which the simulator lets us in."""

    @abc.abstractmethod
    def running(self) -> frozenset[str]:
        """Return the entries of our list that the device runs, read from its memory; empty without a list."""

    @abc.abstractmethod
    def foreign(self) -> object:
        """Return all that is on the device and not ours, stored and running and pending, to be compared."""

    @abc.abstractmethod
    def leftovers(self) -> list[str]:
        """Return what a finished run has no use for: locks, sessions and staged changes of ours."""

    def compiled(self, *names: str, **more: t.Any) -> dict[str, Artefact]:
        """Return the artefacts of a list of names."""
        return self.compile([endpoint_of(name) for name in names], self.params(**more))

    def entries(self, *names: str) -> frozenset[str]:
        """Return what `running` gives once the list of these names is in force."""
        artefact = next(iter(self.compiled(*names).values()))
        appliance = self.make(self.params(), nobody)
        return frozenset(appliance.entries_of(artefact.content))

    def params(self, **more: t.Any) -> Json:
        """Return the module's options as checked."""
        given = {
            "host": self.simulator.address,
            "port": self.simulator.port,
            "ca_path": str(self.simulator.ca_path),
            "backup_dir": str(self.directory / "backups"),
            **self.credentials(),
            **more,
        }
        return checked(self.options, given)

    def present(self, *names: str, check: bool = False, diff: bool = False, **more: t.Any) -> Json:
        """Set the list to these names.

        Raises:
            Refused: the module failed.
        """
        return self.set(self.told(self.compiled(*names, **more)), check, diff, **more)

    def told(self, artefacts: dict[str, Artefact]) -> tuple[Json, dict[str, str]]:
        """Return what an action plugin tells of a list, and the list itself as it goes its way."""
        facts = {
            "digests": {variant: artefact.digest for variant, artefact in artefacts.items()},
            "needs": next(iter(artefacts.values())).needs,
            "accepted_properties": [],
            "accepted_ports": [],
        }
        return facts, {variant: artefact.packed() for variant, artefact in artefacts.items()}

    def set(self, told: tuple[Json, dict[str, str]], check: bool = False, diff: bool = False, **more: t.Any) -> Json:
        """Set a list that was compiled before.

        Raises:
            Refused: the module failed.
        """
        facts, packed = told
        return self._managed({**self.params(**more), **facts}, check, diff, packed.__getitem__)

    def absent(self, check: bool = False, **more: t.Any) -> Json:
        """Remove the list."""
        return self._managed(self.params(state="absent", **more), check, False, None)

    def restored(self, which: str = "latest", **more: t.Any) -> Json:
        """Put a back-up back."""
        return self._managed(self.params(restore=which, **more), False, False, None)

    def _managed(self, params: Json, check: bool, diff: bool, deliver: t.Callable[[str], str] | None) -> Json:
        try:
            done = manage(lambda given: self.make(given, nobody), params, check, diff, deliver)
        except ReconcileError as error:
            raise self._refused(error) from error
        assert self.leaked(done) == []
        return done

    def info(self, **more: t.Any) -> Json:
        """Read the list."""
        own = {key: value for key, value in self.params().items() if key in self.info_options and value is not None}
        try:
            found = report(lambda given: self.make(given, nobody), checked(self.info_options, {**own, **more}))
        except ReconcileError as error:
            raise self._refused(error) from error
        assert self.leaked(found) == []
        return found

    def _refused(self, error: ReconcileError) -> Refused:
        assert self.leaked(f"{error} {error.facts}") == []
        return Refused(str(error))

    def leaked(self, said: object) -> list[str]:
        """Return what a message or a result says of the credentials, and of what the device gave for them."""
        return sorted(secret for secret in {*self.secrets, *self.simulator.issued} if secret in str(said))


def endpoint_of(name: str) -> Endpoint:
    """Return an endpoint of a host for HTTPS."""
    return Endpoint.from_dict({"host": name, "service": "Test", "tcp_ports": [443]})


def checked(options: Json, given: Json) -> Json:
    """Return options as a module would have them."""
    result = ArgumentSpecValidator(options).validate(given)
    assert not result.error_messages, result.error_messages
    return dict(result.validated_parameters)
