# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a PAN-OS firewall writes and decides an allow-list: custom URL categories and, if wanted, rules that use them.

None runs here, so what is said of matching rests on its vendor's documentation; where that says nothing, the worse
case counts.

- What an entry matches: `panos_urls`. A category has URLs only, so it matches what the firewall can read a host from:
  HTTP, and TLS by its server name or certificate ("URL Filtering Use Cases", administrator's guide 11.1).
- Each treatment has a category of its own; the first holds all names. Security, decryption and authentication rules
  take URL categories as a match criterion ("Security Policy Rules", "Decryption Policy Rule", "Authentication Policy").
- The predefined services ``service-http`` and ``service-https`` are TCP 80 and 8080, and TCP 443 ("Objects >
  Services").
- ``default-no-captive-portal`` is the predefined enforcement that asks for no login ("Objects > Authentication").
- A category has at most 31 characters in its name ("Objects > Custom Objects > URL Category").

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.module_utils._panos.content import (
    AUTHENTICATION,
    DECRYPTION,
    RULEBASES,
    SECURITY,
    entry_order,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.content import SUFFIXES as NAME_ENDS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    OTHER_OWNER,
    SAME_OWNER,
    Artefact,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import panos_urls
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import services_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import (
    PRIVATE_CLIENTS,
    OptionError,
    checked_choice,
    checked_clients,
    list_name,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
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
    HostPattern,
    covers,
    matches,
    minimise,
    normalise_name,
    quoted,
    reversed_labels,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import registrable
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import COVERED_BY_NAME, for_names

__all__ = ["PLATFORM", "OptionError", "Options", "Rules", "compile", "decide", "load"]

PLATFORM: t.Final = "panos"
SUFFIXES: t.Final = dict(zip((ALLOW, BYPASS_INSPECTION, BYPASS_AUTHENTICATION), NAME_ENDS, strict=True))
"""What the category of each treatment has behind the name of the first."""

_LONGEST_NAME: t.Final = 31
_SERVICES: t.Final[dict[str, Ports]] = {
    "service-http": ((80, 80), (8080, 8080)),
    "service-https": ((443, 443),),
    "any": ((1, 65535),),
}


@dataclass(frozen=True)
class Options:
    """What the site decides about the list.

    `category` is the name of the first category. `access_rules` is ``managed`` (rules of ours use the categories) or
    ``none`` (the site's own do); the rest is for managed rules. `most` is how many entries a category may have.
    """

    name: str
    category: str
    access_rules: str = "none"
    clients: tuple[str, ...] = PRIVATE_CLIENTS
    from_zones: tuple[str, ...] = ("any",)
    to_zones: tuple[str, ...] = ("any",)
    rule_services: tuple[str, ...] = ("service-http", "service-https")
    most: int | None = None

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Options:
        """Return checked options; None and absent keys take the default.

        Raises:
            OptionError: a value does not fit.
        """
        name = list_name(data.get("name"))
        category = _object_name("category", data.get("category") or name)
        room = _LONGEST_NAME - max(map(len, SUFFIXES.values()))
        if len(category) > room:
            raise OptionError(f"category: {quoted(category)} has {len(category)} characters; at most {room} fit")
        most = data.get("max_entries")
        if most is not None and most < 1:
            raise OptionError(f"max_entries: {most} is no number of entries")
        given: dict[str, t.Any] = {}
        for key in ("from_zones", "to_zones", "rule_services"):
            if data.get(key):
                given[key] = tuple(sorted({_object_name(key, value) for value in data[key]}))
        if data.get("clients") is not None:
            given["clients"] = checked_clients(data["clients"])
        rules = checked_choice("access_rules", data.get("access_rules") or "none", ("none", "managed"))
        return cls(name, category, rules, most=most, **given)


def _object_name(key: str, value: t.Any) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,62}", str(value)):
        raise OptionError(
            f"{key}: {quoted(str(value))} is no name of PAN-OS; it has letters, digits, blanks, dots, hyphens and "
            "underscores, and begins with a letter, a digit or an underscore"
        )
    return str(value)


class Rules(t.NamedTuple):
    """What a firewall holds: by treatment the patterns of its category, and the ports that the rule opens."""

    patterns: dict[str, tuple[HostPattern, ...]]
    ports: Ports


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact that makes a firewall grant what the endpoints say, as far as it can.

    The content is ``{"categories": {name: [entry]}, "rules": {rulebase: {name: {field: value}}}}``; a category without
    entries, and a rule without a category, is not there.

    Raises:
        OptionError: a category would have more entries than it may.
    """
    merged, by_name = for_names(merge(endpoints))
    covered_by = {endpoint.subject: COVERED_BY_NAME for endpoint in by_name}
    losses = list(_common(merged))
    usable: dict[Endpoint, str] = {}
    for endpoint in merged:
        loss, entry = _written(endpoint, options)
        losses.extend(loss)
        if entry is not None:
            usable[endpoint] = entry
    services = services_of(usable, covered_by)
    categories: dict[str, list[str]] = {}
    told: dict[str, list[str]] = {}
    for treatment, suffix in SUFFIXES.items():
        chosen = [endpoint for endpoint in usable if treatment in endpoint.treatments]
        kept = _kept(chosen, covered_by if treatment == ALLOW else {})
        if kept:
            entries = {usable[endpoint]: endpoint for endpoint in kept}
            categories[f"{options.category}{suffix}"] = sorted(entries, key=entry_order)
            for entry, endpoint in entries.items():
                host = t.cast(HostPattern, endpoint.host).text
                shown = host if treatment == ALLOW else f"{host}  {treatment}"
                told[f"{entry}  {options.category}{suffix}" if suffix else entry] = [
                    services.get(endpoint.subject, ""),
                    shown,
                ]
    _refuse_too_many(categories, options)
    rules = _rules(categories, options) if options.access_rules == "managed" else {}
    losses.extend(_of_the_platform(categories, options))
    count = sum(map(len, categories.values()))
    return Artefact(
        platform=PLATFORM,
        content={"categories": categories, "rules": rules},
        provenance={"entries": told},
        needs={"entries": count},
        entries=count,
        losses=tuple(sorted(losses, key=lambda loss: (loss.subject, loss.prop or "", loss.result, loss.detail))),
        covered_by=covered_by,
    )


def _written(endpoint: Endpoint, options: Options) -> tuple[list[Loss], str | None]:
    """Return what is lost of an endpoint, and the entry that stands for it where one does."""
    subject = endpoint.subject
    losses = []
    if endpoint.udp_ports:
        losses.append(Loss(subject, "out_of_scope", "a URL category is of HTTP and TLS, which are TCP"))
    if not endpoint.tcp_ports:
        return losses, None
    if endpoint.host is None:
        return [*losses, Loss(subject, "unsupported", "a URL category has names only; use an address group")], None
    entry = panos_urls.entry_of(endpoint.host)
    if entry is None or len(entry) > panos_urls.LONGEST:
        return [*losses, Loss(subject, "unsupported", "PAN-OS has no such wildcard, or no entry of that length")], None
    opened, shown = _opened(options), ", ".join(map(str, show_ports(endpoint.tcp_ports)))
    if opened is not None and not _overlap(opened, endpoint.tcp_ports):
        return [*losses, Loss(subject, "unsupported", f"its ports ({shown}) are not among {_named(options)}")], None
    if opened is not None and not ports_include(opened, endpoint.tcp_ports):
        losses.append(Loss(subject, "narrowed", f"its ports ({shown}) are not all among {_named(options)}"))
    if endpoint.path is not None:
        losses.append(Loss(subject, "widened", "the list has no paths, so the whole host is on it", SAME_OWNER))
    losses.extend(_wider(endpoint.host, panos_urls.meaning_of(entry)))
    return losses, entry


def _overlap(a: Ports, b: Ports) -> bool:
    return any(low <= last and first <= high for low, high in a for first, last in b)


def _named(options: Options) -> str:
    return f"those of {', '.join(options.rule_services)}"


def _wider(host: HostPattern, meaning: HostPattern) -> t.Iterator[Loss]:
    if covers(host, meaning):
        return
    domain = registrable(host)
    same = domain is not None and registrable(meaning) == domain
    yield Loss(host.text, "widened", f"written as {meaning.text}", SAME_OWNER if same else OTHER_OWNER)


def _kept(chosen: t.Sequence[Endpoint], covered_by: dict[str, str]) -> list[Endpoint]:
    """Return the endpoints whose entries no other's covers; what entries mean decides, not what endpoints do."""
    by_host: dict[HostPattern, Endpoint] = {}
    for endpoint in sorted(chosen, key=_in_order):
        host = t.cast(HostPattern, endpoint.host)
        first = by_host.setdefault(host, endpoint)
        if first.subject != endpoint.subject:
            covered_by[endpoint.subject] = first.subject
    dropped: dict[HostPattern, HostPattern] = {}
    kept = set(minimise(by_host, dropped))
    covered_by.update((host.text, by.text) for host, by in dropped.items())
    return [endpoint for host, endpoint in by_host.items() if host in kept]


def _in_order(endpoint: Endpoint) -> tuple[t.Any, ...]:
    host = t.cast(HostPattern, endpoint.host)
    return reversed_labels(host), endpoint.path or "", endpoint.tcp_ports


def _refuse_too_many(categories: t.Mapping[str, t.Sequence[str]], options: Options) -> None:
    for name, entries in categories.items():
        if options.most is not None and len(entries) > options.most:
            raise OptionError(
                f"endpoints: the category {name} has {len(entries):,} entries, and the firewall takes "
                f"{options.most:,} (max_entries). Choose fewer services"
            )


def _rules(categories: t.Mapping[str, t.Any], options: Options) -> dict[str, dict[str, t.Any]]:
    rules: dict[str, dict[str, t.Any]] = {}
    own: dict[str, dict[str, t.Any]] = {
        SECURITY: {
            "action": "allow",
            "application": ["any"],
            "category": sorted(categories),
            "service": list(options.rule_services),
        },
        DECRYPTION: {"action": "no-decrypt", "service": ["any"], "type": "ssl-forward-proxy"},
        AUTHENTICATION: {
            "authentication-enforcement": "default-no-captive-portal",
            "service": list(options.rule_services),
        },
    }
    for rulebase, suffix in zip(RULEBASES, NAME_ENDS, strict=True):
        name = f"{options.category}{suffix}"
        if name in categories:
            rules[rulebase] = {
                name: {
                    "category": [name],
                    "destination": ["any"],
                    "disabled": "no",
                    "from": list(options.from_zones),
                    "negate-destination": "no",
                    "negate-source": "no",
                    "source": list(options.clients),
                    "source-user": ["any"],
                    "to": list(options.to_zones),
                    **own[rulebase],
                }
            }
    return rules


def _opened(options: Options) -> Ports | None:
    """Return the ports that the managed rule opens; None where nobody here knows them."""
    if options.access_rules == "none" or not set(options.rule_services) <= set(_SERVICES):
        return None
    return tuple(sorted(span for service in options.rule_services for span in _SERVICES[service]))


def _common(merged: t.Iterable[Endpoint]) -> t.Iterator[Loss]:
    for endpoint in merged:
        wide = breadth(endpoint)
        if wide is not None:
            yield wide


def _of_the_platform(categories: t.Mapping[str, t.Sequence[str]], options: Options) -> t.Iterator[Loss]:
    if not categories:
        return
    yield from panos_urls.star_in_paths(entry for entries in categories.values() for entry in entries)
    opened = _opened(options)
    if options.access_rules == "none":
        yield Loss("", "widened", "a category has no ports; the rule that uses it has", SAME_OWNER, prop="ports")
        for treatment in (BYPASS_INSPECTION, BYPASS_AUTHENTICATION):
            name = f"{options.category}{SUFFIXES[treatment]}"
            if name in categories:
                detail = f"it is up to a rule of the site that uses the category {name}"
                yield Loss("", "out_of_scope", detail, prop=treatment)
    elif opened is None:
        detail = f"which ports {', '.join(options.rule_services)} open is not known here"
        yield Loss("", "narrowed", detail, prop="rule_services")
    else:
        shown = ", ".join(map(str, show_ports(opened)))
        yield Loss("", "widened", f"the rule opens the ports {shown} for each name", SAME_OWNER, prop="ports")


# -- the reference -----------------------------------------------------------------------------------------------


def load(content: t.Mapping[str, t.Any], options: Options) -> Rules:
    """Read categories and rules as a firewall does."""
    patterns = {
        treatment: tuple(
            map(panos_urls.meaning_of, content["categories"].get(f"{options.category}{suffix}", ())),
        )
        for treatment, suffix in SUFFIXES.items()
    }
    return Rules(patterns, _opened(options) or _SERVICES["any"])


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return the treatments of the categories that have the request's host, or may have its path."""
    if request.transport != "tcp" or not port_within(request.port, rules.ports):
        return frozenset()
    name = normalise_name(request.host)
    return frozenset(
        treatment
        for treatment, patterns in rules.patterns.items()
        if any(matches(pattern, name) or panos_urls.in_path(pattern, request.path) for pattern in patterns)
    )
