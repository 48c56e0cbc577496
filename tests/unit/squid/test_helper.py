# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that a Squid asks: what it decides, how it follows its file, what it says to odd questions."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path
from urllib.parse import quote

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._squid import helper
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.followed import PROGRAM
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request

from tests.integration.conformance.questions import random_endpoints, requests

OPTIONS = squid.Options("sample", activation="helper")


def text_of(endpoints: t.Iterable[Endpoint], generation: str = "00000000") -> str:
    """The list file of these endpoints."""
    content = squid.compile(endpoints, OPTIONS).content
    files = {name: text for name, text in content["files"].items() if name != PROGRAM}
    return helper.packed("d" * 64, generation, files)


def named(*hosts: str) -> list[Endpoint]:
    return [Endpoint.from_dict({"host": host}) for host in hosts]


def put(path: Path, text: str) -> None:
    other = path.with_name("other")
    other.write_text(text, encoding="ascii")
    other.rename(path)


def question(host: str, asked: str = "allow", channel: int = 0) -> bytes:
    return f"{channel} CONNECT - {host} 443 {asked} -\n".encode()


# -- decisions ---------------------------------------------------------------------------------------------------


def test_it_decides_as_the_dialect_says_that_squid_does() -> None:
    rng = random.Random(20261127)
    asked = granted = 0
    for _list in range(40):
        endpoints = random_endpoints(rng, 80)
        for endpoint in rng.sample(endpoints, min(5, len(endpoints))):
            endpoints[endpoints.index(endpoint)] = Endpoint.from_dict(
                {**endpoint.to_dict(), "treatments": ["bypass_inspection"]}
            )
        content = squid.compile(endpoints, OPTIONS).content
        rules = squid.load(content)
        held = helper.loaded(text_of(endpoints).encode("ascii"))
        for request in requests(endpoints, rng, 200):
            found = held.grants(*_told(request))
            assert found == squid.decide(rules, request), request
            asked, granted = asked + 1, granted + bool(found)
    assert asked > 4000 and granted > 500


def _told(request: Request) -> tuple[str, str, str, int, bytes]:
    """The request as Squid tells the helper of it: names in lower case and without the last dot."""
    host = request.host.lower().rstrip(".")
    return request.method, request.scheme or "-", host, request.port, (request.path or "").encode("latin-1")


@pytest.mark.parametrize(
    "sent, seen",
    [
        (b"/a%2fb", b"/a/b"),
        (b"/%41%61%E4", b"/Aa\xe4"),
        (b"/%%2e", b"/%2e"),
        (b"/%%%41", b"/%A"),
        (b"/%00%0a", b"/%00\n"),
        (b"/%zz%4", b"/%zz%4"),
        (b"/%25%32e", b"/%2e"),
    ],
)
def test_escapes_are_resolved_once_and_as_squid_does(sent: bytes, seen: bytes) -> None:
    assert helper.unescaped(sent) == seen


def test_names_with_stars_are_found_whatever_stands_before_them() -> None:
    held = helper.loaded(text_of(named("*.*.a.example", "b.*.example", "pay*.c.example", "*-x.example")).encode())
    for host in ("x.y.a.example", "w.x.y.a.example", "b.z.example", "pay.c.example", "pays.c.example", "a-x.example"):
        assert held.grants("CONNECT", "-", host, 443, b""), host
    for host in ("x.a.example", "b.example", "b.y.z.example", "xpay.c.example", "a.b-x.example", "c.example", ""):
        assert not held.grants("CONNECT", "-", host, 443, b""), host


# -- the file ----------------------------------------------------------------------------------------------------


def test_it_answers_from_the_new_list_as_soon_as_it_was_renamed_into_place(tmp_path: Path) -> None:
    path = tmp_path / "list"
    followed = helper.Followed(str(path))
    assert followed.held() is None
    for turn in range(200):
        put(path, text_of(named("even.example" if turn % 2 == 0 else "odd.example"), f"{turn:08x}"))
        held = followed.held()
        assert held is not None and held.generation == f"{turn:08x}"
        assert held is followed.held(), "an unchanged file was read again"


@pytest.mark.parametrize("damage", [0, 1, 10, 70, 200, -1, -2, -20])
def test_a_damaged_list_leaves_the_one_in_memory_and_says_so_once(
    tmp_path: Path, damage: int, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list"
    put(path, text_of(named("a.example"), "00000001"))
    followed = helper.Followed(str(path))
    held = followed.held()
    put(path, text_of(named("b.example"), "00000002")[:damage] + ("#" if damage in (-1, -2) else ""))
    assert followed.held() is held
    assert followed.held() is held
    assert capfd.readouterr().err.count("cannot be used, so list dddddddddddd stays") == 1
    path.unlink()
    assert followed.held() is held
    put(path, text_of(named("c.example"), "00000003"))
    assert followed.held() is not held


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}\n{}\n",
        "[]\n[]\n",
        "[" * 100_000 + "\n{}",
        helper.packed("d", "g", {"groups": "", "p1-names": "a.example\n"}),
        helper.packed("d", "g", {"groups": "p1 tcp/443\n", "p1-globs": "(\n"}),
        helper.packed("d", "g", {"groups": "p1 tcp/x\n", "p1-names": "a.example\n"}),
        helper.packed("d", "g", {"groups": "p1 tcp/443\n", "p1-networks": "no network\n"}),
        helper.packed("d", "g", {"groups": 1}),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError):
        helper.loaded(text.encode())
    path = tmp_path / "list"
    path.write_text(text)
    assert helper.main(["--check", str(path)]) == 1
    assert helper.Followed(str(path)).held() is None


