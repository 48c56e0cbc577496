# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes, what fails, and what stays unknown; and the report on it."""

from __future__ import annotations

import itertools
import json
import typing as t
import xml.etree.ElementTree as ET

import pytest
from ansible.errors import AnsibleError
from ansible_collections.managed_desktop.network.plugins.filter.reachability_report import reachability_report
from ansible_collections.managed_desktop.network.plugins.module_utils._probe import tls_floor
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import CAUSES
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe, Result
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.run import _recognise_interception
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.verdict import passes, subjects, summary
from ansible_collections.managed_desktop.network.plugins.plugin_utils._remedies import remedy

THE_CAUSES = {
    "ok", "dns_failure", "dns_refused", "dns_sinkhole", "tcp_refused", "tcp_unreachable", "tcp_timeout", "tcp_reset",
    "proxy_unreachable", "proxy_denied", "proxy_auth_required", "proxy_upstream_failed", "tls_version",
    "tls_untrusted", "tls_intercepted", "tls_reset", "http_status",
}  # fmt: skip


def result(
    host: str = "a.example", cause: str = "ok", expect: str = "allowed", policy: str | None = None, **more: t.Any
) -> dict[str, t.Any]:
    probe = Probe(host, expect=expect, services=more.pop("services", ("Example",)), **more)
    meaning = CAUSES[cause]
    seen = Result(probe, cause, policy or meaning.policy, meaning.service, meaning.layer, f"{cause} was said")
    seen.passed = passes(probe, cause, seen.policy, False, False)
    return seen.to_dict()


def test_the_causes_are_exactly_these_and_each_has_a_remedy() -> None:
    assert set(CAUSES) == THE_CAUSES
    for cause, expect in itertools.product(CAUSES, ("allowed", "denied")):
        assert remedy(cause, expect, None)


@pytest.mark.parametrize("cause", sorted(THE_CAUSES))
def test_unknown_is_never_green_and_policy_decides(cause: str) -> None:
    for expect, policy in itertools.product(("allowed", "denied"), ("allowed", "denied", "unknown")):
        passed = result("a.example", cause, expect, policy)["passed"]
        assert passed is (None if policy == "unknown" else policy == expect)


@pytest.mark.parametrize("cause", ["dns_failure", "tcp_timeout", "tcp_refused", "tls_untrusted", "proxy_unreachable"])
def test_what_proves_nothing_is_unknown(cause: str) -> None:
    assert result("example.com", cause, "denied")["passed"] is None
    assert result("a.example", cause)["passed"] is None


def test_treatments_that_are_broken_fail_although_the_traffic_passes() -> None:
    spared = Probe("a.example", treatments=("allow", "bypass_inspection", "bypass_authentication"))
    plain = Probe("a.example", treatments=("allow",))
    assert passes(spared, "tls_intercepted", "allowed", False, False) is False
    assert passes(plain, "tls_intercepted", "allowed", False, False) is True
    assert passes(plain, "tls_intercepted", "allowed", True, False) is False
    assert passes(spared, "proxy_auth_required", "unknown", False, False) is False
    assert passes(spared, "proxy_auth_required", "unknown", False, True) is None
    assert passes(plain, "proxy_auth_required", "unknown", False, False) is None


@pytest.mark.parametrize(
    "causes, passed",
    [
        (["ok", "tcp_refused"], True),
        (["ok", "proxy_denied"], True),
        (["proxy_denied", "tcp_timeout"], False),
        (["tcp_timeout", "tcp_refused"], None),
        (["proxy_denied", "proxy_denied"], False),
    ],
)
def test_of_alternatives_one_that_works_suffices(causes: list[str], passed: bool | None) -> None:
    members = [
        result(cause=cause, port=port, group="g", any_of=True) for cause, port in zip(causes, (80, 443), strict=True)
    ]
    judged = subjects([result("lone.example"), *members])
    assert [subject.passed for subject in judged] == [True, passed]
    assert summary(judged)["total"] == 2


def test_one_unknown_issuer_on_several_domains_is_interception() -> None:
    def untrusted(host: str, issuer: str) -> Result:
        return Result(Probe(host), cause="tls_untrusted", issuer=issuer)

    results = [untrusted("a.example", "CN=X"), untrusted("b.a.example", "CN=X")]
    _recognise_interception(results)
    assert {seen.cause for seen in results} == {"tls_untrusted"}  # one owner's own affair
    results.append(untrusted("other.test", "CN=X"))
    results.append(untrusted("third.test", "CN=Y"))
    _recognise_interception(results)
    assert [seen.cause for seen in results] == ["tls_intercepted"] * 3 + ["tls_untrusted"]


