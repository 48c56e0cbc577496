# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the site's own configuration does with the requests that our list is to allow.

The rules before ours are evaluated for the kinds of request that the list is about: each of its ports, asked with
CONNECT and with GET. A rule's answer is yes, no or perhaps; perhaps is told as a warning and never hides a certainty.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._squid.config import Config, Directive
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.rules import CONNECT, GET, Acls, Kind
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.tls import BUMPING, is_bumping_port

Ports = t.Sequence[t.Sequence[int]]

_PLAIN_HTTP = 80


class SiteError(Exception):
    """The site's configuration keeps the list from working; the message names file and line and what to do."""


class Blocked(t.NamedTuple):
    """Ports from lowest to highest that a rule of the site denies before the list, and which rule does."""

    low: int
    high: int
    detail: str

    def loss(self) -> dict[str, t.Any]:
        """Return what it takes from the list."""
        shown = f"tcp/{self.low}" if self.low == self.high else f"tcp/{self.low}-{self.high}"
        ports = [self.low, self.high]
        return {"property": "site_ports", "result": "narrowed", "detail": f"{shown}: {self.detail}", "ports": ports}


class Site(t.NamedTuple):
    """What was found. `blocked` are ports of the list that the site denies; `warnings` are what may matter."""

    blocked: list[Blocked]
    warnings: list[str]
    bumps: bool


