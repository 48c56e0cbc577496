# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What everybody calls: sources and filters in, endpoints out."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _registrable
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept, stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.explain import every_edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import read_file
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import list_services, select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

SEED = {"source": "managed_desktop", "edition": "2018-08-29-aad339da"}
PUBLISHED = {"source": "managed_desktop", "edition": "2018-09-24"}


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.yml"
    path.write_text(
        """
services:
  - name: Files
    endpoints:
      - login.live.com
      - {host: b.example, required: false, treatments: [bypass_inspection]}
      - <tenant>.c.example
      - {network: 192.0.2.0/24, tcp_ports: [443]}
"""
    )
    return str(path)


def subjects(selection):
    return [endpoint.subject for endpoint in selection.endpoints]


def test_the_seed_gives_95_endpoints_with_a_tenant_and_94_without():
    with_tenant = select([SEED], tenant="contoso")
    without = select([SEED])
    assert (len(with_tenant.endpoints), len(without.endpoints)) == (95, 94)
    assert set(subjects(with_tenant)) - set(subjects(without)) == {"contoso.onmicrosoft.com"}
    assert [(item.name, item.reason, item.row) for item in without.left_out] == [
        ("<tenant>.onmicrosoft.com", "tenant_unset", 4)
    ]
    assert with_tenant.left_out == ()


def test_an_endpoint_is_given_once_with_everybody_who_asks_for_it():
    (login,) = [e for e in select([SEED]).endpoints if e.subject == "login.live.com"]
    assert [(origin.row, origin.service) for origin in login.sources] == [
        (1, "Windows Update for Business (WUfB)"),
        (3, "Microsoft Store for Business"),
    ]


def test_sources_are_merged_with_their_origins(own):
    selection = select([SEED, own], tenant="contoso")
    (login,) = [e for e in selection.endpoints if e.subject == "login.live.com"]
    assert [origin.source for origin in login.sources] == ["managed_desktop", "managed_desktop", "own.yml"]
    assert len(selection.endpoints) == 95 + 3
    assert [edition.source for edition in selection.editions] == ["managed_desktop", "own.yml"]


@pytest.mark.parametrize("tenant", ["contoso", "Contoso", "contoso.onmicrosoft.com", "CONTOSO.OnMicrosoft.com"])
def test_a_tenant_is_a_label_or_its_initial_domain(tenant):
    assert "contoso.onmicrosoft.com" in subjects(select([SEED], tenant=tenant))


@pytest.mark.parametrize(
    "tenant",
    [
        "*",
        "*.x",
        "a.b",
        "contoso.com",
        "contoso.onmicrosoft.com.evil.example",
        "-a",
        "a-",
        "a" * 64,
        "a b",
        "a\n",
        "a\nacl all src all",
        "<tenant>",
        "evil.example/",
        "evil.example#",
        ".onmicrosoft.com",
        "b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher",
        True,
        ["contoso"],
    ],
)
def test_nothing_else_is_a_tenant(tenant):
    with pytest.raises(CatalogueError, match="neither a label"):
        select([SEED], tenant=tenant)


