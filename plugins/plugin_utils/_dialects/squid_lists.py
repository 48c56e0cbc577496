# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list files of a Squid allow-list: which endpoints share ACLs, and how each is written.

Pure functions, no input or output. The facts about Squid are told in `squid`.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Endpoint,
    Ports,
    ports_include,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    GLOB,
    LITERAL,
    SUFFIX,
    HostPattern,
    covers,
    minimise,
    reversed_labels,
)

_PER_REGEX_ACL: t.Final = 90
_LABEL: t.Final = "[a-z0-9_-]"


@dataclass(frozen=True)
class Group:
    """Endpoints with the same ports and treatments: one set of ACLs."""

    ports: Ports
    treatments: frozenset[str]

    @property
    def id(self) -> str:
        """A name for ACLs and files that tells ports and treatments, and stays when other groups come and go."""
        written = "_".join(str(port) for port in show_ports(self.ports)).replace("-", "to")
        if len(written) > 20:
            written = "x" + hashlib.sha256(written.encode()).hexdigest()[:8]
        marks = ("a" if BYPASS_AUTHENTICATION in self.treatments else "") + (
            "i" if BYPASS_INSPECTION in self.treatments else ""
        )
        return f"p{written}{'_' + marks if marks else ''}"

    @property
    def title(self) -> str:
        """Ports and treatments as people read them."""
        extra = sorted(self.treatments - {"allow"})
        return f"tcp/{','.join(map(str, show_ports(self.ports)))}" + "".join(f" {treatment}" for treatment in extra)


class Row(t.NamedTuple):
    """One entry, and the endpoints that it stands for."""

    entry: str
    subjects: tuple[str, ...]


class ListFile(t.NamedTuple):
    """One list file: its name is the group and the kind of its entries."""

    name: str
    rows: list[Row]

    @property
    def text(self) -> str:
        """The file's content."""
        return "".join(f"{row.entry}\n" for row in self.rows)


def groups_of(endpoints: t.Iterable[Endpoint]) -> dict[Group, list[Endpoint]]:
    """Return the endpoints by what they share a set of ACLs for."""
    groups: dict[tuple[Ports, frozenset[str]], list[Endpoint]] = {}
    for endpoint in endpoints:
        groups.setdefault((endpoint.tcp_ports, endpoint.treatments), []).append(endpoint)
    return {Group(*key): members for key, members in groups.items()}


def lists_of(groups: dict[Group, list[Endpoint]], covered_by: dict[str, str]) -> list[ListFile]:
    """Return the list files, without empty ones; `covered_by` is filled with every endpoint that needs no entry."""
    files: list[ListFile] = []
    hosts = {
        group: [e.host for e in members if e.host is not None and e.path is None] for group, members in groups.items()
    }
    for group in sorted(groups, key=lambda g: g.id):
        wider = [
            host
            for other, others in hosts.items()
            if other != group and other.treatments == group.treatments and ports_include(other.ports, group.ports)
            for host in others
        ]
        covered: dict[HostPattern, HostPattern] = {}
        kept = minimise([*hosts[group], *wider], covered)
        own = set(hosts[group]) - set(wider)
        names = sorted((host for host in kept if host in own), key=reversed_labels)
        covered_by.update({dropped.text: by.text for dropped, by in covered.items()})
        files.extend(_name_lists(group, names))
        paths = [e for e in groups[group] if e.path is not None]
        files.extend(_path_lists(group, paths, kept, covered_by))
        networks = sorted({e.network for e in groups[group] if e.network is not None})
        files.append(ListFile(f"{group.id}-networks", [Row(network, (network,)) for network in networks]))
    return [file for file in files if file.rows]


def _name_lists(group: Group, names: t.Sequence[HostPattern]) -> t.Iterator[ListFile]:
    literals = {name.text for name in names if name.kind == LITERAL}
    domains = {name.tail for name in names if name.kind == SUFFIX}
    exact: list[Row] = []
    below: list[Row] = []
    for name in names:
        if name.kind == LITERAL and name.text not in domains:
            exact.append(Row(name.text, (name.text,)))
        elif name.kind == SUFFIX and name.tail in literals:
            exact.append(Row(f".{name.tail}", (name.text, name.tail)))
        elif name.kind == SUFFIX:
            below.append(Row(f".{name.tail}", (name.text,)))
    yield ListFile(f"{group.id}-names", exact)
    yield ListFile(f"{group.id}-below", below)
    yield ListFile(f"{group.id}-apexes", [Row(row.entry[1:], row.subjects) for row in below])
    globs = [Row(f"^{_host_regex(name)}$", (name.text,)) for name in names if name.kind == GLOB]
    yield from _chunked(f"{group.id}-globs", globs)


def _path_lists(
    group: Group, paths: t.Sequence[Endpoint], kept: t.Sequence[HostPattern], covered_by: dict[str, str]
) -> t.Iterator[ListFile]:
    exact_paths: set[str] = set()
    whole: list[Row] = []
    prefixes: list[Row] = []
    for endpoint in sorted(paths, key=lambda e: (reversed_labels(t.cast(HostPattern, e.host)), e.path)):
        host, path = t.cast(HostPattern, endpoint.host), t.cast(str, endpoint.path)
        coverer = next((k for k in kept if covers(k, host)), None)
        if coverer is not None:
            covered_by[endpoint.subject] = coverer.text
            continue
        start = f"^http://{_host_regex(host)}(:[0-9]+)?"
        if path.endswith("*"):
            prefixes.append(Row(f"{start}{_path_regex(path[:-1])}[^?]*$", (endpoint.subject,)))
        else:
            whole.append(Row(f"{start}{_path_regex(path)}$", (endpoint.subject,)))
            exact_paths.add(path)
    yield ListFile(f"{group.id}-paths", [Row(path, (path,)) for path in sorted(exact_paths)])
    yield from _chunked(f"{group.id}-urls", whole)
    yield from _chunked(f"{group.id}-prefix-urls", prefixes)


def _chunked(stem: str, rows: list[Row]) -> t.Iterator[ListFile]:
    for number, start in enumerate(range(0, len(rows), _PER_REGEX_ACL), 1):
        yield ListFile(f"{stem}{number}", rows[start : start + _PER_REGEX_ACL])


def _host_regex(host: HostPattern) -> str:
    lead = rf"({_LABEL}+\.){{{host.free},}}" if host.free else ""
    labels = []
    for label in reversed(host.fixed):
        labels.append(f"{_LABEL}+" if label == "*" else f"{_LABEL}*".join(label.split("*")))
    return lead + r"\.".join(labels)


def _path_regex(path: str) -> str:
    """Escape a path for POSIX extended syntax; its characters were checked when the endpoint was made."""
    return re.sub(r"([.$()+*?\[\]{}|^\\])", r"\\\1", path)
