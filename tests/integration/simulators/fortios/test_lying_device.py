# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device whose answers are of the wrong form, at every request: told, with nothing lost and no secret shown."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab.simulators.server import Reply, Request
from tests.integration.simulators.fortios.target import TOKEN, FortiTarget
from tests.integration.simulators.fortios.test_life_cycle import BOTH
from tests.integration.simulators.target import Refused

COMMENT = "managed_desktop.network list managed_desktop"
ENTRY = {"id": "1", "url": 7, "type": None, "action": [], "status": {}}
LIES: dict[str, tuple[int, bytes]] = {
    "nothing": (200, b"{}"),
    "success and nothing else": (200, b'{"status": "success", "version": 7, "serial": ["x"]}'),
    "numbers": (200, b'{"status": "success", "results": [7]}'),
    "an empty object": (200, b'{"status": "success", "results": [{}]}'),
    "entries of wrong types": (
        200,
        json.dumps(
            {"status": "success", "results": [{"comment": COMMENT, "comments": 7, "entries": [ENTRY]}]}
        ).encode(),
    ),
    "an odd error": (418, json.dumps({"error": [], "cli_error": f"{TOKEN}\n\x1b[31m" + "z" * 5000}).encode()),
    "what is too deep": (200, b"[" * 200_000),
}


def url_of(entry: t.Any) -> str:
    return str(entry["url"]) if isinstance(entry, dict) else str(entry)


def lie_at(target: FortiTarget, number: int, status: int, body: bytes) -> None:
    """Have the device answer the request of this number, counted from 1, by what it never would."""
    simulator, original = target.simulator, target.simulator.handle
    seen = [0]

    def handle(request: Request) -> Reply:
        seen[0] += 1
        return Reply(body, status) if seen[0] == number else original(request)

    simulator.handle = handle


@BOTH
@pytest.mark.parametrize("lie", LIES)
def test_an_answer_of_the_wrong_form_loses_nothing(target: FortiTarget, lie: str) -> None:
    status, body = LIES[lie]
    target.present("a.example")
    target.simulator.requests.clear()
    target.present("b.example")
    requests = len(target.simulator.requests)
    honest = target.simulator.handle
    # Of a device that says that nobody uses the table, the entries are those that fit both modes.
    both = [artefact.content["entries"] for artefact in target.compiled("b.example").values()]
    lists = {target.entries("a.example"), *(frozenset(map(url_of, entries)) for entries in both)}
    others = target.foreign()
    for number in range(1, requests + 1):
        target.present("a.example")
        lie_at(target, number, status, body)
        try:
            target.present("b.example", activation_timeout=0.1)
        except Refused as refusal:
            message = str(refusal)
            assert message.rstrip().endswith(".")
            assert TOKEN not in message
            assert message.isprintable()
        finally:
            target.simulator.handle = honest
        assert target.running() in lists
        assert target.foreign() == others
        assert target.leftovers() == []
        target.present("b.example")
        assert target.running() == target.entries("b.example")
