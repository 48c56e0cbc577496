# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookups, called with the options that they document, and once by a play as Ansible loads them."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every text is a template

    def trust_as_template(text):
        return text


from ansible_collections.managed_desktop.network.plugins.lookup import (
    breadth,
    catalogue_diff,
    endpoints,
    explain,
    services,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import lookup as base

DOC_FRAGMENTS = "ansible_collections.managed_desktop.network.plugins.doc_fragments"
SEED = "2018-08-29-aad339da"


LOOKUPS = {
    "breadth": breadth,
    "catalogue_diff": catalogue_diff,
    "endpoints": endpoints,
    "explain": explain,
    "services": services,
}


def documented_options(module):
    """Return the options of a lookup with those of its fragments, joined as Ansible joins them."""
    documentation = yaml.safe_load(module.DOCUMENTATION)
    options = documentation.get("options", {})
    for slug in documentation["extends_documentation_fragment"]:
        name, _dot, part = slug.removeprefix("managed_desktop.network.").partition(".")
        fragment = importlib.import_module(f"{DOC_FRAGMENTS}.{name}").ModuleDocFragment
        for option, said in yaml.safe_load(getattr(fragment, part.upper() or "DOCUMENTATION"))["options"].items():
            options[option] = {**said, **options.get(option, {})}
    return options


@pytest.fixture(scope="module", autouse=True)
def _documented_options():
    """Tell Ansible what the lookups document; its own loader would not have modules that are imported already."""
    for name, module in LOOKUPS.items():
        constants.config.initialize_plugin_configuration_definitions(
            "lookup", f"managed_desktop.network.{name}", documented_options(module)
        )


@pytest.fixture
def warnings(monkeypatch):
    shown = []
    monkeypatch.setattr(base.display, "warning", shown.append)
    return shown


@pytest.fixture
def query(tmp_path, warnings):
    """Call a lookup of the collection as a play in `tmp_path` would."""

    def call(name, *terms, variables=None, **options):
        loader = DataLoader()
        loader.set_basedir(str(tmp_path))
        variables = {"ansible_search_path": [str(tmp_path)], **(variables or {})}
        templar = Templar(loader=loader, variables=variables)
        plugin = LOOKUPS[name].LookupModule(loader=loader, templar=templar)
        plugin._load_name = f"managed_desktop.network.{name}"
        return plugin.run(list(terms), variables, **options)

    return call


def test_endpoints_have_the_documented_fields(query):
    found = query("endpoints", "managed_desktop", edition=SEED, services=["Delivery Optimization"])
    assert found[0] == {
        "host": "*.dl.delivery.mp.microsoft.com",
        "network": None,
        "path": None,
        "tcp_ports": [80, 443],
        "udp_ports": [],
        "ports_assumed": True,
        "service": "Delivery Optimization",
        "set": None,
        "category": None,
        "required": True,
        "treatments": ["allow"],
        "registrable": "microsoft.com",
        "pinned": False,
        "sources": [
            {"source": "managed_desktop", "edition": SEED, "row": 2, "service": "Delivery Optimization"},
        ],
    }
    assert len(found) == 5


def test_an_unset_tenant_leaves_the_placeholder_out_with_a_warning(query, warnings):
    assert len(query("endpoints", "managed_desktop", edition=SEED)) == 94
    assert warnings == [
        f"Edition {SEED} of managed_desktop is not current; its status is draft.",
        "<tenant>.onmicrosoft.com left out, because no tenant was given; it replaces <tenant>.",
    ]
    assert len(query("endpoints", "managed_desktop", edition=SEED, tenant="contoso")) == 95


def test_every_option_can_be_a_variable_and_a_variable_a_template(query, tmp_path):
    (tmp_path / "own.list").write_text(
        "- {host: a.example, required: false}\n- {host: b.example}\n- <tenant>.example\n"
    )
    variables = {
        "who": "contoso",
        "allowlist_tenant": trust_as_template("{{ who }}"),
        "allowlist_edition": SEED,
        "allowlist_services": [trust_as_template("{{ 'office' | upper }} 365")],
        "allowlist_treatments": ["allow"],
        "allowlist_required_only": True,
        "allowlist_format": "yaml",
        "allowlist_include_hidden": True,
    }
    own = {"source": "own.list", "services": []}
    hosts = [item["host"] for item in query("endpoints", "managed_desktop", own, variables=variables)]
    assert len(hosts) == 72 + 2
    assert {"contoso.onmicrosoft.com", "contoso.example", "b.example"} < set(hosts)
    assert len(query("endpoints", "managed_desktop", variables=variables, services=["Delivery Optimization"])) == 5


def test_variables_are_not_templated_unless_they_are_ours(query):
    variables = {"other": trust_as_template("{{ undefined_name }}")}
    assert query("services", "managed_desktop", variables=variables)


def test_files_are_searched_for_as_ansible_does(query, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "own.txt").write_text("a.example\n")
    assert [item["host"] for item in query("endpoints", "own.txt")] == ["a.example"]
    assert [item["host"] for item in query("endpoints", str(tmp_path / "files" / "own.txt"))] == ["a.example"]
    with pytest.raises(AnsibleError, match=r"none.txt: There is no such file in the play's search path"):
        query("endpoints", "none.txt")


def test_a_bad_file_is_told_with_file_row_and_token(query, tmp_path):
    (tmp_path / "own.md").write_text("| Service | URLs |\n| - | - |\n| A | a.example<br>*,,b.example |\n")
    with pytest.raises(AnsibleError, match=r"own.md: 1 fault.*\n.*line 3, row 1, token 2: '\*,,b.example'"):
        query("endpoints", "own.md")


@pytest.mark.parametrize("name", ["endpoints", "services"])
def test_unknown_names_and_options_are_errors_of_ansible(query, name):
    with pytest.raises(AnsibleError, match="Did you mean 'managed_desktop'"):
        query(name, "managed-desktop")
    with pytest.raises(AnsibleError, match="format"):
        query(name, "managed_desktop", format="jason")
    with pytest.raises(AnsibleError, match="No source was given"):
        query(name)


def test_services_are_listed_with_counts_and_documentation(query):
    found = query("services", "managed_desktop", edition=SEED)
    assert [(item["name"], item["tokens"], item["entries"], item["unique"]) for item in found] == [
        ("Windows Update for Business (WUfB)", 13, 13, 13),
        ("Delivery Optimization", 5, 5, 5),
        ("Microsoft Store for Business", 10, 10, 10),
        ("Office 365", 74, 73, 72),
    ]
    assert found[3] == {
        "name": "Office 365",
        "source": "managed_desktop",
        "edition": SEED,
        "status": "draft",
        "rows": [4],
        "tokens": 74,
        "entries": 73,
        "unique": 72,
        "hidden": False,
        "documentation": [
            {
                "title": "Office 365 URL and IP address ranges",
                "url": "https://docs.microsoft.com/office365/enterprise/urls-and-ip-address-ranges",
            }
        ],
        "title": None,
    }


def test_a_name_is_explained_by_the_list_of_the_inventory(query, warnings):
    variables = {"allowlist_sources": ["managed_desktop"], "allowlist_edition": SEED,
                 "allowlist_endpoints": ["own.example"], "allowlist_tenant": "contoso"}  # fmt: skip
    found = query(
        "explain", "login.live.com", "own.example", "contoso.onmicrosoft.com", "x.example", variables=variables
    )
    assert [item["allowed"] for item in found] == [True, True, True, False]
    assert {row["status"] for row in found[0]["allowed_by"][0]["rows"]} == {"draft"}
    assert warnings == [f"Edition {SEED} of managed_desktop is not current; its status is draft."]


def test_filters_of_the_inventory_count_for_explanations(query):
    only = {"allowlist_services": ["Delivery Optimization"], "allowlist_edition": SEED}
    assert not query("explain", "login.live.com", variables=only)[0]["allowed"]
    assert query("explain", "login.live.com", variables=only, services=[])[0]["allowed"]


def test_a_name_is_explained_by_every_edition(query, warnings):
    (found,) = query("explain", "docs.microsoft.com", edition="all", include_hidden=True, tenant="contoso")
    editions = {row["edition"] for item in found["allowed_by"] for row in item["rows"] if item["host"][0] == "d"}
    assert "2022-06-28" in editions and "2022-09-15" not in editions
    assert "(superseded)" in found["text"] and warnings == []


def test_faults_of_endpoints_in_the_inventory_are_errors_of_ansible(query):
    with pytest.raises(AnsibleError, match=r"endpoints\[0\]"):
        query("explain", "a.example", endpoints=["a b"])


def test_two_editions_are_compared_as_data_and_as_a_page(query, warnings):
    sides = [{"source": "managed_desktop", "edition": edition} for edition in ("2022-06-28", "2022-09-15")]
    (data,) = query("catalogue_diff", *sides, tenant="contoso")
    assert (data["before"][0]["status"], data["counts"]["lost"]) == ("superseded", 0)
    assert data["by_service"]["Microsoft 365"]["added"] == ["learn.microsoft.com"]
    (page,) = query("catalogue_diff", *sides, tenant="contoso", output="markdown")
    assert "From managed\\_desktop 2022-06-28 (superseded) to managed\\_desktop 2022-09-15 (superseded)." in page
    assert warnings == []
    with pytest.raises(AnsibleError, match="exactly two editions"):
        query("catalogue_diff", "managed_desktop")


def test_breadth_is_shown_as_data_and_as_a_page(query, warnings):
    by_host = {item["host"]: item for item in query("breadth", "managed_desktop", edition=SEED)}
    assert by_host["*.microsoft.com"]["count"] == 21
    assert "status is draft" in warnings[0]
    (page,) = query("breadth", "managed_desktop", edition=SEED, output="markdown")
    assert f"Of managed\\_desktop {SEED} (draft): 25 wildcards" in page
    assert len(query("breadth", "managed_desktop", edition=SEED, services=["Delivery Optimization"])) < len(by_host)


@pytest.mark.parametrize("name", ["endpoints", "services", "breadth"])
def test_a_directory_of_kept_editions_is_an_option_of_every_lookup(query, tmp_path, name):
    with pytest.raises(AnsibleError, match="There is no directory"):
        query(name, "managed_desktop", variables={"allowlist_catalogue_dir": str(tmp_path / "none")})
    assert query(name, "managed_desktop", catalogue_dir=str(tmp_path))


def test_a_play_uses_all_lookups(tmp_path):
    play = tmp_path / "play.yml"
    play.write_text(
        f"""
- hosts: localhost
  gather_facts: false
  vars:
    company: contoso
    allowlist_tenant: "{{{{ company }}}}"
    allowlist_edition: {SEED}
    found: "{{{{ query('managed_desktop.network.endpoints', 'managed_desktop') }}}}"
    listed: "{{{{ query('managed_desktop.network.services', 'managed_desktop') }}}}"
    explained: "{{{{ lookup('managed_desktop.network.explain', 'login.live.com') }}}}"
    change: "{{{{ lookup('managed_desktop.network.catalogue_diff', 'managed_desktop', 'managed_desktop') }}}}"
    wide: "{{{{ query('managed_desktop.network.breadth', 'managed_desktop', services=['Delivery Optimization']) }}}}"
  tasks:
    - ansible.builtin.assert:
        that:
          - found | length == 95
          - found | map(attribute='host') | select('equalto', 'contoso.onmicrosoft.com') | length == 1
          - listed | map(attribute='entries') | sum == 101
          - explained.allowed
          - change.counts.unchanged == 95
          - wide | length > 0
"""
    )
    run = subprocess.run(
        [sys.executable, "-m", "ansible.cli.playbook", "-i", "localhost,", "-c", "local", str(play)],
        env={**os.environ, "ANSIBLE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "its status is draft" in " ".join(run.stderr.split())  # Ansible breaks lines at the terminal's width
