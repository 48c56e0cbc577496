# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Squid answers is what its dialect decides, and that is what the list means but for declared losses.

Asked of the real program with the distribution's own configuration, from a test host.
"""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path
from urllib.parse import unquote

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import Layout, rendered
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact, Loss
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid as dialect
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants

from lab import Lab
from lab.services import Squid
from tests.integration.conformance.harness import FULL, Answer, Control, confront

sys.path.insert(0, str(Path(__file__).parent.parent / "squid"))

from squid_lab import Device

FROM_PUBLISHED, FROM_RANDOM, CATALOGUES = (6000, 600, 50) if FULL else (3000, 420, 50)
AT_LEAST = 20000

_SAFE_PORTS = {80, 21, 443, 70, 210, 280, 488, 591, 777}
_LYING_PTR = "198.18.99.7"


class SquidControl(Control):
    """The lab's proxy, asked from desk1."""

    platform = "squid"

    def __init__(self, lab: Lab, proxy: Squid) -> None:
        self._lab = lab
        self._proxy = proxy
        self.version = lab.run("proxy", ["squid", "-v"]).stdout.split("Version ")[1].split()[0]
        self._loaded: tuple[Artefact, dialect.Rules] | None = None

    def serve(self, endpoints: t.Sequence[Endpoint]) -> Artefact:
        artefact = dialect.compile(endpoints, dialect.Options("conformance"))
        layout = Layout("conformance", "/etc/squid/conf.d", "/etc/squid/allowlist.d")
        directory = layout.directory(artefact.digest, "00000000")
        target = self._proxy.host.path(directory)
        target.mkdir(parents=True, exist_ok=True)
        for name, text in artefact.content["files"].items():
            (target / name).write_text(text, encoding="ascii")
        text = rendered(artefact.content["snippet"], directory, artefact.digest, "00000000")
        self._proxy.configure(Path(layout.snippet).name, text)
        self._proxy.reconfigure()
        return artefact

    def ask(self, asked: t.Sequence[Request]) -> list[Answer]:
        questions = [[r.method, r.host, r.port, r.path] for r in asked]
        document = json.dumps({"proxy": [self._proxy.address, 3128], "requests": questions})
        script = Path(__file__).with_name("asker.py").read_text(encoding="utf-8")
        answered = self._lab.run("desk1", ["/usr/bin/python3", "-c", script], input=document)
        return t.cast("list[Answer]", json.loads(answered.stdout))

    def decide(self, artefact: Artefact, request: Request) -> bool:
        if self._loaded is None or self._loaded[0] is not artefact:
            self._loaded = (artefact, dialect.load(artefact.content))
        return "allow" in dialect.decide(self._loaded[1], request)

    def permits(self, request: Request) -> bool:
        """Debian's own rules before the include: ``deny !Safe_ports`` and ``deny CONNECT !SSL_ports``."""
        if request.port not in _SAFE_PORTS and request.port < 1025:
            return False
        return request.method != "CONNECT" or request.port == 443

    def explains(self, loss: Loss, endpoint: Endpoint, request: Request) -> bool:
        """A percent-escape below a path prefix; Squid resolves it first."""
        if loss.result != "widened" or request.path is None or "%" not in request.path:
            return False
        plain = Request(request.method, request.scheme, request.host, request.port, unquote(request.path))
        return "allow" in grants([endpoint], plain)


class FollowedSquidControl(SquidControl):
    """The same proxy, with a helper that is given one list after the other and never reloads."""

    platform = "squid (helper)"

    def __init__(self, lab: Lab, proxy: Squid) -> None:
        super().__init__(lab, proxy)
        self._device = Device(lab, proxy, "helper")
        self._sockets: t.Any = None

    def serve(self, endpoints: t.Sequence[Endpoint]) -> Artefact:
        artefact = dialect.compile(endpoints, dialect.Options("managed_desktop", activation="helper", tls=False))
        params = self._device.params_with_defaults({"digests": {"plain": artefact.digest}, "needs": artefact.needs})
        # What the distribution's own rules block (see `permits`), and that they inspect nothing.
        accepted = {"accepted_ports": [[1, 65535]], "accepted_properties": ["tls_inspection"]}
        self._device.call({**params, **accepted, "artefact": artefact.packed()})
        sockets = self._proxy.host.sockets(3128)
        assert self._sockets in (None, sockets), "Squid was reloaded"
        self._sockets = sockets
        return artefact


@pytest.fixture()
def lying_ptr(lab: Lab) -> t.Iterator[None]:
    """An address whose owner says that it is called like a listed name."""
    lab.zone.point(_LYING_PTR, "www.office.com")
    yield
    lab.zone.reset()


def test_squid_answers_at_every_border_as_the_list_means(lab: Lab, proxy: Squid, lying_ptr: None) -> None:
    tally = confront(SquidControl(lab, proxy), FROM_PUBLISHED, FROM_RANDOM, CATALOGUES)
    assert tally.wrong == []
    assert tally.total >= AT_LEAST


def test_a_helper_answers_the_same_questions_in_the_same_way(lab: Lab, proxy: Squid, lying_ptr: None) -> None:
    published, of_random, catalogues = (FROM_PUBLISHED, FROM_RANDOM, CATALOGUES) if FULL else (1500, 200, 10)
    tally = confront(FollowedSquidControl(lab, proxy), published, of_random, catalogues)
    assert tally.wrong == []
    assert tally.total >= (AT_LEAST if FULL else 4000)
