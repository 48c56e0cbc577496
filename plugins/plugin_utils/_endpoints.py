# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints: one thing a device must reach, as a checked value.

Every constructor from foreign data refuses what does not fit and names the place. Pure, no input or output.
"""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass, field

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    HostPattern,
    matches,
    normalise_name,
    parse,
    quoted,
)

ALLOW: t.Final = "allow"
BYPASS_INSPECTION: t.Final = "bypass_inspection"
BYPASS_AUTHENTICATION: t.Final = "bypass_authentication"
TREATMENTS: t.Final = (ALLOW, BYPASS_AUTHENTICATION, BYPASS_INSPECTION)
CATEGORIES: t.Final = ("Optimize", "Allow", "Default")

Ports = tuple[tuple[int, int], ...]
"""Sorted inclusive ranges of ports that neither overlap nor touch; a single port is a range of one."""

# A path is written into a regular expression and a URL: unreserved characters and the harmless delimiters only.
_PATH_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!$&()+,=:@")


class EndpointError(ValueError):
    """Data that is no endpoint; the message begins with the path into the data."""


@dataclass(frozen=True)
class Origin:
    """Who says that an endpoint must be reached: one row of one edition of one source, and how it was read there.

    `set` is the source's own id of what belongs together, and `tied` says that this set has names and networks, so
    that either can stand for the other. `effective` is the day (``2026-01-31``) from which the source wants it.
    `grounds` name the reasons for its treatments, which the edition explains. `held_until` is the day until which an
    update keeps what its source no longer lists.
    """

    source: str
    edition: str
    row: int | None = None
    service: str | None = None
    repairs: tuple[str, ...] = ()
    set: str | None = None
    tied: bool = False
    express_route: bool | None = None
    effective: str | None = None
    grounds: tuple[str, ...] = ()
    held_until: str | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """Return the origin as plain data, without empty fields."""
        shown: dict[str, t.Any] = {"source": self.source, "edition": self.edition}
        if self.row is not None:
            shown["row"] = self.row
        if self.service is not None:
            shown["service"] = self.service
        if self.repairs:
            shown["repairs"] = list(self.repairs)
        if self.set is not None:
            shown["set"] = self.set
        if self.tied:
            shown["tied"] = True
        if self.express_route is not None:
            shown["express_route"] = self.express_route
        if self.effective is not None:
            shown["effective"] = self.effective
        if self.grounds:
            shown["grounds"] = list(self.grounds)
        if self.held_until is not None:
            shown["held_until"] = self.held_until
        return shown


@dataclass(frozen=True)
class Endpoint:
    """One thing that must be reachable: `host` or `network`, exactly one of them.

    `path` belongs to plain HTTP on port 80 and may end in ``*``. Ports are inclusive ranges; `ports_assumed` says that
    the document gave none. `treatments` always contains ``allow``.
    """

    host: HostPattern | None = None
    network: str | None = None
    path: str | None = None
    tcp_ports: Ports = ()
    udp_ports: Ports = ()
    ports_assumed: bool = False
    service: str | None = None
    set: str | None = None
    category: str | None = None
    required: bool = True
    treatments: frozenset[str] = frozenset({ALLOW})
    pinned: bool = False
    sources: tuple[Origin, ...] = field(default=(), compare=False)

    @property
    def subject(self) -> str:
        """The host, with its path, or the network: how messages name the endpoint."""
        return self.host.text + (self.path or "") if self.host is not None else str(self.network)

    @property
    def services(self) -> tuple[str, ...]:
        """Every service that asks for the endpoint, sorted; an origin without services counts with its source."""
        named = {origin.service or origin.source for origin in self.sources}
        return tuple(sorted(named or ({self.service} if self.service else set())))

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any], where: str = "endpoint") -> Endpoint:
        """Return the endpoint that plain `data` describes.

        Raises:
            EndpointError: a key is unknown or a value does not fit; the message begins with `where`.
        """
        unknown = sorted(set(data) - _KEYS)
        if unknown:
            raise EndpointError(f"{where}: unknown key {quoted(str(unknown[0]))}; known are {', '.join(sorted(_KEYS))}")
        if (data.get("host") is None) == (data.get("network") is None):
            raise EndpointError(f"{where}: give exactly one of host and network")
        host = _host(data.get("host"), where)
        tcp = parse_ports(data.get("tcp_ports"), f"{where}.tcp_ports")
        udp = parse_ports(data.get("udp_ports"), f"{where}.udp_ports")
        path = _path(data.get("path"), f"{where}.path")
        if path is not None and host is None:
            raise EndpointError(f"{where}.path: a path needs a host")
        assumed = _boolean(data, "ports_assumed", not tcp and not udp, where)
        if not tcp and not udp:
            tcp = ((80, 80),) if path is not None else ((80, 80), (443, 443))
        return cls(
            host=host,
            network=_network(data.get("network"), f"{where}.network"),
            path=path,
            tcp_ports=tcp,
            udp_ports=udp,
            ports_assumed=assumed,
            service=_text(data, "service", where),
            set=_text(data, "set", where),
            category=_choice(data.get("category"), CATEGORIES, f"{where}.category"),
            required=_boolean(data, "required", True, where),
            treatments=_treatments(data.get("treatments"), f"{where}.treatments"),
            pinned=_boolean(data, "pinned", False, where),
            sources=_origins(data.get("sources"), f"{where}.sources"),
        )

    def named(self, host: HostPattern | None, network: str | None = None) -> Endpoint:
        """Return the same endpoint for another host or network.

        What else it holds was checked when the first was made; thousands of endpoints are read as such copies.
        """
        copy = object.__new__(Endpoint)
        copy.__dict__.update(self.__dict__, host=host, network=network)
        return copy

    def to_dict(self) -> dict[str, t.Any]:
        """Return the endpoint as plain data; `from_dict` reads it back."""
        return {
            "host": self.host.text if self.host else None,
            "network": self.network,
            "path": self.path,
            "tcp_ports": show_ports(self.tcp_ports),
            "udp_ports": show_ports(self.udp_ports),
            "ports_assumed": self.ports_assumed,
            "service": self.service,
            "set": self.set,
            "category": self.category,
            "required": self.required,
            "treatments": sorted(self.treatments),
            "pinned": self.pinned,
            "sources": [origin.to_dict() for origin in self.sources],
        }


_KEYS = frozenset(f.name for f in dataclasses.fields(Endpoint)) | {"registrable"}


@dataclass(frozen=True)
class Request:
    """One question to a control: who may a client talk to, and how.

    `host` is a name or an address as the client wrote it. `path` is None where the control cannot see one (CONNECT).
    """

    method: str
    scheme: str | None
    host: str
    port: int
    path: str | None = None
    client: str | None = None
    transport: str = "tcp"
    resolved: str | None = None


def grants(endpoints: t.Iterable[Endpoint], request: Request) -> frozenset[str]:
    """Return the union of the treatments of all endpoints that cover the request: what the list means.

    This is the pattern algebra's own answer, which every dialect is measured against.
    """
    name = normalise_name(request.host)
    granted: set[str] = set()
    for endpoint in endpoints:
        ports = endpoint.tcp_ports if request.transport == "tcp" else endpoint.udp_ports
        if not port_within(request.port, ports):
            continue
        if endpoint.host is not None:
            if matches(endpoint.host, name) and _path_covers(endpoint.path, request):
                granted |= endpoint.treatments
        elif endpoint.network is not None and _address_within(request.resolved or request.host, endpoint.network):
            granted |= endpoint.treatments
    return frozenset(granted)


def merge(endpoints: t.Iterable[Endpoint]) -> list[Endpoint]:
    """Return each host, path and network once for the same ports, with all its origins, in the order first seen.

    Treatments are united, the strongest category counts, and of `required` and `pinned` true wins. One that stands in
    several sets with other ports stays apart: mail over IMAP is not required because mail over HTTPS is.
    """
    found: dict[t.Any, Endpoint] = {}
    for endpoint in endpoints:
        key = (endpoint.subject, endpoint.tcp_ports, endpoint.udp_ports)
        known = found.get(key)
        found[key] = endpoint if known is None else _united(known, endpoint)
    return list(found.values())


def _united(a: Endpoint, b: Endpoint) -> Endpoint:
    origins = dict.fromkeys(a.sources + b.sources)
    categories = [category for category in CATEGORIES if category in (a.category, b.category)]
    return dataclasses.replace(
        a,
        ports_assumed=a.ports_assumed and b.ports_assumed,
        category=categories[0] if categories else None,
        required=a.required or b.required,
        treatments=a.treatments | b.treatments,
        pinned=a.pinned or b.pinned,
        sources=tuple(origins),
    )


# -- ports -------------------------------------------------------------------------------------------------------


def parse_ports(value: t.Any, where: str = "ports") -> Ports:
    """Return ports written as numbers, ``low-high`` ranges or one comma-separated text; none for None and "".

    Raises:
        EndpointError: not a port from 1 to 65535, or a range that runs backwards.
    """
    if value in (None, "", []):
        return ()
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    return united(_port_range(item, where) for item in items)


def _port_range(item: t.Any, where: str) -> tuple[int, int]:
    text = str(item).strip()
    low, dash, high = text.partition("-")
    if isinstance(item, (bool, float)) or not low.isascii() or not low.isdigit() or len(text) > 11:
        raise EndpointError(f"{where}: {quoted(text)} is no port; write a number or low-high")
    if dash and not (high.isascii() and high.isdigit()):
        raise EndpointError(f"{where}: {quoted(text)} is no range of ports; write low-high")
    first, last = int(low), int(high or low)
    if not 1 <= first <= last <= 65535:
        raise EndpointError(f"{where}: {quoted(text)} is not within 1 to 65535, or runs backwards")
    return first, last


def united(ranges: t.Iterable[tuple[int, int]]) -> Ports:
    """Return ranges of ports sorted, with those that overlap or touch made one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def show_ports(ports: Ports) -> list[int | str]:
    """Return ports as plain data: a number each, or ``low-high``."""
    return [low if low == high else f"{low}-{high}" for low, high in ports]


