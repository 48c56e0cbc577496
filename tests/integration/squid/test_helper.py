# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list that a helper follows on a real Squid, which then never reloads when the list changes."""

from __future__ import annotations

import json
import threading
import typing as t
from pathlib import Path

import pytest
from squid_lab import HOME, SNIPPET, Device, Killed, Refused

from lab.process import wait_until
from tests.integration.appliance.called import CODE, Json

OLD, NEW = ("old.example", "both.example"), ("new.example", "both.example")


def served(device: Device) -> list[bool]:
    return device.allows("old.example", "both.example", "new.example")


@pytest.fixture()
def untouched(helped: Device) -> t.Iterator[None]:
    """Squid has the old list, and is not told to reload by what the test does."""
    helped.present(*OLD)
    assert served(helped) == [True, True, False]
    sockets = helped.proxy.host.sockets(3128)
    yield
    assert helped.proxy.host.sockets(3128) == sockets, "Squid was reloaded"


def test_only_the_first_list_makes_squid_reload(helped: Device, untouched: None) -> None:
    snippet = helped.path(SNIPPET).read_bytes()
    predicted = helped.present(*NEW, check=True, diff=True)
    assert served(helped) == [True, True, False]
    result = helped.present(*NEW, diff=True)
    keys = ("changed", "before", "after", "running", "difference", "diff")
    assert {key: predicted[key] for key in keys} == {key: result[key] for key in keys}
    assert result["running"] == {"state": "running", "digest": result["after"]["digest"]}
    assert result["difference"]["missing"]["by_service"] == {"(no service)": ["new.example  tcp/80,443"]}
    assert served(helped) == [False, True, True]
    assert helped.path(SNIPPET).read_bytes() == snippet
    before = helped.snapshot()
    assert helped.present(*NEW)["changed"] is False
    told = helped.info()
    assert (told["in_step"], told["activation"], told["stored"]) == (True, "helper", result["after"])
    assert helped.snapshot() == before
    assert helped.restore("latest")["changed"] is True
    assert served(helped) == [True, True, False]


def test_the_helper_is_root_s_and_runs_as_squid_s_user(helped: Device, untouched: None) -> None:
    [(_pid, user)] = helped.helpers()
    assert user == "proxy"
    for path in (helped.directory(), *helped.directory().iterdir()):
        found = path.stat()
        assert (found.st_uid, found.st_mode & 0o022) == (0, 0), path
    helped.present(*NEW)
    assert list(helped.path(HOME).iterdir()) == [helped.directory()]
    assert len(list(helped.directory().iterdir())) == 3, "an earlier provenance is left"


def test_with_the_list_the_helper_goes(helped: Device) -> None:
    helped.present(*OLD)
    assert served(helped) == [True, True, False]
    assert helped.absent()["running"]["state"] == "none"
    assert served(helped) == [False] * 3
    assert not helped.path(HOME).exists()
    assert wait_until(lambda: not helped.helpers(), 20)


@pytest.mark.parametrize("ways", [("reconfigure", "helper"), ("helper", "reconfigure")])
def test_the_way_of_activation_can_be_changed_and_changed_back(device: Device, ways: tuple[str, str]) -> None:
    for way, names in zip((*ways, ways[0]), (OLD, OLD, NEW), strict=True):
        result = device.present(*names, activation=way)
        assert result["changed"] is True
        assert device.info()["activation"] == way
        assert served(device) == [names is OLD, True, names is NEW]
        assert device.present(*names, activation=way)["changed"] is False
        assert list(device.path(HOME).iterdir()) == [device.directory()]
    assert device.restore("latest")["changed"] is True
    assert (device.info()["activation"], served(device)) == (ways[1], [True, True, False])


