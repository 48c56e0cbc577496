# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all integration tests of a session, and a freshly installed proxy for each test that asks for one.

Run with ``python -m pytest`` from the repository, as root: the package ``lab`` is found there.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from lab import Lab
from lab.services import Squid
from lab.topologies import branch, dns_firewalls
from lab.zone import Zone
from tests.integration.appliance.called import install


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    """The standard lab, with the code under test on its hosts.

    It needs root and the programs it names; without them the tests fail, and say so.
    """
    with Lab(state=tmp_path_factory.mktemp("lab") / "state") as running:
        client = Path(__file__).parent / "squid" / "client.py"
        install(running, ("proxy", "desk1", "desk2"), client)
        yield running


@pytest.fixture(scope="session")
def dns_lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    """The lab of DNS firewalls, with the code under test on its hosts."""
    with Lab(dns_firewalls(), state=tmp_path_factory.mktemp("dns-lab") / "state") as running:
        asker = Path(__file__).parent / "rpz" / "asker.py"
        install(running, ("bind", "unbound", "pdns-recursor", "desk1"), asker)
        yield running


@pytest.fixture(scope="session")
def branch_lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    """An office behind a Linux firewall, with the code under test on its hosts."""
    with Lab(branch(), state=tmp_path_factory.mktemp("branch") / "state") as running:
        client = Path(__file__).parent / "nftables" / "client.py"
        install(running, ("gateway", "desk1", "desk2"), client)
        yield running


@pytest.fixture()
def proxy(lab: Lab) -> Squid:
    """The lab's Squid as freshly installed: the shipped configuration and nothing else, empty logs, running."""
    squid = lab.squid()
    squid.reset()
    return squid


@pytest.fixture()
def zone(lab: Lab) -> t.Iterator[Zone]:
    """The lab's DNS, to set answers in; they are forgotten after the test."""
    yield lab.zone
    lab.zone.reset()
