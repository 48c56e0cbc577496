# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's own client holds its conversation with the simulated devices: what it cannot read, they may not say."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from panos.base import PanDevice
from panos.errors import PanDeviceError
from panos.firewall import Firewall, FirewallCommit
from panos.objects import CustomUrlCategory
from panos.panorama import DeviceGroup, Panorama, PanoramaCommit, PanoramaCommitAll
from panos.policies import DecryptionRule, PreRulebase, Rulebase, SecurityRule

from lab.simulators.panos import Managed, Panos, pair

Client = t.TypeVar("Client", bound=PanDevice)
URLS = [f"name-{number}.example/" for number in range(5)]


def client(kind: type[Client], device: Panos, **more: t.Any) -> Client:
    made = kind(device.address, "automation", "s3cret-Pa55", port=device.port, **more)
    made.interval = 0
    return made


@pytest.fixture()
def device(tmp_path: Path) -> t.Iterator[Panos]:
    with Panos(tmp_path) as simulator:
        yield simulator


def test_a_category_is_made_read_changed_and_committed(device: Panos) -> None:
    firewall = client(Firewall, device)
    assert firewall.refresh_system_info().version == "11.1.4"
    category = firewall.add(CustomUrlCategory("allowed", URLS, "by hand", "URL List"))
    category.create()
    assert running(device) == []
    result = firewall.commit(sync=True, exception=True)
    assert result["success"] and result["user"] == "automation"
    assert running(device) == URLS
    (found,) = CustomUrlCategory.refreshall(firewall, add=False)
    assert (found.name, found.url_value, found.description, found.type) == ("allowed", URLS, "by hand", "URL List")
    category.url_value = URLS[:2]
    category.apply()
    assert firewall.pending_changes() is True
    assert firewall.commit(sync=True, cmd=FirewallCommit("why", admins=["automation"]))["success"]
    assert running(device) == URLS[:2]
    category.delete()
    firewall.commit(sync=True)
    assert running(device) == []
    assert firewall.pending_changes() is False


def running(device: Panos, name: str = "allowed") -> list[str | None]:
    path = f".//custom-url-category/entry[@name='{name}']/list/member"
    return [member.text for member in device.config.running.findall(path)]


def test_rules_that_use_a_category_are_made_and_hold_it(device: Panos) -> None:
    firewall = client(Firewall, device)
    category = firewall.add(CustomUrlCategory("allowed", URLS))
    category.create()
    rules = firewall.add(Rulebase())
    rule = rules.add(SecurityRule("allow", category=["allowed"], action="allow"))
    rule.create()
    anybody = {
        key: ["any"] for key in ("source_zones", "destination_zones", "source_addresses", "destination_addresses")
    }
    rules.add(DecryptionRule("keep", url_categories=["allowed"], action="no-decrypt", **anybody)).create()
    assert firewall.commit(sync=True)["success"]
    assert [found.category for found in SecurityRule.refreshall(rules, add=False)] == [["allowed"]]
    with pytest.raises(PanDeviceError, match="cannot be deleted because of references from"):
        category.delete()
    rule.category = ["missing"]
    rule.apply()
    failed = firewall.commit(sync=True)
    assert not failed["success"]
    assert "category 'missing' is not a valid reference" in str(failed["messages"])
    assert running(device) == URLS


def test_a_partial_commit_leaves_what_others_changed(device: Panos) -> None:
    ours, theirs = client(Firewall, device), client(Firewall, device)
    theirs.xapi.api_key = device.key_for("alice")
    ours.add(CustomUrlCategory("allowed", URLS)).create()
    theirs.add(CustomUrlCategory("hers", URLS)).create()
    assert ours.commit(sync=True, admins="automation")["success"]
    assert (running(device), running(device, "hers")) == (URLS, [])
    assert ours.pending_changes() is True


def test_locks_are_held_against_others_and_end_with_a_commit(device: Panos) -> None:
    ours, theirs = client(Firewall, device), client(Firewall, device)
    theirs.xapi.api_key = device.key_for("alice")
    assert ours.add_config_lock("why", scope="vsys1") and ours.add_commit_lock("why", scope="vsys1")
    with pytest.raises(PanDeviceError, match="Config for scope vsys1 is currently locked"):
        theirs.add_config_lock(scope="vsys1")
    with pytest.raises(PanDeviceError, match="You already own a config lock for scope"):
        ours.add_config_lock(scope="vsys1")
    with pytest.raises(PanDeviceError, match="Configuration is locked by automation"):
        theirs.add(CustomUrlCategory("hers", URLS)).create()
    ours.add(CustomUrlCategory("allowed", URLS)).create()
    with pytest.raises(PanDeviceError, match="commit lock is held by automation"):
        theirs.commit()
    assert ours.commit(sync=True)["success"]
    assert device.locks.held == []
    ours.add_config_lock(scope="shared")
    ours.remove_config_lock(scope="shared")
    with pytest.raises(PanDeviceError, match="Config is not currently locked for scope"):
        ours.remove_config_lock(scope="shared")


def test_a_pair_is_told_apart_and_the_passive_member_follows(tmp_path: Path) -> None:
    active, passive = pair(tmp_path)
    with active, passive:
        first, second = client(Firewall, active), client(Firewall, passive)
        assert [one.show_highavailability_state()[0] for one in (first, second)] == ["active", "passive"]
        assert first.config_synced()
        first.add(CustomUrlCategory("allowed", URLS)).create()
        first.commit(sync=True)
        assert running(passive) == URLS


def test_a_panorama_pushes_a_device_group_and_names_what_fails(tmp_path: Path) -> None:
    members = [Managed("0001", "fw-a"), Managed("0002", "fw-b")]
    with Panos(tmp_path, groups={"branch": members}) as device:
        panorama = client(Panorama, device)
        group = panorama.add(DeviceGroup("branch"))
        group.add(CustomUrlCategory("allowed", URLS)).create()
        rules = group.add(PreRulebase())
        rules.add(SecurityRule("allow", category=["allowed"], action="allow")).create()
        assert panorama.commit(sync=True, cmd=PanoramaCommit(admins=["automation"], device_groups=None))["success"]
        assert members[0].has is not None and not members[0].is_in_step(device.group_config("branch"))
        members[1].fails = "URL database is not there"
        push = PanoramaCommitAll(PanoramaCommitAll.STYLE_DEVICE_GROUP, "branch", admins=["automation"])
        failed = panorama.commit(sync=True, sync_all=True, cmd=push)
        assert not failed["success"]
        assert {name: told["success"] for name, told in failed["devices"].items()} == {"0001": True, "0002": False}
        assert failed["devices"]["0002"]["messages"] == "URL database is not there"
        again = panorama.commit_all(sync=True, sync_all=True, devicegroup="branch")
        assert again["success"]
        assert all(member.is_in_step(device.group_config("branch")) for member in members)


def test_a_reader_reads_and_a_wrong_password_does_not(device: Panos) -> None:
    device.admins["auditor"] = ("look", "superreader")
    reader = client(Firewall, device)
    reader.xapi.api_key = device.key_for("auditor")
    assert CustomUrlCategory.refreshall(reader) == []
    with pytest.raises(PanDeviceError, match="Unauthorized"):
        reader.add(CustomUrlCategory("allowed", URLS)).create()
    stranger = Firewall(device.address, "automation", "wrong", port=device.port)
    with pytest.raises(PanDeviceError):
        stranger._retrieve_api_key()
