# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nftables with dnsmasq lets through is what the dialect decides, and that is what the list means but for losses.

Asked of the real programs as a client does: resolve through the firewall's dnsmasq, then connect through the firewall.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.fragment import rendered
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact, Loss
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import nftables as dialect
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import normalise_name

from lab import Lab
from lab.services.gateway import FRAGMENTS, RULES
from lab.zone import INTERNET, address_of
from tests.integration.conformance.harness import FULL, Answer, Control, confront

FROM_PUBLISHED, FROM_RANDOM, CATALOGUES = (6000, 600, 50) if FULL else (1500, 150, 20)
AT_LEAST = 5000

_CLIENT = Path(__file__).parents[1] / "nftables" / "client.py"
_UPSTREAM = "10.78.0.10"


class FirewallControl(Control):
    """The lab's gateway, asked from desk1. With `filtering` its dnsmasq resolves what the list names alone."""

    def __init__(self, lab: Lab, filtering: bool) -> None:
        self._lab = lab
        self._options = dialect.Options(
            "conformance", filter_dns=filtering, upstreams=(_UPSTREAM,) if filtering else ()
        )
        self.platform = "nftables_filter_dns" if filtering else "nftables"
        nft = lab.run("gateway", ["nft", "--version"]).stdout.split()[1].lstrip("v")
        self.version = f"{nft}, dnsmasq {lab.run('gateway', ['dnsmasq', '--version']).stdout.split()[2]}"
        self._loaded: tuple[Artefact, dialect.Rules] | None = None
        self._owners: dict[str, str] = {}

    def serve(self, endpoints: t.Sequence[Endpoint]) -> Artefact:
        artefact = dialect.compile(endpoints, self._options)
        gateway = self._lab.gateway()
        gateway.host.path(f"{RULES}/conformance.nft").write_text(artefact.content["ruleset"], encoding="ascii")
        fragment = rendered(artefact.content["fragment"], "00000000")
        gateway.host.path(f"{FRAGMENTS}/conformance.conf").write_text(fragment, encoding="ascii")
        gateway.start()
        self._owners = {}
        return artefact

    def ask(self, asked: t.Sequence[Request]) -> list[Answer]:
        requests = [[r.host, r.port, r.transport] for r in asked]
        document = json.dumps({"server": self._lab.gateway().address, "requests": requests})
        script = _CLIENT.read_text(encoding="utf-8")
        answered = self._lab.run("desk1", ["/usr/bin/python3", "-c", script], input=document, timeout=300)
        return t.cast("list[Answer]", json.loads(answered.stdout))

    def decide(self, artefact: Artefact, request: Request) -> bool:
        if self._loaded is None or self._loaded[0] is not artefact:
            self._loaded = (artefact, dialect.load(artefact.content))
        return bool(dialect.decide(self._loaded[1], dataclasses.replace(request, resolved=_address(request))))

    def fits(self, request: Request) -> bool:
        """Not an address that the lab has no way to, and not a name that shares its address with another one that is
        asked for: whether it passes depends on which of both came first.
        """
        name, address = normalise_name(request.host), ipaddress.ip_address(_address(request))
        return address in INTERNET and self._owners.setdefault(str(address), name) == name

    def explains(self, loss: Loss, endpoint: Endpoint, request: Request) -> bool:
        """A name of the domain that stands for an endpoint, on its ports; or a name in a listed network."""
        if loss.prop == "shared_addresses":
            at_address = dataclasses.replace(request, host=_address(request))
            return endpoint.network is not None and bool(grants([endpoint], at_address))
        if loss.result == "unsupported":
            return bool(grants([endpoint], request))
        if loss.result != "widened" or endpoint.host is None:
            return False
        name, tail = normalise_name(request.host), endpoint.host.tail
        anywhere = dataclasses.replace(endpoint, host=None, path=None, network="192.0.2.1/32")
        on_ports = bool(grants([anywhere], dataclasses.replace(request, host="192.0.2.1")))
        return on_ports and (name == tail or name.endswith(f".{tail}"))


def _address(request: Request) -> str:
    name = normalise_name(request.host)
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return address_of(name)


@pytest.mark.parametrize("filtering", [False, True], ids=["plain", "filtered"])
def test_the_firewall_answers_at_every_border_as_the_list_means(branch_lab: Lab, filtering: bool) -> None:
    branch_lab.zone.reset()
    branch_lab.gateway().reset()
    tally = confront(FirewallControl(branch_lab, filtering), FROM_PUBLISHED, FROM_RANDOM, CATALOGUES)
    branch_lab.gateway().reset()
    assert tally.wrong == []
    assert tally.total >= AT_LEAST
