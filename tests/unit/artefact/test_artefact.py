# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artefacts on their way to a device, and the gate that refuses losses nobody accepted."""

from __future__ import annotations

import base64
import json
import typing as t
import zlib
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils import _package
from ansible_collections.managed_desktop.network.plugins.module_utils._package import PackageError, unpack
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    AcceptanceError,
    Artefact,
    Loss,
    breadth,
    judge,
    parse_acceptances,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostPattern, parse
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import (
    CUSTOMER_SUFFIXES,
    list_version,
    registrable,
)
from publicsuffixlist import PSLFILE, PublicSuffixList

# -- breadth -----------------------------------------------------------------------------------------------------


def breadth_of(host: str) -> str | None:
    loss = breadth(Endpoint.from_dict({"host": host}))
    return loss.detail if loss else None


@pytest.mark.parametrize(
    ("host", "detail"),
    [
        ("*.com", "anybody can register a domain under com"),
        ("*.*.com", "anybody can register a domain under com"),
        ("micro*.com", "anybody can register a domain under com"),
        ("www.*.com", "anybody can register a domain under com"),
        ("*.co.uk", "anybody can register a domain under co.uk"),
        ("*.xn--p1ai", "anybody can register a domain under xn--p1ai"),
        ("*.blob.core.windows.net", "customers register their own names under blob.core.windows.net"),
        ("pay*.blob.core.windows.net", "customers register their own names under blob.core.windows.net"),
        ("*.azureedge.net", "customers register their own names under azureedge.net"),
        ("*.trafficmanager.net", "customers register their own names under trafficmanager.net"),
        ("*.msecnd.net", "customers register their own names under vo.msecnd.net"),
    ],
)
def test_a_wildcard_under_which_strangers_register_names_stops_the_run(host: str, detail: str) -> None:
    loss = breadth(Endpoint.from_dict({"host": host}))
    assert loss == Loss(host, "broad", detail, "other_owner")
    assert loss is not None
    assert loss.stops


@pytest.mark.parametrize("suffix", sorted(CUSTOMER_SUFFIXES))
def test_every_reviewed_suffix_is_refused_as_a_wildcard_and_taken_below_one_customer(suffix: str) -> None:
    assert breadth_of(f"*.{suffix}") == f"customers register their own names under {suffix}"
    assert breadth_of(f"*.contoso.{suffix}") is None
    assert breadth_of(f"contoso.{suffix}") is None


@pytest.mark.parametrize("host", ["example.com", "*.example.com", "*.example.co.uk", "a*.www.example.com"])
def test_names_of_one_owner_are_not_broad(host: str) -> None:
    assert breadth_of(host) is None


def test_a_network_is_not_judged_by_name() -> None:
    assert breadth(Endpoint.from_dict({"network": "192.0.2.0/24"})) is None


def test_the_registrable_domain_is_what_the_whole_public_suffix_list_says() -> None:
    whole = PublicSuffixList()
    lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    rules = [line.split()[0].lstrip("!*.") for line in lines if line and not line.startswith("//")]
    names = [rule.encode("idna").decode("ascii") for rule in rules] + ["unknown-top", "a.unknown-top", "a.xn--zzzzzzz"]
    asked = [f"*.{lead}{name}" for name in names for lead in ("", "a.", "b.a.")]
    found = [registrable(HostPattern(text, "suffix", text[2:])) for text in asked]
    assert found == [whole.privatesuffix(text[2:]) for text in asked]
    assert len(asked) > 20_000


def test_the_registrable_domain_is_the_one_below_the_public_suffix() -> None:
    assert registrable(parse("*.a.b.example.co.uk")) == "example.co.uk"
    assert registrable(parse("*.co.uk")) is None
    assert list_version().startswith("publicsuffixlist 1")


# -- losses and acceptances --------------------------------------------------------------------------------------

NARROWED = Loss("a.example", "narrowed", "UDP is lost")
BROAD = Loss("*.blob.core.windows.net", "broad", "customers register", "other_owner")
SAME_OWNER = Loss("c.example/x*", "widened", "escapes", "same_owner")
PLATFORM = Loss("", "narrowed", "addresses are shared", prop="shared_addresses")


@pytest.mark.parametrize(
    ("loss", "stops"),
    [
        (Loss("a", "exact", ""), False),
        (Loss("a", "out_of_scope", ""), False),
        (Loss("a", "widened", "", "same_owner"), False),
        (Loss("a", "widened", "", "other_owner"), True),
        (Loss("a", "widened", ""), True),
        (Loss("a", "narrowed", ""), True),
        (Loss("a", "unsupported", ""), True),
        (Loss("a", "broad", "", "other_owner"), True),
    ],
)
def test_what_stops_a_run(loss: Loss, stops: bool) -> None:
    assert loss.stops is stops


def test_a_loss_names_its_host_or_its_property() -> None:
    assert BROAD.to_dict() == {
        "host": "*.blob.core.windows.net",
        "result": "broad",
        "detail": "customers register",
        "owner": "other_owner",
    }
    assert PLATFORM.to_dict() == {
        "property": "shared_addresses",
        "result": "narrowed",
        "detail": "addresses are shared",
    }


def test_losses_that_nobody_accepted_are_told_as_a_table_with_the_lines_that_accept_them() -> None:
    with pytest.raises(AcceptanceError) as raised:
        judge([NARROWED, SAME_OWNER, BROAD, PLATFORM], [])
    assert str(raised.value) == (
        "3 endpoint(s) would not be carried out as written, and nobody accepted that:\n"
        "  a.example                narrowed     UDP is lost\n"
        "  *.blob.core.windows.net  broad        customers register\n"
        "  shared_addresses         narrowed     addresses are shared\n"
        "Change the list, or accept with these lines under allowlist_accept_loss (accept_loss), giving the reason:\n"
        "  - {host: 'a.example', result: narrowed, reason: ''}\n"
        "  - {host: '*.blob.core.windows.net', result: broad, reason: ''}\n"
        "  - {property: shared_addresses, reason: ''}"
    )


