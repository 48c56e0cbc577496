# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo applies: which sources, which losses are accepted and why, and what is broken by hand."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from lab.topology import CA_FILE

Acceptances = tuple[t.Mapping[str, t.Any], ...]


@dataclass(frozen=True)
class Listing:
    """One list.

    `variables` choose it in the inventory. `accepted` are losses of the list on any platform, `accepted_on` those
    that a platform has in the lab, by its name. `removed` is a name with one entry of its own, which no other entry
    lets through, whatever its ports and treatments; `added` is one that nothing on the list lets through. `current`
    says whether every edition is.
    """

    title: str
    variables: t.Mapping[str, t.Any]
    removed: str
    added: str = "files.stranger.example"
    current: bool = True
    accepted: Acceptances = ()
    accepted_on: t.Mapping[str, Acceptances] = field(default_factory=dict)

    def settings(self, platform: str) -> dict[str, t.Any]:
        """Return what the inventory says for all hosts."""
        settings = {**self.variables, "allowlist_ca_file": CA_FILE}
        accepted = [dict(item) for item in (*self.accepted, *self.accepted_on.get(platform, ()))]
        return {**settings, "allowlist_accept_loss": accepted} if accepted else settings


def _broad(reason: str, *hosts: str) -> Acceptances:
    return tuple({"host": host, "result": "broad", "reason": reason} for host in hosts)


_SHARED: t.Final[Acceptances] = (
    {"property": "shared_addresses", "reason": "This firewall sees addresses; what shares one is looked at elsewhere"},
)

_BROAD: t.Final[Acceptances] = (
    *_broad(
        "Each tenant gets names of its own there, and ours are not written down yet",
        "*.azure-automation.net",
        "*.msappproxy.net",
        "*.ods.opinsights.azure.com",
        "*.oms.opinsights.azure.com",
        "*.servicebus.windows.net",
    ),
    *_broad(
        "Intune and Office deliver from accounts that are not named in advance",
        "*.azureedge.net",
        "*.blob.core.windows.net",
        "*.msecnd.net",
    ),
    *_broad(
        "Our users work with guests and partners, whose tenants have names there too",
        "*.onmicrosoft.com",
        "*.sharepoint.com",
    ),
    *_broad(
        "Office reports and is told news through names that change", "*.monitor.azure.com", "*.webpubsub.azure.com"
    ),
    *_broad(
        "Search in Office needs them; that a stranger takes a name below is unlikely enough",
        "*.search.production.apac.trafficmanager.net",
        "*.search.production.emea.trafficmanager.net",
        "*.search.production.us.trafficmanager.net",
    ),
)

_FOLLOWED: t.Final[Acceptances] = (
    *_SHARED,
    *(
        {
            "host": host,
            "result": "widened",
            "reason": "dnsmasq follows a name with all below it; Office has the parents",
        }
        for host in (
            "scsinstrument-ss-us.trafficmanager.net",
            "scsquery-ss-asia.trafficmanager.net",
            "scsquery-ss-eu.trafficmanager.net",
            "scsquery-ss-us.trafficmanager.net",
        )
    ),
)

_WEB_PROXY: t.Final[Acceptances] = (
    {
        "property": "site_ports",
        "ports": [25, 143, 587, 993, 995],
        "reason": "Mail does not go through the web proxy; its Safe_ports and SSL_ports stay as they are",
    },
    {"property": "tls_inspection", "reason": "This proxy inspects nothing, so there is nothing to be spared"},
)

SEED = Listing(
    title="2018-08-29-aad339da",
    variables={"allowlist_edition": "2018-08-29-aad339da", "allowlist_tenant": "contoso"},
    removed="amp.azure.net",
    current=False,
    accepted_on={"nftables": _SHARED},
)

FULL = Listing(
    title="managed_desktop 2023-10-19, microsoft365 Worldwide and intune together",
    variables={
        "allowlist_sources": [
            {"source": "managed_desktop", "edition": "2023-10-19"},
            {"source": "microsoft365", "edition": "2025-12-01-worldwide"},
            {"source": "intune", "edition": "2025-08-21"},
        ],
        "allowlist_tenant": "contoso",
        "allowlist_denied_names": ["files.stranger.example", "login.microsoftonline.com.stranger.example"],
    },
    removed="enterpriseregistration.windows.net",
    accepted=_BROAD,
    accepted_on={
        "nftables": _FOLLOWED,
        "squid": _WEB_PROXY,
    },
)

_MAIL: t.Final = "Mail goes past this appliance, and a rule of ports stands there"

FLEET = Listing(
    title="managed_desktop 2023-10-19 and microsoft365 Worldwide together",
    variables={
        "allowlist_sources": [
            {"source": "managed_desktop", "edition": "2023-10-19"},
            {"source": "microsoft365", "edition": "2025-12-01-worldwide"},
        ],
        "allowlist_tenant": "contoso",
        "allowlist_denied_names": ["files.stranger.example", "login.microsoftonline.com.stranger.example"],
    },
    removed="enterpriseregistration.windows.net",
    accepted=_BROAD,
    accepted_on={
        "nftables": _FOLLOWED,
        "squid": _WEB_PROXY,
        "fortios": (
            {"property": "bypass_authentication", "reason": "No policy of this FortiGate asks for a login"},
            {"property": "bypass_inspection", "reason": "Its profile inspects certificates alone"},
        ),
        "panos": (
            {"property": "star_in_paths", "reason": "Nothing is decrypted there, and plain HTTP passes a proxy first"},
        ),
        "checkpoint": ({"property": "other_services", "reason": _MAIL},),
        "zia": (
            {"property": "other_ports", "reason": _MAIL},
            {"property": "depth", "reason": "No name that is in use is six levels below a wildcard"},
            {"property": "nested_wildcards", "reason": "What is inspected nevertheless works, and is slower"},
            *(
                {"host": host, "result": "widened", "reason": "Nobody serves anything at the name of the suffix itself"}
                for host in ("*.azureedge.net", "*.blob.core.windows.net", "*.servicebus.windows.net")
            ),
        ),
    },
)
"""What a mixed fleet has. The losses that it accepts on each platform are those of the lab's."""

LISTS: t.Final = {"seed": SEED, "full": FULL}
"""By the name that ``--list`` takes; the first is the default."""
