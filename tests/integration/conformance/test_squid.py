# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Squid answers is what its dialect decides, and that is what the list means but for declared losses.

Asked of the real program with the distribution's own configuration, from a test host.
"""

from __future__ import annotations

import json
import random
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import Layout, rendered
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid as dialect
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants

from lab import Lab
from lab.services import Squid
from tests.integration.conformance.questions import random_endpoints, requests

CATALOGUES = 50
FROM_SEED = 6000
FROM_EACH = 420
AT_LEAST = 20000

_SAFE_PORTS = {80, 21, 443, 70, 210, 280, 488, 591, 777}
_LYING_PTR = "198.18.99.7"


def the_site_permits(request: Request) -> bool:
    """Debian's own rules before the include: ``deny !Safe_ports`` and ``deny CONNECT !SSL_ports``."""
    if request.port not in _SAFE_PORTS and request.port < 1025:
        return False
    return request.method != "CONNECT" or request.port == 443


def serve(proxy: Squid, artefact: Artefact) -> None:
    """Put the compiled list where Squid reads it, and have it read."""
    layout = Layout("conformance", "/etc/squid/conf.d", "/etc/squid/allowlist.d")
    directory = layout.directory(artefact.digest, "00000000")
    target = proxy.host.path(directory)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in artefact.content["files"].items():
        (target / name).write_text(text, encoding="ascii")
    text = rendered(artefact.content["snippet"], directory, artefact.digest, "00000000")
    proxy.configure(Path(layout.snippet).name, text)
    proxy.reconfigure()


def ask(lab: Lab, asked: t.Sequence[Request]) -> list[bool | str]:
    """Put the requests to the lab's proxy from desk1."""
    questions = [[r.method, r.host, r.port, r.path] for r in asked]
    document = json.dumps({"proxy": [lab.squid().address, 3128], "requests": questions})
    script = Path(__file__).with_name("asker.py").read_text(encoding="utf-8")
    answered = lab.run("desk1", ["/usr/bin/python3", "-c", script], input=document)
    found: list[bool | str] = json.loads(answered.stdout)
    return found


def disagreements(
    lab: Lab, proxy: Squid, endpoints: t.Sequence[Endpoint], rng: random.Random, most: int
) -> tuple[int, list[str]]:
    """Return how many questions were asked, and each one that was answered otherwise than foretold."""
    artefact = dialect.compile(endpoints, dialect.Options("conformance"))
    serve(proxy, artefact)
    rules = dialect.load(artefact.content)
    widened = {loss.subject for loss in artefact.losses if loss.result == "widened"}
    exact = [endpoint for endpoint in endpoints if endpoint.subject not in widened]
    asked = requests(endpoints, rng, most)
    wrong = []
    for request, answer in zip(asked, ask(lab, asked), strict=True):
        decided = "allow" in dialect.decide(rules, request)
        if answer != (decided and the_site_permits(request)):
            wrong.append(f"Squid answers {answer}, the dialect decides {decided}: {request}")
        meant = "allow" in grants(endpoints, request)
        if meant and not decided:
            wrong.append(f"the list means {meant}, the dialect decides {decided}: {request}")
        if decided and not meant and not _declared(endpoints, exact, request):
            wrong.append(f"the dialect admits what the list does not mean, undeclared: {request}")
    return len(asked), wrong


def _declared(endpoints: t.Sequence[Endpoint], exact: t.Sequence[Endpoint], request: Request) -> bool:
    """Whether a widening that was declared explains the request: a percent-escape below a path prefix."""
    from urllib.parse import unquote

    if len(exact) == len(endpoints) or request.path is None:
        return False
    plain = Request(request.method, request.scheme, request.host, request.port, unquote(request.path))
    return "%" in request.path and "allow" in grants(endpoints, plain)


@pytest.fixture()
def lying_ptr(lab: Lab) -> t.Iterator[None]:
    """An address whose owner says that it is called like a listed name."""
    lab.zone.point(_LYING_PTR, "www.office.com")
    yield
    lab.zone.reset()


def test_squid_answers_at_every_border_as_the_list_means(lab: Lab, proxy: Squid, lying_ptr: None) -> None:
    rng = random.Random(20180829)
    seed = select(["managed_desktop"], edition="2018-08-29-aad339da", tenant="contoso").endpoints
    total, wrong = disagreements(lab, proxy, seed, rng, FROM_SEED)
    for number in range(CATALOGUES):
        endpoints = random_endpoints(rng)
        count, found = disagreements(lab, proxy, endpoints, rng, FROM_EACH)
        total += count
        wrong += [f"catalogue {number}: {line}" for line in found]
    print(f"asked {total} questions of Squid; {len(wrong)} disagreements")
    assert wrong == []
    assert total >= AT_LEAST
