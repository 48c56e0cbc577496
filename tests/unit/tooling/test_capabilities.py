# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.table import LONGEST_URL
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed, fortigate_names, pac, zia

from tools import capabilities
from tools.capability_dialects import DIALECTS
from tools.capability_facts import ASPECTS, FACTS, Cell

ROOT = Path(__file__).parents[3]
COLLECTION = "ansible_collections.managed_desktop.network.plugins.modules"
MODULES = {
    "Squid": "squid_allowlist",
    "nftables with dnsmasq": "nftables_allowlist",
    "RPZ": "rpz_allowlist",
    "PAC file": "pac_file",
    "feeds": "feed_file",
    "PAN-OS": "panos_allowlist",
    "FortiOS url_filter": "fortios_allowlist",
    "FortiOS push_feed": "fortios_allowlist",
    "Check Point": "checkpoint_allowlist",
    "ZIA": "zia_allowlist",
}


def by_name(name: str) -> capabilities.Dialect:
    return next(dialect for dialect in DIALECTS if dialect.name == name)


def sample(heading: str) -> capabilities.Sample:
    both = (*capabilities.PATTERNS, *capabilities.KINDS)
    return next(one for one in both if one.heading.strip("`") == heading)


def test_the_page_is_what_the_tool_makes() -> None:
    assert capabilities.PAGE.read_text(encoding="utf-8") == capabilities.page(), "run python -m tools.capabilities"


def test_every_platform_of_the_role_is_on_the_page() -> None:
    known = {file.stem for file in (ROOT / "roles/allowlist_apply/tasks/platform").glob("*.yml")}
    assert {dialect.platform for dialect in DIALECTS} == known
    assert set(FACTS) == set(MODULES)


@pytest.mark.parametrize(
    ("platform", "heading", "result"),
    [
        ("Squid", "pay*.a.example.com", "exact"),
        ("Squid", "UDP port 3478", "out_of_scope"),
        ("nftables with dnsmasq", "a.example.com", "widened"),
        ("the same, filter_dns", "a.example.com", "exact"),
        ("RPZ: BIND, Unbound, PowerDNS Recursor", "b.*.a.example.com", "unsupported"),
        ("feed networks", "192.0.2.0/24", "exact"),
        ("PAN-OS, categories", "b.*.a.example.com", "exact"),
        ("PAN-OS, managed rules", "TCP port 8443", "unsupported"),
        ("Check Point", "TCP port 8443", "narrowed"),
        ("ZIA, one category", "*.a.example.com", "narrowed"),
        ("ZIA, one category", "a.example.com", "exact"),
    ],
)
def test_a_cell_is_the_gravest_loss_that_is_about_it(platform: str, heading: str, result: str) -> None:
    assert capabilities.result_of(by_name(platform), sample(heading)) == result


def cells() -> list[tuple[str, str, Cell]]:
    return [(platform, aspect, cell) for platform, facts in FACTS.items() for aspect, cell in facts.items()]


def test_every_cell_says_something_and_where_it_is_from() -> None:
    for facts in FACTS.values():
        assert set(facts) == set(ASPECTS)
    assert not [(platform, aspect) for platform, aspect, cell in cells() if not cell.text or not cell.sources]
    assert not [dialect.name for dialect in DIALECTS if not dialect.sources]


def test_every_source_is_there() -> None:
    verbs = re.findall(r"^  ([a-z]+) ", (ROOT / "run").read_text(encoding="utf-8"), re.M)
    sources = {source for _platform, _aspect, cell in cells() for source in cell.sources}
    sources |= {source for dialect in DIALECTS for source in dialect.sources}
    for source in (*sources, *capabilities._RESULTS.values()):
        if source.startswith("measured: ./run "):
            assert source.removeprefix("measured: ./run ") in verbs, source
        elif not source.startswith("https://"):
            assert (ROOT / "docs" / source).is_file(), source


def test_a_source_of_no_known_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FACTS["RPZ"], "limits", Cell("none", ("somebody said so",)))
    with pytest.raises(ValueError, match="'somebody said so' is neither a page of docs/"):
        capabilities.page()


@pytest.mark.parametrize(("platform", "module"), MODULES.items(), ids=MODULES)
def test_what_is_said_of_the_guard_is_what_the_module_takes(platform: str, module: str) -> None:
    documentation = yaml.safe_load(importlib.import_module(f"{COLLECTION}.{module}").DOCUMENTATION)
    guarded = "managed_desktop.network.allowlist.on_host" in documentation["extends_documentation_fragment"]
    assert guarded == FACTS[platform]["guard"].text.startswith("confirm_within")


def test_figures_are_those_of_the_dialects() -> None:
    panos_url = feed.FORMATS["panos_url"]
    figures = {
        "PAC file": [pac.LARGEST],
        "feeds": [panos_url.most, panos_url.longest, fortigate_names.MOST_ENTRIES, fortigate_names.LONGEST_LINE],
        "PAN-OS": [panos_url.longest],
        "FortiOS url_filter": [LONGEST_URL],
        "FortiOS push_feed": [fortigate_names.MOST_ENTRIES],
        "ZIA": [zia.MOST, zia.LONGEST],
    }
    for platform, numbers in figures.items():
        for number in numbers:
            assert f"{number:,}" in re.findall(r"[0-9,]*[0-9]", FACTS[platform]["limits"].text), (platform, number)