def test_a_tenant_that_makes_a_label_too_long_is_told(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("<tenant>-myfiles.example\n")
    with pytest.raises(CatalogueError, match=r"does not fit into <tenant>-myfiles\.example"):
        select([str(path)], tenant="a" * 63)


def test_services_are_chosen_by_name_in_any_case():
    selection = select([SEED], services=["delivery optimization", "WINDOWS UPDATE FOR BUSINESS (WUfB)"])
    assert len(selection.endpoints) == 13 + 5 - 2  # two wildcards are asked for by both
    assert selection.left_out == ()
    assert select([SEED], services=[]).endpoints == select([SEED]).endpoints


def test_an_unknown_service_is_told_with_the_nearest(own):
    with pytest.raises(CatalogueError, match="Did you mean 'Office 365'"):
        select([SEED], services=["Office 356"])
    with pytest.raises(CatalogueError, match=r"no service of own.yml 'Mail'.*Known: 'Files'"):
        select([SEED, {"source": own, "services": ["Mail"]}])


def test_shared_services_may_belong_to_any_source_and_own_ones_count_before_them(own):
    shared = select([SEED, own], services=["Files", "Delivery Optimization"])
    assert len(shared.endpoints) == 5 + 3
    mixed = select([{**SEED, "services": ["Delivery Optimization"]}, own], services=["Files"])
    assert subjects(mixed) == subjects(shared)
    with pytest.raises(CatalogueError, match="Delivery Optimization"):
        select([{**SEED, "services": ["Office 365"]}, own], services=["Delivery Optimization"])


def test_treatments_and_required_filter(own):
    assert subjects(select([own], treatments=["bypass_inspection"])) == ["b.example"]
    assert len(select([own], treatments=["allow"]).endpoints) == 3
    assert subjects(select([own], required_only=True)) == ["login.live.com", "192.0.2.0/24"]
    with pytest.raises(CatalogueError, match="Did you mean 'bypass_inspection'"):
        select([own], treatments=["bypass_inspektion"])


def test_hidden_rows_are_left_out_and_reported_unless_asked_for():
    selection = select([PUBLISHED])
    assert len(selection.endpoints) == 12
    assert {item.reason for item in selection.left_out} == {"hidden"}
    assert len(selection.left_out) == 420
    assert any("420 entries left out" in warning for warning in selection.warnings)
    assert len(select([PUBLISHED], include_hidden=True, tenant="contoso").endpoints) == 341


def test_what_is_not_current_and_what_is_left_out_gives_warnings(own):
    assert select(["managed_desktop"], tenant="contoso").warnings == ()
    assert select([SEED]).warnings == (
        "Edition 2018-08-29-aad339da of managed_desktop is not current; its status is draft.",
        "<tenant>.onmicrosoft.com left out, because no tenant was given; it replaces <tenant>.",
    )


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        ([], "No source was given.*managed_desktop"),
        (["manageddesktop"], "Did you mean 'managed_desktop'"),
        ([7], r"sources\[0\]: '7' is neither"),
        (["managed_desktop", {"edition": "latest"}], r"sources\[1\]: It has no source"),
        ([{"source": "managed_desktop", "edtion": "x"}], "Did you mean 'edition'"),
        ([{"source": "managed_desktop", "edition": "2018-09"}], "Did you mean '2018-09-24'"),
        (["./none.txt"], "none.txt: The file cannot be read"),
    ],
)
def test_what_is_no_source_is_told(sources, reason):
    with pytest.raises(CatalogueError, match=reason):
        select(sources)


def test_a_file_may_be_pinned_to_its_edition(own):
    (edition,) = select([own]).editions
    assert select([{"source": own, "edition": edition.id}]).editions == (edition,)
    with pytest.raises(CatalogueError, match=f"is edition {edition.id}, and 2020 was asked for"):
        select([{"source": own, "edition": "2020"}])


def test_files_are_found_by_the_caller(own):
    asked = []
    assert len(select(["dir/name"], format="yaml", find_file=lambda path: asked.append(path) or own).endpoints) == 3
    assert asked == ["dir/name"]


def test_endpoints_read_back_from_plain_data():
    selection = select([SEED], tenant="contoso")
    for endpoint, data in zip(selection.endpoints, selection.to_dicts(), strict=True):
        assert Endpoint.from_dict(data) == endpoint


def test_registrable_domains_of_shipped_editions_need_no_suffix_list(monkeypatch):
    expected = {e.subject: _registrable.registrable(e.host) for e in select([SEED]).endpoints}
    monkeypatch.setattr(_registrable, "_public_suffixes", lambda: pytest.fail("the suffix list was loaded"))
    selection = select([SEED])
    assert {e.subject: selection.registrable(e) for e in selection.endpoints} == expected


