# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same questions for every control: does the real program answer as its dialect decides, and as the list means?

A platform brings a `Control`; the lists, the questions and the comparison are here. What is found is kept by platform,
version and kind of pattern under ``.cache/conformance``, from where `tools/conformance.py` makes the page in docs/.
"""

from __future__ import annotations

import abc
import json
import os
import random
import time
import typing as t
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact, Loss
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request, grants
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import for_names

from tests.integration.conformance.questions import random_endpoints, requests

FULL: t.Final = os.environ.get("ALLOWLIST_CONFORMANCE") == "full"
"""Whether all lists are asked about, as `./run conformance` does, or a part of fixed seed, as `./run test` does."""

SEED: t.Final = 20180829
TENANT: t.Final = "contoso"
RESULTS: t.Final = Path(os.environ.get("ALLOWLIST_CONFORMANCE_RESULTS") or ".cache/conformance")

Answer = bool | str
"""Whether the control let the request pass; a text where it did neither that nor deny it."""


Sequence = t.Sequence[Endpoint]


class Control(abc.ABC):
    """A real program that holds a list. `platform` and `version` stand in the results."""

    platform: str
    version: str

    @abc.abstractmethod
    def serve(self, endpoints: t.Sequence[Endpoint]) -> Artefact:
        """Compile the list, put it in force, and return what it was compiled to."""

    @abc.abstractmethod
    def ask(self, asked: t.Sequence[Request]) -> list[Answer]:
        """Put the requests to the program, from a test host, and return an answer to each."""

    @abc.abstractmethod
    def decide(self, artefact: Artefact, request: Request) -> bool:
        """Return whether the dialect says that the list lets the request pass."""

    def usable(self, endpoints: Sequence) -> Sequence:
        """Return the endpoints that the list means on such a control; by default one that matches names."""
        return for_names(endpoints).usable

    def permits(self, request: Request) -> bool:
        """Return whether the site's own rules leave the request to the list."""
        return True

    def fits(self, request: Request) -> bool:
        """Return whether the control can be asked this at all, such as a question of names to a resolver."""
        return True

    def explains(self, loss: Loss, endpoint: Endpoint, request: Request) -> bool:
        """Return whether a declared loss of one endpoint explains that the dialect and the list differ here.

        By default: a name that is lost is denied, and one that is widened admits what the platform's own test says.
        """
        return False


@dataclass
class Tally:
    """How many questions were asked by kind of pattern, and each that was answered otherwise than foretold."""

    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    results: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of questions."""
        return sum(self.asked.values())


def lists(rng: random.Random, catalogues: int) -> t.Iterator[tuple[str, Sequence]]:
    """Yield the lists to ask about, each with its name: published ones first, then random ones."""
    for name, sources, edition in (
        ("the seed", ["managed_desktop"], "2018-08-29-aad339da"),
        ("managed_desktop, newest", ["managed_desktop"], "latest"),
        ("microsoft365 Worldwide", ["microsoft365"], "latest"),
    ):
        yield name, select(sources, edition=edition, tenant=TENANT).endpoints
    for number in range(catalogues):
        yield f"random list {number}", random_endpoints(rng)


def confront(control: Control, from_published: int, from_random: int, catalogues: int) -> Tally:
    """Ask the control about every list and return what came of it; it is written into `RESULTS` as well.

    `from_published` and `from_random` are the most questions of one list of each sort.
    """
    rng = random.Random(SEED)
    tally = Tally()
    begun = time.monotonic()
    for name, endpoints in lists(rng, catalogues):
        most = from_random if name.startswith("random") else from_published
        _one_list(control, name, endpoints, rng, most, tally)
    seconds = time.monotonic() - begun
    print(f"{control.platform} {control.version}: {tally.total} questions, {len(tally.wrong)} disagreements")
    _keep(control, tally, seconds)
    return tally


def _one_list(control: Control, name: str, endpoints: Sequence, rng: random.Random, most: int, tally: Tally) -> None:
    artefact = control.serve(endpoints)
    _count_results(endpoints, artefact, tally)
    asked = [request for request in requests(endpoints, rng, most) if control.fits(request)]
    meaning = control.usable(endpoints)
    losing = _losing(endpoints, artefact.losses)
    for request, answer in zip(asked, control.ask(asked), strict=True):
        tally.asked[_kind_of(meaning, request)] += 1
        decided = control.decide(artefact, request)
        if answer != (decided and control.permits(request)):
            tally.wrong.append(f"{name}: the program answers {answer}, the dialect decides {decided}: {request}")
        meant = "allow" in grants(meaning, request)
        if meant != decided and not any(control.explains(loss, e, request) for loss, e in losing):
            tally.wrong.append(f"{name}: the list means {meant}, the dialect decides {decided}, undeclared: {request}")


def _losing(endpoints: Sequence, losses: t.Sequence[Loss]) -> list[tuple[Loss, Endpoint]]:
    by_subject: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        by_subject.setdefault(endpoint.subject, []).append(endpoint)
    return [(loss, e) for loss in losses for e in (endpoints if loss.prop else by_subject.get(loss.subject, ()))]


def kind(endpoint: Endpoint) -> str:
    """Return the row of the results that an endpoint belongs to."""
    if endpoint.host is None:
        return "network"
    if endpoint.path is not None:
        return "path prefix" if endpoint.path.endswith("*") else "path"
    text = endpoint.host.text
    if endpoint.host.kind == "literal":
        return "a.example"
    if endpoint.host.kind == "suffix":
        return "*.a.example"
    if text.startswith("*.*."):
        return "*.*.a.example"
    return "b.*.a.example" if ".*." in text else "pay*.a.example"


def _kind_of(endpoints: Sequence, request: Request) -> str:
    """Return the kind of the first endpoint that covers the request; of one that none covers, that it is denied."""
    for endpoint in endpoints:
        if "allow" in grants([endpoint], request):
            return kind(endpoint)
    return "not listed"


def _count_results(endpoints: Sequence, artefact: Artefact, tally: Tally) -> None:
    lost = {loss.subject: loss for loss in artefact.losses if loss.result != "broad" and not loss.prop}
    for endpoint in endpoints:
        loss = lost.get(endpoint.subject)
        said = "exact" if loss is None else f"{loss.result}: {loss.detail}"
        tally.results.setdefault(kind(endpoint), Counter())[said] += 1


def _keep(control: Control, tally: Tally, seconds: float) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    found = {
        "platform": control.platform,
        "version": control.version,
        "full": FULL,
        "seconds": round(seconds, 1),
        "questions": tally.total,
        "disagreements": len(tally.wrong),
        "asked": dict(sorted(tally.asked.items())),
        "results": {name: dict(sorted(counts.items())) for name, counts in sorted(tally.results.items())},
    }
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    (RESULTS / f"{control.platform}.json").write_text(text, encoding="utf-8")
