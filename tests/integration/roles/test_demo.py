# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    Artefact,
    judge,
    parse_acceptances,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import fortios, panos
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import matches
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import read_options, selected

from lab import Lab, LabError
from lab.demo import __main__ as demo
from lab.demo import lists
from lab.demo.lists import LISTS, Listing
from lab.demo.platforms import PLATFORMS
from lab.demo.platforms.base import exchange
from lab.demo.simulated import SIMULATED, Simulated
from lab.services import Squid
from lab.state import State
from tests.integration.report.browser import DESKTOP, PHONE, browser

from .conftest import Play, report

SECONDS = 60
PICTURES = os.environ.get("ALLOWLIST_PICTURES")
"""A directory for the pictures of docs/changes.md, where they are to be made anew: docs/pictures."""


def test_the_demo_ends_with_1_and_takes_the_lab_down_where_a_step_does_not_show_what_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(demo.tempfile, "tempdir", str(tmp_path))
    wrong = {**lists.SEED.variables, "allowlist_edition": "1999-01-01"}
    monkeypatch.setitem(LISTS, "seed", dataclasses.replace(lists.SEED, variables=wrong))
    assert demo.main(["--results", str(tmp_path / "results")]) == 1
    said = capfd.readouterr()
    assert "not seen: exit status 0" in said.err
    assert "1999-01-01" in said.err
    assert "5 of 5 hosts gone" in said.out
    assert not list(tmp_path.glob("allowlist-demo-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_takes_the_lab_down(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "lab.demo", "--results", str(tmp_path / "results")],
        env={**os.environ, "TMPDIR": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        # Whoever runs these tests in the background has the signal ignored, which what is started here would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        deadline = time.monotonic() + SECONDS
        while not list(tmp_path.glob("allowlist-demo-*/lab/inventory.yml")):  # written when every host is up
            assert time.monotonic() < deadline, "the demo did not bring its lab up"
            time.sleep(0.05)
        (state,) = tmp_path.glob("allowlist-demo-*/lab")
        hosts = State.load(state).hosts
        process.send_signal(number)
        said, _nothing = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, said
    assert hosts
    assert not [name for name, host in hosts.items() if host.alive]
    assert not list(tmp_path.glob("allowlist-demo-*"))


def no_files(name: str) -> str:
    raise AssertionError(f"the demo's lists are shipped ones, and {name} is not")


@pytest.mark.parametrize("listing", [*LISTS.values(), lists.FLEET], ids=[*LISTS, "fleet"])
def test_only_its_own_entry_lets_the_removed_name_through_and_nothing_the_added_one(listing: Listing) -> None:
    options = {name.removeprefix("allowlist_"): value for name, value in listing.variables.items()}
    hosts = {
        endpoint.host for endpoint in selected(read_options(options), no_files).endpoints if endpoint.host is not None
    }
    assert [host.text for host in hosts if matches(host, listing.removed)] == [listing.removed]
    assert not [host.text for host in hosts if matches(host, listing.added)]


def compiled(platform: str, variant: str, endpoints: t.Iterable[Endpoint]) -> Artefact:
    if platform == "panos":
        return panos.compile(endpoints, panos.Options.from_dict({"name": "demo"}))
    return fortios.compile(endpoints, fortios.Options.from_dict({"name": "demo", "method": "url_filter"}, variant))


@pytest.mark.parametrize(
    ("platform", "variant"), [("panos", ""), *(("fortios", variant) for variant in fortios.VARIANTS)]
)
def test_what_the_fleet_accepts_on_a_firewall_is_what_its_list_loses_there(platform: str, variant: str) -> None:
    options = {name.removeprefix("allowlist_"): value for name, value in lists.FLEET.variables.items()}
    losses = compiled(platform, variant, selected(read_options(options), no_files).endpoints).losses
    accepted = parse_acceptances(lists.FLEET.settings(platform)["allowlist_accept_loss"])
    judge(losses, accepted)
    stopping = {loss.prop for loss in losses if loss.prop and loss.stops}
    assert {item.subject for item in accepted if item.is_property} == stopping


def test_the_full_list_is_applied_and_verifies_clean_with_the_losses_that_it_accepts(
    lab: Lab, proxy: Squid, play: Play, tmp_path: Path
) -> None:
    settings = lists.FULL.settings("squid")
    without_ports = [item for item in settings["allowlist_accept_loss"] if item.get("property") != "site_ports"]
    refused = play("apply", variables={**settings, "allowlist_accept_loss": without_ports})
    assert refused.status == 2
    assert "{property: site_ports, ports: [25, 143, 587, 993, 995], reason: ''}" in refused.said
    assert not list(proxy.host.path("/etc/squid/conf.d").glob("*allowlist*"))
    applied = play("apply", variables=settings)
    assert applied.status == 0, applied.said
    played = play("verify", "--limit", "desk1", variables={**settings, "allowlist_report_dir": str(tmp_path)})
    assert played.status == 0, played.said
    found = report(tmp_path, "reachability.json")
    assert found["passed"] is True
    assert len(found["subjects"]) > 500
    unprobed = {item["endpoint"] for item in found["unprobed"]}
    assert {"smtp.office365.com tcp/143,587,993,995", "*.mx.microsoft tcp/25"} <= unprobed
    with pytest.raises(LabError, match="should stand in one list file"):
        PLATFORMS["squid"]().break_list(lab, "not.listed.example", "files.stranger.example")


TINY = Listing(
    title="two names",
    variables={"allowlist_sources": [], "allowlist_endpoints": ["www.microsoft.com", "removed.example"]},
    removed="removed.example",
)


@pytest.mark.parametrize("platform", ["rpz", "pac"])
def test_the_whole_story_is_told_on_the_other_platforms(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setitem(LISTS, "seed", TINY)
    status = demo.main(["--platform", platform, "--results", str(tmp_path / "results")])
    said = capfd.readouterr()
    assert status == 0, said.out + said.err
    assert said.out.count("8 of 8 denied as they should be; TLS 1.2 ok, ok") == 4  # each step, and the summary
    assert "10 steps, each as it should be" in said.out


def test_the_story_of_the_fleet_is_told_and_no_credential_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PANOS_API_KEY", "of-the-users-own-firewall")
    properties = {
        platform: tuple(item for item in accepted if "property" in item)
        for platform, accepted in lists.FLEET.accepted_on.items()
    }
    monkeypatch.setattr(lists, "FLEET", dataclasses.replace(TINY, accepted_on=properties))
    status = demo.main(["--platform", "fleet", "--results", str(tmp_path / "results")])
    said = capfd.readouterr()
    assert status == 0, said.out + said.err
    assert said.out.count("6 of 6 drifted: removed.example missing, files.stranger.example foreign") == 2
    assert said.out.count("6 of 6 in step and running") == 2  # the step, and the summary
    assert "9 steps, each as it should be" in said.out
    kept = "".join(file.read_text() for file in (tmp_path / "results").iterdir())
    for kind in SIMULATED:
        for name, secret in kind.environment.items():
            assert name.endswith("_USERNAME") or secret not in said.out + said.err + kept


def test_the_fleet_takes_no_other_list(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        demo.main(["--platform", "fleet", "--list", "full"])
    assert ended.value.code == 2
    assert "the fleet has a list of its own" in capsys.readouterr().err


@pytest.mark.parametrize("kind", SIMULATED, ids=lambda kind: kind.platform)
def test_an_edit_by_hand_of_a_simulated_list_needs_the_one_entry(kind: type[Simulated], tmp_path: Path) -> None:
    simulated = kind(tmp_path)
    try:
        with pytest.raises(LabError, match="should be one entry of the device, and is 0"):
            simulated.break_list("not.listed.example", "files.stranger.example")
        assert not simulated.running()
    finally:
        simulated.close()


def test_an_edit_by_hand_changes_one_place_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text("a\nb\nb\n")
    with pytest.raises(LabError, match="'b' should stand in list once, and stands there 2 times"):
        exchange(file, "b", "c")
    exchange(file, "a", "c")
    assert file.read_text() == "c\nb\nb\n"


def test_the_story_of_a_change_is_told_and_its_report_opens_in_a_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    status = demo.main(["--story", "change", "--results", str(tmp_path / "results")])
    said = capfd.readouterr()
    assert status == 0, said.out + said.err
    assert "15 steps, each as it should be" in said.out
    reports = sorted((tmp_path / "results" / "changes").glob("*/report.html"))
    assert [path.parent.name for path in reports] == ["CHG-1", "CHG-2", "CHG-3"]
    with browser(tmp_path / "profile") as chromium:
        for path in reports:
            chromium.open(path, PHONE)
            assert path.parent.name in chromium.run("return document.body.innerText")
            assert chromium.wider_than_page() <= 0
            assert chromium.complaints() == []
        if PICTURES:
            for name, change, width, theme, first, last in (
                ("report-taken-back", "CHG-1", DESKTOP, "light", "body", "#attention"),
                ("report-applied", "CHG-2", DESKTOP, "light", "#done", "#seen table"),
                ("report-on-a-phone", "CHG-2", PHONE, "dark", "body", "#attention"),
            ):
                chromium.open(reports[0].parent.with_name(change) / "report.html", width, theme)
                chromium.picture(Path(PICTURES) / f"{name}.png", first, last)