def test_registrable_domains_of_own_files_are_looked_up(own):
    assert [data["registrable"] for data in select([own], tenant="contoso").to_dicts()] == [
        "live.com",
        "b.example",
        "c.example",
        None,
    ]


def test_services_are_listed_with_their_editions(own):
    listed, warnings = list_services([SEED, own], services=["files", "office 365"])
    assert [(item["name"], item["source"], item["status"], item["entries"]) for item in listed] == [
        ("Office 365", "managed_desktop", "draft", 73),
        ("Files", "own.yml", "current", 4),
    ]
    assert warnings == ["Edition 2018-08-29-aad339da of managed_desktop is not current; its status is draft."]


# -- the tenant narrows what the web service writes for all of them ----------------------------------------------


@pytest.mark.parametrize(
    ("instance", "wildcard", "names"),
    [
        ("Worldwide", "*.sharepoint.com", ["contoso", "contoso-my", "contoso-files", "contoso-myfiles"]),
        ("USGovGCCHigh", "*.sharepoint.us", ["contoso", "contoso-my"]),
        ("China", "*.sharepoint.cn", ["contoso", "contoso-my"]),
        ("Worldwide", "autodiscover.*.onmicrosoft.com", ["autodiscover.contoso"]),
    ],
)
def test_a_tenant_narrows_the_wildcards_that_stand_for_all(instance, wildcard, names):
    everybody = set(subjects(select(["microsoft365"], instance=instance)))
    narrowed = select(["microsoft365"], instance=instance, tenant="contoso")
    own = {f"{name}.{wildcard.removeprefix('autodiscover.').removeprefix('*.')}" for name in names}
    assert wildcard in everybody and not own & everybody
    assert own <= set(subjects(narrowed)) and wildcard not in subjects(narrowed)
    assert (wildcard, own) in [(item.name, set(item.names)) for item in narrowed.narrowed]


def test_a_name_of_the_tenant_keeps_ports_set_treatments_and_origin_of_the_wildcard():
    (wide,) = [e for e in select(["microsoft365"]).endpoints if e.subject == "*.sharepoint.com"]
    (own,) = [e for e in select(["microsoft365"], tenant="contoso").endpoints if e.subject == "contoso.sharepoint.com"]
    assert own == wide.named(own.host)


