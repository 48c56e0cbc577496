# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the script of a proxy auto-configuration file decides: the reference that real engines are measured against.

Pure functions, no input or output.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    Ports,
    Request,
    port_within,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import MAX_NAME, normalise_name

_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_SECTION = re.compile(r"^var ([A-Z]+) = \[\n(.*?)\n?\];$", re.M | re.S)
_DOTS_OR_ESCAPES = re.compile(r"[?%]|/\.\.?(/|$)")


@dataclass(frozen=True)
class _Group:
    rank: int
    ports: Ports


@dataclass(frozen=True)
class Rules:
    """The script as an engine holds it: by key, the entries of each section, and `treatments` by rank."""

    targets: tuple[str, ...]
    groups: tuple[_Group, ...]
    names: dict[str, list[int]] = field(default_factory=dict)
    below: dict[str, list[int]] = field(default_factory=dict)
    globs: dict[str, list[tuple[re.Pattern[str], int]]] = field(default_factory=dict)
    paths: dict[str, list[tuple[re.Pattern[str], str, int]]] = field(default_factory=dict)
    networks: list[tuple[t.Any, int]] = field(default_factory=list)
    treatments: tuple[str, ...] = (ALLOW,)


def load(content: t.Mapping[str, t.Any]) -> Rules:
    """Read a script as an engine reads it, and what it says of its targets."""
    import ipaddress

    body = content["body"]
    sections = dict(_SECTION.findall(body))
    targets = tuple(json.loads(re.findall(r"^var TARGETS = (.*);$", body, re.M)[0]))
    groups = [json.loads(line) for line in sections["GROUPS"].split(",\n") if line]
    rules = Rules(
        targets,
        tuple(_Group(rank, tuple((low, high) for low, high in spans)) for rank, *spans in groups),
        treatments=tuple(re.findall(r"^// The targets are for: (.*)$", body, re.M)[0].split(", ")),
    )
    for key, group in _entries(sections["NAMES"]):
        rules.names.setdefault(json.loads(key), []).append(group)
    for key, group in _entries(sections["BELOW"]):
        rules.below.setdefault(json.loads(key)[1:], []).append(group)
    for key, group in _entries(sections["GLOBS"]):
        tail, _comma, expression = key.partition(",")
        rules.globs.setdefault(json.loads(tail), []).append((_compiled(expression), group))
    for key, group in _entries(sections["PATHS"]):
        tail, _comma, rest = key.partition(",")
        expression, _slash, path = rest.rpartition('/,"')
        rules.paths.setdefault(json.loads(tail), []).append((_compiled(f"{expression}/"), path[:-1], group))
    for key, group in _entries(sections["NETWORKS"]):
        rules.networks.append((ipaddress.ip_network(json.loads(key)), group))
    return rules


def _entries(section: str) -> t.Iterator[tuple[str, int]]:
    for line in section.split(",\n") if section else ():
        key, _comma, group = line[1:-1].rpartition(",")
        yield key, int(group)


def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression[2:-2])


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return the treatments of the target that a request is sent to; none where it goes where everything else does."""
    ranks = [
        group.rank
        for group in (rules.groups[number] for number in _covering(rules, request))
        if request.transport == "tcp" and port_within(request.port, group.ports)
    ]
    return frozenset({ALLOW, rules.treatments[min(ranks)]}) if ranks else frozenset()


def _covering(rules: Rules, request: Request) -> t.Iterator[int]:
    name = normalise_name(request.host)
    address = _address(name)
    if address is not None:
        yield from (group for network, group in rules.networks if address in network)
        return
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        return
    yield from rules.names.get(name, ())
    labels = name.split(".")
    for place in range(len(labels)):
        end = ".".join(labels[place:])
        if place:
            yield from rules.below.get(end, ())
        yield from (group for expression, group in rules.globs.get(end, ()) if expression.fullmatch(name))
        if request.scheme == "http" and request.path is not None:
            for expression, path, group in rules.paths.get(end, ()):
                if expression.fullmatch(name) and _on_path(path, request.path):
                    yield group


def _on_path(wanted: str, path: str) -> bool:
    if not wanted.endswith("*"):
        return path == wanted
    return path.startswith(wanted[:-1]) and not _DOTS_OR_ESCAPES.search(path)


def _address(name: str) -> t.Any:
    import ipaddress

    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None
