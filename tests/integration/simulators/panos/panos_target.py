# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated firewall, or Panorama, and the appliance that manages a list on it."""

from __future__ import annotations

import dataclasses
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import ListAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.options import (
    INFO_OPTIONS,
    MANAGE_OPTIONS,
    panos_from,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import panos
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Endpoint,
)

from lab.simulators.panos import Managed, Panos
from tests.integration.simulators.target import ApiTarget, Json

PASSWORD: t.Final = "s3cret-Pa55"
LIST: t.Final = "managed_desktop"
HERS: t.Final = "<entry name='{}'><list><member>hers.example/</member></list></entry>"


class PanosTarget(ApiTarget):
    """A firewall with a category of alice's that runs, and another one that she has not committed."""

    platform = "panos"
    options = MANAGE_OPTIONS
    info_options = INFO_OPTIONS
    secrets = (PASSWORD, "LUFRPT")
    simulator: Panos

    def fresh(self) -> None:
        if hasattr(self, "simulator"):
            self.simulator.close()
        self.simulator = self.device()
        above = f"{self.root}/profiles/custom-url-category"
        for name in ("hers", "pending"):
            xpath = f"{above}/entry[@name='{name}']"
            self.simulator.config.edit(xpath, HERS.format(name), "alice")
            if name == "hers":
                assert self.simulator.commit_as("alice") == []
        if self.simulator.is_panorama:
            self.simulator.unpushed.clear()
            for members in self.simulator.groups.values():
                for one in members:
                    assert one.take(self.simulator.group_config("branch"), None, 5) == []

    def device(self) -> Panos:
        return Panos(self.directory)

    @property
    def root(self) -> str:
        return "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']"

    def make(self, params: t.Mapping[str, t.Any], progress: Progress) -> ListAppliance:
        return panos_from(params, progress)

    def compile(self, endpoints: t.Sequence[Endpoint], params: Json) -> dict[str, Artefact]:
        return {"list": panos.compile(endpoints, panos.Options.from_dict(params))}

    def credentials(self) -> Json:
        return {"username": "automation", "password": PASSWORD}

    def running(self) -> frozenset[str]:
        return members_of(self.simulator.config.running)

    def stored(self) -> frozenset[str]:
        return members_of(self.simulator.config.candidate)

    def foreign(self) -> object:
        return (
            [without_ours(tree) for tree in (self.simulator.config.running, self.simulator.config.candidate)],
            sorted((one.xpath, one.owner) for one in self.simulator.config.changes.values() if one.owner == "alice"),
            [lock for lock in self.simulator.locks.held if lock.admin == "alice"],
        )

    def leftovers(self) -> list[str]:
        locks = [str(lock) for lock in self.simulator.locks.held if lock.admin == "automation"]
        changes = [one.xpath for one in self.simulator.config.changes.values() if one.owner == "automation"]
        return locks + changes


class RulesTarget(PanosTarget):
    """A firewall whose rules are ours as well; the old list has names without a login, the new one without inspection.

    So a change makes a category and a rule, moves it, edits others and takes some away, in one request.
    """

    platform = "panos-rules"

    def credentials(self) -> Json:
        return {**super().credentials(), "access_rules": "managed"}

    def compile(self, endpoints: t.Sequence[Endpoint], params: Json) -> dict[str, Artefact]:
        return super().compile([_treated(endpoint) for endpoint in endpoints], params)

    def entries(self, *names: str) -> frozenset[str]:
        content = next(iter(self.compiled(*names).values())).content
        listed = {f"{name}: {entry}" for name, entries in content["categories"].items() for entry in entries}
        used = {
            f"{base} {name} uses {category}"
            for base, rules in content["rules"].items()
            for name, fields in rules.items()
            for category in fields["category"]
        }
        return frozenset(listed | used)

    def running(self) -> frozenset[str]:
        found = set()
        for kind, place, said in (
            ("custom-url-category", "list/member", "{name}: {member}"),
            ("security/rules", "category/member", "security {name} uses {member}"),
            ("decryption/rules", "category/member", "decryption {name} uses {member}"),
            ("authentication/rules", "category/member", "authentication {name} uses {member}"),
        ):
            for entry in self.simulator.config.running.findall(f".//{kind}/entry"):
                name = entry.get("name") or ""
                if name.startswith(LIST):
                    found |= {said.format(name=name, member=one.text) for one in entry.findall(place)}
        return frozenset(found)


def _treated(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint with a treatment that only one of the two lists has."""
    more = {"old": BYPASS_AUTHENTICATION, "new": BYPASS_INSPECTION}
    treatments = {treatment for word, treatment in more.items() if word in endpoint.subject}
    return dataclasses.replace(endpoint, treatments=frozenset({ALLOW, *treatments}))


class PanoramaTarget(PanosTarget):
    """A device group of a Panorama with two firewalls."""

    platform = "panorama"

    def device(self) -> Panos:
        self.firewalls = [Managed("0001", "fw-a"), Managed("0002", "fw-b")]
        return Panos(self.directory, groups={"branch": self.firewalls})

    @property
    def root(self) -> str:
        return "/config/devices/entry[@name='localhost.localdomain']/device-group/entry[@name='branch']"

    def credentials(self) -> Json:
        return {**super().credentials(), "device_group": "branch"}

    def running(self) -> frozenset[str]:
        """What the firewalls have; that they differ counts as neither list."""
        found = {members_of(one.has) for one in self.firewalls}
        return found.pop() if len(found) == 1 else frozenset(["the firewalls differ"])


def members_of(tree: ET.Element | None) -> frozenset[str]:
    path = f".//custom-url-category/entry[@name='{LIST}']/list/member"
    return frozenset(one.text or "" for one in tree.findall(path)) if tree is not None else frozenset()


def without_ours(tree: ET.Element) -> object:
    """The tree as nested tuples, without what is ours and without what is empty."""
    if (tree.get("name") or "").startswith(LIST):
        return None
    inner = [shown for shown in map(without_ours, tree) if shown is not None]
    text = (tree.text or "").strip()
    if not inner and not text and tree.get("name") is None:
        return None
    return tree.tag, tree.get("name"), text, inner
