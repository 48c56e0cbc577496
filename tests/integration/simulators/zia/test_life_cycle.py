# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list is made, kept, changed, put back and removed; what the service adds or others do beside it stays."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab.simulators.zia.activation import Config
from tests.integration.simulators.target import NEW, OLD, Refused
from tests.integration.simulators.zia.target import APART, LIST, ZiaTarget

WRITES = ("POST", "PUT", "DELETE")


def written(target: ZiaTarget) -> list[str]:
    """Return what was asked for that writes, since the list was cleared."""
    login = ("/authenticatedSession", "/oauth2/v1/token")
    asked = [request for request in target.simulator.requests if request.startswith(WRITES)]
    target.simulator.requests.clear()
    return [request for request in asked if not request.endswith(login)]


def files(target: ZiaTarget) -> list[Path]:
    return sorted(target.place.rglob("*"))


def edited(target: ZiaTarget, change: t.Callable[[dict[str, t.Any]], None], name: str = LIST) -> None:
    """Let the colleague edit a category and activate that."""

    def edit(config: Config) -> None:
        change(next(c for c in config.categories.values() if c["configuredName"] == name))

    target.simulator.edit(edit, activate=True)


@pytest.mark.parametrize("kind", ["zia", "whole"])
def test_a_list_is_made_kept_changed_and_removed(kind: str, request: pytest.FixtureRequest) -> None:
    target: ZiaTarget = request.getfixturevalue(kind)
    others = target.foreign()
    before = files(target)

    foreseen = target.present(*OLD, check=True)
    assert foreseen["changed"] and files(target) == before and written(target) == [] and target.leftovers() == []
    made = target.present(*OLD, diff=True)
    assert made["changed"] and made["after"] == foreseen["after"] and made["running"] == foreseen["running"]
    assert made["before"]["digest"] is None and target.running() == target.entries(*OLD)
    assert "old.example.com" in made["diff"][0]["after"]

    written(target)
    again = target.present(*OLD)
    assert not again["changed"] and written(target) == []

    foreseen = target.present(*NEW, check=True)
    changed = target.present(*NEW)
    assert (
        changed["changed"] and changed["after"] == foreseen["after"] and changed["difference"] == foreseen["difference"]
    )
    assert target.running() == target.entries(*NEW)
    assert target.info(include_entries=True)["entries"] == {"Test": sorted(set(shown(target)))}

    restored = target.restored()
    assert restored["changed"] and target.running() == target.entries(*OLD)
    assert target.absent(check=True)["changed"] and target.running() == target.entries(*OLD)
    assert target.absent()["changed"] and target.running() == frozenset()
    assert not target.absent()["changed"]
    assert target.simulator.named(LIST) is None and target.foreign() == others and target.leftovers() == []


def shown(target: ZiaTarget) -> list[str]:
    (artefact,) = target.compiled(*NEW).values()
    return [text for _service, text in artefact.provenance["entries"].values()]


def test_a_run_that_changes_nothing_asks_as_little_as_the_api_allows(zia: ZiaTarget, whole: ZiaTarget) -> None:
    expected = {
        zia: [
            "POST /api/v1/authenticatedSession",
            "GET /api/v1/status",
            "GET /api/v1/urlCategories",
            "DELETE /api/v1/authenticatedSession",
        ],
        whole: [
            "POST /oauth2/v1/token",
            "GET /zia/api/v1/status",
            "GET /zia/api/v1/urlCategories",
            "GET /zia/api/v1/authSettings/exemptedUrls",
        ],
    }
    for target, requests in expected.items():
        target.present(*OLD)
        target.simulator.requests.clear()
        assert not target.present(*OLD)["changed"]
        assert target.simulator.requests == requests


