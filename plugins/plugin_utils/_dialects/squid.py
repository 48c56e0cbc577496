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

Pure functions, no input or output.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing as t
from dataclasses import dataclass
from functools import lru_cache

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    SAME_OWNER,
    Artefact,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Endpoint,
    Ports,
    Request,
    merge,
    port_within,
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
    normalise_name,
    quoted,
    reversed_labels,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import COVERED_BY_NAME, for_names

PLATFORM: t.Final = "squid"
_PER_REGEX_ACL: t.Final = 90
_LABEL: t.Final = "[a-z0-9_-]"
_ESCAPES_RESOLVED: t.Final = (
    "Squid resolves percent-escapes before it compares a path prefix, so escaped spellings are admitted too"
)
_NEEDS_TLS: t.Final = ("ssl_bump ", "on_unsupported_protocol ")

PRIVATE_CLIENTS: t.Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")


@dataclass(frozen=True)
class Options:
    """What the site decides about the list.

    `clients` are the networks that may use it. `access_rules` is ``managed`` (we write allow rules) or ``none`` (ACLs
    only). `authentication_acl` names the site's ACL that asks for a login. `protocol_detection` is ``unmanaged`` or
    ``disabled``. `tls` says whether the Squid can be told to splice.
    """

    name: str
    clients: tuple[str, ...] = PRIVATE_CLIENTS
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
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", str(given.get("name"))):
            raise OptionError(
                f"name: {quoted(str(given.get('name')))} is no list name; it has 1 to 20 lower-case letters, digits "
                "and underscores and begins with a letter"
            )
        acl = given.get("authentication_acl")
        if acl is not None and not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", acl):
            raise OptionError(f"authentication_acl: {quoted(acl)} is no name of an ACL")
        for key, choices in (("access_rules", ("managed", "none")), ("protocol_detection", ("unmanaged", "disabled"))):
            if key in given and given[key] not in choices:
                raise OptionError(f"{key}: {quoted(str(given[key]))} is none of {', '.join(choices)}")
        if "clients" in given:
            given["clients"] = tuple(sorted(_network(client) for client in given["clients"]))
            if not given["clients"]:
                raise OptionError("clients: the list is empty, so nobody could use the allow-list")
        return cls(**given)


class OptionError(ValueError):
    """An option of the dialect that does not fit; the message names it."""


def _network(text: t.Any) -> str:
    import ipaddress

    try:
        return str(ipaddress.ip_network(str(text)))
    except ValueError as error:
        raise OptionError(f"clients: {quoted(str(text))} is no network ({error})") from error