def port_within(port: int, ports: Ports) -> bool:
    """Tell whether `port` lies in one of the ranges."""
    return any(low <= port <= high for low, high in ports)


def ports_include(outer: Ports, inner: Ports) -> bool:
    """Tell whether every port of `inner` is one of `outer`."""
    return all(any(low <= a and b <= high for low, high in outer) for a, b in inner)


# -- fields ------------------------------------------------------------------------------------------------------


def _host(value: t.Any, where: str) -> HostPattern | None:
    if value is None or isinstance(value, HostPattern):
        return value
    if not isinstance(value, str):
        raise EndpointError(f"{where}.host: {quoted(str(value))} is no text")
    try:
        return parse(value)
    except HostError as error:
        raise EndpointError(f"{where}.host: {error}") from error


def _network(value: t.Any, where: str) -> str | None:
    if value is None:
        return None
    import ipaddress  # here, because most lists have no networks

    try:
        return str(ipaddress.ip_network(value if isinstance(value, str) else "", strict=True))
    except ValueError as error:
        raise EndpointError(f"{where}: {quoted(str(value))} is no network ({error})") from error


def _path(value: t.Any, where: str) -> str | None:
    if value is None:
        return None
    text = str(value)
    body = text[:-1] if text.endswith("*") else text
    if not text.startswith("/") or len(text) > 1024:
        raise EndpointError(f"{where}: {quoted(text)} is no path; it begins with / and has at most 1024 characters")
    odd = sorted(set(body) - _PATH_CHARACTERS)
    if odd:
        raise EndpointError(f"{where}: {quoted(text)} contains {odd[0]!a}; no query, escape or inner star fits here")
    if any(segment in (".", "..") for segment in body.split("/")):
        raise EndpointError(f"{where}: {quoted(text)} has a dot segment")
    return text


