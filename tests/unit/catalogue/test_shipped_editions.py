# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped editions: what they count, what was done to them, and that they are what the fixtures give."""

from __future__ import annotations

import json

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import mends, shipped, stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import TENANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import GLOB, LITERAL, minimise, parse
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import strangers

from tools import import_catalogue

SEED = "2018-08-29-aad339da"
WUFB_PAGE = "3084568/can-t-download-updates-from-windows-update-from-behind-a-firewall-or-p"
IDS = shipped.editions("managed_desktop")

# status, rows with names, visible ones, services, tokens, entries, unique
FIGURES = {
    "2018-08-29-aad339da": ("draft", 4, 4, 4, 102, 101, 95),
    "2018-08-29-2c10eb40": ("draft", 15, 15, 14, 422, 420, 341),
    "2018-09-24": ("superseded", 17, 2, 14, 434, 432, 341),
    "2019-01-18": ("superseded", 19, 4, 16, 437, 435, 343),
    "2022-06-28": ("superseded", 19, 19, 16, 442, 440, 348),
    "2022-09-15": ("superseded", 19, 19, 16, 442, 440, 348),
    "2023-03-15": ("superseded", 18, 18, 15, 432, 430, 342),
    "2023-10-19": ("current", 18, 18, 15, 432, 430, 342),
}


@pytest.fixture(scope="module", params=sorted(FIGURES))
def edition(request):
    return shipped.load("managed_desktop", request.param)


@pytest.fixture(scope="module")
def seed():
    return shipped.load("managed_desktop", SEED)


def hosts(edition, kinds=None):
    """The different hosts of an edition; a placeholder counts as a name."""
    found = {e.endpoint.host or parse(e.template.replace(TENANT, "tenant")) for e in edition.entries}
    return [host for host in found if kinds is None or host.kind in kinds]


def test_every_fixture_is_shipped_and_every_shipped_edition_has_a_fixture():
    made = {import_catalogue.path_of(edition) for edition in import_catalogue.editions()}
    assert made == set(import_catalogue.DATA.glob("*/*.json"))
    assert {path.stem for path in made if path.parent.name == "managed_desktop"} == set(FIGURES)


def test_the_fixtures_give_the_shipped_bytes():
    for edition in import_catalogue.editions():
        assert import_catalogue.path_of(edition).read_text(encoding="utf-8") == stored.dump(edition)


def test_a_shipped_file_is_json_with_one_entry_a_line_and_reads_back_the_same(edition):
    text = import_catalogue.path_of(edition).read_text(encoding="utf-8")
    assert stored.dump(stored.load(text)) == text
    lines = text.splitlines()
    begin = lines.index('"entries": [') + 1
    assert [json.loads(line.rstrip(",")) for line in lines[begin : begin + len(edition.entries)]] == json.loads(text)[
        "entries"
    ]


def test_the_figures_are_those_of_the_documents(edition):
    status, rows, visible, services, tokens, entries, unique = FIGURES[edition.id]
    named = [row for row in edition.rows if row.tokens]
    assert edition.status == status
    assert (len(named), sum(not row.hidden for row in named)) == (rows, visible)
    assert len(edition.services()) == services
    assert (edition.account()["tokens"], len(edition.entries), edition.unique) == (tokens, entries, unique)


def test_every_token_of_every_row_is_accounted_for_once(edition):
    taken: dict[int, list[int]] = {row.number: [] for row in edition.rows}
    for entry in edition.entries:
        taken[entry.row] += range(entry.token, entry.token + entry.tokens)
    for refusal in edition.refused:
        taken[refusal.row].append(refusal.token)
    assert {row.number: sorted(taken[row.number]) for row in edition.rows} == {
        row.number: list(range(1, row.tokens + 1)) for row in edition.rows
    }
    assert edition.refused == ()
    account = edition.account()
    assert account["tokens"] == sum(row.tokens for row in edition.rows)
    assert account["tokens"] == sum(count for outcome, count in account.items() if outcome != "tokens")


def test_every_repair_is_explained_and_keeps_what_was_written(edition):
    used = {rule for item in (*edition.entries, *edition.rows) for rule in item.repairs}
    assert used == set(edition.rules)
    assert all(edition.rules[rule] == mends.why(rule) for rule in used)
    assert all(entry.raw for entry in edition.entries if entry.repairs)


