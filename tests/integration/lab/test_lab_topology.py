# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab that cannot be built is refused before anything is made, with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab import HostSpec, Lab, LabError, Topology, office, requirements

NETWORKS = {"lan": "192.0.2.0/24"}


def one_host(**changes: object) -> Topology:
    spec = {"name": "a", "interfaces": {"lan": "192.0.2.1"}, **changes}
    return Topology(NETWORKS, (HostSpec(**spec),), resolver=str(spec["name"]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "a b"}, "'a b' is no host name"),
        ({"name": "a;reboot"}, "is no host name"),
        ({"name": "switch"}, "'switch' is taken"),
        ({"interfaces": {}}, "host a has no interface"),
        ({"interfaces": {"wan": "192.0.2.1"}}, "network 'wan', which is not described"),
        ({"interfaces": {"lan": "198.51.100.1"}}, r"198.51.100.1 of host a is outside lan \(192.0.2.0/24\)"),
        ({"interfaces": {"lan": "192.0.2.1.5"}}, "192.0.2.1.5"),
        ({"routes": {"198.18.0.0/15": "nowhere"}}, "nowhere"),
        ({"routes": {"0.0.0.0/0": "192.0.2.9"}}, "default route"),
    ],
)
def test_a_host_that_cannot_be_is_refused_by_name(changes: dict[str, object], words: str) -> None:
    with pytest.raises(LabError, match=words):
        one_host(**changes)


def test_two_hosts_of_one_name_are_refused() -> None:
    twin = HostSpec("a", {"lan": "192.0.2.1"})
    with pytest.raises(LabError, match="host name used twice: a"):
        Topology(NETWORKS, (twin, twin), resolver="a")


def test_two_hosts_of_one_address_are_refused() -> None:
    hosts = (HostSpec("a", {"lan": "192.0.2.1"}), HostSpec("b", {"lan": "192.0.2.1"}))
    with pytest.raises(LabError, match=r"192.0.2.1 is given to both a and b"):
        Topology(NETWORKS, hosts, resolver="a")


def test_a_resolver_that_is_no_host_is_refused() -> None:
    with pytest.raises(LabError, match="resolver 'dns' is not one of the hosts a"):
        Topology(NETWORKS, (HostSpec("a", {"lan": "192.0.2.1"}),), resolver="dns")


def test_a_topology_survives_its_way_through_json() -> None:
    standard = office(desks=3)
    assert Topology.from_dict(json.loads(json.dumps(standard.to_dict()))) == standard


def test_a_description_with_an_unknown_key_is_refused() -> None:
    description = office().to_dict()
    description["hosts"][0]["adress"] = "192.0.2.1"
    with pytest.raises(LabError, match="adress"):
        Topology.from_dict(description)


def test_an_unknown_service_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"no service sqiud; there are .*origin, .*resolver, squid"):
        Lab(one_host(service="sqiud"), tmp_path / "state").up()
    assert not (tmp_path / "state").exists()


def test_without_root_the_lab_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(LabError, match="run it as root"):
        Lab(state=tmp_path / "state").up()
    assert not (tmp_path / "state").exists()


def test_missing_programs_are_named_with_their_debian_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "PATH", str(tmp_path))
    with pytest.raises(LabError, match=r"needs .*dnsmasq.*squid.*apt-get install .*dnsmasq-base.*squid-openssl"):
        Lab(state=tmp_path / "state").up()


def test_a_directory_with_other_things_in_it_is_never_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LabError, match="holds other things"):
        Lab(state=tmp_path).up()
    Lab(state=tmp_path).down()
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
