# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test host learns of a denied name: that it was blocked, or only that it does not exist."""

from __future__ import annotations

import json

import pytest

from lab import Lab
from lab.services.dns_firewalls import HOME, ZONES
from tests.integration.appliance.called import CODE
from tests.integration.rpz.rpz_lab import HOSTS, Device

ASK = """
import json, sys
from ansible_collections.managed_desktop.network.plugins.module_utils._probe import dns_query
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.deadline import Deadline
print(json.dumps([dns_query.ask(name, Deadline(10), sys.argv[1])[1:] for name in sys.argv[2:]]))
"""


@pytest.mark.parametrize("kind", list(HOSTS))
def test_only_powerdns_says_that_it_blocked_a_name_and_not_of_one_that_is_listed_and_does_not_exist(
    dns_lab: Lab, kind: str
) -> None:
    device = Device(dns_lab, kind)
    device.server.reset()
    device.present("a.example", "dead.invalid")
    resolvers = "/run/resolv.conf"
    dns_lab.host("desk1").path(resolvers).write_text(f"nameserver {device.server.address}\n")
    asked = ["/usr/bin/python3", "-B", "-c", ASK, resolvers, "a.example", "denied.example", "dead.invalid"]
    told = json.loads(dns_lab.run("desk1", asked, env={"PYTHONPATH": CODE}).stdout)
    blocked = "Blocked" if kind == "pdns_recursor" else None
    assert told == [["NOERROR", None], ["NXDOMAIN", blocked], ["NXDOMAIN", None]]


def test_the_lines_that_powerdns_needs_are_those_that_the_lab_has(dns_lab: Lab) -> None:
    device = Device(dns_lab, "pdns_recursor")
    device.server.reset()
    shown = device.info()["configuration"].splitlines()
    assert shown[1:] == device.path(f"{HOME}/rpz.lua").read_text().splitlines()
    assert [zone for zone, line in zip(ZONES, shown[1:], strict=True) if "extendedErrorCode=15" in line] == [ZONES[1]]
