# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source on real HTTPS, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import time
import typing as t
import urllib.parse
import uuid
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.extensions.eda.plugins.event_source import catalogue_changes as source

from .version_service import FAULTS, VersionService, refuse

FIRST, SECOND, THIRD = "2025120100", "2026010500", "2026010501"


class Events(list[dict[str, t.Any]]):
    async def put(self, event: dict[str, t.Any]) -> None:
        self.append(event["catalogue"])


Step = t.Callable[[], None]


@pytest.fixture()
def options(service: VersionService, tmp_path: Path) -> source.Options:
    return source.Options(
        tmp_path / "state.json", "Worldwide", base_url=service.url, ca_file=service.ca_file, interval=0.02
    )


def watch(service: VersionService, options: source.Options, *steps: Step, questions: int = 2) -> Events:
    """Run the source; do each step after the service was asked `questions` times more, and so before the end."""
    events = Events()

    async def run() -> None:
        with source.State.opened(options.state_file) as state:
            task = asyncio.create_task(source.watch_service(events, options, state))
            for step in (*steps, lambda: None):
                wanted, end = len(service.asked) + questions, time.monotonic() + 20
                while len(service.asked) < wanted:
                    assert not task.done() and time.monotonic() < end, "the service is not asked"
                    await asyncio.sleep(0.005)
                step()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    asyncio.run(run())
    return events


def test_a_higher_version_is_told_once_and_outlives_a_restart(service: VersionService, options: source.Options) -> None:
    assert watch(service, options) == []
    service.version = SECOND
    assert watch(service, options) == [
        {"kind": "version", "instance": "Worldwide", "previous": FIRST, "version": SECOND}
    ]
    assert watch(service, options) == []


def test_each_of_two_moves_is_told(service: VersionService, options: source.Options) -> None:
    def move(version: str) -> Step:
        return lambda: setattr(service, "version", version)

    events = watch(service, options, move(SECOND), move(THIRD))
    assert [event["version"] for event in events] == [SECOND, THIRD]


def test_the_question_is_the_documented_one_with_one_client_id(
    service: VersionService, options: source.Options
) -> None:
    watch(service, options)
    watch(service, options)
    (question,) = set(service.asked)
    parts = urllib.parse.urlsplit(question)
    ((name, client),) = urllib.parse.parse_qsl(parts.query)
    assert (parts.path, name) == ("/version/Worldwide", "ClientRequestId")
    assert str(uuid.UUID(client)) == client


def test_a_client_id_of_the_users_own(service: VersionService, options: source.Options) -> None:
    own = "b10c5ed1-bad1-445f-b386-b919946339a7"
    watch(service, dataclasses.replace(options, client_request_id=own))
    assert own in service.asked[0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_logged_tells_nothing_and_the_next_version_is_told(
    service: VersionService, options: source.Options, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        service.script = [FAULTS[fault]]

    def move() -> None:
        service.version = SECOND

    events = watch(service, options, fail, move, questions=3)
    assert [(event["previous"], event["version"]) for event in events] == [(FIRST, SECOND)]
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert FIRST in warnings[0]


def test_a_server_that_nobody_vouches_for_is_not_believed(service: VersionService, options: source.Options) -> None:
    opener = source.make_opener("")
    with pytest.raises(source.NoAnswer, match="CERTIFICATE_VERIFY_FAILED"):
        source.ask(opener, options, "x")
    assert service.asked == []


def test_a_service_that_is_not_there(options: source.Options, service: VersionService) -> None:
    gone = dataclasses.replace(options, base_url="https://127.0.0.1:1")
    with pytest.raises(source.NoAnswer, match="refused"):
        source.ask(source.make_opener(service.ca_file), gone, "x")


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry_After": "7200"}, 7200), ({}, 3600), ({"Retry_After": "soon"}, 3600)]
)
def test_after_429_it_waits_across_restarts(
    service: VersionService, options: source.Options, headers: dict[str, str], seconds: float
) -> None:
    service.script = [refuse(429, **headers)]
    patient(options)
    until = state(options)["not_before"]
    assert seconds - 60 < until - time.time() <= seconds
    before = len(service.asked)
    patient(options)
    assert len(service.asked) == before


def test_a_restart_within_the_interval_asks_nothing(service: VersionService, options: source.Options) -> None:
    hourly = dataclasses.replace(options, interval=3600.0)
    patient(hourly)
    patient(hourly)
    assert len(service.asked) == 1


def patient(options: source.Options) -> Events:
    """Run the source for half a second, however often it asks."""
    events = Events()

    async def run() -> None:
        with source.State.opened(options.state_file) as held, contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(source.watch_service(events, options, held), 0.5)

    asyncio.run(run())
    return events


def state(options: source.Options) -> dict[str, t.Any]:
    data = json.loads(options.state_file.read_text(encoding="utf-8"))
    found: dict[str, t.Any] = data["asked"][options.version_url]
    return found


def test_an_answer_that_trickles_in_is_given_up(
    service: VersionService, options: source.Options, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def trickle(handler: t.Any) -> None:
        handler.send(200, b"", length=1000)
        for _octet in range(20):
            time.sleep(0.05)
            handler.wfile.write(b" ")
            handler.wfile.flush()

    monkeypatch.setattr(source, "_PATIENCE", 0.2)
    service.script = [trickle]
    service.version = SECOND
    assert watch(service, options, questions=3) == []
    assert "not whole after" in caplog.text
    assert state(options)["version"] == SECOND
