# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab consists of, as plain values: networks, hosts, what runs on them, and what Ansible is told of them."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import asdict, dataclass, field, replace

from lab.errors import LabError

DOMAIN = "lab.test"
"""Every host is also known as NAME.lab.test to the lab's DNS (RFC 2606 keeps .test free)."""

SWITCH = "switch"
"""The namespace that holds the bridges: no host, and not in the inventory."""

CA_FILE = "/etc/ssl/lab-ca.pem"
"""Where each host finds the certificate of the lab's own CA."""

_HOST_NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class HostSpec:
    """One host.

    ``interfaces`` maps a network's name to the host's address in it, in the order eth0, eth1, ...
    ``routes`` maps a destination to a gateway, or to ``local`` for addresses the host answers for itself (AnyIP).
    ``service`` names what runs there (a key of ``lab.services.SERVICES``), ``options`` are that service's own.
    ``groups`` and ``variables`` go into the Ansible inventory.
    """

    name: str
    interfaces: t.Mapping[str, str]
    routes: t.Mapping[str, str] = field(default_factory=dict)
    service: str | None = None
    options: t.Mapping[str, t.Any] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    variables: t.Mapping[str, t.Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address on the first interface, by which the others know the host."""
        return next(iter(self.interfaces.values()))


@dataclass(frozen=True)
class Topology:
    """Networks (name to CIDR) and the hosts on them. Checked when made: a lab is never built from a bad one.

    ``resolver`` names the host that everyone's ``/etc/resolv.conf`` points to.
    """

    networks: t.Mapping[str, str]
    hosts: tuple[HostSpec, ...]
    resolver: str

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        names = [host.name for host in self.hosts]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise LabError(f"topology: host name used twice: {', '.join(twice)}")
        if self.resolver not in names:
            raise LabError(f"topology: resolver {self.resolver!r} is not one of the hosts {', '.join(names)}")
        owners: dict[str, str] = {}
        try:
            for host in self.hosts:
                self._check(host, owners)
        except ValueError as error:  # what the ipaddress module says of an address
            raise LabError(f"topology: {error}") from error

    def _check(self, host: HostSpec, owners: dict[str, str]) -> None:
        """``owners`` maps the addresses that are taken to the hosts that have them."""
        if not _HOST_NAME.fullmatch(host.name) or host.name == SWITCH:
            raise LabError(f"topology: {host.name!r} is no host name (a-z, 0-9 and -; {SWITCH!r} is taken)")
        if not host.interfaces:
            raise LabError(f"topology: host {host.name} has no interface")
        for network, address in host.interfaces.items():
            if network not in self.networks:
                raise LabError(f"topology: host {host.name} is on network {network!r}, which is not described")
            if ipaddress.IPv4Address(address) not in ipaddress.IPv4Network(self.networks[network]):
                raise LabError(
                    f"topology: {address} of host {host.name} is outside {network} ({self.networks[network]})"
                )
            if address in owners:
                raise LabError(f"topology: {address} is given to both {owners[address]} and {host.name}")
            owners[address] = host.name
        for destination, gateway in host.routes.items():
            if ipaddress.IPv4Network(destination).prefixlen == 0:
                raise LabError(f"topology: host {host.name} has a default route, and nothing may leave the lab")
            if gateway != "local":
                ipaddress.IPv4Address(gateway)

    def host(self, name: str) -> HostSpec:
        """The description of one host; LabError with the known names where there is none."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(f"the lab has no host {name!r}; it has {', '.join(host.name for host in self.hosts)}")

    def to_dict(self) -> dict[str, t.Any]:
        """As JSON-ready values; ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Topology:
        """From JSON values. LabError names what is missing or unknown."""
        try:
            hosts = tuple(HostSpec(**{**host, "groups": tuple(host.get("groups", ()))}) for host in data["hosts"])
            return cls(networks=data["networks"], hosts=hosts, resolver=data["resolver"])
        except (KeyError, TypeError) as error:
            raise LabError(f"topology: cannot be read: {error}") from error


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
