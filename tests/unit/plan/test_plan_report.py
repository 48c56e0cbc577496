# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.errors import AnsibleError
from ansible_collections.managed_desktop.network.plugins.filter.plan_report import plan_report
from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line, compare

LOSSES = [
    {"result": "unsupported", "detail": "no TLS inspection here", "property": "tls_inspection"},
    {"result": "out_of_scope", "detail": "UDP does not pass", "host": "a.example"},
]


def result(
    stored: t.Sequence[Line] = (), wanted: t.Sequence[Line] = (), changed: bool | None = None, **more: t.Any
) -> dict[str, t.Any]:
    """What the module returns in check mode where `stored` is there and `wanted` should be."""
    return {
        "changed": list(stored) != list(wanted) if changed is None else changed,
        "difference": {**compare(stored, wanted), "not_running": more.get("not_running", False)},
        "running": {"state": "running"},
        "after": {"digest": "d" * 64},
        "losses": more.get("losses", []),
        "editions": [{"source": "managed_desktop", "edition": "2023-10-19", "status": "current"}],
    }


A, B = Line("a.example  tcp/443", "Service A"), Line("b.example  tcp/443", "")


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (result([A], [A]), "in step"),
        (result([A], [A, B]), "would change"),
        (result([A], [A], changed=True, not_running=True), "would change"),
        ({"failed": True, "msg": "no such file"}, "not known"),
        ({}, "not known"),
        (None, "not known"),
    ],
)
def test_each_result_is_one_of_three_states(given: t.Any, state: str) -> None:
    found = plan_report({"fw1": given})
    assert found["appliances"]["fw1"]["state"] == state
    assert (found["counts"][state], sum(found["counts"].values())) == (1, 1)


def test_the_text_has_one_table_then_what_would_change_then_each_loss_once() -> None:
    results = {
        "fw2": result([B], [A], losses=LOSSES),
        "fw1": result([A], [A], losses=LOSSES[:1]),
        "fw3": {"msg": "no way"},
    }
    assert plan_report(results, "text").splitlines() == [
        "Of managed_desktop 2023-10-19 (current).",
        "",
        "appliance  state         missing  foreign  losses",
        "---------  ------------  -------  -------  ------",
        "fw1        in step       0        0        1",
        "fw2        would change  1        1        2",
        "fw3        not known     -        -        -",
        "",
        "fw2: 1 would be added:",
        "  Service A",
        "    a.example  tcp/443",
        "",
        "fw2: 1 would be taken out:",
        "  (no service)",
        "    b.example  tcp/443",
        "",
        "fw3: no way",
        "",
        "losses:",
        "  property tls_inspection: unsupported: no TLS inspection here (fw1, fw2)",
        "  a.example: out_of_scope: UDP does not pass (fw2)",
    ]


def test_a_list_that_does_not_run_and_rules_alone_are_told() -> None:
    assert "would be" in plan_report({"fw1": result([A], [A], changed=True, not_running=True)}, "text")
    assert "the rules around them would change" in plan_report({"fw1": result([A], [A], changed=True)}, "text")


def test_a_failure_counts_even_where_an_older_result_is_left() -> None:
    found = plan_report({"fw1": result([A], [A])}, failures={"fw1": {"msg": "lost"}})
    assert found["appliances"]["fw1"] == {"state": "not known", "message": "lost"}


def test_json_is_the_same_data_with_the_editions() -> None:
    results = {"fw1": result([A], [B], losses=LOSSES)}
    found = plan_report(results)
    assert json.loads(plan_report(results, "json")) == found
    assert found["appliances"]["fw1"]["losses"] == LOSSES
    assert found["editions"] == [{"source": "managed_desktop", "edition": "2023-10-19", "status": "current"}]


@pytest.mark.parametrize(("given", "form"), [([], "data"), ({}, "xml")])
def test_what_is_no_result_and_an_unknown_format_are_refused(given: t.Any, form: str) -> None:
    with pytest.raises(AnsibleError, match="plan_report"):
        plan_report(given, form)


def test_a_fleet_that_changes_alike_is_told_of_once() -> None:
    fleet = {f"fw{number:04}": result([B], [A], losses=LOSSES) for number in range(5000)}
    text = plan_report(fleet, "text")
    assert text.count("would be added:") == 1
    assert "fw0008, fw0009 and 4990 more: 1 would be added:" in text
    assert "  a.example: out_of_scope: UDP does not pass (fw0000, " in text
    assert max(map(len, text.splitlines())) < 200
