# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from lab import Lab
from lab.services import Squid

from .conftest import Play, playbook

SEED = {"allowlist_sources": ["managed_desktop"], "allowlist_edition": "2018-08-29-aad339da"}


@pytest.mark.parametrize("name", ["plan", "apply", "drift", "verify"])
def test_a_misspelt_variable_is_refused_with_the_nearest_name(proxy: Squid, play: Play, name: str) -> None:
    played = play(name, variables={"allowlist_tennant": "contoso"})
    assert played.status == 2
    assert "There is no variable allowlist_tennant. Did you mean allowlist_tenant?" in played.said
    assert not list(proxy.host.path("/etc/squid/conf.d").glob("*allowlist*"))


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"allowlist_platform": ""}, "is not set for proxy. Set it in the inventory to one of: "),
        ({"allowlist_platform": "squidd"}, "allowlist_platform is squidd for proxy, which is not known."),
        ({"allowlist_platform": "../../x"}, "which is not known"),
        ({"allowlist_squid": {"config_fil": "/etc/squid.conf"}}, "config_fil"),
        ({"allowlist_squid": {"access_rules": "all"}}, "managed, none"),
        ({"allowlist_endpoints": []}, "allowlist_sources and allowlist_endpoints are both empty"),
        ({**SEED, "allowlist_endpoints": [], "allowlist_ports": ["9999"]}, "Too narrow may be ports."),
        (
            {"allowlist_endpoints": [{"host": "a.example", "udp_ports": [443]}]},
            "None of the 1 endpoints becomes an entry",
        ),
        ({**SEED, "allowlist_services": ["Ofice 365"]}, "Did you mean 'Office 365'?"),
        ({**SEED, "allowlist_tenant": "https://contoso/"}, "tenant 'https://contoso/'"),
        ({"allowlist_endpoints": ["a.example\nhttp_access allow all"]}, "a.example\\n"),
        ({"allowlist_endpoints": ["a\u202e.example"]}, "\\u202e"),
        ({"allowlist_endpoints": ["*.com"]}, "*.com broad"),
        ({"allowlist_name": "no/name"}, "no/name"),
    ],
)
def test_apply_refuses_what_it_cannot_carry_out_and_writes_nothing(
    proxy: Squid, play: Play, variables: dict[str, t.Any], said: str
) -> None:
    played = play("apply", "-e", yaml.safe_dump(variables, default_flow_style=True, width=10_000))
    assert played.status == 2, played.said
    assert said in played.said.replace("\\\\", "\\")
    assert not list(proxy.host.path("/etc/squid/conf.d").glob("*allowlist*"))


@pytest.mark.parametrize(
    ("name", "group"),
    [("plan", "appliances"), ("apply", "appliances"), ("drift", "appliances"), ("verify", "test_hosts")],
)
def test_an_inventory_without_hosts_to_work_on_is_refused(lab: Lab, tmp_path: Path, name: str, group: str) -> None:
    (tmp_path / "empty.yml").write_text(f"all: {{children: {{{group}: {{}}}}}}\n")
    played = playbook(name, "-i", "empty.yml", lab=lab, cwd=tmp_path)
    assert played.status == 2
    assert f"The inventory has no hosts in the group {group}" in played.said


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"allowlist_via": ""}, "allowlist_via is not set for desk1"),
        ({"allowlist_via": "10.77.0.3:3128"}, "neither direct nor http://host:port"),
        ({"allowlist_behind": ["prxy"]}, "allowlist_behind of desk1 names prxy, which the inventory does not have"),
        ({"allowlist_denied_names": ["www.microsoft.com"]}, "is on the list"),
    ],
)
def test_verify_refuses_what_it_cannot_probe(play: Play, variables: dict[str, t.Any], said: str) -> None:
    played = play("verify", "-e", yaml.safe_dump(variables, default_flow_style=True, width=10_000))
    assert played.status == 2, played.said
    assert said in played.said
