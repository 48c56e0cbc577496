# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""denied_requests_info on what a real Squid wrote into its own log."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import squid_lab

LOG = "/var/log/squid/access.log"
LIST = {"sources": [], "endpoints": ["www.microsoft.com", "*.manage.microsoft.com", {"host": "login.live.com"}]}
PLAYBOOK = [
    {
        "hosts": "proxy",
        "gather_facts": False,
        "tasks": [
            {"managed_desktop.network.squid_allowlist_info": {"include_entries": True}, "register": "squid"},
            {
                "managed_desktop.network.denied_requests_info": {
                    **LIST,
                    "logs": [f"{LOG}*"],
                    "entries": "{{ squid.entries }}",
                    "denied_names": ["files.stranger.example"],
                },
                "register": "denied",
            },
            {
                "ansible.builtin.copy": {"content": "{{ denied | to_json }}", "dest": "{{ found }}", "mode": "0600"},
                "delegate_to": "localhost",
                "vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable},
            },
        ],
    }
]


def judged(device: squid_lab.Device, tmp_path: Path) -> dict[str, t.Any]:
    """Run the module on the proxy as a playbook does, and return what it says."""
    (tmp_path / "play.json").write_text(json.dumps(PLAYBOOK))
    found = tmp_path / "found.json"
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "play.json", "-e", f"found={found}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **device.lab.ansible_environment(), "ANSIBLE_NOCOLOR": "1"},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    content: dict[str, t.Any] = json.loads(found.read_text())
    return content


def told(found: dict[str, t.Any]) -> dict[str, tuple[str, int]]:
    return {f"{item['host']}:{item['port']}": (item["verdict"], item["times"]) for item in found["requests"]}


def test_what_a_real_proxy_denied_is_told_apart(device: squid_lab.Device, tmp_path: Path) -> None:
    device.status("login.live.com:443", "early.manage.microsoft.com:443")
    device.present("early.manage.microsoft.com", "www.microsoft.com")
    device.status(
        "www.microsoft.com:443",
        "login.live.com:443",
        "outlook.office365.com:443",
        "files.stranger.example:443",
        "www.microsoft.com:8443",
        "http://stranger.example/private?token=secret",
        "http://stranger.example/other",
        "login.lve.com:443",
    )
    found = judged(device, tmp_path)
    assert told(found) == {
        "login.live.com:443": ("missing", 2),
        "outlook.office365.com:443": ("missing", 1),
        "early.manage.microsoft.com:443": ("listed", 1),
        "stranger.example:80": ("not in the catalogue", 2),
        "login.lve.com:443": ("not in the catalogue", 1),
        "files.stranger.example:443": ("rightly denied", 1),
        "www.microsoft.com:8443": ("rightly denied", 1),
    }
    by_host = {item["host"]: item for item in found["requests"]}
    assert by_host["login.live.com"]["selected"]
    assert not by_host["outlook.office365.com"]["selected"]
    assert {row["source"] for row in by_host["outlook.office365.com"]["rows"]} >= {"microsoft365"}
    assert "login.live.com" in by_host["login.lve.com"]["nearest"]
    assert "secret" not in json.dumps(found)
    assert "/private" not in json.dumps(found)
    assert found["unreadable"] == 0
    assert any(line.startswith("Missing on this appliance") for line in found["text"])


def test_a_log_in_another_format_and_rotated_ones_are_read(device: squid_lab.Device, tmp_path: Path) -> None:
    device.status("login.live.com:443")
    log = device.path(LOG)
    with gzip.open(device.path(f"{LOG}.1.gz"), "wb") as file:
        file.write(log.read_bytes())
    try:
        device.proxy.configure("10-log.conf", f"access_log daemon:{LOG} combined\n")
        log.write_bytes(b"")
        device.proxy.restart()
        device.status("login.live.com:443", "http://stranger.example/")
        found = judged(device, tmp_path)
    finally:
        device.path(f"{LOG}.1.gz").unlink()
    assert told(found)["login.live.com:443"] == ("missing", 2)
    assert told(found)["stranger.example:80"] == ("not in the catalogue", 1)
    assert (found["unreadable"], len(found["logs"])) == (0, 2)
