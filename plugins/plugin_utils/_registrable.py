# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can register names under a pattern: the public suffix list, and suffixes under which customers register."""

from __future__ import annotations

import typing as t
from functools import lru_cache

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostPattern

CUSTOMER_SUFFIXES: t.Final = frozenset(
    {
        # Reviewed 2026-11-23: services that give a customer a name of his own choice directly below the suffix.
        # Where such a suffix stands on the public suffix list too, it is repeated here because that list's private
        # part differs between its versions.
        "azure-automation.net",
        "azure-api.net",
        "azureedge.net",
        "azurefd.net",
        "azurewebsites.net",
        "blob.core.windows.net",
        "cloudapp.azure.com",
        "cloudapp.net",
        "file.core.windows.net",
        "onmicrosoft.com",
        "queue.core.windows.net",
        "servicebus.windows.net",
        "sharepoint.com",
        "table.core.windows.net",
        "trafficmanager.net",
        "vo.msecnd.net",
        "web.core.windows.net",
    }
)


@lru_cache(maxsize=1)
def _public_suffixes() -> t.Any:
    from publicsuffixlist import PublicSuffixList  # here, because its table takes time to load

    return PublicSuffixList()


def registrable(pattern: HostPattern) -> str | None:
    """Return the registrable domain that every name of `pattern` lies in; None where there is none.

    None means that strangers can register names that match: the literal tail is itself a public suffix.
    """
    tail = pattern.tail
    if not tail:
        return None
    domain: str | None = _public_suffixes().privatesuffix(tail)
    return domain


def customer_suffix(pattern: HostPattern) -> str | None:
    """Return the suffix under which a customer of its owner can register a name that matches the wildcard `pattern`.

    A pattern such as ``*.blob.core.windows.net`` admits every customer's name; ``*.x.blob.core.windows.net`` only
    names below one customer's. None for a literal, and where nobody but the owner gives names out.
    """
    if pattern.kind == "literal":
        return None
    tail = pattern.tail
    if tail in CUSTOMER_SUFFIXES:
        return tail
    return min((suffix for suffix in CUSTOMER_SUFFIXES if suffix.endswith("." + tail)), default=None)


def list_version() -> str:
    """Return the version of the installed public suffix list, for the record of a plan."""
    from importlib import metadata

    return f"publicsuffixlist {metadata.version('publicsuffixlist')}"
