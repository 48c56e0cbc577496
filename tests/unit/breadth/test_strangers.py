# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can register a name that a wildcard admits."""

from __future__ import annotations

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _registrable
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import parse
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import (
    CUSTOMER_SUFFIXES,
    DOTTED_SUFFIXES,
    REGIONAL_SUFFIXES,
    customer_suffix,
    strangers,
)

TABLES = {**CUSTOMER_SUFFIXES, **REGIONAL_SUFFIXES, **DOTTED_SUFFIXES}


def suffix_of(pattern):
    found = strangers(parse(pattern))
    return found.suffix if found else None


@pytest.mark.parametrize(
    ("pattern", "suffix"),
    [
        ("*.blob.core.windows.net", "blob.core.windows.net"),
        ("payloadprod*.blob.core.windows.net", "blob.core.windows.net"),
        ("*.windows.net", "blob.core.windows.net"),
        ("*.contoso.blob.core.windows.net", None),
        ("pay*.windows.net", None),  # one label: no customer's name has so few
        ("*.westus.cloudapp.azure.com", "*.cloudapp.azure.com"),
        ("*.cloudapp.azure.com", "*.cloudapp.azure.com"),
        ("contoso.*.cloudapp.azure.com", "*.cloudapp.azure.com"),  # anybody takes this name in a region that is left
        ("*.contoso.westus.cloudapp.azure.com", None),
        ("*.hcp.westus.azmk8s.io", "hcp.*.azmk8s.io"),
        ("*.eastus-01.azurewebsites.net", "*-01.azurewebsites.net"),
        ("*.crm4.dynamics.com", "crm*.dynamics.com"),
        ("*.monitor.azure.com", "*.ingest.monitor.azure.com"),
        ("*.search.production.us.trafficmanager.net", "trafficmanager.net"),
        ("*.2.azurestaticapps.net", "azurestaticapps.net"),
        ("autodiscover.*.onmicrosoft.com", "onmicrosoft.com"),
        ("autodiscover.*.mail.onmicrosoft.com", "mail.onmicrosoft.com"),
        ("*.com", "com"),
        ("*.co.uk", "co.uk"),
        ("*.github.io", "github.io"),
        ("*.microsoft.com", None),
        ("*.example.com", None),
    ],
)
def test_strangers_register_where_a_suffix_has_them(pattern, suffix):
    assert suffix_of(pattern) == suffix


def test_a_wildcard_above_a_listed_suffix_admits_what_is_registered_there(monkeypatch):
    rules = {"example": ["blogs.example", "free.blogs.example", "*.pages.host.example"]}
    monkeypatch.setattr(_registrable, "_rules", lambda: rules)
    for function in (_registrable._listed_below, _registrable._public_suffixes):
        monkeypatch.setattr(_registrable, function.__name__, function.__wrapped__)
    assert suffix_of("*.host.example") == "*.pages.host.example"
    assert suffix_of("*.pages.host.example") == "pages.host.example"
    assert suffix_of("*.mine.host.example") is None
    assert suffix_of("*.blogs.example") == "blogs.example"
    assert suffix_of("pay*.host.example") is None
    assert suffix_of("pay*.a.pages.host.example") == "a.pages.host.example"


def test_a_literal_admits_nobody_else():
    assert suffix_of("contoso.blob.core.windows.net") is None
    assert customer_suffix(parse("contoso.blob.core.windows.net")) is None


@pytest.mark.parametrize("suffix", sorted(TABLES))
def test_every_reviewed_suffix_is_found_by_itself_and_from_above(suffix):
    one = suffix.replace("*", "1")  # of those that vary with a region
    assert suffix_of(f"*.{one}") == suffix
    assert suffix_of(f"pay*.{one}") == suffix
    parent = parse(f"*.{suffix}").tail.partition(".")[2]
    if "." in parent:
        assert suffix_of(f"*.{parent}") is not None


def test_every_reviewed_suffix_has_its_reason_and_stands_in_one_table():
    assert all(reason and reason.isprintable() for reason in TABLES.values())
    assert len(TABLES) == len(CUSTOMER_SUFFIXES) + len(REGIONAL_SUFFIXES) + len(DOTTED_SUFFIXES)


@pytest.mark.parametrize("suffix", sorted({*CUSTOMER_SUFFIXES, *REGIONAL_SUFFIXES} - {"mail.onmicrosoft.us"}))
def test_below_one_customer_nobody_else_registers(suffix):
    fixed = suffix.replace("*", "1")
    assert suffix_of(f"*.contoso.{fixed}") is None
