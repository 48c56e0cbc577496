# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cables: one bridge per network in a namespace of their own, one veth pair per interface.

The pairs are made inside the switch's namespace with the far end already in the host's, so that the machine's own
network never sees an interface, not even for a moment.
"""

from __future__ import annotations

import ipaddress
import subprocess
import typing as t

from lab import requirements
from lab.errors import LabError
from lab.host import Host
from lab.topology import HostSpec, Topology


def connect(switch: Host, hosts: t.Mapping[str, Host], topology: Topology) -> None:
    """Join all hosts as the topology says. No host gets a default route."""
    bridges = {network: f"net{number}" for number, network in enumerate(topology.networks)}
    lines = [f"link add {bridge} up type bridge" for bridge in bridges.values()]
    port = 0
    for spec in topology.hosts:
        for number, network in enumerate(spec.interfaces):
            lines += [
                f"link add port{port} type veth peer name eth{number} netns {hosts[spec.name].holder.pid}",
                f"link set port{port} master {bridges[network]} up",
            ]
            port += 1
    _ip(switch, lines)
    for spec in topology.hosts:
        _ip(hosts[spec.name], _addresses(spec, topology))


def _addresses(spec: HostSpec, topology: Topology) -> list[str]:
    lines = ["link set lo up"]
    for number, (network, address) in enumerate(spec.interfaces.items()):
        length = ipaddress.ip_network(topology.networks[network]).prefixlen
        lines += [f"address add {address}/{length} dev eth{number}", f"link set eth{number} up"]
    for destination, gateway in spec.routes.items():
        if gateway == "local":
            lines.append(f"route add local {destination} dev lo")
        else:
            lines.append(f"route add {destination} via {gateway}")
    return lines


def _ip(host: Host, lines: t.Sequence[str]) -> None:
    """ip(8) in the host's network only: pids stay the machine's."""
    done = subprocess.run(
        [
            requirements.program("nsenter"),
            "-t",
            str(host.holder.pid),
            "-n",
            "--",
            requirements.program("ip"),
            "-batch",
            "-",
        ],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LabError(f"the network of {host.name} could not be set up: {done.stderr.strip()}\n" + "\n".join(lines))
