# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list with every kind of endpoint, as Squid gets it; and the options of the list."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.followed import PROGRAM
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

from tests.unit.dialects.sample_endpoints import EVERY_KIND

GOLDEN = Path(__file__).with_name("golden")
OPTIONS = squid.Options("sample", clients=("192.0.2.0/25",), authentication_acl="logged_in")


def whole(options: squid.Options) -> str:
    """The compiled list as one text: the snippet, then each file."""
    content = squid.compile(EVERY_KIND, options).content
    # The helper's own text is tested as a program, and would make this fail at each word of it.
    lists = {name: text for name, text in content["files"].items() if name != PROGRAM}
    files = "".join(f"== {name}\n{text}" for name, text in sorted(lists.items()))
    return t.cast(str, content["snippet"]) + files


@pytest.mark.parametrize(
    ("golden", "options"),
    [
        ("managed.txt", OPTIONS),
        ("protocol-detection-disabled.txt", dataclasses.replace(OPTIONS, protocol_detection="disabled")),
        ("no-rules.txt", dataclasses.replace(OPTIONS, access_rules="none")),
        ("helper.txt", dataclasses.replace(OPTIONS, activation="helper")),
        (
            "helper-protocol-detection-disabled.txt",
            dataclasses.replace(OPTIONS, activation="helper", protocol_detection="disabled"),
        ),
        ("no-tls.txt", dataclasses.replace(OPTIONS, tls=False, protocol_detection="disabled")),
    ],
)
def test_the_compiled_list_is_the_reviewed_one(golden: str, options: squid.Options) -> None:
    assert whole(options) == (GOLDEN / golden).read_text(encoding="ascii")


def test_every_endpoint_that_is_not_carried_out_as_written_is_declared() -> None:
    losses = squid.compile(EVERY_KIND, OPTIONS).losses
    assert [(loss.subject, loss.result, loss.owner, loss.stops) for loss in losses] == [
        ("path.example/dist/*", "widened", "same_owner", False),
        ("turn.example", "out_of_scope", None, False),
    ]


def test_an_endpoint_without_an_entry_of_its_own_is_reported_with_the_one_that_covers_it() -> None:
    covered = squid.compile(EVERY_KIND, OPTIONS).covered_by
    assert covered == {"www.below.example": "*.below.example", "b.*.glob.example": "*.*.glob.example"}


def test_the_module_is_told_what_it_needs_to_judge_a_site() -> None:
    needs = squid.compile(EVERY_KIND, OPTIONS).needs
    assert needs["clients"] == ["192.0.2.0/25"]
    assert needs["treatments"] == ["allow", "bypass_authentication", "bypass_inspection"]
    assert {(80, 80), (443, 443), (8000, 8010)} <= set(needs["ports"])
    assert needs["plain_allow"] is True
    only_login = [e for e in EVERY_KIND if "bypass_authentication" in e.treatments]
    assert squid.compile(only_login, OPTIONS).needs["plain_allow"] is False


def test_more_globs_than_one_acl_takes_without_a_warning_are_spread_over_several() -> None:
    endpoints = [Endpoint.from_dict({"host": f"a*{number:03}.example"}) for number in range(200)]
    content = squid.compile(endpoints, OPTIONS).content
    assert [len(text.splitlines()) for text in content["files"].values()] == [90, 90, 20]
    assert content["snippet"].count("dstdom_regex -n -i") == 3


def test_an_empty_list_has_the_reserved_name_and_nothing_else() -> None:
    artefact = squid.compile([], OPTIONS)
    assert (artefact.content["files"], artefact.entries, artefact.losses) == ({}, 0, ())
    assert "http_access allow" not in artefact.content["snippet"]
    assert "http_access deny mdn_sample_state" in artefact.content["snippet"]


def test_who_says_an_endpoint_does_not_change_what_the_proxy_gets() -> None:
    renamed = [dataclasses.replace(endpoint, service="Other", required=False) for endpoint in EVERY_KIND]
    assert squid.compile(renamed, OPTIONS).digest == squid.compile(EVERY_KIND, OPTIONS).digest


def test_each_line_for_people_has_the_services_that_ask_for_it() -> None:
    provenance = squid.compile(EVERY_KIND, OPTIONS).provenance
    assert [provenance["services"][n] for n in provenance["files"]["p80_443-globs1"]] == ["", "Store"]
    assert provenance["shown"]["p80_443-globs1"] == [("*.*.glob.example",), ("c*.glob.example",)]
    assert provenance["groups"]["p443_ai"] == "tcp/443 bypass_authentication bypass_inspection"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "Upper"}, "name: 'Upper' is no list name"),
        ({"name": "a" * 21}, "it has 1 to 20 lower-case letters"),
        ({"name": "a\nb"}, "name: 'a\\nb' is no list name"),
        ({"name": "../x"}, "name: '../x' is no list name"),
        ({}, "name: 'None' is no list name"),
        ({"name": "a", "authentication_acl": "x y"}, "authentication_acl: 'x y' is no name of an ACL"),
        ({"name": "a", "authentication_acl": "x\n"}, "authentication_acl: 'x\\n' is no name of an ACL"),
        ({"name": "a", "access_rules": "some"}, "access_rules: 'some' is none of managed, none"),
        ({"name": "a", "protocol_detection": "on"}, "protocol_detection: 'on' is none of unmanaged, disabled"),
        ({"name": "a", "clients": []}, "clients: the list is empty, so nobody could use the allow-list"),
        ({"name": "a", "clients": ["192.0.2.1/24"]}, "clients: '192.0.2.1/24' is no network"),
        ({"name": "a", "clients": ["all"]}, "clients: 'all' is no network"),
        ({"name": "a", "clients": ["192.0.2.0/24\nhttp_access allow all"]}, "is no network"),
    ],
)
def test_an_option_that_would_not_be_what_it_claims_is_refused_by_name(given: dict[str, t.Any], message: str) -> None:
    with pytest.raises(squid.OptionError) as raised:
        squid.Options.from_dict(given)
    assert message in str(raised.value)


def test_options_that_are_not_given_take_their_defaults_and_clients_are_sorted() -> None:
    assert squid.Options.from_dict({"name": "a", "clients": None, "tenant": "x"}) == squid.Options("a")
    assert squid.Options.from_dict({"name": "a", "clients": ["192.0.2.9", "10.0.0.0/8"]}).clients == (
        "10.0.0.0/8",
        "192.0.2.9/32",
    )
