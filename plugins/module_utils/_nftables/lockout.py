# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Whether a list would cut the connection by which Ansible came.

What the host receives for itself is never judged by a list. What it sends is, where the list hangs on ``output``; what
it passes on is, where it hangs on ``forward`` (as where Ansible reaches a container or another namespace through this
one). That established connections are accepted does not save the present one: a kernel that has not followed it yet
meets it in the middle, and its first packet may be one that the list judges.
"""

from __future__ import annotations

import ipaddress
import os
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import Shape, Span

_MOST_ANCESTORS = 64


class Connection(t.NamedTuple):
    """From where Ansible came and to which address and port of this host."""

    client: t.Any
    client_port: int
    server: t.Any
    server_port: int


def present_connection() -> Connection | None:
    """Return the connection by which Ansible came, as sshd tells it to what it starts; None where there is none.

    With ``become`` the environment is cleared, so that it is looked for in the processes above this one as well.
    """
    found = connection_of(os.environ.get("SSH_CONNECTION"))
    pid = os.getppid()
    for _step in range(_MOST_ANCESTORS):
        if found is not None or pid <= 1:
            return found
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                entries = file.read().split(b"\0")
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                pid = int(file.read().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return None
        told = [entry[15:] for entry in entries if entry.startswith(b"SSH_CONNECTION=")]
        found = connection_of(told[0].decode("ascii", "replace")) if told else None
    return found


def connection_of(text: str | None) -> Connection | None:
    """Return what sshd wrote: both addresses with their ports; None where it is something else."""
    words = (text or "").split()
    try:
        client, client_port, server, server_port = words
        return Connection(_address(client), int(client_port), _address(server), int(server_port))
    except ValueError:
        return None


def _address(text: str) -> t.Any:
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def cut(shape: Shape, connection: Connection, is_local: bool) -> str | None:
    """Return how the list would cut the connection; None where it does not.

    `is_local` says whether the connection ends at this host itself.
    """
    if not any(rule.startswith(("reject", "drop")) for rule in shape.chains.get("decide", ())):
        return None
    hook = "output" if is_local else "forward"
    if hook not in shape.chains:
        return None
    ways = [(connection.server, connection.client, connection.client_port)]
    if not is_local:
        ways.append((connection.client, connection.server, connection.server_port))
    for source, target, port in ways:
        if (
            _holds(shape, "clients", source)
            and not _holds(shape, "untouched", target)
            and not _listed(shape, target, port)
        ):
            return f"{source} is one of the list's clients, and {target} is not on the list ({hook})"
    return None


def _holds(shape: Shape, stem: str, address: t.Any) -> bool:
    members = shape.sets.get(f"{stem}{address.version}", ("", "", 0, ()))[3]
    return any(address in network for network in members if not isinstance(network, str))


def _listed(shape: Shape, address: t.Any, port: int) -> bool:
    members = shape.sets.get(f"networks{address.version}", ("", "", 0, ()))[3]
    spans = (span for span in members if isinstance(span, Span) and span.transport == "tcp")
    return any(s.low <= port <= s.high and address in ipaddress.ip_network(s.network) for s in spans)
