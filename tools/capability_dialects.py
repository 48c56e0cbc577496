# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How docs/capabilities.md asks each dialect, and where it is said what the dialect's entries match."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import (
    checkpoint,
    feed,
    fortios,
    nftables,
    pac,
    panos,
    rpz,
    squid,
    zia,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

from tools.capability_facts import ASKED, CHECKMATES, FORTI_URLS, PAN_URLS, ZIA_URLS

_NAME: t.Final = {"name": "managed_desktop"}
_ZIA_POLICY: t.Final = "https://help.zscaler.com/zia/understanding-policy-enforcement"


class Dialect(t.NamedTuple):
    """One way in which a list is compiled, and where it is said what its entries match."""

    platform: str
    """As the variable allowlist_platform has it."""

    name: str
    compile: t.Callable[[t.Sequence[Endpoint]], Artefact]
    sources: tuple[str, ...]


def _by(module: t.Any, **given: t.Any) -> t.Callable[[t.Sequence[Endpoint]], Artefact]:
    options = module.Options.from_dict({**_NAME, **given})
    return lambda endpoints: t.cast(Artefact, module.compile(endpoints, options))


def _forti(variant: str, **given: t.Any) -> t.Callable[[t.Sequence[Endpoint]], Artefact]:
    return lambda endpoints: fortios.variants(endpoints, {**_NAME, **given})[variant]


DIALECTS: t.Final[tuple[Dialect, ...]] = (
    Dialect("squid", "Squid", _by(squid), (ASKED,)),
    Dialect("nftables", "nftables with dnsmasq", _by(nftables), (ASKED,)),
    Dialect("nftables", "the same, filter_dns", _by(nftables, filter_dns=True, upstreams=["192.0.2.53"]), (ASKED,)),
    Dialect("rpz", "RPZ: BIND, Unbound, PowerDNS Recursor", _by(rpz), (ASKED,)),
    Dialect("rpz", "the same, widen_globs", _by(rpz, widen_globs=True), (ASKED,)),
    Dialect("pac", "PAC file, one target", _by(pac, proxies=["proxy.example.com:3128"]), (ASKED,)),
    Dialect(
        "pac",
        "PAC file, a target for each treatment",
        _by(
            pac,
            proxies=["proxy.example.com:3128"],
            listed=["proxy.example.com:3129"],
            bypass_inspection=["DIRECT"],
            bypass_authentication=["proxy.example.com:3130"],
        ),
        (ASKED,),
    ),
    Dialect("feed", "feed panos_url", _by(feed, feed_format="panos_url"), (PAN_URLS,)),
    Dialect("feed", "feed fortigate_domain", _by(feed, feed_format="fortigate_domain"), ("fortios.md",)),
    Dialect("feed", "feed domains, exact", _by(feed, feed_format="domains"), ("variables.md",)),
    Dialect(
        "feed",
        "feed domains, subdomains",
        _by(feed, feed_format="domains", plain_matches="subdomains"),
        ("variables.md",),
    ),
    Dialect("feed", "feed networks", _by(feed, feed_format="networks"), ("variables.md",)),
    Dialect("panos", "PAN-OS, categories", _by(panos), (PAN_URLS, "panos.md")),
    Dialect("panos", "PAN-OS, managed rules", _by(panos, access_rules="managed"), (PAN_URLS, "panos.md")),
    Dialect(
        "fortios", "FortiOS url_filter, flow mode", _forti("flow", method="url_filter"), (FORTI_URLS, "fortios.md")
    ),
    Dialect(
        "fortios",
        "FortiOS url_filter, proxy mode before 7.6.3",
        _forti("proxy", method="url_filter"),
        (FORTI_URLS, "fortios.md"),
    ),
    Dialect(
        "fortios",
        "FortiOS url_filter, proxy mode from 7.6.3",
        _forti("proxy_7_6_3", method="url_filter"),
        (FORTI_URLS, "fortios.md"),
    ),
    Dialect("fortios", "FortiOS push_feed", _forti("push_feed", method="push_feed"), ("fortios.md",)),
    Dialect("checkpoint", "Check Point", _by(checkpoint), (CHECKMATES, "checkpoint.md")),
    Dialect("zia", "ZIA, one category", _by(zia), (ZIA_URLS, _ZIA_POLICY, "zia.md")),
    Dialect(
        "zia",
        "ZIA, a list for each treatment, widen_globs",
        _by(zia, inspection_category="not inspected", exempt_authentication=True, widen_globs=True),
        (ZIA_URLS, _ZIA_POLICY, "zia.md"),
    ),
)