def test_what_is_not_the_list_makes_squid_reload(helped: Device) -> None:
    helped.present(*OLD)
    for options in ({"clients": ["192.0.2.0/24"]}, {}, {"helper_python": helped_python(helped, 'exec python3 "$@"')}):
        sockets = helped.proxy.host.sockets(3128)
        assert helped.present(*OLD, **options)["changed"] is True
        assert helped.proxy.host.sockets(3128) != sockets
        assert served(helped) == ([False] * 3 if "clients" in options else [True, True, False])
        assert helped.present(*OLD, **options)["changed"] is False


# -- the helper dies, or does not take the list ------------------------------------------------------------------


def test_a_helper_that_is_killed_is_started_again_and_nothing_is_let_through_meanwhile(helped: Device) -> None:
    helped.present(*OLD)
    stop = threading.Event()
    told: list[list[bool]] = []

    def ask() -> None:
        while not stop.is_set():
            told.append(helped.allows("third.example", "both.example"))

    def another() -> bool:
        return not killed.issuperset(pid for pid, _user in helped.helpers())

    killed: set[int] = set()
    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _turn in range(20):
            assert wait_until(another, 20)
            pids = {pid for pid, _user in helped.helpers()}
            # In the proxy, whose processes have numbers of their own.
            helped.lab.run("proxy", ["kill", "-KILL", *map(str, pids)], check=False)
            killed |= pids
    finally:
        stop.set()
        asking.join()
    assert len(killed) >= 20
    assert told and not any(denied for denied, _allowed in told)
    assert wait_until(lambda: served(helped) == [True, True, False], 20)
    # Not taken before: Squid 5.7 rarely ends, and starts anew, where it writes to a helper that has just been killed.
    sockets = helped.proxy.host.sockets(3128)
    assert helped.present(*OLD)["changed"] is False
    assert helped.present(*NEW)["changed"] is True
    assert served(helped) == [False, True, True]
    assert helped.proxy.host.sockets(3128) == sockets, "Squid was reloaded"


def test_rotating_the_logs_starts_another_helper_and_denies_nothing_that_is_listed(
    helped: Device, untouched: None
) -> None:
    seen = {pid for pid, _user in helped.helpers()}
    for _turn in range(3):
        helped.lab.run("proxy", ["squid", "-k", "rotate"])
        for _again in range(5):
            assert served(helped) == [True, True, False]
        seen |= {pid for pid, _user in helped.helpers()}
    assert len(seen) > 1, "rotating the logs leaves the helper alone, so that this test shows nothing"
    assert helped.present(*NEW)["changed"] is True
    assert served(helped) == [False, True, True]


def damage(device: Device, change: t.Callable[[Path], object]) -> None:
    """Replace the list file by one with other text, as something else than a run would."""
    at = device.directory() / "list"
    other = at.with_name("other")
    other.write_bytes(at.read_bytes())
    other.chmod(0o644)
    change(other)
    other.rename(at)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def edit(path: Path) -> None:
    text = path.read_text()
    assert "old.example" in text
    path.write_text(text.replace("old.example", "new.example"))


@pytest.mark.parametrize(
    "change",
    [cut, edit, lambda path: path.chmod(0o600), lambda path: path.write_bytes(b""), Path.unlink],
    ids=["cut off", "edited", "unreadable", "empty", "gone"],
)
def test_a_list_that_cannot_be_used_leaves_the_old_one_in_force_and_is_not_in_step(
    helped: Device, untouched: None, change: t.Callable[[Path], object]
) -> None:
    if change is Path.unlink:
        (helped.directory() / "list").unlink()
    else:
        damage(helped, change)
    assert served(helped) == [True, True, False]
    told = helped.info()
    unreadable = told["stored"]["digest"] == told["running"]["digest"]  # by Squid's user alone, so it is as it was
    assert told["in_step"] is unreadable
    assert unreadable is (told["stored"]["entries"] == 2)
    result = helped.present(*NEW)
    assert result["running"]["digest"] == result["after"]["digest"]
    assert served(helped) == [False, True, True]


