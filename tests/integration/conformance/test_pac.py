# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two engines of their own make of a proxy auto-configuration file: pacparser's SpiderMonkey, and Node's V8."""

from __future__ import annotations

import abc
import json
import subprocess
import time
import typing as t

import pacparser
import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import pac as dialect
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request

from tests.integration.conformance.harness import FULL, Answer, Control, confront

FROM_PUBLISHED, FROM_RANDOM, CATALOGUES = (6000, 600, 50) if FULL else (3000, 200, 20)
OPTIONS = dialect.Options.from_dict({"name": "conformance", "proxies": ["proxy.example:3128"]})

# The script alone: it calls none of the functions that a browser adds, so none are made here.
_NODE = """
const vm = require("vm"), {body, asked} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const context = vm.createContext({});
vm.runInContext(body, context);
const ask = (url, host) => `FindProxyForURL(${JSON.stringify(url)}, ${JSON.stringify(host)})`;
const find = ([url, host]) => vm.runInContext(ask(url, host), context);
const answers = asked.map(find);
console.log(JSON.stringify(answers));
"""


def url_and_host(request: Request) -> tuple[str, str]:
    """Return what a browser hands the script: of https neither path nor query, and no brackets around an address."""
    written = f"{request.host}:{request.port}"
    if request.method == "CONNECT":
        return f"https://{written}/", request.host.strip("[]")
    host = request.host if request.port == 80 else written
    return f"http://{host}{request.path}", request.host.strip("[]")


class PacControl(Control):
    """One engine with a script."""

    def __init__(self) -> None:
        self._body = ""
        self._loaded: tuple[Artefact, dialect.Rules] | None = None

    def serve(self, endpoints: t.Sequence[Endpoint]) -> Artefact:
        artefact = dialect.compile(endpoints, OPTIONS)
        self._body = artefact.content["body"]
        return artefact

    def fits(self, request: Request) -> bool:
        """Whether a browser would make such a URL: it resolves dot segments itself, and a path begins with a slash."""
        return request.path is None or request.path.startswith("/")

    def decide(self, artefact: Artefact, request: Request) -> bool:
        if self._loaded is None or self._loaded[0] is not artefact:
            self._loaded = (artefact, dialect.load(artefact.content))
        return "allow" in dialect.decide(self._loaded[1], request)

    def ask(self, asked: t.Sequence[Request]) -> list[Answer]:
        told = self.evaluate([url_and_host(request) for request in asked])
        return [
            answer == "DIRECT" if answer in ("DIRECT", OPTIONS.others) else f"answers {answer!r}" for answer in told
        ]

    @abc.abstractmethod
    def evaluate(self, asked: t.Sequence[tuple[str, str]]) -> list[str]:
        """Return what the script answers to each URL and host."""


class Pacparser(PacControl):
    platform = "pac (pacparser)"

    def __init__(self) -> None:
        super().__init__()
        self.version = str(pacparser.version())

    def evaluate(self, asked: t.Sequence[tuple[str, str]]) -> list[str]:
        pacparser.init()
        try:
            pacparser.parse_pac_string(self._body)
            return [str(pacparser.find_proxy(url, host)) for url, host in asked]
        finally:
            pacparser.cleanup()


class Node(PacControl):
    platform = "pac (Node.js)"

    def __init__(self) -> None:
        super().__init__()
        self.version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()

    def evaluate(self, asked: t.Sequence[tuple[str, str]]) -> list[str]:
        document = json.dumps({"body": self._body, "asked": asked})
        done = subprocess.run(["node", "-e", _NODE], input=document, capture_output=True, text=True, check=True)
        return t.cast("list[str]", json.loads(done.stdout))


@pytest.mark.parametrize("engine", [Pacparser, Node])
def test_the_engine_answers_at_every_border_as_the_list_means(engine: type[PacControl]) -> None:
    tally = confront(engine(), FROM_PUBLISHED, FROM_RANDOM, CATALOGUES)
    assert tally.wrong == []
    assert tally.total >= (30000 if FULL else 10000)


def test_a_decision_among_10000_entries_costs_microseconds() -> None:
    """In time of the processor, beside a script that only returns: what the look-up itself costs."""
    endpoints = [
        Endpoint.from_dict({"host": f"{'*.' * (n % 2)}n{n}.{'abcdefgh'[n % 8]}{n % 97}.example"}) for n in range(10000)
    ]
    body = dialect.compile(endpoints, OPTIONS).content["body"]
    asked = [url_and_host(Request("CONNECT", None, f"x.n{n}.a{n % 97}.example", 443)) for n in range(2000)]

    def seconds(script: str) -> float:
        pacparser.init()
        try:
            pacparser.parse_pac_string(script)
            begun = time.process_time()
            for url, host in asked:
                pacparser.find_proxy(url, host)
            return time.process_time() - begun
        finally:
            pacparser.cleanup()

    empty = "function FindProxyForURL(url, host) { return 'DIRECT'; }"
    cost = min(seconds(body) - seconds(empty) for _attempt in range(5)) / len(asked)
    print(f"{cost * 1e6:.1f} µs a decision")
    assert cost < 20e-6