def inspect(config: Config, snippet: str, needs: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> Site:
    """Judge the site's configuration for a list that needs these ports and treatments.

    Raises:
        SiteError: the snippet is not included, comes after a rule that decides everything, or an earlier rule makes
            it ineffective.
    """
    bumps = any(is_bumping_port(directive) for directive in config.all)
    if not config.included:
        raise SiteError(
            f"no include of the configuration reaches {snippet}, so Squid would never read the list. "
            "Add 'include /etc/squid/conf.d/*.conf' (or the directory of snippet_dir) before the site's last "
            "http_access rule."
        )
    _refuse_name_clash(config, options["name"])
    _refuse_earlier_bump(config, needs, options)
    if options["access_rules"] != "managed":
        return Site([], [], bumps)
    acls = Acls(config, [ipaddress.ip_network(client) for client in needs["clients"]])
    _refuse_earlier_login(config, acls, needs)
    _refuse_unguarded_login(config, acls, needs, options)
    blocked, warnings = _walk(config.before, acls, needs["ports"])
    return Site(blocked, warnings, bumps)


# -- the rules before ours ---------------------------------------------------------------------------------------


def _walk(before: t.Sequence[Directive], acls: Acls, ports: Ports) -> tuple[list[Blocked], list[str]]:
    """Return the ports that are blocked and the warnings; the first rule that is certain of a kind decides it."""
    kinds = [Kind(low, method) for low, _high in _segments(ports, acls) for method in (CONNECT, GET)]
    decided: dict[Kind, Directive] = {}
    warnings = []
    for rule in _access_rules(before):
        truths = {kind: _says(rule, acls, kind) for kind in kinds if kind not in decided}
        decided.update({kind: rule for kind, truth in truths.items() if truth})
        if kinds and len(decided) == len(kinds):
            raise SiteError(
                f"{rule.place} ('{rule.text}') comes before the list, and leaves no request that the list is about for "
                "the list to decide. Move the include above that rule, or the rule below it."
            )
        if None in truths.values() and rule.words[0] == "deny" and not _login_words(rule, acls):
            warnings.append(f"{rule.place} ('{rule.text}') comes before the list and may deny some of it")
    denied = {kind: rule for kind, rule in decided.items() if rule.words[0] == "deny"}
    return _blocked_ports(denied, _segments(ports, acls)), warnings


def _access_rules(directives: t.Sequence[Directive]) -> list[Directive]:
    return [d for d in directives if d.name == "http_access" and d.words[:1] in (["allow"], ["deny"])]


def _says(rule: Directive, acls: Acls, kind: Kind) -> bool | None:
    truth = acls.match(rule.words[1:], kind)
    return None if truth and not rule.certain else truth


def _segments(ports: Ports, acls: Acls) -> list[tuple[int, int]]:
    """Return the list's ports as ranges within which no ``port`` ACL of the site tells one port from another."""
    edges = acls.ports() | {_PLAIN_HTTP, _PLAIN_HTTP + 1}
    segments: list[tuple[int, int]] = []
    for low, high in ports:
        starts = sorted({low} | {edge for edge in edges if low < edge <= high})
        segments.extend(zip(starts, [start - 1 for start in starts[1:]] + [high]))
    return segments


def _blocked_ports(denied: t.Mapping[Kind, Directive], segments: t.Sequence[tuple[int, int]]) -> list[Blocked]:
    blocked = []
    for low, high in segments:
        connect, get = denied.get(Kind(low, CONNECT)), denied.get(Kind(low, GET))
        if connect and get:
            blocked.append(Blocked(low, high, f"{get.place} ('{get.text}') denies it before the list"))
        elif connect and low != _PLAIN_HTTP:
            blocked.append(Blocked(low, high, f"{connect.place} ('{connect.text}') denies tunnels to it, so no TLS"))
        elif get and low == _PLAIN_HTTP:
            blocked.append(Blocked(low, high, f"{get.place} ('{get.text}') denies plain HTTP to it"))
    return blocked


# -- logins, inspection, names -----------------------------------------------------------------------------------


def _login_words(rule: Directive, acls: Acls) -> list[str]:
    return [word for word in rule.words[1:] if acls.asks_login(word.lstrip("!"))]


def _login_rules(directives: t.Sequence[Directive], acls: Acls) -> list[Directive]:
    return [rule for rule in _access_rules(directives) if _login_words(rule, acls)]


def _refuse_earlier_login(config: Config, acls: Acls, needs: t.Mapping[str, t.Any]) -> None:
    """An allow rule asks as well as a deny rule: Squid wants the login as soon as an ACL rests on it."""
    if "bypass_authentication" not in needs["treatments"]:
        return
    kinds = [Kind(low, method) for low, _high in _segments(needs["ports"], acls) for method in (CONNECT, GET)]
    for rule in _login_rules(config.before, acls):
        others = rule.words[1:]
        others = others[: others.index(_login_words(rule, acls)[0])]
        if any(acls.match(others, kind) is not False for kind in kinds):
            raise SiteError(
                f"{rule.place} ('{rule.text}') asks for a login before the list is read, but the list has "
                "endpoints with bypass_authentication. Move the include above that rule."
            )


def _refuse_unguarded_login(
    config: Config,
    acls: Acls,
    needs: t.Mapping[str, t.Any],
    options: t.Mapping[str, t.Any],
) -> None:
    guard = options["authentication_acl"]
    if guard is not None and not acls.asks_login(guard):
        known = "asks for no login" if guard in acls else "is not defined in the site's configuration"
        raise SiteError(
            f"authentication_acl: the ACL {guard} {known}. Name the ACL of type proxy_auth that the site's rules use."
        )
    rules = _login_rules(config.after, acls)
    if rules and needs["plain_allow"] and guard is None:
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
        if directive.name == "ssl_bump" and directive.words and directive.words[0] in BUMPING:
            raise SiteError(
                f"{directive.place} ('{directive.text}') inspects TLS before the list is read, so the list cannot "
                "exempt anything. Move the include above that rule."
            )


def _refuse_name_clash(config: Config, name: str) -> None:
    own = re.compile(
        rf"mdn_{re.escape(name)}_(state|host|running|clients|allowed|free|spliced|tunnelled|path|p[0-9x][0-9a-z]*_.*)"
    )
    for directive in config.all:
        if directive.name == "acl" and directive.words and own.fullmatch(directive.words[0]):
            raise SiteError(
                f"{directive.place} defines the ACL {directive.words[0]}, a name this list uses itself. "
                "Remove it, or give the list another name."
            )
