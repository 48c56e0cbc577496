# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""TCP connections, and who it was that refused one."""

from __future__ import annotations

import errno
import socket
import struct
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import DENIED, StageError
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.deadline import Deadline
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.resolve import Address

MOST_ADDRESSES: t.Final = 4
"""A name with more addresses is tried at the first of them."""

# Linux: <linux/in.h>, <linux/in6.h> and <linux/errqueue.h>. Since 5.9 an unprivileged TCP socket that asks for it is
# given the ICMP message that ended its connection attempt; elsewhere the error number is all there is.
_IP_RECVERR = (socket.IPPROTO_IP, 11)
_IPV6_RECVERR = (socket.IPPROTO_IPV6, 25)
_ORIGIN_ICMP, _ORIGIN_ICMP6 = 2, 3

# "Administratively prohibited" and its kin: RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1, RFC 4443 3.1.
_PROHIBITED = {
    (_ORIGIN_ICMP, 3, 9): "network prohibited",
    (_ORIGIN_ICMP, 3, 10): "host prohibited",
    (_ORIGIN_ICMP, 3, 13): "administratively prohibited",
    (_ORIGIN_ICMP6, 1, 1): "administratively prohibited",
    (_ORIGIN_ICMP6, 1, 5): "source address failed policy",
    (_ORIGIN_ICMP6, 1, 6): "reject route",
}
# To a closed TCP port a host answers with RST, never with ICMP (RFC 1122 section 4.2.3.9): only a filter does this.
_PORT_UNREACHABLE = {(_ORIGIN_ICMP, 3, 3), (_ORIGIN_ICMP6, 1, 4)}


def connect(addresses: t.Sequence[Address], port: int, deadline: Deadline) -> socket.socket:
    """Return a connection to the first address that takes one.

    Raises:
        StageError: tcp_refused, tcp_unreachable or tcp_timeout; of several attempts the one that proves most.
    """
    tried = addresses[:MOST_ADDRESSES]
    failures: list[StageError] = []
    for place, address in enumerate(tried):
        try:
            return _attempt(address, port, deadline.share(len(tried) - place))
        except StageError as failure:
            failures.append(failure)
        except socket.timeout:
            break
    if not failures:
        raise StageError("tcp_timeout", f"no time was left for a connection to port {port}")
    raise max(failures, key=_weight)


def _weight(failure: StageError) -> tuple[bool, int]:
    order = ("tcp_unreachable", "tcp_timeout", "tcp_refused")
    return failure.policy == DENIED, order.index(failure.cause)


def _attempt(address: Address, port: int, deadline: Deadline) -> socket.socket:
    family, host = address
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise StageError("tcp_unreachable", f"this host has no sockets for {host} ({error.strerror})") from error
    try:
        _ask_for_icmp(sock, family)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        deadline.arm(sock).connect((host, port))
        return sock
    except socket.timeout as error:
        sock.close()
        raise StageError("tcp_timeout", f"{host} port {port} gave no answer in {deadline.seconds:.3g} s") from error
    except OSError as error:
        icmp = _icmp_error(sock)
        sock.close()
        raise _explained(error, icmp, f"{host} port {port}") from error


def _ask_for_icmp(sock: socket.socket, family: int) -> None:
    try:
        sock.setsockopt(*(_IPV6_RECVERR if family == socket.AF_INET6 else _IP_RECVERR), 1)
    except OSError:
        return  # not Linux: the error number must do


def _icmp_error(sock: socket.socket) -> tuple[tuple[int, int, int], str] | None:
    """Return origin, type and code of the ICMP message that ended the attempt, and who sent it."""
    queue = getattr(socket, "MSG_ERRQUEUE", 0x2000)
    try:
        sock.setblocking(False)
        _data, ancillary, _flags, _peer = sock.recvmsg(0, 512, queue)
    except (OSError, ValueError):
        return None
    for _level, _type, content in ancillary:
        if len(content) >= 24:
            _errno, origin, kind, code = struct.unpack("=IBBB", content[:7])
            if origin == _ORIGIN_ICMP:
                return (origin, kind, code), socket.inet_ntop(socket.AF_INET, content[20:24])
            if origin == _ORIGIN_ICMP6 and len(content) >= 40:
                return (origin, kind, code), socket.inet_ntop(socket.AF_INET6, content[24:40])
    return None


def _explained(error: OSError, icmp: tuple[tuple[int, int, int], str] | None, target: str) -> StageError:
    if icmp is not None and icmp[0] in _PROHIBITED:
        said = f"{icmp[1]} says by ICMP that {target} is {_PROHIBITED[icmp[0]]}"
        return StageError("tcp_unreachable", said, policy=DENIED)
    if icmp is not None and icmp[0] in _PORT_UNREACHABLE:
        said = f"{icmp[1]} refuses {target} by ICMP port unreachable, as only a filter answers TCP"
        return StageError("tcp_refused", said, policy=DENIED)
    if error.errno == errno.ECONNREFUSED:
        return StageError("tcp_refused", f"{target} is closed: the connection was answered with a reset")
    if error.errno in (errno.EPERM, errno.EACCES):
        said = f"this host's own rules refuse {target} ({error.strerror})"
        return StageError("tcp_unreachable", said, policy=DENIED)
    sender = f" says {icmp[1]} by ICMP" if icmp is not None else ""
    return StageError("tcp_unreachable", f"{target}: {error.strerror or error}{sender}")
