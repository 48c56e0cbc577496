# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of the four tables that a FortiGate is asked about, since which version each is there, and their values.

Names, versions and values are those of the ``versioned_schema`` in the modules ``fortios_webfilter_urlfilter``,
``fortios_system_external_resource``, ``fortios_webfilter_profile`` and ``fortios_firewall_address`` of the Ansible
collection fortinet.fortios 2.4.2 (PyPI: ansible 12.3.0), with hyphens as the API writes them. Lengths and defaults are
those of the device's own schema of FortiOS 7.6, as the Python package hfortix-fortios 0.5.164 repeats it. Fields of
feeds that are fetched are left out, but for those without which none can be made, and so are those of addresses that
are neither a network nor a name.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Version = tuple[int, int, int]

ONOFF: t.Final = ("enable", "disable")
ALWAYS: t.Final[Version] = (6, 0, 0)


@dataclass(frozen=True)
class Field:
    """One field. `values` are its choices (each word's, where `many`), `low` and `high` the bounds of a number."""

    default: t.Any = ""
    since: Version = ALWAYS
    values: tuple[str, ...] = ()
    many: bool = False
    longest: int = 0
    low: int = 0
    high: int = 0
    children: t.Mapping[str, Field] | None = None


EXEMPT: t.Final = (
    "av",
    "web-content",
    "activex-java-cookie",
    "dlp",
    "fortiguard",
    "range-block",
    "pass",
    "antiphish",
    "all",
)
_SKIPPED_BY_DEFAULT: t.Final = "av web-content activex-java-cookie dlp fortiguard range-block antiphish all"
_ID: t.Final = Field(0, low=0, high=4294967295)

ENTRY: t.Final[t.Mapping[str, Field]] = {
    "id": _ID,
    "url": Field(longest=511),
    "type": Field("simple", values=("simple", "regex", "wildcard")),
    "action": Field("exempt", values=("exempt", "block", "allow", "monitor")),
    "antiphish-action": Field("block", (6, 4, 0), ("block", "log")),
    "status": Field("enable", values=ONOFF),
    "exempt": Field(_SKIPPED_BY_DEFAULT, values=EXEMPT, many=True),
    "web-proxy-profile": Field(longest=63),
    "referrer-host": Field(longest=255),
    "dns-address-family": Field("ipv4", values=("ipv4", "ipv6", "both")),
    "comment": Field(since=(7, 6, 4), longest=255),
}

TABLES: t.Final[t.Mapping[str, t.Mapping[str, Field]]] = {
    "webfilter/urlfilter": {
        "id": _ID,
        "name": Field(longest=63),
        "comment": Field(longest=255),
        "one-arm-ips-urlfilter": Field("disable", values=ONOFF),
        "ip-addr-block": Field("disable", values=ONOFF),
        "ip4-mapped-ip6": Field("disable", (7, 2, 4), ONOFF),
        "include-subdomains": Field("enable", (7, 6, 3), ONOFF),
        "entries": Field(children=ENTRY),
    },
    "system/external-resource": {
        "name": Field(longest=35),
        "uuid": Field(since=(7, 0, 0), longest=36),
        "status": Field("enable", values=ONOFF),
        "type": Field("category", values=("category", "domain", "malware", "address", "mac-address")),
        "update-method": Field("feed", (7, 2, 1), ("feed", "push")),
        "category": Field(0, low=192, high=221),
        "comments": Field(longest=255),
        "resource": Field(longest=511),
        "refresh-rate": Field(5, low=1, high=43200),
    },
    "webfilter/profile": {
        "name": Field(longest=47),
        "comment": Field(longest=255),
        "feature-set": Field("flow", (6, 4, 0), ("flow", "proxy")),
        "web": Field(children={"urlfilter-table": _ID}),
    },
    "firewall/address": {
        "name": Field(longest=79),
        "uuid": Field(longest=36),
        "type": Field("ipmask", values=("ipmask", "fqdn")),
        "subnet": Field("0.0.0.0 0.0.0.0"),
        "fqdn": Field(longest=255),
        "cache-ttl": Field(0, low=0, high=86400),
        "comment": Field(longest=255),
        "associated-interface": Field(longest=35),
        "color": Field(0, low=0, high=32),
        "allow-routing": Field("disable", values=ONOFF),
        "fabric-object": Field("disable", (6, 4, 4), ONOFF),
    },
}

KEYS: t.Final = {
    "webfilter/urlfilter": "id",
    "system/external-resource": "name",
    "webfilter/profile": "name",
    "firewall/address": "name",
}
"""The field by which each table's objects are addressed."""
