# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible_collections.managed_desktop.network.plugins.filter.drift_report import drift_report
from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line, compare


def result(
    stored: t.Sequence[Line] = (), wanted: t.Sequence[Line] = (), changed: bool | None = None, **more: t.Any
) -> dict[str, t.Any]:
    """What the module returns where `stored` is there and `wanted` should be."""
    return {
        "changed": list(stored) != list(wanted) if changed is None else changed,
        "difference": {**compare(stored, wanted), "not_running": more.get("not_running", False)},
        "running": {"state": more.get("running", "running")},
        "after": {"digest": "d" * 64},
    }


EDITION = {"source": "managed_desktop", "edition": "2022-09-15", "status": "superseded"}
A, B = Line("a.example  tcp/443", "Service A"), Line("b.example  tcp/443", "")


@pytest.mark.parametrize(
    ("given", "corrected", "state"),
    [
        (result([A], [A]), False, "in step"),
        (result([A], [A]), True, "in step"),
        (result([A], [A, B]), False, "drifted"),
        (result([A], [A, B]), True, "corrected"),
        (result([A], [A], changed=True, not_running=True), False, "drifted"),
        ({"failed": True, "msg": "no such file"}, False, "not known"),
        ({"skipped": True}, False, "not known"),
        ({}, True, "not known"),
        (None, True, "not known"),
    ],
)
def test_each_result_is_one_of_four_states(given: t.Any, corrected: bool, state: str) -> None:
    found = drift_report({"fw1": given}, corrected=corrected)
    assert found["appliances"]["fw1"]["state"] == state
    assert found["counts"][state] == 1
    assert sum(found["counts"].values()) == 1


def test_a_failure_counts_even_where_an_older_result_is_left() -> None:
    found = drift_report({"fw1": result([A], [A])}, failures={"fw1": {"msg": "lost"}})
    assert found["appliances"]["fw1"] == {"state": "not known", "message": "lost"}


def test_the_report_says_of_which_edition_it_is_and_its_status() -> None:
    results = {"fw1": {**result([A], [A]), "editions": [EDITION]}, "fw2": {**result([A], [A]), "editions": [EDITION]}}
    assert drift_report(results)["editions"] == [EDITION]
    assert drift_report(results, "text").startswith("Of managed_desktop 2022-09-15 (superseded).\n\n")
    assert drift_report({"fw1": result([A], [A])}, "text").startswith("appliance")


def test_an_appliance_that_said_nothing_was_not_reached() -> None:
    assert "fw1: the appliance was not reached" in drift_report({"fw1": {}}, "text")


def test_the_text_has_one_row_for_each_appliance_and_then_what_differs_by_service() -> None:
    results = {"fw2": result([B], [A]), "fw10": result([A], [A], running="stopped"), "fw1": {"msg": "no way"}}
    assert drift_report(results, "text").splitlines() == [
        "appliance  state      missing  foreign  running",
        "---------  ---------  -------  -------  -------",
        "fw1        not known  -        -        -",
        "fw10       in step    0        0        stopped",
        "fw2        drifted    1        1        yes",
        "",
        "fw1: no way",
        "",
        "fw2: 1 missing from the appliance:",
        "  Service A",
        "    a.example  tcp/443",
        "",
        "fw2: 1 foreign to the list:",
        "  (no service)",
        "    b.example  tcp/443",
    ]


def test_what_was_corrected_is_told_as_done() -> None:
    text = drift_report({"fw1": result([B], [A], not_running=True)}, "text", corrected=True)
    assert "fw1        corrected  1        1        yes" in text
    assert "fw1: 1 missing, and put back:" in text
    assert "fw1: 1 foreign, and taken out:" in text
    assert "fw1: the stored list was not the running one" in text


def test_a_stored_list_that_does_not_run_is_told() -> None:
    text = drift_report({"fw1": result([A], [A], changed=True, not_running=True)}, "text")
    assert "fw1        drifted  0        0        another list" in text
    assert "fw1: the stored list is not the running one" in text


def test_a_change_of_the_rules_alone_is_told() -> None:
    text = drift_report({"fw1": result([A], [A], changed=True)}, "text")
    assert "fw1: the entries are the same, and the rules around them are not" in text


def test_more_entries_than_are_shown_are_counted() -> None:
    many = [Line(f"n{number}.example", "S") for number in range(600)]
    text = drift_report({"fw1": result([], many)}, "text")
    assert "600 missing" in text
    assert "and more, which are not listed" in text


def test_json_is_the_same_data() -> None:
    results = {"fw1": result([A], [B])}
    assert json.loads(drift_report(results, "json")) == drift_report(results)


@pytest.mark.parametrize(("given", "form"), [([], "data"), ({}, "xml")])
def test_what_is_no_result_and_an_unknown_format_are_refused(given: t.Any, form: str) -> None:
    with pytest.raises(AnsibleError, match="drift_report"):
        drift_report(given, form)
