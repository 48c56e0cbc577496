# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""How the site's configuration treats TLS: what the documents' TLS 1.2 requirement is about."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._squid.config import Config, Directive

BUMPING = frozenset({"bump", "server-first", "client-first", "stare"})
"""The actions of ``ssl_bump`` that put Squid's own certificate, or its own handshake, between client and server."""


def is_bumping_port(directive: Directive) -> bool:
    """Tell whether the directive opens a port on which Squid may look into TLS."""
    return directive.name in ("http_port", "https_port") and "ssl-bump" in directive.words


def tls_report(config: Config, has_tls: bool, list_disables_detection: bool) -> dict[str, t.Any]:
    """Say whether Squid inspects TLS, between which versions, and whether it looks for protocols inside tunnels.

    ``lowest`` and ``highest`` are those the configuration sets (None: the library decides). ``protocol_detection`` is
    ``on``, ``off`` or ``unknown``: without a bumping port Squid never looks into a tunnel.
    """
    ports = [directive for directive in config.all if is_bumping_port(directive)]
    rules = [d for d in config.all if d.name == "ssl_bump" and d.words]
    inspects = bool(ports) and any(rule.words[0] in BUMPING for rule in rules)
    outgoing = [word for d in config.all if d.name == "tls_outgoing_options" for word in d.words]
    detection = "off"
    if (
        not has_tls
        or not ports
        or not rules
        or all(rule.words[:2] == ["splice", "all"] or rule.words[0] == "none" for rule in rules)
        or any(d.name == "on_unsupported_protocol" and d.words[:2] == ["tunnel", "all"] for d in config.all)
    ):
        detection = "off"
    elif any(rule.words[0] in BUMPING | {"peek", "terminate"} for rule in rules):
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


def _versions(words: t.Sequence[str]) -> dict[str, str | None]:
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
