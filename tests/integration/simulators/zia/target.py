# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zscaler Internet Access as the harness of faults disturbs it."""

from __future__ import annotations

import copy
import dataclasses
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import ListAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.options import (
    ZIA_INFO_OPTIONS,
    ZIA_OPTIONS,
    tenant_from,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import zia
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

from lab.simulators.zia import CLIENT, KEY, PASSWORD, SECRET, USER, VANITY, Zia
from lab.simulators.zia.activation import Config
from tests.integration.simulators.target import ApiTarget, Json

LIST: t.Final = "managed_desktop"
APART: t.Final = "managed_desktop not inspected"


class ZiaTarget(ApiTarget):
    """A tenant with a colleague's category and a URL that he exempted."""

    platform = "zia"
    options = ZIA_OPTIONS
    info_options = ZIA_INFO_OPTIONS
    secrets = (PASSWORD, KEY, SECRET)
    simulator: Zia
    more: t.ClassVar[Json] = {}

    def fresh(self) -> None:
        if hasattr(self, "simulator"):
            self.simulator.close()
        self.place = Path(tempfile.mkdtemp(dir=self.directory))
        self.simulator = Zia(self.directory)
        self.simulator.activation.takes = 2
        self.simulator.add(configuredName="Theirs", keywords=["minecraft"], urls=["theirs.example.org"])
        self.simulator.edit(lambda config: config.exempted.append("portal.example.org"), activate=True)

    def make(self, params: t.Mapping[str, t.Any], progress: Progress) -> ListAppliance:
        return tenant_from(params, progress)

    def compile(self, endpoints: t.Sequence[Endpoint], params: Json) -> dict[str, Artefact]:
        return {"list": zia.compile(endpoints, zia.Options.from_dict(params))}

    def credentials(self) -> Json:
        return {"username": USER, "password": PASSWORD, "api_key": KEY, "backup_dir": str(self.place), **self.more}

    def running(self) -> frozenset[str]:
        named = {"allow": LIST, "bypass_inspection": APART}
        found = {key: (self.simulator.named(name) or {}).get("urls", []) for key, name in named.items()}
        found["bypass_authentication"] = [url for url in self.simulator.active.exempted if not url.endswith(".org")]
        return frozenset(f"{key} {url}" for key, urls in found.items() for url in urls)

    def foreign(self) -> object:
        activation = self.simulator.activation
        found = [_of_others(config) for config in (activation.saved, activation.active)]
        return copy.deepcopy((found, activation.editing - {USER, CLIENT}))

    def _managed(self, *given: t.Any) -> Json:
        self._sessions_before = set(self.simulator.logins.sessions)
        return super()._managed(*given)

    def leftovers(self) -> list[str]:
        """Of the last run: a session that a run could not end, or never learned of, ends by itself in five minutes."""
        activation = self.simulator.activation
        pending = (activation.editing | activation.queued) & {USER, CLIENT}
        sessions = [
            f"session of {session.admin}"
            for mark, session in self.simulator.logins.sessions.items()
            if session.used and mark not in self._sessions_before
        ]
        staged = [str(path) for path in self.place.rglob(".zia.json.*")]
        return [*(f"pending changes of {admin}" for admin in pending), *sessions, *staged]


class OneApiTarget(ZiaTarget):
    """The same by a token, with a category of its own for what is not inspected, and exempted URLs."""

    platform = "zia-oneapi"

    def credentials(self) -> Json:
        return {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "vanity_domain": VANITY,
            "login_host": f"{self.simulator.address}:{self.simulator.port}",
            "backup_dir": str(self.place),
            "inspection_category": APART,
            "exempt_authentication": True,
            **self.more,
        }

    def compile(self, endpoints: t.Sequence[Endpoint], params: Json) -> dict[str, Artefact]:
        """Wildcards need no login, and names that change are not inspected: so all parts of the list change."""
        return super().compile([dataclasses.replace(e, treatments=_treatments(e.subject)) for e in endpoints], params)


def _treatments(name: str) -> frozenset[str]:
    more = "bypass_authentication" if name.startswith("*") else "bypass_inspection"
    return frozenset({"allow"} if name.startswith("both") else {"allow", more})


def _of_others(config: Config) -> object:
    named = {category["configuredName"]: category for category in config.categories.values()}
    theirs = {name: category for name, category in named.items() if name not in (LIST, APART)}
    return theirs, sorted(url for url in config.exempted if url.endswith(".org"))
