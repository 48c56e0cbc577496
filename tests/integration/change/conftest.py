# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes over three real proxies, with a test host behind each."""

from __future__ import annotations

import typing as t

import pytest

from lab import Lab
from lab.topologies import campus

PROXIES = ("proxy1", "proxy2", "proxy3")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    """The lab with three proxies."""
    with Lab(campus(len(PROXIES)), state=tmp_path_factory.mktemp("campus") / "state") as running:
        yield running


@pytest.fixture()
def campus_lab(three: Lab) -> Lab:
    """The same, with every proxy as freshly installed."""
    for name in PROXIES:
        three.squid(name).reset()
        three.run(name, ["rm", "-rf", "/var/backups/managed_desktop.network"])
    return three
