# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lab.services import Squid

from .conftest import Play, report


@pytest.fixture()
def applied(proxy: Squid, play: Play) -> Squid:
    """The lab's Squid with the list on it."""
    played = play("apply")
    assert played.status == 0, played.said
    return proxy


def test_what_is_let_through_and_what_is_refused_is_seen_from_every_test_host(
    applied: Squid, play: Play, tmp_path: Path
) -> None:
    played = play("verify", variables={"allowlist_report_dir": "reports"})
    assert played.status == 0, played.said
    found = report(tmp_path / "reports", "reachability.json")
    assert found["passed"] is True
    assert found["hosts"] == ["desk1", "desk2"]
    assert {floor["tls_1_2"] for floor in found["tls_floor"].values()} == {"ok"}
    suites = ET.parse(tmp_path / "reports" / "reachability.xml").getroot()
    assert [suite.get("failures") for suite in suites] == ["0", "0"]
    assert all(int(suite.get("tests", "0")) > 2 for suite in suites)


def test_an_endpoint_that_the_proxy_refuses_fails_with_layer_cause_and_remedy(applied: Squid, play: Play) -> None:
    played = play("verify", variables={"allowlist_endpoints": ["www.microsoft.com", "new.example.org"]})
    assert played.status == 2
    assert "proxy_denied" in played.said
    assert "remedy: Allow the endpoint on the proxy" in played.said
    assert "desk1: 2 probes found another policy than wanted" in played.said


def test_a_proxy_that_lets_everything_through_fails_on_the_denied_names(applied: Squid, play: Play) -> None:
    applied.configure("10-open.conf", "http_access allow all\n")
    applied.reconfigure()
    played = play("verify", variables={"allowlist_denied_names": ["stranger.example"]})
    assert played.status == 2
    assert "stranger.example" in played.said
    assert "example.net" in played.said


def test_a_stopped_proxy_is_no_pass(applied: Squid, play: Play) -> None:
    applied.kill()
    played = play("verify")
    assert played.status == 2
    assert "proxy_unreachable" in played.said
    assert "desk1: nothing could be proved" in played.said
    applied.host.path(applied.pid_file).unlink(missing_ok=True)
    applied.start()


def test_a_test_host_that_is_not_reached_is_in_the_report_and_the_others_are_probed(
    applied: Squid, play: Play, tmp_path: Path
) -> None:
    gone = {"test_hosts": {"hosts": {"gone": {"allowlist_via": "http://10.77.0.3:3128"}}}}
    played = play("verify", variables={"allowlist_report_dir": str(tmp_path)}, inventory=gone)
    assert played.status == 4, played.said
    found = report(tmp_path, "reachability.json")
    assert list(found["not_run"]) == ["gone"]
    assert found["passed"] is None
    assert all(subject["passed"] for subject in found["subjects"])


def test_one_test_host_can_be_chosen(applied: Squid, play: Play, tmp_path: Path) -> None:
    played = play("verify", "--limit", "desk2", variables={"allowlist_report_dir": str(tmp_path)})
    assert played.status == 0, played.said
    assert report(tmp_path, "reachability.json")["hosts"] == ["desk2"]


def test_a_way_that_breaks_tls_1_2_is_named_with_the_remedy_for_the_platform(applied: Squid, play: Play) -> None:
    # Port 4443 of the lab's origin speaks TLS 1.3 alone, as an appliance that breaks 1.2 would look.
    beside = {"allowlist_reference_endpoint": "www.microsoft.com:4443", "allowlist_drift_fail": True}
    played = play("verify", "-e", "allowlist_via=direct", variables=beside)
    assert played.status == 2
    assert "TLS 1.2 breaks on the way through proxy" in played.said
    assert "protocol detection" in played.said
    assert "on squid:" in played.said


def test_verify_in_check_mode_probes_and_writes_no_report(applied: Squid, play: Play, tmp_path: Path) -> None:
    played = play("verify", "--check", variables={"allowlist_report_dir": str(tmp_path / "reports")})
    assert played.status == 0, played.said
    assert "Everything that was asked for is as it should be." in played.said
    assert not (tmp_path / "reports").exists()
