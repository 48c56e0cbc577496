# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of access logs, as Squid writes them and as nobody should."""

from __future__ import annotations

import gzip
import os
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._denied import counting
from ansible_collections.managed_desktop.network.plugins.module_utils._denied.access_log import (
    LONGEST,
    Request,
    parse_line,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._denied.counting import (
    Counter,
    LogError,
    count_logs,
)
from hypothesis import given
from hypothesis import strategies as st

MEGABYTE = 1024 * 1024
AT = 1764244800.123


def squid(target: str, method: str = "CONNECT", result: str = "TCP_DENIED/403", client: str = "10.0.0.1") -> str:
    return f"{AT}    180 {client} {result} 3798 {method} {target} - HIER_NONE/- text/html"


def combined(target: str, method: str = "CONNECT", status: int = 403, tail: str = "TCP_DENIED:HIER_NONE") -> str:
    request = f'"{method} {target} HTTP/1.1"'
    return f'10.0.0.1 - - [27/Nov/2025:13:00:00 +0100] {request} {status} 3798 "-" "curl \\"7\\" TCP_HIT:X" {tail}'


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        (squid("login.live.com:443"), ("login.live.com", 443, None, None)),
        (squid("LOGIN.live.com.:443"), ("login.live.com", 443, None, None)),
        (squid("[2001:db8::1]:443"), ("[2001:db8::1]", 443, None, None)),
        (squid("http://a.example/x?token=1", "GET"), ("a.example", 80, "http", "/x")),
        (squid("http://user:secret@a.example:8080/", "GET"), ("a.example", 8080, "http", "/")),
        (squid("http://a.example", "GET"), ("a.example", 80, "http", "/")),
        (squid("https://a.example/x#y", "POST"), ("a.example", 443, "https", "/x")),
        (f"Nov 27 13:00:00 proxy squid[77]: {squid('a.example:443')}", ("a.example", 443, None, None)),
        (f"{squid('a.example:443')} more fields of the site", ("a.example", 443, None, None)),
        (combined("a.example:443"), ("a.example", 443, None, None)),
        (combined("http://a.example/x", "GET"), ("a.example", 80, "http", "/x")),
    ],
)
def test_what_was_asked_for_is_read_and_no_secret_of_it(line: str, asked: tuple[t.Any, ...]) -> None:
    found = parse_line(line)
    assert found is not None
    assert found[3:] == asked
    assert found.denied


@pytest.mark.parametrize(
    ("line", "denied"),
    [
        (squid("a.example:443", result="TCP_DENIED/302"), True),
        (squid("a.example:443", result="TCP_DENIED_ABORTED/403"), True),
        (squid("a.example:443", result="NONE_NONE/403"), True),
        (squid("a.example:443", result="TCP_DENIED/407"), False),
        (squid("a.example:443", result="TCP_TUNNEL/200"), False),
        (squid("a.example:443", result="NONE_NONE/200"), False),
        (squid("http://a.example/", "GET", "TCP_MISS/403"), False),
        (combined("http://a.example/", "GET", 403, "TCP_MISS:HIER_DIRECT"), False),
        (combined("a.example:443", status=407), False),
    ],
)
def test_denied_is_what_squid_calls_so_and_not_what_an_origin_refuses(line: str, denied: bool) -> None:
    found = parse_line(line)
    assert found is not None
    assert found.denied is denied


def test_both_formats_tell_the_time() -> None:
    assert [parse_line(line).at for line in (squid("a.example:1"), combined("a.example:1"))] == [AT, 1764244800.0]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "- - -",
        squid("error:invalid-request", "NONE", "NONE_NONE/400"),
        squid("a.example:0"),
        squid("a.example:99999"),
        squid("a.example"),
        squid("/relative", "GET"),
        squid("a@b:443"),
        squid("urn:x", "GET"),
        squid("http://:80/", "GET"),
        combined("a.example:443").replace("Nov", "Foo"),
        '10.0.0.1 - - [99/Nov/2025:13:00:00] "GET',
        '{"json": "log"}',
    ],
)
def test_what_asks_for_nothing_with_a_name_is_no_request(line: str) -> None:
    assert parse_line(line) is None


@given(st.text(max_size=300))
def test_no_line_breaks_the_reading(text: str) -> None:
    for line in (text, squid(text), squid(text, "GET"), combined(text), combined("a.example:443", tail=text)):
        found = parse_line(line)
        assert found is None or isinstance(found, Request)


@pytest.mark.parametrize("filling", ["a ", '"', " [", "1764244800.123 1 ", "x:", ': "', "http://"])
def test_a_line_that_wants_to_take_long_does_not(filling: str) -> None:
    begun = time.process_time()
    parse_line((filling * LONGEST)[:LONGEST])
    parse_line(squid("http://" + (filling * LONGEST)[:LONGEST], "GET"))
    parse_line(combined((filling * LONGEST)[:LONGEST]))
    assert time.process_time() - begun < 5