# -- the conversation --------------------------------------------------------------------------------------------


@pytest.fixture()
def running(tmp_path: Path) -> t.Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The program with a list of a.example, started as Squid does."""
    path = tmp_path / "sample" / f"{'0' * 16}-89abcdef" / "list"
    path.parent.mkdir(parents=True)
    put(path, text_of(named("a.example"), "01234567"))
    started = subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", helper.__file__, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    yield started, path
    started.kill()
    started.wait()
    for pipe in (started.stdin, started.stdout):
        assert pipe is not None
        pipe.close()


def ask(process: subprocess.Popen[bytes], asked: bytes) -> list[str]:
    """Put the questions, however they lie in what is written, and return as many answers."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(asked)
    process.stdin.flush()
    return [process.stdout.readline().decode().rstrip("\n") for _line in range(asked.count(b"\n"))]


def test_each_question_is_answered_on_its_channel(running: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, path = running
    assert ask(process, question("a.example", channel=7)) == ["7 OK mdn_sample_=allow"]
    assert ask(process, question("b.example", channel=8)) == ["8 ERR"]
    many = b"".join(question("a.example" if n % 2 else "b.example", channel=n) for n in range(1000))
    assert ask(process, many) == [f"{n} {'OK mdn_sample_=allow' if n % 2 else 'ERR'}" for n in range(1000)]
    assert ask(process, question("x", "running")) == [f"0 OK message={'d' * 64}.01234567.89abcdef"]
    assert ask(process, question("a.example", "bypass_inspection")) == ["0 ERR"]
    put(path, text_of(named("b.example"), "76543210"))
    assert ask(process, question("a.example") + question("b.example")) == ["0 ERR", "0 OK mdn_sample_=allow"]
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0, "it outlives its Squid"


@pytest.mark.parametrize(
    "line",
    [
        "1",
        "1 CONNECT",
        "1 CONNECT - a.example 443 allow",
        "1 CONNECT - a.example x allow -",
        "1 CONNECT - a.example \u0663 allow -",
        "1 CONNECT - a.example 443 allow - -",
        "1 CONNECT - a%2Eexample%00 443 allow -",
        "1 CONNECT - - 443 allow -",
        "1 CONNECT - %FF%C3%28 443 allow -",
        "1 GET http x.example 80 allow /%FF%25%32%65",
        f"1 CONNECT - {'a.' * 20000}b 443 allow -",
        f"1 CONNECT - {quote('[::1%eth0]', safe='')} 443 allow -",
        "1 CONNECT - a.example 99999999999999999999 allow -",
        "1 CONNECT - a.example 443 \xff -",
    ],
)
def test_an_odd_question_is_a_denial_and_kills_nobody(running: tuple[subprocess.Popen[bytes], Path], line: str) -> None:
    process, path = running
    put(path, text_of([*named("a.example", "*.c.example", "*x*.d.example"), *_networks()]))
    assert ask(process, line.encode() + b"\n") == ["1 ERR"]
    assert ask(process, question("a.example")) == ["0 OK mdn_sample_=allow"]


def _networks() -> list[Endpoint]:
    return [Endpoint.from_dict({"network": network}) for network in ("192.0.2.0/24", "2001:db8::/32")]


def test_no_answer_is_of_neither_list_while_lists_are_renamed(tmp_path: Path) -> None:
    """Both lists have both.example, and each its own name: whatever is told is of one of them, whole."""
    path = tmp_path / "list"
    texts = [text_of(named(f"{word}.example", "both.example"), f"{n:08x}") for n, word in enumerate(("one", "two"))]
    put(path, texts[0])
    stop = threading.Event()

    def rename() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            put(path, texts[turn % 2])

    renaming = threading.Thread(target=rename)
    renaming.start()
    followed = helper.Followed(str(path))
    seen = set()
    deadline = time.monotonic() + 60
    try:
        for turn in itertools.count():
            if turn >= 1000 and (len(seen) == 2 or time.monotonic() > deadline):
                break
            held = followed.held()
            assert held is not None
            granted = tuple(
                bool(held.grants("CONNECT", "-", f"{word}.example", 443, b"")) for word in ("one", "two", "both")
            )
            assert granted == ((True, False, True), (False, True, True))[int(held.generation, 16)]
            seen.add(held.generation)
    finally:
        stop.set()
        renaming.join()
    assert len(seen) == 2


def test_it_needs_nothing_but_the_standard_library_and_itself(tmp_path: Path) -> None:
    """It is put on hosts alone, and started as another user in an empty environment."""
    alone = tmp_path / PROGRAM
    alone.write_bytes(Path(helper.__file__).read_bytes())
    path = tmp_path / "list"
    put(path, text_of(named("a.example")))
    command = [sys.executable, "-I", "-S", "-B", str(alone), "--check", str(path)]
    done = subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert sorted(os.listdir(tmp_path)) == [PROGRAM, "list"]
