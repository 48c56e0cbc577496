# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the web service from one version to the next."""

from __future__ import annotations

import json
import typing as t

from lab.servers.endpoint_lists import sends
from tests.unit.update.conftest import DAY, Updates, real_sets


def change(version: str, number: int, **said: t.Any) -> dict[str, t.Any]:
    return {"id": 1, "endpointSetId": number, "disposition": "change", "version": version, **said}


def test_an_announcement_outlives_the_versions_until_its_day(updates: Updates) -> None:
    announced = change("2026112500", 1, add={"effectiveDate": "20270105", "urls": ["later.example.com"]})
    updates.publish("2026112500", real_sets(), [announced])
    updates()
    assert "later.example.com" in updates.in_force()
    updates.later(2 * DAY)
    updates.publish("2026112800", real_sets(), [announced, change("2026112800", 2, impact="Nothing")])
    done = updates()
    assert "later.example.com" in updates.in_force()
    assert done.held == ()
    assert [said.version for said in done.news.changes] == ["2026112800"]


def test_a_cloud_that_has_not_moved_since_before_the_shipped_copy_is_followed(updates: Updates) -> None:
    china = updates.server.clouds["China"]
    china.version = "2024093000"
    done = updates(instance="China")
    assert (done.news.outcome, done.changed) == ("answered", True), done.news.message
    assert updates.server.asked[-1].path == "/changes/China/2024093000"
    updates.later()
    china.version = "2024092900"
    assert updates(instance="China").news.outcome == "failed"


def test_a_mirror_that_knows_no_parameters_opens_no_more_than_was_asked_for(updates: Updates) -> None:
    whole = json.dumps(real_sets()).encode()
    updates.server.faults["endpoints"].append(sends(whole))
    done = updates(service_areas=["Exchange"], ipv6=False)
    assert done.in_force is not None
    assert {entry.endpoint.service for entry in done.in_force.entries} == {"Common", "Exchange"}
    assert not any(":" in name for name in updates.in_force())
    assert "endpoints beyond what was asked for" in done.in_force.notices[-1]
    updates.publish("2026112700", real_sets())
    updates.later()
    asked = updates(service_areas=["Exchange"], ipv6=False)
    assert asked.difference is not None
    assert asked.difference.to_dict()["counts"]["unchanged"] == len(updates.in_force())