def test_ports_are_assumed_unless_a_scheme_or_nothing_but_plain_http_says_them(edition):
    for entry in edition.entries:
        ports = entry.endpoint.tcp_ports
        if "scheme" in entry.repairs:
            assert (ports, entry.endpoint.ports_assumed) == (((443, 443),), False)
        elif entry.endpoint.path:
            assert (ports, entry.endpoint.ports_assumed) == (((80, 80),), True)
        else:
            assert (ports, entry.endpoint.ports_assumed) == (((80, 80), (443, 443)), True)


def test_every_edition_asks_the_appliance_for_tls_1_2_and_gives_the_remedy(edition):
    (requirement,) = edition.requirements
    assert (requirement.id, requirement.feature, requirement.minimum) == ("tls_1_2", "tls", "1.2")
    assert requirement.remedy == "disable_protocol_detection"


def test_every_edition_names_its_document(edition):
    document = edition.document
    assert document.url.startswith("https://") and document.title and len(document.commit) == 8
    assert document.date == edition.id[:10]
    assert len(document.sha256) == 64


@pytest.mark.parametrize(
    ("id", "kept"),
    # The globs *cdn.onenote.net and *onenote.officeapps.live.com stand apart here: as patterns the former covers
    # cdn.onenote.net and site-cdn.onenote.net, so that two less are needed than when suffixes alone are compared.
    [(SEED, 28), ("2018-09-24", 137), ("2022-06-28", 136), ("2023-10-19", 132)],
)
def test_as_many_hosts_are_left_after_suffixes_as_the_documents_were_found_to_have(id, kept):
    edition = shipped.load("managed_desktop", id)
    inner = [host for host in hosts(edition, {GLOB}) if not host.text.startswith("*.*.")]
    rest = [host for host in hosts(edition) if host not in inner]
    below = [host for host in inner if host not in minimise([*rest, host])]
    assert len(minimise(rest)) + len(inner) - len(below) == kept


@pytest.mark.parametrize(("id", "kept"), [(SEED, 27), ("2018-09-24", 130), ("2022-06-28", 129), ("2023-10-19", 125)])
def test_as_many_are_left_where_a_suffix_has_its_apex_too(id, kept):
    edition = shipped.load("managed_desktop", id)
    patterns = hosts(edition)
    suffixes = {host.tail for host in patterns if host.text.startswith("*.") and "*" not in host.text[1:]}
    left = {
        host.text
        for host in patterns
        if not any(host.tail.endswith(f".{suffix}") for suffix in suffixes)
        and not (host.tail in suffixes and host.text != f"*.{host.tail}")
    }
    assert len(left) == kept


def test_latest_is_the_current_edition():
    assert shipped.load("managed_desktop").id == "2023-10-19"
    assert shipped.load("managed_desktop").status == "current"


def test_an_unknown_source_or_edition_is_told_with_the_nearest():
    with pytest.raises(CatalogueError, match="Did you mean 'managed_desktop'"):
        shipped.load("manged_desktop")
    with pytest.raises(CatalogueError, match="Did you mean '2018-09-24'"):
        shipped.load("managed_desktop", "2018-09-23")


@pytest.mark.parametrize("name", ["../managed_desktop", "", ".", "managed_desktop/", "REUSE.toml"])
def test_no_name_reaches_beyond_the_data(name):
    with pytest.raises(CatalogueError, match="There is no source"):
        shipped.load(name)
    with pytest.raises(CatalogueError, match="There is no edition"):
        shipped.load("managed_desktop", f"../managed_desktop/{name}")


def test_no_edition_is_read_that_was_not_asked_for(monkeypatch):
    read = []
    original = stored.load
    monkeypatch.setattr(stored, "load", lambda text: read.append(text) or original(text))
    shipped._load.cache_clear()
    shipped.load("managed_desktop", SEED)
    assert [json.loads(text)["id"] for text in read] == [SEED]


def test_a_damaged_shipped_file_is_told(monkeypatch, tmp_path):
    folder = tmp_path / "managed_desktop"
    folder.mkdir()
    (folder / "2018-08-29.json").write_text('{"source": "managed_desktop"')
    monkeypatch.setattr(shipped, "_DATA", tmp_path)
    with pytest.raises(CatalogueError, match=r"cannot be read.*install the collection anew"):
        shipped.load("managed_desktop")


# -- the seed ----------------------------------------------------------------------------------------------------


