# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about each cause, in one or two sentences for whoever runs the network."""

from __future__ import annotations

import typing as t

NOT_REFUSED: t.Final = (
    "Something on the way lets this name through. Look for an entry that is too wide, or for a rule that comes before "
    "the one that denies the rest."
)

_FOR_ALLOWED: t.Final = {
    "ok": "Nothing to do.",
    "dns_failure": (
        "The name does not resolve for this test host. Compare with a resolver outside: a name that is dead everywhere "
        "is the service's affair, one that is dead only here is your resolver's."
    ),
    "dns_refused": "Allow the name on the resolver, or on the filter before it.",
    "dns_sinkhole": "Take the name out of the DNS filter's block list, or put it on its allow-list.",
    "tcp_refused": "Open the port to this host on the firewall; if it is open, the service does not listen there.",
    "tcp_unreachable": "Allow the connection on the firewall that sent the message, or mend the route.",
    "tcp_timeout": "Look for a rule that drops silently, on the firewall and on the way back; then for a dead service.",
    "tcp_reset": "Look for a filter that reads the request and cuts the connection.",
    "proxy_unreachable": "Check the proxy's address and port, that it runs, and that this test host may use it.",
    "proxy_denied": "Allow the endpoint on the proxy: apply the allow-list, then look for an earlier rule that denies.",
    "proxy_auth_required": (
        "Give the probe a login, or let the endpoint pass without one (treatment bypass_authentication)."
    ),
    "proxy_upstream_failed": (
        "The proxy tried and could not reach the endpoint. Check its own DNS and its way out, then the service."
    ),
    "tls_version": "The endpoint, or what stands in for it, speaks no TLS that is current. TLS 1.2 is required.",
    "tls_untrusted": (
        "Check the certificate. If it is that of your TLS inspection, name its authority in ca_file, "
        "or exempt the endpoint (treatment bypass_inspection)."
    ),
    "tls_intercepted": "Exempt the endpoint from TLS inspection (treatment bypass_inspection).",
    "tls_reset": "Look for a filter on server names that cuts the handshake, and allow the name there.",
    "http_status": "The endpoint was reached and answers with an error: the service's affair.",
}

_FOR_DENIED_UNKNOWN: t.Final = (
    "Nothing refused this name, and nothing answered for it. A firewall whose last rule rejects (by ICMP, "
    "administratively prohibited) instead of dropping can be proved to refuse."
)


def remedy(cause: str, expect: str, passed: bool | None) -> str:
    """Return what to do about a probe that did not pass."""
    if expect == "denied":
        return NOT_REFUSED if passed is False else _FOR_DENIED_UNKNOWN
    return _FOR_ALLOWED[cause]
