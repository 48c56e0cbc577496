# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labs that tests, demo and measurements are about."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from lab.topology import HostSpec, Topology


def office(desks: int = 2) -> Topology:
    """The standard lab: one office network with an origin (the internet), a resolver, a Squid and test hosts."""
    lan = "10.77.0."
    internet = "198.18.0.0/15"
    via_origin = {internet: lan + "10"}
    proxy = lan + "3"
    return Topology(
        networks={"office": lan + "0/24"},
        resolver="resolver",
        hosts=(
            HostSpec(
                "origin", {"office": lan + "10"}, routes={internet: "local"}, service="origin", groups=("surroundings",)
            ),
            HostSpec(
                "resolver",
                {"office": lan + "53"},
                routes=via_origin,
                service="resolver",
                options={"upstream": lan + "10"},
                groups=("surroundings",),
            ),
            HostSpec(
                "proxy",
                {"office": proxy},
                routes=via_origin,
                service="squid",
                groups=("appliances",),
                variables={"allowlist_platform": "squid"},
            ),
            *(
                HostSpec(
                    f"desk{number}",
                    {"office": f"{lan}{100 + number}"},
                    routes=via_origin,
                    groups=("test_hosts",),
                    variables={"allowlist_via": f"http://{proxy}:3128", "allowlist_behind": ["proxy"]},
                )
                for number in range(1, desks + 1)
            ),
        ),
    )


def campus(proxies: int = 3) -> Topology:
    """An office with several Squids, ``proxy1`` and so on, and a test host behind each."""
    plain = office(desks=0)
    internet = {"198.18.0.0/15": plain.host("origin").address}
    found = [plain.host("origin"), plain.host("resolver")]
    for number in range(1, proxies + 1):
        address = f"10.77.0.{20 + number}"
        found.append(replace(plain.host("proxy"), name=f"proxy{number}", interfaces={"office": address}))
        found.append(
            HostSpec(
                f"desk{number}",
                {"office": f"10.77.0.{100 + number}"},
                routes=internet,
                groups=("test_hosts",),
                variables={"allowlist_via": f"http://{address}:3128", "allowlist_behind": [f"proxy{number}"]},
            )
        )
    return replace(plain, hosts=tuple(found))


_DNS_FIREWALLS = {"bind": "10.78.0.2", "unbound": "10.78.0.3", "pdns_recursor": "10.78.0.4"}


def dns_firewalls(kinds: t.Sequence[str] = tuple(_DNS_FIREWALLS), desks: int = 1) -> Topology:
    """An office whose resolvers are DNS firewalls of these kinds, with an origin and test hosts that ask the first."""
    lan = "10.78.0."
    internet = "198.18.0.0/15"
    upstream = lan + "10"
    names = {kind: kind.replace("_", "-") for kind in kinds}
    resolver = names[kinds[0]]
    return Topology(
        networks={"office": lan + "0/24"},
        resolver=resolver,
        hosts=(
            HostSpec("origin", {"office": upstream}, routes={internet: "local"}, service="origin"),
            *(
                HostSpec(
                    name,
                    {"office": _DNS_FIREWALLS[kind]},
                    routes={internet: upstream},
                    service=kind,
                    options={"upstream": upstream},
                    groups=("appliances",),
                    variables={"allowlist_platform": "rpz"},
                )
                for kind, name in names.items()
            ),
            *(
                HostSpec(
                    f"desk{number}",
                    {"office": f"{lan}{100 + number}"},
                    routes={internet: upstream},
                    groups=("test_hosts",),
                    variables={"allowlist_via": "direct", "allowlist_behind": [resolver]},
                )
                for number in range(1, desks + 1)
            ),
        ),
    )


def pac_office(desks: int = 2) -> Topology:
    """The office, with a web server that says by a PAC file what goes by the Squid, which lets nobody out."""
    plain = office(desks)
    others = ("origin", "resolver")
    proxy = f"{plain.host('proxy').address}:3128"
    return replace(
        plain,
        hosts=(
            *(plain.host(name) for name in others),
            replace(plain.host("proxy"), groups=("surroundings",), variables={}),
            HostSpec(
                "web",
                {"office": "10.77.0.4"},
                service="nginx",
                options={"proxy": proxy},
                groups=("appliances",),
                variables={"allowlist_platform": "pac"},
            ),
            *(
                replace(host, variables={"allowlist_behind": ["web"]})
                for host in plain.hosts
                if "test_hosts" in host.groups
            ),
        ),
    )


def branch(desks: int = 2, denies: bool = False) -> Topology:
    """A branch office behind a Linux firewall, which is also its resolver; the internet is on the other side.

    With `denies` the firewall has rules of its own, which let nobody out but what a list has marked.
    """
    inside, outside = "10.77.0.", "10.78.0."
    internet = "198.18.0.0/15"
    gateway, origin = inside + "1", outside + "10"
    return Topology(
        networks={"office": inside + "0/24", "outside": outside + "0/24"},
        resolver="gateway",
        hosts=(
            HostSpec(
                "origin",
                {"outside": origin},
                routes={internet: "local", inside + "0/24": outside + "1"},
                service="origin",
                groups=("surroundings",),
            ),
            HostSpec(
                "gateway",
                {"office": gateway, "outside": outside + "1"},
                routes={internet: origin},
                service="gateway",
                options={"upstream": origin, "mark": 1 if denies else None},
                groups=("appliances",),
                variables={
                    "allowlist_platform": "nftables",
                    "allowlist_nftables": {
                        "dnsmasq_restart": ["/usr/local/sbin/restart-dnsmasq"],
                        **({"everything_else": "leave", "mark": 1} if denies else {}),
                    },
                },
            ),
            *(
                HostSpec(
                    f"desk{number}",
                    {"office": f"{inside}{100 + number}"},
                    routes={internet: gateway},
                    groups=("test_hosts",),
                    variables={"allowlist_via": "direct", "allowlist_behind": ["gateway"]},
                )
                for number in range(1, desks + 1)
            ),
        ),
    )


def headquarters() -> Topology:
    """A branch whose firewall denies, with a Squid inside, so that what `desk1` asks for crosses both.

    The Squid asks the firewall for names, as everybody does; `desk2` is behind the firewall alone.
    """
    plain = branch(denies=True)
    gateway, first, second = plain.host("gateway"), plain.host("desk1"), plain.host("desk2")
    squid = office(desks=0).host("proxy")
    behind_both = {"allowlist_via": f"http://{squid.address}:3128", "allowlist_behind": [squid.name, gateway.name]}
    return replace(
        plain,
        hosts=(
            plain.host("origin"),
            gateway,
            replace(squid, routes=first.routes),
            replace(first, variables=behind_both),
            second,
        ),
    )
