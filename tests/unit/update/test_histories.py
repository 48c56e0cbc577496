# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two documented histories, told by a server one state after the other."""

from __future__ import annotations

import typing as t

from tests.unit.update.conftest import DAY, FIRST, FIXTURES, Updates, real_sets

PAGES: dict[str, tuple[list[str], int, int, int]] = {
    # edition: why it waits; then once acknowledged how many are held, added and removed
    "2018-08-29-aad339da": ([], 0, 95, 0),
    "2018-08-29-2c10eb40": (["wider"], 0, 246, 0),
    # The long table now stands in an HTML comment: nearly all is gone, and a feed that did this must not get through.
    "2018-09-24": (["too_many_removed"], 406, 0, 0),
    # A year later the grace is over.
    "2019-01-18": ([], 0, 2, 329),
    "2022-06-28": (["wider"], 0, 334, 0),
    # docs.microsoft.com became learn.microsoft.com; *.microsoft.com has both, so that nothing is lost and held.
    "2022-09-15": ([], 0, 1, 1),
    # The Store row goes, and with it *.microsoft.com and what stood nowhere else.
    "2023-03-15": ([], 5, 0, 1),
    "2023-10-19": ([], 0, 0, 5),
}


def test_the_managed_desktop_page_from_2018_to_2023(updates: Updates) -> None:
    url = f"{updates.server.url}/page.md"
    for edition, expected in PAGES.items():
        updates.server.pages["/page.md"] = (FIXTURES / "managed_desktop" / f"{edition}.md").read_bytes()
        updates.later(365 * DAY)
        done = updates(source="page", url=url)
        rules = [reason.rule for reason in done.reasons]
        if done.waiting_digest:
            done = updates(source="page", url=url, acknowledge=[done.waiting_digest])
        assert done.changed and done.waiting is None and done.difference
        found = (rules, len(done.held), len(done.difference.added), len(done.difference.removed))
        assert found == expected, edition
        assert not updates(source="page", url=url).changed


def said(version: str, number: int, disposition: str = "change", **rest: t.Any) -> dict[str, t.Any]:
    """Return a change as the service documents it."""
    return {
        "id": int(version) % 10_000,
        "endpointSetId": number,
        "disposition": disposition,
        "version": version,
        **rest,
    }


def test_the_web_service_from_2025_12_on(updates: Updates) -> None:
    """Three versions after the real one: an announced name, a set that is new, one that goes, and the Intune sets."""
    updates.publish(FIRST, real_sets())
    assert updates().changed

    history = [
        said("2026010500", 1, impact="AddedUrl", add={"effectiveDate": "20260205", "urls": ["announced.example.com"]}),
        said(
            "2026010500",
            900,
            "add",
            impact="AddedUrl",
            current={"serviceArea": "MEM", "category": "Default", "required": True, "tcpPorts": "443"},
            add={"effectiveDate": "20260210", "urls": ["set900.example.com"]},
        ),
    ]
    updates.now = 1767700000.0  # 2026-01-06
    updates.publish("2026010500", real_sets(), history)  # the list itself does not have them before their day
    done = updates()
    assert done.waiting is None and {"announced.example.com", "set900.example.com"} <= updates.in_force()
    assert "2026-02-05" in str(done.ticket)

    sets = real_sets()
    sets[0]["urls"].append("announced.example.com")
    sets.append({"id": 900, "serviceArea": "MEM", "urls": ["set900.example.com"], "tcpPorts": "443"})
    updates.now = 1771000000.0  # 2026-02-13
    history.append(said("2026021300", 2, impact="OtherNonPriorityChanges", previous={"notes": "x"}, current={}))
    updates.publish("2026021300", sets, history)
    done = updates()
    assert done.difference is not None and done.waiting is None
    assert (len(done.difference.added), len(done.difference.removed)) == (0, 0)
    (entry,) = (
        (entry for entry in done.in_force.entries if entry.name == "announced.example.com") if done.in_force else ()
    )
    assert entry.endpoint.sources[0].effective == "2026-02-05"

    gone = {"id": 900, "urls": ["set900.example.com"]}
    history.append(said("2026030100", 900, "remove", impact="RemovedUrl", remove={"urls": gone["urls"]}))
    updates.now = 1772400000.0  # 2026-03-01
    updates.publish("2026030100", sets[:-1], history)
    done = updates()
    assert [item.entry.name for item in done.held] == ["set900.example.com"]
    assert "RemovedUrl" in str(done.ticket)
    updates.later(30 * DAY)
    assert updates().changed and "set900.example.com" not in updates.in_force()

    asked = [asked.path for asked in updates.server.asked if asked.verb == "changes"]
    # Since the version that was accepted, or since 60 days ago, where an announcement may be of a day to come.
    assert [path.rpartition("/")[2] for path in asked] == [FIRST, "2025110700", "2025121500", "2025123100"]


def test_the_intune_sets_are_hidden_unless_they_are_asked_for(updates: Updates) -> None:
    done = updates(service_areas=["Exchange", "SharePoint", "Skype"])
    assert done.in_force and len(done.in_force.rows) == 64
    done = updates()  # asking for more opens more: that is judged as if the source had added it
    assert [reason.rule for reason in done.reasons] == ["wider"]
    done = updates(acknowledge=[done.waiting_digest])
    assert done.in_force and len(done.in_force.rows) == 79
