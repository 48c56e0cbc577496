# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions at the borders of a list: the requests most likely to be answered wrongly.

Pure and seeded: the same list and seed give the same questions, whatever control they are put to.
"""

from __future__ import annotations

import ipaddress
import random
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Request
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    MAX_LABEL,
    MAX_NAME,
    HostError,
    HostPattern,
    parse,
)

_FREE = ("x", "x.y", "x.y.z")
_INSIDE = ("", "x", "x-y", "9")
_LABELS = ("a", "b", "cdn", "files", "x-y", "m_s", "pay", "a1")
_TOPS = ("example", "test", "aa.example", "corp.test")
_PATHS = ("/", "/ncsi.txt", "/other", "/NCSI.TXT", "/ncsi.txt/", "/ncsi.txt?x=1", "/a/../ncsi.txt", "/n%63si.txt")
PORTS = (80, 443, 8080, 8443)


def random_endpoints(rng: random.Random, most: int = 200) -> list[Endpoint]:
    """Return up to `most` endpoints over few labels, so that they overlap in every way."""
    endpoints: dict[t.Any, Endpoint] = {}
    for _draw in range(rng.randint(1, most)):
        try:
            endpoint = Endpoint.from_dict(_random_fields(rng))
        except ValueError:
            continue  # a draw that is no pattern, such as a name over its length
        endpoints[(endpoint.subject, endpoint.tcp_ports)] = endpoint
    return list(endpoints.values())


def _random_fields(rng: random.Random) -> dict[str, t.Any]:
    if rng.random() < 0.03:
        return {"network": f"198.{rng.choice((18, 19))}.{rng.randint(0, 255)}.0/24"}
    labels = [rng.choice(_LABELS) for dummy in range(rng.randint(0, 3))]
    kind = rng.random()
    if kind < 0.45:
        labels = labels or ["a"]
    elif kind < 0.75:
        labels.insert(0, "*")
    elif kind < 0.82:
        labels[:0] = ["*", "*"]
    elif kind < 0.92:
        word = rng.choice(_LABELS)
        labels.insert(0, rng.choice((f"*{word}", f"{word}*", f"*-{word}", f"{word}*1", f"*{word}*")))
    else:
        labels = [rng.choice(_LABELS), "*", *labels]
    fields: dict[str, t.Any] = {"host": ".".join([*labels, rng.choice(_TOPS)])}
    if rng.random() < 0.08:
        fields["path"] = rng.choice(("/ncsi.txt", "/a/b-c_d.e", "/dist/*", "/(x)+$"))
    elif rng.random() < 0.3:
        fields["tcp_ports"] = rng.choice(([443], [80], [8080], [443, 8443], ["8000-8100"]))
    return fields


def border_names(pattern: HostPattern) -> set[str]:
    """Return names on both sides of every border of the pattern."""
    inside = {_filled(pattern, free, word) for free in _FREE for word in _INSIDE}
    names = set(inside)
    for name in sorted(inside)[:6]:
        first, _dot, rest = name.partition(".")
        names |= {rest, f"child.{name}", f"grand.child.{name}", f"sibling.{rest}"}
        names |= {f"evil{name}", f"evil-{name}", f"{name}.evil.test", f"{name}x", name[1:], f"{first}x.{rest}"}
        names |= {name[:place] + "x" + name[place + 1 :] for place in range(len(name)) if name[place] == "."}
    tail = pattern.tail
    names |= {tail, f"x{tail}", f"x.{tail}", f"x.y.{tail}", f"x.y.z.{tail}"}
    return {name for name in names if _is_name(name)}


def _filled(pattern: HostPattern, free: str, word: str) -> str:
    labels = [label if label != "*" else (word or "w") for label in reversed(pattern.fixed)]
    labels = [label.replace("*", word) for label in labels]
    lead = [free] + ["f"] * (pattern.free - 1) if pattern.free else []
    return ".".join([*lead, *labels])


def _is_name(name: str) -> bool:
    if len(name) > MAX_NAME or any(len(label) > MAX_LABEL for label in name.split(".")):
        return False
    try:
        return "*" not in parse(name).text
    except HostError:
        return False


def requests(endpoints: t.Sequence[Endpoint], rng: random.Random, most: int) -> list[Request]:
    """Return at most `most` requests at the borders of the endpoints, in random order."""
    asked: set[Request] = set()
    for endpoint in endpoints:
        if endpoint.host is None:
            asked |= _address_requests(str(endpoint.network))
            continue
        names = sorted(border_names(endpoint.host))
        for name in names if endpoint.path is None else rng.sample(names, min(6, len(names))):
            asked |= _name_requests(name, endpoint, rng)
    asked |= {_get(address, 80) for address in ("198.18.0.1", "198.18.99.7")}
    asked |= {_connect(address, 443) for address in ("198.18.0.1", "198.18.99.7", "[2001:db8::1]")}
    ordered = sorted(asked, key=repr)
    rng.shuffle(ordered)
    return ordered[:most]


def _name_requests(name: str, endpoint: Endpoint, rng: random.Random) -> set[Request]:
    written = rng.choice((name, name, name.upper(), f"{name}."))
    asked = {_connect(written, 443), _get(name, 80)}
    asked.add(_get(written, rng.choice(PORTS), rng.choice(_PATHS)))
    asked.add(_connect(name, rng.choice(PORTS)))
    if endpoint.path is not None:
        own = endpoint.path.rstrip("*")
        for path in (own, f"{own}x", f"/x{own}", own.upper(), f"{own}?q", f"/.{own}", f"/..{own}", f"/x/..{own}"):
            asked.add(_get(written, 80, path))
        asked |= {_get(name, 80, f"{own[:-1]}%{ord(own[-1]):02x}"), _get(name, 8080, own)}
        asked |= {_get(name, 80, f"{own}%00"), _get(name, 80, f"{own}..%2fx"), _get(name, 80, f"{own}y/./z")}
    return asked


def _address_requests(network: str) -> set[Request]:
    parsed = ipaddress.ip_network(network)
    first, last = int(parsed.network_address), int(parsed.broadcast_address)
    make = type(parsed.network_address)
    inside = {make(min(first + 1, last)), make(last)}
    outside = {make(number) for number in (first - 1, last + 1) if 0 < number < 2**parsed.max_prefixlen - 1}
    written = [f"[{address}]" if address.version == 6 else str(address) for address in inside | outside]
    return {request for address in written for request in (_get(address, 80), _connect(address, 443))}


def _get(host: str, port: int, path: str = "/") -> Request:
    return Request("GET", "http", host, port, path)


def _connect(host: str, port: int) -> Request:
    return Request("CONNECT", None, host, port)
