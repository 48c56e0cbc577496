# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from lab.servers.endpoint_lists import Cloud, EndpointLists, busy, resets
from tests.integration.probe.programs import start_tinyproxy, stop

from .conftest import FIRST, Play, real_sets

ADDED = "new.example.com"
NEXT = "2025120200"


def publish(server: EndpointLists, version: str, sets: list[dict[str, t.Any]]) -> None:
    server.clouds["Worldwide"] = Cloud(version, sets)


def an_hour_passes(play: Play) -> None:
    """Write into the state that the version was asked for an hour ago."""
    path = play.directory / ".state" / "state.json"
    state = json.loads(path.read_text())
    for asked in state["asked"].values():
        asked["at"] -= 3601
        asked["not_before"] = max(0, asked["not_before"] - 3601)
    path.write_text(json.dumps(state))


def test_update_twice_changes_once_and_check_mode_before_writes_nothing(play: Play, server: EndpointLists) -> None:
    predicted = play("update", "--check", "--diff")
    assert (predicted.status, predicted.changed) == (0, 1), predicted.said
    assert "# Update of microsoft365" in predicted.said
    assert not play.directory.exists()
    first = play("update")
    assert (first.status, first.changed) == (0, 1), first.said
    assert "444 endpoints, 0 of them held" in first.said
    (edition,) = play.directory.glob("microsoft365/2025-12-01-worldwide-*.json")
    assert edition.with_suffix(".md").read_text(encoding="utf-8").startswith("# Update of microsoft365\n")
    before = play.files()
    server.verbs()
    second = play("update")
    assert (second.status, second.changed) == (0, 0), second.said
    assert play.files() == before and server.verbs() == []


def test_an_edition_that_waits_fails_the_run_until_it_is_acknowledged(play: Play, server: EndpointLists) -> None:
    assert play("update").status == 0
    publish(server, NEXT, real_sets()[:40])
    an_hour_passes(play)
    waits = play("update")
    assert (waits.status, waits.changed) == (2, 1), waits.said
    assert "at most 10 % go unasked" in waits.said
    found = re.search(r"acknowledged with -e allowlist_update_acknowledge=([0-9a-f]{64})", waits.said)
    assert found, waits.said
    quiet = play("update", variables={"allowlist_update_fail_on_waiting": False})
    assert (quiet.status, quiet.changed) == (0, 0), quiet.said
    done = play("update", "-e", f"allowlist_update_acknowledge={found[1]}")
    assert (done.status, done.changed) == (0, 1), done.said
    assert "endpoints, 207 of them held" in done.said


def test_one_source_that_fails_leaves_the_others_their_turn(play: Play, server: EndpointLists, tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("[a.example]\n")
    server.faults["version"].append(resets)
    feeds = [{"base_url": server.url}, {"source": "own", "url": f"file://{tmp_path}/own.yml"}]
    done = play("update", variables={"allowlist_update_feeds": feeds})
    assert done.status == 2 and done.changed == 1
    assert "could not be asked" in done.said and "In force stays 2025-12-01-worldwide" in done.said
    assert list(play.directory.glob("own/*.json"))


def test_a_busy_source_is_a_warning(play: Play, server: EndpointLists) -> None:
    server.faults["version"].append(busy("60"))
    done = play("update")
    assert (done.status, done.changed) == (0, 0), done.said
    assert "[WARNING]" in done.said and "asks not to be asked for 60 seconds" in done.said


def test_the_controllers_own_proxy_is_used(play: Play, server: EndpointLists, tmp_path: Path) -> None:
    process, port = start_tinyproxy(tmp_path / "tinyproxy")
    try:
        done = play("update", environment={"https_proxy": f"http://127.0.0.1:{port}"})
        assert done.status == 0, done.said
        log = (tmp_path / "tinyproxy" / "log").read_text()
        assert f"CONNECT {server.url.removeprefix('https://')}" in log
    finally:
        stop(process)
    publish(server, NEXT, real_sets())
    an_hour_passes(play)
    gone = play("update", environment={"https_proxy": f"http://127.0.0.1:{port}"})
    assert gone.status == 2 and "could not be asked" in gone.said
    assert server.asked[-1].verb == "changes"  # nothing came past the proxy


def test_a_certificate_that_is_not_trusted_is_refused(play: Play, server: EndpointLists) -> None:
    done = play("update", variables={"allowlist_update_ca_file": ""})
    assert done.status == 2 and "no certificate that this controller trusts" in done.said
    assert server.asked == []


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"allowlist_update_feds": []}, "Did you mean allowlist_update_feeds?"),
        ({"allowlist_catalogue_dir": ""}, "allowlist_catalogue_dir is not set"),
        ({"allowlist_update_feeds": [{"sorce": "x"}]}, "sorce"),
        ({"allowlist_update_feeds": [{"source": "own", "url": "http://127.0.0.1/x"}]}, "begins with https://"),
        ({"allowlist_update_feeds": [{"source": "../x", "url": "file:///etc/hosts"}]}, "cannot name a list"),
        ({"allowlist_update_feeds": [{"source": "own", "url": "https://me:secret@a.example/"}]}, "no password in it"),
        ({"allowlist_update_feeds": [{"instance": "Mars"}]}, "Worldwide, China"),
        ({"allowlist_update_feeds": [{"instance": "China"}, {"instance": "China", "ipv6": False}]}, "instance twice"),
        ({"allowlist_update_max_removed": 101}, "from 0 to 100"),
        ({"allowlist_update_grace": -1}, "no number of days"),
        ({"allowlist_update_acknowledge": ["abc"]}, "is no digest"),
        ({"allowlist_update_pinned": ["a..b"]}, "pinned"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_asked(
    play: Play, server: EndpointLists, variables: dict[str, t.Any], said: str
) -> None:
    done = play("update", variables=variables)
    assert done.status == 2 and said in done.said, done.said
    assert server.asked == [] and not list(play.directory.glob("*/*.json"))


def test_the_lookup_takes_latest_from_the_directory_and_the_info_module_tells_of_it(
    play: Play, server: EndpointLists, tmp_path: Path
) -> None:
    sets = real_sets()
    sets[0]["urls"].append(ADDED)
    publish(server, NEXT, sets)
    assert play("update").status == 0
    book = tmp_path / "look.yml"
    tasks = [
        {"managed_desktop.network.catalogue_update_info": {"catalogue_dir": str(play.directory)}, "register": "found"},
        {
            "ansible.builtin.assert": {
                "that": [
                    "found.sources[0].tracks[0].in_force.edition is match('2025-12-02-worldwide-')",
                    f"found.sources[0].tracks[0].version == '{NEXT}'",
                    "found.sources[0].tracks[0].waiting is none",
                    f"found.asked[0].version == '{NEXT}'",
                    "not found.changed",
                    f"'{ADDED}' in query('managed_desktop.network.endpoints', 'microsoft365') | map(attribute='host')",
                    "query('managed_desktop.network.explain', '" + ADDED + "', sources=['microsoft365'])[0].allowed",
                ]
            }
        },
    ]
    book.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    done = play(str(book))
    assert done.status == 0, done.said
    assert FIRST not in play.directory.joinpath("microsoft365", "index.json").read_text()