def test_an_issuer_that_is_verified_elsewhere_is_no_interceptor() -> None:
    results = [Result(Probe(host), cause="tls_untrusted", issuer="CN=X") for host in ("a.example", "b.test")]
    results.append(Result(Probe("c.example"), cause="ok", issuer="CN=X"))
    _recognise_interception(results)
    assert {seen.cause for seen in results} == {"tls_untrusted", "ok"}


# -- the requirement of TLS 1.2 ----------------------------------------------------------------------------------


def floor(low: tuple[str, str, str | None], high: tuple[str, str, str | None]) -> dict[str, t.Any]:
    pinned = tls_floor.probes(Probe("ref.example"))
    assert [probe.tls for probe in pinned] == [("1.2", "1.2"), ("1.3", "1.3")]
    return tls_floor.verdict(
        [
            Result(probe, cause=c, layer=layer, tls_version=v)
            for probe, (c, layer, v) in zip(pinned, (low, high), strict=True)
        ]
    )


OK_12, OK_13 = ("ok", "http", "1.2"), ("ok", "http", "1.3")
CUT, SILENT = ("tls_reset", "tls", None), ("tcp_timeout", "tls", None)


@pytest.mark.parametrize(
    "low, high, passed, states",
    [
        (OK_12, OK_13, True, ("ok", "ok")),
        (OK_12, CUT, True, ("ok", "broken")),
        (CUT, OK_13, False, ("broken", "ok")),
        (SILENT, OK_13, False, ("broken", "ok")),
        (("tls_version", "tls", None), OK_13, False, ("broken", "ok")),
        (CUT, CUT, False, ("broken", "broken")),
        (("tls_version", "tls", "1.1"), ("tls_version", "tls", "1.1"), None, ("broken", "broken")),
        (SILENT, SILENT, None, ("unknown", "unknown")),
        (("proxy_denied", "proxy", None), ("proxy_denied", "proxy", None), None, ("unknown", "unknown")),
        (("tls_intercepted", "tls", "1.2"), ("tls_intercepted", "tls", "1.3"), True, ("ok", "ok")),
        (("proxy_denied", "proxy", "1.2"), OK_13, True, ("ok", "ok")),
    ],
)
def test_tls_1_2_is_judged_beside_1_3(
    low: tuple[str, str, str | None], high: tuple[str, str, str | None], passed: bool | None, states: tuple[str, str]
) -> None:
    verdict = floor(low, high)
    assert verdict["passed"] is passed
    assert (verdict["tls_1_2"], verdict["tls_1_3"]) == states
    assert ("remedy" in verdict) is (passed is False)


def test_a_reference_that_is_too_old_is_blamed_itself() -> None:
    verdict = floor(("tls_version", "tls", "1.1"), ("tls_version", "tls", "1.1"))
    assert "choose another reference" in verdict["said"]


# -- the report --------------------------------------------------------------------------------------------------

ODD = "Zürich <&> \x1b"


def sample() -> dict[str, t.Any]:
    broken = {
        "passed": False,
        "said": "TLS 1.2 to ref.example:443 is broken on the way",
        "reference": "ref.example:443",
        "remedy": tls_floor.REMEDY,
        "how_to": {"squid": "do this", "other": "do that"},
    }
    return {
        "east": {
            "results": [
                result("a.example"), result("b.example", "proxy_denied", services=("Example", "Other")),
                result("c.example", "tcp_timeout", services=(ODD,), made_up=True, pattern="*.example"),
                result("example.com", "proxy_denied", "denied", services=()),
                result("example.net", "ok", "denied", services=()),
            ],
            "tls_floor": broken,
            "unprobed": [{"endpoint": "192.0.2.0/24", "reason": "a network"}],
        },
        "west": {"results": [result("a.example")]},
        "gone": {"failed": True, "msg": "no route to it", "unreachable": True},
    }  # fmt: skip


def test_the_report_counts_by_service_and_host() -> None:
    report = reachability_report(sample())
    assert report["passed"] is False
    assert report["hosts"] == ["east", "gone", "west"]
    rows = {row["service"]: row["hosts"] for row in report["table"]}
    assert list(rows) == ["Example", "Other", ODD, "(must be refused)"]
    assert rows["Example"] == {
        "east": {"total": 2, "passed": 1, "failed": 1, "unknown": 0},
        "west": {"total": 1, "passed": 1, "failed": 0, "unknown": 0},
    }
    assert rows["(must be refused)"]["east"] == {"total": 2, "passed": 1, "failed": 1, "unknown": 0}
    assert [(e["target"], e["cause"], e["layer"]) for e in report["failures"]] == [
        ("b.example:443", "proxy_denied", "proxy"), ("example.net:443", "ok", "http")
    ]  # fmt: skip
    assert [entry["target"] for entry in report["unknowns"]] == ["c.example:443"]
    assert report["not_run"] == {"gone": "no route to it"}


