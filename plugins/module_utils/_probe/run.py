# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Many probes at once, and what only many of them can show."""

from __future__ import annotations

import typing as t
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import StageError
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe, Result
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.prober import Prober
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.verdict import passes

_HOSTS_OF_ONE_UNKNOWN_ISSUER: t.Final = 2


def run(prober: Prober, probes: t.Sequence[Probe]) -> list[Result]:
    """Run the probes, `concurrency` at a time, and return their results in the same order."""
    workers = max(1, min(prober.settings.concurrency, len(probes)))
    with ThreadPoolExecutor(workers, thread_name_prefix="probe") as pool:
        results = list(pool.map(prober.probe, probes))
    _recognise_interception(results)
    expects_issuers = bool(prober.settings.expected_issuers)
    has_login = prober.settings.via.authorization is not None
    for result in results:
        result.passed = passes(result.probe, result.cause, result.policy, expects_issuers, has_login)
    return results


def _recognise_interception(results: t.Sequence[Result]) -> None:
    """Call an unknown issuer that signs several hosts, and no verified one, what it is.

    One host with a private certificate is its own affair. Where the same unknown authority signs for hosts of
    different domains, somebody on the way does.
    """
    untrusted = {
        (result.issuer, _domain(result.probe.host))
        for result in results
        if result.cause == "tls_untrusted" and result.issuer
    }
    hosts = Counter(issuer for issuer, _host in untrusted)
    verified = {result.issuer for result in results if result.cause != "tls_untrusted"}
    for result in results:
        if result.cause != "tls_untrusted" or result.issuer is None or result.issuer in verified:
            continue
        count = hosts[result.issuer]
        if count >= _HOSTS_OF_ONE_UNKNOWN_ISSUER:
            said = f"{result.said}; the same unknown issuer signs {count} unrelated domains"
            found = StageError("tls_intercepted", said)
            result.cause, result.said = found.cause, said[:300]
            result.policy, result.service = found.policy, found.service


def _domain(host: str) -> str:
    """The last two labels: enough to tell a farm of one owner from hosts that have nothing in common."""
    return ".".join(host.split(".")[-2:])