def test_a_helper_that_starts_without_a_list_denies_everything(helped: Device) -> None:
    helped.present(*OLD)
    damage(helped, cut)
    helped.proxy.kill()
    helped.path("/run/squid.pid").unlink()
    helped.proxy.start()
    assert served(helped) == [False] * 3
    assert helped.info()["running"]["state"] == "none"
    assert helped.present(*OLD)["changed"] is True
    assert served(helped) == [True, True, False]


def helped_python(device: Device, script: str) -> str:
    """Put a program onto the host that stands for Python."""
    path = f"{CODE}/python-{len(script)}"
    device.path(path).write_text(f"#!/bin/sh\n{script}\n")
    device.path(path).chmod(0o755)
    return path


def test_a_helper_that_does_not_start_is_found_out_and_the_old_list_put_back(helped: Device) -> None:
    helped.present(*OLD)
    with pytest.raises(Refused, match=r"helper_python: /opt/none/python3 cannot be found.*Nothing was changed"):
        helped.present(*NEW, helper_python="/opt/none/python3", check=True)
    fails = helped_python(helped, "echo no such thing >&2; exit 3")
    with pytest.raises(Refused, match=r"its Python not the helper: no such thing.*Nothing was changed"):
        helped.present(*NEW, helper_python=fails)
    only_checks = helped_python(helped, 'case "$*" in *--check*) exec python3 "$@";; esac; exit 1')
    # Squid starts a helper that ends anew, and itself where that happens too fast: it is met in the one or the other.
    with pytest.raises(Refused, match=r"after 2 s it (answers 'none'|does not answer).*there has been put back"):
        helped.present(*NEW, helper_python=only_checks, activation_timeout=2)
    assert served(helped) == [True, True, False]
    assert helped.present(*OLD)["changed"] is False
    assert helped.proxy.running


@pytest.mark.parametrize("what", ["snippet", "helper"])
def test_an_edit_of_the_rules_or_of_the_helper_is_undone(helped: Device, what: str) -> None:
    helped.present(*OLD)
    at = helped.path(SNIPPET) if what == "snippet" else helped.directory() / "helper.py"
    at.write_text(at.read_text().replace("ttl=0", "ttl=60") + "# edited\n")
    result = helped.present(*OLD)
    assert (result["changed"], result["running"]["digest"]) == (True, result["after"]["digest"])
    assert "# edited" not in helped.path(SNIPPET).read_text() + (helped.directory() / "helper.py").read_text()


def test_a_run_that_dies_before_the_first_reload_is_mended_by_one(helped: Device) -> None:
    with pytest.raises(Killed):
        helped.present(*OLD, interrupt=("program", "reconfigure", "before", 1, "die"))
    assert helped.info()["in_step"] is False
    assert helped.present(*NEW)["changed"] is True
    assert served(helped) == [False, True, True]


def test_rules_left_to_the_site_can_ask_the_helper(helped: Device) -> None:
    site = ["acl mine external mdn_managed_desktop_helper allow", "http_access deny mdn_managed_desktop_state"]
    helped.present(*OLD, access_rules="none")
    helped.proxy.configure("30-site.conf", "\n".join([*site, "http_access allow mdn_managed_desktop_allowed", ""]))
    helped.proxy.reconfigure()
    assert served(helped) == [True, True, False]
    sockets = helped.proxy.host.sockets(3128)
    assert helped.present(*NEW, access_rules="none")["running"]["state"] == "running"
    assert served(helped) == [False, True, True]
    assert helped.proxy.host.sockets(3128) == sockets


# -- hostile requests --------------------------------------------------------------------------------------------

