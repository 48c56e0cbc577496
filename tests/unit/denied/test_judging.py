# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request was denied."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import Selection, select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._denied.judging import (
    Judge,
    judged,
    stored_endpoints,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._denied.text import to_text
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

Plain = dict[str, t.Any]


def selection(*endpoints: Plain) -> Selection:
    """A list of these endpoints, as of one source."""
    sourced = [
        {**item, "sources": [{"source": "own.yml", "edition": "1", "row": number}]}
        for number, item in enumerate(endpoints, 1)
    ]
    return Selection(tuple(Endpoint.from_dict(item) for item in sourced), (), (), ())


CHOSEN = selection(
    {"host": "login.a.example"},
    {"host": "*.b.example", "tcp_ports": [443]},
    {"host": "files.c.example", "path": "/list/*"},
    {"network": "192.0.2.0/24"},
)
EVERYTHING = selection({"host": "other.d.example"}, {"host": "login.a.example"})


def judge(entries: Plain | None = None, denied: t.Sequence[str] = ()) -> Judge:
    stored = None if entries is None else stored_endpoints(entries)[0]
    return Judge.of(CHOSEN, EVERYTHING, stored, denied)


def verdict(target: str, entries: Plain | None = None, denied: t.Sequence[str] = (), path: str | None = None) -> Plain:
    host, _colon, port = target.rpartition(":")
    return judge(entries, denied).judge(host, int(port), "http" if path else None, path)


EMPTY: Plain = {}
HAS_LOGIN = {"Office": ["login.a.example  tcp/80,443", "*.b.example  tcp/443 bypass_inspection"]}


def test_what_the_appliance_lacks_is_missing_with_the_rows_that_list_it() -> None:
    found = verdict("login.a.example:443", EMPTY)
    assert (found["verdict"], found["selected"]) == ("missing", True)
    assert [(row["source"], row["row"]) for row in found["rows"]] == [("own.yml", 1)]


def test_what_is_in_the_catalogue_and_not_selected_is_missing_too_and_says_so() -> None:
    found = verdict("other.d.example:443", EMPTY)
    assert (found["verdict"], found["selected"]) == ("missing", False)
    assert "not selected for this site" in found["text"]


@pytest.mark.parametrize("target", ["login.a.example:443", "x.b.example:443", "x.y.b.example:443"])
def test_what_the_appliance_has_by_now_is_told_as_that(target: str) -> None:
    assert verdict(target, HAS_LOGIN)["verdict"] == "listed"


def test_without_entries_it_is_said_that_the_appliance_may_have_it() -> None:
    found = verdict("login.a.example:443")
    assert found["verdict"] == "missing"
    assert "its entries were not given" in found["text"]


@pytest.mark.parametrize(
    ("target", "path", "reason"),
    [("login.a.example:8443", None, "port"), ("files.c.example:80", "/other", "path")],
)
def test_another_port_or_path_than_the_listed_is_rightly_denied(target: str, path: str | None, reason: str) -> None:
    found = verdict(target, EMPTY, path=path)
    assert (found["verdict"], found["reason"]) == ("rightly denied", reason)


@pytest.mark.parametrize(
    ("target", "denied"),
    [("example.com:443", ()), ("bad.example:443", ("bad.example",)), ("x.bad.example:443", ("*.bad.example",))],
)
def test_a_name_that_must_be_denied_rightly_is_even_where_it_is_listed(target: str, denied: tuple[str, ...]) -> None:
    assert verdict(target, EMPTY, denied)["reason"] == "denied_name"
    assert verdict("login.a.example:443", HAS_LOGIN, ("login.a.example",))["reason"] == "denied_name"


def test_what_nobody_lists_is_told_with_what_is_near() -> None:
    found = verdict("login.a.exmple:443", EMPTY)
    assert found["verdict"] == "not in the catalogue"
    near = verdict("b.example:443", EMPTY)
    assert (near["verdict"], near["nearest"]) == ("not in the catalogue", ["*.b.example"])
    assert "login.a.example" in verdict("logn.a.example:443", EMPTY)["nearest"]


def test_addresses_are_judged_by_networks() -> None:
    assert verdict("192.0.2.7:443", EMPTY)["verdict"] == "missing"
    assert verdict("192.0.2.7:443", {"": ["192.0.2.0/24  tcp/443"]})["verdict"] == "listed"
    assert verdict("198.51.100.1:443", EMPTY)["verdict"] == "not in the catalogue"


