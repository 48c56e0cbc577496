# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Names to addresses, as the test host's own resolver has them, within a time limit."""

from __future__ import annotations

import ipaddress
import socket
import threading
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._probe import dns_query
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import StageError
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.deadline import Deadline
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import address_of

Address = tuple[int, str]
"""The address family and the address."""

# Addresses that DNS filters hand out instead of the real ones, and that no server on a network can have.
SINKHOLES: t.Final = tuple(ipaddress.ip_network(net) for net in ("0.0.0.0/8", "127.0.0.0/8", "::/128", "::1/128"))

_NO_SUCH_NAME = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}


class Lookup:
    """One lookup in a thread of its own, since `getaddrinfo` knows no time limit and cannot be interrupted."""

    def __init__(self, host: str, place: threading.Semaphore) -> None:
        self.host = host
        self._place = place
        self.done = threading.Event()
        self.addresses: list[Address] = []
        self.error: OSError | None = None
        threading.Thread(target=self._run, daemon=True, name=f"lookup {host}").start()

    def _run(self) -> None:
        try:
            # Octets, because text would pass through the slow "idna" codec and its own errors.
            found = socket.getaddrinfo(self.host.encode("ascii"), None, type=socket.SOCK_STREAM)
            self.addresses = list(dict.fromkeys((entry[0], str(entry[4][0])) for entry in found))
        except OSError as error:
            self.error = error
        finally:
            self._place.release()
            self.done.set()


class Resolver:
    """Resolves each name once for a whole run.

    At most `most_pending` lookups are under way, so that a dead resolver cannot gather a thread for every name.
    """

    def __init__(self, most_pending: int) -> None:
        self._lookups: dict[str, Lookup] = {}
        self._lock = threading.Lock()
        self._places = threading.Semaphore(most_pending)

    def addresses(self, host: str, deadline: Deadline) -> list[Address]:
        """Return the addresses of `host`, in the order in which the system would try them.

        Raises:
            StageError: dns_failure, dns_refused or dns_sinkhole.
        """
        literal = address_of(host)
        if literal is not None:
            return [(socket.AF_INET if literal.version == 4 else socket.AF_INET6, str(literal))]
        try:
            lookup = self._lookup(host, deadline)
            if not lookup.done.wait(deadline.left()):
                raise socket.timeout("timed out")
        except socket.timeout as error:
            raise StageError("dns_failure", f"the resolver gave no answer in {deadline.seconds:g} s") from error
        if lookup.error is not None:
            raise self._explained(host, lookup.error, deadline) from lookup.error
        real = [item for item in lookup.addresses if not _is_sinkhole(item[1])]
        if not real:
            shown = ", ".join(address for _family, address in lookup.addresses[:3])
            raise StageError("dns_sinkhole", f"the resolver answers {shown}, which is no address of a server")
        return real

    def _lookup(self, host: str, deadline: Deadline) -> Lookup:
        with self._lock:
            known = self._lookups.get(host)
        if known is not None:
            return known
        if not self._places.acquire(timeout=deadline.left()):
            raise socket.timeout("timed out")
        with self._lock:
            if host in self._lookups:  # another worker asked for the same name meanwhile
                self._places.release()
            else:
                self._lookups[host] = Lookup(host, self._places)
            return self._lookups[host]

    @staticmethod
    def _explained(host: str, error: OSError, deadline: Deadline) -> StageError:
        try:
            verdict = dns_query.ask(host, deadline)
        except socket.timeout:
            verdict = None
        if verdict is None:
            return StageError("dns_failure", f"no resolver answers ({error.strerror})")
        if verdict.blocked is not None:
            return StageError("dns_refused", f"{verdict.server} answers {verdict.code}, {verdict.blocked} (RFC 8914)")
        if verdict.code == "REFUSED":
            return StageError("dns_refused", f"{verdict.server} answers REFUSED")
        if error.errno in _NO_SUCH_NAME and verdict.code == "NOERROR":
            return StageError("dns_failure", f"{verdict.server} knows no address of the name")
        return StageError("dns_failure", f"{verdict.server} answers {verdict.code}")


def _is_sinkhole(address: str) -> bool:
    parsed = ipaddress.ip_address(address.split("%", 1)[0])
    return any(parsed.version == network.version and parsed in network for network in SINKHOLES)
