# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can register names under a pattern: the public suffix list, and suffixes under which customers register."""

from __future__ import annotations

import contextlib
import re
import typing as t
from functools import cache, lru_cache
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    GLOB,
    LITERAL,
    HostPattern,
    intersects,
    parse,
)

_CLOUDS: t.Final = ("windows.net", "usgovcloudapi.net", "chinacloudapi.cn")
_STORAGE: t.Final = ("blob", "dfs", "file", "queue", "table", "web")

# Reviewed 2026-11-24, against Microsoft's own pages on the domains of Azure, on dangling names that others can take
# over, and on private endpoints, and against the public suffix list. Taken up is a suffix below which a customer of
# its owner gets a name, chosen or assigned, where his own content or data is. Where such a suffix stands on the public
# suffix list too, it is repeated here because that list's private part differs between its versions.
# Left out: the suffixes of Azure Media Services, which takes no customers since 2024-06-30, and those of mail gateways
# (mail.protection.outlook.com), where a customer has a name but nothing of his own.
CUSTOMER_SUFFIXES: t.Final[t.Mapping[str, str]] = {
    suffix: reason
    for reason, suffixes in (
        ("storage accounts", tuple(f"{service}.core.{cloud}" for cloud in _CLOUDS for service in _STORAGE)),
        ("namespaces of Service Bus, Event Hubs and Relay", tuple(f"servicebus.{cloud}" for cloud in _CLOUDS)),
        ("web applications", ("azurewebsites.net", "azurewebsites.us", "chinacloudsites.cn", "scm.azurewebsites.net")),
        ("mobile applications", ("azure-mobile.net", "azure-mobile.cn")),
        ("classic cloud services", ("cloudapp.net", "chinacloudapp.cn", "usgovcloudapp.net")),
        ("content delivery networks", ("azureedge.net", "azurefd.net", "vo.msecnd.net")),
        ("published programming interfaces", ("azure-api.net", "azure-api.us", "azure-api.cn")),
        ("portals of published programming interfaces", ("developer.azure-api.net",)),
        ("automation accounts and their web hooks", ("azure-automation.net", "azure-automation.us")),
        ("key vaults", ("vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net", "managedhsm.azure.net")),
        ("container registries", ("azurecr.io", "azurecr.us", "azurecr.cn")),
        ("SQL databases", tuple(f"database.{cloud}" for cloud in _CLOUDS)),
        ("databases", tuple(f"{engine}.database.azure.com" for engine in ("mariadb", "mysql", "postgres"))),
        ("Cosmos databases", ("documents.azure.com", "documents.azure.us", "documents.azure.cn")),
        (
            "Cosmos databases",
            tuple(f"{interface}.cosmos.azure.com" for interface in ("cassandra", "gremlin", "mongo", "table")),
        ),
        ("caches", ("redis.cache.windows.net", "redis.cache.usgovcloudapi.net", "redis.cache.chinacloudapi.cn")),
        ("search services", ("search.windows.net",)),
        ("analysis workspaces", ("sql.azuresynapse.net", "dev.azuresynapse.net", "azuredatabricks.net")),
        ("clusters and data lakes", ("azurehdinsight.net", "azuredatalakestore.net")),
        ("real-time messaging", ("webpubsub.azure.com", "service.signalr.net")),
        ("log workspaces", ("ods.opinsights.azure.com", "oms.opinsights.azure.com")),
        ("models and recognisers", ("cognitiveservices.azure.com", "openai.azure.com", "services.ai.azure.com")),
        ("device hubs", ("azure-devices.net", "azure-devices.cn", "azureiotcentral.com")),
        ("stores of settings", ("azconfig.io",)),
        ("communication resources", ("communication.azure.com",)),
        ("tenants", ("onmicrosoft.com", "onmicrosoft.us", "partner.onmschina.cn")),
        ("tenants, for mail", ("mail.onmicrosoft.com", "mail.onmicrosoft.us")),
        ("sites of tenants", ("sharepoint.com", "sharepoint.us", "sharepoint-mil.us", "sharepoint.cn")),
        ("logins of tenants' own customers", ("b2clogin.com", "ciamlogin.com")),
        ("programs published from tenants' networks", ("msappproxy.net",)),
        ("portals of Power Platform", ("powerappsportals.com",)),
        ("organisations of Azure DevOps", ("visualstudio.com",)),
    )
    for suffix in suffixes
}
"""Suffixes directly below which customers have names, each with what these are names of."""

