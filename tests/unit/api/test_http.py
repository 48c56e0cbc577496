# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked again and what is not, over real HTTPS."""

from __future__ import annotations

import email.message
import email.utils
import html
import http.client as http_client
import json
import re
import socket
import threading
import time
import traceback
import typing as t
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._api import http
from ansible_collections.managed_desktop.network.plugins.module_utils._api.client import ApiClient
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import Busy, Http, HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._api.options import backups_of, http_of
from ansible_collections.managed_desktop.network.plugins.module_utils._https import (
    Answer,
    Connection,
    TooSlow,
    Way,
    told,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

from lab.simulators import server
from lab.simulators.faults import Fault, FaultScript
from lab.simulators.server import Reply, Request, Simulator

SECRET = "hunter2-very-long"


class Counter(Simulator):
    """Counts what it was asked to do; knows one session, which can end."""

    def __init__(self, directory: Path) -> None:
        self.done = 0
        self.sessions = 0
        self.valid = ""
        self.reply: Reply | None = None
        super().__init__(directory)

    def handle(self, request: Request) -> Reply:
        if request.path == "/login":
            self.sessions += 1
            self.valid = f"session-{self.sessions}"
            return Reply(self.valid.encode())
        if request.path == "/logout":
            self.valid = ""
            return Reply()
        if self.valid and request.headers.get("x-session") != self.valid:
            return Reply(b"expired", 401)
        self.done += 1
        return self.reply or Reply.of_json({"done": self.done})


@pytest.fixture()
def device(tmp_path: Path) -> t.Iterator[Counter]:
    with Counter(tmp_path) as found:
        yield found


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(http, "sleep", waited.append)
    return waited


def way(device: Counter, timeout: float = 5.0, use_proxy: bool = False) -> Http:
    return Http(device.address, device.port, Way(timeout, str(device.ca_path), use_proxy=use_proxy), [SECRET])


each_way = pytest.mark.parametrize("use_proxy", [False, True], ids=["straight", "use_proxy"])
"""By a connection of our own, and by Ansible's way, which would take a proxy of the environment."""


# Which faults are survived by asking again, and how often the device then did what it was asked for.
REPEATED: t.Final = {
    Fault.DELAY: 2,
    Fault.ERROR: 1,
    Fault.ERROR_AFTER: 2,
    Fault.UNAVAILABLE: 1,
    Fault.BUSY: 1,
    Fault.CUT_OFF: 2,
    Fault.NO_HANDSHAKE: 1,
    Fault.LOST: 2,
}


@each_way
@pytest.mark.parametrize("kind", REPEATED)
def test_what_may_be_done_twice_is_asked_again(device: Counter, kind: Fault, use_proxy: bool) -> None:
    device.script = FaultScript(kind, 1, seconds=0.8)
    answer = way(device, 0.4, use_proxy).send("GET", "/list", repeatable=True)
    assert (answer.status, device.done) == (200, REPEATED[kind])


# By Ansible's way a handshake that fails may look as a connection that is reset, which may have carried something.
@pytest.mark.parametrize(("kind", "use_proxy"), [(Fault.BUSY, False), (Fault.BUSY, True), (Fault.NO_HANDSHAKE, False)])
def test_what_was_surely_not_done_is_asked_again_whatever_it_is(device: Counter, kind: Fault, use_proxy: bool) -> None:
    device.script = FaultScript(kind, 1)
    assert way(device, use_proxy=use_proxy).send("POST", "/commit").status == 200
    assert device.done == 1


@each_way
@pytest.mark.parametrize("kind", [Fault.DELAY, Fault.CUT_OFF, Fault.LOST])
def test_what_may_have_been_done_is_not_asked_again_and_the_error_says_so(
    device: Counter, kind: Fault, use_proxy: bool
) -> None:
    device.script = FaultScript(kind, 1, seconds=0.8)
    with pytest.raises(HttpError) as raised:
        way(device, 0.4, use_proxy).send("POST", "/commit?key=1")
    assert raised.value.uncertain
    assert "POST /commit " in str(raised.value)
    assert device.done == 1


@each_way
@pytest.mark.parametrize("kind", [Fault.ERROR, Fault.ERROR_AFTER, Fault.UNAVAILABLE])
def test_a_status_is_an_answer_of_what_may_not_be_repeated(device: Counter, kind: Fault, use_proxy: bool) -> None:
    device.script = FaultScript(kind, 1)
    answer = way(device, use_proxy=use_proxy).send("POST", "/commit")
    assert answer.status in (500, 503)
    assert way(device, use_proxy=use_proxy).unexpected("POST", "/commit", answer).uncertain


def test_the_handshake_that_fails_is_the_next_one_whichever_request_needs_it(device: Counter) -> None:
    device.script = FaultScript(Fault.NO_HANDSHAKE, 3)
    asking = way(device)
    for turn in range(1, 5):
        # What was surely not done is asked again, although it may not be done twice.
        assert json.loads(asking.send("POST", "/commit").body) == {"done": turn}
    assert (device.connections, device.script.seen) == (3, 5)


def test_a_handshake_that_nobody_needs_any_more_fails_as_a_connection_that_ends(device: Counter) -> None:
    asking = way(device)
    asking.send("POST", "/commit")
    device.script = FaultScript(Fault.NO_HANDSHAKE, 1)
    with pytest.raises(HttpError):
        asking.send("POST", "/commit")
    assert device.done == 1


def test_a_device_that_stays_away_is_told_after_four_tries(device: Counter, pauses: list[float]) -> None:
    device.script = FaultScript(Fault.NO_HANDSHAKE, 1, forever=True)
    with pytest.raises(HttpError, match=r"did not answer .*Check host and port") as raised:
        way(device).send("GET", "/list", repeatable=True)
    assert not raised.value.uncertain
    assert device.script.seen == http.TRIES
    assert pauses == sorted(pauses)
    assert len(pauses) == http.TRIES - 1


@each_way
def test_nobody_listening_is_certain(device: Counter, use_proxy: bool) -> None:
    device.close()
    with pytest.raises(HttpError, match="did not answer") as raised:
        way(device, use_proxy=use_proxy).send("POST", "/commit")
    assert not raised.value.uncertain
    device._thread.join()


@pytest.mark.parametrize("use_proxy", [False, True])
@pytest.mark.parametrize("behind", ["\n", "\r\nX-Other: 1", "\u2603"])
def test_a_secret_that_cannot_be_a_header_is_in_no_message(device: Counter, behind: str, use_proxy: bool) -> None:
    asking = Http(
        device.address, device.port, Way(5.0, str(device.ca_path), use_proxy=use_proxy), [f"{SECRET}{behind}"]
    )
    with pytest.raises(HttpError, match="one of its headers has characters that none may have") as raised:
        asking.send("POST", "/commit", headers={"X-Session": f"{SECRET}{behind}"})
    shown = "".join(traceback.format_exception(raised.type, raised.value, raised.tb, chain=True))
    assert SECRET not in shown
    assert device.done == 0


IN_A_WHILE: t.Final = "Fri, 27 Nov 2026 22:00:40 GMT"
NOW: t.Final = "Fri, 27 Nov 2026 22:00:10 GMT"


@pytest.mark.parametrize(
    ("said", "now", "waited"),
    [
        ("7", None, 7.0),
        ("2 seconds", None, 2.0),
        ("60", None, 60.0),
        (IN_A_WHILE, NOW, 30.0),
        ("Friday, 27-Nov-26 22:00:40 GMT", NOW, 30.0),
        (NOW, IN_A_WHILE, None),
        ("Fri, 27 Nov 2026 22:00:40 -0000", NOW, 30.0),
        ("0 seconds", None, None),
        ("soon", None, None),
        ("-1", None, None),
        ("", None, None),
    ],
)
def test_a_busy_device_says_how_long_to_wait(
    device: Counter,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    now: str | None,
    waited: float | None,
) -> None:
    if now is not None:
        monkeypatch.setattr(server._Handler, "date_time_string", lambda *_given: now)
    device.reply = Reply(b"", 429, {"Retry-After": said})
    with pytest.raises(HttpError, match="429, 4 times over") as raised:
        way(device).send("POST", "/commit")
    assert not raised.value.uncertain
    assert len(pauses) == http.TRIES - 1
    assert all(pause == waited if waited is not None else 0 < pause < 2 for pause in pauses)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("61", "61"), ("3600 seconds", "3,600"), ("99999999", "99,999,999"), ("Fri, 27 Nov 2026 23:00:10 GMT", "3,600")],
)
def test_where_a_busy_device_asks_for_more_than_anybody_waits_it_is_told_at_once(
    device: Counter, pauses: list[float], monkeypatch: pytest.MonkeyPatch, said: str, seconds: str
) -> None:
    monkeypatch.setattr(server._Handler, "date_time_string", lambda *_given: NOW)
    device.reply = Reply(b"", 429, {"Retry-After": said})
    with pytest.raises(Busy, match=rf"asks to wait {seconds} seconds; at most 60 are waited here") as raised:
        way(device).send("GET", "/list", repeatable=True)
    assert not raised.value.uncertain
    assert (pauses, device.done) == ([], 1)


