# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Squid decides by the entries of an allow-list: the reference that the real program is measured against.

Pure functions, no input or output. The facts about Squid are told in `squid`.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from functools import lru_cache

from ansible_collections.managed_desktop.network.plugins.module_utils._squid.followed import PROGRAM
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.helper import GROUPS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Ports,
    Request,
    port_within,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import normalise_name


@dataclass(frozen=True)
class _Rule:
    """One allow rule as Squid keeps it in memory."""

    ports: Ports
    treatments: frozenset[str]
    names: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()
    globs: tuple[re.Pattern[str], ...] = ()
    urls: tuple[re.Pattern[str], ...] = ()
    paths: frozenset[str] = frozenset()
    prefixes: tuple[re.Pattern[str], ...] = ()
    networks: tuple[t.Any, ...] = ()


@dataclass(frozen=True)
class Rules:
    """The running form of an artefact's content, read from its native entries."""

    rules: tuple[_Rule, ...]


def load(content: t.Mapping[str, t.Any]) -> Rules:
    """Read native content as Squid reads it when it starts."""
    snippet = content["snippet"]
    prefix = t.cast(re.Match[str], re.search(r"^acl (mdn_\w+)_state ", snippet, re.M)).group(1)
    ports = dict(re.findall(rf"^acl {prefix}_(p[0-9a-z_]+)_ports port (.+)$", snippet, re.M))
    for line in content["files"].get(GROUPS, "").splitlines():
        group, listed = line.split(" ")[:2]
        ports[group] = listed.partition("/")[2].replace(",", " ")
    by_group: dict[str, dict[str, list[str]]] = {}
    for file, text in content["files"].items():
        if file in (GROUPS, PROGRAM):
            continue
        group, kind = file.split("-", 1)
        by_group.setdefault(group, {}).setdefault(kind.rstrip("0123456789"), []).extend(text.splitlines())
    rules = []
    for group, kinds in sorted(by_group.items()):
        marks = group.rpartition("_")[2] if group.endswith(("_a", "_i", "_ai")) else ""
        treatments = {"allow"}
        treatments.update([BYPASS_AUTHENTICATION] if "a" in marks else [])
        treatments.update([BYPASS_INSPECTION] if "i" in marks else [])
        rules.append(_rule(ports[group], frozenset(treatments), kinds))
    return Rules(tuple(rules))


def _rule(ports: str, treatments: frozenset[str], kinds: t.Mapping[str, list[str]]) -> _Rule:
    import ipaddress

    names = kinds.get("names", [])
    spans = tuple(_span(port) for port in ports.split())
    return _Rule(
        ports=spans,
        treatments=treatments,
        names=frozenset(name for name in names if not name.startswith(".")),
        domains=frozenset(name[1:] for name in names if name.startswith(".")),
        below=frozenset(name[1:] for name in kinds.get("below", [])) & frozenset(kinds.get("apexes", [])),
        globs=tuple(re.compile(entry, re.I) for entry in kinds.get("globs", [])),
        urls=tuple(re.compile(entry) for entry in kinds.get("urls", [])),
        paths=frozenset(kinds.get("paths", [])),
        prefixes=tuple(re.compile(entry) for entry in kinds.get("prefix-urls", [])),
        networks=tuple(ipaddress.ip_network(network) for network in kinds.get("networks", [])),
    )


def _span(port: str) -> tuple[int, int]:
    low, dash, high = port.partition("-")
    return int(low), int(high if dash else low)


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return the treatments that Squid grants by our rules, before the site's own rules have a say."""
    name = normalise_name(request.host)
    granted: set[str] = set()
    for rule in rules.rules:
        if port_within(request.port, rule.ports) and (_host_granted(rule, name) or _url_granted(rule, name, request)):
            granted |= rule.treatments
    return frozenset(granted)


def _host_granted(rule: _Rule, name: str) -> bool:
    if name in rule.names or name in rule.domains:
        return True
    for parent in _parents(name):
        if parent in rule.domains or parent in rule.below:
            return True
    if any(glob.search(name) for glob in rule.globs):
        return True
    return bool(rule.networks) and _in_networks(name, rule.networks)


def _url_granted(rule: _Rule, name: str, request: Request) -> bool:
    if request.path is None or request.method == "CONNECT" or not (rule.urls or rule.prefixes):
        return False
    from urllib.parse import unquote

    port = "" if request.port == 80 else f":{request.port}"
    url = f"{request.scheme}://{name}{port}{unquote(request.path, errors='replace')}"
    if request.path in rule.paths and any(entry.search(url) for entry in rule.urls):
        return True
    return not re.search(r"/\.\.?(/|$)", url) and any(entry.search(url) for entry in rule.prefixes)


def _in_networks(name: str, networks: t.Sequence[t.Any]) -> bool:
    import ipaddress

    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return any(address in network for network in networks)


@lru_cache(maxsize=4096)
def _parents(name: str) -> tuple[str, ...]:
    labels = name.split(".")
    return tuple(".".join(labels[start:]) for start in range(1, len(labels)))