def test_the_seed_counts_by_service(seed):
    assert [(s.name, s.tokens, s.entries, s.unique) for s in seed.services()] == [
        ("Windows Update for Business (WUfB)", 13, 13, 13),
        ("Delivery Optimization", 5, 5, 5),
        ("Microsoft Store for Business", 10, 10, 10),
        ("Office 365", 74, 73, 72),
    ]


def test_the_seed_has_a_document_for_each_service(seed):
    assert [[link.url for link in service.documentation] for service in seed.services()] == [
        [f"https://support.microsoft.com/help/{WUFB_PAGE}"],
        ["https://support.microsoft.com/help/3175743/proxy-requirements-for-windows-update"],
        ["https://support.microsoft.com/help/2778122/using-authenticated-proxy-servers-together-with-windows-8"],
        ["https://docs.microsoft.com/office365/enterprise/urls-and-ip-address-ranges"],
    ]


def test_the_seed_has_70_names_and_25_wildcards(seed):
    kinds = [host.kind for host in hosts(seed)]
    # One of the wildcards is asked for with a path only.
    assert (kinds.count(LITERAL), len(kinds)) == (70, 95)


def test_the_seed_has_one_path_on_plain_http(seed):
    (entry,) = [entry for entry in seed.entries if entry.endpoint.path]
    assert (entry.name, entry.row, entry.token) == ("*.msftncsi.com/ncsi.txt", 3, 10)


def test_the_seed_has_one_placeholder_and_it_is_not_a_wildcard(seed):
    (entry,) = [entry for entry in seed.entries if entry.template]
    assert (entry.name, entry.row, entry.token) == ("<tenant>.onmicrosoft.com", 4, 10)
    assert entry.endpoint.host is None


def test_the_seed_has_one_name_mended_from_the_reviewed_table(seed):
    (entry,) = [entry for entry in seed.entries if entry.tokens != 1]
    assert (entry.name, entry.row, entry.token, entry.tokens) == ("groupsapi-prod.outlookgroups.ms", 4, 49, 2)
    assert entry.raw == "groupsapi-<br>rod.outlookgroups.ms"
    assert "'p' is lost" in seed.rules[entry.repairs[0]]


def test_the_seed_folds_upper_case_and_then_has_a_name_twice(seed):
    twice = [entry for entry in seed.entries if entry.name == "protection.office.com"]
    assert [(entry.raw, entry.repairs) for entry in twice] == [("Protection.office.com", ("lower_case",))]
    assert len([entry for entry in seed.entries if entry.name == "*.portal.cloudappsecurity.com"]) == 2


def test_the_seed_lacks_a_separator_in_its_last_row(seed):
    assert [row.repairs for row in seed.rows] == [(), (), (), ("link_in_cell",)]
    assert [entry.name for entry in seed.entries if entry.row == 4 and entry.token == 74] == ["diagnostics.office.com"]


def test_the_seed_has_four_names_in_several_services(seed):
    services: dict[str, set[str]] = {}
    for entry in seed.entries:
        services.setdefault(entry.name, set()).add(entry.endpoint.service)
    several = sorted(name for name, found in services.items() if len(found) > 1)
    assert several == ["*.download.windowsupdate.com", "*.windowsupdate.com", "login.live.com", "wustat.windows.com"]


def test_the_seed_has_seven_domains_with_and_without_their_names(seed):
    names = {host.text for host in hosts(seed)}
    assert sum(f"*.{name}" in names for name in names) == 7


def test_one_wildcard_of_the_seed_covers_21_other_hosts(seed):
    covered: dict = {}
    minimise([host for host in hosts(seed) if host.text.endswith("microsoft.com")], covered)
    assert sum(1 for coverer in covered.values() if coverer.text == "*.microsoft.com") == 21


# -- the later editions ------------------------------------------------------------------------------------------


def named(edition, name):
    return [(entry.raw, entry.repairs) for entry in edition.entries if entry.name == name]