ENDPOINTS: tuple[str | Json, ...] = (
    "www.office.com",
    "*.deep.example",
    "pay*.glob.example",
    {"host": "path.example", "path": "/ncsi.txt"},
    {"host": "path.example", "path": "/dist/*"},
    {"host": "tilde.example", "path": "/~x"},
    {"network": "198.18.7.0/24"},
    {"network": "2001:db8:7::/48"},
)
LYING = "198.18.99.7"
HOSTS = (
    *("www.office.com", "WWW.Office.COM", "www.office.com.", "www.office.com..", ".www.office.com", "xwww.office.com"),
    *(
        "www.office.com%2e",
        "www%2eoffice.com",
        "%77ww.office.com",
        "www.office.com%00.evil.test",
        "www.office.com@evil",
    ),
    *("deep.example", "x.deep.example", "x..deep.example", "%0a.deep.example", "x%20y.deep.example", "*.deep.example"),
    *(
        f"{'a.' * 110}deep.example",
        f"{'a' * 63}.deep.example",
        "pay.glob.example",
        "pay%2d.glob.example",
        "-.deep.example",
    ),
    *("x.pay.glob.example", "pay_.glob.example", "pay'\".glob.example", "paypaypay.glob.example", "pay\\.glob.example"),
    *(
        LYING,
        "198.18.7.9",
        "0xc6120709",
        "3323070217",
        "198.18.7.256",
        "[2001:db8:7::1]",
        "[2001:db8:8::1]",
        "[::ffff:198.18.7.9]",
    ),
    *("%5B2001:db8:7::1%5D", "198.18.7", "198.18.07.9", "-", "%", "%%", "x", "&", "ERR", "OK"),
)
PATHS = (
    *(
        "/ncsi.txt",
        "/ncsi.txt?",
        "/ncsi.txt?x=1",
        "/NCSI.TXT",
        "/n%63si.txt",
        "/ncsi.txt%00",
        "/ncsi.txt%0a",
        "//ncsi.txt",
    ),
    *("/a/../ncsi.txt", "/ncsi.txt#x", "/ncsi.txt%20", "/ncsi.txt/", "/-", "/", "/dist/", "/dist/a", "/dist/a%3fb"),
    *(
        "/dist/a%%3fb",
        "/dist/%2e%2e/x",
        "/dist/%%2e%%2e/x",
        "/dist/../x",
        "/dist/..",
        "/dist/.x",
        "/d%69st/x",
        "/dist/%0a",
    ),
    *("/dist/%00", "/dist/%zz", "/dist/%", "/dist/?q", "/dist/x?../..", "/%64ist/%e4", "/dist/\\..\\x", "/dist/'\"<>"),
    *("/~x", "/%7Ex", "/%7ex", "/~X", "/dist/x;y=/../z", "http://path.example/ncsi.txt", "/dist/" + "x" * 4000),
)


def verdicts(device: Device) -> list[bool | str]:
    requests: list[list[t.Any]] = [["CONNECT", host, 443, None] for host in HOSTS]
    requests += [["GET", host, port, "/ncsi.txt"] for host in HOSTS for port in (80, 8080)]
    requests += [
        ["GET", host, port, path] for path in PATHS for host in ("path.example", "tilde.example") for port in (80, 8080)
    ]
    script = (Path(__file__).parent.parent / "conformance" / "asker.py").read_text(encoding="utf-8")
    document = json.dumps({"proxy": [device.proxy.address, 3128], "requests": requests})
    done = device.lab.run("desk1", ["/usr/bin/python3", "-c", script], input=document)
    return [f"{answer}: {request}" for answer, request in zip(json.loads(done.stdout), requests, strict=True)]


def test_hostile_requests_are_decided_alike_whichever_way_the_list_is_activated(device: Device) -> None:
    device.lab.zone.point(LYING, "www.office.com")
    try:
        device.present(*ENDPOINTS)
        plain = verdicts(device)
        device.present(*ENDPOINTS, activation="helper")
        assert verdicts(device) == plain
    finally:
        device.lab.zone.reset()
    allowed = [verdict for verdict in plain if verdict.startswith("True")]
    assert 20 < len(allowed) < len(plain) / 2
    assert not any(LYING in verdict for verdict in allowed)
    assert "True: ['GET', 'tilde.example', 80, '/~x']" in allowed
    assert len(device.helpers()) == 1, "a request made the helper die"