def test_wildcards_of_other_sources_stay_as_their_owner_wrote_them(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("*.sharepoint.com\n")
    assert subjects(select([str(path)], tenant="contoso")) == ["*.sharepoint.com"]


# -- filters by category and port --------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [["Optimize"], ["optimize"], ["OPTIMIZE"]])
def test_categories_filter_in_any_case(written):
    found = select(["microsoft365"], categories=written).endpoints
    assert found and {endpoint.category for endpoint in found} == {"Optimize"}


def test_several_categories_are_alternatives_and_none_means_all():
    everything = select(["microsoft365"]).endpoints
    parts = [len(select(["microsoft365"], categories=[name]).endpoints) for name in ("Optimize", "Allow", "Default")]
    assert all(parts) and sum(parts) == len(everything) == len(select(["microsoft365"], categories=[]).endpoints)
    assert len(select(["microsoft365"], categories=["Optimize", "Allow"]).endpoints) == sum(parts[:2])
    with pytest.raises(CatalogueError, match="Did you mean 'Optimize'"):
        select(["microsoft365"], categories=["Optimise"])


@pytest.mark.parametrize(
    ("ports", "kept"),
    [
        ([25], []),
        (["587"], ["a.example"]),
        (["tcp/9000-9010"], ["b.example"]),
        (["9010-9999"], ["b.example"]),
        (["udp/443"], ["c.example"]),
        (["UDP/400-500", "587"], ["a.example", "c.example"]),
        (["443"], ["a.example"]),
        ([], ["a.example", "b.example", "c.example"]),
    ],
)
def test_ports_filter_by_transport_number_and_range(tmp_path, ports, kept):
    path = tmp_path / "own.yml"
    path.write_text(
        "- {host: a.example, tcp_ports: [443, 587]}\n- {host: b.example, tcp_ports: [9000-9010]}\n"
        "- {host: c.example, udp_ports: [443]}\n"
    )
    assert subjects(select([str(path)], ports=ports)) == kept


@pytest.mark.parametrize("written", ["sctp/80", "0", "443-80", "https", "tcp/", "-1"])
def test_what_is_no_port_is_told(written):
    with pytest.raises(CatalogueError, match="port"):
        select(["managed_desktop"], ports=[written])


# -- editions that updates keep ----------------------------------------------------------------------------------


def keep(directory, edition, in_force=True):
    """Put an edition into a user's directory as an update does, and return its id."""
    folder = directory / edition.source
    folder.mkdir(parents=True, exist_ok=True)
    text = stored.dump(edition)
    (folder / f"{edition.id}.json").write_text(text)
    index = kept.read_index(str(directory), edition.source)
    digests = {**index.digests, edition.id: hashlib.sha256(text.encode()).hexdigest()}
    track = kept.Track(edition.id, edition.id) if in_force else index.tracks[""]
    (folder / kept.INDEX).write_text(kept.Index(digests, {"": track}).to_text())
    return edition.id


@pytest.fixture
def newer(own):
    edition = read_file(own)
    entries = tuple(
        e._replace(
            endpoint=dataclasses.replace(
                e.endpoint,
                sources=(dataclasses.replace(e.endpoint.sources[0], source="quick_assist", edition="2030-01-01"),),
            )
        )
        for e in edition.entries
    )
    return dataclasses.replace(edition, source="quick_assist", id="2030-01-01", entries=entries)


def test_editions_that_updates_keep_stand_beside_the_shipped_ones(tmp_path, newer):
    directory = str(tmp_path / "kept")
    keep(tmp_path / "kept", newer)
    latest = select(["quick_assist"], catalogue_dir=directory)
    assert [edition.id for edition in latest.editions] == ["2030-01-01"]
    assert "b.example" in subjects(latest)
    shipped_one = select(["quick_assist"], edition="2023-08-10", catalogue_dir=directory)
    assert len(shipped_one.endpoints) == 14
    assert [edition.id for edition in select(["quick_assist"]).editions] == ["2023-08-10"]
    assert kept.editions("quick_assist", directory) == ["2023-08-10", "2030-01-01"]
    assert [item["edition"] for item in every_edition(["quick_assist"], None, directory)] == [
        "2023-08-10",
        "2030-01-01",
    ]


def test_a_kept_edition_that_is_not_in_force_warns(tmp_path, newer):
    keep(tmp_path, newer)
    keep(tmp_path, dataclasses.replace(newer, id="2031-01-01"))
    found = select(["quick_assist"], edition="2030-01-01", catalogue_dir=str(tmp_path))
    assert found.warnings[0] == "Edition 2030-01-01 of quick_assist is not current; its status is superseded."


def test_a_directory_that_is_not_there_is_told_and_nothing_older_is_taken_for_it(tmp_path):
    with pytest.raises(CatalogueError, match=r"There is no directory .*The first update makes it"):
        select(["quick_assist"], catalogue_dir=str(tmp_path / "none"))
    with pytest.raises(CatalogueError, match="There is no directory"):
        list_services(["quick_assist"], catalogue_dir=str(tmp_path / "none"))


def test_a_kept_edition_that_was_changed_is_refused(tmp_path, newer):
    keep(tmp_path, newer)
    (tmp_path / "quick_assist" / "2030-01-01.json").write_text("{}")
    with pytest.raises(CatalogueError, match="its SHA-256 is"):
        select(["quick_assist"], catalogue_dir=str(tmp_path))
