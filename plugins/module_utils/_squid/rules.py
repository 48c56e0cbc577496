# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What an ``http_access`` rule of the site says of a kind of request, as far as this can be told without Squid.

A kind of request is a port and a method, from the clients that the list is for to hosts that are on it. The answer is
yes, no or perhaps (None).
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._squid.config import (
    Config,
    Directive,
    acl_values,
)

Truth = t.Optional[bool]
Networks = t.Sequence[t.Any]
Values = t.Optional[list[str]]

CONNECT = "CONNECT"
GET = "GET"
_HARMLESS = {"manager", "to_localhost", "to_linklocal"}
_EVERYWHERE = {"all": (4, 6), "ipv4": (4,), "ipv6": (6,)}
_RESERVED = ".allowlist.invalid"
_TELLING = {"port", "localport", "method", "src", "external", "any-of", "all-of"}


class Kind(t.NamedTuple):
    """Requests with one method to one port."""

    port: int
    method: str


class Acls:
    """The ACLs of a configuration, asked about the clients that a list is for."""

    def __init__(self, config: Config, clients: Networks) -> None:
        self._clients = clients
        self._types: dict[str, tuple[str, Values]] = {}
        logins = {d.words[0] for d in config.all if d.name == "external_acl_type" and d.words and _asks_login(d)}
        self._login_helpers = logins
        for directive in config.all:
            if directive.name == "acl" and len(directive.words) >= 2:
                name, kind = directive.words[:2]
                _kind, known = self._types.get(name, (kind, []))
                more = acl_values(directive) if directive.certain and _tells(directive) else None
                self._types[name] = (kind, None if known is None or more is None else [*known, *more])

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def ports(self) -> set[int]:
        """Return the ports at which some ``port`` ACL begins to match, or to match no longer."""
        edges: set[int] = set()
        for kind, values in self._types.values():
            for low, high in (_span(value) for value in values or () if kind in ("port", "localport")):
                edges.update((low, high + 1))
        return edges

    def asks_login(self, name: str) -> bool:
        """Tell whether evaluating the ACL makes Squid ask for a login."""
        return self._asks_login(name, ())

    def _asks_login(self, name: str, asked_for: tuple[str, ...]) -> bool:
        if name in asked_for:
            return False
        kind, values = self._types.get(name, ("", None))
        if kind.startswith("proxy_auth"):
            return True
        if kind == "external":
            return bool(set(values or ()) & self._login_helpers)
        parts = values or () if kind in ("any-of", "all-of") else ()
        return any(self._asks_login(word.lstrip("!"), (*asked_for, name)) for word in parts)

    def match(self, words: t.Iterable[str], kind: Kind) -> Truth:
        """Tell whether all the ACLs of a rule match, negated ones with a ``!`` before them."""
        return self._all(words, kind, ())

    def _all(self, words: t.Iterable[str], kind: Kind, asked_for: tuple[str, ...]) -> Truth:
        result: Truth = True
        for word in words:
            truth = self._one(word.lstrip("!"), kind, asked_for)
            if word.startswith("!") and truth is not None:
                truth = not truth
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    def _one(self, name: str, kind: Kind, asked_for: tuple[str, ...]) -> Truth:
        if name == "all":
            return True
        if name in _HARMLESS:
            return False
        if name not in self._types or name in asked_for:
            return kind.method == CONNECT if name == CONNECT else None
        return self._typed(*self._types[name], kind, (*asked_for, name))

    def _typed(self, acl: str, values: Values, kind: Kind, asked_for: tuple[str, ...]) -> Truth:
        if values is None:
            return None
        if acl == "port":
            return any(low <= kind.port <= high for low, high in map(_span, values))
        if acl == "method":
            return kind.method in values
        if acl == "src":
            return _clients_in(self._clients, values)
        if acl == "dstdomain" and values and all(value.endswith(_RESERVED) for value in values):
            return False  # the name under which another list of ours says that it runs
        if acl == "all-of":
            return self._all(values, kind, asked_for)
        if acl == "any-of":
            truths = [self._all([word], kind, asked_for) for word in values]
            return True if True in truths else None if None in truths else False
        return None


def _tells(acl: Directive) -> bool:
    """Whether the values of an ACL can tell anything here; names in files, of which a list has thousands, cannot."""
    return acl.words[1] in _TELLING or (acl.words[1] == "dstdomain" and '"' not in acl.text)


def _asks_login(helper: Directive) -> bool:
    return any(word.startswith(("%LOGIN", "%EXT_USER", "%un", "%ul")) for word in helper.words)


def _span(value: str) -> tuple[int, int]:
    low, _dash, high = value.partition("-")
    if not low.isdigit() or not (high or low).isdigit():
        return (0, -1)
    return int(low), int(high or low)


def _clients_in(clients: Networks, values: t.Sequence[str]) -> Truth:
    """Whether all clients (yes), none (no) or some of them (perhaps) lie in the networks of a ``src`` ACL."""
    networks: list[t.Any] = []
    unknown = False
    for value in values:
        try:
            networks.extend(_networks(value))
        except (ValueError, TypeError):
            unknown = True
    if all(any(_within(client, network) for network in networks) for client in clients):
        return True
    overlap = any(client.overlaps(n) for client in clients for n in networks if n.version == client.version)
    return None if unknown or overlap else False


def _networks(value: str) -> list[t.Any]:
    """Return the networks of one value: ``address``, ``address/mask``, ``from-to`` or ``from-to/mask``."""
    if value in _EVERYWHERE:
        return [ipaddress.ip_network("0.0.0.0/0" if version == 4 else "::/0") for version in _EVERYWHERE[value]]
    first, dash, rest = value.partition("-")
    if not dash:
        return [ipaddress.ip_network(value, strict=False)]
    last, slash, mask = rest.partition("/")
    start, end = ipaddress.ip_address(first), ipaddress.ip_address(last)
    if slash:
        end = ipaddress.ip_network(f"{last}/{mask}", strict=False).broadcast_address
    return list(ipaddress.summarize_address_range(start, end))


def _within(inner: t.Any, outer: t.Any) -> bool:
    return bool(inner.version == outer.version and inner.subnet_of(outer))