@dataclass(frozen=True)
class _Group:
    """Endpoints with the same ports and treatments: one set of ACLs."""

    ports: Ports
    treatments: frozenset[str]

    @property
    def id(self) -> str:
        written = "_".join(str(port) for port in show_ports(self.ports)).replace("-", "to")
        if len(written) > 20:
            written = "x" + hashlib.sha256(written.encode()).hexdigest()[:8]
        marks = ("a" if BYPASS_AUTHENTICATION in self.treatments else "") + (
            "i" if BYPASS_INSPECTION in self.treatments else ""
        )
        return f"p{written}{'_' + marks if marks else ''}"

    @property
    def title(self) -> str:
        extra = sorted(self.treatments - {"allow"})
        return f"tcp/{','.join(map(str, show_ports(self.ports)))}" + "".join(f" {treatment}" for treatment in extra)


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact that makes Squid grant what the endpoints say.

    The content is ``{"snippet": text, "files": {name: text}}``; the snippet holds ``@DIRECTORY@``, ``@DIGEST@`` and
    ``@GENERATION@`` where the device fills in its own.
    """
    merged, by_name = for_names(merge(endpoints))
    usable = [endpoint for endpoint in merged if endpoint.tcp_ports]
    covered_by: dict[str, str] = {endpoint.subject: COVERED_BY_NAME for endpoint in by_name}
    groups = _groups(usable)
    lists = _lists(groups, covered_by)
    files = {f"{kind_id}": "".join(f"{entry}\n" for entry in entries) for kind_id, entries, _ in lists}
    services = _service_table(usable)
    provenance = {
        "services": services.texts,
        "files": {file: [services.index(subject) for subject in subjects] for file, _, subjects in lists},
        "shown": {file: subjects for file, _, subjects in lists if "-globs" in file or "-urls" in file},
        "groups": {group.id: group.title for group in groups},
    }
    snippet = _snippet(sorted(groups, key=lambda g: g.id), files, options)
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
        entries=sum(len(entries) for file, entries, _ in lists if not file.endswith(("-apexes", "-paths"))),
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


# -- lists -------------------------------------------------------------------------------------------------------


def _groups(endpoints: t.Sequence[Endpoint]) -> dict[_Group, list[Endpoint]]:
    groups: dict[tuple[Ports, frozenset[str]], list[Endpoint]] = {}
    for endpoint in endpoints:
        groups.setdefault((endpoint.tcp_ports, endpoint.treatments), []).append(endpoint)
    return {_Group(*key): members for key, members in groups.items()}


def _lists(
    groups: dict[_Group, list[Endpoint]], covered_by: dict[str, str]
) -> list[tuple[str, list[str], list[tuple[str, ...]]]]:
    """Return each list file as its name, its entries, and the endpoints that each entry stands for."""
    lists: list[tuple[str, list[str], list[tuple[str, ...]]]] = []
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
        lists.extend(_name_lists(group, names))
        paths = [e for e in groups[group] if e.path is not None]
        lists.extend(_path_lists(group, paths, kept, covered_by))
        networks = sorted({e.network for e in groups[group] if e.network is not None})
        lists.append((f"{group.id}-networks", networks, [(network,) for network in networks]))
    return [item for item in lists if item[1]]


def _name_lists(
    group: _Group, names: t.Sequence[HostPattern]
) -> t.Iterator[tuple[str, list[str], list[tuple[str, ...]]]]:
    literals = {name.text for name in names if name.kind == LITERAL}
    domains = {name.tail for name in names if name.kind == SUFFIX}
    exact: list[tuple[str, tuple[str, ...]]] = []
    below: list[tuple[str, tuple[str, ...]]] = []
    for name in names:
        if name.kind == LITERAL and name.text not in domains:
            exact.append((name.text, (name.text,)))
        elif name.kind == SUFFIX and name.tail in literals:
            exact.append((f".{name.tail}", (name.text, name.tail)))
        elif name.kind == SUFFIX:
            below.append((f".{name.tail}", (name.text,)))
    globs = [(f"^{_host_regex(name)}$", (name.text,)) for name in names if name.kind == GLOB]
    yield f"{group.id}-names", [entry for entry, _ in exact], [subjects for _, subjects in exact]
    yield f"{group.id}-below", [entry for entry, _ in below], [subjects for _, subjects in below]
    apexes = [entry[1:] for entry, _ in below]
    yield f"{group.id}-apexes", apexes, [subjects for _, subjects in below]
    yield from _chunked(f"{group.id}-globs", globs)


def _path_lists(
    group: _Group, paths: t.Sequence[Endpoint], kept: t.Sequence[HostPattern], covered_by: dict[str, str]
) -> t.Iterator[tuple[str, list[str], list[tuple[str, ...]]]]:
    own, whole, prefixes = [], [], []
    for endpoint in sorted(paths, key=lambda e: (reversed_labels(t.cast(HostPattern, e.host)), e.path)):
        host, path = t.cast(HostPattern, endpoint.host), t.cast(str, endpoint.path)
        coverer = next((k for k in kept if covers(k, host)), None)
        if coverer is not None:
            covered_by[endpoint.subject] = coverer.text
            continue
        own.append(endpoint)
        start = f"^http://{_host_regex(host)}(:[0-9]+)?"
        if path.endswith("*"):
            prefixes.append((f"{start}{_path_regex(path[:-1])}[^?]*$", (endpoint.subject,)))
        else:
            whole.append((f"{start}{_path_regex(path)}$", (endpoint.subject,)))
    exact_paths = sorted({t.cast(str, e.path) for e in own if not t.cast(str, e.path).endswith("*")})
    yield f"{group.id}-paths", exact_paths, [(path,) for path in exact_paths]
    yield from _chunked(f"{group.id}-urls", whole)
    yield from _chunked(f"{group.id}-prefix-urls", prefixes)


def _chunked(
    stem: str, rows: t.Sequence[tuple[str, tuple[str, ...]]]
) -> t.Iterator[tuple[str, list[str], list[tuple[str, ...]]]]:
    for start in range(0, len(rows), _PER_REGEX_ACL):
        chunk = rows[start : start + _PER_REGEX_ACL]
        number = start // _PER_REGEX_ACL + 1
        yield f"{stem}{number}", [entry for entry, _ in chunk], [subjects for _, subjects in chunk]


def _host_regex(host: HostPattern) -> str:
    lead = rf"({_LABEL}+\.){{{host.free},}}" if host.free else ""
    labels = []
    for label in reversed(host.fixed):
        labels.append(f"{_LABEL}+" if label == "*" else f"{_LABEL}*".join(label.split("*")))
    return lead + r"\.".join(labels)


def _path_regex(path: str) -> str:
    """Escape a path for POSIX extended syntax; its characters were checked when the endpoint was made."""
    return re.sub(r"([.$()+*?\[\]{}|^\\])", r"\\\1", path)


@dataclass(frozen=True)
class _Services:
    texts: list[str]
    by_subject: dict[str, int]

    def index(self, subjects: tuple[str, ...]) -> int:
        return self.by_subject.get(subjects[0], 0)


def _service_table(endpoints: t.Iterable[Endpoint]) -> _Services:
    named: dict[str, tuple[str, ...]] = {}
    for endpoint in endpoints:
        services = endpoint.services
        known = named.setdefault(endpoint.subject, services)
        if known != services:
            named[endpoint.subject] = tuple(sorted({*known, *services}))
    texts = {subject: ", ".join(services) for subject, services in named.items()}
    table = sorted(set(texts.values()) | {""})
    place = {text: number for number, text in enumerate(table)}
    return _Services(table, {subject: place[text] for subject, text in texts.items()})


# -- the snippet -------------------------------------------------------------------------------------------------


def state_host(name: str) -> str:
    """Return the reserved name that answers, through the proxy, which list is running."""
    return f"{name.replace('_', '-')}.allowlist.invalid"


def _snippet(groups: t.Sequence[_Group], files: t.Mapping[str, str], options: Options) -> str:
    prefix = f"mdn_{options.name}"
    lines = [
        f"# Allow-list {options.name}, written by the Ansible collection managed_desktop.network.",
        "# Not to be edited: the next run finds a change and undoes it.",
        f"acl {prefix}_state dstdomain -n {state_host(options.name)}",
        f"deny_info 302:http://{state_host(options.name)}/@DIGEST@/@GENERATION@ {prefix}_state",
        f"acl {prefix}_clients src {' '.join(options.clients)}",
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


def _matchers(prefix: str, group: _Group, files: t.Mapping[str, str], lines: list[str]) -> t.Iterator[tuple[str, bool]]:
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
        lines.append(f'acl {prefix}_{group.id}_as_sent annotate_transaction {prefix}_path="%>rp"')
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


# -- decide ------------------------------------------------------------------------------------------------------


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
    prefix = t.cast(re.Match[str], re.search(r"^acl (mdn_\w+)_state dstdomain", snippet, re.M)).group(1)
    ports = dict(re.findall(rf"^acl {prefix}_(p[0-9a-z_]+)_ports port (.+)$", snippet, re.M))
    by_group: dict[str, dict[str, list[str]]] = {}
    for file, text in content["files"].items():
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
    spans = tuple((int(low), int(high or low)) for low, _, high in (port.partition("-") for port in ports.split()))
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
