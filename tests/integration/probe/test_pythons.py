# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prober runs with the standard library alone on every Python that the collection supports."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Origins
from programs import Authority, Squid

VERSIONS = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]


def interpreter(version: str) -> str | None:
    """Return an interpreter of that version: one of pyenv's, or one on the path that runs."""
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    candidates = [str(found[-1])] if found else []
    for candidate in [*candidates, shutil.which(f"python{version}")]:
        if candidate and subprocess.run([candidate, "-c", ""], check=False, capture_output=True).returncode == 0:
            return candidate
    return None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_prober_sees_the_same_on_every_python(
    version: str, squid: Squid, origins: Origins, origin_ca: Authority
) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"this machine has no Python {version}")
    port = origins.https
    probes = [
        {"host": "allowed.test", "port": port}, {"host": "allowed.test", "port": origins.http, "scheme": "http"},
        {"host": "denied.test", "port": port}, {"host": "allowed.test", "port": origins.tls_1_1},
        {"host": "allowed.test", "port": origins.closed}, {"host": "allowed.test", "port": origins.tls_1_2},
        {"host": "allowed.test", "port": origins.tls_1_2, "tls": {"min": "1.3", "max": "1.3"}},
    ]  # fmt: skip
    filtering = [{"host": "unlisted.test", "port": port}]
    bumping = [{"host": "allowed.test", "port": port}, {"host": "denied.test", "port": port}]
    settings = {"ca_file": str(origin_ca.certificate)}
    seen = []
    for proxy, asked in ((squid.plain, probes), (squid.filter, filtering), (squid.bump, bumping)):
        via = f"http://127.0.0.1:{proxy}"
        done = subprocess.run(
            [python, "-W", "error", "-S", Path(__file__).with_name("probe_from_stdin.py")],
            input=json.dumps({"probes": asked, "via": via, "settings": settings}),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        seen += [result["cause"] for result in json.loads(done.stdout)["results"]]
    assert seen == [
        "ok", "ok", "proxy_denied", "tls_version", "proxy_upstream_failed", "ok", "tls_version", "tls_reset",
        "tls_intercepted", "tls_intercepted",  # one unknown issuer for two domains
    ]  # fmt: skip
