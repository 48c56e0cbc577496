# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What BIND, Unbound and PowerDNS Recursor resolve is what the dialect decides, and that is what the list means."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact, Loss
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import rpz as dialect
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import matches, normalise_name, parse

from lab import Lab
from tests.integration.conformance.harness import FULL, Answer, Control, confront
from tests.integration.rpz.rpz_lab import HOSTS, Device, ask

FROM_PUBLISHED, FROM_RANDOM, CATALOGUES = (6000, 600, 50) if FULL else (1500, 200, 8)


class DnsControl(Control):
    """One server with the zones, asked for addresses from a test host."""

    def __init__(self, lab: Lab, kind: str) -> None:
        self._device = Device(lab, kind)
        self._device.server.reset()
        self.platform = f"rpz ({kind})"
        self.version = str(self._device.info()["rpz"]["version"])
        self._loaded: tuple[Artefact, dialect.Rules] | None = None

    def serve(self, endpoints: t.Sequence[Endpoint]) -> Artefact:
        options = dialect.Options("managed_desktop", widen_globs=True)
        artefact = dialect.compile(endpoints, options)
        params = self._device.params_with_defaults({"digests": {"zones": artefact.digest}, "needs": artefact.needs})
        self._device.call({**params, "artefact": artefact.packed()})
        return artefact

    def fits(self, request: Request) -> bool:
        """A resolver is asked for names; ports are asked about once, and paths where the list has any."""
        name = normalise_name(request.host)
        return not name[-1:].isdigit() and "[" not in name and ":" not in name

    def ask(self, asked: t.Sequence[Request]) -> list[Answer]:
        return ask(self._device.lab, self._device.server, [request.host for request in asked])

    def decide(self, artefact: Artefact, request: Request) -> bool:
        if self._loaded is None or self._loaded[0] is not artefact:
            self._loaded = (artefact, dialect.load(artefact.content))
        return "allow" in dialect.decide(self._loaded[1], request)

    def explains(self, loss: Loss, endpoint: Endpoint, request: Request) -> bool:
        """A name that is listed with other ports or a path, or that lies in the domain behind a star in a label."""
        name = normalise_name(request.host)
        if endpoint.host is None or loss.result not in ("widened", "unsupported"):
            return False
        if loss.result == "unsupported":
            return "allow" in grants([endpoint], request)
        if matches(endpoint.host, name):
            return loss.prop == "ports" or endpoint.path is not None
        return loss.prop is None and endpoint.host.kind == "glob" and matches(parse(f"*.{endpoint.host.tail}"), name)


@pytest.mark.parametrize("kind", HOSTS)
def test_the_server_resolves_at_every_border_as_the_list_means(dns_lab: Lab, kind: str) -> None:
    tally = confront(DnsControl(dns_lab, kind), FROM_PUBLISHED, FROM_RANDOM, CATALOGUES)
    assert tally.wrong == []
    assert tally.total >= (30000 if FULL else 4000)