# -- counting ----------------------------------------------------------------------------------------------------


def counted(*lines: bytes, since: float = 0.0) -> dict[str, t.Any]:
    counter = Counter(since)
    for line in lines:
        counter.add(line)
    return counter.report()


def test_the_same_request_is_counted_with_its_clients_and_times() -> None:
    lines = [squid("a.example:443", client=client).encode() for client in ("10.0.0.1", "10.0.0.2", "10.0.0.1")]
    later = squid("a.example:443").replace(str(AT), "1764244999.000").encode()
    (found,) = counted(*lines, later)["denied"]
    assert (found["times"], found["clients"], found["first"], found["last"]) == (4, 2, AT, 1764244999.0)


def test_what_the_collection_itself_asks_a_proxy_is_not_told() -> None:
    line = squid("http://managed-desktop.allowlist.invalid/", "GET", "TCP_DENIED/302").encode()
    assert counted(line) == {"denied": [], "lines": 1, "unreadable": 0, "uncounted": 0}


def test_what_was_denied_before_is_left_out() -> None:
    assert counted(squid("a.example:443").encode(), since=AT + 1)["denied"] == []
    assert counted(squid("a.example:443").encode(), since=AT)["denied"] != []


def test_lines_that_cannot_be_read_are_counted_and_empty_ones_are_not() -> None:
    assert counted(b"\xff\xfe\x00\n", b"\n", b"", squid("a.example:443").encode())["unreadable"] == 1


def test_an_attack_with_any_number_of_names_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_REQUESTS", 10)
    monkeypatch.setattr(counting, "MOST_CLIENTS", 3)
    lines = [squid(f"n{number}.example:443").encode() for number in range(25)]
    found = counted(*lines, *(squid("n0.example:443", client=f"10.0.0.{number}").encode() for number in range(9)))
    assert (len(found["denied"]), found["uncounted"], found["denied"][0]["clients"]) == (10, 15, 3)


# -- files -------------------------------------------------------------------------------------------------------


def test_logs_are_read_with_the_rotated_ones_compressed_or_not(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text(squid("a.example:443") + "\n")
    (tmp_path / "access.log.1").write_text(squid("b.example:443"))
    with gzip.open(tmp_path / "access.log.2.gz", "wt") as file:
        file.write(squid("c.example:443") + "\n")
    found = count_logs([str(tmp_path / "access.log*"), str(tmp_path / "access.log")], 0.0, MEGABYTE)
    assert [item["host"] for item in found["denied"]] == ["a.example", "b.example", "c.example"]
    assert (len(found["logs"]), found["lines"], found["cut"]) == (3, 3, [])


def test_of_a_large_log_the_end_is_read_from_a_whole_line_on(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    line = squid("a.example:443")
    log.write_text(f"{line}\n" * 1000 + squid("last.example:443") + "\n")
    found = count_logs([str(log)], 0.0, len(line) * 10)
    assert {item["host"]: item["times"] for item in found["denied"]} == {"a.example": 8, "last.example": 1}
    assert (found["unreadable"], found["cut"]) == (0, [str(log)])


def test_a_compressed_bomb_is_read_to_the_bound(tmp_path: Path) -> None:
    log = tmp_path / "access.log.1.gz"
    with gzip.open(log, "wb") as file:
        file.write(squid("a.example:443").encode() + b"\n")
        for _number in range(50):
            file.write(b"x" * MEGABYTE)
    found = count_logs([str(log)], 0.0, 2 * MEGABYTE)
    assert (found["lines"], found["unreadable"], found["cut"]) == (2, 1, [str(log)])


def test_a_line_without_an_end_is_one_unreadable_line(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"x" * (LONGEST * 3) + b"\n" + squid("a.example:443").encode() + b"\n" + b"y" * LONGEST)
    found = count_logs([str(log)], 0.0, 10 * MEGABYTE)
    assert (found["lines"], found["unreadable"], len(found["denied"])) == (3, 2, 1)


@pytest.mark.parametrize("kind", ["absent", "directory", "fifo", "damaged"])
def test_what_is_no_log_is_told_by_name(tmp_path: Path, kind: str) -> None:
    log = tmp_path / "access.log"
    if kind == "directory":
        log.mkdir()
    elif kind == "fifo":
        os.mkfifo(log)
    elif kind == "damaged":
        log.write_bytes(gzip.compress(b"x" * 5000)[:-9])
    with pytest.raises(LogError, match=r"access\.log"):
        count_logs([str(log)], 0.0, MEGABYTE)
