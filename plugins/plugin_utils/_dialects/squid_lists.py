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

from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import (
    PortGroup,
    groups_of,
    host_regex,
    minimised,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Endpoint,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    GLOB,
    LITERAL,
    SUFFIX,
    HostPattern,
)

_PER_REGEX_ACL: t.Final = 90


@dataclass(frozen=True)
class Group(PortGroup):
    """Endpoints with the same ports and treatments: one set of ACLs."""

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


def lists_of(endpoints: t.Iterable[Endpoint], covered_by: dict[str, str]) -> tuple[list[Group], list[ListFile]]:
    """Return the groups, and the list files without empty ones; `covered_by` is filled with what needs no entry."""
    found = {
        Group(group.ports, group.treatments): members
        for group, members in minimised(groups_of(endpoints), covered_by).items()
    }
    files: list[ListFile] = []
    for group in sorted(found, key=lambda g: g.id):
        members = found[group]
        files.extend(_name_lists(group, members.names))
        files.extend(_path_lists(group, members.paths))
        files.append(ListFile(f"{group.id}-networks", [Row(network, (network,)) for network in members.networks]))
    return list(found), [file for file in files if file.rows]


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
    globs = [Row(f"^{host_regex(name)}$", (name.text,)) for name in names if name.kind == GLOB]
    yield from _chunked(f"{group.id}-globs", globs)


def _path_lists(group: Group, paths: t.Sequence[Endpoint]) -> t.Iterator[ListFile]:
    exact_paths: set[str] = set()
    whole: list[Row] = []
    prefixes: list[Row] = []
    for endpoint in paths:
        host, path = t.cast(HostPattern, endpoint.host), t.cast(str, endpoint.path)
        start = f"^http://{host_regex(host)}(:[0-9]+)?"
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


def _path_regex(path: str) -> str:
    """Escape a path for POSIX extended syntax; its characters were checked when the endpoint was made."""
    return re.sub(r"([.$()+*?\[\]{}|^\\])", r"\\\1", path)