def _path_covers(path: str | None, request: Request) -> bool:
    if path is None:
        return True
    if request.path is None or request.scheme != "http":
        return False
    if "%" in request.path or "?" in request.path or {".", ".."} & set(request.path.split("/")):
        return False
    return request.path.startswith(path[:-1]) if path.endswith("*") else request.path == path


def _address_within(text: str, network: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(text.strip("[]")) in ipaddress.ip_network(network)
    except ValueError:
        return False


def _treatments(value: t.Any, where: str) -> frozenset[str]:
    if value is None:
        return frozenset({ALLOW})
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset)):
        raise EndpointError(f"{where}: give a list of {', '.join(TREATMENTS)}")
    for item in value:
        if _choice(item, TREATMENTS, where) is None:
            raise EndpointError(f"{where}: an item is empty; give a list of {', '.join(TREATMENTS)}")
    return frozenset(value) | {ALLOW}


def _choice(value: t.Any, choices: t.Sequence[str], where: str) -> str | None:
    if value is None:
        return None
    if value in choices:
        return str(value)
    raise EndpointError(f"{where}: {quoted(str(value))} is none of {', '.join(choices)}")


def _boolean(data: t.Mapping[str, t.Any], key: str, default: bool, where: str) -> bool:
    value = data.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise EndpointError(f"{where}.{key}: {quoted(str(value))} is neither true nor false")
    return value


def _text(data: t.Mapping[str, t.Any], key: str, where: str) -> str | None:
    value = data.get(key)
    if value is None:
        return None
    text = str(value)
    if not text.isprintable() or len(text) > 200:
        raise EndpointError(f"{where}.{key}: {quoted(text)} has control characters or over 200 characters")
    return text


def _origins(value: t.Any, where: str) -> tuple[Origin, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise EndpointError(f"{where}: {quoted(str(value))} is no list of origins")
    return tuple(_origin(item, f"{where}[{number}]") for number, item in enumerate(value))


def _origin(item: t.Any, where: str) -> Origin:
    if isinstance(item, Origin):
        return item
    try:
        lists = {key: tuple(item.get(key, ())) for key in ("repairs", "grounds")}
        return Origin(**{**item, **lists})
    except (TypeError, AttributeError) as error:
        raise EndpointError(f"{where}: {quoted(str(item))} is no origin ({error})") from error