def test_one_put_and_one_activation_change_a_list_of_any_length(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    written(zia)
    zia.present(*(f"n{number}.example.com" for number in range(3000)))
    identity = zia.simulator.named(LIST)["id"]
    assert written(zia) == [f"PUT /api/v1/urlCategories/{identity}", "POST /api/v1/status/activate"]


def test_all_parts_of_a_list_become_active_at_once(whole: ZiaTarget) -> None:
    whole.present(*OLD)
    pushed = whole.simulator.activation.pushed
    whole.present(*NEW)
    assert whole.simulator.activation.pushed == pushed + 1
    assert whole.running() == {
        "allow .new.example.net",
        "allow both.example.org",
        "bypass_inspection new.example.com",
        "bypass_authentication .new.example.net",
    }


def test_the_order_in_which_the_service_keeps_urls_is_no_drift(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    edited(zia, lambda category: category["urls"].reverse())
    assert not zia.present(*OLD)["changed"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("urls", ["added.example.org"]),
        ("dbCategorizedUrls", ["added.example.org"]),
        ("keywords", ["microsoft"]),
        ("ipRanges", ["192.0.2.0/24"]),
        ("regexPatterns", ["."]),
    ],
)
def test_what_somebody_adds_by_hand_is_found_and_undone(zia: ZiaTarget, field: str, value: list[str]) -> None:
    zia.present(*OLD)
    edited(zia, lambda category: category.update({field: [*category.get(field, []), *value]}))
    found = zia.present(*OLD, diff=True)
    assert found["changed"] and value[0] in found["diff"][0]["before"]
    category = zia.simulator.named(LIST)
    assert category and not set(value) & set(category.get(field, []))
    assert zia.running() == zia.entries(*OLD) and not zia.present(*OLD)["changed"]


def test_fields_that_we_do_not_know_are_kept_and_the_super_category_too(zia: ZiaTarget) -> None:
    zia.present(*OLD, super_category="BUSINESS_AND_ECONOMY")
    scopes = [{"Type": "DEPARTMENT", "ScopeEntities": [{"id": 1, "name": "IT"}]}]
    edited(zia, lambda category: category.update(scopes=scopes, urlType="REGEX"))
    zia.present(*NEW)
    category = zia.simulator.named(LIST)
    assert category and category["scopes"] == scopes and category["urlType"] == "REGEX"
    assert category["superCategory"] == "BUSINESS_AND_ECONOMY"
    edited(zia, lambda category: category.pop("superCategory"))  # as a PUT by others loses it
    zia.present(*OLD)
    category = zia.simulator.named(LIST)
    assert category and category["superCategory"] == "USER_DEFINED"


def test_of_the_exempted_urls_only_ours_are_touched(whole: ZiaTarget) -> None:
    exempted = whole.simulator.exempted
    whole.simulator.edit(lambda config: config.exempted.append(".old.example.net"), activate=True)
    assert sorted(exempted) == [".old.example.net", "portal.example.org"]
    whole.present(*OLD)  # wants .old.example.net too, which is there already, and not by us
    assert sorted(exempted) == [".old.example.net", "portal.example.org"]
    whole.present(*NEW)
    assert sorted(exempted) == [".new.example.net", ".old.example.net", "portal.example.org"]
    whole.present("both.example.org")
    assert sorted(exempted) == [".old.example.net", "portal.example.org"]


def test_a_controller_that_lost_its_notes_finds_the_list_in_step(whole: ZiaTarget) -> None:
    whole.present(*OLD)
    assert not whole.present(*OLD, backup_dir=str(whole.directory / "elsewhere"))["changed"]


def test_a_part_that_becomes_empty_leaves_its_category_for_the_rules_that_name_it(whole: ZiaTarget) -> None:
    whole.present(*OLD)
    identity = whole.simulator.named(APART)["id"]
    whole.simulator.categories.in_use.add(identity)
    whole.present("both.example.org")
    category = whole.simulator.named(APART)
    assert category and category["id"] == identity and category["urls"] == []
    assert not whole.present("both.example.org")["changed"]


def test_a_category_that_a_rule_names_is_not_removed_and_nothing_else_is(whole: ZiaTarget) -> None:
    whole.present(*OLD)
    whole.simulator.categories.in_use.add(whole.simulator.named(APART)["id"])
    with pytest.raises(Refused, match=r"being used by a policy.* Nothing was changed\.$"):
        whole.absent()
    assert whole.running() == whole.entries(*OLD) and whole.leftovers() == []
    assert not whole.present(*OLD)["changed"]


def test_a_back_up_of_a_list_with_other_parts_is_not_put_back(zia: ZiaTarget) -> None:
    zia.present(*OLD)
    zia.present(*NEW)
    with pytest.raises(Refused, match=r"does not consist of allow, bypass_inspection.*as they were when it was made"):
        zia.restored(inspection_category=APART)
    assert zia.running() == zia.entries(*NEW)