def test_a_time_to_wait_for_counts_by_our_own_clock_where_the_device_tells_none() -> None:
    headers = email.message.Message()
    headers["Retry-After"] = email.utils.formatdate(time.time() + 30, usegmt=True)
    seconds = http._asked_seconds(Answer(429, "", headers, b""))
    assert seconds is not None and 0 < seconds <= 30


@each_way
def test_a_certificate_of_others_is_refused_before_anything_is_sent(
    device: Counter, tmp_path: Path, use_proxy: bool
) -> None:
    with Counter(tmp_path / "other") as other:
        asking = Http(device.address, device.port, Way(5.0, str(other.ca_path), use_proxy=use_proxy), [SECRET])
        with pytest.raises(HttpError, match=r"no certificate that this controller trusts.*ca_path"):
            asking.send("GET", "/list", repeatable=True)
    assert (device.requests, device.done) == ([], 0)


@each_way
def test_a_redirect_is_refused_so_that_credentials_go_nowhere_else(device: Counter, use_proxy: bool) -> None:
    device.reply = Reply(b"", 302, {"Location": "https://elsewhere.example/"})
    with pytest.raises(HttpError, match="redirects GET /list"):
        way(device, use_proxy=use_proxy).send("GET", "/list")


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_told(device: Counter, body: bytes) -> None:
    device.reply = Reply(body)
    asking = way(device)
    with pytest.raises(HttpError, match="what is no JSON"):
        asking.parsed_json("GET", "/list", asking.send("GET", "/list"))