REGIONAL_SUFFIXES: t.Final[t.Mapping[str, str]] = {
    "*.cloudapp.azure.com": "virtual machines, by region",
    "*.cloudapp.usgovcloudapi.net": "virtual machines, by region",
    "*.cloudapp.chinacloudapi.cn": "virtual machines, by region",
    "*.azurecontainer.io": "containers, by region",
    "*.azurecontainerapps.io": "container applications, by region",
    "hcp.*.azmk8s.io": "Kubernetes clusters, by region",
    "*.batch.azure.com": "batch accounts, by region",
    "*.kusto.windows.net": "data explorers, by region",
    "*.data.azurecr.io": "data of container registries",
    "*.eventgrid.azure.net": "topics, by region",
    "*.ingest.monitor.azure.com": "collectors of logs, by region",
    "*-01.azurewebsites.net": "web applications, by region",
    "z*.azurefd.net": "content delivery networks, by partition",
    "z*.web.core.windows.net": "web sites of storage accounts, by partition",
    "crm*.dynamics.com": "organisations of Dynamics, by region",
    "api.crm*.dynamics.com": "organisations of Dynamics, by region",
    **{f"*.{service}.storage.azure.net": "storage accounts, by partition" for service in _STORAGE},
}
"""Suffixes of the same kind with a label that is not always the same: patterns for what customers have names below."""

DOTTED_SUFFIXES: t.Final[t.Mapping[str, str]] = {
    "trafficmanager.net": "traffic profiles, whose names may have dots",
    "trafficmanager.cn": "traffic profiles, whose names may have dots",
    "usgovtrafficmanager.net": "traffic profiles, whose names may have dots",
    "azurestaticapps.net": "static web applications, with or without a partition",
}
"""Suffixes of the same kind where a name below may be anybody's, however many labels it has."""


class Suffix(t.NamedTuple):
    """A `suffix`, which may be a pattern, and `reason`: what strangers have names for below it."""

    suffix: str
    reason: str


@lru_cache(maxsize=1)
def _rules() -> dict[str, list[str]]:
    """Return the rules of the public suffix list by top-level domain, as the list writes it."""
    from publicsuffixlist import PSLFILE

    rules: dict[str, list[str]] = {}
    for rule in re.findall(r"^[^\s/]\S*", Path(PSLFILE).read_text(encoding="utf-8"), re.M):
        rules.setdefault(rule.rpartition(".")[2], []).append(rule)
    return rules


@cache
def _public_suffixes(top: str) -> t.Any:
    """Return the part of the public suffix list below one top-level domain.

    Making the whole of it ready takes as long as all else that is done for a list of a hundred endpoints.
    """
    from publicsuffixlist import PublicSuffixList

    written = top
    if top.startswith("xn--"):
        with contextlib.suppress(UnicodeError):  # what is no A-label is no rule's either
            written = top.encode("ascii").decode("idna")
    rules = _rules().get(written, [])
    return PublicSuffixList(rules, accept_encoded_idn=not all(map(str.isascii, rules)))


def registrable(pattern: HostPattern) -> str | None:
    """Return the registrable domain that every name of `pattern` lies in; None where there is none.

    None means that strangers can register names that match: the literal tail is itself a public suffix.
    """
    tail = pattern.tail
    if not tail:
        return None
    domain: str | None = _public_suffixes(tail.rpartition(".")[2]).privatesuffix(tail)
    return domain