def test_the_later_quirks_are_mended_each_by_its_rule():
    latest = shipped.load("managed_desktop")
    assert named(latest, "scsquery-ss-us.trafficmanager.net") == [
        ("scsquery-ss-<br>us.trafficmanager.net", ("torn_scsquery",))
    ]
    assert named(latest, "us.trafficmanager.net") == []
    assert named(latest, "*.svc.ms") == [("\\ *.svc.ms", ("space_in_escape",))]
    assert named(latest, "*.*.storage.msn.com") == [(None, ())]
    assert named(latest, "*.onenote.com") == [(None, ()), ("\\\\*.onenote.com", ("double_escape",))]
    assert named(latest, "token.cp.microsoft.com") == [("token.cp.microsoft.com/", ("trailing_slash",))]
    assert named(latest, "posarprodcssservice.accesscontrol.windows.net") == [
        ("https://posarprodcssservice.accesscontrol.windows.net", ("scheme",))
    ]
    assert named(latest, "*.*.onedrive.live.com") == named(latest, "*cdn.onenote.net") == [(None, ())]
    assert named(latest, "*onenote.officeapps.live.com") == [(None, ())]


def test_placeholders_are_found_however_they_are_escaped():
    latest = shipped.load("managed_desktop")
    assert sorted((entry.name, entry.raw) for entry in latest.entries if entry.template) == [
        ("<tenant>-files.sharepoint.com", "\\<tenant\\>-files.sharepoint.com"),
        ("<tenant>-my.sharepoint.com", "\\<tenant\\>-my.sharepoint.com"),
        ("<tenant>-myfiles.sharepoint.com", "\\<tenant\\>-myfiles.sharepoint.com"),
        ("<tenant>.onmicrosoft.com", "&lt;tenant>.onmicrosoft.com"),
        ("<tenant>.sharepoint.com", "\\<tenant\\>.sharepoint.com"),
    ]


def test_the_published_edition_hides_its_long_table_and_says_so():
    published = shipped.load("managed_desktop", "2018-09-24")
    assert [row.number for row in published.rows if not row.hidden] == [1, 2]
    assert published.account() == {
        "tokens": 434, "imported": 12, "mended": 0, "placeholder": 0, "hidden": 422, "refused": 0
    }  # fmt: skip
    visible = {service.name for service in published.services() if not service.hidden}
    assert visible == {"Get Help", "Quick Assist"}


def test_a_service_in_two_rows_counts_once():
    latest = shipped.load("managed_desktop")
    (drive,) = [service for service in latest.services() if service.name == "OneDrive for Business"]
    assert (drive.rows, drive.tokens, drive.entries, drive.unique) == ((10, 15), 64, 64, 62)
    assert len(drive.documentation) == 2


def test_what_is_left_of_the_removed_store_row_is_told():
    edition = shipped.load("managed_desktop", "2023-03-15")
    (row,) = [row for row in edition.rows if row.repairs == ("remnant",)]
    assert (row.service, row.tokens, row.documentation[0].title) == (None, 0, "Microsoft Store allowlist")


def test_a_rebranding_of_links_changed_a_name_in_the_list():
    before = shipped.load("managed_desktop", "2022-06-28")
    after = shipped.load("managed_desktop", "2022-09-15")
    names = [{entry.name for entry in edition.entries} for edition in (before, after)]
    assert (names[0] - names[1], names[1] - names[0]) == ({"docs.microsoft.com"}, {"learn.microsoft.com"})


def test_names_that_strangers_can_register_are_known_for_it():
    latest = shipped.load("managed_desktop")
    hosts_listed = [entry.endpoint.host for entry in latest.entries if entry.endpoint.host is not None]
    open_to_all = {host.text for host in hosts_listed if host.kind != LITERAL and strangers(host)}
    assert {
        "*.blob.core.windows.net", "*.azureedge.net", "*.servicebus.windows.net", "*.azure-automation.net"
    } < open_to_all  # fmt: skip
    assert "*.microsoft.com" not in open_to_all


def test_an_edition_asks_for_what_the_documents_of_its_names_ask_for():
    latest = shipped.load("managed_desktop", "2022-09-15")
    needs = {entry.name: entry.endpoint.treatments for entry in latest.entries}
    assert needs["manage.microsoft.com"] == {"allow", "bypass_authentication", "bypass_inspection"}
    assert needs["portal.fei.msuc05.manage.microsoft.com"] == {"allow", "bypass_inspection"}
    assert needs["graph.microsoft.com"] == {"allow", "bypass_authentication"}
    # A wildcard that covers such names and others is not let past for their sake.
    assert needs["*.microsoft.com"] == {"allow"}
    assert {ground.url.split("/")[2] for ground in latest.grounds.values()} == {"learn.microsoft.com"}