def test_what_a_device_says_is_fit_for_a_message() -> None:
    asking = Http("fw.example", 443, Way(), [SECRET, "hunter2"])
    asking.hide("session-9")
    said = asking.clean(f"bad\r\n\x1b[31m key {SECRET}, hunter2 in session-9 " + "x" * 1000)
    assert not re.search(r"hunter2|session-9|[\r\n\x1b]", said)
    assert said.startswith("bad [31m key ********, ******** in ******** xxx")
    assert len(said) <= 301


AWKWARD = 'p\u00e4ss/w0rd "of" <a>&b\\c  d%'


@pytest.mark.parametrize(
    "echo",
    [
        AWKWARD,
        json.dumps(AWKWARD),
        json.dumps(AWKWARD, ensure_ascii=False),
        json.dumps(AWKWARD).replace("/", "\\/"),
        json.dumps(AWKWARD).replace("\\u00e4", "\\u00E4"),
        quote(AWKWARD),
        quote(AWKWARD, ""),
        quote(AWKWARD, "").lower(),
        urlencode({"password": AWKWARD}),
        html.escape(AWKWARD),
        html.escape(AWKWARD, quote=False),
        repr(AWKWARD),
        ascii(AWKWARD),
        " ".join(AWKWARD.split()),
    ],
)
def test_a_secret_comes_into_no_message_however_it_is_escaped(echo: str) -> None:
    asking = Http("fw.example", 443, Way(), [AWKWARD])
    said = asking.clean(f"bad login {echo} here")
    assert "********" in said and "0rd" not in said and said.startswith("bad login") and said.endswith("here")


def test_a_secret_that_the_end_of_a_message_would_cut_is_not_half_shown(device: Counter) -> None:
    asking = way(device)
    for before in range(150, 310):
        answer = Answer(200, "OK", email.message.Message(), b"x" * before + SECRET.encode())
        for error in (asking.unexpected("GET", "/list", answer), _no_json(asking, answer)):
            assert not re.search("hunt", str(error))


def _no_json(asking: Http, answer: Answer) -> HttpError:
    with pytest.raises(HttpError) as raised:
        asking.parsed_json("GET", "/list", answer)
    return raised.value


@pytest.mark.parametrize("error", [http_client.BadStatusLine(SECRET), http_client.RemoteDisconnected("gone")])
def test_what_is_no_http_is_told_and_not_shown(error: Exception) -> None:
    assert told(error) in ("what it says is no HTTP", "gone")


def test_one_connection_serves_many_requests(device: Counter) -> None:
    asking = way(device)
    for _turn in range(5):
        assert asking.send("POST", "/commit").status == 200
    assert (device.connections, device.done) == (1, 5)
    asking.close()
    asking.send("GET", "/list")
    assert device.connections == 2