def test_the_printed_lines_with_a_reason_accept_the_losses() -> None:
    judge(
        [NARROWED, SAME_OWNER, BROAD, PLATFORM],
        parse_acceptances(
            [
                {"host": "a.example", "result": "narrowed", "reason": "CHG-1"},
                {"host": "*.blob.core.windows.net", "result": "broad", "reason": "CHG-1"},
                {"property": "shared_addresses", "reason": "CHG-2"},
            ]
        ),
    )


def test_a_line_is_printed_once_however_many_rows_list_the_endpoint() -> None:
    loss = Loss("*.a.example", "broad", "strangers can register names below it")
    with pytest.raises(AcceptanceError) as error:
        judge([loss, loss], [])
    assert str(error.value).count("{host: '*.a.example', result: broad, reason: ''}") == 1


def test_an_acceptance_fits_only_its_host_and_result() -> None:
    for host, result in (("b.example", "narrowed"), ("a.example", "broad")):
        with pytest.raises(AcceptanceError, match="would not be carried out"):
            judge([NARROWED], parse_acceptances([{"host": host, "result": result, "reason": "CHG-1"}]))


def test_an_acceptance_of_what_is_not_lost_is_an_error() -> None:
    accepted = parse_acceptances([{"host": "gone.example", "result": "broad", "reason": "CHG-1"}])
    with pytest.raises(AcceptanceError) as raised:
        judge([SAME_OWNER], accepted)
    assert str(raised.value) == (
        "accept_loss accepts what is not lost: gone.example (broad). Remove these items, "
        "so that the list of accepted losses stays true."
    )


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("a.example", "accept_loss[0]: 'a.example' is of none of the forms"),
        ({"host": "a.example"}, "{property:, reason:} and {property: site_ports, ports:, reason:}"),
        ({"host": "a.example", "result": "broad"}, "is of none of the forms"),
        ({"host": "a", "result": "broad", "reason": "x", "by": "me"}, "is of none of the forms"),
        ({"host": "a.example", "result": "broad", "reason": " "}, "accept_loss[0]: the reason is empty"),
        ({"property": "shared_addresses", "reason": ""}, "accept_loss[0]: the reason is empty"),
        ({"property": "site_ports", "reason": "x"}, "is of none of the forms"),
        ({"property": "shared_addresses", "ports": [25], "reason": "x"}, "is of none of the forms"),
        ({"property": "site_ports", "ports": [], "reason": "x"}, "accept_loss[0].ports: no port is named"),
        ({"property": "site_ports", "ports": ["smtp"], "reason": "x"}, "accept_loss[0].ports: 'smtp' is no port"),
        ({"property": "site_ports", "ports": ["25-20"], "reason": "x"}, "runs backwards"),
    ],
)
def test_an_acceptance_of_no_known_form_or_without_a_reason_is_refused(item: t.Any, message: str) -> None:
    with pytest.raises(AcceptanceError) as raised:
        parse_acceptances([item])
    assert message in str(raised.value)


def test_ports_that_a_site_blocks_are_accepted_by_their_numbers() -> None:
    (accepted,) = parse_acceptances([{"property": "site_ports", "ports": ["440-442", 25, 444], "reason": "x"}])
    assert accepted.ports == ((25, 25), (440, 442), (444, 444))


def test_no_acceptances_are_none() -> None:
    assert parse_acceptances(None) == parse_acceptances([]) == []


# -- packing -----------------------------------------------------------------------------------------------------

CONTENT = {"snippet": "acl x\n", "files": {"p80-names": "a.example\n"}}


def artefact(**changed: t.Any) -> Artefact:
    fields = {"platform": "squid", "content": CONTENT, "provenance": {"services": ["", "Store"]}, "needs": {}}
    return Artefact(**{**fields, "entries": 1, **changed})


def packed(document: t.Any) -> str:
    return base64.b64encode(zlib.compress(json.dumps(document).encode())).decode()


def test_what_is_packed_is_unpacked_and_is_one_line_of_plain_text() -> None:
    text = artefact().packed()
    assert text.isascii()
    assert "\n" not in text
    assert unpack(text, artefact().digest) == (CONTENT, {"services": ["", "Store"]})


def test_the_digest_is_that_of_the_content_alone() -> None:
    assert artefact(provenance={}, needs={"x": 1}, entries=7).digest == artefact().digest
    assert artefact(content={**CONTENT, "snippet": "acl y\n"}).digest != artefact().digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged|cut off"),
        ("no base64!", "the compiled list is damaged"),
        (base64.b64encode(b"no zlib").decode(), "the compiled list is damaged"),
        (packed([1, 2, 3]), "the compiled list is damaged"),
        (packed({"content": {}}), "the compiled list is damaged"),
        (packed({"content": {}, "provenance": {}, "more": {}}), "the compiled list is damaged"),
        (base64.b64encode(zlib.compress(b"{}")[:-3]).decode(), "cut off or larger"),
        (packed({"content": {"snippet": ""}, "provenance": {}}), "has digest .* was announced"),
    ],
)
def test_a_package_that_is_damaged_or_another_one_is_refused(text: str, message: str) -> None:
    with pytest.raises(PackageError, match=message):
        unpack(text, artefact().digest)


def test_a_package_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_package, "MAX_UNPACKED", 1000)
    large = artefact(content={"snippet": "x" * 2000, "files": {}})
    with pytest.raises(PackageError, match="larger than 1000 bytes"):
        unpack(large.packed(), large.digest)
