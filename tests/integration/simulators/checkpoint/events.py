# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a run from outside, at a request of its own."""

from __future__ import annotations

import contextlib
import random
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import Http
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Answer

from lab.simulators.checkpoint import ManagementServer
from lab.simulators.server import Reply, Request
from tests.integration.simulators.faults import SEED
from tests.integration.simulators.test_faults import FULL

Thing = t.TypeVar("Thing")


def some(things: t.Sequence[Thing], most: int) -> list[Thing]:
    """Return `most` of the things, chosen by a fixed seed; all of them in ``./run faults``."""
    if FULL or len(things) <= most:
        return list(things)
    chosen = set(random.Random(SEED).sample(range(len(things)), most))
    return [thing for number, thing in enumerate(things) if number in chosen]


class Died(BaseException):
    """The process is gone: nothing that was to be done at the end is done."""


Handle = t.Callable[[Request], Reply]


@contextlib.contextmanager
def _handled(server: ManagementServer, around: t.Callable[[Handle, Request], Reply]) -> t.Iterator[None]:
    """Have each request handled by `around`, which is given the server's own way of doing it."""
    genuine = server.handle
    server.handle = lambda request: around(genuine, request)
    try:
        yield
    finally:
        del server.handle


@contextlib.contextmanager
def _once(server: ManagementServer, command: str, early: bool, action: t.Callable[[], object]) -> t.Iterator[None]:
    waiting = [action]

    def around(genuine: Handle, request: Request) -> Reply:
        meant = request.path.endswith(f"/{command}")
        if early and meant and waiting:
            waiting.pop()()
        reply = genuine(request)
        if not early and meant and waiting:
            waiting.pop()()
        return reply

    with _handled(server, around):
        yield
    assert not waiting, f"{command} was never asked for"


def at(server: ManagementServer, command: str, action: t.Callable[[], object]) -> t.ContextManager[None]:
    """Do something once, just before the server does the first `command` from now on."""
    return _once(server, command, True, action)


def after(server: ManagementServer, command: str, action: t.Callable[[], object]) -> t.ContextManager[None]:
    """Do something once, just after the server did the first `command` from now on."""
    return _once(server, command, False, action)


def answering(server: ManagementServer, command: str, body: bytes, status: int = 200) -> t.ContextManager[None]:
    """Have the server answer each `command` with these bytes, whatever it did."""

    def around(genuine: Handle, request: Request) -> Reply:
        reply = genuine(request)
        if request.path.endswith(f"/{command}"):
            return Reply(body, status, {"Content-Type": "application/json"})
        return reply

    return _handled(server, around)


@contextlib.contextmanager
def before(command: str, action: t.Callable[[], object]) -> t.Iterator[None]:
    """Do something once, just before the first `command` from now on is sent; it may ask the server itself."""
    send, waiting = Http.send, [action]

    def sending(self: Http, method: str, path: str, *args: t.Any, **more: t.Any) -> Answer:
        if waiting and path.endswith(f"/{command}"):
            waiting.pop()()
        return send(self, method, path, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Http, "send", sending)
        yield
    assert not waiting, f"{command} was never asked for"


def dying(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let this process die just before it would send its request of this number, counted from 1."""
    send, sent = Http.send, [0]

    def sending(self: Http, *args: t.Any, **more: t.Any) -> Answer:
        sent[0] += 1
        if sent[0] >= number:
            raise Died
        return send(self, *args, **more)

    monkeypatch.setattr(Http, "send", sending)
