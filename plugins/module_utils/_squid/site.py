# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the site's own configuration does with the requests that our list is to allow.

The rules before ours are evaluated for the kinds of request that the list is about: each of its ports, asked with
CONNECT and with GET. A rule's answer is yes, no or perhaps; perhaps is told as a warning and never hides a certainty.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._squid.config import Config, Directive

Ports = t.Sequence[t.Sequence[int]]
Truth = t.Optional[bool]

CONNECT = "CONNECT"
GET = "GET"
_PLAIN_HTTP = 80
_HARMLESS = {"manager", "to_localhost", "to_linklocal"}
_BUMPING = {"bump", "server-first", "client-first", "stare"}


class SiteError(Exception):
    """The site's configuration keeps the list from working; the message names file and line and what to do."""


class Site(t.NamedTuple):
    """What was found. `blocked` are losses, as subject and detail; `warnings` are what may matter."""

    blocked: t.List[t.Tuple[str, str]]
    warnings: t.List[str]
    bumps: bool


def inspect(config: Config, snippet: str, needs: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> Site:
    """Judge the site's configuration for a list that needs these ports and treatments.

    Raises:
        SiteError: the snippet is not included, comes after a rule that decides everything, or an earlier rule makes
            it ineffective.
    """
    bumps = any(_is_bumping_port(directive) for directive in config.all)
    if not config.included:
        raise SiteError(
            f"no include of the configuration reaches {snippet}, so Squid would never read the list. "
            "Add 'include /etc/squid/conf.d/*.conf' (or the directory of snippet_dir) before the site's last "
            "http_access rule."
        )
    _refuse_name_clash(config, options["name"])
    if options["access_rules"] != "managed":
        return Site([], [], bumps)
    acls = _acl_table(config)
    clients = [ipaddress.ip_network(client) for client in needs["clients"]]
    _refuse_earlier_login(config, acls, needs)
    _refuse_unguarded_login(config, acls, needs, options)
    _refuse_earlier_bump(config, needs, options)
    blocked, warnings = _walk(config.before, acls, clients, needs["ports"])
    return Site(blocked, warnings, bumps)


def _walk(
    before: t.Sequence[Directive],
    acls: t.Dict[str, t.List[Directive]],
    clients: t.Sequence[t.Any],
    ports: Ports,
) -> t.Tuple[t.List[t.Tuple[str, str]], t.List[str]]:
    denied: t.Dict[t.Tuple[int, str], Directive] = {}
    warnings = []
    kinds = [(port, method) for low, high in ports for port in sorted({low, high}) for method in (CONNECT, GET)]
    for rule in before:
        if rule.name != "http_access" or not rule.words:
            continue
        truths = {kind: _rule_matches(rule, acls, clients, *kind) for kind in kinds}
        if kinds and all(truths.values()):
            raise SiteError(
                f"{rule.place} ('{rule.text}') decides every request that this list is about before the list is "
                "read. Move the include above that rule, or the rule below it."
            )
        if rule.words[0] == "deny":
            for kind, truth in truths.items():
                if truth:
                    denied.setdefault(kind, rule)
            if any(truth is None for truth in truths.values()):
                warnings.append(f"{rule.place} ('{rule.text}') comes before the list and may deny some of it")
    if kinds and len(denied) == len(kinds):
        rule = next(iter(denied.values()))
        raise SiteError(f"{rule.place} ('{rule.text}') denies every port of this list before the list is read.")
    return _blocked_ports(denied, ports), warnings


def _blocked_ports(denied: t.Mapping[t.Tuple[int, str], Directive], ports: Ports) -> t.List[t.Tuple[str, str]]:
    blocked = []
    for low, high in ports:
        for port in sorted({low, high}):
            connect, get = denied.get((port, CONNECT)), denied.get((port, GET))
            if connect and get:
                blocked.append((f"tcp/{port}", f"{get.place} ('{get.text}') denies port {port} before the list"))
            elif connect and port != _PLAIN_HTTP:
                blocked.append(
                    (f"tcp/{port}", f"{connect.place} ('{connect.text}') denies tunnels to port {port}, so no TLS")
                )
    return blocked


# -- one rule ----------------------------------------------------------------------------------------------------


def _rule_matches(
    rule: Directive, acls: t.Dict[str, t.List[Directive]], clients: t.Sequence[t.Any], port: int, method: str
) -> Truth:
    result: Truth = True
    for word in rule.words[1:]:
        name = word.lstrip("!")
        truth = _acl_matches(name, acls, clients, port, method)
        if word.startswith("!") and truth is not None:
            truth = not truth
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def _acl_matches(
    name: str, acls: t.Dict[str, t.List[Directive]], clients: t.Sequence[t.Any], port: int, method: str
) -> Truth:
    if name == "all":
        return True
    if name in _HARMLESS:
        return False
    if name == "CONNECT" and name not in acls:
        return method == CONNECT
    truth: Truth = False
    for acl in acls.get(name, []):
        values = [word for word in acl.words[2:] if not word.startswith("-")]
        kind = acl.words[1]
        one: Truth = None
        if kind == "port":
            one = any(_port_in(port, value) for value in values)
        elif kind == "method":
            one = method in values
        elif kind == "src":
            one = _clients_in(clients, values)
        if one:
            return True
        if one is None:
            truth = None
    return truth if name in acls else None


def _port_in(port: int, value: str) -> bool:
    low, _dash, high = value.partition("-")
    if not low.isdigit() or not (high or low).isdigit():
        return False
    return int(low) <= port <= int(high or low)


def _clients_in(clients: t.Sequence[t.Any], values: t.Sequence[str]) -> Truth:
    """Whether all clients (yes), none (no) or some of them (perhaps) lie in the networks of a ``src`` ACL."""
    networks = []
    for value in values:
        if value in ("all", "0.0.0.0/0", "::/0"):
            return True
        try:
            networks.append(ipaddress.ip_network(value, strict=False))
        except ValueError:
            return None
    if all(any(_within(client, network) for network in networks) for client in clients):
        return True
    return None if any(client.overlaps(n) for client in clients for n in networks if n.version == client.version) else False


def _within(inner: t.Any, outer: t.Any) -> bool:
    return bool(inner.version == outer.version and inner.subnet_of(outer))


def _acl_table(config: Config) -> t.Dict[str, t.List[Directive]]:
    acls: t.Dict[str, t.List[Directive]] = {}
    for directive in config.all:
        if directive.name == "acl" and len(directive.words) >= 2:
            acls.setdefault(directive.words[0], []).append(directive)
    return acls


# -- logins, inspection, names -----------------------------------------------------------------------------------


def _login_rules(directives: t.Sequence[Directive], acls: t.Dict[str, t.List[Directive]]) -> t.List[Directive]:
    logins = {name for name, found in acls.items() if any(acl.words[1].startswith("proxy_auth") for acl in found)}
    return [d for d in directives if d.name == "http_access" and logins & {word.lstrip("!") for word in d.words[1:]}]


def _refuse_earlier_login(
    config: Config, acls: t.Dict[str, t.List[Directive]], needs: t.Mapping[str, t.Any]
) -> None:
    rules = [rule for rule in _login_rules(config.before, acls) if rule.words[0] == "deny"]
    if rules and "bypass_authentication" in needs["treatments"]:
        raise SiteError(
            f"{rules[0].place} ('{rules[0].text}') asks for a login before the list is read, but the list has "
            "endpoints with bypass_authentication. Move the include above that rule."
        )


def _refuse_unguarded_login(
    config: Config,
    acls: t.Dict[str, t.List[Directive]],
    needs: t.Mapping[str, t.Any],
    options: t.Mapping[str, t.Any],
) -> None:
    rules = _login_rules(config.after, acls)
    if rules and needs["plain_allow"] and not options["authentication_acl"]:
        raise SiteError(
            f"{rules[0].place} ('{rules[0].text}') asks for a login after the list, so the list would let its "
            "endpoints pass without one. Set authentication_acl to the name of that ACL, so that only endpoints "
            "with bypass_authentication skip the login."
        )


def _refuse_earlier_bump(config: Config, needs: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> None:
    wanted = "bypass_inspection" in needs["treatments"] or options["protocol_detection"] == "disabled"
    if not wanted:
        return
    for directive in config.before:
        if directive.name == "ssl_bump" and directive.words and directive.words[0] in _BUMPING:
            raise SiteError(
                f"{directive.place} ('{directive.text}') inspects TLS before the list is read, so the list cannot "
                "exempt anything. Move the include above that rule."
            )


def _refuse_name_clash(config: Config, name: str) -> None:
    for directive in config.all:
        if directive.name == "acl" and directive.words and directive.words[0].startswith(f"mdn_{name}_"):
            raise SiteError(
                f"{directive.place} defines the ACL {directive.words[0]}, a name this list uses itself. "
                "Remove it, or give the list another name."
            )


# -- what the page's requirement asks ----------------------------------------------------------------------------


def _is_bumping_port(directive: Directive) -> bool:
    return directive.name in ("http_port", "https_port") and "ssl-bump" in directive.words


def tls_report(config: Config, has_tls: bool, list_disables_detection: bool) -> t.Dict[str, t.Any]:
    """Say whether Squid inspects TLS, between which versions, and whether it looks for protocols inside tunnels.

    ``lowest`` and ``highest`` are those the configuration sets (None: the library decides). ``protocol_detection`` is
    ``on``, ``off`` or ``unknown``: without a bumping port Squid never looks into a tunnel.
    """
    ports = [directive for directive in config.all if _is_bumping_port(directive)]
    rules = [d for d in config.all if d.name == "ssl_bump" and d.words]
    inspects = bool(ports) and any(rule.words[0] in _BUMPING for rule in rules)
    outgoing = [word for d in config.all if d.name == "tls_outgoing_options" for word in d.words]
    detection = "off"
    if not has_tls or not ports or not rules:
        detection = "off"
    elif all(rule.words[:2] == ["splice", "all"] or rule.words[0] == "none" for rule in rules):
        detection = "off"
    elif any(d.name == "on_unsupported_protocol" and d.words[:2] == ["tunnel", "all"] for d in config.all):
        detection = "off"
    elif any(rule.words[0] in _BUMPING | {"peek", "terminate"} for rule in rules):
        detection = "on"
    else:
        detection = "unknown"
    return {
        "tls_inspection": "on" if inspects else "off",
        "bumping_ports": [f"{port.name} {port.words[0]}" for port in ports if port.words],
        "client_side": _versions([word for port in ports for word in port.words]),
        "server_side": _versions(outgoing),
        "protocol_detection": detection,
        "protocol_detection_of_list": "off" if list_disables_detection else detection,
    }


def _versions(words: t.Sequence[str]) -> t.Dict[str, t.Optional[str]]:
    order = ["1.0", "1.1", "1.2", "1.3"]
    allowed = list(order)
    lowest_set = highest_set = False
    for word in words:
        key, _equals, value = word.partition("=")
        if key in ("min-version", "tls-min-version") and value in order:
            allowed = [version for version in allowed if version >= value]
            lowest_set = True
        if key == "options":
            for flag in value.replace(":", ",").split(","):
                version = {"NO_TLSv1": "1.0", "NO_TLSv1_1": "1.1", "NO_TLSv1_2": "1.2", "NO_TLSv1_3": "1.3"}.get(flag)
                if version in allowed:
                    allowed.remove(version)
                    lowest_set = lowest_set or version in ("1.0", "1.1")
                    highest_set = highest_set or version in ("1.2", "1.3")
    return {
        "lowest": allowed[0] if allowed and lowest_set else None,
        "highest": allowed[-1] if allowed and highest_set else None,
    }