@pytest.mark.parametrize(
    "results, passed",
    [
        ({}, None),
        ({"east": {"results": []}}, None),
        ({"east": {"results": [result()]}}, True),
        ({"east": {"results": [result()]}, "west": {"skipped": True}}, None),
        ({"east": {"results": [result(), result("b.example", "tcp_timeout")]}}, None),
        ({"east": {"results": [result()], "tls_floor": {"passed": None, "said": "?", "reference": "r:443"}}}, None),
        ({"east": {"results": [result(), result("b.example", "dns_refused")]}, "west": None}, False),
    ],
)
def test_nothing_passes_that_is_not_proved(results: dict[str, t.Any], passed: bool | None) -> None:
    assert reachability_report(results)["passed"] is passed


def test_the_text_shows_the_table_and_each_failure_with_layer_cause_and_remedy() -> None:
    text = reachability_report(sample(), "text", {"east": ["squid"]})
    lines = text.splitlines()
    assert lines[0].split() == ["service", "east", "gone", "west"]
    assert any(line.startswith("Example") and "1/2, 1 failed" in line and line.endswith("1/1") for line in lines)
    assert any(line.startswith("TLS 1.2") and "BROKEN" in line for line in lines)
    assert "east: b.example:443 should be allowed (Example, Other)" in text
    assert "proxy: proxy_denied: proxy_denied was said" in text
    assert "remedy: Allow the endpoint on the proxy" in text
    assert "a made-up name for *.example" in text
    assert "east: example.net:443 should be refused" in text
    assert "on squid: do this" in text
    assert "do that" not in text
    assert "gone: no route to it" in text
    assert "  a network: 192.0.2.0/24" in text
    assert lines[-1] == "Not as it should be: see the failures."


def test_the_report_says_of_which_editions_it_is_and_their_status() -> None:
    edition = {"source": "managed_desktop", "edition": "2018-08-29-aad339da", "status": "draft"}
    results = {
        host: {**found, "editions": [edition]} if "results" in found else found for host, found in sample().items()
    }
    assert reachability_report(results)["editions"] == [edition]
    assert reachability_report(results, "text").startswith("Of managed_desktop 2018-08-29-aad339da (draft).\n\nservice")


def test_the_text_counts_what_was_not_probed_where_it_is_much_and_the_data_have_it_all() -> None:
    results = sample()
    networks = [{"endpoint": f"192.0.2.{n}/32", "reason": "a network"} for n in range(100, 140)]
    results["east"]["unprobed"] = [*networks, {"endpoint": "u.example", "reason": "UDP"}]
    lines = reachability_report(results, "text").partition("Not probed:\n")[2].splitlines()
    assert lines[0] == "  UDP: u.example"
    assert lines[1].startswith("  a network: 192.0.2.100/32, 192.0.2.101/32, ")
    assert lines[2].endswith("192.0.2.109/32 and 30 more")
    assert len(reachability_report(results)["unprobed"]) == 41


def test_json_and_data_are_the_same() -> None:
    assert json.loads(reachability_report(sample(), "json")) == reachability_report(sample())


def test_junit_counts_unknown_as_error_and_never_as_passed() -> None:
    root = ET.fromstring(reachability_report(sample(), "junit"))
    suites = {suite.get("name"): suite for suite in root}
    assert {name: (s.get("tests"), s.get("failures"), s.get("errors")) for name, s in suites.items()} == {
        "east": ("6", "3", "1"), "gone": ("1", "0", "1"), "west": ("1", "0", "0")
    }  # fmt: skip
    failure = suites["east"].find("testcase[@name='b.example:443 is allowed']/failure")
    assert failure is not None
    assert failure.get("type") == "proxy_denied"


@pytest.mark.parametrize("results", [None, [], "text", {"east": {"results": ["x"]}}, {"east": {"results": [{}]}}])
def test_what_are_no_results_is_refused(results: t.Any) -> None:
    with pytest.raises(AnsibleError, match="reachability_report"):
        reachability_report(results)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(AnsibleError, match="none of data, text, json, junit"):
        reachability_report({}, "html")