def strangers(pattern: HostPattern) -> Suffix | None:
    """Return the suffix under which strangers can register a name that matches the wildcard `pattern`, and why.

    None for a literal, and where nobody but one owner, or one customer of his, gives names out.
    """
    found = _customer_suffix(pattern)
    if pattern.kind == LITERAL or (found and found.suffix.count(".") <= pattern.tail.count(".")):
        return found
    if registrable(pattern) is None:
        return Suffix(pattern.tail, "registered domains: it is a public suffix")
    return found


def customer_suffix(pattern: HostPattern) -> str | None:
    """Return the suffix under which a customer of its owner can register a name that matches the wildcard `pattern`.

    A pattern such as ``*.blob.core.windows.net`` admits every customer's name; ``*.x.blob.core.windows.net`` only
    names below one customer's. None for a literal, and where nobody but the owner gives names out.
    """
    found = _customer_suffix(pattern)
    return found.suffix if found else None


def list_version() -> str:
    """Return the version of the installed public suffix list, for the record of a plan."""
    from importlib import metadata

    return f"publicsuffixlist {metadata.version('publicsuffixlist')}"


def _customer_suffix(pattern: HostPattern) -> Suffix | None:
    """Return the first that fits of the three tables, and then of the public suffixes below the pattern.

    The latter, because all of ``*.blogs.example`` is not one owner's if ``free.blogs.example`` stands on that list.
    """
    if pattern.kind == LITERAL:
        return None
    for rule, reason in _near(pattern.tail):
        if _admits_customers(pattern, rule):
            return Suffix(rule, reason)
    for suffix in _listed_below(pattern.tail.rpartition(".")[2]).get(pattern.tail, ()):
        if pattern.kind != GLOB or intersects(pattern, parse(f"*.{suffix}")):
            return Suffix(suffix, "registered names: it is on the public suffix list")
    return None


def _near(tail: str) -> t.Iterator[tuple[str, str]]:
    """Yield the reviewed suffixes that stand at `tail`, below it, or above it."""
    by_domain, below = _reviewed()
    yield from below.get(tail, ())
    for domain in _parents(tail):
        yield from by_domain.get(domain, ())


@lru_cache(maxsize=1)
def _reviewed() -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[tuple[str, str]]]]:
    """Return the reviewed suffixes by the literal domain at their end, and by every domain at or above that."""
    by_domain: dict[str, list[tuple[str, str]]] = {}
    below: dict[str, list[tuple[str, str]]] = {}
    for table in (CUSTOMER_SUFFIXES, REGIONAL_SUFFIXES, DOTTED_SUFFIXES):
        for rule, reason in table.items():
            domain = parse(f"*.{rule}").tail
            by_domain.setdefault(domain, []).append((rule, reason))
            for above in (domain, *_parents(domain)):
                below.setdefault(above, []).append((rule, reason))
    return by_domain, below


def _admits_customers(pattern: HostPattern, rule: str) -> bool:
    """Tell whether more than one customer's name below `rule` matches `pattern`, or has names below it that do."""
    if not intersects(pattern, parse(f"*.{rule}")):
        return False
    if rule in DOTTED_SUFFIXES:
        return True
    # What tells customers apart: the label below the suffix, and those of the suffix itself that vary.
    places = [place for place, label in enumerate(reversed(f"*.{rule}".split("."))) if "*" in label]
    fixed = pattern.fixed
    return any(place >= len(fixed) or "*" in fixed[place] for place in places)


@cache
def _listed_below(top: str) -> dict[str, list[str]]:
    """Return the rules of the public suffix list for one top-level domain, by each domain above them that is none."""
    rules = sorted(rule for rule in _rules().get(top, ()) if rule.isascii() and not rule.startswith("!"))
    listed = set(rules)
    below: dict[str, list[str]] = {}
    for rule in rules:
        for domain in _parents(rule):
            if domain not in listed:
                below.setdefault(domain, []).append(rule)
    return below


def _parents(name: str) -> t.Iterator[str]:
    labels = name.split(".")
    return (".".join(labels[place:]) for place in range(1, len(labels)))
