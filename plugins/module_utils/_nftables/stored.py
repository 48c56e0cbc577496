# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One list as it stands on a firewall: the ruleset's file and, where names are followed, dnsmasq's fragment.

The digest is computed from the bytes. It covers the content, ``{"ruleset": text, "fragment": text or None}``, in which
the fragment has a mark in place of its own digest and generation.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables import fragment as fragments
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import (
    RulesetError,
    Shape,
    Span,
    span_text,
    table_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import (
    read_text as read_ruleset,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

_GROUP_RULE = re.compile(r"ip daddr @([a-z0-9_]+)_4 (tcp|udp) dport (\S+|\{ [^}]+ \}) ct state new ")

Groups = dict[str, list[tuple[str, int, int]]]


class Layout(t.NamedTuple):
    """Where the files of one list stand; `conf_dir` is dnsmasq's."""

    name: str
    rules_dir: str
    conf_dir: str
    backup_dir: str

    @property
    def ruleset(self) -> str:
        """The file that nft loads, now and when the host starts."""
        return os.path.join(self.rules_dir, f"allowlist-{self.name}.nft")

    @property
    def fragment(self) -> str:
        """The file that dnsmasq reads."""
        return os.path.join(self.conf_dir, f"allowlist-{self.name}.conf")

    @property
    def provenance(self) -> str:
        """Which services ask for each entry; out of the way of what includes whole directories."""
        return os.path.join(self.backup_dir, self.name, ".provenance")

    @property
    def table(self) -> str:
        """The list's table in the kernel."""
        return table_of(self.name)


class Stored(t.NamedTuple):
    """What stands there, all None where nothing does; `ruleset` and `fragment` are bytes as text (latin-1)."""

    ruleset: str | None = None
    fragment: str | None = None
    digest: str | None = None
    content: dict[str, t.Any] | None = None
    provenance: dict[str, t.Any] | None = None

    @property
    def announced(self) -> fragments.State | None:
        """What a dnsmasq says that has read the stored fragment."""
        return fragments.announced(self.fragment)

    @property
    def generation(self) -> str | None:
        """The number of the stored fragment; None where there is none, or others changed it."""
        return self.announced[1] if self.announced else None


def read_stored(layout: Layout) -> Stored:
    """Return the list that is stored.

    Raises:
        OSError: a file exists and cannot be read.
    """
    ruleset, fragment = _read(layout.ruleset), _read(layout.fragment)
    if ruleset is None and fragment is None:
        return Stored()
    marked = None if fragment is None else fragments.with_mark(fragment)
    content = {"ruleset": ruleset or "", "fragment": marked}
    return Stored(ruleset, fragment, content_digest(content), content, _provenance(layout.provenance))


def _read(path: str) -> str | None:
    try:
        return read_text(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _provenance(path: str) -> dict[str, t.Any]:
    """Return the stored provenance; what is damaged counts as absent, since nothing but the report rests on it."""
    try:
        return checked_provenance(json.loads(read_text(path)))
    except (OSError, ValueError, RecursionError):
        return {}


def checked_provenance(found: t.Any) -> dict[str, t.Any]:
    """Return a stored provenance without whatever in it is not of its form."""
    entries = found.get("entries") if isinstance(found, dict) else None
    kept = entries.items() if isinstance(entries, dict) else ()
    return {"entries": {entry: told for entry, told in kept if _is_pair(told)}}


def _is_pair(told: t.Any) -> bool:
    return isinstance(told, list) and len(told) == 2 and all(isinstance(text, str) for text in told)


def checked_content(content: t.Any, name: str) -> dict[str, t.Any]:
    """Return `content` if it is a ruleset and a fragment of the list `name`, and holds nothing else.

    Raises:
        ApplianceError: it does; nothing of it is written or loaded then.
    """
    if (
        not isinstance(content, dict)
        or set(content) != {"ruleset", "fragment"}
        or not isinstance(content["ruleset"], str)
    ):
        raise ApplianceError("The list is not of the form {ruleset: text, fragment: text or null}.")
    try:
        read_ruleset(content["ruleset"], table_of(name))
        if content["fragment"] is not None:
            fragments.check(str(content["fragment"]), name, table_of(name))
    except (RulesetError, fragments.FragmentError) as error:
        raise ApplianceError(f"The list is none of this firewall's: {error}.") from error
    return t.cast(dict[str, t.Any], content)


def shape_of(layout: Layout, ruleset: str | None) -> Shape | None:
    """Return what a stored ruleset says; None where there is none, or others changed it beyond our forms."""
    try:
        return None if ruleset is None else read_ruleset(ruleset, layout.table)
    except RulesetError:
        return None


# -- for people --------------------------------------------------------------------------------------------------


def frame(content: t.Mapping[str, t.Any] | None) -> str:
    """Return the rules without the networks that they are about, and how dnsmasq is told to filter."""
    ruleset = (content or {}).get("ruleset", "")
    return re.sub(r"(\tset networks[46] \{\n(?:\t\t[a-z][^\n]*\n)*?)\t\telements = \{[^}]*\}\n", r"\1", ruleset)


def groups_of(ruleset: str) -> Groups:
    """Return transport and ports of each group of names, as the rules have them."""
    found: Groups = {}
    for group, transport, ports in _GROUP_RULE.findall(ruleset):
        for span in re.findall(r"\d+(?:-\d+)?", ports):
            low, dash, high = span.partition("-")
            found.setdefault(group, []).append((transport, int(low), int(high if dash else low)))
    return found


def title_of(spans: t.Iterable[tuple[str, int, int]]) -> str:
    """Return ports as people read them: ``tcp/80,443 udp/3478``."""
    by_transport: dict[str, list[str]] = {}
    for transport, low, high in sorted(set(spans)):
        by_transport.setdefault(transport, []).append(span_text(low, high))
    return " ".join(f"{transport}/{','.join(ports)}" for transport, ports in sorted(by_transport.items()))


def lines_of(content: t.Mapping[str, t.Any], provenance: t.Mapping[str, t.Any], layout: Layout) -> list[Line]:
    """Return the list's entries as people read them, with what a `provenance` knows of each."""
    told = provenance.get("entries", {})
    groups = groups_of(content["ruleset"])
    lines = []
    for domain, group in sorted(fragments.groups_by_domain(content["fragment"]).items()):
        title = title_of(groups.get(group, ()))
        service, subject = told.get(domain, ("", ""))
        lines.append(Line(f"{subject or f'{domain} and below'}  {title}", service))
    by_network: dict[str, list[tuple[str, int, int]]] = {}
    shape = shape_of(layout, content["ruleset"])
    for family in "46":
        members = shape.sets.get(f"networks{family}", ("", "", 0, ()))[3] if shape else ()
        for span in members:
            if isinstance(span, Span):
                by_network.setdefault(span.network, []).append(span[1:])
    for network in sorted(by_network, key=lambda text: (":" in text, int(ipaddress.ip_network(text).network_address))):
        service, _subject = told.get(network, ("", ""))
        lines.append(Line(f"{network}  {title_of(by_network[network])}", service))
    return lines