@pytest.mark.parametrize("host", ["a b", "-", "x" * 300, "\x1b[2J", "a..b", "*.example", "[::1"])
def test_what_is_no_name_can_be_in_no_catalogue(host: str) -> None:
    assert judge(EMPTY).judge(host, 443, None, None)["verdict"] == "not in the catalogue"
    assert judge(EMPTY).judge("a.example", 21, "ftp", "/")["verdict"] == "not in the catalogue"


def test_a_name_to_deny_that_is_none_is_refused() -> None:
    with pytest.raises(CatalogueError, match="denied_names"):
        judge(denied=["a b"])


def test_entries_are_read_as_the_info_modules_show_them_and_others_are_told() -> None:
    found, odd = stored_endpoints(
        {
            "S": [
                "a.example  tcp/80,8000-8010",
                "files.c.example/list/*  tcp/80",
                "2001:db8::/32  tcp/443",
                "plain.example",
            ]
        }
        | {"": ["not a host  tcp/1", "x.example  tcp/99999"]}
    )
    assert [(item.subject, item.tcp_ports) for item in found] == [
        ("a.example", ((80, 80), (8000, 8010))),
        ("files.c.example/list/*", ((80, 80),)),
        ("2001:db8::/32", ((443, 443),)),
        ("plain.example", ((1, 65535),)),
    ]
    assert len(odd) == 2


# -- the whole ---------------------------------------------------------------------------------------------------


def denied(host: str, port: int = 443, scheme: str | None = None, path: str | None = None, times: int = 1) -> Plain:
    about = {"times": times, "first": 1764244800.0, "last": 1764248400.0, "clients": 1}
    return {"host": host, "port": port, "scheme": scheme, "path": path, **about}


def whole(*requests: Plain, limit: int = 200) -> Plain:
    log = {"denied": list(requests), "lines": 9, "unreadable": 1, "uncounted": 0, "logs": ["/x/access.log"], "cut": []}
    return judged(judge(EMPTY), log, limit)


def test_paths_are_told_only_where_they_matter() -> None:
    found = whole(
        denied("stranger.example", 80, "http", "/private/1", times=2),
        denied("stranger.example", 80, "http", "/private/2"),
        denied("files.c.example", 80, "http", "/other"),
        denied("files.c.example", 80, "http", "/list/a"),
    )
    told = {(item["host"], item["path"]): (item["verdict"], item["times"]) for item in found["requests"]}
    assert told == {
        ("files.c.example", None): ("missing", 1),
        ("stranger.example", None): ("not in the catalogue", 3),
        ("files.c.example", "/other"): ("rightly denied", 1),
    }


def test_requests_come_by_verdict_and_frequency_and_no_more_than_asked_for() -> None:
    found = whole(*(denied(f"n{number}.stranger.example", times=number + 1) for number in range(5)), limit=2)
    assert [item["times"] for item in found["requests"]] == [5, 4]
    assert found["counts"]["not in the catalogue"] == {"requests": 5, "times": 15}
    assert "and 3 more" in to_text(found)


def test_the_text_names_every_verdict_and_what_was_read() -> None:
    text = to_text(whole(denied("login.a.example"), denied("example.com"), denied("\x1b[2Jstranger.example")))
    assert "Missing on this appliance, though in the catalogue: 1 (1 times)" in text
    assert "2025-11-27T13:00:00Z" in text
    assert "\x1b" not in text
    assert "Read were 9 lines of /x/access.log." in text
    assert "1 lines are in no format" in text
    assert to_text(whole()).startswith("Nothing was denied.")


def test_times_beyond_the_calendar_are_told_as_none() -> None:
    (found,) = whole({**denied("login.a.example"), "last": 99999999999.0 * 1e6})["requests"]
    assert found["last"] is None


def test_the_shipped_catalogue_explains_what_this_site_did_not_choose() -> None:
    everything = select(["managed_desktop", "microsoft365"])
    chosen = dataclasses.replace(CHOSEN)
    found = Judge.of(chosen, everything, [], ()).judge("outlook.office365.com", 443, None, None)
    assert (found["verdict"], found["selected"]) == ("missing", False)
    assert {row["source"] for row in found["rows"]} >= {"microsoft365"}
