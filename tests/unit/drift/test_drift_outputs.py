# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports that machines read, and the columns of the memory."""

from __future__ import annotations

import datetime
import os
import stat
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line, compare
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _drift
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import write_report
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.drift import look
from ansible_collections.managed_desktop.network.plugins.plugin_utils._drift_outputs import to_junit, to_metrics

NOW = datetime.datetime(2026, 11, 27, 2, tzinfo=datetime.timezone.utc)
EPOCH = 1795744800
A, B = Line("a.example  tcp/443", "Service A"), Line("b.example  tcp/443", "")


def told(stored: t.Sequence[Line], wanted: t.Sequence[Line], **more: t.Any) -> dict[str, t.Any]:
    return {
        "changed": list(stored) != list(wanted),
        "before": {"digest": "b" * 64},
        "after": {"digest": "a" * 64},
        "running": {"state": "running"},
        "difference": {**compare(stored, wanted), "not_running": False},
        **more,
    }


@pytest.fixture()
def report(tmp_path: Path) -> dict[str, t.Any]:
    what = {
        'f"\\w\n1': told([A], [A, B]),
        "fw2": told([A], [A]),
        "fw3": {"message": "no route \x1b[2J", "unreachable": True},
        "fw4": told([B], [A], corrected=True),
        "fw5": told([A], [A, B]),
    }
    return look(what, tmp_path, NOW)


def test_metrics_have_one_sample_for_each_appliance_and_none_where_it_is_not_known(report: dict[str, t.Any]) -> None:
    lines = to_metrics(report).splitlines()
    assert 'allowlist_drift{appliance="f\\"\\\\w\\n1"} 1' in lines
    assert [line for line in lines if line.startswith("allowlist_drift{")][1:] == [
        'allowlist_drift{appliance="fw2"} 0',
        'allowlist_drift{appliance="fw4"} 0',
        'allowlist_drift{appliance="fw5"} 1',
    ]
    assert 'allowlist_drift_known{appliance="fw3"} 0' in lines
    assert 'allowlist_drift_missing_entries{appliance="fw5"} 1' in lines
    assert 'allowlist_drift_foreign_entries{appliance="fw4"} 0' in lines
    assert f'allowlist_drift_first_seen_timestamp_seconds{{appliance="fw5"}} {EPOCH}' in lines
    assert lines[-1] == f"allowlist_drift_last_run_timestamp_seconds {EPOCH}"
    assert all(line.startswith("#") or line.rpartition(" ")[2].isdigit() for line in lines)


def test_metrics_without_memory_or_appliances_are_still_well_formed() -> None:
    assert "first_seen" not in to_metrics(look({"fw1": told([A], [B])}, None, NOW))
    assert to_metrics(look({}, None, NOW)).count("\n") == 3


def test_junit_has_a_case_for_each_appliance_and_silence_is_an_error(report: dict[str, t.Any]) -> None:
    suite = ET.fromstring(to_junit(report).encode()).find("testsuite")
    assert suite is not None
    assert {key: suite.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "5",
        "failures": "2",
        "errors": "1",
    }
    outcomes = {case.get("name"): [child.tag for child in case] for case in suite}
    assert outcomes == {'f"\\w\\n1': ["failure"], "fw2": [], "fw3": ["error"], "fw4": [], "fw5": ["failure"]}
    failure = suite.find("testcase[@name='fw5']/failure")
    assert failure is not None
    assert failure.get("message") == (
        "1 missing, 0 foreign, since 2026-11-27T02:00:00Z, it holds the list of: nobody's"
    )
    assert failure.text == "missing: b.example  tcp/443"


def test_a_damaged_memory_is_an_error_of_junit(tmp_path: Path) -> None:
    (tmp_path / ".status").mkdir()
    (tmp_path / ".status" / "fw1.json").write_text("{")
    suite = ET.fromstring(to_junit(look({"fw1": told([A], [A])}, tmp_path, NOW)).encode()).find("testsuite")
    assert suite is not None
    assert suite.get("errors") == "1"


def test_the_text_has_the_memory_and_tells_of_what_drifted_alike_once(report: dict[str, t.Any]) -> None:
    lines = _drift.to_text(report).splitlines()
    assert lines[0].split() == ["appliance", "state", "missing", "foreign", "running", "since", "list", "of"]
    (fw5,) = (line for line in lines if line.startswith("fw5 "))
    assert fw5.split() == ["fw5", "drifted", "1", "0", "yes", "2026-11-27T02:00:00Z", "nobody's"]
    assert sum("1 missing from the appliance:" in line for line in lines) == 1
    assert any(line.endswith(", fw5: 1 missing from the appliance:") for line in lines)


def test_of_many_that_drifted_alike_the_first_are_named() -> None:
    report = look({f"fw{number:02}": told([A], [B]) for number in range(30)}, None, NOW)
    assert "fw09 and 20 more: 1 missing from the appliance:" in _drift.to_text(report)


def test_a_report_is_replaced_in_one_step_and_everybody_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "drift.prom"
    umask = os.umask(0o077)
    try:
        write_report(path, "one\n")
        first = path.stat().st_ino
        write_report(path, "two\n")
    finally:
        os.umask(umask)
    assert path.read_text() == "two\n"
    assert path.stat().st_ino != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [found.name for found in path.parent.iterdir()] == ["drift.prom"]
