# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nftables and dnsmasq decide by an allow-list: the reference that the real programs are measured against.

A client asks dnsmasq for the name and connects to what it was told. So a name passes where dnsmasq answers for it and
puts the answer into a set whose ports include the one that is asked for, or where the answer is in a listed network.

Pure functions, no input or output. The facts are told in `nftables`.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.fragment import groups_by_domain
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import Span, read_text
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.stored import groups_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import TREATMENTS, Request
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import normalise_name


@dataclass(frozen=True)
class Rules:
    """The running form of an artefact's content, read from its native entries.

    `filters` says of a domain, or of ``*.`` and a domain, whether an upstream answers; it is empty without
    ``filter_dns``.
    """

    groups: dict[str, tuple[tuple[str, int, int], ...]]
    domains: dict[str, str]
    filters: dict[str, bool]
    networks: tuple[Span, ...]


def load(content: t.Mapping[str, t.Any]) -> Rules:
    """Read native content as both programs read it when they start."""
    table = t.cast(re.Match[str], re.search(r"^table inet (\S+)$", content["ruleset"], re.M)).group(1)
    shape = read_text(content["ruleset"], table)
    fragment = content["fragment"] or ""
    filters = {domain: kind == "server" for kind, domain in re.findall(r"^(server|local)=/([^/]+)/", fragment, re.M)}
    return Rules(
        groups={group: tuple(spans) for group, spans in groups_of(content["ruleset"]).items()},
        domains=groups_by_domain(fragment),
        filters=filters,
        networks=tuple(span for family in "46" for span in shape.sets[f"networks{family}"][3]),
    )


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return the treatments that the firewall grants, before the site's own tables have a say.

    `Request.resolved` is the address that the name has; without it, only what is known of the name counts.
    """
    name = normalise_name(request.host)
    address = _address(name)
    if address is None and not _is_resolved(rules, name):
        return frozenset()
    if address is None and _fed(rules, name, request):
        return frozenset(TREATMENTS)
    target = address or _address(request.resolved or "")
    return frozenset(TREATMENTS) if target is not None and _in_networks(rules, target, request) else frozenset()


def _address(text: str) -> t.Any:
    import ipaddress

    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _is_resolved(rules: Rules, name: str) -> bool:
    """Whether dnsmasq answers; what the filter does not name may have an upstream of the site's own."""
    for domain in _upwards(name):
        if domain != name and f"*.{domain}" in rules.filters:
            return rules.filters[f"*.{domain}"]
        if domain in rules.filters:
            return rules.filters[domain]
    return True


def _fed(rules: Rules, name: str, request: Request) -> bool:
    for domain in _upwards(name):
        if domain in rules.domains:
            spans = rules.groups[rules.domains[domain]]
            return any(kind == request.transport and low <= request.port <= high for kind, low, high in spans)
    return False


def _upwards(name: str) -> t.Iterator[str]:
    while name:
        yield name
        name = name.partition(".")[2]


def _in_networks(rules: Rules, address: t.Any, request: Request) -> bool:
    import ipaddress

    return any(
        span.transport == request.transport
        and span.low <= request.port <= span.high
        and address in ipaddress.ip_network(span.network)
        for span in rules.networks
    )
