# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Squid writes and decides an allow-list.

What is said of matching was observed on Squid 5.7 (Debian 12) by the conformance test of this collection; for other
versions from 4 on the same is assumed, and the module says so in its result. The facts the compiler rests on:

- ``dstdomain .x`` matches x and all names below it, whatever the case and with a trailing dot on the request; an
  entry ``*.x`` or ``x.`` matches nothing and is not refused.
- ``-n`` keeps Squid from looking up the name of an address, which the address's owner could choose.
- An entry and its parent in one list are fatal or a warning, depending on their order.
- ``url_regex`` sees the path with percent-escapes resolved. ``%>rp`` is the path as the client sent it; a
  transaction annotated with it can be compared, word for word, by a ``note`` ACL.
- A regular-expression ACL of more than 100 expressions is warned about.
- An ``external`` ACL whose helper is not there does not match. With ``cache=0`` and no times to live each request is
  asked about. ``#`` in a format escapes the percent sign too, so that the helper can tell what was sent. A helper that
  is not wanted at start (``children-startup=0``) is started at the first question, and Squid survives whatever
  becomes of it.

Pure functions, no input or output.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils._squid import followed, helper
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    SAME_OWNER,
    Artefact,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import services_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import (
    PRIVATE_CLIENTS,
    OptionError,
    checked_choice,
    checked_clients,
    list_name,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.squid_lists import (
    Group,
    Row,
    lists_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.squid_rules import Rules, decide, load
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Endpoint,
    merge,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import COVERED_BY_NAME, for_names

__all__ = ["PLATFORM", "OptionError", "Options", "Rules", "compile", "decide", "load", "state_host", "without_tls"]

PLATFORM: t.Final = "squid"
_ESCAPES_RESOLVED: t.Final = (
    "Squid resolves percent-escapes before it compares a path prefix, so escaped spellings are admitted too"
)
_CHOICES: t.Final = (
    ("activation", ("reconfigure", "helper")),
    ("access_rules", ("managed", "none")),
    ("protocol_detection", ("unmanaged", "disabled")),
)
_ASKING: t.Final = (
    "ttl=0 negative_ttl=0 grace=0 cache=0 concurrency=1000 children-max=1 children-startup=0 children-idle=1 "
    "queue-size=10000 %METHOD %>rs %#>rd %>rP %DATA %#>rp"
)
_PROGRAM_AND_LIST: t.Final = f'"@DIRECTORY@/{followed.PROGRAM}" "@DIRECTORY@/{followed.LIST}"'
_CLIENTS_PER_LINE: t.Final = 100  # Squid 5.7 cuts lines off after 8191 octets
_NEEDS_TLS: t.Final = ("ssl_bump ", "on_unsupported_protocol ")


@dataclass(frozen=True)
class Options:
    """What the site decides about the list.

    `clients` are the networks that may use it. `activation` is ``reconfigure`` (the list is part of the configuration)
    or ``helper`` (a helper follows it). `access_rules` is ``managed`` (we write allow rules) or ``none`` (ACLs
    only). `authentication_acl` names the site's ACL that asks for a login. `protocol_detection` is ``unmanaged`` or
    ``disabled``. `tls` says whether the Squid can be told to splice.
    """

    name: str
    clients: tuple[str, ...] = PRIVATE_CLIENTS
    activation: str = "reconfigure"
    access_rules: str = "managed"
    authentication_acl: str | None = None
    protocol_detection: str = "unmanaged"
    tls: bool = True

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Options:
        """Return checked options; None and absent keys take the default.

        Raises:
            OptionError: a value would not be what it claims once it is written into a configuration.
        """
        given = {field.name: data[field.name] for field in dataclasses.fields(cls) if data.get(field.name) is not None}
        given["name"] = list_name(given.get("name"))
        acl = given.get("authentication_acl")
        if acl is not None and not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", acl):
            raise OptionError(f"authentication_acl: {quoted(acl)} is no name of an ACL")
        for key, choices in _CHOICES:
            if key in given:
                checked_choice(key, given[key], choices)
        if "clients" in given:
            given["clients"] = checked_clients(given["clients"])
        return cls(**given)


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact that makes Squid grant what the endpoints say.

    The content is ``{"snippet": text, "files": {name: text}}``; the snippet holds ``@DIRECTORY@``, ``@DIGEST@`` and
    ``@GENERATION@`` where the device fills in its own. Where a helper follows the list, the snippet is the same for
    all lists; `files` has the helper and the ports and treatments of each group, and the snippet holds ``@PYTHON@``.
    """
    merged, by_name = for_names(merge(endpoints))
    usable = [endpoint for endpoint in merged if endpoint.tcp_ports]
    covered_by: dict[str, str] = {endpoint.subject: COVERED_BY_NAME for endpoint in by_name}
    groups, lists = lists_of(usable, covered_by)
    files = {file.name: file.text for file in lists}
    services = _service_table(usable, covered_by)
    provenance = {
        "services": services.texts,
        "files": {file.name: [services.index(row) for row in file.rows] for file in lists},
        "shown": {file.name: [row.subjects for row in file.rows] for file in lists if _is_regex(file.name)},
        "groups": {group.id: group.title for group in groups},
    }
    # Squid asks for a login at the first rule that wants one, so what needs none comes before all that does.
    in_order = sorted(groups, key=lambda g: (BYPASS_AUTHENTICATION not in g.treatments, g.id))
    if options.activation == "helper":
        titles = {group.id: group.title for group in groups}
        files[helper.GROUPS] = "".join(f"{group} {title}\n" for group, title in sorted(titles.items()))
        files[followed.PROGRAM] = _program()
        snippet = _followed_snippet(options)
    else:
        snippet = _snippet(in_order, files, options)
    return Artefact(
        platform=PLATFORM,
        content={"snippet": snippet, "files": files},
        provenance=provenance,
        needs={
            "clients": list(options.clients),
            "ports": sorted({span for endpoint in usable for span in endpoint.tcp_ports}),
            "treatments": sorted({treatment for endpoint in usable for treatment in endpoint.treatments}),
            "plain_allow": any(BYPASS_AUTHENTICATION not in e.treatments for e in usable),
        },
        entries=sum(len(file.rows) for file in lists if not file.name.endswith(("-apexes", "-paths"))),
        losses=tuple(sorted(_losses(merged), key=lambda loss: (loss.subject, loss.result, loss.detail))),
        covered_by=covered_by,
    )


def without_tls(artefact: Artefact) -> Artefact:
    """Return the same list for a Squid that cannot be told to splice; the artefact itself where nothing differs.

    It equals what `compile` makes with ``tls=False``, without compiling a second time.
    """
    kept = [line for line in artefact.content["snippet"].splitlines(True) if not line.startswith(_NEEDS_TLS)]
    snippet = "".join(kept)
    if snippet == artefact.content["snippet"]:
        return artefact
    return dataclasses.replace(artefact, content={**artefact.content, "snippet": snippet})


# -- losses ------------------------------------------------------------------------------------------------------


def _losses(endpoints: t.Iterable[Endpoint]) -> t.Iterator[Loss]:
    for endpoint in endpoints:
        wide = breadth(endpoint)
        if wide is not None:
            yield wide
        if endpoint.udp_ports:
            yield Loss(endpoint.subject, "out_of_scope", "UDP does not pass through an HTTP proxy")
        if endpoint.path is not None and endpoint.path.endswith("*"):
            yield Loss(endpoint.subject, "widened", _ESCAPES_RESOLVED, SAME_OWNER)


# -- provenance --------------------------------------------------------------------------------------------------


def _is_regex(file: str) -> bool:
    return "-globs" in file or "-urls" in file


@dataclass(frozen=True)
class _Services:
    texts: list[str]
    by_subject: dict[str, int]

    def index(self, row: Row) -> int:
        return self.by_subject.get(row.subjects[0], 0)


def _service_table(endpoints: t.Iterable[Endpoint], covered_by: t.Mapping[str, str]) -> _Services:
    texts = services_of(endpoints, covered_by)
    table = sorted(set(texts.values()) | {""})
    place = {text: number for number, text in enumerate(table)}
    return _Services(table, {subject: place[text] for subject, text in texts.items()})


# -- the snippet -------------------------------------------------------------------------------------------------


def state_host(name: str) -> str:
    """Return the reserved name that answers, through the proxy, which list is running."""
    return f"{name.replace('_', '-')}.allowlist.invalid"


def _opening(options: Options) -> list[str]:
    return [
        f"# Allow-list {options.name}, written by the Ansible collection managed_desktop.network.",
        "# Not to be edited: the next run finds a change and undoes it.",
    ]


def _clients(options: Options) -> list[str]:
    starts = range(0, len(options.clients), _CLIENTS_PER_LINE)
    return [
        f"acl mdn_{options.name}_clients src {' '.join(options.clients[start : start + _CLIENTS_PER_LINE])}"
        for start in starts
    ]


def _snippet(groups: t.Sequence[Group], files: t.Mapping[str, str], options: Options) -> str:
    prefix = f"mdn_{options.name}"
    lines = [
        *_opening(options),
        f"acl {prefix}_state dstdomain -n {state_host(options.name)}",
        f"deny_info 302:http://{state_host(options.name)}/@DIGEST@/@GENERATION@ {prefix}_state",
        *_clients(options),
    ]
    managed = options.access_rules == "managed"
    if managed:
        lines.append(f"http_access deny {prefix}_state")
    for group in groups:
        lines.append(f"# {group.title}")
        lines.append(f"acl {prefix}_{group.id}_ports port {' '.join(map(str, show_ports(group.ports)))}")
        matchers = list(_matchers(prefix, group, files, lines))
        login = ""
        if options.authentication_acl and BYPASS_AUTHENTICATION not in group.treatments:
            login = f" {options.authentication_acl}"
        spliced = options.tls and (BYPASS_INSPECTION in group.treatments or options.protocol_detection == "disabled")
        for matcher, by_connect in matchers:
            condition = f"{prefix}_{group.id}_ports {matcher}"
            if managed:
                lines.append(f"http_access allow {prefix}_clients {condition}{login}")
            if spliced and by_connect:
                lines.append(f"ssl_bump splice {condition}")
                if options.protocol_detection == "disabled":
                    lines.append(f"on_unsupported_protocol tunnel {condition}")
    return "\n".join(lines) + "\n"


def _matchers(prefix: str, group: Group, files: t.Mapping[str, str], lines: list[str]) -> t.Iterator[tuple[str, bool]]:
    """Declare the group's ACLs in `lines` and yield each way to match; and whether a CONNECT can match it."""

    def declare(kind: str, how: str) -> str | None:
        file = f"{group.id}-{kind}"
        if file not in files:
            return None
        acl = f"{prefix}_{group.id}_{kind.replace('-', '_')}"
        lines.append(f'acl {acl} {how} "@DIRECTORY@/{file}"')
        return acl

    names = declare("names", "dstdomain -n")
    if names:
        yield names, True
    below, apexes = declare("below", "dstdomain -n"), declare("apexes", "dstdomain -n")
    if below:
        yield f"{below} !{apexes}", True
    for kind in sorted(file.split("-", 1)[1] for file in files if file.startswith(f"{group.id}-globs")):
        yield str(declare(kind, "dstdom_regex -n -i")), True
    paths = declare("paths", f"note {prefix}_path")
    if paths:
        lines.append(f'acl {prefix}_{group.id}_as_sent annotate_transaction {prefix}_path="%\'>rp"')
        for kind in sorted(file.split("-", 1)[1] for file in files if file.startswith(f"{group.id}-urls")):
            yield f"{declare(kind, 'url_regex')} {prefix}_{group.id}_as_sent {paths}", False
    prefixes = sorted(file.split("-", 1)[1] for file in files if file.startswith(f"{group.id}-prefix-urls"))
    if prefixes:
        dots = f"{prefix}_{group.id}_dots"
        lines.append(rf"acl {dots} url_regex /\.\.?(/|$)")
        for kind in prefixes:
            yield f"{declare(kind, 'url_regex')} !{dots}", False
    networks = declare("networks", "dst -n")
    if networks:
        yield networks, True


# -- the snippet of a list that a helper follows -----------------------------------------------------------------


@lru_cache(maxsize=1)
def _program() -> str:
    """The helper's text, which is part of the list, so that a newer one is a change of it."""
    return Path(helper.__file__).read_text(encoding="ascii")


def _followed_snippet(options: Options) -> str:
    """Ask the helper; the snippet says nothing of the list, so that it stays when the list changes."""
    prefix, host = f"mdn_{options.name}", state_host(options.name)
    lines = [
        *_opening(options),
        f"external_acl_type {prefix}_helper {_ASKING}{followed.started(followed.PYTHON_MARK)}{_PROGRAM_AND_LIST}",
        f"acl {prefix}_host dstdomain -n {host}",
        f"acl {prefix}_running external {prefix}_helper {helper.RUNNING}",
        f"acl {prefix}_state all-of {prefix}_host {prefix}_running",
        f"deny_info 302:http://{host}/%o {prefix}_running",
        *_clients(options),
        f"acl {prefix}_allowed external {prefix}_helper allow",
        f"acl {prefix}_free external {prefix}_helper {BYPASS_AUTHENTICATION}",
        f"acl {prefix}_spliced external {prefix}_helper {BYPASS_INSPECTION}",
    ]
    if options.access_rules == "managed":
        lines.append(f"http_access deny {prefix}_state")
        if options.authentication_acl:
            lines.append(f"http_access allow {prefix}_clients {prefix}_free")
        login = f" {options.authentication_acl}" if options.authentication_acl else ""
        lines.append(f"http_access allow {prefix}_clients {prefix}_allowed{login}")
    spliced = "spliced"
    if options.protocol_detection == "disabled":
        spliced = "allowed"
        # Squid does not wait for a helper here, so this goes by what the helper noted when it allowed the request.
        lines.append(f"acl {prefix}_tunnelled note {helper.note(options.name)} allow")
        lines += [f"on_unsupported_protocol tunnel {prefix}_tunnelled"] if options.tls else []
    lines += [f"ssl_bump splice {prefix}_{spliced}"] if options.tls else []
    return "\n".join(lines) + "\n"
