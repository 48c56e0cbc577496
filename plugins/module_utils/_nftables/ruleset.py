# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The ruleset of one list: as text in our file, as JSON from the kernel, and whether both mean the same.

A ruleset is one table of ours and nothing else. Both forms are read into a `Shape`, in which networks are compared as
sets of addresses, since nft merges neighbours. Whatever is not of our own making in either form is kept word for word,
so that it shows as a difference and is never mistaken for ours.

Sets whose names end in 4 or 6 hold addresses of that family. Those with a timeout are filled while the list is in
force, by dnsmasq and by the rules; what they hold is no part of a shape.
"""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t

KEPT = ("kept4", "kept6")
"""The sets of addresses that were learnt for an earlier list and are let through until their time is over."""

Json = dict[str, t.Any]
Networks = frozenset[t.Any]


class Span(t.NamedTuple):
    """A network with a transport and an inclusive range of ports: one element of a concatenated set."""

    network: str
    transport: str
    low: int
    high: int

    @property
    def text(self) -> str:
        """The element as nft reads it."""
        return f"{self.network} . {self.transport} . {span_text(self.low, self.high)}"


class Shape(t.NamedTuple):
    """What a table does: its sets (type, flags, timeout, elements), and its chains (hook and rules)."""

    sets: t.Mapping[str, tuple[t.Any, ...]]
    chains: t.Mapping[str, tuple[str, ...]]


class RulesetError(ValueError):
    """A text that is no ruleset of ours; the message names the line."""


def table_of(name: str) -> str:
    """Return the name of the table of a list."""
    return f"mdn_{name}"


def span_text(low: int, high: int) -> str:
    """Return a range of ports as nft writes it."""
    return str(low) if low == high else f"{low}-{high}"


def disjoint(spans: t.Iterable[Span]) -> list[Span]:
    """Return the same networks and ports with no two elements that overlap, sorted.

    The kernel refuses an element of a concatenated set that overlaps another, ``auto-merge`` or not (nftables 1.0.6,
    kernel 6.18), so ports are cut where any range begins or ends, and networks collapsed within each piece.
    """
    found: list[Span] = []
    by_transport: dict[tuple[str, int], list[tuple[int, int, t.Any]]] = {}
    for span in spans:
        network = ipaddress.ip_network(span.network)
        by_transport.setdefault((span.transport, network.version), []).append((span.low, span.high, network))
    for (transport, _version), members in by_transport.items():
        for low, high, networks in _pieces(members):
            found.extend(Span(str(network), transport, low, high) for network in networks)
    return sorted(found, key=lambda s: (ipaddress.ip_network(s.network).version, _address_key(s.network), s[1:]))


def _pieces(members: list[tuple[int, int, t.Any]]) -> t.Iterator[tuple[int, int, tuple[t.Any, ...]]]:
    by_range: dict[tuple[int, int], list[t.Any]] = {}
    for low, high, network in members:
        by_range.setdefault((low, high), []).append(network)
    edges = sorted({low for low, _high in by_range} | {high + 1 for _low, high in by_range})
    last: tuple[int, int, tuple[t.Any, ...]] | None = None
    for start, end in zip(edges, edges[1:]):
        within = [n for (low, high), nets in by_range.items() if low <= start and end - 1 <= high for n in nets]
        networks = tuple(ipaddress.collapse_addresses(within))
        if last is not None and networks == last[2] and last[1] + 1 == start:
            last = (last[0], end - 1, networks)
            continue
        if last is not None and last[2]:
            yield last
        last = (start, end - 1, networks)
    if last is not None and last[2]:
        yield last


def _address_key(network: str) -> tuple[int, int]:
    found = ipaddress.ip_network(network)
    return int(found.network_address), found.prefixlen


# -- our own text ------------------------------------------------------------------------------------------------

_SET = re.compile(
    r"\tset ([a-z][a-z0-9_]*[46]) \{\n\t\ttype (ipv[46]_addr(?: \. inet_proto \. inet_service)?)\n"
    r"\t\tflags ([a-z,]+)\n(\t\tauto-merge\n)?(?:\t\ttimeout ([0-9]+)s\n)?"
    r"(?:\t\telements = \{ ([0-9a-f:./\-, \n\ttcpud]+) \}\n)?\t\}\n"
)
_CHAIN = re.compile(r"\tchain ([a-z]+) \{\n((?:\t\t[^\n]+\n)*)\t\}\n")
_PORTS = r"(?:[0-9-]+|\{ [0-9-]+(?:, [0-9-]+)* \})"
_MARK = r"(?: meta mark set [0-9]+)?"
_SAID = (
    r"type filter hook (forward|output) priority -?[0-9]+; policy accept;",
    r"ct state established,related accept",
    r'oifname "lo" accept',
    r"icmpv6 type \{ nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert \} accept",
    r"ip6? daddr @untouched[46] accept",
    r"ip6? saddr @clients[46] goto decide",
    rf"ip6? daddr \. meta l4proto \. th dport @(networks|kept)[46]{_MARK} accept",
    (
        rf"ip6? daddr @[a-z0-9_]+[46] (tcp|udp) dport {_PORTS} ct state new "
        rf"update @[a-z0-9_]+[46] \{{ ip6? daddr timeout [0-9]+s \}}{_MARK} accept"
    ),
    r"reject with icmpx admin-prohibited",
    r"drop",
)
_RULE = re.compile("|".join(f"(?:{said})" for said in _SAID))


def read_text(text: str, table: str) -> Shape:
    """Return what a ruleset of ours says.

    Raises:
        RulesetError: something in it is not of the form that a list for this table has.
    """
    head = f"table inet {table}\ndelete table inet {table}\ntable inet {table} {{\n"
    body = re.sub(r"\A(?:#[^\n]*\n)*", "", text)
    if not body.startswith(head) or not body.endswith("}\n"):
        raise RulesetError(f"it does not replace the table {table} as a whole")
    rest = body[len(head) : -2]
    sets: dict[str, tuple[t.Any, ...]] = {}
    chains: dict[str, tuple[str, ...]] = {}
    while rest:
        found = _SET.match(rest)
        if found:
            name, kind, flags, _merge, timeout, elements = found.groups()
            sets[name] = (kind, _flags(flags.split(",")), int(timeout or 0), _elements_of_text(name, elements))
        else:
            found = _CHAIN.match(rest)
            if not found:
                raise RulesetError(f"{rest.splitlines()[0].strip()!r} is no set or chain of ours")
            rules = tuple(line.strip() for line in found.group(2).splitlines())
            odd = [rule for rule in rules if not _RULE.fullmatch(rule)]
            if odd:
                raise RulesetError(f"{odd[0]!r} is no rule of ours")
            chains[found.group(1)] = rules
        rest = rest[found.end() :]
    return Shape(sets, chains)


def _elements_of_text(name: str, text: str | None) -> frozenset[t.Any]:
    elements = [element.strip() for element in text.split(",")] if text else []
    try:
        if any(" . " in element for element in elements):
            return frozenset(_span(*element.split(" . ")) for element in elements)
        return _addresses(elements)
    except (ValueError, TypeError) as error:
        raise RulesetError(f"the set {name} has an element that is none: {error}") from error


def _span(network: str, transport: str, ports: str) -> Span:
    low, dash, high = ports.partition("-")
    return Span(str(ipaddress.ip_network(network)), transport, int(low), int(high if dash else low))


def _addresses(texts: t.Iterable[str]) -> Networks:
    networks: list[t.Any] = [ipaddress.ip_network(text) for text in texts]
    return frozenset(ipaddress.collapse_addresses(networks))


def _flags(flags: t.Iterable[str]) -> frozenset[str]:
    # "dynamic" is not told by every version of nft.
    return frozenset(flags) - {"dynamic"}


def additions(text: str, listing: t.Iterable[Json]) -> str:
    """Return what has to be added to the table in the kernel so that it can learn for a new ruleset too.

    These are the sets that it lacks and, where it judges already, the rules that look at them. Nothing is taken away,
    so that what passes by the present list still passes.
    """
    present = {kind: {item[kind]["name"] for item in listing if kind in item} for kind in ("set", "chain")}
    table = re.search(r"^table inet (\S+)$", text, re.M)
    new = [m for m in _SET.finditer(text) if m.group(5) and m.group(1) not in present["set"]]
    if table is None or not new:
        return ""
    name = table.group(1)
    lines = [f"table inet {name} {{\n", *(match.group(0) for match in new), "}\n"]
    rules = [rule.strip() for match in _CHAIN.finditer(text) for rule in match.group(2).splitlines()]
    for match in new if "decide" in present["chain"] else ():
        looking = [rule for rule in rules if f"@{match.group(1)} " in rule]
        lines += [f"insert rule inet {name} decide {rule}\n" for rule in looking]
    return "".join(lines)


# -- what the kernel says ----------------------------------------------------------------------------------------


def read_listing(listing: t.Iterable[Json]) -> Shape:
    """Return what ``nft -j list table`` tells of a table."""
    sets: dict[str, tuple[t.Any, ...]] = {}
    chains: dict[str, tuple[str, ...]] = {}
    for item in listing:
        for kind, value in item.items():
            if kind == "set":
                sets[value["name"]] = _listed_set(value)
            elif kind == "chain":
                chains[value["name"]] = _listed_chain(value)
            elif kind == "rule":
                chains[value["chain"]] = (*chains.get(value["chain"], ()), rule_text(value.get("expr", [])))
            elif kind not in ("table", "metainfo"):
                sets[f"{kind} {value.get('name')}"] = (json.dumps(value, sort_keys=True),)
    return Shape(sets, chains)


def _listed_set(value: Json) -> tuple[t.Any, ...]:
    kind = value.get("type")
    flags = _flags(value.get("flags", []))
    elements: frozenset[t.Any] = frozenset()
    if "timeout" not in flags:
        try:
            elements = _listed_elements(value.get("elem", []))
        except (ValueError, TypeError, KeyError, AttributeError):
            elements = frozenset([json.dumps(value.get("elem"), sort_keys=True)])
    shown = " . ".join(kind) if isinstance(kind, list) else str(kind)
    return (shown, flags, int(value.get("timeout", 0)), elements)


def _listed_elements(elements: t.Sequence[t.Any]) -> frozenset[t.Any]:
    if elements and isinstance(elements[0], dict) and "concat" in elements[0]:
        return frozenset(_listed_span(element["concat"]) for element in elements)
    networks: list[t.Any] = []
    for element in elements:
        networks.extend(_listed_networks(element))
    return frozenset(ipaddress.collapse_addresses(networks))


def _listed_networks(element: t.Any) -> list[t.Any]:
    if isinstance(element, dict) and "range" in element:
        first, last = map(ipaddress.ip_address, element["range"])
        return list(ipaddress.summarize_address_range(first, last))
    if isinstance(element, dict):
        return [ipaddress.ip_network(f"{element['prefix']['addr']}/{element['prefix']['len']}")]
    return [ipaddress.ip_network(element)]


def _listed_span(concat: t.Sequence[t.Any]) -> Span:
    (network,) = _listed_networks(concat[0])
    ports = concat[2]
    low, high = ports["range"] if isinstance(ports, dict) else (ports, ports)
    return Span(str(network), str(concat[1]), int(low), int(high))


def learnt(listing: t.Iterable[Json]) -> dict[str, dict[str, int]]:
    """Return the addresses that the sets with a timeout hold, and the seconds that each has left.

    Elements of a concatenated set are given as their text.
    """
    found: dict[str, dict[str, int]] = {}
    for item in listing:
        value = item.get("set")
        if value is None or "timeout" not in value.get("flags", []):
            continue
        members = found.setdefault(value["name"], {})
        for element in value.get("elem", []):
            inner = element.get("elem", {}) if isinstance(element, dict) else {}
            held, left = inner.get("val"), int(inner.get("expires", 0))
            if isinstance(held, dict) and "concat" in held:
                held = _listed_span(held["concat"]).text
            if isinstance(held, str) and left > 0:
                members[held] = left
    return found


def _listed_chain(value: Json) -> tuple[str, ...]:
    if "hook" not in value:
        return ()
    kind, hook = value.get("type"), value["hook"]
    return (f"type {kind} hook {hook} priority {value.get('prio')}; policy {value.get('policy')};",)


def rule_text(expressions: t.Sequence[t.Any]) -> str:
    """Return a rule as our own text writes it; what our rules never say is given as JSON."""
    try:
        return " ".join(map(_statement, expressions))
    except (KeyError, TypeError, AttributeError, ValueError):
        return json.dumps(expressions, sort_keys=True)


def _statement(statement: Json) -> str:
    ((kind, value),) = statement.items()
    if kind == "match":
        if value["op"] not in ("==", "in"):
            raise ValueError(value["op"])
        return f"{_left(value['left'])} {_right(value['right'], _left(value['left']))}"
    if kind in ("accept", "drop") and value is None:
        return str(kind)
    if kind == "goto":
        return f"goto {value['target']}"
    if kind == "reject":
        return f"reject with {value['type']} {value['expr']}"
    if kind == "mangle":
        return f"{_left(value['key'])} set {int(value['value'])}"
    if kind == "set" and value["op"] == "update":
        element = value["elem"]["elem"]
        return f"update {value['set']} {{ {_left(element['val'])} timeout {int(element['timeout'])}s }}"
    raise ValueError(kind)


def _left(value: Json) -> str:
    ((kind, inner),) = value.items()
    if kind == "payload":
        return f"{inner['protocol']} {inner['field']}"
    if kind == "ct":
        return f"ct {inner['key']}"
    if kind == "meta":
        return str(inner["key"]) if inner["key"] == "oifname" else f"meta {inner['key']}"
    if kind == "concat":
        return " . ".join(map(_left, inner))
    raise ValueError(kind)


def _right(value: t.Any, left: str) -> str:
    if isinstance(value, dict) and "set" in value:
        return "{ " + ", ".join(_right(member, left) for member in value["set"]) + " }"
    if isinstance(value, dict) and "range" in value:
        return span_text(*value["range"])
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        raise TypeError("neither a set nor a range")
    return f'"{value}"' if left == "oifname" else str(value)
