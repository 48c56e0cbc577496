# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Whether the way to the endpoints lets TLS 1.2 through: a requirement on the appliance, not on an endpoint."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe, Result

REMEDY: t.Final = (
    "The proxy or firewall must support TLS 1.2. Where it cannot be made to, its protocol detection "
    "may have to be disabled for these endpoints."
)

HOW_TO: t.Final = {
    "squid": "set protocol_detection: disabled on the squid_allowlist task: the listed endpoints are then spliced, "
    "and what Squid cannot parse is tunnelled, for them only",
}
"""How to follow the remedy, by the platform of the appliance."""

_AT_TLS = frozenset({"tls_reset", "tls_version"})
_HANDSHAKE_WORKED = frozenset({"ok", "http_status", "tls_untrusted", "tls_intercepted", "proxy_denied"})


def probes(reference: Probe) -> list[Probe]:
    """Return handshakes pinned to exactly TLS 1.2 and exactly 1.3 with a host that is known to speak both."""
    return [
        Probe(host=reference.host, port=reference.port, path=reference.path, kind="tls_floor", tls=(version, version))
        for version in ("1.2", "1.3")
    ]


def verdict(results: t.Sequence[Result]) -> dict[str, t.Any]:
    """Judge the results of `probes`, in their order.

    Returns:
        `passed` (true, false, or None where the reference could not be reached), `said`, `remedy` where the appliance
        breaks TLS 1.2, and `tls_1_2` and `tls_1_3` as ``ok``, ``broken`` or ``unknown``.
    """
    low, high = results
    host = low.probe.authority
    states = {"tls_1_2": _state(low, beside=high), "tls_1_3": _state(high, beside=low)}
    if _is_too_old(low) or _is_too_old(high):
        said = f"{host} itself speaks no TLS above {low.tls_version or high.tls_version}: choose another reference"
        return {"passed": None, "said": said, "reference": host, **states}
    if states["tls_1_2"] == "ok":
        beside = "" if states["tls_1_3"] == "ok" else f"; TLS 1.3 is {states['tls_1_3']} ({high.said})"
        return {"passed": True, "said": f"TLS 1.2 passes to {host}{beside}", "reference": host, **states}
    if states["tls_1_2"] == "broken":
        beside = {"ok": ", while TLS 1.3 passes", "broken": ", and so is TLS 1.3"}.get(states["tls_1_3"], "")
        said = f"TLS 1.2 to {host} is broken on the way{beside}: {low.said}"
        return {"passed": False, "said": said, "remedy": REMEDY, "reference": host, **states}
    return {"passed": None, "said": f"{host} could not be asked: {low.cause}, {low.said}", "reference": host, **states}


def _state(result: Result, beside: Result) -> str:
    if result.cause in _AT_TLS:
        return "broken" if result.layer == "tls" else "ok"
    # A refusal within the tunnel, or an HTTP answer of any kind, comes after a handshake that worked.
    if result.tls_version and (result.cause in _HANDSHAKE_WORKED or result.layer == "http"):
        return "ok"
    silent = result.cause == "tcp_timeout" and result.layer == "tls"
    return "broken" if silent and beside.tls_version else "unknown"


def _is_too_old(result: Result) -> bool:
    return result.cause == "tls_version" and result.tls_version in ("1", "1.0", "1.1")
