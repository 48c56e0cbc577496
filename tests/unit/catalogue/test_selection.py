# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What everybody calls: sources and filters in, endpoints out."""

from __future__ import annotations

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _registrable
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
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
