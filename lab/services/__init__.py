# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can run on a host. A new kind of appliance is one more class here."""

from __future__ import annotations

import typing as t

from lab.services.base import Service
from lab.services.dns_firewalls import Bind, DnsFirewall, PdnsRecursor, Unbound
from lab.services.gateway import Gateway
from lab.services.nginx import Nginx
from lab.services.origin import Origin
from lab.services.resolver import Resolver
from lab.services.squid import Squid

SERVICES: t.Mapping[str, type[Service]] = {
    "bind": Bind,
    "gateway": Gateway,
    "nginx": Nginx,
    "origin": Origin,
    "pdns_recursor": PdnsRecursor,
    "resolver": Resolver,
    "squid": Squid,
    "unbound": Unbound,
}
"""The name that a ``HostSpec.service`` gives, to what it means."""

__all__ = [
    "SERVICES",
    "Bind",
    "DnsFirewall",
    "Gateway",
    "Nginx",
    "Origin",
    "PdnsRecursor",
    "Resolver",
    "Service",
    "Squid",
    "Unbound",
]
