# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab consists of, as plain values: networks, hosts, what runs on them, and what Ansible is told of them."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import asdict, dataclass, field

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