def test_a_connection_that_the_device_has_ended_meanwhile_is_opened_again_before_anything_is_sent(
    device: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.simulators.server._IDLE_SECONDS", 0.2)
    asking = way(device)
    asking.send("POST", "/commit")
    time.sleep(0.6)
    assert asking.send("POST", "/commit").status == 200
    assert (device.connections, device.done) == (2, 2)


@each_way
@pytest.mark.parametrize("kind", [Fault.DELAY, Fault.CUT_OFF, Fault.LOST])
def test_what_is_left_of_a_request_that_failed_is_never_the_answer_to_another(
    device: Counter, kind: Fault, use_proxy: bool
) -> None:
    asking = way(device, 0.4, use_proxy)
    asking.send("GET", "/list")
    device.script = FaultScript(kind, 1, seconds=0.8)
    with pytest.raises(HttpError):
        asking.send("POST", "/commit")
    answer = asking.send("GET", "/list")
    assert json.loads(answer.body) == {"done": 3}


@pytest.fixture()
def slow_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """TCP takes its time, and then TLS does: together longer than anybody waits, and each of them not."""
    connect, secure = socket.create_connection, server._Server.finish_request

    def connecting(*given: t.Any, **more: t.Any) -> socket.socket:
        time.sleep(0.5)
        return connect(*given, **more)

    def securing(self: t.Any, *given: t.Any) -> None:
        time.sleep(0.5)
        secure(self, *given)

    monkeypatch.setattr(socket, "create_connection", connecting)
    monkeypatch.setattr(server._Server, "finish_request", securing)


@pytest.mark.usefixtures("slow_connections")
def test_what_was_given_up_while_it_connected_is_not_sent_later(device: Counter) -> None:
    connection = Connection(device.address, device.port, Way(0.8, str(device.ca_path), use_proxy=False))
    with pytest.raises(TooSlow, match=r"^no connection within 0\.8 seconds$") as raised:
        connection.exchange("POST", "/commit")
    assert not raised.value.uncertain
    _wait_for_threads("exchange")
    assert (device.connections, device.requests, device.done) == (1, [], 0)


def _wait_for_threads(name: str) -> None:
    """Wait until nobody is left who asks, and until a device that was asked has answered."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(30)
    time.sleep(0.2)


def test_a_peer_that_takes_connections_and_says_nothing_was_asked_for_nothing(pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asking = Http("127.0.0.1", listening.getsockname()[1], Way(0.2, use_proxy=False))
        with pytest.raises(HttpError, match=r"gave no connection within 0\.2 seconds\. Look at its load") as raised:
            asking.send("POST", "/commit")
    assert not raised.value.uncertain
    assert len(pauses) == http.TRIES - 1


class Client(ApiClient):
    """Logs in to the counter."""

    def login(self) -> None:
        self.token = self.http.send("POST", "/login").body.decode()

    def logout(self) -> None:
        self.http.send("POST", "/logout")

    def authorisation(self) -> dict[str, str]:
        return {"X-Session": self.token}

    def has_expired(self, answer: Answer) -> bool:
        return answer.status == 401


def test_a_session_begins_with_the_first_question_and_ends_with_the_run(device: Counter) -> None:
    client = Client(way(device))
    with client.session():
        assert device.requests == []
        client.send("GET", "/list")
        client.send("GET", "/list")
        assert device.valid == "session-1"
    assert device.valid == ""
    assert device.requests == ["POST /login", "GET /list", "GET /list", "POST /logout"]
    with client.session():
        pass
    assert len(device.requests) == 4


def test_a_session_that_has_expired_is_renewed_once(device: Counter) -> None:
    client = Client(way(device))
    with client.session():
        client.send("GET", "/list")
        device.valid = "another"
        assert client.send("POST", "/commit").status == 200
        device.valid = "yet another"
        assert client.send("POST", "/commit").status == 401
    assert (device.sessions, device.done) == (2, 2)


def test_a_logout_that_fails_does_not_hide_what_happened(device: Counter) -> None:
    client = Client(way(device))
    with pytest.raises(ZeroDivisionError), client.session():
        client.send("GET", "/list")
        device.script = FaultScript(Fault.LOST, 1, forever=True)
        raise ZeroDivisionError


BASE: t.Final = {
    "name": "managed_desktop",
    "host": "fw.example",
    "port": 443,
    "timeout": 30.0,
    "ca_path": None,
    "validate_certs": True,
    "use_proxy": False,
    "backup_dir": "/backups",
}


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a/b"},
        {"name": ""},
        {"host": "fw.example/x"},
        {"host": "user@fw.example"},
        {"host": ""},
        {"port": 0},
        {"port": 65536},
        {"timeout": 0},
    ],
)
def test_options_that_do_not_fit_are_refused_by_name(given: dict[str, t.Any]) -> None:
    with pytest.raises(ApplianceError, match=f"^{next(iter(given))}: "):
        http_of({**BASE, **given}, [])


def test_an_address_of_ipv6_is_written_in_brackets() -> None:
    assert http_of({**BASE, "host": "2001:db8::1"}, []).base == "https://[2001:db8::1]:443"


def test_lists_of_the_same_name_have_back_ups_of_their_own() -> None:
    places = {
        backups_of("panos", {**BASE, **given}, *place)
        for given in ({}, {"host": "fw_example"}, {"port": 8443}, {"name": "other"})
        for place in ((), ("vsys1",), ("vsys1", "a"), ("../../etc",))
    }
    assert len(places) == 16
    assert all(re.fullmatch(r"/backups/panos(/[A-Za-z0-9_-]+)+", place) for place in places)
