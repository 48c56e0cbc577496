# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as a task: planned on the controller, run on a host, never failing because a probe did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from conftest import Origins
from programs import Authority, Squid

Play = t.Callable[..., tuple[dict[str, t.Any], str]]


@pytest.fixture()
def play(tmp_path: Path) -> Play:
    """Return a function that runs the module as the only task of a playbook: its result, and all that was printed."""

    def run(options: dict[str, t.Any], *arguments: str) -> tuple[dict[str, t.Any], str]:
        task = {"managed_desktop.network.reachability_info": options, "register": "seen", "ignore_errors": True}
        keep = {
            "ansible.builtin.copy": {"content": "{{ seen }}", "dest": str(tmp_path / "seen.json"), "mode": "0600"},
            "check_mode": False,
        }
        book = tmp_path / "play.yml"
        book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task, keep]}]))
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "-vvv",
             "-e", f"ansible_python_interpreter={sys.executable}", str(book), *arguments],
            capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path,
            env={**os.environ, "ANSIBLE_HOME": str(tmp_path / "home")},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads((tmp_path / "seen.json").read_text()), done.stdout + done.stderr

    return run


@pytest.mark.parametrize("arguments", [(), ("--check", "--diff")])
def test_probes_run_and_are_reported_and_nothing_changes(
    play: Play, squid: Squid, origins: Origins, origin_ca: Authority, arguments: tuple[str, ...]
) -> None:
    seen, _printed = play(
        {
            "via": f"http://127.0.0.1:{squid.plain}",
            "ca_file": str(origin_ca.certificate),
            "reference": f"allowed.test:{origins.https}",
            "probes": [
                {"host": "allowed.test", "port": origins.https, "services": ["Example"]},
                {"host": "denied.test", "port": origins.https, "expect": "denied"},
                {"host": "denied.test", "port": origins.http, "scheme": "http"},
            ],
        },
        *arguments,
    )
    assert seen["changed"] is False
    assert seen["failed"] is False
    assert seen["summary"] == {"total": 3, "passed": 2, "failed": 1, "unknown": 0}
    assert seen["counts"] == {"ok": 1, "proxy_denied": 2}
    assert [(item["host"], item["cause"]) for item in seen["failures"]] == [("denied.test", "proxy_denied")]
    assert seen["tls_floor"]["passed"] is True
    assert (seen["tls_floor"]["tls_1_2"], seen["tls_floor"]["tls_1_3"]) == ("ok", "ok")


def test_a_reference_through_a_filter_that_cuts_is_not_called_too_old(
    play: Play, squid: Squid, origins: Origins, origin_ca: Authority
) -> None:
    for port, passed, said in (
        (origins.tls_1_1, None, "choose another reference"),
        (origins.tls_1_3, False, "while TLS 1.3 passes"),
    ):
        seen, _printed = play(
            {
                "via": f"http://127.0.0.1:{squid.plain}",
                "ca_file": str(origin_ca.certificate),
                "reference": f"allowed.test:{port}",
            }
        )
        assert seen["tls_floor"]["passed"] is passed
        assert said in seen["tls_floor"]["said"]
    assert "must support TLS 1.2" in seen["tls_floor"]["remedy"]
    assert "protocol_detection: disabled" in seen["tls_floor"]["how_to"]["squid"]


def test_the_shipped_list_is_planned_on_the_controller(play: Play, squid: Squid) -> None:
    seen, _printed = play(
        {
            "sources": ["managed_desktop"],
            "edition": "2018-08-29-aad339da",
            "services": ["Delivery Optimization"],
            "endpoints": [{"network": "192.0.2.0/24"}],
            "denied_names": ["denied.test"],
            "via": f"http://127.0.0.1:{squid.plain}",
        }
    )
    assert seen["editions"][0]["edition"] == "2018-08-29-aad339da"
    assert [item["endpoint"] for item in seen["unprobed"]] == ["192.0.2.0/24"]
    hosts = {result["host"]: result for result in seen["results"]}
    assert {"example.com", "example.net", "denied.test", "au.download.windowsupdate.com"} < set(hosts)
    # Squid lets everything through but the denied names, and resolves nothing: no traffic leaves this machine.
    assert {host: hosts[host]["passed"] for host in ("example.com", "denied.test")} == {
        "example.com": True, "denied.test": True
    }  # fmt: skip
    assert {r["cause"] for r in seen["results"] if r["expect"] == "allowed"} == {"proxy_upstream_failed"}


def test_a_password_is_never_printed(play: Play, squid: Squid, origins: Origins) -> None:
    seen, printed = play(
        {
            "via": f"http://127.0.0.1:{squid.plain}",
            "proxy_username": "probe",
            "proxy_password": "correct-horse-battery",
            "probes": [{"host": "denied.test", "port": origins.https}],
        }
    )
    assert seen["counts"] == {"proxy_denied": 1}
    assert "correct-horse-battery" not in printed.replace(json.dumps(seen), "")


@pytest.mark.parametrize(
    "options, said",
    [
        ({}, "there is nothing to ask for"),
        ({"probes": [{"host": "*.example.org"}]}, "probes[0].host"),
        ({"probes": [{"host": "a.example", "hots": 1}]}, "hots"),
        ({"probes": [{"host": "a.example"}], "endpoints": ["b.example"]}, "not both"),
        ({"denied_names": ["a.example"]}, "denied_names"),
        ({"endpoints": ["*"]}, "endpoints[0]"),
        ({"endpoints": ["a.example"], "denied_names": ["a.example"]}, "is on the list"),
        ({"sources": ["no_such_source"]}, "no_such_source"),
        ({"probes": [{"host": "a.example"}], "via": "pac+http://wpad.example.org/"}, "'pac' is not supported"),
        ({"probes": [{"host": "a.example"}], "ca_file": "/nonexistent.pem"}, "ca_file"),
        ({"probes": [{"host": "a.example"}], "expected_issuers": ["("]}, "expected_issuers"),
        ({"probes": [{"host": "a.example"}], "timeout": 0}, "timeout"),
        ({"probes": [{"host": "a.example"}], "concurrency": 100000}, "concurrency"),
        ({"plan": "AAAA"}, "plan"),
    ],
)
def test_what_does_not_fit_fails_before_anything_is_asked(play: Play, options: dict[str, t.Any], said: str) -> None:
    seen, _printed = play(options)
    assert seen["failed"] is True
    assert said in seen["msg"]
