# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same change by one process, and by four at once over slices of each ring: nothing is fought over."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from .fleet import FLEET, RINGS, SLICES, Fleet

OF_ALL: t.Final = [",".join(FLEET[number::SLICES]) for number in range(SLICES)]


def slices(ring: str) -> list[str]:
    """The limits of a ring's slices."""
    return [f"ring_{ring}:&{name}" for name in RINGS[ring]]


@pytest.fixture()
def start(tmp_path: Path) -> t.Iterator[t.Callable[..., Fleet]]:
    """Make a fleet in a directory of its own."""
    begun: list[Fleet] = []

    def make(name: str, ports: t.Mapping[str, int] | None = None) -> Fleet:
        (tmp_path / name).mkdir()
        begun.append(Fleet(tmp_path / name, ports))
        return begun[-1]

    yield make
    for fleet in begun:
        fleet.close()


def succeeded(fleet: Fleet, playbook: str, *limits: str, **variables: t.Any) -> None:
    for job in fleet.run(playbook, *limits, **variables):
        assert job.status == 0, job.said


def planned_in_slices(fleet: Fleet) -> None:
    succeeded(fleet, "plan", *OF_ALL, allowlist_plan_step="look")
    assert not (fleet.changes / "CHG-1" / "plan.json").exists()
    asked = {name: len(tenant.requests) for name, tenant in fleet.tenants.items()}
    succeeded(fleet, "plan", "", allowlist_plan_step="keep")
    assert {name: len(tenant.requests) for name, tenant in fleet.tenants.items()} == asked


def test_one_process_and_four_at_once_over_slices_of_each_ring_come_to_the_same(
    start: t.Callable[..., Fleet],
) -> None:
    whole = start("whole")
    succeeded(whole, "plan", "")
    succeeded(whole, "apply", "")
    whole.close()
    sliced = start("sliced", whole.ports)
    planned_in_slices(sliced)
    early = sliced.run("apply", "ring_1:&zia1")[0]
    assert early.status != 0
    assert "Batch 1 of change CHG-1 has appliances that are not confirmed: zia0." in early.said
    succeeded(sliced, "apply", *slices("0"))
    succeeded(sliced, "apply", *slices("1"), "ring_0")  # the canary is asked once more, and has nothing left to do
    succeeded(sliced, "apply", *slices("2"))
    assert sliced.plan() == whole.plan()
    for fleet in (whole, sliced):
        assert all(map(fleet.holds, FLEET))
        assert fleet.stages() == dict.fromkeys(FLEET, "confirmed")
    assert sliced.told(".status") == whole.told(".status")
    assert sliced.told("CHG-1/results") == whole.told("CHG-1/results")
    assert sliced.evidence() == whole.evidence()
    assert sliced.evidence()["outcome"] == "applied"
    assert sliced.told("CHG-1")["manifest"]["revision"] == 1  # it was put together once
    assert not sliced.told(".locks")


def test_a_failure_in_one_slice_stops_all(start: t.Callable[..., Fleet]) -> None:
    fleet = start("failing")
    succeeded(fleet, "plan", "")
    succeeded(fleet, "apply", *slices("0"))
    fleet.tenants["zia2"].maintenance = True
    jobs = fleet.run("apply", *slices("1"))
    assert jobs[1].status != 0
    assert "zia2: " in jobs[1].said
    stages = fleet.stages()
    assert stages["zia2"] == "restored"
    # Its neighbours were done when it failed, or were taken back with it.
    assert {stages[name] for name in ("zia1", "zia3", "zia4")} <= {"confirmed", "restored"}
    for tenant in fleet.tenants.values():
        tenant.requests.clear()
    later = fleet.run("apply", slices("2")[0])[0]
    assert later.status != 0
    assert "Change CHG-1 was taken back on " in later.said
    assert not any(fleet.tenants[name].requests for name in RINGS["2"])
    assert all(stages.get(name, "waiting") == "waiting" for name in RINGS["2"])
    for name in FLEET:
        assert fleet.holds(name) == (stages.get(name) == "confirmed"), name
    assert not fleet.told(".locks")
